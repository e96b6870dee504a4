"""Working together in one library: who takes which section, who may do what, and inviting who is not there yet.

Whether an address had an account already is nobody's business: inviting says and does the same for all of them, in the
same statements, and until the person signs in they are shown as the library wrote them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from functools import partial

import structlog
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from surveys import access
from surveys.compiled import compiled_by_id
from surveys.errors import DomainError, NotAllowed, WaveNotOpen
from surveys.instrument import Section
from surveys.models import (
    FrameEntry,
    Invitation,
    Library,
    Membership,
    SectionAssignment,
    User,
)
from surveys.models.teamwork import NOTE_LENGTH
from surveys.services.notices import notice_write, site_link
from surveys.sheets import NEVER, Sheet, Stored

__all__ = ["NOTE_LENGTH", "SectionAssignment"]  # what the pages need of the tables

security_log = structlog.get_logger("security")
log = structlog.get_logger(__name__)

INVITATIONS_PER_DAY = 20
ROLES = Membership.Role.choices


# --- Reading --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Colleague:
    """A person with access. `invited_at` is None once they have signed in since their invitation, or never had one."""

    membership_id: int
    user_id: int
    name: str
    email: str
    role: str
    role_label: str
    may_edit: bool
    may_submit: bool
    invited_at: datetime | None
    last_change: datetime | None


def team(entry: FrameEntry) -> list[Colleague]:
    """Who of the library has access, invited people too, with when each last changed an answer here; two queries."""
    last = last_changes(entry)
    people = [
        _colleague(membership, invited["invited_as"], invited["invited_at"], last.get(membership.user_id))
        for membership, invited in access.members_with_users(entry.library)
        if membership.user.is_active or invited["invited_as"] is not None
    ]
    return sorted(people, key=lambda person: (person.name.casefold(), person.email))


def _colleague(
    membership: Membership, invited_as: str | None, invited_at: datetime | None, last_change: datetime | None
) -> Colleague:
    return Colleague(
        membership_id=membership.pk,
        user_id=membership.user_id,
        name=str(membership.user) if invited_as is None else invited_as,
        email=membership.user.email,
        role=membership.role,
        role_label=str(Membership.Role(membership.role).label),
        may_edit=membership.may_edit,
        may_submit=membership.may_submit,
        invited_at=invited_at,
        last_change=last_change,
    )


def submitters(entry: FrameEntry) -> list[str]:
    """The names of who may submit, of those who have signed in; one query."""
    return [str(membership.user) for membership in access.colleagues(entry).filter(role=Membership.Role.SUBMITTER)]


def last_changes(entry: FrameEntry) -> Mapping[int, datetime]:
    """When each person last changed an answer of this library in this wave, by key of the user; one query."""
    with connection.cursor() as cursor:
        cursor.execute(LAST_CHANGES, [entry.pk])
        return dict(cursor.fetchall())


LAST_CHANGES = """
    SELECT change.changed_by_id, max(change.changed_at)
    FROM surveys_answerchange change
    JOIN surveys_answer answer ON answer.id = change.answer_id
    JOIN surveys_response response ON response.id = answer.response_id
    WHERE response.entry_id = %s AND change.changed_by_id IS NOT NULL
    GROUP BY change.changed_by_id
