"""The pages on which a library fills in: one per section, review and submit; and its answers to read."""

from collections import Counter
from collections.abc import Mapping, Sequence

from django.conf import settings
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
from surveys.checks import Finding
from surveys.errors import SubmissionRefused, WaveNotOpen
from surveys.forms.many import ManyAct
from surveys.forms.roster import Roster
from surveys.forms.roster_table import RosterFilter, RosterTable
from surveys.forms.same import CONFIRM, Act, Taken, act_of, take_over
from surveys.forms.section import SectionForm, Typed
from surveys.http import MonitorRequest
from surveys.instrument import Given, Level, Section, Severity
from surveys.rules import Open
from surveys.services import responses, schools, teamwork
from surveys.sheets import Sheet, sheet_of
from surveys.views.answers import answers_html
from surveys.views.many import Notice, carry_out
from surveys.views.reading import sections_of_sheet
from surveys.views.steps import progress_block, section_steps, section_url
from surveys.wording import explanation_anchor, finding_message, number_text, shown

MAX_EXPLANATION = 2000
ROSTER_IS_RIGHT = "roster"  # the value of a button that saves as "Save" does, and confirms the list of schools


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


def section_for(request: MonitorRequest, entry_id: int, section_code: str) -> tuple[Grant, Sheet, Section]:
    """The section for somebody who fills in; 404 for outsiders, 403 for who only reads."""
    grant = access.entry_for(request.user, entry_id)
    if not grant.may_edit:
        raise PermissionDenied
    sheet = sheet_of(grant.entry, grant.response)
    section = sheet.instrument.section_by_code.get(section_code)
    if section is None:
        raise Http404
    return grant, sheet, section


def _section_save(request: MonitorRequest, grant: Grant, sheet: Sheet, section: Section) -> HttpResponse:
    """Store every answer that can be read; go on only when all could and nobody else was in between."""
    if not grant.may_edit:
        raise PermissionDenied
    act = act_of(request.POST)
    data, taken = take_over(sheet, section, request.POST, act) if act else (request.POST, Taken())
    form, roster = SectionForm(sheet, section, data), Roster(sheet, section, data)
    form.is_valid()
    edits = [edit_of(typed, taken) for typed in (*form.typed(), *roster.typed())]
    try:
        saved = responses.answers_save(sheet=sheet, edits=edits, by=request.user)
        if request.POST.get("stay") == ROSTER_IS_RIGHT:
            schools.roster_confirm(entry=grant.entry, by=request.user)
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
    after = sheet.with_answers({(edit.question, edit.school): edit.given for edit in saved.changed})
    if act:
        return _go_back(request, sheet, after, section, act, len(taken))
    many = ManyAct.read(request.POST)
    if many:
        return _section_many(request, many, after, roster, saved)
    return _go_on(request, sheet, after, section)


def _section_many(
    request: MonitorRequest, act: ManyAct, sheet: Sheet, typed: Roster, saved: responses.Saved
) -> HttpResponse:
    """Carry out an act on many rows, now that what was typed is saved. The same page says what it did or asks first."""
    section, entry_id = typed.section, sheet.entry.pk
    own = {(edit.school, edit.question): sheet.stored_of(edit.question, edit.school).version for edit in saved.changed}
    grant = access.entry_for(request.user, entry_id)
    sheet = sheet_of(grant.entry, grant.response)
    table = RosterTable(Roster(sheet, section), RosterFilter.read(request.POST), request.POST)
    try:
        notice, carried = carry_out(request, act, sheet, section, request.POST, table.picked, typed.seen | own)
    except WaveNotOpen as error:
        messages.error(request, str(error))
        return redirect("surveys:response-overview", entry_id)
    if carried:
        grant = access.entry_for(request.user, entry_id)
        sheet = sheet_of(grant.entry, grant.response)
    form, roster = SectionForm(sheet, section), Roster(sheet, section)
    return _section_page(request, grant, sheet, section, form, roster, [], notice, status=200 if carried else 422)


