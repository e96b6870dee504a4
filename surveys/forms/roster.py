"""The roster of one section as a table: a row per school, a column per school question. Parses; never saves.

Written by hand rather than as a formset: at 500 schools and eight columns a form field per cell costs seconds.
`roster_table` draws it, `many` fills in many cells at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from django.forms import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from surveys.cells import OTHER_TEXT, CellRefused, read_options
from surveys.checks import Finding
from surveys.forms.fields import given_after, number_field, read_text, read_typed_number
from surveys.forms.section import (
    Typed,
    last_answer,
    limited_words,
    read_seen,
    same_label,
    write_seen,
)
from surveys.instrument import BLANK, NUMBER_TYPES, SET_TYPES, Given, Question, Section, Value
from surveys.lastwave import LastWave
from surveys.models import FrameSchool
from surveys.sheets import Sheet
from surveys.wording import finding_message, shown

PREFIX = "r"


class Cell(NamedTuple):
    """One answer of the table. `chosen` holds option codes; `text` is a number, or what "other" is.

    `beside` are the lines about what is known already: last year, and what the KB has from elsewhere.
    """

    question: Question
    is_asked: bool
    chosen: tuple[str, ...] = ()
    text: str = ""
    error: str = ""
    version: int = 0
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One school with its cells, and how many of those that are asked are answered."""

    school: FrameSchool
    cells: list[Cell]
    n_asked: int
    n_answered: int
    offers: tuple[str, ...] = ()  # the acts of `forms.same` that fill in open cells of the row

    @property
    def is_done(self) -> bool:
        return self.n_answered >= self.n_asked

    @property
    def has_remark(self) -> bool:
        return any(cell.error for cell in self.cells)

    @property
    def seen_text(self) -> str:
        return write_seen({cell.question.code: cell.version for cell in self.cells if cell.is_asked})


