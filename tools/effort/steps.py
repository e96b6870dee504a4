"""What hands must do to turn one answer into another, as an efficient person with a mouse does it. Pure.

Choices are clicked; a list that unfolds takes two clicks. A field to type in takes a click, and a key for each
character; what stands in it is selected first, with two keys. The next field of the same answer is a Tab away, the next
row of the same column an Enter; both select what stands there.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from surveys.cells import OTHER_TEXT
from surveys.instrument import SET_TYPES, Given, Question, Type
from surveys.wording import typed_number

SELECT = 2  # keys: Control and A


@dataclass(frozen=True, slots=True)
class Click:
    """A radio button or a tick box."""

    name: str
    value: str
    clicks: int = 1
    keys: int = 0


@dataclass(frozen=True, slots=True)
class Choose:
    """An option of a list that unfolds."""

    name: str
    value: str
    clicks: int = 2
    keys: int = 0


@dataclass(frozen=True, slots=True)
class Write:
    """A text in a field, in place of what stands there. The field is clicked, or reached by so many times this key."""

    name: str
    text: str
    replaces: bool = False
    key: str = ""
    times: int = 1

    @property
    def clicks(self) -> int:
        return 0 if self.key else 1

    @property
    def keys(self) -> int:
        reach = self.times if self.key else SELECT if self.replaces else 0
        return reach + max(len(self.text), 1)  # an empty text is the Delete key


Step = Click | Choose | Write


def steps(question: Question, name: str, now: Given, wanted: Given, *, in_roster: bool = False) -> list[Step]:
    """The steps from what stands in the fields of an answer to what must stand there."""
    made: list[Step] = []
    if question.type is Type.SINGLE:
        if now.value != wanted.value:
            make = Choose if in_roster else Click
            made.append(make(name, str(wanted.value or "")))
    elif question.type in SET_TYPES:
        ticked, ticks = _codes(now), _codes(wanted)
        made += [Click(name, option.code) for option in question.options if option.code in ticked ^ ticks]
    elif question.type is Type.MATRIX:
        cells = wanted.value if isinstance(wanted.value, Mapping) else {}
        stand = now.value if isinstance(now.value, Mapping) else {}
        made += [Click(f"{name}.{row}", str(code)) for row, code in cells.items() if stand.get(row) != code]
    else:
        made += _writes(_texts(name, now), _texts(name, wanted))
    if any(option.has_text for option in question.options) and question.asks_text(wanted.value):
        detail = f"{name}.{OTHER_TEXT}"
        made += _writes({detail: now.other_text}, {detail: wanted.other_text})
    return made


def actions(made: list[Step]) -> int:
    return sum(step.clicks + step.keys for step in made)


def _codes(given: Given) -> set[str]:
    return set(given.value) if isinstance(given.value, tuple) else set()


def _texts(name: str, given: Given) -> dict[str, str]:
    """What stands in the fields of a number, a number per option or a text."""
    match given.value:
        case Mapping():
            return {f"{name}.{code}": _typed(number) for code, number in given.value.items()}
        case None:
            return {name: ""}
        case value:
            return {name: _typed(value)}


def _typed(value: object) -> str:
    return typed_number(value) if isinstance(value, int | Decimal) else str(value)


def _writes(now: Mapping[str, str], wanted: Mapping[str, str]) -> Iterator[Write]:
    is_in_field = False
    for name, text in wanted.items():
        before = now.get(name, "")
        if text != before:
            yield Write(name, text, bool(before), "Tab" if is_in_field else "")
        is_in_field = text != before


def column_steps(cells: Iterable[tuple[str, Given, Given]]) -> list[Write]:
    """A column of numbers from top to bottom: the name of each cell that is asked, what stands in it, what must stand.

    With Enter to the next cell, and the next, as long as that is less work than a click.
    """
    made: list[Write] = []
    away = 0  # rows from the cell that was written last
    for name, now, wanted in cells:
        before, text = _texts(name, now)[name], _texts(name, wanted)[name]
        away += 1
        if text == before:
            continue
        is_near = made and away <= 1 + (SELECT if before else 0)
        made.append(Write(name, text, bool(before), "Enter" if is_near else "", away if is_near else 1))
        away = 0
    return made