def _go_on(request: MonitorRequest, before: Sheet, after: Sheet, section: Section) -> HttpResponse:
    """The page after a save: the same section when asked for or when questions came up in it, else the next."""
    entry_id = before.entry.pk
    if _came_up(before, after, section):
        messages.info(request, _("Saved. Because of your answers, there are new questions in this section."))
        return redirect(_section_address(request, entry_id, section))
    if "stay" in request.POST:
        messages.success(request, _confirmed(after) if request.POST["stay"] == ROSTER_IS_RIGHT else _("Saved."))
        return redirect(_section_address(request, entry_id, section))
    return redirect(next_address(after, section))


def next_address(sheet: Sheet, section: Section) -> str:
    """Where somebody goes on after this section: the next one that asks something, or the review."""
    sections = sheet.instrument.sections
    for following in sections[sections.index(section) + 1 :]:
        if sheet.progress[following.code].asked:
            return section_url(sheet.entry.pk, following.code)
    return reverse("surveys:response-review", args=[sheet.entry.pk])


def _confirmed(sheet: Sheet) -> str:
    words = ngettext(
        "Confirmed: the list of %(count)s school location is right. Under School locations you can still change it.",
        "Confirmed: the list of %(count)s school locations is right. Under School locations you can still change it.",
        len(sheet.schools),
    )
    return words % {"count": len(sheet.schools)}


def _go_back(
    request: MonitorRequest, before: Sheet, after: Sheet, section: Section, act: Act, n_taken: int
) -> HttpResponse:
    """To the same section, at the question or row whose answers were taken over."""
    if n_taken and act.name == CONFIRM:
        words = ngettext("%(count)s answer confirmed and saved.", "%(count)s answers confirmed and saved.", n_taken)
        messages.success(request, words % {"count": n_taken})
    elif n_taken:
        words = ngettext("%(count)s answer taken over and saved.", "%(count)s answers taken over and saved.", n_taken)
        messages.success(request, words % {"count": n_taken})
    elif act.name == CONFIRM:
        messages.info(request, _("Saved. There was nothing left to confirm."))
    else:
        messages.info(request, _("Saved. There was nothing left to take over."))
    kind, _dot, school = act.about.partition(".")
    address = _section_address(request, after.entry.pk, section)
    if kind in after.instrument.questions:
        return redirect(f"{address}#{_anchor(kind, '')}")
    if school in after.schools:
        school = _row_in_sight(RosterFilter.read(request.POST), before, after, section, school)
    return redirect(f"{address}#{_anchor('', school)}" if school in after.schools else address)


def _row_in_sight(shows: RosterFilter, before: Sheet, after: Sheet, section: Section, school: str) -> str:
    """This row, or the one that stood below it where a row that is done goes out of sight or to the end."""
    is_done = {row.school.code: row.is_done for row in Roster(after, section).rows}
    if "open" not in (shows.state, shows.order) or not is_done.get(school):
        return school
    codes = RosterTable(Roster(before, section), shows).shown
    at = codes.index(school) if school in codes else len(codes)
    return next((code for code in (*codes[at + 1 :], *codes[:at]) if not is_done[code]), "")


def _section_address(request: MonitorRequest, entry_id: int, section: Section) -> str:
    """The page of the section, with the schools of its roster shown as the fields above it say."""
    address = reverse("surveys:response-section", args=[entry_id, section.code])
    return address if request.POST.get("stay") == "all" else address + RosterFilter.read(request.POST).query


def _came_up(before: Sheet, after: Sheet, section: Section) -> bool:
    """Whether questions of this section apply now that were not on the page."""
    if any(q.code in after.route.questions - before.route.questions for q in section.library_questions):
        return True
    codes = {question.code for question in section.school_questions}
    return any(codes & (asked - before.route.rows[school]) for school, asked in after.route.rows.items())


def edit_of(typed: Typed, taken: Mapping[tuple[str, str], Given] | None = None) -> responses.Edit:
    """What was typed as an edit; answers in `taken` are confirmed rather than typed, with the text of "other"."""
    accepted = (taken or {}).get((typed.question, typed.school))
    given = typed.given if accepted is None else accepted
    return responses.Edit(typed.question, typed.school, given, typed.seen, is_confirmed=accepted is not None)


