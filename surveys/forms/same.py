"""Accepting what stands beside a question: "same as last year", or a value that the KB knows from elsewhere.

Such an act fills in answers as if they were typed, so that one save stores them. It names what it is about: a question
of the library by its code, a school's row ("r.01AA00"), or the whole roster ("r").
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.http import QueryDict

from surveys.cells import OTHER_TEXT
from surveys.forms.roster import PREFIX, Roster, cell_name
from surveys.forms.section import SEEN, SectionForm, read_seen, write_seen
from surveys.instrument import Given, Question, Section, State
from surveys.sheets import Sheet
from surveys.wording import typed_number

# The names of the buttons, and what each of them offers: the answer that it would give, if any.
SAME, CONFIRM = "same", "confirm"
OFFERS: Mapping[str, Callable[[Sheet, Question, str], Given | None]] = {
    SAME: Sheet.same_as_last_wave,
    CONFIRM: Sheet.confirmable,
}

# What is taken over, by (question, school code).
Taken = dict[tuple[str, str], Given]


@dataclass(frozen=True, slots=True)
class Act:
    """A pressed button: its name and what it is about."""

    name: str
    about: str

    def offer(self, sheet: Sheet, question: Question, school: str = "") -> Given | None:
        return OFFERS[self.name](sheet, question, school)


def act_of(typed: QueryDict) -> Act | None:
    """The button that was pressed, when it was one of these."""
    return next((Act(name, about) for name in OFFERS if (about := typed.get(name))), None)


def take_over(sheet: Sheet, section: Section, typed: QueryDict, act: Act) -> tuple[QueryDict, Taken]:
    """What was typed with the offered answers filled in, and which those are.

    A row or roster takes over what is still open after what was typed, in the order of the route: an answer that is
    taken over can make the next question apply. Nothing that was typed is replaced, but for a question by name.
    """
    form, roster = SectionForm(sheet, section, typed), Roster(sheet, section, typed)
    form.is_valid()
    now = sheet.with_answers({(one.question, one.school): one.given for one in (*form.typed(), *roster.typed())})
    kind, _dot, school = act.about.partition(".")
    if kind != PREFIX:
        taken = _question(now, section, act)
    else:
        taken = _rows(now, section, act, [school] if school else list(sheet.schools), set(roster.errors))
    filled = typed.copy()
    for (code, row), given in taken.items():
        question = sheet.instrument.questions[code]
        _fill(filled, cell_name(row, code) if row else code, question, given)
        _see(filled, f"{PREFIX}.{row}" if row else SEEN, code, sheet.stored_of(code, row).version)
    return filled, taken


def _question(sheet: Sheet, section: Section, act: Act) -> Taken:
    for question in section.library_questions:
        code = question.code
        if code == act.about and sheet.route.holds(code) and (given := act.offer(sheet, question)):
            return {(code, ""): given}
    return Taken()


def _rows(sheet: Sheet, section: Section, act: Act, schools: list[str], unreadable: set[tuple[str, str]]) -> Taken:
    taken = Taken()
    for question in section.school_questions:
        column = {
            (question.code, school): given
            for school in schools
            if sheet.route.holds(question.code, school)
            and (school, question.code) not in unreadable
            and not sheet.given(question.code, school).is_answered
            and (given := act.offer(sheet, question, school))
        }
        if column:
            sheet = sheet.with_answers(column)
            taken |= column
    return taken


def _fill(data: QueryDict, name: str, question: Question, given: Given) -> None:
    """Write the answer as the fields of a page would send it."""
    match given.value:
        case tuple():
            data.setlist(name, list(given.value))
        case Mapping():
            for key, value in given.value.items():
                data[f"{name}.{key}"] = typed_number(value) if isinstance(value, Decimal | State) else value
        case int() | Decimal():
            data[name] = typed_number(given.value)
        case str():
            data[name] = given.value
    if any(option.has_text for option in question.options):
        data[f"{name}.{OTHER_TEXT}"] = given.other_text


def _see(data: QueryDict, name: str, code: str, version: int) -> None:
    """Say that the answer was on the page, with this version where the page itself didn't."""
    data[name] = write_seen({code: version} | read_seen(data.get(name, "")))
