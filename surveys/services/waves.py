"""Opening, closing and reopening a wave, who is expected to respond, and until when."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import partial

import structlog
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from surveys import models
from surveys.access import response_of
from surveys.errors import DomainError, NotAllowed
from surveys.models import Wave

log = structlog.get_logger(__name__)

Kind = models.ResponseEvent.Kind


@transaction.atomic
def wave_open(*, wave: Wave, by: models.User | None) -> Wave:
    """Open a draft wave: freeze its questionnaire and its frame (libraries with their school lists).

    Expected are all libraries that exist on the reference date; a merged one is represented by its successor.
    """
    locked = Wave.objects.select_for_update(of=("self",)).select_related("questionnaire").get(pk=wave.pk)
    if locked.state != Wave.State.DRAFT:
        raise DomainError(_("Only a draft wave can be opened."))
    now = database_now()
    if locked.closes_at is not None and locked.closes_at <= now:
        raise DomainError(_("The closing moment has already passed. Choose a later one."))
    _freeze_frame(locked)
    if locked.questionnaire.frozen_at is None:
        locked.questionnaire.frozen_at = now
        locked.questionnaire.save(update_fields=("frozen_at",))
    locked.state = Wave.State.OPEN
    locked.opened_at = now
    locked.save(update_fields=("state", "opened_at"))
    models.ResponseEvent.objects.create(kind=Kind.WAVE_OPENED, wave=locked, by=by)
    return locked


def _expected(wave: Wave) -> QuerySet[models.Library]:
    """The libraries that exist on the reference date."""
    return models.Library.objects.filter(Q(merged_on=None) | Q(merged_on__gt=wave.reference_date))


def _expected_schools(wave: Wave) -> QuerySet[models.School]:
    """The school locations in the register, of the kinds that the questionnaire is about.

    Of unknown kind are those that a library added without knowing it: they stay in the survey that they were added to.
    """
    earlier = models.FrameSchool.objects.filter(entry__wave__survey=wave.survey_id, school=OuterRef("pk"))
    is_about = Q(kind__in=wave.questionnaire.school_kinds) | Q(Exists(earlier), kind=models.School.Kind.UNKNOWN)
    return models.School.objects.filter(is_about, is_open=True)


def _represented_by(expected: Iterable[models.Library]) -> dict[int, int]:
    """The expected library that answers for each library: itself or, after mergers, the last that it went up in."""
    keys = {library.pk for library in expected}
    successors = dict(models.Library.objects.values_list("pk", "successor_id"))
    found = {}
    for library in successors:
        answering: int | None = library
        for _step in successors:  # a chain of mergers is no longer than this, were it a circle
            if answering is None or answering in keys:
                break
            answering = successors[answering]
        if answering in keys:
            found[library] = answering
    return found


def _freeze_frame(wave: Wave) -> None:
    """Copy the expected libraries and the schools of the wave's kinds from the register as it is now."""
    expected = list(_expected(wave).order_by("code"))
    schools: dict[int, list[models.School]] = {library.pk: [] for library in expected}
    represented_by = _represented_by(expected)
    for school in _expected_schools(wave):
        schools[represented_by[school.library_id]].append(school)
    entries = models.FrameEntry.objects.bulk_create(
        models.FrameEntry(
            wave=wave,
            library=library,
            province=library.province,
            inhabitants=library.inhabitants,
            size_class=library.size_class,
            n_locations=len(schools[library.pk]),
        )
        for library in expected
    )
    models.FrameSchool.objects.bulk_create(
        (
            models.FrameSchool(entry=entry, **school.roster_row)
            for entry in entries
            for school in schools[entry.library_id]
        ),
        batch_size=2000,
    )


@transaction.atomic
def wave_close(*, wave: Wave, by: models.User | None) -> Wave:
    """Close an open wave. Waits for saves and submits that are under way: what started before closing counts."""
    locked = Wave.objects.select_for_update().get(pk=wave.pk)
    if locked.state != Wave.State.OPEN:
        raise DomainError(_("Only an open wave can be closed."))
    locked.state = Wave.State.CLOSED
    locked.closed_at = database_now()
    locked.save(update_fields=("state", "closed_at"))
    models.ResponseEvent.objects.create(kind=Kind.WAVE_CLOSED, wave=locked, by=by)
    return locked


@transaction.atomic
def wave_reopen(*, wave: Wave, by: models.User | None, closes_at: datetime | None = None) -> Wave:
    """Open a closed wave again, for libraries that still have to submit; the frame stays as it was."""
    locked = Wave.objects.select_for_update().get(pk=wave.pk)
    if locked.state not in (Wave.State.CLOSED, Wave.State.AGGREGATED):
        raise DomainError(_("Only a closed wave can be reopened."))
    locked.state = Wave.State.OPEN
    locked.closed_at = None
    locked.closes_at = closes_at
    locked.save(update_fields=("state", "closed_at", "closes_at"))
    models.ResponseEvent.objects.create(kind=Kind.WAVE_REOPENED, wave=locked, by=by)
    return locked


