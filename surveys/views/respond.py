"""The pages of a library: start, overview, one page per section, review, submit and receipt."""

from collections.abc import Collection
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from surveys import access
from surveys.access import Grant
from surveys.cells import CellRefused, clean_text
from surveys.errors import SubmissionRefused, WaveNotOpen
from surveys.forms.roster import Roster
from surveys.forms.same import SAME, Taken, take_over
from surveys.forms.section import SectionForm, Typed
from surveys.http import MonitorRequest
from surveys.instrument import Section, Severity
from surveys.rules import Finding, Open
from surveys.services import responses
from surveys.sheets import Sheet, sheet_of
from surveys.snapshot import read as read_snapshot
from surveys.views.reading import sections_of_sheet, sections_of_submission
from surveys.wording import finding_message, shown

MAX_EXPLANATION = 2000


@dataclass(frozen=True, slots=True)
class SectionStep:
    """A section in the navigation beside the form."""

    section: Section
    asked: int
    answered: int
    is_current: bool

    @property
    def is_done(self) -> bool:
        return self.answered >= self.asked

    @property
    def count(self) -> str:
        return _("%(done)s of %(total)s") % {"done": self.answered, "total": self.asked}


@require_safe
def start(request: MonitorRequest) -> HttpResponse:
    """One card per questionnaire of the user's libraries; advisers and staff see where their pages are."""
    entries = list(access.entries_for(request.user))
    fillable = [entry for entry in entries if access.is_open_for(entry)]
    open_cards = [
        (entry, response, sheet_of(entry, response)) for entry in fillable for response in [access.response_of(entry)]
    ]
    closed_cards = [(entry, access.response_of(entry), None) for entry in entries if entry not in fillable]
    return render(
        request,
        "surveys/start.html",
        {"open_cards": open_cards, "closed_cards": closed_cards, "is_adviser": access.is_adviser(request.user)},
    )


