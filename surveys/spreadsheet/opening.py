"""Taking apart a workbook from outside: what is in its cells, and nothing else. Every file is hostile until read.

Only the parts that hold cells are unpacked, and not by what the file says of their size. Macros, links to elsewhere,
pictures and document properties are never looked at.
"""

import io
import re
import time
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock
from enum import StrEnum
from math import isfinite
from typing import Any

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from surveys.errors import DomainError
from surveys.spreadsheet.columns import unescaped
from surveys.wording import number_text

MEGABYTE = 1024**2
MAX_BYTES = 5 * MEGABYTE
MAX_UNPACKED = 50 * MEGABYTE
MAX_RATIO = 100
MAX_ROWS = 10_000
MAX_COLUMNS = 300
# An empty element takes four bytes in the file and a hundred in memory, so bytes alone say too little.
MAX_TAGS = 500_000
SECONDS = 10

_PARTS = re.compile(r"\[Content_Types\]\.xml|xl/[^/]+\.xml|xl/_rels/[^/]+\.rels|xl/worksheets/[^/]+\.xml")
# Of other kinds of packing the size cannot be limited while unpacking.
_PACKING = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"  # of .xls, and of a workbook with a password


class WorkbookRefused(DomainError):
    """A file that is refused as a whole, with the reason and what to do."""


class Flaw(StrEnum):
    """Why the content of a cell is no content that somebody typed."""

    FORMULA = "formula"
    ERROR = "error"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that is not empty. `name` is its place ("E14"); `is_percent` when a 0.5 in it shows as 50%."""

    name: str
    value: str | int | float | bool
    flaw: Flaw | None = None
    is_percent: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row with something in it. Its cells are keyed by the number of their column, from 1."""

    number: int
    cells: dict[int, Cell]


def read_sheets(content: bytes, titles: Collection[str]) -> dict[str, list[Row]]:
    """The rows of these sheets; a sheet that is not there is left out. Raises WorkbookRefused."""
    package = _Timed(_repacked(content), SECONDS)
    try:
        book = openpyxl.load_workbook(package, read_only=True, keep_links=False)
        return {title: list(_rows(book[title])) for title in titles if title in book.sheetnames}
    except WorkbookRefused:
        raise
    except Exception as error:  # a hostile file can make the library raise anything
        raise WorkbookRefused(_("This file is damaged and cannot be read. Download the file again.")) from error


class _Timed(io.BytesIO):
    """A file that refuses to be read any further once the time is up."""

    def __init__(self, content: bytes, seconds: float) -> None:
        super().__init__(content)
        self.ends_at = time.monotonic() + seconds

    def read(self, size: int | None = -1, /) -> bytes:
        if time.monotonic() > self.ends_at:
            raise WorkbookRefused(_("Reading this file takes too long. Download the file again and fill that one in."))
        return super().read(size)


def _repacked(content: bytes) -> bytes:
    """The parts with cells as an archive of our own, which is what it says it is."""
    if len(content) > MAX_BYTES:
        raise WorkbookRefused(_("This file is larger than %(limit)s MB.") % {"limit": MAX_BYTES // MEGABYTE})
    if content.startswith(_OLD_EXCEL):
        raise WorkbookRefused(
            _("This is an old Excel file, or one with a password. Save it as .xlsx, without a password.")
        )
    try:
        parts = _unpacked(content)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError, OSError) as error:
        raise WorkbookRefused(_("This is not an Excel file (.xlsx).")) from error
    if "xl/workbook.xml" not in parts:
        raise WorkbookRefused(_("This is not an Excel file (.xlsx)."))
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return package.getvalue()


def _unpacked(content: bytes) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    left = min(MAX_UNPACKED, MAX_RATIO * len(content))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            if not _PARTS.fullmatch(entry.filename):
                continue
            if entry.compress_type not in _PACKING:
                raise zipfile.BadZipFile(entry.filename)
            with archive.open(entry) as packed:
                part = packed.read(left + 1)  # never more, whatever the archive says it is
            left -= len(part)
            if left < 0 or part.count(b"<") > MAX_TAGS:
                raise WorkbookRefused(_("This file is far larger than it seems, and is not opened."))
            parts[entry.filename] = part
    return parts


def name_of(place: int, row: int) -> str:
    """The name of the cell in this column and row, both from 1."""
    return f"{get_column_letter(place)}{row}"


def _rows(sheet: Any) -> Iterator[Row]:
    cells_by_row = sheet.iter_rows(min_row=1, max_row=MAX_ROWS + 1, min_col=1, max_col=MAX_COLUMNS)
    for number, row in enumerate(cells_by_row, start=1):
        filled = {
            place: _cell(name_of(place, number), cell)
            for place, cell in enumerate(row, start=1)
            if cell.value is not None and cell.value != ""
        }
        if filled and number > MAX_ROWS:
            raise WorkbookRefused(_("This file has more than %(limit)s rows.") % {"limit": number_text(MAX_ROWS)})
        if filled:
            yield Row(number, filled)


def _cell(name: str, cell: Any) -> Cell:
    value = cell.value
    if cell.data_type == "f":
        return Cell(name, "", Flaw.FORMULA)
    if cell.data_type == "e" or (isinstance(value, float) and not isfinite(value)):
        return Cell(name, str(value), Flaw.ERROR)
    if isinstance(value, date | datetime | clock | timedelta):
        return Cell(name, str(value), Flaw.DATE)
    if isinstance(value, bool | int | float):
        return Cell(name, value, is_percent="%" in (cell.number_format or ""))
    return Cell(name, unescaped(str(value)))
