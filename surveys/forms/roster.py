"""The roster of one section as a table: a row per school, a column per school question. Parses; never saves.

Written by hand rather than as a formset: at 500 schools and eight columns a form field per cell costs seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from django.forms import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from surveys.cells import CellRefused, read_options
from surveys.forms.fields import read_typed_number
from surveys.forms.section import (
    Typed,
    given_after,
    last_answer,
    limited_words,
    read_seen,
    same_label,
    write_seen,
)
from surveys.instrument import BLANK, NUMBER_TYPES, SET_TYPES, Given, Question, Section, Value
from surveys.lastwave import LastWave
from surveys.models import FrameSchool
from surveys.rules import Finding
from surveys.sheets import Sheet
from surveys.wording import finding_message

PREFIX = "r"


@dataclass(frozen=True, slots=True)
class Cell:
    """One input of the table. `kind` is choice, set, number or text; `chosen` holds option codes."""

    question: Question
    name: str
    kind: str
    is_asked: bool
    chosen: tuple[str, ...] = ()
    text: str = ""
    error: str = ""
    version: int = 0
    last_year: str = ""


@dataclass(frozen=True, slots=True)
class RosterRow:
    school: FrameSchool
    seen_name: str
    seen_text: str
    cells: list[Cell]
    is_done: bool
    has_error: bool
    same: str = ""  # the words of the button that takes over the open cells from last year


@dataclass
class Roster:
    """The table of one section, bound to `data` when something was typed."""

    sheet: Sheet
    section: Section
    data: QueryDict | None = None
    errors: dict[tuple[str, str], str] = field(default_factory=dict)
    # Cells by (school, question) that show what was typed, because a colleague's newer answer stands in the way.
    conflicting: frozenset[tuple[str, str]] = frozenset()

    @property
    def columns(self) -> tuple[Question, ...]:
        return self.section.school_questions

    def typed(self) -> list[Typed]:
        """What was given in every cell that was on the page and can be read; the others are in `errors`."""
        if self.data is None:
            return []
        questions = {question.code: question for question in self.columns}
        result = []
        for school in self.sheet.schools:
            seen = read_seen(self.data.get(f"{PREFIX}.{school}", ""))
            for code, version in seen.items():
                if code not in questions:
                    continue
                try:
                    value = _read(questions[code], self.data.getlist(cell_name(school, code)))
                except (ValidationError, CellRefused) as error:
                    self.errors[school, code] = _message(error)
                    continue
                given = given_after(self.sheet.given(code, school), value)
                result.append(Typed(code, school, given, version))
        return result

    @cached_property
    def rows(self) -> list[RosterRow]:
        """Every school with its cells, as stored or, after an error, as typed."""
        return [self.row(code) for code in self.sheet.schools]

    @cached_property
    def findings(self) -> Mapping[tuple[str, str], Finding]:
        """The first finding of each cell, by school and question."""
        found: dict[tuple[str, str], Finding] = {}
        for finding in self.sheet.findings:
            if finding.school:
                found.setdefault((finding.school, finding.question), finding)
        return found

    def row(self, code: str) -> RosterRow:
        """One school with its cells."""
        school = self.sheet.schools[code]
        asked = self.sheet.route.rows[code]
        answers = self.sheet.facts.rows[code]
        cells = [
            self._cell(code, question, answers.get(question.code, BLANK), question.code in asked)
            for question in self.columns
        ]
        last = self.sheet.last_wave
        if last is not None:
            cells = [replace(cell, last_year=self._last_year(last, cell, code)) for cell in cells]
        versions = {cell.question.code: cell.version for cell in cells if cell.is_asked}
        return RosterRow(
            school=school,
            seen_name=f"{PREFIX}.{code}",
            seen_text=write_seen(versions),
            cells=cells,
            is_done=all(answers.get(c.question.code, BLANK).is_answered for c in cells if c.is_asked),
            has_error=any(cell.error for cell in cells),
            same=same_label(last) if last and any(self._is_takeable(code, cell) for cell in cells) else "",
        )

    def _last_year(self, last: LastWave, cell: Cell, school: str) -> str:
        """Last year's answer in words, where it is not what stands there now; few words keep the rows calm."""
        then = last.given(cell.question.code, school) if cell.is_asked else None
        if then is None or then.value == self.sheet.given(cell.question.code, school).value:
            return ""
        words = _("Last year: %(answer)s") if last.is_last_year else _("Last time: %(answer)s")
        return words % {"answer": last_answer(last, cell.question, then)}

    def _is_takeable(self, school: str, cell: Cell) -> bool:
        """Whether the cell is open and last year's answer can be taken over."""
        is_open = cell.is_asked and not self.sheet.given(cell.question.code, school).is_answered
        return is_open and self.sheet.same_as_last_wave(cell.question, school) is not None

    @property
    def takeable(self) -> str:
        """The words of the button for the whole roster, with how many locations it is about; empty when none."""
        last = self.sheet.last_wave
        count = sum(bool(row.same) for row in self.rows) if last else 0
        if last is None or not count:
            return ""
        words = (
            _("Take over all open locations from last year (%(count)s)")
            if last.is_last_year
            else _("Take over all open locations from last time (%(count)s)")
        )
        return words % {"count": count}

    @property
    def limits(self) -> list[str]:
        """Columns whose answers of last year are not fully comparable, with the reason."""
        last = self.sheet.last_wave
        if last is None:
            return []
        return [
            f"{question.column or question.label}: {limited_words(last.earlier[question.code])}"
            for question in self.columns
            if question.code in last.earlier and last.earlier[question.code].is_limited
        ]

    def _cell(
        self,
        school: str,
        question: Question,
        given: Given,
        is_asked: bool,
    ) -> Cell:
        name = cell_name(school, question.code)
        kind = _kind(question)
        version = self.sheet.stored_of(question.code, school).version
        error = self.errors.get((school, question.code), "")
        if (error or (school, question.code) in self.conflicting) and self.data is not None:
            typed = self.data.getlist(name)
            return Cell(question, name, kind, True, tuple(typed), typed[0] if typed else "", error, version)
        finding = self.findings.get((school, question.code))
        if finding is not None and not self.sheet.explanation(finding):
            error = finding_message(question, finding)
        value = given.value
        if isinstance(value, tuple):
            return Cell(question, name, kind, is_asked, value, "", error, version)
        text = "" if value is None or isinstance(value, Mapping) else str(value)
        if kind == "number" and text:
            text = text.replace(".", ",")
        return Cell(question, name, kind, is_asked, (text,) if text else (), text, error, version)

    def error_list(self) -> list[dict[str, str]]:
        """Format errors for the summary at the top of the page."""
        return [
            {
                "id": f"id_{cell_name(school, code)}",
                "label": f"{self.sheet.schools[school].name}, {self.sheet.instrument.questions[code].label}",
                "message": message,
            }
            for (school, code), message in self.errors.items()
        ]


def cell_name(school: str, code: str) -> str:
    return f"{PREFIX}.{school}.{code}"


def _kind(question: Question) -> str:
    if question.type in SET_TYPES:
        return "set"
    if question.type in NUMBER_TYPES:
        return "number"
    return "choice" if question.options else "text"


def _read(question: Question, typed: list[str]) -> Value | None:
    given = [text.strip() for text in typed if text.strip()]
    if not given:
        return None
    match _kind(question):
        case "set":
            return read_options(question, given, question.code)
        case "number":
            return read_typed_number(question, given[0])
        case "choice":
            return read_options(question, given[:1], question.code)[0]
        case _:
            return given[0]


def _message(error: ValidationError | CellRefused) -> str:
    if isinstance(error, ValidationError):
        return str(error.messages[0])
    return _("Choose one of the answers in the list.")
