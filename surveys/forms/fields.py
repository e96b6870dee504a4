"""What stands in the fields of a library question, and the `Value` that it says. Never judges beyond its format."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from surveys import cells
from surveys.instrument import BLANK, CHOICE_TYPES, NO_VALUE, NUMBER_TYPES, Given, Question, State, Type, Value
from surveys.wording import number_refused, number_text, read_state, typed_number

# The text of one field, the options that are ticked, or the texts of several fields by their key.
Filled = str | list[str] | dict[str, str]


def filled_in(question: Question, data: QueryDict, keys: Iterable[str]) -> Filled:
    """What was typed for a question. `keys` are those of the fields of a matrix or number per option."""
    if question.type in CHOICE_TYPES:
        chosen = data.getlist(question.code)
        return chosen[-1:] if question.type is Type.SINGLE else chosen
    if question.type in (Type.MATRIX, Type.NUMBER_PER_OPTION):
        return {key: data.get(f"{question.code}.{key}", "").strip() for key in keys}
    return data.get(question.code, "")


def filled_by(question: Question, given: Given, keys: Iterable[str]) -> Filled:
    """What stands in the fields for a stored answer."""
    value = given.value
    if question.type in CHOICE_TYPES:
        return list(value) if isinstance(value, tuple) else [str(value)] if value else []
    if question.type in (Type.MATRIX, Type.NUMBER_PER_OPTION):
        there = value if isinstance(value, Mapping) else {}
        return {
            key: typed_number(one) if isinstance(one := there.get(key, ""), Decimal | State) else one for key in keys
        }
    return number_field(given) if question.type in NUMBER_TYPES else str(value or "")


def number_field(given: Given) -> str:
    """What stands in the field for a number."""
    if given.state in NO_VALUE:
        return typed_number(given.state)
    return typed_number(given.value) if isinstance(given.value, int | Decimal) else ""


def on_page(question: Question, given: Given) -> Given:
    """What the fields of a page say of a stored answer. Only those for numbers have a place for a state."""
    if given.state is State.VALUE:
        return given
    if given.state is State.ESTIMATE:
        return replace(given, state=State.VALUE)
    return Given(None, given.state) if question.type in NUMBER_TYPES else BLANK


def given_after(question: Question, before: Given, typed: Given) -> Given:
    """The answer after this was typed: the stored one when the fields say what they said of that."""
    return before if typed == on_page(question, before) else typed


def read(question: Question, filled: Filled) -> Given:
    """What was typed, blank for nothing; a ValidationError that says what to do when it cannot be read."""
    match filled:
        case list():
            return Given(_read_options(question, [code for code in filled if code]))
        case dict():
            typed = {key: text for key, text in filled.items() if text}
            if question.type is Type.MATRIX:
                return Given(_read_matrix(question, typed))
            numbers = {key: _read_number_or_state(question, text) for key, text in typed.items()}
            return Given({key: n if isinstance(n, State) else Decimal(n) for key, n in numbers.items()} or None)
        case _ if question.type is Type.TEXT:
            return Given(read_text(filled) or None)
        case _:
            return read_typed_number(question, filled)


def _read_options(question: Question, chosen: list[str]) -> Value | None:
    if any(code not in question.option_by_code for code in chosen):
        raise ValidationError(_("Choose one of the answers in the list."), code="option")
    if question.type is Type.SINGLE:
        return chosen[0] if chosen else None
    return cells.read_options(question, list(dict.fromkeys(chosen)), question.code) if chosen else None


def _read_matrix(question: Question, given: dict[str, str]) -> Value | None:
    if any(code not in question.option_by_code for code in given.values()):
        raise ValidationError(_("Choose one of the answers in the table."), code="option")
    return given or None


def read_typed_number(question: Question, text: str) -> Given:
    """The number that was typed, or the word for why there is none; a ValidationError that says how to write it."""
    if not text.strip():
        return BLANK
    number = _read_number_or_state(question, text)
    return Given(None, number) if isinstance(number, State) else Given(number)


def _read_number_or_state(question: Question, text: str) -> int | Decimal | State:
    try:
        if question.type is Type.INTEGER:
            return cells.read_integer(text, question.code)
        return cells.read_number(text, question.code)
    except cells.CellRefused:
        state = read_state(text)
        if state is not None:
            return state
        raise ValidationError(number_refused(question, text), code="number") from None


def read_text(typed: str) -> str:
    """The text that was typed; a ValidationError when it is too long or cannot be stored."""
    length = len(typed.replace("\r\n", "\n").strip())
    if length > cells.MAX_TEXT:
        message = _("The text has %(length)s characters. Make it no longer than %(limit)s.")
        limits = {"length": number_text(length), "limit": number_text(cells.MAX_TEXT)}
        raise ValidationError(message % limits, code="length")
    try:
        return cells.clean_text(typed, "")
    except cells.CellRefused:
        raise ValidationError(_("The text holds a character that cannot be stored."), code="text") from None
