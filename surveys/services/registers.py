"""The register of libraries and that of school locations, from files. A file is stored as a whole or not at all."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from surveys import models
from surveys.cells import CellRefused, read_integer
from surveys.errors import FileRefused, Problem
from surveys.files import Line, Report, Table, read_csv, twice
from surveys.hints import did_you_mean, printable

LIBRARY_COLUMNS = (
    "code",
    "name",
    "province",
    "inhabitants",
    "support_organisation",
    "successor",
    "merged_on",
)
SCHOOL_COLUMNS = ("code", "name", "kind", "municipality", "pupils", "library")
MAX_LIBRARY_CODE, MAX_SCHOOL_CODE, MAX_NAME, MAX_SCHOOL_NAME, MAX_TOWN = 20, 12, 150, 200, 100
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
MAX_NUMBER = 2**31 - 1
BATCH = 2000


@transaction.atomic
def libraries_import(*, path: Path) -> Report:
    """Make the register of libraries what the file says; the same file again changes nothing.

    Libraries that the file lacks are reported and stay as they are: one that ends gets a successor and a date.
    Raises FileRefused with every problem.
    """
    _lock(models.Library)
    problems: list[Problem] = []
    table = read_csv(path, required=LIBRARY_COLUMNS, problems=problems)
    known = {
        library.code: library for library in models.Library.objects.select_related("support_organisation", "successor")
    }
    before = {code: _of_library(library) for code, library in known.items()}
    lines = _by_code(table, MAX_LIBRARY_CODE, problems)
    codes = known.keys() | lines.keys()
    wanted = {code: _library(_Record(table.file, line, problems), codes) for code, line in lines.items()}
    _find_circles(table.file, lines, {**before, **wanted}, problems)
    if problems:
        raise FileRefused(problems)
    report = _compare(before, wanted)
    organisations = _organisations(wanted.values(), report)
    stored = {**known, **{code: models.Library(code=code) for code in report.new}}
    touched = [*report.new, *report.changed]
    for code in touched:
        library, row = stored[code], wanted[code]
        library.name, library.province, library.inhabitants = row.name, row.province, row.inhabitants
        library.support_organisation = organisations.get(row.support_organisation)
    models.Library.objects.bulk_create([stored[code] for code in report.new])
    for code in touched:  # only now: a successor may be new itself
        stored[code].successor = stored.get(wanted[code].successor)
        stored[code].merged_on = wanted[code].merged_on
    fields = ("name", "province", "inhabitants", "support_organisation", "successor", "merged_on")
    models.Library.objects.bulk_update([stored[code] for code in touched], fields, batch_size=BATCH)
    return report


@transaction.atomic
def schools_import(*, path: Path) -> Report:
    """Make the register of schools what the file says; the same file again changes nothing.

    Schools that the file lacks are kept, as no longer in the register; provisional ones, which no register has, stay
    as they are. Raises FileRefused with every problem.
    """
    _lock(models.School)
    problems: list[Problem] = []
    table = read_csv(path, required=SCHOOL_COLUMNS, problems=problems)
    libraries = {library.code: library for library in models.Library.objects.all()}
    lines = _by_code(table, MAX_SCHOOL_CODE, problems)
    wanted = {code: _school(_Record(table.file, line, problems), libraries) for code, line in lines.items()}
    if problems:
        raise FileRefused(problems)
    known = {school.code: school for school in models.School.objects.select_related("library")}
    report = _compare({code: _of_school(school) for code, school in known.items()}, wanted)
    report.vanished = [code for code in report.vanished if known[code].is_open and not known[code].is_provisional]
    models.School.objects.bulk_create(
        (
            models.School(
                code=code,
                name=wanted[code].name,
                kind=wanted[code].kind,
                municipality=wanted[code].municipality,
                pupils=wanted[code].pupils,
                library=libraries[wanted[code].library],
                is_open=True,
            )
            for code in (*report.new, *report.changed)
        ),
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=("code",),
        update_fields=("name", "kind", "municipality", "pupils", "library", "is_open"),
    )
    models.School.objects.filter(code__in=report.vanished).update(is_open=False)
    merged = sum(libraries[row.library].successor_id is not None for row in wanted.values())
    if merged:
        text = ngettext(
            "%(count)s school belongs to a library that has merged into another one",
            "%(count)s schools belong to a library that has merged into another one",
            merged,
        )
        report.warnings.append(text % {"count": merged})
    return report


@dataclass(frozen=True, slots=True)
class _Library:
    """A line of the register of libraries; the organisation by name, the successor by code."""

    name: str
    province: str
    inhabitants: int
    support_organisation: str
    successor: str
    merged_on: date | None


@dataclass(frozen=True, slots=True)
class _School:
    name: str
    kind: str
    municipality: str
    pupils: int | None
    library: str
    is_open: bool = True


def _of_library(library: models.Library) -> _Library:
    return _Library(
        name=library.name,
        province=library.province,
        inhabitants=library.inhabitants,
        support_organisation=library.support_organisation.name if library.support_organisation else "",
        successor=library.successor.code if library.successor else "",
        merged_on=library.merged_on,
    )


def _of_school(school: models.School) -> _School:
    return _School(
        name=school.name,
        kind=school.kind,
        municipality=school.municipality,
        pupils=school.pupils,
        library=school.library.code,
        is_open=school.is_open,
    )


def _compare(before: Mapping[str, object], after: Mapping[str, object]) -> Report:
    return Report(
        new=[code for code in after if code not in before],
        changed=[code for code in after if code in before and before[code] != after[code]],
        unchanged=[code for code in after if code in before and before[code] == after[code]],
        vanished=sorted(before.keys() - after.keys()),
    )


def _by_code(table: Table, longest: int, problems: list[Problem]) -> dict[str, Line]:
    """The lines by the code in them. A line without a proper code, or with that of an earlier line, is a problem."""
    lines: dict[str, Line] = {}
    for line in table.lines:
        code = line.cells["code"]
        if len(code) > longest or not CODE.fullmatch(code):
            reason = _("“%(code)s” is not a code: 1 to %(longest)s letters, digits, points, dashes")
            told = reason % {"code": printable(code), "longest": longest}
            problems.append(Problem(table.file, line.number, told, "code"))
        elif code in lines:
            reason = twice(code, lines[code].number)
            problems.append(Problem(table.file, line.number, reason, "code"))
        else:
            lines[code] = line
    return lines


class _Record:
    """The cells of one line, read one by one. A cell that is wrong becomes a problem and reads as empty."""

    def __init__(self, file: str, line: Line, problems: list[Problem]) -> None:
        self.file = file
        self.line = line
        self.problems = problems

    def refuse(self, column: str, reason: str) -> None:
        self.problems.append(Problem(self.file, self.line.number, reason, column))

    def text(self, column: str, most: int, *, may_be_empty: bool = False) -> str:
        text = self.line.cells[column]
        if not text and not may_be_empty:
            self.refuse(column, _("this cell is empty"))
        if len(text) > most:
            self.refuse(column, _("the text is longer than %(most)s characters") % {"most": most})
        return text

    def number(self, column: str) -> int:
        try:
            number = read_integer(self.line.cells[column], column)
        except CellRefused as error:
            self.refuse(column, str(error))
            return 0
        if not 0 <= number <= MAX_NUMBER:
            reason = _("%(number)s is not between 0 and %(most)s")
            self.refuse(column, reason % {"number": number, "most": MAX_NUMBER})
        return number

    def one_of(self, column: str, known: Collection[str], reason: str) -> str:
        """The word in this column; for one that is not known the reason, which names it as `%(word)s`."""
        word = self.line.cells[column]
        if word not in known:
            self.refuse(column, reason % {"word": printable(word)} + did_you_mean(word, known))
        return word

    def day(self, column: str) -> date | None:
        text = self.line.cells[column]
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            self.refuse(column, _("“%(text)s” is not a date, written as 2026-07-31") % {"text": printable(text)})
            return None


def _library(record: _Record, codes: Collection[str]) -> _Library:
    cells = record.line.cells
    if cells["successor"]:
        unknown = _("“%(word)s” is not the code of a library in this file or in the register")
        record.one_of("successor", codes, unknown)
    if bool(cells["successor"]) != bool(cells["merged_on"]):
        empty = "merged_on" if cells["successor"] else "successor"
        record.refuse(empty, _("a merger has both a successor and a date"))
    return _Library(
        name=record.text("name", MAX_NAME),
        province=record.one_of("province", models.Province.values, _("“%(word)s” is not a province")),
        inhabitants=record.number("inhabitants"),
        support_organisation=record.text("support_organisation", MAX_NAME, may_be_empty=True),
        successor=cells["successor"],
        merged_on=record.day("merged_on"),
    )


def _school(record: _Record, libraries: Collection[str]) -> _School:
    return _School(
        name=record.text("name", MAX_SCHOOL_NAME),
        kind=record.one_of("kind", models.School.Kind.values, _("“%(word)s” is not a kind of school")),
        municipality=record.text("municipality", MAX_TOWN),
        pupils=record.number("pupils") if record.line.cells["pupils"] else None,
        library=record.one_of("library", libraries, _("“%(word)s” is not the code of a library in the register")),
    )


def _find_circles(
    file: str, lines: Mapping[str, Line], libraries: Mapping[str, _Library], problems: list[Problem]
) -> None:
    """A library that is its own successor, at once or by way of others, is a problem."""
    for code, line in lines.items():
        seen = [code]
        while (after := libraries[seen[-1]].successor) in libraries and after not in seen:
            seen.append(after)
        if after == code:
            reason = _("%(way)s: a library cannot succeed itself") % {"way": " → ".join([*seen, code])}
            problems.append(Problem(file, line.number, reason, "successor"))


def _organisations(libraries: Iterable[_Library], report: Report) -> dict[str, models.SupportOrganisation]:
    """The support organisations by name. New ones are made and reported: it may be a name with a typing error."""
    names = {library.support_organisation for library in libraries} - {""}
    known = {organisation.name for organisation in models.SupportOrganisation.objects.all()}
    models.SupportOrganisation.objects.bulk_create(
        models.SupportOrganisation(name=name) for name in sorted(names - known)
    )
    report.warnings += [_("new support organisation: %(name)s") % {"name": name} for name in sorted(names - known)]
    return {organisation.name: organisation for organisation in models.SupportOrganisation.objects.all()}


def _lock(model: type[models.Library | models.School]) -> None:
    """Hold off other imports of this register, until the end of the transaction; reading goes on."""
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {model._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
