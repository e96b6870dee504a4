"""What a library says of its roster: which schools are gone, merged, not its own or new, and that the list is right.

A row that leaves the roster is kept with its answers: it is on no sheet, and comes back as it was. Every change leaves
a SchoolReport: the log that the library reads, and the list from which KB staff mend the register.
"""

import re
import secrets
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from surveys import models
from surveys.errors import DomainError, NotAllowed
from surveys.models import FrameEntry, FrameSchool, School, SchoolReport
from surveys.services.responses import lock_open, response_start

__all__ = ["FrameSchool"]  # what the pages need of the tables

Status = FrameSchool.Status

REASON_LENGTH = 250  # in the log there may be a name before it
CODE = re.compile(r"[0-9A-Z]{6}")  # BRIN and two digits of the location
NEEDS_REASON = frozenset({Status.MOVED, Status.NOT_OURS})


class SchoolRefused(DomainError):
    """Something about a school that cannot be so. `row` is the row of the roster that stands in the way, if any."""

    def __init__(self, message: str, row: FrameSchool | None = None) -> None:
        self.row = row
        super().__init__(message)


class OnAnotherRoster(DomainError):
    """A school that another library has on its roster in this wave. Who wants it on both must say so."""

    def __init__(self, school: School, library: models.Library) -> None:
        self.school = school
        super().__init__(
            _("%(school)s in %(place)s is on the list of %(library)s.")
            % {"school": school, "place": school.municipality, "library": library}
        )


# --- Reading --------------------------------------------------------------------------------------------------------


def row_of(entry: FrameEntry, row_id: int) -> FrameSchool | None:
    """A row of this roster, also one that has left it."""
    return FrameSchool.objects.select_related("successor", "school").filter(entry=entry, pk=row_id).first()


def reports_of(entry: FrameEntry) -> QuerySet[SchoolReport]:
    """What was said of the schools of this roster, newest first; the school and the person are preloaded."""
    return SchoolReport.objects.filter(school__entry=entry).select_related("school", "reported_by")


def confirmed_by(entry: FrameEntry) -> str:
    """Who confirmed the roster, by name; empty while nobody did."""
    return str(entry.roster_confirmed_by or "")


# --- What a library does --------------------------------------------------------------------------------------------


@transaction.atomic
def roster_confirm(*, entry: FrameEntry, by: models.User) -> FrameEntry:
    """Record that the list of schools is right. The first time counts; later changes of the list don't undo it.

    Raises WaveNotOpen.
    """
    locked, now = _lock(entry, by)
    if locked.roster_confirmed_at is None:
        locked.roster_confirmed_at, locked.roster_confirmed_by = now, by
        locked.save(update_fields=("roster_confirmed_at", "roster_confirmed_by"))
    return locked


@transaction.atomic
def school_leave(
    *,
    entry: FrameEntry,
    school: FrameSchool,
    status: str,
    by: models.User,
    reason: str = "",
    successor: FrameSchool | None = None,
) -> FrameSchool:
    """Take a school off the roster: closed, merged with `successor`, moved, or never ours. Its answers are kept.

    The same once more changes nothing; something else about a school that left already corrects it. Raises
    WaveNotOpen, and SchoolRefused without a successor on the roster or without a reason where one is needed.
    """
    locked, now = _lock(entry, by)
    row = locked.schools.get(pk=school.pk)
    why = Status(status)
    other = None
    if why is Status.MERGED:
        present = locked.schools.filter(status=Status.PRESENT).exclude(pk=row.pk)
        other = present.filter(pk=successor.pk).first() if successor else None
        if other is None:
            raise SchoolRefused(_("Choose the school on your list that it merged with."))
        reason = " ".join(filter(None, (_("With %(school)s.") % {"school": other}, reason)))
    elif why in NEEDS_REASON and not reason and not row.is_added:
        raise SchoolRefused(_("Say why, so that the KB can mend the register."))
    return report_write(entry=locked, row=row, status=why, successor=other, reason=reason, by=by, at=now)


@transaction.atomic
def school_return(*, entry: FrameEntry, school: FrameSchool, by: models.User, is_agreed: bool = False) -> FrameSchool:
    """Put a school on the roster again, with the answers that it had. Twice is once.

    Raises WaveNotOpen, and OnAnotherRoster unless `is_agreed`, as `school_add` does.
    """
    locked, now = _lock(entry, by)
    row = locked.schools.select_related("school").get(pk=school.pk)
    if row.status == Status.PRESENT:
        return row
    reason = _agreed(locked, row.school, is_agreed=is_agreed)
    return report_write(entry=locked, row=row, status=Status.PRESENT, reason=reason, by=by, at=now)