@dataclass
class Roster:
    """The table of one section, bound to `data` when something was typed."""

    sheet: Sheet
    section: Section
    data: QueryDict | None = None
    errors: dict[tuple[str, str], str] = field(default_factory=dict)
    # Cells by (school, question) that show what was typed, because a colleague's newer answer stands in the way.
    conflicting: frozenset[tuple[str, str]] = frozenset()

    def __post_init__(self) -> None:
        self._then: dict[object, str] = {}

    @property
    def columns(self) -> tuple[Question, ...]:
        return self.section.school_questions

    def typed(self) -> list[Typed]:
        """What was given in every cell that was on the page and can be read; the others are in `errors`."""
        if self.data is None:
            return []
        result = []
        for (school, code), version in self.seen.items():
            question, before = self._questions[code], self.sheet.given(code, school)
            try:
                typed = read_cell(question, self.data, cell_name(school, code), before)
            except (ValidationError, CellRefused) as error:
                self.errors[school, code] = refusal_words(error)
                continue
            result.append(Typed(code, school, given_after(question, before, typed), version))
        self._refuse_rows_that_left(self.data)
        return result

    @cached_property
    def seen(self) -> dict[tuple[str, str], int]:
        """The version of each cell, by school and question, that was on the page."""
        if self.data is None:
            return {}
        return {
            (school, code): version
            for school in self.sheet.schools
            for code, version in read_seen(self.data.get(f"{PREFIX}.{school}", "")).items()
            if code in self._questions
        }

    @cached_property
    def _questions(self) -> dict[str, Question]:
        return {question.code: question for question in self.columns}

    @cached_property
    def rows(self) -> list[RosterRow]:
        """Every school that something is asked of, with its cells as stored or, after an error, as typed."""
        return [row for row in (self.row(code) for code in self.sheet.schools) if row.n_asked]

    @cached_property
    def findings(self) -> Mapping[tuple[str, str], Finding]:
        """The first finding of each cell, by school and question."""
        found: dict[tuple[str, str], Finding] = {}
        for finding in self.sheet.findings_in(self.section):
            if finding.school:
                found.setdefault((finding.school, finding.question), finding)
        return found

    def row(self, code: str) -> RosterRow:
        """One school with its cells."""
        asked = self.sheet.route.rows[code]
        answers = self.sheet.facts.rows[code]
        cells, n_asked, n_answered = [], 0, 0
        offers: set[str] = set()
        for question in self.columns:
            given = answers.get(question.code, BLANK)
            is_asked = question.code in asked
            cells.append(self._cell(code, question, given, is_asked))
            if is_asked:
                n_asked += 1
                n_answered += given.is_answered
                if not given.is_answered:
                    offers |= {name for name, offer in self._offers.items() if offer(question, code) is not None}
        in_order = tuple(name for name in self._offers if name in offers)
        return RosterRow(self.sheet.schools[code], cells, n_asked, n_answered, in_order)

    @cached_property
    def _offers(self) -> dict[str, Callable[[Question, str], Given | None]]:
        """What can fill in an open cell, by the name of its button."""
        offers: dict[str, Callable[[Question, str], Given | None]] = {}
        if self.sheet.last_wave is not None:
            offers["same"] = self.sheet.same_as_last_wave
        if self.sheet.prefills:
            offers["confirm"] = self.sheet.confirmable
        return offers

    def offer_label(self, name: str) -> str:
        """The words of the button of a row."""
        if name == "same" and self.sheet.last_wave is not None:
            return same_label(self.sheet.last_wave)
        return _("Confirm what the KB knows")

    def n_done(self) -> tuple[int, int]:
        """How many of the schools that something is asked of are done, and how many those are."""
        done = asked_of = 0
        codes = [question.code for question in self.columns]
        for school, answers in self.sheet.facts.rows.items():
            asked = self.sheet.route.rows[school]
            own = [code for code in codes if code in asked]
            if own:
                asked_of += 1
                done += all(answers.get(code, BLANK).is_answered for code in own)
        return done, asked_of

    def _beside(self, question: Question, school: str, now: Given) -> tuple[str, ...]:
        """What is known already, in few words that keep the rows calm, where it is not what stands there now."""
        lines = []
        last = self.sheet.last_wave
        then = last and last.given(question.code, school)
        if last and then and then.value != now.value:
            lines.append(self._last_year(last, question, then))
        known = self.sheet.prefills.get((question.code, school)) if self.sheet.prefills else None
        if known and known.given.value != now.value:
            answer = "; ".join(shown(self.sheet.instrument, question, known.given).lines)
            lines.append(_("%(source)s: %(answer)s") % {"source": known.source, "answer": answer})
        return tuple(lines)

    def _last_year(self, last: LastWave, question: Question, then: Given) -> str:
        key = question.code, then.value, then.state, then.other_text
        if key not in self._then:  # the same few answers stand beside hundreds of cells
            words = _("Last year: %(answer)s") if last.is_last_year else _("Last time: %(answer)s")
            self._then[key] = words % {"answer": last_answer(last, question, then)}
        return self._then[key]

    @property
    def takeable(self) -> list[tuple[str, str, int]]:
        """The buttons for the whole roster: name, words with %(count)s, and the number of locations it is about."""
        buttons = []
        for name in self._offers:
            count = sum(name in row.offers for row in self.rows)
            if count:
                buttons.append((name, self._all_label(name), count))
        return buttons

    def _all_label(self, name: str) -> str:
        if name != "same":
            return _("Confirm what the KB knows, for all open locations (%(count)s)")
        if self.sheet.last_wave is not None and self.sheet.last_wave.is_last_year:
            return _("Take over all open locations from last year (%(count)s)")
        return _("Take over all open locations from last time (%(count)s)")

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

    def _cell(self, school: str, question: Question, given: Given, is_asked: bool) -> Cell:
        key = school, question.code
        error = self.errors.get(key, "")
        is_as_typed = self.data is not None and (bool(error) or key in self.conflicting)
        if not (is_asked or is_as_typed):
            return Cell(question, False)
        version = self.sheet.stored_of(question.code, school).version
        beside = self._beside(question, school, given) if self._offers else ()
        if is_as_typed and self.data is not None:
            name = cell_name(school, question.code)
            typed = self.data.getlist(name)
            text = self.data.get(f"{name}.{OTHER_TEXT}", "") if question.options else "".join(typed[:1])
            return Cell(question, True, tuple(typed), text, error, version, beside)
        error = self.remark(school, question)
        match given.value:
            case tuple():
                return Cell(question, True, given.value, given.other_text, error, version, beside)
            case str():
                return Cell(question, True, (given.value,), given.other_text, error, version, beside)
            case _:
                text = number_field(given) if question.type in NUMBER_TYPES else ""
                return Cell(question, True, (), text, error, version, beside)

    def remark(self, school: str, question: Question) -> str:
        """What a check says of the cell; empty when none does, or when it was explained."""
        finding = self.findings.get((school, question.code))
        if finding is None or self.sheet.explanation(finding):
            return ""
        return finding_message(question, finding)

    def _refuse_rows_that_left(self, data: QueryDict) -> None:
        """What was typed for a school that is no longer on the list must not seem to be saved."""
        for code in rows_that_left(self.sheet, data):
            for question in read_seen(data.get(f"{PREFIX}.{code}", "")):
                if question in self._questions:
                    self.errors[code, question] = left_words(self.sheet, code)

    def error_list(self) -> list[dict[str, str]]:
        """Format errors for the summary at the top of the page."""
        return [
            {
                "id": f"id_{cell_name(school, code)}",
                "label": f"{school_name(self.sheet, school)}, {self._questions[code].label}",
                "message": message,
            }
            for (school, code), message in self.errors.items()
        ]