def _section_page(
    request: MonitorRequest,
    grant: Grant,
    sheet: Sheet,
    section: Section,
    form: SectionForm,
    roster: Roster,
    conflicts: list[responses.Conflict],
    notice: Notice | None = None,
    status: int = 200,
) -> HttpResponse:
    sent = request.POST if request.method == "POST" else None
    context = page_context(grant, sheet, section) | {
        "section": section,
        "assigned": teamwork.assigned(grant.entry, section) if section.code in grant.assigned else None,
        "form": form,
        "roster": roster,
        "table": RosterTable(roster, RosterFilter.read(request.GET if sent is None else sent), sent),
        "notice": notice,
        "next_address": next_address(sheet, section),
        "leading": ",".join(q.code for q in section.questions if q.code in sheet.instrument.leading),
        "gather": settings.AUTOSAVE_GATHER_MS,
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
    """Store the explanations that were typed at soft checks; the page comes back where a colleague was in between."""
    grant = access.entry_for(request.user, entry_id)
    if not grant.may_edit:
        raise PermissionDenied
    sheet = sheet_of(grant.entry, grant.response)
    try:
        soft = [finding for finding in sheet.findings if finding.severity is Severity.SOFT]
        edits = [_typed_at(finding, request.POST) for finding in soft if explanation_name(finding) in request.POST]
        conflicts = responses.explanations_save(sheet=sheet, edits=edits, by=request.user)
    except WaveNotOpen as error:
        messages.error(request, str(error))
    except CellRefused:
        messages.error(request, _("The text holds a character that cannot be stored."))
    else:
        if conflicts:
            grant = access.entry_for(request.user, entry_id)
            sheet = sheet_of(grant.entry, grant.response)
            return _review_page(request, grant, sheet, "", conflicts, status=422)
        messages.success(request, _("Explanations saved."))
    return redirect("surveys:response-review", entry_id)


def _typed_at(finding: Finding, data: Mapping[str, str]) -> responses.ExplanationEdit:
    """What was typed at a soft check. Raises CellRefused.

    The field drops line ends: a text that differs from what was shown in those alone was not touched.
    """
    name = explanation_name(finding)
    text, shown_text = clean_text(data[name], name), data.get(f"shown.{name}", "").replace("\r\n", "\n")
    is_touched = text.replace("\n", "") != shown_text.replace("\n", "")
    kept = text[:MAX_EXPLANATION].rstrip() if is_touched else shown_text
    return responses.ExplanationEdit(finding.code, finding.school, kept, shown_text)


def _accepted_open(request: MonitorRequest) -> int:
    """How many questions were open on the page on which somebody said that they stay so."""
    accepted = request.POST.get("accept_open", "")
    return int(accepted) if accepted.isdecimal() and len(accepted) < 9 else 0


@require_POST
def response_submit(request: MonitorRequest, entry_id: int) -> HttpResponse:
    """Send in the questionnaire and show the receipt."""
    grant = access.entry_for(request.user, entry_id)
    if not grant.may_submit:
        raise PermissionDenied
    try:
        responses.response_submit(entry=grant.entry, by=request.user, accept_open=_accepted_open(request))
    except (WaveNotOpen, SubmissionRefused) as error:
        grant = access.entry_for(request.user, entry_id)
        if grant.response and grant.response.is_submitted:  # a second click, or a colleague was first
            return redirect("surveys:response-receipt", entry_id)
        return _review_page(request, grant, sheet_of(grant.entry, grant.response), str(error), status=422)
    return redirect("surveys:response-receipt", entry_id)


def _review_page(
    request: MonitorRequest,
    grant: Grant,
    sheet: Sheet,
    refusal: str,
    conflicts: Sequence[responses.ExplanationConflict] = (),
    status: int = 200,
) -> HttpResponse:
    conflict_at = {(conflict.edit.check, conflict.edit.school): conflict for conflict in conflicts}
    findings = [
        _finding_item(sheet, finding, conflict_at.get((finding.code, finding.school))) for finding in sheet.findings
    ]
    context = page_context(grant, sheet) | {
        "here": "review",
        "refusal": refusal,
        "conflicts": conflicts,
        "obstacles": responses.obstacles(sheet),
        "findings": findings,
        "n_by_kind": Counter(item["kind"] for item in findings),
        "open_sections": open_sections(sheet, sheet.open_questions),
        "totals": _totals(sheet),
    }
    return render(request, "surveys/response_review.html", context, status=status)


def _totals(sheet: Sheet) -> list[tuple[str, str]]:
    """The totals over the roster in words, so that a slip in a long list is seen before it is sent in."""
    totals = [(total, sheet.route.totals[total.code]) for total in sheet.instrument.totals]
    return [(total.label, f"{number_text(value)} {total.unit}".strip()) for total, value in totals if value is not None]


def explanation_name(finding: Finding) -> str:
    """The name of the field in which a soft finding is explained."""
    return f"explain.{finding.code}.{finding.school}"


def _finding_item(sheet: Sheet, finding: Finding, conflict: responses.ExplanationConflict | None) -> dict[str, object]:
    """A line of the review page. Its kind is "hard", "soft" or "explained": a soft one that asks for nothing more."""
    question = sheet.instrument.questions[finding.question]
    school = sheet.schools.get(finding.school)
    is_explained = bool(sheet.explanation(finding)) and conflict is None
    return {
        "kind": "hard" if finding.severity is Severity.HARD else "explained" if is_explained else "soft",
        "section": sheet.instrument.section_of[finding.question],
        "anchor": f"cel-{finding.school}-{question.code}" if school else _anchor(question.code, ""),
        "label": f"{school.name}: {question.label}" if school else question.text,
        "message": finding_message(question, finding),
        "name": explanation_name(finding),
        "explanation_anchor": explanation_anchor(finding),
        "explanation": conflict.edit.text if conflict else sheet.explanation(finding),
        "shown": conflict.theirs if conflict else sheet.explanation(finding),
        "conflict": conflict,
    }


def open_sections(sheet: Sheet, still_open: Sequence[Open]) -> list[dict[str, object]]:
    """Open questions per section. Roster cells are summed per column; 500 single lines would help nobody."""
    result = []
    for section in sheet.instrument.sections:
        items = [item for item in still_open if sheet.instrument.section_of[item.question] is section]
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
            "known": _known(sheet, group),
            "anchor": _anchor(code, group[0].school),
        }
        for code, group in by_question.items()
    ]


