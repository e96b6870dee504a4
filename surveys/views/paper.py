"""The questionnaire on paper: blank, as it stands, and as it was sent in. One set of values and templates for all
three, so that they cannot drift apart: what differs is only whose answers are in it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from surveys import access
from surveys.access import Grant
from surveys.http import MonitorRequest, second_factor_required
from surveys.instrument import (
    BLANK,
    NO_VALUE,
    NUMBER_TYPES,
    SET_TYPES,
    TOP3_LIMIT,
    Given,
    Instrument,
    Level,
    Option,
    Question,
    Section,
    Type,
    Value,
)
from surveys.paper import PaperUnavailable, pdf
from surveys.routing_words import routing_text
from surveys.rules import asked_options, is_complete, without_hidden
from surveys.sheets import Sheet, sheet_of
from surveys.snapshot import read as read_snapshot
from surveys.wording import part_words, shown

NO_NUMBER = "-"


class Status(StrEnum):
    """What is to be seen at a question besides its words."""

    TO_FILL_IN = "to_fill_in"
    ANSWERED = "answered"
    PARTLY = "partly"
    OPEN = "open"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Box:
    """An option with its box. `asks_text`: a line to write on, or the text that was given."""

    letter: str
    text: str
    is_ticked: bool
    is_child: bool
    asks_text: bool
    written: str


@dataclass(frozen=True, slots=True)
class Item:
    """A question with all its words, and the answer when there is one. School questions have it in the roster."""

    number: str
    question: Question
    routing: str
    hint: str
    unit: str
    status: Status
    boxes: list[Box]
    rows: list[tuple[str, list[bool]]]
    numbers: list[tuple[str, str]]
    answer: str
    remarks: list[str]

    @property
    def letters(self) -> str:
        """The options as a cell of the blank roster shows them. No boxes: drawing 10,000 of them takes ten seconds."""
        return "  ".join(box.letter for box in self.boxes)

    @property
    def is_column(self) -> bool:
        return self.question.level is Level.SCHOOL

    @property
    def is_number(self) -> bool:
        return self.question.type in NUMBER_TYPES

    @property
    def is_text(self) -> bool:
        return self.question.type is Type.TEXT


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A school with a cell per column: the question, its status there, and the answer in words."""

    school: str
    cells: list[tuple[Item, Status, str]]

    @property
    def is_asked(self) -> bool:
        return any(status is not Status.NOT_ASKED for _item, status, _text in self.cells)


@dataclass(frozen=True, slots=True)
class PaperSection:
    """The questions in their order. The roster follows the last of its `columns`, after `items` and before `rest`.

    `n_left_out` schools are not on the roster, because nothing is asked about them here.
    """

    number: int
    section: Section
    items: list[Item]
    columns: list[Item]
    roster: list[RosterRow]
    n_left_out: int
    remarks: list[str]
    rest: list[Item]


@dataclass(frozen=True, slots=True)
class Filling:
    """Whose answers go on the paper. `given` says None for what was not asked; explanations are by check and school."""

    given: Callable[[Question, str], Given | None]
    answers: Mapping[str, Given]
    explanations: Mapping[tuple[str, str], str]
    is_blank: bool = False


@require_safe
def response_blank_pdf(request: MonitorRequest, entry_id: int) -> HttpResponse:
    """The blank questionnaire with the library's own school list."""
    grant = access.entry_for(request.user, entry_id)
    sheet = sheet_of(grant.entry, None)
    filling = Filling(lambda _question, _school: BLANK, {}, {}, is_blank=True)
    return _paper(request, "blank", grant, sheet, filling, _("questionnaire"))


@require_safe
def response_answers_pdf(request: MonitorRequest, entry_id: int) -> HttpResponse:
    """The answers as they stand, with what is still open marked."""
    return _answers(request, access.entry_for(request.user, entry_id))


@require_safe
@second_factor_required
def follow_answers_pdf(request: MonitorRequest, entry_id: int) -> HttpResponse:
    """As `response_answers_pdf`, for an adviser of the library."""
    return _answers(request, access.followed_entry_for(request.user, entry_id))


def _answers(request: MonitorRequest, grant: Grant) -> HttpResponse:
    sheet = sheet_of(grant.entry, grant.response)

    def given(question: Question, school: str) -> Given | None:
        if not sheet.route.holds(question.code, school):
            return None
        return without_hidden(sheet.instrument, question, sheet.given(question.code, school), sheet.facts.answers)

    # Of checks that fire now, as in a submission.
    explained = {(finding.code, finding.school): sheet.explanation(finding) for finding in sheet.findings}
    filling = Filling(given, sheet.facts.answers, explained)
    return _paper(request, "answers", grant, sheet, filling, _("answers"), now=timezone.now())


