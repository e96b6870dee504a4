"""The one door from a user and a key to a row. Outsiders get 404, as if the row did not exist."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils import timezone

from surveys import models
from surveys.models import FrameEntry

if TYPE_CHECKING:  # of the type checker's own package, which servers don't have
    from django_stubs_ext import WithAnnotations


class Invited(TypedDict):
    """What `members` adds to a membership; None unless an invitation is waiting."""

    invited_as: str | None
    invited_at: datetime | None


@dataclass(frozen=True, slots=True)
class Grant:
    """A frame entry that this user may see, and what they may do with it."""

    entry: FrameEntry
    response: models.Response | None
    may_edit: bool
    may_submit: bool


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


def entries_for(user: models.User) -> QuerySet[FrameEntry]:
    """The frame entries of the user's own libraries in waves that were opened, newest wave first."""
    return (
        FrameEntry.objects.filter(library__memberships__user=user)
        .exclude(wave__state=models.Wave.State.DRAFT)
        .annotate(may_have_last_wave=MAY_HAVE_LAST_WAVE)
        .select_related("wave__survey", "wave__questionnaire", "library", "response")
        .order_by("-wave__school_year", "wave__survey__code", "library__name")
    )


def entry_for(user: models.User, entry_id: int) -> Grant:
    """The frame entry with what the user may do there; one query. Members may read; 404 for everybody else."""
    entries = (
        FrameEntry.objects.filter(pk=entry_id, library__memberships__user=user)
        .exclude(wave__state=models.Wave.State.DRAFT)
        .annotate(
            role=F("library__memberships__role"),  # of the one membership that the filter found
            may_have_last_wave=MAY_HAVE_LAST_WAVE,
            has_prefills=HAS_PREFILLS,
        )
        .select_related("wave__survey", "library", "response")
        .order_by()
    )
    try:
        entry = entries.get()
    except FrameEntry.DoesNotExist:
        raise Http404 from None
    membership = models.Membership(role=entry.role)
    return Grant(entry, response_of(entry), membership.may_edit, membership.may_submit)


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
    waiting = models.Invitation.objects.filter(
        library=OuterRef("library"),
        user=OuterRef("user"),
        invited_at__gt=Coalesce(OuterRef("user__last_login"), Value(datetime(1, 1, 1, tzinfo=UTC))),
    ).order_by("-invited_at", "-pk")
    return library.memberships.annotate(
        invited_as=Subquery(waiting.values("name")[:1]), invited_at=Subquery(waiting.values("invited_at")[:1])
    )


def latest_submission(entry: FrameEntry) -> models.Submission | None:
    """The submission that counts, when there is one."""
    return (
        models.Submission.objects.filter(response__entry=entry, is_latest=True).select_related("submitted_by").first()
    )


def is_adviser(user: models.User) -> bool:
    return user.support_memberships.exists()


Followed = tuple[FrameEntry, models.Response | None]


def followed_list(user: models.User) -> list[Followed]:
    """As `followed_entries`, each with its response; one query more for who advises nobody, who gets 404."""
    if not is_adviser(user):
        raise Http404
    return [(entry, response_of(entry)) for entry in followed_entries(user)]
