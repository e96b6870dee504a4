"""Reading and changing the rows of a roster, as the tests beside this do."""

from typing import Any

from django.urls import reverse

from surveys.models import FrameEntry, FrameSchool, SchoolReport, User
from surveys.services.schools import school_leave

Status = FrameSchool.Status


def row(entry: FrameEntry, code: str) -> FrameSchool:
    return entry.schools.get(code=code)


def leave(entry: FrameEntry, code: str, by: User, status: str = Status.CLOSED, **more: Any) -> FrameSchool:
    return school_leave(entry=entry, school=row(entry, code), status=status, by=by, **more)


def n_locations(entry: FrameEntry) -> int:
    return FrameEntry.objects.get(pk=entry.pk).n_locations


def log(entry: FrameEntry) -> list[tuple[str, str, str]]:
    """Everything that was said, oldest first."""
    reports = SchoolReport.objects.filter(school__entry=entry).order_by("pk")
    return list(reports.values_list("school__code", "status", "reason"))


def url(name: str, entry: FrameEntry, *more: int) -> str:
    return reverse(f"surveys:schools-{name}", args=[entry.pk, *more])