def rows_that_left(sheet: Sheet, data: QueryDict) -> list[str]:
    """Codes that are not on the list (any more): of schools that left it, and of those that were on the page by a
    provisional code and have their real one by now."""
    known = sheet.every_school
    fields = (name for name in data if name.startswith(f"{PREFIX}."))
    shown = [name.removeprefix(f"{PREFIX}.") for name in fields if read_seen(data.get(name, ""))]
    # The text of "other" in a cell may look like versions.
    renamed = [code for code in shown if code not in known and not any(code.startswith(f"{one}.") for one in known)]
    return [*sheet.left, *renamed]


def left_words(sheet: Sheet, code: str) -> str:
    """Why what was typed for this school was not saved."""
    school = sheet.every_school.get(code, code)
    return _("%(school)s is no longer on your list, so this was not saved.") % {"school": school}


def school_name(sheet: Sheet, code: str) -> str:
    """What to call a school of the page, also one that the list never had by this code."""
    school = sheet.every_school.get(code)
    return school.name if school else code


def cell_name(school: str, code: str) -> str:
    return f"{PREFIX}.{school}.{code}"


def read_cell(question: Question, data: QueryDict, name: str, before: Given) -> Given:
    """What was typed in a cell, with the text of "other". Raises ValidationError or CellRefused."""
    given = [text.strip() for text in data.getlist(name) if text.strip()]
    if question.type in NUMBER_TYPES:
        return read_typed_number(question, given[0]) if given else BLANK
    value: Value | None = None
    if given:
        codes = read_options(question, given if question.type in SET_TYPES else given[:1], question.code)
        value = codes if question.type in SET_TYPES else codes[0]
    other_text = read_text(data.get(f"{name}.{OTHER_TEXT}", before.other_text))
    if other_text and not question.asks_text(value):
        if other_text != before.other_text:
            raise ValidationError(
                _("This belongs to another answer than the one you chose. Choose it, or empty this."), code="text"
            )
        other_text = ""
    return Given(value, other_text=other_text)


def refusal_words(error: ValidationError | CellRefused) -> str:
    if isinstance(error, ValidationError):
        return str(error.messages[0])
    return _("Choose one of the answers in the list.")
