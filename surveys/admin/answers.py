"""One library's answers for staff to read: as they stand, with who gave them, what is open and how they came about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from surveys.access import is_open_for, response_of
from surveys.admin.base import StaffAdmin
from surveys.checks import Finding
from surveys.compiled import compiled_by_id
from surveys.instrument import BLANK, Given, Instrument, Level, Question, Severity
from surveys.models import FrameEntry, FrameSchool
from surveys.services.history import CHANGES_PER_PAGE, change_line, changes_of
from surveys.sheets import NEVER, Sheet, Stored, sheet_of
from surveys.snapshot import Contents
from surveys.wording import Shown, finding_message, shown


@dataclass(frozen=True, slots=True)
class Cell:
    """One answer in words. `is_asked` is false off the route: such an answer is kept, but doesn't count."""

    shown: Shown
    is_asked: bool
    stored: Stored


@dataclass(frozen=True, slots=True)
class Line:
    number: str
    question: Question
    cell: Cell


@dataclass(frozen=True, slots=True)
class RosterLine:
    school: FrameSchool
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class SectionText:
    title: str
    lines: list[Line]
    columns: tuple[Question, ...]
    roster: list[RosterLine]


class Source(Protocol):
    """Where answers are read from."""

    def cell(self, question: Question, school: str) -> tuple[Given, bool, Stored]:
        """The answer, whether it was asked, and what is known of how it was stored."""


@dataclass(frozen=True, slots=True)
class SheetSource:
    """Answers as they stand."""

    sheet: Sheet

    def cell(self, question: Question, school: str) -> tuple[Given, bool, Stored]:
        sheet, code = self.sheet, question.code
        return sheet.given(code, school), sheet.route.holds(code, school), sheet.stored_of(code, school)


@dataclass(frozen=True, slots=True)
class SubmittedSource:
    """Answers as they were sent in."""

    contents: Contents

    def cell(self, question: Question, school: str) -> tuple[Given, bool, Stored]:
        answers = self.contents.rows.get(school, {}) if school else self.contents.answers
        given = answers.get(question.code)
        return given or BLANK, given is not None, NEVER


def sections_of(instrument: Instrument, schools: Mapping[str, FrameSchool], source: Source) -> list[SectionText]:
    """All sections in words; questions that were not asked are left out unless an answer is still on record."""

    def cell(question: Question, school: str = "") -> Cell:
        given, is_asked, stored = source.cell(question, school)
        return Cell(shown(instrument, question, given), is_asked, stored)

    sections = []
    for section in instrument.sections:
        lines = [
            Line(instrument.number_of[question.code], question, cell(question))
            for question in section.library_questions
        ]
        columns = section.school_questions
        roster = [
            RosterLine(school, [cell(question, code) for question in columns])
            for code, school in schools.items()
            if columns
        ]
        kept = [line for line in lines if line.cell.is_asked or not line.cell.shown.is_blank]
        sections.append(SectionText(section.title, kept, columns, roster))
    return sections


@dataclass(frozen=True, slots=True)
class Remark:
    """A check that an answer doesn't pass, in words."""

    number: str
    label: str
    school: str
    message: str
    is_hard: bool
    explanation: str


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A question that is still open; `n_schools` of the roster lack it when it is asked per school."""

    number: str
    label: str
    n_schools: int


def entry_or_404(wave_id: int, entry_id: int) -> FrameEntry:
    """The expected library of this wave, with all that its page shows."""
    entries = FrameEntry.objects.select_related("wave__survey", "library__support_organisation", "response")
    return get_object_or_404(entries, pk=entry_id, wave_id=wave_id)


def answers(page: StaffAdmin, request: HttpRequest, wave_id: int, entry_id: int) -> HttpResponse:
    """Everything that the library has filled in and sent in, on one page."""
    entry = entry_or_404(wave_id, entry_id)
    response = response_of(entry)
    sheet = sheet_of(entry, response)
    submissions = response.submissions.select_related("submitted_by").defer("snapshot") if response else ()
    events = response.events.select_related("by").order_by("at") if response else ()
    context = {
        "title": entry.library.name,
        "subtitle": str(entry.wave),
        "crumbs": page.crumbs(*way_to(entry), (entry.library.name, "")),
        "entry": entry,
        "response": response,
        "is_open": is_open_for(entry),
        "overall": sheet.overall if response else None,
        "sections": sections_of(sheet.instrument, sheet.schools, SheetSource(sheet)) if response else [],
        "remarks": [_remark(sheet, finding) for finding in sheet.findings] if response else [],
        "open_lines": _open_lines(sheet) if response else [],
        "submissions": submissions,
        "events": events,
    }
    return page.page(request, "admin/surveys/answers.html", context)


def way_to(entry: FrameEntry) -> list[tuple[str, str]]:
    """The crumbs from the list of waves to the board."""
    return [
        (str(entry.wave), reverse("admin:surveys_wave_change", args=[entry.wave_id])),
        (_("Response"), reverse("admin:surveys_wave_board", args=[entry.wave_id])),
    ]


def _remark(sheet: Sheet, finding: Finding) -> Remark:
    question = sheet.instrument.questions[finding.question]
    return Remark(
        number=sheet.instrument.number_of[question.code],
        label=question.label,
        school=str(sheet.schools[finding.school]) if finding.school else "",
        message=finding_message(question, finding),
        is_hard=finding.severity is Severity.HARD,
        explanation=sheet.explanation(finding),
    )


def _open_lines(sheet: Sheet) -> list[OpenLine]:
    counts: dict[str, int] = {}
    for item in sheet.open_questions:
        counts[item.question] = counts.get(item.question, 0) + 1
    questions, numbers = sheet.instrument.questions, sheet.instrument.number_of
    return [
        OpenLine(numbers[code], questions[code].label, n if questions[code].level is Level.SCHOOL else 0)
        for code, n in counts.items()
    ]


def history(page: StaffAdmin, request: HttpRequest, wave_id: int, entry_id: int, code: str) -> HttpResponse:
    """Every value that the answer to one question has had, newest first; `?school=` narrows it to one school."""
    entry = entry_or_404(wave_id, entry_id)
    known = compiled_by_id(entry.wave.questionnaire_id)
    question = known.instrument.questions.get(code)
    response = response_of(entry)
    if question is None or response is None:
        raise Http404
    changes = changes_of(response, known.question_ids[code], request.GET.get("school", ""))
    pages = Paginator(changes, CHANGES_PER_PAGE).get_page(request.GET.get("p"))
    back = reverse("admin:surveys_wave_answers", args=[wave_id, entry_id])
    context = {
        "title": question.label,
        "subtitle": f"{entry.library.name}, {entry.wave}",
        "crumbs": page.crumbs(*way_to(entry), (entry.library.name, back), (_("History"), "")),
        "question": question,
        "number": known.instrument.number_of[code],
        "is_roster": question.level is Level.SCHOOL,
        "pages": pages,
        "lines": [change_line(known, change) for change in pages],
        "back": back,
    }
    return page.page(request, "admin/surveys/history.html", context)
