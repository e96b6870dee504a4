"""The pages on which a library's people divide the work: who has access, who takes which section, who changed what."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from surveys import access
from surveys.access import Grant
from surveys.errors import DomainError, NotAllowed
from surveys.forms.section import SEEN
from surveys.http import MonitorRequest
from surveys.instrument import Level, Section
from surveys.services import teamwork
from surveys.services.history import CHANGES_PER_PAGE, change_line, changes_of
from surveys.services.teamwork import NOTE_LENGTH, ROLES, Colleague, SectionAssignment
from surveys.sheets import Sheet, Stored, sheet_of
from surveys.views.respond import may_fill_in, page_context, section_for


class InvitationForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=150)
    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    role = forms.ChoiceField(label=gettext_lazy("May do"), choices=ROLES, initial="editor", widget=forms.RadioSelect)

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        if not email.isascii():  # look-alike letters would be another person's address
            raise forms.ValidationError(_("Use an address without accents or other special letters."))
        return email


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=gettext_lazy("May do"), choices=ROLES, widget=forms.RadioSelect)


class AssignmentForm(forms.Form):
    colleague = forms.TypedChoiceField(label=gettext_lazy("Who fills in this section"), coerce=int)
    note = forms.CharField(
        label=gettext_lazy("Note (not required)"),
        max_length=NOTE_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Your colleague gets it by mail and finds it with the section. At most 500 characters."),
    )

    def __init__(self, team: list[Colleague], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(person.membership_id, person.name) for person in team if person.may_edit]
        self.fields["colleague"].choices = [("", _("Choose a colleague")), *choices]  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class SectionRow:
    """A section with who takes it. `taker` is their name as the library knows them."""

    section: Section
    asked: int
    answered: int
    assignment: SectionAssignment | None
    taker: str
    is_own: bool
    is_undecided: bool  # nothing is asked yet, but may be
    last: Stored | None


@require_safe
def team_overview(request: MonitorRequest, entry_id: int) -> HttpResponse:
    """Who has access, who may submit, and who takes which section."""
    grant = access.entry_for(request.user, entry_id)
    sheet = sheet_of(grant.entry, grant.response)
    team = teamwork.team(grant.entry)
    context = page_context(grant, sheet) | {
        "here": "team",
        "team": team,
        "submitters": [person for person in team if person.may_submit],
        "rows": section_rows(grant, sheet, team),
    }
    return render(request, "surveys/team_overview.html", context)


def section_rows(grant: Grant, sheet: Sheet, team: list[Colleague]) -> list[SectionRow]:
    """The sections that are asked or may be so yet, and those that somebody took; a query when somebody did."""
    assigned = teamwork.assignments(sheet.entry) if grant.assigned else {}
    last = teamwork.last_change_by_section(sheet)
    names = {person.user_id: person.name for person in team}
    rows = []
    for section in sheet.instrument.sections:
        assignment, progress = assigned.get(section.code), sheet.progress[section.code]
        is_undecided = section.code in sheet.undecided
        if progress.asked or is_undecided or assignment is not None:
            rows.append(
                SectionRow(
                    section=section,
                    asked=progress.asked,
                    answered=progress.answered,
                    assignment=assignment,
                    taker=names.get(assignment.member_id, str(assignment.member)) if assignment else "",
                    is_own=grant.assigned.get(section.code, False),
                    is_undecided=is_undecided,
                    last=last.get(section.code),
                )
            )
    return rows


# --- Sections -------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def team_assign(request: MonitorRequest, entry_id: int, section_code: str) -> HttpResponse:
    """Choose who takes a section, with a note; also to change that."""
    grant, sheet, section = section_for(request, entry_id, section_code)
    if not may_fill_in(grant):
        messages.error(request, _("Sections can be assigned while the questionnaire can be filled in."))
        return redirect("surveys:team-overview", entry_id)
    team = teamwork.team(grant.entry)
    assignment = teamwork.assignments(grant.entry).get(section.code)
    seen, initial = teamwork.stamp(assignment), {}
    if assignment is not None:
        chosen = [person.membership_id for person in team if person.user_id == assignment.member_id]
        initial = {"colleague": chosen[0] if chosen else "", "note": assignment.note}
    form = AssignmentForm(team, request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        to, note = _colleague_or_404(team, form.cleaned_data["colleague"]), form.cleaned_data["note"]

        def act() -> str:
            teamwork.section_assign(entry=grant.entry, section=section, to=to, note=note, by=request.user, seen=seen)
            if to.user_id == request.user.pk:
                return _("You take “%(section)s”.") % {"section": section.title}
            return _("“%(section)s” is assigned to %(name)s, who gets a mail.") % {
                "section": section.title,
                "name": to.name,
            }

        if request.POST.get(SEEN, "") == seen or teamwork.is_as_asked(assignment, to, note):
            return _done(request, entry_id, act)
        form.add_error(None, teamwork.meanwhile(assignment))
    elif form.is_bound:
        seen = request.POST.get(SEEN, "")
    context = page_context(grant, sheet) | {
        "form": form,
        "title": _("Assign “%(section)s”") % {"section": section.title},
        "button": _("Assign"),
        "seen": seen,
        "lead": _("Others can still work on this section too."),
    }
    return render(request, "surveys/team_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def team_release(request: MonitorRequest, entry_id: int, section_code: str) -> HttpResponse:
    """Ask first, then take a section from whom it was assigned to."""
    grant, sheet, section = section_for(request, entry_id, section_code)
    assignment = teamwork.assignments(grant.entry).get(section.code)
    if request.method == "POST" or assignment is None:

        def act() -> str:
            seen = request.POST.get(SEEN, "")
            teamwork.section_release(entry=grant.entry, section=section, by=request.user, seen=seen)
            return _("“%(section)s” is assigned to nobody.") % {"section": section.title}

        return _done(request, entry_id, act)
    names = {person.user_id: person.name for person in teamwork.team(grant.entry)}
    context = page_context(grant, sheet) | {
        "title": _("Assign “%(section)s” to nobody?") % {"section": section.title},
        "effects": [
            _("The section no longer is %(name)s's. The answers stay as they are, and nobody gets a mail.")
            % {"name": names.get(assignment.member_id, str(assignment.member))}
        ],
        "button": _("Assign to nobody"),
        "seen": teamwork.stamp(assignment),
    }
    return render(request, "surveys/team_confirm.html", context)


@require_POST
def team_mark(request: MonitorRequest, entry_id: int, section_code: str) -> HttpResponse:
    """The colleague who takes a section says that it is ready, or not after all. `back` leads to the section."""
    grant, _sheet, section = section_for(request, entry_id, section_code)
    is_done = "done" in request.POST

    def act() -> str:
        teamwork.section_mark(entry=grant.entry, section=section, is_done=is_done, by=request.user)
        if is_done:
            return _("Your part “%(section)s” is ready.") % {"section": section.title}
        return _("Your part “%(section)s” is not ready yet.") % {"section": section.title}

    done = _done(request, entry_id, act)
    return redirect("surveys:response-section", entry_id, section.code) if "back" in request.POST else done


# --- Access ---------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def team_invite(request: MonitorRequest, entry_id: int) -> HttpResponse:
    """Give a colleague access, and owe them the mail that says so."""
    grant = _grant_of_submitter(request, entry_id)
    form = InvitationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        _confirm_identity(request)
        email = form.cleaned_data["email"]

        def act() -> str:
            teamwork.colleague_invite(entry=grant.entry, by=request.user, **form.cleaned_data)
            return _("The invitation is on its way to %(email)s.") % {"email": email}

        return _done(request, entry_id, act)
    context = page_context(grant, sheet_of(grant.entry, grant.response)) | {
        "form": form,
        "title": _("Invite a colleague"),
        "button": _("Send invitation"),
        "lead": _(
            "Your colleague gets a mail with a link, in your name, and sees every questionnaire of your library."
        ),
    }
    return render(request, "surveys/team_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def team_member(request: MonitorRequest, entry_id: int, membership_id: int) -> HttpResponse:
    """What a colleague may do: change it, mail the invitation again, or withdraw access."""
    grant = _grant_of_submitter(request, entry_id)
    colleague = _colleague_or_404(teamwork.team(grant.entry), membership_id)
    form = RoleForm(request.POST if request.method == "POST" else None, initial={"role": colleague.role})
    if form.is_valid():
        _confirm_identity(request)
        role = form.cleaned_data["role"]

        def act() -> str:
            teamwork.role_change(entry=grant.entry, colleague=colleague, role=role, by=request.user)
            return _("%(name)s: %(role)s.") % {"name": colleague.name, "role": dict(ROLES)[role]}

        return _done(request, entry_id, act)
    context = page_context(grant, sheet_of(grant.entry, grant.response)) | {
        "form": form,
        "title": colleague.name,
        "button": _("Save"),
        "lead": colleague.email,
        "colleague": colleague,
    }
    return render(request, "surveys/team_form.html", context, status=422 if form.errors else 200)


@require_POST
def team_invite_again(request: MonitorRequest, entry_id: int, membership_id: int) -> HttpResponse:
    """Mail the invitation once more, with a fresh link."""
    grant = _grant_of_submitter(request, entry_id)
    colleague = _colleague_or_404(teamwork.team(grant.entry), membership_id)
    _confirm_identity(request)

    def act() -> str:
        teamwork.invitation_repeat(entry=grant.entry, colleague=colleague, by=request.user)
        return _("The invitation is on its way to %(email)s.") % {"email": colleague.email}

    return _done(request, entry_id, act)


@require_http_methods(["GET", "HEAD", "POST"])
def team_withdraw(request: MonitorRequest, entry_id: int, membership_id: int) -> HttpResponse:
    """Ask first, then end a colleague's access."""
    grant = _grant_of_submitter(request, entry_id)
    colleague = _colleague_or_404(teamwork.team(grant.entry), membership_id)
    is_self = colleague.user_id == request.user.pk
    if request.method == "POST":
        _confirm_identity(request)

        def act() -> str:
            teamwork.access_withdraw(entry=grant.entry, colleague=colleague, by=request.user)
            return _("%(name)s no longer has access.") % {"name": colleague.name}

        return _done(request, entry_id, act, leaves=is_self)
    effects = [
        _("From the next click on, %(name)s sees nothing of your library any more.") % {"name": colleague.name},
        _("What has been filled in stays, with who did so. Sections that were not ready are assigned to nobody."),
    ]
    if is_self:
        effects.insert(0, _("This is you: you lose your own access."))
    context = page_context(grant, sheet_of(grant.entry, grant.response)) | {
        "title": _("Withdraw the access of %(name)s?") % {"name": colleague.name},
        "effects": effects,
        "button": _("Withdraw access"),
    }
    return render(request, "surveys/team_confirm.html", context)


