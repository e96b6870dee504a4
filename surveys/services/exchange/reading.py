"""From the two files to what they say of each library: answers with the line they stand on. No database here."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext as _

from surveys.cells import CellRefused
from surveys.errors import Problem
from surveys.files import Line, Table, read_csv, twice
from surveys.hints import printable
from surveys.instrument import Given, Instrument, Level
from surveys.services.exchange import columns


@dataclass(slots=True)
class Told:
    """What one line says: answers by question, explanations by check. `columns` are the file's, by question."""

    file: str
    line: int
    columns: Mapping[str, tuple[str, ...]]
    answers: dict[str, Given] = field(default_factory=dict)
    explanations: dict[str, str] = field(default_factory=dict)

    def problem(self, column: str, reason: str) -> Problem:
        return Problem(self.file, self.line, reason, column)

    def answer_problem(self, question: str, reason: str) -> Problem:
        """A problem with an answer, at the first column of its question."""
        return self.problem(self.columns.get(question, (question,))[0], reason)


@dataclass(slots=True)
class Offered:
    """What the files say of one library. Where something could not be read, the rest is not worth judging."""

    library: Told
    schools: dict[str, Told] = field(default_factory=dict)
    is_whole: bool = True

    def at(self, school: str) -> Told:
        """The line to blame for something about this school; the library's when the school has none."""
        return self.schools.get(school, self.library)


def read_offered(
    instrument: Instrument,
    roster: Mapping[str, Collection[str]],
    responses: Path,
    schools: Path | None,
    problems: list[Problem],
) -> dict[str, Offered]:
    """What the files say, by library. `roster` holds the expected libraries, each with its schools.

    Whatever is wrong is added to `problems`. Raises FileRefused when a file cannot be read at all.
    """
    table = _read_table(instrument, Level.LIBRARY, responses, problems)
    reader = _Reader(instrument, Level.LIBRARY, table, problems)
    offered: dict[str, Offered] = {}
    for line in table.lines:
        code = line.cells[columns.LIBRARY]
        told = reader.told(line)
        if code not in roster:
            reason = _("“%(code)s” is not a library that this wave expects") % {"code": printable(code)}
            problems.append(told.problem(columns.LIBRARY, reason))
        elif code in offered:
            problems.append(told.problem(columns.LIBRARY, twice(code, offered[code].library.line)))
        else:
            offered[code] = Offered(told, is_whole=reader.read(line, told))
    if schools is not None:
        _read_schools(_read_table(instrument, Level.SCHOOL, schools, problems), instrument, roster, offered, problems)
    return offered


def _read_schools(
    table: Table,
    instrument: Instrument,
    roster: Mapping[str, Collection[str]],
    offered: dict[str, Offered],
    problems: list[Problem],
) -> None:
    reader = _Reader(instrument, Level.SCHOOL, table, problems)
    for line in table.lines:
        code, school = line.cells[columns.LIBRARY], line.cells[columns.SCHOOL]
        told = reader.told(line)
        library = offered.get(code)
        if library is None:
            reason = _("there are no answers of library “%(code)s” itself to go with") % {"code": printable(code)}
            problems.append(told.problem(columns.LIBRARY, reason))
            continue
        if school not in roster[code]:
            reason = _("“%(school)s” is not on the roster of %(library)s")
            about = {"school": printable(school), "library": code}
            problems.append(told.problem(columns.SCHOOL, reason % about))
            library.is_whole = False
        elif school in library.schools:
            problems.append(told.problem(columns.SCHOOL, twice(school, library.schools[school].line)))
        else:
            library.schools[school] = told
            library.is_whole &= reader.read(line, told)


def _read_table(instrument: Instrument, level: Level, path: Path, problems: list[Problem]) -> Table:
    known = [*columns.columns(instrument, level), *columns.explanation_columns(instrument, level)]
    return read_csv(path, required=columns.keys(level), optional=known, problems=problems)


class _Reader:
    """Reads the answers from the lines of one file."""

    def __init__(self, instrument: Instrument, level: Level, table: Table, problems: list[Problem]) -> None:
        self.instrument = instrument
        self.file = table.file
        self.problems = problems
        asked = columns.questions(instrument, level)
        self.columns = columns.present(instrument, asked, table, problems)

    def told(self, line: Line) -> Told:
        """The line, still to be read."""
        return Told(self.file, line.number, self.columns)

    def read(self, line: Line, told: Told) -> bool:
        """Fill in what the line says; False when something cannot be read."""
        n_before = len(self.problems)
        for code, there in self.columns.items():
            try:
                told.answers[code] = columns.read_answer(
                    self.instrument, self.instrument.questions[code], there, line.cells
                )
            except CellRefused as error:
                self.problems.append(told.problem(error.column, str(error)))
        try:
            told.explanations = columns.read_explanations(line.cells)
        except CellRefused as error:
            self.problems.append(told.problem(error.column, str(error)))
        return len(self.problems) == n_before
