"""What stands in the fields of a library question, and the `Value` that it says. Never judges beyond its format."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from surveys import cells
from surveys.instrument import CHOICE_TYPES, Given, Question, Type, Value
from surveys.wording import number_text, typed_number

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
        return {key: typed_number(one) if isinstance(one := there.get(key, ""), Decimal) else one for key in keys}
    return typed_number(value) if isinstance(value, int | Decimal) else str(value or "")


def read(question: Question, filled: Filled) -> Value | None:
    """The value that was typed, None for nothing; a ValidationError that says what to do when it cannot be read."""
    match filled:
        case list():
            return _read_options(question, [code for code in filled if code])
        case dict():
            given = {key: text for key, text in filled.items() if text}
            if question.type is Type.MATRIX:
                return _read_matrix(question, given)
            return {key: Decimal(read_typed_number(question, text)) for key, text in given.items()} or None
        case _ if question.type is Type.TEXT:
            return read_text(filled) or None
        case _:
            text = filled.strip()
            return read_typed_number(question, text) if text else None


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


def read_typed_number(question: Question, text: str) -> int | Decimal:
    """The number that was typed; a ValidationError that says how to write it otherwise."""
    try:
        if question.type is Type.INTEGER:
            return cells.read_integer(text, question.code)
        return cells.read_number(text, question.code)
    except cells.CellRefused:
        if question.type is Type.INTEGER:
            message = _("“%(text)s” is not a whole number. Use digits only, for example 12.")
        else:
            message = _("“%(text)s” is not a number with at most two decimals. Write for example 12,5.")
        raise ValidationError(message % {"text": text[:40]}, code="number") from None


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