"""


def last_change_by_section(sheet: Sheet) -> Mapping[str, Stored]:
    """Who last changed an answer in each section that has one, and when, by section code; no query."""
    last: dict[str, Stored] = {}
    for (question, _school), stored in sheet.stored.items():
        code = sheet.instrument.section_of[question].code
        if stored.seconds > last.get(code, NEVER).seconds:
            last[code] = stored
    return last


def last_answered(sheet: Sheet, user_id: int) -> str | None:
    """The code of the question of which this person gave the answer last, of those that stand; no query."""
    own = (
        (stored.seconds, question) for (question, _school), stored in sheet.stored.items() if stored.user_id == user_id
    )
    return max(own, default=(0.0, None))[1]


@dataclass(frozen=True, slots=True)
class Assigned:
    """A section that somebody takes, for the page of that section. `taker` is their name as the library knows them."""

    assignment: SectionAssignment
    taker: str


def assigned(entry: FrameEntry, section: Section) -> Assigned | None:
    """Who takes this section; at most two queries."""
    rows = SectionAssignment.objects.filter(entry=entry, section_code=section.code)
    assignment = rows.select_related("member", "assigned_by").first()
    if assignment is None:
        return None
    member = access.members(entry.library).filter(user=assignment.member_id).first()
    invited_as = member.invited_as if member else None
    return Assigned(assignment, str(assignment.member) if invited_as is None else invited_as)


def assignments(entry: FrameEntry) -> Mapping[str, SectionAssignment]:
    """Who takes which section, by section code; one query."""
    rows = SectionAssignment.objects.filter(entry=entry).select_related("member", "assigned_by")
    return {row.section_code: row for row in rows}


# --- Sections -------------------------------------------------------------------------------------------------------


def stamp(assignment: SectionAssignment | None) -> str:
    """What a page shows of who takes a section, in short: another one for each time that it is assigned."""
    return assignment.assigned_at.isoformat() if assignment else ""


def is_as_asked(assignment: SectionAssignment | None, to: Colleague, note: str) -> bool:
    return assignment is not None and (assignment.member_id, assignment.note) == (to.user_id, note)


def meanwhile(assignment: SectionAssignment | None) -> str:
    """What is said to somebody who did not see this assignment."""
    if assignment is None:
        return _("Meanwhile a colleague assigned this section to nobody. If you like, assign it all the same.")
    return _("Meanwhile a colleague assigned this section to somebody else. If you like, change it all the same.")


@transaction.atomic
def section_assign(
    *, entry: FrameEntry, section: Section, to: Colleague, note: str, by: User, seen: str
) -> SectionAssignment:
    """Ask a colleague to take care of a section, and owe them the mail that says so. `seen` is the stamp `by` saw.

    The same once more changes nothing and mails nobody; who takes a section themselves gets no mail either. Raises
    WaveNotOpen, and DomainError for somebody who can no longer fill in and when a colleague assigned it meanwhile.
    """
    _refuse_unless_filled_in(entry)
    before = _hold(entry, section)
    # Locked, so that withdrawing their access waits and then takes this row along.
    member = (
        Membership.objects.select_for_update(no_key=True).filter(pk=to.membership_id, library=entry.library).first()
    )
    if member is None or not member.may_edit:
        raise DomainError(_("%(name)s cannot fill in this questionnaire. Choose somebody else.") % {"name": to.name})
    if before is not None and is_as_asked(before, to, note):
        return before
    if stamp(before) != seen:
        raise DomainError(meanwhile(before))
    wanted = {
        "member_id": to.user_id,
        "note": note,
        "assigned_by": by,
        "assigned_at": timezone.now(),
        "done_at": None,
    }
    assignment, _created = SectionAssignment.objects.update_or_create(
        entry=entry, section_code=section.code, defaults=wanted
    )
    _log(log, "section-assigned", entry=entry.pk, section=section.code, user=to.user_id, by=by.pk)
    if to.user_id != by.pk:
        notice_write(
            recipient=to.email,
            subject=_("%(section)s: will you fill this in?") % {"section": section.title},
            template="emails/team_assigned.txt",
            context={
                "entry": entry,
                "title": _title(entry),
                "section": section,
                "note": note,
                "by": by,
                "url": site_link("surveys:response-section", entry.pk, section.code),
            },
        )
    return assignment


@transaction.atomic
def section_release(*, entry: FrameEntry, section: Section, by: User, seen: str) -> None:
    """Take a section from whom it was assigned to; answers stay as they are. Twice is once. `seen` is the stamp that
    `by` saw.

    Raises WaveNotOpen, and DomainError when a colleague assigned it meanwhile.
    """
    _refuse_unless_filled_in(entry)
    before = _hold(entry, section)
    if before is None:
        return
    if stamp(before) != seen:
        raise DomainError(meanwhile(before))
    before.delete()
    _log(log, "section-released", entry=entry.pk, section=section.code, by=by.pk)


@transaction.atomic
def section_mark(*, entry: FrameEntry, section: Section, is_done: bool, by: User) -> None:
    """Note that the colleague who takes a section is ready with it, or not after all. Raises NotAllowed for others."""
    own = SectionAssignment.objects.filter(entry=entry, section_code=section.code, member=by)
    if not own.update(done_at=timezone.now() if is_done else None):
        raise NotAllowed(_("Only the colleague to whom a section is assigned can say that it is ready."))


def _hold(entry: FrameEntry, section: Section) -> SectionAssignment | None:
    """Who takes the section; nobody else changes that meanwhile, not from nobody either."""
    FrameEntry.objects.select_for_update(no_key=True).get(pk=entry.pk)
    return SectionAssignment.objects.filter(entry=entry, section_code=section.code).first()


def _refuse_unless_filled_in(entry: FrameEntry) -> None:
    response = access.response_of(entry)
    if not access.is_open_for(entry):
        raise WaveNotOpen(_("This wave is closed: answers can be read, but no longer changed."))
    if response is not None and response.is_submitted:
        raise WaveNotOpen(_("This questionnaire has been submitted. Ask the KB to reopen it if something must change."))


# --- Access ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def colleague_invite(*, entry: FrameEntry, email: str, name: str, role: str, by: User) -> None:
    """Give somebody access to the library, with an account when they have none, and owe them the mail that says so.

    Raises NotAllowed unless `by` may submit, DomainError for who has access already and after INVITATIONS_PER_DAY.
    """
    library = _lock(entry, by)
    _refuse_too_many(library)
    email = email.strip().lower()
    # One statement whether or not the account is there, so that the time it takes says nothing.
    fresh = User(email=email, name=name)
    fresh.set_unusable_password()
    User.objects.bulk_create([fresh], ignore_conflicts=True)
    user = User.objects.alias(written=Lower("email")).get(written=Lower(Value(email)))
    known = access.members(library).filter(user=user).first()
    if known is not None and (user.is_active or known.invited_as is not None):
        raise DomainError(_("%(email)s has access already; see the list of colleagues.") % {"email": email})
    Membership.objects.update_or_create(user=user, library=library, defaults={"role": role})
    _invite(entry, user, name, by)
    _log(security_log, "rights-changed", user=user.pk, library=library.pk, role=role, by=by.pk)


@transaction.atomic
def invitation_repeat(*, entry: FrameEntry, colleague: Colleague, by: User) -> None:
    """Mail the invitation once more, with a fresh link. Raises as `colleague_invite`, and for who has signed in."""
    library = _lock(entry, by)
    _refuse_too_many(library)
    member = access.members(library).select_related("user").filter(pk=colleague.membership_id).first()
    if member is None or member.invited_as is None:
        raise DomainError(_("%(name)s has no invitation waiting.") % {"name": colleague.name})
    _invite(entry, member.user, member.invited_as, by)


@transaction.atomic
def role_change(*, entry: FrameEntry, colleague: Colleague, role: str, by: User) -> None:
    """Let a colleague do more or less. Who no longer fills in loses the sections that they were still to do.

    Raises NotAllowed unless `by` may submit, DomainError when nobody would be left who may.
    """
    library = _lock(entry, by)
    if role != Membership.Role.SUBMITTER:
        _refuse_last_submitter(library, colleague)
    if not library.memberships.filter(pk=colleague.membership_id).exclude(role=role).update(role=role):
        return
    if role == Membership.Role.READER:
        _release_sections(library, colleague)
    _log(security_log, "rights-changed", user=colleague.user_id, library=library.pk, role=role, by=by.pk)


@transaction.atomic
def access_withdraw(*, entry: FrameEntry, colleague: Colleague, by: User) -> None:
    """End a colleague's access to the library, from their next request on; what they answered stays. Twice is once.

    Raises NotAllowed unless `by` may submit, DomainError when nobody would be left who may.
    """
    library = _lock(entry, by)
    _refuse_last_submitter(library, colleague)
    withdrawn, _rows = library.memberships.filter(pk=colleague.membership_id).delete()
    if withdrawn:
        _release_sections(library, colleague)
        _log(security_log, "rights-changed", user=colleague.user_id, library=library.pk, role="", by=by.pk)


def _lock(entry: FrameEntry, by: User) -> Library:
    """One change of rights per library at a time, by somebody who still has the right when their turn comes."""
    library = Library.objects.select_for_update(no_key=True).get(pk=entry.library_id)
    if not library.memberships.filter(user=by, role=Membership.Role.SUBMITTER).exists():
        raise NotAllowed(_("Only colleagues who may submit decide who has access."))
    return library


def _refuse_too_many(library: Library) -> None:
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(), time()))
    if Invitation.objects.filter(library=library, invited_at__gte=midnight).count() >= INVITATIONS_PER_DAY:
        raise DomainError(
            _("Your library has sent %(n)s invitations today, which is the most per day. Go on tomorrow.")
            % {"n": INVITATIONS_PER_DAY}
        )


def _refuse_last_submitter(library: Library, colleague: Colleague) -> None:
    """Who has yet to accept an invitation does not count: perhaps they never will."""
    others = access.members(library).exclude(pk=colleague.membership_id)
    if not others.filter(role=Membership.Role.SUBMITTER, user__is_active=True, invited_as=None).exists():
        raise DomainError(
            _("Somebody of your library must be able to submit. Let another colleague, who has signed in, do so first.")
        )


def _release_sections(library: Library, colleague: Colleague) -> None:
    """Sections that were ready stay on record with who did them."""
    SectionAssignment.objects.filter(entry__library=library, member=colleague.user_id, done_at=None).delete()


# --- Mail -----------------------------------------------------------------------------------------------------------


def _invite(entry: FrameEntry, user: User, name: str, by: User) -> None:
    """Write the invitation down and owe the mail. Greets nobody by name: names typed by others are no mail of ours."""
    Invitation.objects.create(library=entry.library, user=user, name=name, invited_by=by)
    # allauth would write this row when it makes the key, but for new people only, and that takes time.
    EmailAddress.objects.bulk_create([EmailAddress(user=user, email=user.email)], ignore_conflicts=True)
    key = default_token_generator.make_token(user)
    notice_write(
        recipient=user.email,
        subject=_("Invitation to the questionnaire of %(library)s") % {"library": entry.library.name},
        template="emails/team_invited.txt",
        context={
            "entry": entry,
            "title": _title(entry),
            "user": user,
            "by": by,
            "has_password": user.has_usable_password(),
            "password_url": site_link("account_reset_password_from_key", user_pk_to_url_str(user), key),
            "hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
            "again_url": site_link("account_reset_password"),
            "url": site_link("surveys:response-overview", entry.pk),
        },
    )
    _log(security_log, "invited", user=user.pk, library=entry.library_id, by=by.pk)


def _title(entry: FrameEntry) -> str:
    return f"{compiled_by_id(entry.wave.questionnaire_id).instrument.title} {entry.wave.school_year}"


def _log(logger: structlog.stdlib.BoundLogger, event: str, **ids: object) -> None:
    """Only what has really happened goes into the trail, and only ids."""
    transaction.on_commit(partial(logger.info, event, **ids))