@require_safe
def response_overview(request: MonitorRequest, entry_id: int) -> HttpResponse:
    """The sections with their progress, until when, and who is working on it."""
    grant = access.entry_for(request.user, entry_id)
    sheet = sheet_of(grant.entry, grant.response)
    context = page_context(grant, sheet) | {"colleagues": access.colleagues(grant.entry)}
    return render(request, "surveys/response_overview.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def response_section(request: MonitorRequest, entry_id: int, section_code: str) -> HttpResponse:
    """One section: show it, or save what was typed and go on."""
    grant = access.entry_for(request.user, entry_id)
    sheet = sheet_of(grant.entry, grant.response)
    section = sheet.instrument.section_by_code.get(section_code)
    if section is None:
        raise Http404
    if request.method == "POST":
        return _section_save(request, grant, sheet, section)
    if not (may_fill_in(grant) and grant.may_edit):
        return redirect("surveys:response-read", entry_id)
    form, roster = SectionForm(sheet, section), Roster(sheet, section)
    return _section_page(request, grant, sheet, section, form, roster, [])


def _section_save(request: MonitorRequest, grant: Grant, sheet: Sheet, section: Section) -> HttpResponse:
    """Store every answer that can be read; go on only when all could and nobody else was in between."""
    if not grant.may_edit:
        raise PermissionDenied
    act = request.POST.get(SAME, "")
    data, taken = take_over(sheet, section, request.POST, act) if act else (request.POST, Taken())
    form, roster = SectionForm(sheet, section, data), Roster(sheet, section, data)
    form.is_valid()
    edits = [edit_of(typed, taken) for typed in (*form.typed(), *roster.typed())]
    try:
        saved = responses.answers_save(sheet=sheet, edits=edits, by=request.user)
    except WaveNotOpen as error:
        messages.error(request, str(error))
        return redirect("surveys:response-overview", grant.entry.pk)
    if form.errors or roster.errors or saved.conflicts:
        now = access.entry_for(request.user, grant.entry.pk)
        fresh = sheet_of(now.entry, now.response)
        form = SectionForm(fresh, section, data)
        conflicting = frozenset((conflict.edit.school, conflict.edit.question) for conflict in saved.conflicts)
        roster = Roster(fresh, section, data, roster.errors, conflicting)
        return _section_page(request, now, fresh, section, form, roster, saved.conflicts, status=422)
    if act:
        return _go_back(request, sheet, section, act, len(taken))
    after = sheet.with_answers({(edit.question, edit.school): edit.given for edit in saved.changed})
    return _go_on(request, sheet, after, section)


def _go_on(request: MonitorRequest, before: Sheet, after: Sheet, section: Section) -> HttpResponse:
    """The page after a save: the same section when asked for or when questions came up in it, else the next."""
    entry_id = before.entry.pk
    if _came_up(before, after, section):
        messages.info(request, _("Saved. Because of your answers, there are new questions in this section."))
        return redirect("surveys:response-section", entry_id, section.code)
    if "stay" in request.POST:
        messages.success(request, _("Saved."))
        return redirect("surveys:response-section", entry_id, section.code)
    sections = list(after.instrument.sections)
    for following in sections[sections.index(section) + 1 :]:
        if after.progress[following.code].asked:
            return redirect("surveys:response-section", entry_id, following.code)
    return redirect("surveys:response-review", entry_id)


def _go_back(request: MonitorRequest, sheet: Sheet, section: Section, act: str, n_taken: int) -> HttpResponse:
    """To the same section, at the question or row whose answers were taken over."""
    if n_taken:
        words = ngettext("%(count)s answer taken over and saved.", "%(count)s answers taken over and saved.", n_taken)
        messages.success(request, words % {"count": n_taken})
    else:
        messages.info(request, _("Saved. There was nothing left to take over."))
    kind, _dot, school = act.partition(".")
    address = reverse("surveys:response-section", args=[sheet.entry.pk, section.code])
    if kind in sheet.instrument.questions:
        return redirect(f"{address}#{_anchor(kind, '')}")
    return redirect(f"{address}#{_anchor('', school)}" if school in sheet.schools else address)


def _came_up(before: Sheet, after: Sheet, section: Section) -> bool:
    """Whether questions of this section apply now that were not on the page."""
    if any(q.code in after.route.questions - before.route.questions for q in section.library_questions):
        return True
    codes = {question.code for question in section.school_questions}
    return any(codes & (asked - before.route.rows[school]) for school, asked in after.route.rows.items())


def edit_of(typed: Typed, taken: Collection[tuple[str, str]] = ()) -> responses.Edit:
    """What was typed as an edit; answers in `taken` are confirmed rather than typed."""
    is_confirmed = (typed.question, typed.school) in taken
    return responses.Edit(typed.question, typed.school, typed.given, typed.seen, is_confirmed)


def _section_page(
    request: MonitorRequest,
    grant: Grant,
    sheet: Sheet,
    section: Section,
    form: SectionForm,
    roster: Roster,
    conflicts: list[responses.Conflict],
    status: int = 200,
) -> HttpResponse:
    context = page_context(grant, sheet, section) | {
        "section": section,
        "form": form,
        "roster": roster,
        "conflicts": [_conflict_text(sheet, conflict) for conflict in conflicts],
        "errors": [*form.error_list(), *roster.error_list()],
    }
    return render(request, "surveys/response_section.html", context, status=status)


def _conflict_text(sheet: Sheet, conflict: responses.Conflict) -> dict[str, object]:
    question = sheet.instrument.questions[conflict.edit.question]
    school = sheet.schools.get(conflict.edit.school)
    return {
        "label": f"{question.label}, {school.name}" if school else question.label,
        "theirs": shown(sheet.instrument, question, conflict.theirs),
        "by": conflict.changed_by,
        "at": conflict.changed_at,
    }


@require_safe
def response_review(request: MonitorRequest, entry_id: int) -> HttpResponse:
    """Everything that is open or needs attention, and the way to submit."""
    grant = access.entry_for(request.user, entry_id)
    sheet = sheet_of(grant.entry, grant.response)
    return _review_page(request, grant, sheet, "")


@require_POST
def response_explain(request: MonitorRequest, entry_id: int) -> HttpResponse:
    """Store the explanations that were typed at soft checks."""
    grant = access.entry_for(request.user, entry_id)
    if not grant.may_edit:
        raise PermissionDenied
    sheet = sheet_of(grant.entry, grant.response)
    try:
        texts = {
            (finding.code, finding.school): clean_text(request.POST[name], name)[:MAX_EXPLANATION]
            for finding in sheet.findings
            if (name := explanation_name(finding)) in request.POST and finding.severity is Severity.SOFT
        }
        responses.explanations_save(sheet=sheet, texts=texts, by=request.user)
    except WaveNotOpen as error:
        messages.error(request, str(error))
    except CellRefused:
        messages.error(request, _("The text holds a character that cannot be stored."))
    else:
        messages.success(request, _("Explanations saved."))
    return redirect("surveys:response-review", entry_id)


@require_POST
def response_submit(request: MonitorRequest, entry_id: int) -> HttpResponse:
    """Send in the questionnaire and show the receipt."""
    grant = access.entry_for(request.user, entry_id)
    if not grant.may_submit:
        raise PermissionDenied
    try:
        responses.response_submit(entry=grant.entry, by=request.user, accept_open="accept_open" in request.POST)
    except (WaveNotOpen, SubmissionRefused) as error:
        grant = access.entry_for(request.user, entry_id)
        if grant.response and grant.response.is_submitted:  # a second click, or a colleague was first
            return redirect("surveys:response-receipt", entry_id)
        return _review_page(request, grant, sheet_of(grant.entry, grant.response), str(error), status=422)
    return redirect("surveys:response-receipt", entry_id)


def _review_page(request: MonitorRequest, grant: Grant, sheet: Sheet, refusal: str, status: int = 200) -> HttpResponse:
    findings = [_finding_item(sheet, finding) for finding in sheet.findings]
    context = page_context(grant, sheet) | {
        "is_review": True,
        "refusal": refusal,
        "obstacles": responses.obstacles(sheet),
        "hard": [item for item in findings if item["severity"] is Severity.HARD],
        "soft": [item for item in findings if item["severity"] is Severity.SOFT],
        "open_sections": _open_sections(sheet),
    }
    return render(request, "surveys/response_review.html", context, status=status)


def explanation_name(finding: Finding) -> str:
    """The name of the field in which a soft finding is explained."""
    return f"explain.{finding.code}.{finding.school}"


def _finding_item(sheet: Sheet, finding: Finding) -> dict[str, object]:
    question = sheet.instrument.questions[finding.question]
    school = sheet.schools.get(finding.school)
    return {
        "severity": finding.severity,
        "section": sheet.instrument.section_of[finding.question],
        "anchor": _anchor(finding.question, finding.school),
        "label": f"{school.name}: {question.label}" if school else question.text,
        "message": finding_message(question, finding),
        "name": explanation_name(finding),
        "explanation": sheet.explanation(finding),
    }


def _open_sections(sheet: Sheet) -> list[dict[str, object]]:
    """Open questions per section. Roster cells are summed per column; 500 single lines would help nobody."""
    result = []
    for section in sheet.instrument.sections:
        items = [item for item in sheet.open_questions if sheet.instrument.section_of[item.question] is section]
        if items:
            result.append({"section": section, "items": _open_items(sheet, items)})
    return result


def _open_items(sheet: Sheet, items: list[Open]) -> list[dict[str, object]]:
    by_question: dict[str, list[Open]] = {}
    for item in items:
        by_question.setdefault(item.question, []).append(item)
    return [
        {
            "question": sheet.instrument.questions[code],
            "number": sheet.instrument.number_of[code],
            "n_schools": sum(bool(item.school) for item in group),
            "anchor": _anchor(code, group[0].school),
        }
        for code, group in by_question.items()
    ]


def _anchor(question: str, school: str) -> str:
    """The id on the section page that a link should go to."""
    return f"rij-{school}" if school else f"vraag-{question}"


@require_safe
def response_receipt(request: MonitorRequest, entry_id: int) -> HttpResponse:
    """Proof of what was sent in, readable for ever; 404 while nothing was."""
    grant = access.entry_for(request.user, entry_id)
    submission = access.latest_submission(grant.entry)
    if submission is None:
        raise Http404
    sheet = sheet_of(grant.entry, grant.response)
    contents = read_snapshot(sheet.instrument, submission.snapshot)
    context = page_context(grant, sheet) | {
        "submission": submission,
        "sections": sections_of_submission(sheet, contents),
    }
    return render(request, "surveys/response_receipt.html", context)


@require_safe
def response_read(request: MonitorRequest, entry_id: int) -> HttpResponse:
    """The answers as they stand, to read; also after closing and for members who only read."""
    grant = access.entry_for(request.user, entry_id)
    sheet = sheet_of(grant.entry, grant.response)
    context = page_context(grant, sheet) | {"sections": sections_of_sheet(sheet)}
    return render(request, "surveys/response_read.html", context)


def may_fill_in(grant: Grant) -> bool:
    return access.is_open_for(grant.entry) and not (grant.response and grant.response.is_submitted)


def page_context(grant: Grant, sheet: Sheet, current: Section | None = None) -> dict[str, object]:
    """What every page of a response shows: whose it is, its state, and the sections with their progress."""
    steps = [
        SectionStep(section, part.asked, part.answered, section is current)
        for section, part in ((section, sheet.progress[section.code]) for section in sheet.instrument.sections)
    ]
    return {
        "grant": grant,
        "entry": grant.entry,
        "wave": grant.entry.wave,
        "library": grant.entry.library,
        "response": grant.response,
        "sheet": sheet,
        "steps": steps,
        "overall": sheet.overall,
        "is_open": access.is_open_for(grant.entry),
        "may_fill_in": may_fill_in(grant) and grant.may_edit,
    }
