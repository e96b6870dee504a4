"""How the rosters of a wave differ from the register it was opened with: roster.csv, out and in.

Only those rows are in it that a library added or took off its list. Without it the answers of added schools have no
place to go in another installation, and schools that left would be asked about there.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from surveys import models
from surveys.cells import CellRefused, read_integer
from surveys.errors import Problem
from surveys.files import Line, protect, read_csv, twice, unprotect
from surveys.hints import did_you_mean, printable
from surveys.models import FrameEntry, FrameSchool, School, SchoolReport, Wave
from surveys.services.exchange.columns import LIBRARY, SCHOOL
from surveys.services.schools import on_another_roster, report_write, row_add, said_of_both

Status = FrameSchool.Status

REQUIRED = (LIBRARY, SCHOOL, "status")
OPTIONAL = ("successor", "reason", "added", "name", "kind", "municipality", "pupils")
HEADER = (*REQUIRED, *OPTIONAL)
ADDED = "yes"
REASON_MAX = SchoolReport._meta.get_field("reason").max_length or 0

Rosters = Mapping[str, dict[str, FrameSchool]]


# --- Out ------------------------------------------------------------------------------------------------------------


def roster_lines(wave: Wave, submissions: list[int]) -> Iterator[list[str]]:
    """The rows that were added or left, by library and code; of those who submitted as it was when they did."""
    sent = dict(
        models.Submission.objects.filter(pk__in=submissions).values_list("response__entry_id", "snapshot__schools")
    )
    reports = SchoolReport.objects.filter(school__entry__wave=wave).order_by("reported_at", "pk")
    reasons = dict(reports.values_list("school_id", "reason"))  # of each school the last
    rows = FrameSchool.objects.filter(entry__wave=wave).select_related("entry__library", "successor")
    for row in sorted(rows, key=lambda row: (row.entry.library.code, row.code)):
        status = _status(row, sent.get(row.entry_id))
        if status is None or (status == Status.PRESENT and not row.is_added):
            continue
        successor = row.successor.code if row.successor and status == Status.MERGED else ""
        reason = protect(reasons.get(row.pk, "")) if status == row.status else ""
        line = [row.entry.library.code, row.code, status, successor, reason]
        pupils = "" if row.pupils is None else str(row.pupils)
        of_added = [ADDED, protect(row.name), row.kind, protect(row.municipality), pupils]
        yield line + (of_added if row.is_added else [""] * len(of_added))


def _status(row: FrameSchool, sent: list[str] | None) -> str | None:
    """What goes out of this row: what it was in the submission with these schools, or what it is without one."""
    if sent is None or (row.status == Status.PRESENT) == (row.code in sent):
        return row.status
    if row.code in sent:
        return Status.PRESENT  # it left since then
    return None if row.is_added else Status.NOT_OURS  # it came since then, or was put back


# --- In -------------------------------------------------------------------------------------------------------------


def rosters_read(*, wave: Wave, path: Path, by: models.User | None, now: datetime, problems: list[Problem]) -> None:
    """Make the rosters of an open wave what the file says, row by row; the same file again changes nothing.

    Rows that it doesn't mention stay as they are. A school that a roster lacks is added: from the register, or as a
    provisional one with the name, kind and municipality on its line. A school that is then on another roster too
    was agreed to where the file was made: the report says so. The caller holds the rosters, and undoes everything
    when there are problems.
    """
    table = read_csv(path, required=REQUIRED, optional=OPTIONAL, problems=problems)
    entries = {entry.library.code: entry for entry in wave.frame.select_related("library")}
    rosters: Rosters = {code: {} for code in entries}
    for row in FrameSchool.objects.filter(entry__wave=wave).select_related("entry__library", "school"):
        rosters[row.entry.library.code][row.code] = row
    lines: dict[tuple[str, str], Line] = {}
    for line in table.lines:
        try:
            lines[_place(line, entries, rosters, lines)] = line
        except CellRefused as error:
            problems.append(Problem(table.file, line.number, str(error), error.column))
    # Only now: a school may have merged with one that was added. First who left: a school may be another's since.
    for (library, school), line in sorted(lines.items(), key=lambda at: at[1].cells["status"] == Status.PRESENT):
        roster, status = rosters[library], Status(line.cells["status"])
        row, successor = roster[school], roster.get(line.cells.get("successor", ""))
        if (status is Status.MERGED) != (successor is not None) or successor is row:
            reason = _("a school that merged, and no other, names another school of the same roster")
            problems.append(Problem(table.file, line.number, reason, "successor"))
        elif row.is_added or (row.status, status) != (Status.PRESENT, Status.PRESENT):
            entry, said = entries[library], unprotect(line.cells.get("reason", ""))
            if status is Status.PRESENT and (other := on_another_roster(entry=entry, school=row.school)):
                said = said_of_both(other, said)
            if len(said) > REASON_MAX:
                reason = _("with the name of the other library that has the school, this cell is too long")
                problems.append(Problem(table.file, line.number, reason, "reason"))
                continue
            report_write(entry=entry, row=row, status=status, successor=successor, reason=said, by=by, at=now)


def _place(
    line: Line, entries: Mapping[str, FrameEntry], rosters: Rosters, seen: Mapping[tuple[str, str], Line]
) -> tuple[str, str]:
    """The library and school of a line, with a row on the roster. Raises CellRefused for what cannot be right."""
    library, school, status = (line.cells[column] for column in REQUIRED)
    if library not in entries:
        reason = _("“%(code)s” is not a library that this wave expects") % {"code": printable(library)}
        raise CellRefused(LIBRARY, reason)
    if (library, school) in seen:
        raise CellRefused(SCHOOL, twice(school, seen[library, school].number))
    if status not in Status.values:
        reason = _("“%(word)s” is none of %(known)s")
        raise CellRefused("status", reason % {"word": printable(status), "known": ", ".join(Status.values)})
    _short(SchoolReport, line.cells, "reason", may_be_empty=True)
    if school not in rosters[library]:
        if line.cells.get("added") != ADDED:
            reason = _("“%(school)s” is not on the roster of %(library)s")
            raise CellRefused(SCHOOL, reason % {"school": printable(school), "library": library})
        rosters[library][school] = row_add(entry=entries[library], school=_school(entries[library], line.cells))
    return library, school


def _school(entry: FrameEntry, cells: Mapping[str, str]) -> School:
    """The school with this code, a provisional one if need be."""
    code = _short(School, cells, "code", SCHOOL)
    known = School.objects.filter(code=code).first()
    if known is not None:
        if known.is_provisional and known.library_id != entry.library_id:
            reason = _("“%(code)s” is a provisional school of another library here")
            raise CellRefused(SCHOOL, reason % {"code": printable(code)})
        return known
    if cells.get("kind") not in School.Kind.values:
        unknown = _("“%(word)s” is not a kind of school") % {"word": printable(cells.get("kind", ""))}
        raise CellRefused("kind", unknown + did_you_mean(cells.get("kind", ""), School.Kind.values))
    return School.objects.create(
        code=code,
        name=_short(School, cells, "name"),
        kind=cells["kind"],
        municipality=_short(School, cells, "municipality"),
        pupils=abs(read_integer(cells["pupils"], "pupils")) if cells.get("pupils") else None,
        library=entry.library,
        is_provisional=True,
    )


def _short(
    model: type[School | SchoolReport],
    cells: Mapping[str, str],
    name: str,
    column: str = "",
    *,
    may_be_empty: bool = False,
) -> str:
    """The text of a cell, which must fit in the field of that name."""
    text = unprotect(cells.get(column or name, ""))
    if len(text) > getattr(model._meta.get_field(name), "max_length", 0) or not (text or may_be_empty):
        raise CellRefused(column or name, _("this cell is empty, or too long"))
    return text