def waves_close_due() -> list[Wave]:
    """Close every open wave whose closing moment has passed by the database's clock."""
    closed = []
    due = Wave.objects.filter(state=Wave.State.OPEN, closes_at__lte=database_now())
    for wave in due:
        with transaction.atomic():
            claimed = Wave.objects.select_for_update(skip_locked=True).filter(pk=wave.pk, state=Wave.State.OPEN).first()
            if claimed is not None:
                closed.append(wave_close(wave=claimed, by=None))
    return closed


def database_now() -> datetime:
    """The one clock for opening and closing: the database's, of the running transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        moment: datetime = cursor.fetchone()[0]
        return moment


def frame_preview(wave: Wave) -> tuple[int, int]:
    """How many libraries and school locations opening the wave would expect, by the register as it is now."""
    return _expected(wave).count(), _expected_schools(wave).count()


@transaction.atomic
def draft_save(*, wave: Wave, changed: Iterable[str]) -> Wave:
    """Store these fields of a draft wave. Raises DomainError when somebody opened it meanwhile."""
    stored = Wave.objects.select_for_update(of=("self",)).get(pk=wave.pk)
    if stored.state != Wave.State.DRAFT:
        raise DomainError(_("This wave has been opened meanwhile, so it can no longer be edited."))
    wave.save(update_fields=list(changed))
    return wave


@transaction.atomic
def wave_reschedule(*, wave: Wave, closes_at: datetime | None, by: models.User) -> Wave:
    """Announce another closing moment for an open wave; None closes it by hand only."""
    locked = Wave.objects.select_for_update().get(pk=wave.pk)
    if locked.state != Wave.State.OPEN:
        raise DomainError(_("Only an open wave has a closing moment that can be changed."))
    if closes_at is not None and closes_at <= database_now():
        raise DomainError(_("The closing moment has already passed. Choose a later one."))
    before = locked.closes_at
    locked.closes_at = closes_at
    locked.save(update_fields=("closes_at",))
    note = _("Closing moment changed from %(before)s to %(after)s.") % {
        "before": moment_text(before),
        "after": moment_text(closes_at),
    }
    models.ResponseEvent.objects.create(kind=Kind.RESCHEDULED, wave=locked, by=by, note=note)
    return locked


@transaction.atomic
def wave_results_expect(*, wave: Wave, on: date | None, by: models.User) -> Wave:
    """Say when libraries can expect the results, also of a wave that is open or closed; None when nobody knows yet."""
    locked = Wave.objects.select_for_update().get(pk=wave.pk)
    refuse_results_before_closing(on, locked.closes_at)
    locked.results_on = on
    locked.save(update_fields=("results_on",))
    transaction.on_commit(partial(log.info, "wave.results-expected", wave=locked.pk, on=str(on), by=by.pk))
    return locked


def refuse_results_before_closing(on: date | None, closes_at: datetime | None) -> None:
    """Raise DomainError for results of answers that are still being given."""
    if on is not None and closes_at is not None and on <= timezone.localdate(closes_at):
        raise DomainError(_("Results cannot be there before the wave has closed. Choose a later day."))


def results_text(wave: Wave) -> str:
    """When libraries find the results, in a sentence; the page and the mail of the receipt say the same."""
    if wave.results_on is None:
        return _("The results appear among the publications as soon as the KB has checked and counted the answers.")
    return _("You find the results among the publications from %(day)s on.") % {
        "day": date_format(wave.results_on, "j F Y")
    }


@transaction.atomic
def extension_give(*, entry: models.FrameEntry, until: datetime, by: models.User) -> models.FrameEntry:
    """Let one library fill in and submit until this moment, also after the wave has closed."""
    locked = (
        models.FrameEntry.objects.select_for_update(of=("self",)).select_related("wave", "response").get(pk=entry.pk)
    )
    if not by.is_staff:
        raise NotAllowed(_("Only KB staff can give an extension."))
    if until <= database_now():
        raise DomainError(_("The extension would already have ended. Choose a later moment."))
    closes_at = locked.wave.closes_at
    if locked.wave.is_open and closes_at is not None and until <= closes_at:
        raise DomainError(_("The wave itself is open until then or longer, so an extension would change nothing."))
    locked.extended_until = until
    locked.save(update_fields=("extended_until",))
    note = _("%(library)s may fill in until %(moment)s.") % {
        "library": locked.library.name,
        "moment": moment_text(until),
    }
    models.ResponseEvent.objects.create(
        kind=Kind.EXTENDED, wave=locked.wave, response=response_of(locked), by=by, note=note
    )
    return locked


def moment_text(moment: datetime | None) -> str:
    """A closing moment in words; without one, that it is closed by hand."""
    if moment is None:
        return _("closing by hand")
    return date_format(timezone.localtime(moment), "j F Y H:i")
