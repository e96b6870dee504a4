"""A library's answers to read: from its sheet as it stands, or from a submission. Shared by pages that show them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from surveys.instrument import Given, Question
from surveys.rules import without_hidden
from surveys.sheets import NEVER, Sheet, Stored
from surveys.snapshot import Contents
from surveys.wording import Shown, shown


@dataclass(frozen=True, slots=True)
class Line:
    """One question of the library with its answer in words, and who gave it when that is known."""

    number: str
    question: Question
    shown: Shown
    stored: Stored


@dataclass(frozen=True, slots=True)
class RosterLine:
    """One school with an answer per column; None where the question was not asked. `last` is the row's last change."""

    code: str
    name: str
    municipality: str
    cells: list[tuple[Question, Shown | None]]
    last: Stored


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

    return _sections(sheet, list(sheet.schools), given, sheet.stored_of)


def sections_of_submission(sheet: Sheet, contents: Contents) -> list[SectionText]:
    """What was sent in. Names of schools come from the roster, answers and which schools from the snapshot alone."""

    def given(question: Question, school: str) -> Given | None:
        answers = contents.rows.get(school, {}) if school else contents.answers
        return answers.get(question.code)

    schools = [code for code in sheet.every_school if code in contents.rows]
    return _sections(sheet, schools, given, lambda _question, _school: NEVER)


GivenOf = Callable[[Question, str], Given | None]
StoredOf = Callable[[str, str], Stored]


def _sections(sheet: Sheet, schools: list[str], given: GivenOf, stored: StoredOf) -> list[SectionText]:
    instrument = sheet.instrument
    return [
        SectionText(
            code=section.code,
            title=section.title,
            lines=[
                Line(
                    number=instrument.number_of[question.code],
                    question=question,
                    shown=shown(instrument, question, answer),
                    stored=stored(question.code, ""),
                )
                for question in section.library_questions
                if (answer := given(question, "")) is not None
            ],
            columns=section.school_questions,
            roster=_roster(sheet, schools, section.school_questions, given, stored) if section.school_questions else [],
        )
        for section in instrument.sections
    ]


def _roster(
    sheet: Sheet, schools: list[str], columns: tuple[Question, ...], given: GivenOf, stored: StoredOf
) -> list[RosterLine]:
    instrument, known = sheet.instrument, sheet.every_school
    return [
        RosterLine(
            code=code,
            name=known[code].name,
            municipality=known[code].municipality,
            cells=[
                (question, shown(instrument, question, answer) if (answer := given(question, code)) else None)
                for question in columns
            ],
            last=latest(stored(question.code, code) for question in columns),
        )
        for code in schools
    ]


def latest(changes: Iterable[Stored]) -> Stored:
    """The last of these changes; NEVER when there is none."""
    return max(changes, key=lambda stored: stored.seconds, default=NEVER)
