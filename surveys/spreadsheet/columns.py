"""What stands in which column of the roster sheet; for both directions."""

import re
from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext as _

from surveys.instrument import BLANK, NO_VALUE, NUMBER_TYPES, SET_TYPES, Given, Instrument, Question
from surveys.wording import typed_number

FORMAT = "roster-1"  # the first cell of the sheet of marks; another number when that sheet changes
MARKS = "_monitor"

# How a workbook writes a character that XML cannot hold. Surrogates mean nothing by themselves and stay as they are.
_ESCAPED = re.compile(r"_x(?!D[89A-F])([0-9A-F]{4})_", re.IGNORECASE)


class Kind(StrEnum):
    CHOICE = "choice"
    TICK = "tick"
    NUMBER = "number"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Column:
    """A column with answers. A question with several options to tick has one per option: `option` is its code.

    An answer that asks for a text ("other, namely") has a second column, of kind `OTHER`.
    """

    question: Question
    kind: Kind
    header: str
    option: str = ""


def sheet_title() -> str:
    return _("School locations")


def key_headers() -> tuple[str, ...]:
    """The headers of the locked columns before the answers; the first names the school's code."""
    return _("Code"), _("Name"), _("Municipality"), _("Kind of school")


def tick() -> str:
    """What stands in the column of an option that is chosen."""
    return _("yes")


def columns(instrument: Instrument) -> list[Column]:
    """The columns with answers, in the order of the questionnaire; no two have the same header."""
    found = []
    for question in instrument.school_questions:
        title = question.column or question.label
        if question.type in SET_TYPES:
            words = labels(question)
            found += [Column(question, Kind.TICK, f"{title}: {words[o.code]}", o.code) for o in question.options]
        else:
            found.append(Column(question, Kind.NUMBER if question.type in NUMBER_TYPES else Kind.CHOICE, title))
        if any(option.has_text for option in question.options):
            found.append(Column(question, Kind.OTHER, _("%(column)s, namely") % {"column": title}))
    often = Counter(folded(column.header) for column in found)
    return [
        replace(column, header=f"{column.header} ({instrument.number_of[column.question.code]})")
        if often[folded(column.header)] > 1
        else column
        for column in found
    ]


def labels(question: Question) -> dict[str, str]:
    """The word for each option in lists and headers, by its code; no two are the same."""
    for words in ([option.text for option in question.options], [option.label for option in question.options]):
        if len({folded(word) for word in words}) == len(words):
            return dict(zip(question.option_by_code, words, strict=True))
    return {code: code for code in question.option_by_code}


def folded(text: str) -> str:
    """The text as it is compared: without regard to case and white space."""
    return " ".join(text.split()).casefold()


def unescaped(text: str) -> str:
    """The text of a cell, with the characters that the file could not hold as they are."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def content(column: Column, given: Given) -> str | int | Decimal | None:
    """What the cell of this column holds for an answer. None is an empty cell, also for a choice without a value."""
    value = given.value
    match column.kind:
        case Kind.OTHER:
            return given.other_text or None
        case Kind.TICK:
            return tick() if isinstance(value, tuple) and column.option in value else None
        case Kind.CHOICE if isinstance(value, str):
            return labels(column.question)[value]
        case Kind.NUMBER if given.state in NO_VALUE:
            return typed_number(given.state)
        case Kind.NUMBER if isinstance(value, int | Decimal):
            return value
    return None


def as_file(question: Question, given: Given) -> Given:
    """The answer as it comes back out of a file that nobody touched: the odd character and most states don't."""
    if given.state in NO_VALUE:
        return Given(None, given.state) if question.type in NUMBER_TYPES else BLANK
    return BLANK if given.value is None else Given(given.value, other_text=unescaped(given.other_text))