@transaction.atomic
def school_add(
    *, entry: FrameEntry, code: str, by: models.User, reason: str = "", is_agreed: bool = False
) -> FrameSchool:
    """Add a location of the register of schools to the roster.

    Raises WaveNotOpen, SchoolRefused (unknown, on the roster already, of a kind that the questionnaire isn't about),
    and OnAnotherRoster unless `is_agreed`: it then stands on both, until KB staff have sorted it out.
    """
    locked, now = _lock(entry, by)
    school = School.objects.filter(code=code).first()
    _refuse_twice(locked, Q(code=code) | Q(school=school))
    if school is None:
        raise SchoolRefused(
            _("%(code)s is not in the register of schools. Check the code, or add the school without a code.")
            % {"code": code}
        )
    if school.kind not in locked.wave.questionnaire.school_kinds:
        raise SchoolRefused(
            _("%(school)s is not of a kind that this questionnaire is about (%(kind)s).")
            % {"school": school, "kind": school.get_kind_display()}
        )
    reason = _agreed(locked, school, is_agreed=is_agreed, reason=reason)
    row = row_add(entry=locked, school=school)
    return report_write(entry=locked, row=row, status=Status.PRESENT, reason=reason, by=by, at=now)


@transaction.atomic
def school_add_new(
    *,
    entry: FrameEntry,
    name: str,
    kind: str,
    municipality: str,
    by: models.User,
    pupils: int | None = None,
    reason: str = "",
) -> FrameSchool:
    """Add a school of which the library knows no code. It gets a provisional one, until KB staff find the real one.

    Raises WaveNotOpen, and SchoolRefused for a school of this name and place that the roster has.
    """
    locked, now = _lock(entry, by)
    _refuse_twice(locked, Q(name__iexact=name, municipality__iexact=municipality))
    school = School.objects.create(
        code=_provisional_code(),
        name=name,
        kind=kind,
        municipality=municipality,
        pupils=pupils,
        library=locked.library,
        is_provisional=True,
    )
    row = row_add(entry=locked, school=school)
    return report_write(entry=locked, row=row, status=Status.PRESENT, reason=reason, by=by, at=now)


def _lock(entry: FrameEntry, by: models.User) -> tuple[FrameEntry, datetime]:
    """Hold the roster and whoever submits, until the end of the transaction; the database's time. Raises WaveNotOpen.

    The entry goes first and then the response, as imports do it. Who changes the list has started the response.
    """
    entries = FrameEntry.objects.select_for_update(of=("self",), no_key=True)
    locked = entries.select_related("wave__questionnaire", "library").get(pk=entry.pk)
    return locked, lock_open(response_start(entry=locked, by=by))


def on_another_roster(*, entry: FrameEntry, school: School) -> models.Library | None:
    """The other library of this wave that has the school on its roster.

    That stays so for a caller that holds the school, or all rosters of the wave.
    """
    others = FrameEntry.objects.filter(wave=entry.wave_id, schools__school=school, schools__status=Status.PRESENT)
    other = others.exclude(pk=entry.pk).select_related("library").first()
    return other.library if other else None


def said_of_both(library: models.Library, reason: str = "") -> str:
    """The reason with, before it, that the school is on this library's roster too; KB staff sort that out."""
    also = _("Is on the list of %(library)s too.") % {"library": library}
    return reason if also in reason else f"{also} {reason}".strip()


def _agreed(entry: FrameEntry, school: School, *, is_agreed: bool, reason: str = "") -> str:
    """Hold the school, for two libraries may want it at the same moment. The reason to write down."""
    School.objects.select_for_update(no_key=True).get(pk=school.pk)
    library = on_another_roster(entry=entry, school=school)
    if library is None:
        return reason
    if not is_agreed:
        raise OnAnotherRoster(school, library)
    return said_of_both(library, reason)


def _key(row: FrameSchool | None) -> int | None:
    return row.pk if row else None


def _refuse_twice(entry: FrameEntry, same: Q) -> None:
    row = entry.schools.filter(same).first()
    if row is None:
        return
    if row.status != Status.PRESENT:
        raise SchoolRefused(_("%(school)s was on your list. You can put it back.") % {"school": row}, row)
    raise SchoolRefused(
        _("%(school)s in %(place)s is on your list already. Is this another location? Put the street after its name.")
        % {"school": row, "place": row.municipality},
        row,
    )


