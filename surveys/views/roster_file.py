"""The roster as a workbook: downloading it, uploading it, and agreeing to what it changes."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from surveys import access
from surveys.access import Grant
from surveys.errors import WaveNotOpen
from surveys.http import MonitorRequest
from surveys.instrument import Given, Question
from surveys.services import rosters
from surveys.services.responses import Conflict
from surveys.sheets import Sheet, sheet_of
from surveys.spreadsheet.opening import MAX_BYTES, WorkbookRefused
from surveys.spreadsheet.writing import CONTENT_TYPE
from surveys.views.respond import may_fill_in, page_context
from surveys.wording import shown

MOST_ERRORS = 200


@require_safe
def roster_download(request: MonitorRequest, entry_id: int) -> HttpResponse:
    """The schools with their answers as they stand; 404 where nothing is asked per school."""
    grant, sheet = _roster_of(request, entry_id)
    wave = grant.entry.wave
    name = slugify(f"schoollocaties-{wave.survey.code}-{wave.school_year}-{grant.entry.library.code}")
    content = rosters.roster_write(sheet=sheet)
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return HttpResponse(content, content_type=CONTENT_TYPE, headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
def roster_file(request: MonitorRequest, entry_id: int) -> HttpResponse:
    """Download and upload; a file that is offered gives the list of what it would change, and stores nothing."""
    grant, sheet = _roster_of(request, entry_id)
    if request.method != "POST":
        return _upload_page(request, grant, sheet, "")
    if not grant.may_edit:
        raise PermissionDenied
    if not may_fill_in(grant):
        return redirect("surveys:response-overview", entry_id)  # which says why
    file = request.FILES.get("file")
    if file is None:
        return _upload_page(request, grant, sheet, _("Choose a file first."), status=422)
    try:
        proposal = rosters.roster_read(sheet=sheet, content=file.read(MAX_BYTES + 1))
        signed = rosters.proposal_sign(proposal=proposal, sheet=sheet, by=request.user)
    except WorkbookRefused as error:
        return _upload_page(request, grant, sheet, str(error), status=422)
    context = page_context(grant, sheet) | {
        "file_name": file.name,
        "signed": signed,
        "errors": proposal.errors[:MOST_ERRORS],
        "n_more_errors": max(len(proposal.errors) - MOST_ERRORS, 0),
        "changes": [_row(sheet, change) for change in proposal.changes],
        "conflicts": [_row(sheet, change) for change in proposal.conflicts],
        "not_asked": [_row(sheet, change) for change in proposal.not_asked],
        "n_changes": len(proposal.changes) + len(proposal.not_asked),
        "ignored": proposal.ignored,
        "left": proposal.left,
    }
    status = 422 if proposal.errors else 200
    return render(request, "surveys/roster_file_preview.html", context, status=status)


@require_POST
def roster_file_store(request: MonitorRequest, entry_id: int) -> HttpResponse:
    """Store what the list showed. What a colleague changed in the meantime is shown, and not stored."""
    grant, sheet = _roster_of(request, entry_id)
    if not grant.may_edit:
        raise PermissionDenied
    try:
        saved = rosters.proposal_store(
            sheet=sheet, signed=request.POST.get("signed", ""), mine=request.POST.getlist("mine"), by=request.user
        )
    except WaveNotOpen as error:
        messages.error(request, str(error))
        return redirect("surveys:response-overview", entry_id)
    except rosters.ProposalExpired as error:
        return _upload_page(request, grant, sheet, str(error), status=422)
    if saved.conflicts:
        now, fresh = _roster_of(request, entry_id)
        context = page_context(now, fresh) | {
            "n_stored": len(saved.changed),
            "conflicts": [_conflict_row(fresh, conflict) for conflict in saved.conflicts],
        }
        return render(request, "surveys/roster_file_conflicts.html", context, status=409)
    count = len(saved.changed)
    text = ngettext("%(n)s answer saved from the file.", "%(n)s answers saved from the file.", count)
    messages.success(request, text % {"n": count} if count else _("Everything in the file was saved already."))
    return redirect("surveys:roster-file", entry_id)


def _roster_of(request: MonitorRequest, entry_id: int) -> tuple[Grant, Sheet]:
    grant = access.entry_for(request.user, entry_id)
    sheet = sheet_of(grant.entry, grant.response)
    if not sheet.schools or not sheet.instrument.school_questions:
        raise Http404
    return grant, sheet


def _upload_page(request: MonitorRequest, grant: Grant, sheet: Sheet, refusal: str, status: int = 200) -> HttpResponse:
    roster_sections = [section for section in sheet.instrument.sections if section.school_questions]
    context = page_context(grant, sheet) | {"refusal": refusal, "roster_sections": roster_sections}
    return render(request, "surveys/roster_file_upload.html", context, status=status)


def _row(sheet: Sheet, change: rosters.Change) -> dict[str, object]:
    return {
        "cell": change.cell,
        "name": change.name,
        "school": change.school,
        "question": change.question,
        "before": _words(sheet, change.question, change.before),
        "after": _words(sheet, change.question, change.edit.given),
        "theirs": change.theirs,
    }


def _conflict_row(sheet: Sheet, conflict: Conflict) -> dict[str, object]:
    question = sheet.instrument.questions[conflict.edit.question]
    return {
        "school": sheet.schools[conflict.edit.school],
        "question": question,
        "before": _words(sheet, question, conflict.theirs),
        "after": _words(sheet, question, conflict.edit.given),
        "theirs": conflict,
    }


def _words(sheet: Sheet, question: Question, given: Given) -> str:
    return ", ".join(shown(sheet.instrument, question, given).lines)
