"""Who fills in what: the demo's own library of 48 schools, and the answers that it gives this year and gave last year.

Each way of filling in gets a copy of that library with schools of its own, so that the ways start alike.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from django.contrib.auth.hashers import make_password
from django.core.management import call_command

from surveys.cells import file_columns, from_cells
from surveys.compiled import compiled
from surveys.instrument import Given, Instrument
from surveys.models import FrameEntry, Library, Membership, Questionnaire, User, Wave
from tools.bench.project import ROOT
from tools.bench.questionnaire import PASSWORD
from tools.demo.answers import DEMO_LIBRARY, generate
from tools.demo.answers.sheets import write_csv

DEFINITION = ROOT / "surveys" / "definitions" / "po-2021-2022.yaml"
LAST_YEAR, THIS_YEAR = "2021-2022", "2022-2023"

# Answers by (question, school code or empty); what is not asked is not in it.
Answers = Mapping[tuple[str, str], Given]
Line = dict[str, str]


@dataclass(frozen=True)
class Assignment:
    """One library's questionnaire: who fills it in, and what the answers are. `before` is empty without a last year."""

    entry_id: int
    email: str
    instrument: Instrument
    answers: Answers
    before: Answers

    @property
    def n_schools(self) -> int:
        return len({school for _question, school in self.answers if school})


def assignments(*, with_last_year: Sequence[bool], n_schools: int = 48) -> list[Assignment]:
    """An open wave with a copy of the library for each; those with a last year submitted the wave before it.

    With more than 48 schools the library's own come back under other codes.
    """
    everyone = range(len(with_last_year))
    submitted = [number for number in everyone if with_last_year[number]]
    with TemporaryDirectory() as name:
        source, folder = Path(name) / "all", Path(name) / "copies"
        generate(source)
        folder.mkdir()
        own = [line["school"] for line in _lines(source / "po-open" / "schools.csv") if line["library"] == DEMO_LIBRARY]
        copies = Copies(own, n_schools)
        for file in ("libraries-2022", "libraries-2023", "schools-2022", "schools-2023"):
            copies.write(source / f"{file}.csv", folder / f"{file}.csv", everyone)
        for wave, numbers in (("po-2021-2022", submitted), ("po-open", everyone)):
            for file in ("responses", "schools"):
                copies.write(source / wave / f"{file}.csv", folder / f"{wave}-{file}.csv", numbers)
        return _waves(folder, len(with_last_year))


@dataclass(frozen=True)
class Copies:
    """Lines of the library for other libraries: its own lines under another code, those of its schools as often as it
    takes to have so many schools in the questionnaire."""

    schools: Sequence[str]
    n_schools: int

    def write(self, source: Path, target: Path, numbers: Iterable[int]) -> None:
        lines = [line for line in _lines(source) if DEMO_LIBRARY in (line.get("library"), line.get("code"))]
        made = [copy for number in numbers for line in lines for copy in self._of(line, number)]
        write_csv(target, list(lines[0]), ([*copy.values()] for copy in made))

    def _of(self, line: Line, number: int) -> Iterator[Line]:
        renamed = {column: library_code(number) if cell == DEMO_LIBRARY else cell for column, cell in line.items()}
        column = "school" if "school" in line else "code" if "kind" in line else ""
        if not column:
            yield renamed
        elif line[column] in self.schools:
            places = range(self.schools.index(line[column]), self.n_schools, len(self.schools))
            for turn, _place in enumerate(places):
                yield {**renamed, column: school_code(line[column], number, turn)}


def library_code(number: int) -> str:
    return f"{DEMO_LIBRARY}-{number}"


def school_code(code: str, number: int, turn: int) -> str:
    return f"{10 + number}{code[2:]}{turn:02d}"


def _waves(folder: Path, n_copies: int) -> list[Assignment]:
    _command("load_questionnaire", DEFINITION)
    questionnaire = Questionnaire.objects.select_related("survey").get(survey__code="po")
    for year, register in ((LAST_YEAR, "2022"), (THIS_YEAR, "2023")):
        Wave.objects.create(
            survey=questionnaire.survey,
            school_year=year,
            questionnaire=questionnaire,
            reference_date=date(int(year[-4:]), 7, 31),
        )
        _command("import_libraries", folder / f"libraries-{register}.csv")
        _command("import_schools", folder / f"schools-{register}.csv")
        _command("open_wave", "po", year)
        if year == LAST_YEAR:
            files = folder / "po-2021-2022-responses.csv", folder / "po-2021-2022-schools.csv"
            _command("import_wave", "po", year, "--responses", files[0], "--schools", files[1])
            _command("close_wave", "po", year)
    questionnaire.refresh_from_db()
    instrument = compiled(questionnaire).instrument
    now, before = _answers(folder, "po-open", instrument), _answers(folder, "po-2021-2022", instrument)
    return [_assignment(library_code(number), instrument, now, before) for number in range(n_copies)]


def _command(*arguments: object) -> None:
    call_command(*(str(argument) for argument in arguments), stdout=io.StringIO())


def _answers(folder: Path, wave: str, instrument: Instrument) -> dict[str, dict[tuple[str, str], Given]]:
    """The answers in the files, by library."""
    found: dict[str, dict[tuple[str, str], Given]] = {}
    for file, asked in (("responses", instrument.library_questions), ("schools", instrument.school_questions)):
        for line in _lines(folder / f"{wave}-{file}.csv"):
            answers = found.setdefault(line["library"], {})
            for question in asked:
                cells = {column: line.get(column, "") for column in file_columns(instrument, question)}
                given = from_cells(instrument, question, cells)
                if given.is_answered:
                    answers[question.code, line.get("school", "")] = given
    return found


def _lines(path: Path) -> Iterator[Line]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _assignment(
    code: str, instrument: Instrument, now: Mapping[str, Answers], before: Mapping[str, Answers]
) -> Assignment:
    email = f"sanne.{code.lower()}@example.nl"
    user = User.objects.create(email=email, name="Sanne Bergman", password=make_password(PASSWORD))
    library = Library.objects.get(code=code)
    Membership.objects.create(user=user, library=library, role=Membership.Role.SUBMITTER)
    entry = FrameEntry.objects.get(library=library, wave__school_year=THIS_YEAR)
    return Assignment(entry.pk, email, instrument, now[code], before.get(code, {}))
