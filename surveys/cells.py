"""One encoding of answers outside the program: JSON in the answer's row, text cells in files and snapshots.

Pure. A cell is a string: `a;b` for options in the questionnaire's order, plain numbers, `unknown` and
`not_applicable` for those states, and the empty string for "not answered".
"""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from surveys.hints import printable
from surveys.instrument import (
    BLANK,
    NO_VALUE,
    NUMBER_TYPES,
    SET_TYPES,
    Given,
    Instrument,
    Question,
    State,
    Type,
    Value,
)
from surveys.translation import gettext as _

SEPARATOR = ";"
OTHER_TEXT = "other_text"
# Stands in a snapshot's cell for a text that was given; the text itself is kept apart from what is counted.
TEXT_GIVEN = "*"
MAX_TEXT = 10_000
MAX_DIGITS = 12
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+", re.ASCII)  # 0.125 and .500 are no whole numbers

# States by how they are written in a cell.
STATES: Mapping[str, State] = {str(state): state for state in NO_VALUE}

Json = str | int | list[str] | dict[str, str] | None


class CellRefused(ValueError):
    """A cell that cannot be read. `column` names the column, the message the reason."""

    def __init__(self, column: str, reason: str) -> None:
        self.column = column
        super().__init__(reason)


def to_json(value: Value | None) -> Json:
    """How a value is kept in the answer's row: decimals as text, so that they stay exact."""
    match value:
        case tuple():
            return list(value)
        case Decimal():
            return str(value)
        case Mapping():
            return {key: str(item) for key, item in value.items()}
        case _:
            return value


def from_json(question: Question, raw: Json) -> Value | None:
    """The value that `to_json` wrote for this question."""
    if raw is None:
        return None
    match question.type:
        case Type.MULTIPLE | Type.TOP3 if isinstance(raw, list):
            return tuple(raw)
        case Type.DECIMAL | Type.PERCENTAGE:
            return Decimal(str(raw))
        case Type.NUMBER_PER_OPTION if isinstance(raw, dict):
            return {key: STATES.get(number) or Decimal(number) for key, number in raw.items()}
        case Type.MATRIX if isinstance(raw, dict):
            return dict(raw)
        case _ if isinstance(raw, str | int):
            return raw
    raise ValueError(f"{question.code}: {raw!r} is no value of a {question.type} question")


def to_cells(instrument: Instrument, question: Question, given: Given) -> dict[str, str]:
    """The answer's cells by column; every column of the question is there, `question.other_text` only with text."""
    columns = instrument.columns(question)
    if given.state in NO_VALUE:
        return dict.fromkeys(columns, str(given.state))
    match given.value:
        case None:
            cells = dict.fromkeys(columns, "")
        case tuple():
            cells = {question.code: SEPARATOR.join(given.value)}
        case Mapping():
            cells = {column: str(given.value.get(column.partition(".")[2], "")) for column in columns}
        case _:
            cells = {question.code: str(given.value)}
    if given.other_text:
        cells[f"{question.code}.{OTHER_TEXT}"] = given.other_text
    return cells


def file_columns(instrument: Instrument, question: Question) -> tuple[str, ...]:
    """The question's columns in a file: its own, and one for the text of "other"."""
    columns = instrument.columns(question)
    if any(option.has_text for option in question.options):
        return (*columns, f"{question.code}.{OTHER_TEXT}")
    return columns


def from_cells(instrument: Instrument, question: Question, cells: Mapping[str, str]) -> Given:
    """Read an answer from its columns. Raises CellRefused for a cell that means nothing for this question."""
    columns = instrument.columns(question)
    other_text = clean_text(cells.get(f"{question.code}.{OTHER_TEXT}", ""), f"{question.code}.{OTHER_TEXT}")
    given = {column: cells.get(column, "").strip() for column in columns}
    if not any(given.values()):
        if other_text:
            raise _text_without_option(question)
        return BLANK
    cell, *others = set(given.values())
    is_state = cell in STATES and not others and cell not in question.option_by_code
    if is_state and question.type is not Type.NUMBER_PER_OPTION:  # whose options have a state of their own
        return Given(None, STATES[cell])
    if question.type is Type.TEXT:
        return Given(clean_text(cells[question.code], question.code))
    value = _read(instrument, question, given)
    if other_text and not question.asks_text(value):
        raise _text_without_option(question)
    return Given(value, other_text=other_text)