def _grant_of_submitter(request: MonitorRequest, entry_id: int) -> Grant:
    """For pages about access: 404 for outsiders, 403 for who may not submit."""
    grant = access.entry_for(request.user, entry_id)
    if not grant.may_submit:
        raise PermissionDenied
    return grant


@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
def _confirm_identity(request: MonitorRequest) -> None:
    """Ask for the password or second step again unless that was done just now; after it, what was sent is done."""


def _colleague_or_404(team: list[Colleague], membership_id: int) -> Colleague:
    for colleague in team:
        if colleague.membership_id == membership_id:
            return colleague
    raise Http404


def _done(request: MonitorRequest, entry_id: int, act: Callable[[], str], leaves: bool = False) -> HttpResponse:
    """Act, report what `act` says or why it was refused, and go back to the colleagues."""
    try:
        messages.success(request, act())
    except NotAllowed as refusal:
        raise PermissionDenied from refusal
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("surveys:team-overview", entry_id)
    return redirect("surveys:start") if leaves else redirect("surveys:team-overview", entry_id)


# --- History --------------------------------------------------------------------------------------------------------


@require_safe
def team_history(request: MonitorRequest, entry_id: int) -> HttpResponse:
    """Every value that answers have had, newest first, with who gave it, when and how.

    `?vraag=` narrows it to one question, `?school=` to one school, also one that left the roster; both go together.
    """
    grant = access.entry_for(request.user, entry_id)
    sheet = sheet_of(grant.entry, grant.response)
    code, school_code = request.GET.get("vraag", ""), request.GET.get("school", "")
    question = sheet.instrument.questions.get(code)
    school = sheet.every_school.get(school_code)
    wrong_level = question is not None and school is not None and question.level is not Level.SCHOOL
    if (code and question is None) or (school_code and school is None) or wrong_level:
        raise Http404
    changes = changes_of(grant.response, sheet.compiled.question_ids[code] if code else None, school_code)
    pages = Paginator(changes, CHANGES_PER_PAGE).get_page(request.GET.get("p"))
    context = page_context(grant, sheet) | {
        "question": question,
        "school": school,
        "sections": sheet.instrument.sections,
        "pages": pages,
        "lines": [change_line(sheet.compiled, change) for change in pages],
    }
    return render(request, "surveys/team_history.html", context)
