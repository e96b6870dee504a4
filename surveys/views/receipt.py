"""Where a library ends: the receipt of what it submitted, what happens next, and asking to reopen it."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from surveys import access
from surveys.access import Grant
from surveys.errors import DomainError
from surveys.http import MonitorRequest
from surveys.instrument import Level
from surveys.rules import Open, is_complete
from surveys.services import reopening
from surveys.services.waves import results_text
from surveys.sheets import Sheet, sheet_of
from surveys.snapshot import Contents
from surveys.snapshot import read as read_snapshot
from surveys.views.answers import answers_html
from surveys.views.reading import sections_of_submission
from surveys.views.respond import open_sections, page_context


class ReopenForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("What must change (not required)"),
        max_length=reopening.REASON_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@require_safe
def response_receipt(request: MonitorRequest, entry_id: int) -> HttpResponse:
    """Proof of what was sent in, readable for ever; 404 while nothing was."""
    return _receipt_page(request, access.entry_for(request.user, entry_id), ReopenForm())


@require_POST
def response_reopen_ask(request: MonitorRequest, entry_id: int) -> HttpResponse:
    """Ask KB staff to reopen what was submitted; one click, for a reason is not required."""
    grant = access.entry_for(request.user, entry_id)
    if not grant.may_edit:
        raise PermissionDenied
    form = ReopenForm(request.POST)
    if not form.is_valid():
        return _receipt_page(request, grant, form, status=422)
    try:
        reopening.response_reopen_ask(entry=grant.entry, reason=form.cleaned_data["reason"], by=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("surveys:response-overview", entry_id)
    messages.success(request, _("The KB has your request. You get a mail as soon as it has decided."))
    return redirect("surveys:response-receipt", entry_id)


def _receipt_page(request: MonitorRequest, grant: Grant, form: ReopenForm, status: int = 200) -> HttpResponse:
    submission = access.latest_submission(grant.entry)
    if submission is None:
        raise Http404
    sheet = sheet_of(grant.entry, grant.response)
    contents = read_snapshot(sheet.instrument, submission.snapshot)
    context = page_context(grant, sheet) | {
        "submission": submission,
        "answers": answers_html(sections_of_submission(sheet, contents), level=3),
        "left_open": open_sections(sheet, _left_open(sheet, contents)),
        "results": results_text(grant.entry.wave),
        "asked": reopening.request_of(grant.response) if grant.response and grant.response.is_submitted else None,
        "form": form,
    }
    return render(request, "surveys/response_receipt.html", context, status=status)


def _left_open(sheet: Sheet, contents: Contents) -> list[Open]:
    """The questions that were asked and not (fully) answered, in document order."""
    still_open = []
    for question in sheet.instrument.questions.values():
        asked = contents.rows if question.level is Level.SCHOOL else {"": contents.answers}
        for school, answers in asked.items():
            given = answers.get(question.code)
            if given is not None and not is_complete(sheet.instrument, question, given, answers):
                still_open.append(Open(question.code, school))
    return still_open
