"""The pages on which a library says what is the matter with its list of schools, and that the list is right."""

from collections.abc import Callable, Iterable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from surveys import access
from surveys.access import Grant
from surveys.errors import DomainError
from surveys.forms.schools import KnownSchoolForm, NewSchoolForm, SchoolLeavesForm
from surveys.http import MonitorRequest
from surveys.services import schools
from surveys.services.schools import FrameSchool, OnAnotherRoster, SchoolRefused, Status
from surveys.sheets import Sheet, sheet_of
from surveys.views.respond import may_fill_in, page_context

REPORTS_SHOWN = 100


@require_safe
def schools_overview(request: MonitorRequest, entry_id: int) -> HttpResponse:
    """The schools on the list, those that left it, and what was said of them; `?q=` narrows both lists."""
    grant, sheet = _roster_of(request, entry_id)
    wanted = " ".join(request.GET.get("q", "").split())
    reports = list(schools.reports_of(grant.entry))
    last = {report.school_id: report for report in reversed(reports)}
    context = page_context(grant, sheet) | {
        "here": "schools",
        "wanted": wanted,
        "rows": _matching(sheet.schools.values(), wanted),
        "left": [(row, last.get(row.pk)) for row in _matching(sheet.left.values(), wanted)],
        "reports": reports[:REPORTS_SHOWN],
        "confirmed_by": schools.confirmed_by(grant.entry),
    }
    return render(request, "surveys/schools_overview.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def schools_leave(request: MonitorRequest, entry_id: int, row_id: int) -> HttpResponse:
    """Say why a school is no longer on the list; one that the library added itself is simply taken off."""
    grant, sheet = _roster_of(request, entry_id, to_change=True)
    row = schools.row_of(grant.entry, row_id)
    if row is None:
        raise Http404
    if not may_fill_in(grant) or row.code not in sheet.schools:
        return redirect("surveys:schools-overview", entry_id)  # which says why
    if row.is_added:
        return _take_off(request, grant, sheet, row)
    others = {other.pk: other for other in sheet.schools.values() if other.pk != row.pk}
    form = SchoolLeavesForm(others.values(), request.POST if request.method == "POST" else None)
    if form.is_valid():
        told = form.cleaned_data

        def act() -> str:
            successor = others.get(told["successor"])
            schools.school_leave(
                entry=grant.entry,
                school=row,
                status=told["status"],
                successor=successor,
                reason=told["reason"],
                by=request.user,
            )
            return _("%(school)s is no longer on the list. Its answers are kept.") % {"school": row}

        return _done(request, entry_id, act)
    context = page_context(grant, sheet) | {"row": row, "form": form}
    return render(request, "surveys/schools_leave.html", context, status=422 if form.errors else 200)


def _take_off(request: MonitorRequest, grant: Grant, sheet: Sheet, row: FrameSchool) -> HttpResponse:
    if request.method != "POST":
        return render(request, "surveys/schools_leave.html", page_context(grant, sheet) | {"row": row})

    def act() -> str:
        schools.school_leave(entry=grant.entry, school=row, status=Status.NOT_OURS, by=request.user)
        return _("%(school)s is no longer on the list. Its answers are kept.") % {"school": row}

    return _done(request, grant.entry.pk, act)


@require_POST
def schools_return(request: MonitorRequest, entry_id: int, row_id: int) -> HttpResponse:
    """Put a school on the list again; when it is on that of another library, once that is agreed to."""
    grant, sheet = _roster_of(request, entry_id, to_change=True)
    row = schools.row_of(grant.entry, row_id)
    if row is None:
        raise Http404

    def act() -> str:
        schools.school_return(entry=grant.entry, school=row, is_agreed="agreed" in request.POST, by=request.user)
        return _("%(school)s is on the list again, with the answers that it had.") % {"school": row}

    try:
        return _done(request, entry_id, act)
    except OnAnotherRoster as question:
        context = page_context(grant, sheet) | {"row": row, "question": question}
        return render(request, "surveys/schools_return.html", context, status=409)


@require_http_methods(["GET", "HEAD", "POST"])
def schools_add(request: MonitorRequest, entry_id: int) -> HttpResponse:
    """Add a school that the list lacks: by its code, or with its name and place."""
    grant, sheet = _roster_of(request, entry_id, to_change=True)
    if not may_fill_in(grant):
        return redirect("surveys:schools-overview", entry_id)
    known = KnownSchoolForm(request.POST if "known" in request.POST else None)
    new = NewSchoolForm(sheet.instrument.school_kinds, request.POST if "new" in request.POST else None)
    context = page_context(grant, sheet) | {"known": known, "new": new}
    try:
        row = _added(request, grant, known, new)
    except OnAnotherRoster as question:
        context |= {"question": question}
        return render(request, "surveys/schools_add.html", context, status=409)
    except SchoolRefused as refusal:
        known.add_error("code", str(refusal)) if known.is_bound else new.add_error("name", str(refusal))
        has_left = refusal.row is not None and refusal.row.status != Status.PRESENT
        context |= {"gone": refusal.row if has_left else None}
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("surveys:schools-overview", entry_id)
    else:
        if row is not None:
            messages.success(request, _("%(school)s is on the list now.") % {"school": row})
            return redirect("surveys:schools-overview", entry_id)
    status = 422 if known.errors or new.errors else 200
    return render(request, "surveys/schools_add.html", context, status=status)


def _added(request: MonitorRequest, grant: Grant, known: KnownSchoolForm, new: NewSchoolForm) -> FrameSchool | None:
    """The row that was added; None when there was nothing to add, or not in a way that can be read."""
    if known.is_bound and known.is_valid():
        code = known.cleaned_data["code"]
        return schools.school_add(
            entry=grant.entry,
            code=code,
            reason=known.cleaned_data["remark"],
            is_agreed=request.POST["known"] == code,
            by=request.user,
        )
    if new.is_bound and new.is_valid():
        return schools.school_add_new(entry=grant.entry, by=request.user, **new.cleaned_data)
    return None


@require_POST
def schools_confirm(request: MonitorRequest, entry_id: int) -> HttpResponse:
    """The list of schools is right. Back to the page of the button: the list, or the review page."""
    grant, _sheet = _roster_of(request, entry_id, to_change=True)
    back = "surveys:response-review" if request.POST.get("back") == "review" else "surveys:schools-overview"

    def act() -> str:
        schools.roster_confirm(entry=grant.entry, by=request.user)
        return _("Noted: the list of school locations is right.")

    return _done(request, entry_id, act, back)


def _roster_of(request: MonitorRequest, entry_id: int, *, to_change: bool = False) -> tuple[Grant, Sheet]:
    """404 for outsiders and where nothing is asked about schools, 403 for who only reads and wants to change it."""
    grant = access.entry_for(request.user, entry_id)
    if to_change and not grant.may_edit:
        raise PermissionDenied
    sheet = sheet_of(grant.entry, grant.response)
    if not sheet.instrument.school_questions:
        raise Http404
    return grant, sheet


def _matching(rows: Iterable[FrameSchool], wanted: str) -> list[FrameSchool]:
    words = wanted.casefold().split()
    return [
        row for row in rows if all(word in f"{row.name} {row.municipality} {row.code}".casefold() for word in words)
    ]


def _done(
    request: MonitorRequest, entry_id: int, act: Callable[[], str], back: str = "surveys:schools-overview"
) -> HttpResponse:
    """Act, say what was done or why not, and go back. A question is for the caller to ask."""
    try:
        messages.success(request, act())
    except OnAnotherRoster:
        raise
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect(back, entry_id)