def _provisional_code() -> str:
    """A code that no register gives out, and no other installation either: exports hold it."""
    while School.objects.filter(code=(code := f"nieuw-{secrets.token_hex(3)}")).exists():
        pass
    return code


def row_add(*, entry: FrameEntry, school: School) -> FrameSchool:
    """A row for a school that the roster lacks, as it is known now. The caller holds the roster, and reports it."""
    return FrameSchool.objects.create(entry=entry, is_added=True, **school.roster_row)


def report_write(
    *,
    entry: FrameEntry,
    row: FrameSchool,
    status: Status,
    successor: FrameSchool | None = None,
    reason: str = "",
    by: models.User | None,
    at: datetime,
) -> FrameSchool:
    """Set what is said of this row and write it down, unless it was said already. The caller holds the roster."""
    last = row.reports.first()
    is_new = row.is_added and last is None
    is_same = (row.status, row.successor_id) == (status, _key(successor)) and (last.reason if last else "") == reason
    if is_same and not is_new:
        return row
    row.status, row.successor = status, successor
    row.save(update_fields=("status", "successor"))
    # A provisional school is one for as long as its library says so: next year's roster has it too.
    School.objects.filter(pk=row.school_id, is_provisional=True).update(is_open=status == Status.PRESENT)
    models.SchoolReport.objects.create(school=row, status=status, reason=reason, reported_by=by, reported_at=at)
    entry.n_locations = entry.schools.filter(status=Status.PRESENT).count()
    entry.save(update_fields=("n_locations",))
    return row


# --- What KB staff do -----------------------------------------------------------------------------------------------


@transaction.atomic
def reports_handle(*, reports: Collection[int], by: models.User, is_handled: bool = True) -> int:
    """Note that the register says so too, or not after all; how many that changed. Raises NotAllowed."""
    _refuse_others(by)
    changing = SchoolReport.objects.filter(pk__in=reports, handled_at__isnull=is_handled)
    return changing.update(handled_at=timezone.now() if is_handled else None, handled_by=by if is_handled else None)


@transaction.atomic
def school_identify(*, school: School, code: str, by: models.User) -> School:
    """Give a provisional school its real code, or let the school that the register has under it take its place.

    Rosters then name the new code; files that were downloaded before don't fit any more. Returns the school that is
    on the rosters now. Raises NotAllowed, and DomainError when the school isn't provisional, the code is none, a
    submission names the school, this roster has the register's school as well, or in an open wave another one has.
    """
    _refuse_others(by)
    rows = FrameSchool.objects.filter(school=school)
    # Whoever saves or submits waits, and no roster changes meanwhile. Rosters go first, as libraries hold theirs.
    for held in (FrameEntry.objects.filter(schools__in=rows), models.Response.objects.filter(entry__schools__in=rows)):
        list(held.order_by("pk").select_for_update(of=("self",)))
    provisional = School.objects.select_for_update().get(pk=school.pk)
    if not provisional.is_provisional:
        raise DomainError(_("This school has its code from the register."))
    if not CODE.fullmatch(code):
        raise DomainError(_("A code has six letters and digits: BRIN and the number of the location, such as 01AA00."))
    sent = models.Submission.objects.filter(
        response__entry__schools__in=rows, snapshot__schools__contains=[provisional.code]
    )
    if sent.exists():
        raise DomainError(_("A library has submitted with this school, so its code stays as it is in this wave."))
    known = School.objects.select_for_update(no_key=True).filter(code=code).first()
    if known is None:
        provisional.code, provisional.is_provisional, provisional.is_open = code, False, True
        provisional.save(update_fields=("code", "is_provisional", "is_open"))
        rows.update(code=code)
        return provisional
    if FrameSchool.objects.filter(entry__schools__in=rows, school=known).exists():
        raise DomainError(_("%(school)s is on this library's list itself.") % {"school": known})
    for row in rows.filter(status=Status.PRESENT, entry__wave__state=models.Wave.State.OPEN).select_related("entry"):
        library = on_another_roster(entry=row.entry, school=known)
        if library is not None:
            raise DomainError(
                _("%(school)s is on the list of %(library)s too. Let one of the two take it off its list first.")
                % {"school": known, "library": library}
            )
    rows.update(**known.roster_row)
    School.objects.filter(pk=provisional.pk).update(is_open=False)
    return known


def _refuse_others(by: models.User) -> None:
    if not by.is_staff:
        raise NotAllowed(_("Only KB staff can do this."))
