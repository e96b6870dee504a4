"""A library's answers to read: from its sheet as it stands, or from a submission. Shared by pages that show them."""

from collections.abc import Callable
from dataclasses import dataclass

from surveys.instrument import Given, Instrument, Question
from surveys.rules import without_hidden
from surveys.sheets import Sheet
from surveys.snapshot import Contents
from surveys.wording import Shown, shown


@dataclass(frozen=True, slots=True)
class Line:
    """One question of the library with its answer in words."""

    number: str
    question: Question
    shown: Shown


@dataclass(frozen=True, slots=True)
class RosterLine:
    """One school with an answer per column; None where the question was not asked."""

    code: str
    name: str
    municipality: str
    cells: list[tuple[Question, Shown | None]]


@dataclass(frozen=True, slots=True)
class SectionText:
    code: str
    title: str
    lines: list[Line]
    columns: tuple[Question, ...]
    roster: list[RosterLine]


def sections_of_sheet(sheet: Sheet) -> list[SectionText]:
    """What is filled in now: questions that apply, answered or not."""

    def given(question: Question, school: str) -> Given | None:
        if not sheet.route.holds(question.code, school):
            return None
        return without_hidden(sheet.instrument, question, sheet.given(question.code, school), sheet.facts.answers)

    return _sections(sheet, given)


def sections_of_submission(sheet: Sheet, contents: Contents) -> list[SectionText]:
    """What was sent in. Names of schools come from the roster, answers from the snapshot alone."""

    def given(question: Question, school: str) -> Given | None:
        answers = contents.rows.get(school, {}) if school else contents.answers
        return answers.get(question.code)

    return _sections(sheet, given)


def _sections(sheet: Sheet, given: Callable[[Question, str], Given | None]) -> list[SectionText]:
    instrument = sheet.instrument
    return [
        SectionText(
            code=section.code,
            title=section.title,
            lines=[
                Line(instrument.number_of[question.code], question, shown(instrument, question, answer))
                for question in section.library_questions
                if (answer := given(question, "")) is not None
            ],
            columns=section.school_questions,
            roster=_roster(sheet, instrument, section.school_questions, given) if section.school_questions else [],
        )
        for section in instrument.sections
    ]


def _roster(
    sheet: Sheet,
    instrument: Instrument,
    columns: tuple[Question, ...],
    given: Callable[[Question, str], Given | None],
) -> list[RosterLine]:
    return [
        RosterLine(
            code=code,
            name=school.name,
            municipality=school.municipality,
            cells=[
                (question, shown(instrument, question, answer) if (answer := given(question, code)) else None)
                for question in columns
            ],
        )
        for code, school in sheet.schools.items()
    ]