def _text_without_option(question: Question) -> CellRefused:
    reason = _("a text, but the option it belongs to is not chosen: choose the option, or leave the text out")
    return CellRefused(f"{question.code}.{OTHER_TEXT}", reason)


def _read(instrument: Instrument, question: Question, given: Mapping[str, str]) -> Value:
    if question.type is Type.MATRIX:
        chosen = {column: _option(question, cell, column) for column, cell in given.items() if cell}
        return {column.partition(".")[2]: code for column, code in chosen.items()}
    if question.type is Type.NUMBER_PER_OPTION:
        numbers = {column: STATES.get(cell) or read_number(cell, column) for column, cell in given.items() if cell}
        return {column.partition(".")[2]: number for column, number in numbers.items()}
    cell = given[question.code]
    if question.type in SET_TYPES:
        return read_options(question, [part.strip() for part in cell.split(SEPARATOR)], question.code)
    if question.type is Type.INTEGER:
        return read_integer(cell, question.code)
    if question.type in NUMBER_TYPES:
        return read_number(cell, question.code)
    return _option(question, cell, question.code)


def read_options(question: Question, codes: list[str], column: str) -> tuple[str, ...]:
    """A set of option codes in the questionnaire's order, with the parents of chosen children."""
    if len(codes) != len(set(codes)):
        reason = _("an option is named twice in “%(codes)s”")
        raise CellRefused(column, reason % {"codes": printable(SEPARATOR.join(codes))})
    chosen = {_option(question, code, column) for code in codes}
    chosen |= {parent for code in chosen if (parent := question.option_by_code[code].parent)}
    return tuple(option.code for option in question.options if option.code in chosen)


def read_integer(text: str, column: str) -> int:
    """A whole number, as people type it: with or without points between thousands."""
    digits = text.strip().replace(" ", "")
    if _THOUSANDS.fullmatch(digits):
        digits = digits.replace(".", "")
    sign, number = (digits[:1], digits[1:]) if digits[:1] in "+-" else ("", digits)
    if not number.isascii() or not number.isdigit() or len(number) > MAX_DIGITS:
        raise CellRefused(column, _("“%(text)s” is not a whole number") % {"text": printable(text)})
    return int(sign + number)


def read_number(text: str, column: str) -> Decimal:
    """A number with at most two decimals, written with a comma or a point."""
    plain = text.strip().replace(" ", "").replace(",", ".")
    try:
        number = Decimal(plain) if plain.isascii() else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or "e" in plain.lower() or "_" in plain:
        raise CellRefused(column, _("“%(text)s” is not a number, such as 12 or 12.5") % {"text": printable(text)})
    if -number.as_tuple().exponent > 2 or abs(number) >= 10**MAX_DIGITS:  # type: ignore[operator]
        reason = _("“%(text)s” has more than two decimals or too many digits")
        raise CellRefused(column, reason % {"text": printable(text)})
    return number or Decimal(0)  # there is a -0


def _option(question: Question, code: str, column: str) -> str:
    if code not in question.option_by_code:
        known = ", ".join(question.option_by_code)
        reason = _("“%(code)s” is not an option; the options are %(known)s")
        raise CellRefused(column, reason % {"code": printable(code), "known": known})
    return code


def clean_text(text: str, column: str) -> str:
    """The text as typed, without surrounding white space and with one kind of line ending."""
    clean = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if "\x00" in clean:
        raise CellRefused(column, _("the text holds a character that cannot be stored (NUL)"))
    if len(clean) > MAX_TEXT:
        raise CellRefused(column, _("the text is longer than %(most)s characters") % {"most": MAX_TEXT})
    return clean