def _known(sheet: Sheet, items: list[Open]) -> str:
    """What the KB knows of these open answers to one question, and nobody has confirmed yet; empty when nothing."""
    question = sheet.instrument.questions[items[0].question]
    offered = [given for item in items if (given := sheet.confirmable(question, item.school)) is not None]
    if not offered:
        return ""
    if question.level is Level.LIBRARY:
        value = "; ".join(shown(sheet.instrument, question, offered[0]).lines)
        return _("known at the KB: %(value)s; confirm it") % {"value": value}
    words = ngettext(
        "known at the KB for %(count)s school location; confirm it",
        "known at the KB for %(count)s school locations; confirm them",
        len(offered),
    )
    return words % {"count": len(offered)}


def _anchor(question: str, school: str) -> str:
    """The id on the section page that a link should go to."""
    return f"rij-{school}" if school else f"vraag-{question}"


@require_safe
def response_read(request: MonitorRequest, entry_id: int) -> HttpResponse:
    """The answers as they stand, to read; also after closing and for members who only read."""
    grant = access.entry_for(request.user, entry_id)
    sheet = sheet_of(grant.entry, grant.response)
    context = page_context(grant, sheet) | {"answers": answers_html(sections_of_sheet(sheet), history_of=entry_id)}
    return render(request, "surveys/response_read.html", context)


def may_fill_in(grant: Grant) -> bool:
    return access.is_open_for(grant.entry) and not (grant.response and grant.response.is_submitted)


def page_context(grant: Grant, sheet: Sheet, current: Section | None = None) -> dict[str, object]:
    """What every page of a response shows: whose it is, its state, and the sections with their progress."""
    is_ours = may_fill_in(grant) and grant.may_edit
    return {
        "grant": grant,
        "entry": grant.entry,
        "wave": grant.entry.wave,
        "library": grant.entry.library,
        "response": grant.response,
        "sheet": sheet,
        "steps": section_steps(sheet, current, own=grant.assigned, is_ours=is_ours),
        "progress_block": progress_block(sheet.ready),
        "here": "",  # which page below the sections this is: review, schools or team
        "is_roster_open": responses.is_roster_open(sheet),
        "is_open": access.is_open_for(grant.entry),
        "may_fill_in": is_ours,
    }
