"""Opening, closing and reopening a wave, and who is expected to respond."""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from surveys import models
from surveys.errors import DomainError
from surveys.models import Wave

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


def _freeze_frame(wave: Wave) -> None:
    """Copy the expected libraries and the schools of the wave's kinds from the register as it is now."""
    expected = list(
        models.Library.objects.filter(Q(merged_on=None) | Q(merged_on__gt=wave.reference_date)).order_by("code")
    )
    schools: dict[int, list[models.School]] = {library.pk: [] for library in expected}
    kinds = wave.questionnaire.school_kinds
    for school in models.School.objects.filter(is_open=True, kind__in=kinds, library__in=expected):
        schools[school.library_id].append(school)
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
            models.FrameSchool(
                entry=entry,
                school=school,
                code=school.code,
                name=school.name,
                kind=school.kind,
                municipality=school.municipality,
                pupils=school.pupils,
            )
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
