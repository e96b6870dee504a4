"""Reading and writing CSV files: encoding, header, lines and cells; what the columns mean is not known here.

Pure. A file is read in one go (at most 50 MB), and whatever is wrong with it is told with its line and column.
"""

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from surveys.errors import FileRefused, Problem
from surveys.hints import did_you_mean, printable
from surveys.translation import gettext as _
from surveys.translation import ngettext

MAX_BYTES = 50 * 1024 * 1024

# What a spreadsheet takes for the beginning of a formula (full-width forms included), possibly protected already.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")  # noqa: RUF001  # these very characters
_PROTECTED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class Line:
    """One record. `number` is the line of the file on which it begins; cells are stripped, by column."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    file: str
    header: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(slots=True)
class Report:
    """What an import did: codes of what was new, changed and unchanged, and of what the file no longer holds."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        parts = (
            (_("new"), self.new),
            (_("changed"), self.changed),
            (_("unchanged"), self.unchanged),
            (_("not in the file"), self.vanished),
        )
        lines = [", ".join(f"{len(codes)} {word}" for word, codes in parts)]
        lines += [f"  {word}: {_listed(codes)}" for word, codes in parts if codes and codes is not self.unchanged]
        return "\n".join([*lines, *("  " + _("mind: %(warning)s") % {"warning": each} for each in self.warnings)])


def _listed(codes: list[str], most: int = 20) -> str:
    shown = ", ".join(codes[:most])
    more = _("%(codes)s and %(count)s more") % {"codes": shown, "count": len(codes) - most}
    return more if len(codes) > most else shown


def twice(code: str, line: int) -> str:
    """That a line is about what an earlier line is about already."""
    return _("%(code)s is in the file twice, on line %(line)s too") % {"code": printable(code), "line": line}


def system_refusal(error: OSError) -> str:
    """Why the system could not read or write, in words; its own where we have none."""
    match error:
        case FileNotFoundError():
            return _("there is no such file or folder")
        case FileExistsError() | NotADirectoryError():
            return _("part of this path is a file, where a folder is needed")
        case IsADirectoryError():
            return _("this is a folder, not a file")
        case PermissionError():
            return _("you have no right to this file or folder")
    return error.strerror or type(error).__name__


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, with or without byte order mark. Raises FileRefused for any other file."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = _("the file cannot be read: %(reason)s") % {"reason": system_refusal(error)}
        raise FileRefused([Problem(str(path), 1, reason)]) from error
    if len(content) > MAX_BYTES:
        reason = _("the file is larger than %(limit)s MB: is it the right one?") % {"limit": MAX_BYTES // 1024**2}
        raise FileRefused([Problem(str(path), 1, reason)])
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FileRefused([Problem(str(path), 1, _("the file is UTF-16; save it as UTF-8"))])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        place = error.start - (before.rfind(b"\n") + 1) + 1
        reason = _("byte %(place)s of this line (%(byte)s) is not UTF-8; save the file as UTF-8")
        told = reason % {"place": place, "byte": f"0x{content[error.start]:02x}"}
        raise FileRefused([Problem(str(path), before.count(b"\n") + 1, told)]) from error


def read_csv(
    path: Path, *, required: Collection[str], optional: Collection[str] = (), problems: list[Problem]
) -> Table:
    """The records of a comma-separated file with a header.

    Lines with too few or too many cells are left out and added to `problems`; the caller adds its own and refuses
    the file. Raises FileRefused at once when the file or its header cannot be understood. Empty lines are skipped.
    """
    file = str(path)
    text = read_text(path)
    nul = [number for number, line in enumerate(text.split("\n"), start=1) if "\x00" in line]
    if nul:
        reason = _("the line holds a character that cannot be stored (NUL)")
        raise FileRefused([Problem(file, number, reason) for number in nul])
    records = _records(file, text)
    number, header = next(records, (1, []))
    header = [printable(name.strip()) for name in header]
    wrong = _header_problems(file, number, header, required, optional)
    if wrong:
        raise FileRefused(wrong)
    lines = []
    for number, record in records:
        if len(record) != len(header):
            reason = ngettext(
                "the line has %(cells)s cell, the header has %(columns)s: put a text with commas in quotation marks",
                "the line has %(cells)s cells, the header has %(columns)s: put a text with commas in quotation marks",
                len(record),
            )
            problems.append(Problem(file, number, reason % {"cells": len(record), "columns": len(header)}))
        else:
            cells = {name: cell.strip() for name, cell in zip(header, record, strict=True)}
            lines.append(Line(number, cells))
    return Table(file, tuple(header), tuple(lines))


def _records(file: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """Records that hold anything, each with the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        number = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reason = _("from this line on it is no CSV: look at the quotation marks (%(reason)s)") % {"reason": error}
            raise FileRefused([Problem(file, number, reason)]) from error
        if any(cell.strip() for cell in record):
            yield number, record


def _header_problems(
    file: str, number: int, header: list[str], required: Collection[str], optional: Collection[str]
) -> list[Problem]:
    if not header:
        return [Problem(file, 1, _("the file is empty; a header with the names of the columns is expected"))]
    if len(header) == 1 and ";" in header[0]:
        return [Problem(file, number, _("columns are separated by ; and should be separated by commas"))]
    known = [*required, *optional]
    found = [Problem(file, number, _("this column is missing"), name) for name in required if name not in header]
    for place, name in enumerate(header, start=1):
        if not name:
            found.append(Problem(file, number, _("column %(number)s has no name") % {"number": place}))
        elif name in header[: place - 1]:
            found.append(Problem(file, number, _("this column is there twice"), name))
        elif name not in known:
            found.append(Problem(file, number, _("unknown column") + did_you_mean(name, known), name))
    return found


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a file that `read_csv` reads, the same bytes for the same rows. It is wholly there or not at all."""
    unfinished = path.with_name(f"{path.name}.part")
    with unfinished.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    unfinished.replace(path)


def protect(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula: an apostrophe before =, +, -, @ and the like."""
    return f"'{text}" if _FORMULA.match(text) else text


def unprotect(cell: str) -> str:
    """The text that `protect` made this cell of. Other cells stay as they are."""
    return cell[1:] if _PROTECTED.match(cell) else cell