@require_safe
def response_receipt_pdf(request: MonitorRequest, entry_id: int, number: int) -> HttpResponse:
    """What was sent in, out of the snapshot alone; also when a later submission took its place."""
    grant = access.entry_for(request.user, entry_id)
    submission = grant.response and (
        grant.response.submissions.select_related("submitted_by").filter(number=number).first()
    )
    if not submission:
        raise Http404
    sheet = sheet_of(grant.entry, None)
    contents = read_snapshot(sheet.instrument, submission.snapshot)

    def given(question: Question, school: str) -> Given | None:
        return (contents.rows.get(school, {}) if school else contents.answers).get(question.code)

    explanations = {}
    for key, text in contents.explanations.items():
        check, _at, school = key.partition("@")
        explanations[check, school] = text
    filling = Filling(given, contents.answers, explanations)
    name = _("receipt-%(number)s") % {"number": submission.number}
    return _paper(
        request, "receipt", grant, sheet, filling, name, _in_order(sheet, contents.rows), submission=submission
    )


def _paper(
    request: MonitorRequest,
    kind: str,
    grant: Grant,
    sheet: Sheet,
    filling: Filling,
    name: str,
    schools: list[str] | None = None,
    **more: object,
) -> HttpResponse:
    context = {
        "entry": grant.entry,
        "wave": grant.entry.wave,
        "library": grant.entry.library,
        "response": grant.response,
        "instrument": sheet.instrument,
        "sections": sections(sheet, filling, schools),
        "is_blank": filling.is_blank,
        "address": settings.SITE_URL,
        **more,
    }
    try:
        made = pdf(f"surveys/paper/{kind}.html", context)
    except PaperUnavailable as error:
        return render(request, "surveys/paper/unavailable.html", {"reason": str(error)}, status=503)
    wave = grant.entry.wave
    file = f"{name}-{slugify(grant.entry.library.name)}-{wave.survey.code}-{wave.school_year}.pdf"
    return HttpResponse(
        made,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{file}"', "Cache-Control": "private, no-store"},
    )


def sections(sheet: Sheet, filling: Filling, schools: list[str] | None = None) -> list[PaperSection]:
    """The whole questionnaire with these answers. `schools` are the codes on the roster, when not those of now."""
    return [
        _section(sheet, filling, section, place, sheet.schools if schools is None else schools)
        for place, section in enumerate(sheet.instrument.sections, start=1)
    ]


def _section(sheet: Sheet, filling: Filling, section: Section, place: int, schools: Iterable[str]) -> PaperSection:
    items = [_item(sheet.instrument, filling, question) for question in section.questions]
    columns = [item for item in items if item.is_column]
    split = items.index(columns[-1]) + 1 if columns else len(items)
    rows = [_row(sheet, filling, columns, code) for code in schools] if columns else []
    roster = [row for row in rows if row.is_asked]
    return PaperSection(
        number=place,
        section=section,
        items=items[:split],
        columns=columns,
        roster=roster,
        n_left_out=len(rows) - len(roster),
        remarks=_school_remarks(sheet, filling, section),
        rest=items[split:],
    )


def _item(instrument: Instrument, filling: Filling, question: Question) -> Item:
    is_library = question.level is Level.LIBRARY
    given = filling.given(question, "") if is_library else BLANK
    value = None if given is None else given.value
    answer, remarks = "", _explanations(instrument, filling, question, "")
    if is_library and given is not None and given.is_answered:
        words = shown(instrument, question, given)
        remarks = ([words.note] if words.note else []) + remarks
        if given.state in NO_VALUE or question.type in NUMBER_TYPES or question.type is Type.TEXT:
            answer = "\n".join(words.lines)
    return Item(
        number=instrument.number_of[question.code],
        question=question,
        routing=routing_text(instrument, question),
        hint=_hint(instrument, question),
        unit=question.unit or ("%" if question.type is Type.PERCENTAGE else ""),
        status=_status(instrument, filling, question, given),
        boxes=[] if question.rows else _boxes(question, given or BLANK),
        rows=_matrix_rows(question, value),
        numbers=_numbers(instrument, filling, question, value),
        answer=answer,
        remarks=remarks,
    )


