"""The one door from a user and a key to a row. Outsiders get 404, as if the row did not exist."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict, cast

from django.db.models import Exists, F, JSONField, OuterRef, QuerySet, Subquery, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils import timezone

from surveys import models
from surveys.models import FrameEntry
from surveys.prepared import Prepared

if TYPE_CHECKING:  # of the type checker's own package, which servers don't have
    from django_stubs_ext import WithAnnotations


class Invited(TypedDict):
    """What `members` adds to a membership; None unless an invitation is waiting."""

    invited_as: str | None
    invited_at: datetime | None


@dataclass(frozen=True, slots=True)
class Grant:
    """A frame entry that this user may see, and what they may do with it.

    `assigned` are the sections that somebody takes, by code: whether that is this user.
    """

    entry: FrameEntry
    response: models.Response | None
    may_edit: bool
    may_submit: bool
    assigned: Mapping[str, bool] = field(default_factory=dict)


# Whether to look for a last wave: the library submitted in an earlier wave, or it took over others that may have.
MAY_HAVE_LAST_WAVE = Exists(
    models.Submission.objects.filter(
        is_latest=True,
        response__entry__library=OuterRef("library"),
        response__entry__wave__survey=OuterRef("wave__survey"),
        response__entry__wave__school_year__lt=OuterRef("wave__school_year"),
    )
) | Exists(models.Library.objects.filter(successor=OuterRef("library")))


HAS_PREFILLS = Exists(models.Prefill.objects.filter(entry=OuterRef("pk")))

# Who takes which section, as an object in JSON: with the entry itself, for every page shows which are the user's own.
ASSIGNED = RawSQL(
    "(SELECT jsonb_object_agg(section_code, member_id) FROM surveys_sectionassignment"
    " WHERE entry_id = surveys_frameentry.id)",
    (),
    output_field=JSONField(),
)


def _entries_with_names(user_id: int) -> QuerySet[FrameEntry]:
    return (
        _entries_of(user_id)
        .select_related("wave__survey", "wave__questionnaire", "library", "response")
        .order_by("-wave__school_year", "wave__survey__code", "library__name")
    )


_find_entries = Prepared(_entries_with_names)


def grants_for(user: models.User) -> list[Grant]:
    """The user's own libraries in waves that were opened, newest wave first; one query."""
    return [_grant(entry, user) for entry in _find_entries(user.pk)]


def _entry_of(user_id: int, entry_id: int) -> QuerySet[FrameEntry]:
    return (
        _entries_of(user_id)
        .filter(pk=entry_id)
        .annotate(has_prefills=HAS_PREFILLS)
        .select_related("wave__survey", "library", "response")
        .order_by()
    )


_find_entry = Prepared(_entry_of)


def entry_for(user: models.User, entry_id: int) -> Grant:
    """The frame entry with what the user may do there; one query. Members may read; 404 for everybody else."""
    found = _find_entry(user.pk, entry_id)
    if not found:
        raise Http404
    (entry,) = found
    return _grant(entry, user)


def _entries_of(user_id: int) -> QuerySet[FrameEntry]:
    """What a member may see, with their role (of the one membership that the filter found), and who takes which
    section (None when nobody takes any)."""
    return (
        FrameEntry.objects.filter(library__memberships__user=user_id)
        .exclude(wave__state=models.Wave.State.DRAFT)
        .annotate(role=F("library__memberships__role"), assigned=ASSIGNED, may_have_last_wave=MAY_HAVE_LAST_WAVE)
    )


def _grant(entry: FrameEntry, user: models.User) -> Grant:
    added = vars(entry)
    membership = models.Membership(role=added["role"])
    own = {code: member == user.pk for code, member in (added["assigned"] or {}).items()}
    return Grant(entry, response_of(entry), membership.may_edit, membership.may_submit, own)


def followed_entry_for(user: models.User, entry_id: int) -> Grant:
    """The frame entry of a library that the user advises: to read, never to change. 404 for everybody else."""
    entry = followed_entries(user).filter(pk=entry_id).first()
    if entry is None:
        raise Http404
    return Grant(entry, response_of(entry), may_edit=False, may_submit=False)


def followed_entries(user: models.User) -> QuerySet[FrameEntry]:
    """The frame entries of the libraries that the user's support organisations help."""
    return (
        FrameEntry.objects.filter(library__support_organisation__memberships__user=user)
        .exclude(wave__state=models.Wave.State.DRAFT)
        .select_related("wave__survey", "library", "response")
        .order_by("-wave__school_year", "wave__survey__code", "library__name")
        .distinct()
    )


def response_of(entry: FrameEntry) -> models.Response | None:
    """The response of a frame entry, when somebody started it. No query when it was preloaded."""
    try:
        return entry.response
    except models.Response.DoesNotExist:
        return None


def is_open_for(entry: FrameEntry) -> bool:
    """Whether the library can still fill in, for what pages show. Saving asks the database's clock, under a lock."""
    now = timezone.now()
    extended = entry.extended_until is not None and entry.extended_until > now
    if entry.wave.is_open:
        return extended or entry.wave.closes_at is None or entry.wave.closes_at > now
    return extended


def colleagues(entry: FrameEntry) -> QuerySet[models.Membership]:
    """Who of the library works with the questionnaire, and what each may do.

    Who was invited and has not signed in yet is left out, for the name of their account would tell that they had one.
    `services.teamwork.team` has them too, by the name that the library gave.
    """
    return (
        members(entry.library)
        .filter(user__is_active=True, invited_as=None)
        .select_related("user")
        .order_by("user__name", "user__email")
    )


def members(library: models.Library) -> "QuerySet[WithAnnotations[models.Membership, Invited]]":
    """All memberships, with `invited_as` and `invited_at` for those who have not signed in since their invitation."""
    return _members(library.pk)


def _members(library_id: int) -> "QuerySet[WithAnnotations[models.Membership, Invited]]":
    waiting = models.Invitation.objects.filter(
        library=OuterRef("library"),
        user=OuterRef("user"),
        invited_at__gt=Coalesce(OuterRef("user__last_login"), Value(datetime(1, 1, 1, tzinfo=UTC))),
    ).order_by("-invited_at", "-pk")
    return models.Membership.objects.filter(library=library_id).annotate(
        invited_as=Subquery(waiting.values("name")[:1]), invited_at=Subquery(waiting.values("invited_at")[:1])
    )


_find_members = Prepared(lambda library_id: _members(library_id).select_related("user"))


def members_with_users(library: models.Library) -> list[tuple[models.Membership, Invited]]:
    """As `members`, each with its user and what is added to it; one query."""
    return [(membership, cast(Invited, vars(membership))) for membership in _find_members(library.pk)]


_find_submission = Prepared(
    lambda entry_id: (
        models.Submission.objects.filter(response__entry=entry_id, is_latest=True)
        .select_related("submitted_by")
        .order_by()
    )
)


def latest_submission(entry: FrameEntry) -> models.Submission | None:
    """The submission that counts, when there is one."""
    return next(iter(_find_submission(entry.pk)), None)


_find_advice = Prepared(lambda user_id: models.SupportMembership.objects.filter(user=user_id)[:1])


def is_adviser(user: models.User) -> bool:
    return bool(_find_advice(user.pk))


Followed = tuple[FrameEntry, models.Response | None]


def followed_list(user: models.User) -> list[Followed]:
    """As `followed_entries`, each with its response; one query more for who advises nobody, who gets 404."""
    if not is_adviser(user):
        raise Http404
    return [(entry, response_of(entry)) for entry in followed_entries(user)]
