"""From the cells of an uploaded roster to answers, or to errors by cell. Judges how an answer is written, no more."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from surveys import cells
from surveys.instrument import BLANK, SET_TYPES, Given, Instrument, Question, Type
from surveys.spreadsheet.columns import (
    FORMAT,
    MARKS,
    Column,
    Kind,
    columns,
    folded,
    key_headers,
    labels,
    sheet_title,
    tick,
)
from surveys.spreadsheet.opening import Cell, Flaw, Row, WorkbookRefused, name_of, read_sheets
from surveys.wording import number_refused, read_state, typed_number

CODE = 1  # the number of the column with the school's code
HEADER_WITHIN = 10  # rows in which the header must stand
YES_TOO = ("x", "v", "1", "true", "waar")
NO_TOO = ("", "0", "false", "onwaar", "-")


@dataclass(frozen=True, slots=True)
class CellError:
    cell: str
    message: str


@dataclass(frozen=True, slots=True)
class Told:
    """The answer that the file gives, with the name of the (first) cell it stands in."""

    given: Given
    cell: str


@dataclass(slots=True)
class RosterFile:
    """What the file says. `answers` and `seen` (the versions it was made with) are keyed by (school, question code)."""

    answers: dict[tuple[str, str], Told] = field(default_factory=dict)
    seen: dict[tuple[str, str], int] = field(default_factory=dict)
    errors: list[CellError] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


class _Unreadable(Exception):
    pass


def read_roster(instrument: Instrument, entry_id: int, schools: Collection[str], content: bytes) -> RosterFile:
    """Read the workbook of this frame entry; `schools` are the codes of its roster.

    Raises WorkbookRefused for a file that isn't one, is another's, or is of another questionnaire.
    """
    sheets = read_sheets(content, (MARKS, sheet_title()))
    marks = sheets.get(MARKS, [])
    _refuse_others(instrument, entry_id, [_text(row.cells.get(1)) for row in marks[:4]])
    if sheet_title() not in sheets:
        raise WorkbookRefused(
            _("The sheet “%(sheet)s” is missing. Download the file again.") % {"sheet": sheet_title()}
        )
    rows = sheets[sheet_title()]
    header = next((row for row in rows[:HEADER_WITHIN] if folded(_text(row.cells.get(CODE))) == _code_header()), None)
    if header is None:
        raise WorkbookRefused(
            _("The row with the headers is missing: “%(code)s”, and so on. Download the file again.")
            % {"code": key_headers()[0]}
        )
    found = RosterFile(seen=_read_seen(instrument, marks[4:]))
    places = _places(instrument, header, found)
    lines: dict[str, Row] = {}
    for row in rows:
        if row.number > header.number:
            _place_row(row, schools, places, lines, found)
    by_question: dict[str, list[tuple[Column, int]]] = {}
    for column, place in places:
        by_question.setdefault(column.question.code, []).append((column, place))
    for school, row in lines.items():
        for code, own in by_question.items():
            _read_answer(instrument.questions[code], school, row, own, found)
    return found


def _refuse_others(instrument: Instrument, entry_id: int, marks: list[str]) -> None:
    if len(marks) < 4 or marks[0] != FORMAT:
        raise WorkbookRefused(
            _("This file was not downloaded here. Download the file on this page, and fill that one in.")
        )
    if marks[1] != instrument.code:
        raise WorkbookRefused(
            _("This file belongs to another questionnaire (%(code)s). Download the file on this page.")
            % {"code": marks[1][:40]}
        )
    if marks[3] != str(entry_id):
        raise WorkbookRefused(_("This file belongs to another library. Download the file on this page."))
    if marks[2] != instrument.version:
        raise WorkbookRefused(
            _("The questionnaire has changed since this file was downloaded. Download the file again.")
        )


def _code_header() -> str:
    return folded(key_headers()[0])


def _text(cell: Cell | None) -> str:
    return "" if cell is None or cell.flaw else str(cell.value)


def _read_seen(instrument: Instrument, rows: list[Row]) -> dict[tuple[str, str], int]:
    seen = {}
    for row in rows:
        for part in _text(row.cells.get(2)).split(","):
            code, _colon, version = part.partition(":")
            if code in instrument.questions and version.isascii() and version.isdigit() and len(version) < 10:
                seen[_text(row.cells.get(1)), code] = int(version)
    return seen


def _places(instrument: Instrument, header: Row, found: RosterFile) -> list[tuple[Column, int]]:
    """Where each column of the questionnaire stands in this file. One that lacks or stands twice is an error."""
    wanted = {folded(column.header): column for column in columns(instrument)}
    places: dict[str, int] = {}
    keys = {folded(key) for key in key_headers()}
    for place, cell in header.cells.items():
        title = folded(_text(cell))
        if title in places:
            message = _("The column “%(column)s” is there twice.") % {"column": _text(cell)[:60]}
            found.errors.append(CellError(cell.name, message))
        elif title in wanted:
            places[title] = place
        elif title not in keys:
            found.ignored.append(_text(cell)[:60] or cell.name)
    for title, column in wanted.items():
        if title not in places:
            message = _("The column “%(column)s” is missing. Download the file again.") % {"column": column.header}
            found.errors.append(CellError(f"A{header.number}", message))
    return [(column, places[title]) for title, column in wanted.items() if title in places]


def _place_row(
    row: Row,
    schools: Collection[str],
    places: list[tuple[Column, int]],
    lines: dict[str, Row],
    found: RosterFile,
) -> None:
    """Find out which school the row is about."""
    name = f"A{row.number}"
    code = _text(row.cells.get(CODE)).strip()
    if code in lines:
        message = _("School %(code)s is there twice, also in row %(row)s.") % {"code": code, "row": lines[code].number}
        found.errors.append(CellError(name, message))
    elif code in schools:
        lines[code] = row
    elif code:
        message = _("%(code)s is not a school location on your list.") % {"code": code[:40]}
        found.errors.append(CellError(name, message))
    elif CODE in row.cells or any(place in row.cells for _column, place in places):
        found.errors.append(CellError(name, _("There are answers in this row, but the code of the school is missing.")))


def _read_answer(question: Question, school: str, row: Row, own: list[tuple[Column, int]], found: RosterFile) -> None:
    readable = True
    chosen: list[str] = []
    given = BLANK
    other, other_cell = "", ""
    for column, place in own:
        cell = row.cells.get(place)
        if cell is None:
            continue
        try:
            if column.kind is Kind.TICK:
                chosen += [column.option] if _is_ticked(column, cell) else []
            elif column.kind is Kind.OTHER:
                other, other_cell = _read_text(cell), cell.name
            else:
                given = (_read_number if column.kind is Kind.NUMBER else _read_choice)(column, cell)
        except _Unreadable as error:
            found.errors.append(CellError(cell.name, str(error)))
            readable = False
    if not readable:
        return
    if question.type in SET_TYPES and chosen:
        given = Given(cells.read_options(question, chosen, question.code))
    if other and not question.asks_text(given.value):
        message = _("This text belongs to an answer that is not chosen. Choose the answer, or empty this cell.")
        found.errors.append(CellError(other_cell, message))
        return
    first = next((row.cells[place].name for _column, place in own if place in row.cells), "")
    given = replace(given, other_text=other)
    found.answers[school, question.code] = Told(given, first or name_of(own[0][1], row.number))


def _refuse_flaw(cell: Cell) -> None:
    match cell.flaw:
        case Flaw.FORMULA:
            raise _Unreadable(_("This cell holds a formula. Type the answer itself, or paste it as a value."))
        case Flaw.ERROR:
            raise _Unreadable(_("This cell holds an error of the spreadsheet (%(text)s).") % {"text": cell.value})
        case Flaw.DATE:
            raise _Unreadable(_("This cell holds a date or time. Type the answer as it is meant."))


def _read_text(cell: Cell) -> str:
    _refuse_flaw(cell)
    value = cell.value
    if isinstance(value, bool | int | float):
        value = tick() if value is True else typed_number(_exact(value))
    try:
        return cells.clean_text(value, cell.name)
    except cells.CellRefused:
        raise _Unreadable(
            _("This text is longer than %(limit)s characters, or holds a character that cannot be stored.")
            % {"limit": cells.MAX_TEXT}
        ) from None


def _is_ticked(column: Column, cell: Cell) -> bool:
    text = _read_text(cell)
    if folded(text) in (folded(tick()), *YES_TOO):
        return True
    if folded(text) in (folded(_("no")), *NO_TOO):
        return False
    raise _Unreadable(
        _("“%(text)s” is not an answer to %(column)s; choose %(yes)s or leave the cell empty.")
        % {"text": text[:40], "column": column.header, "yes": tick()}
    )


def _read_choice(column: Column, cell: Cell) -> Given:
    text = _read_text(cell)
    if not text:
        return BLANK
    words = labels(column.question)
    known = _codes(column.question, words)
    if folded(text) in known:
        return Given(known[folded(text)])
    raise _Unreadable(
        _("“%(text)s” is not an answer to %(column)s; choose %(options)s.")
        % {"text": text[:40], "column": column.header, "options": _either(list(words.values()))}
    )


def _codes(question: Question, words: Mapping[str, str]) -> dict[str, str]:
    """Option codes by what people may write: the word in the list, before the label and the text of an option."""
    labels_of = {folded(option.label): option.code for option in question.options}
    texts = {folded(option.text): option.code for option in question.options}
    return labels_of | texts | {folded(word): code for code, word in words.items()}


def _either(words: list[str]) -> str:
    """The words as a list of which one is to be chosen: "a, b or c"."""
    if len(words) < 2:
        return "".join(words)
    return _("%(words)s or %(last)s") % {"words": ", ".join(words[:-1]), "last": words[-1]}


def _read_number(column: Column, cell: Cell) -> Given:
    _refuse_flaw(cell)
    question, value = column.question, cell.value
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = _exact(value, 100 if question.type is Type.PERCENTAGE and cell.is_percent else 1)
        text = f"{number:f}".replace(".", ",")  # a point may stand between thousands
    else:
        text = _read_text(cell)
        if question.type is Type.PERCENTAGE:
            text = text.removesuffix("%").strip()
    if not text:
        return BLANK
    try:
        if question.type is Type.INTEGER:
            return Given(cells.read_integer(text.removesuffix(".0"), question.code))
        return Given(cells.read_number(text, question.code))
    except cells.CellRefused:
        state = read_state(text)
        if state is not None:
            return Given(None, state)
        raise _Unreadable(number_refused(question, text.replace(".", ","))) from None


def _exact(number: int | float, times: int = 1) -> Decimal:
    """The number that was meant: a spreadsheet keeps 9.4 as 9.4000000000000004, and 12.5% as 0.125."""
    exact = Decimal(repr(number)) * times
    near = round(exact, 2) if abs(exact) < 10**cells.MAX_DIGITS else exact
    exact = near if abs(near - exact) < Decimal("1e-9") else exact
    whole = exact.to_integral_value()
    return whole if whole == exact else exact.normalize()