def _status(instrument: Instrument, filling: Filling, question: Question, given: Given | None) -> Status:
    if filling.is_blank:
        return Status.TO_FILL_IN
    if given is None:
        return Status.NOT_ASKED
    if is_complete(instrument, question, given, filling.answers):
        return Status.ANSWERED
    return Status.PARTLY if given.is_answered else Status.OPEN


def _hint(instrument: Instrument, question: Question) -> str:
    """How many answers there may be, which the form sees to itself."""
    hints = []
    if question.type is Type.SINGLE or question.rows:
        hints.append(_("Choose one answer per row.") if question.rows else _("Choose one answer."))
    elif question.type is Type.TOP3:
        hints.append(_("Choose %(limit)s at most.") % {"limit": TOP3_LIMIT})
    elif question.type is Type.MULTIPLE:
        hints.append(_("Several answers are possible."))
    elif question.options_from:
        number = instrument.number_of[question.options_from]
        hints.append(_("Only for what you choose at question %(number)s.") % {"number": number})
    if question.type in SET_TYPES:
        alone = [option.text for option in question.options if option.is_exclusive]
        hints += [_("“%(option)s” cannot go together with other answers.") % {"option": text} for text in alone]
    return " ".join(hints)


def _boxes(question: Question, given: Given) -> list[Box]:
    return [
        Box(
            letter=letter_of(place),
            text=option.text,
            is_ticked=_is_chosen(option, given.value),
            is_child=bool(option.parent),
            asks_text=option.has_text,
            written=given.other_text if option.has_text and _is_chosen(option, given.value) else "",
        )
        for place, option in enumerate(question.options)
    ]


def letter_of(place: int) -> str:
    """What stands for an option in the roster: A to Z, then AA, AB."""
    return chr(65 + place) if place < 26 else letter_of(place // 26 - 1) + chr(65 + place % 26)


def _is_chosen(option: Option, value: Value | None) -> bool:
    return option.code in value if isinstance(value, tuple) else option.code == value


def _matrix_rows(question: Question, value: Value | None) -> list[tuple[str, list[bool]]]:
    chosen = value if isinstance(value, Mapping) else {}
    return [(row.text, [chosen.get(row.code) == option.code for option in question.options]) for row in question.rows]


def _numbers(
    instrument: Instrument, filling: Filling, question: Question, value: Value | None
) -> list[tuple[str, str]]:
    """Each option with its number: empty where one is still to be written, a dash where none is asked for."""
    if question.type is not Type.NUMBER_PER_OPTION:
        return []
    numbers = value if isinstance(value, Mapping) else {}
    options = instrument.numbered_options(question)
    asked = () if filling.is_blank else asked_options(instrument, question, filling.answers)
    return [
        (
            option.text,
            part_words(numbers[option.code])
            if option.code in numbers
            else ("" if filling.is_blank or option.code in asked else NO_NUMBER),
        )
        for option in options
    ]


def _row(sheet: Sheet, filling: Filling, columns: list[Item], code: str) -> RosterRow:
    school = sheet.schools.get(code) or sheet.left.get(code)
    return RosterRow(
        school=f"{school.name}, {school.municipality} ({code})" if school else code,
        cells=[(item, *_cell(sheet.instrument, filling, item.question, code)) for item in columns],
    )


def _in_order(sheet: Sheet, schools: Iterable[str]) -> list[str]:
    """These schools in the order of the roster; those that have left it come last."""
    place = {code: rank for rank, code in enumerate(sheet.schools)}
    return sorted(schools, key=lambda code: (place.get(code, len(place)), code))


def _cell(instrument: Instrument, filling: Filling, question: Question, school: str) -> tuple[Status, str]:
    given = filling.given(question, school)
    status = _status(instrument, filling, question, given)
    if given is None or not given.is_answered:
        return status, ""
    words = shown(instrument, question, given)
    text = "; ".join(words.lines)
    return status, f"{text} ({words.note})" if words.note else text


def _explanations(instrument: Instrument, filling: Filling, question: Question, school: str) -> list[str]:
    return [
        _("Explanation: %(text)s") % {"text": text}
        for check in instrument.checks_of.get(question.code, ())
        if (text := filling.explanations.get((check.code, school)))
    ]


def _school_remarks(sheet: Sheet, filling: Filling, section: Section) -> list[str]:
    """Explanations that belong to one school, with its name: a cell has no room for them."""
    checks = {check.code for q in section.school_questions for check in sheet.instrument.checks_of.get(q.code, ())}
    names = {code: school.name for code, school in sheet.every_school.items()}
    return [
        f"{names.get(school, school)}: {text}"
        for (check, school), text in sorted(filling.explanations.items())
        if school and check in checks
    ]
