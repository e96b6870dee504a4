"""Fills an empty database with the demo: two closed waves with their reports, an open one, and people to log in as.

Everything goes through the doors that real data goes through. Steps that were done are skipped or change nothing, and
people come last, so that a seed that was broken off can simply be done again.
"""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from surveys.cells import file_columns, from_cells
from surveys.checks import Finding
from surveys.models import FrameEntry, Library, Membership, Questionnaire, SupportMembership, User, Wave
from surveys.services.responses import Edit, answers_save
from surveys.sheets import sheet_of
from tools.demo.answers import DEMO_LIBRARY, SECOND_LIBRARY, generate
from tools.demo.answers.sheets import write_csv

ROOT = Path(__file__).resolve().parent.parent.parent
QUESTIONNAIRES = ROOT / "surveys" / "definitions"
PUBLICATIONS = ROOT / "reports" / "definitions"
PUBLISHED_FIGURES = Path(__file__).with_name("published-figures.csv")

PASSWORD = "samen-lezen-demo"  # noqa: S105  # the demo's, printed on the screen
SUBMITTER, COLLEAGUE, READER = "sanne.bergman@example.nl", "joris.veldkamp@example.nl", "fatima.aydin@example.nl"
OTHER_LIBRARY, ADVISER, STAFF = "wouter.haan@example.nl", "ilse.mulder@example.nl", "noor.kuipers@example.nl"

EXPLANATIONS = {
    "members_changed": "Wij hebben het nagekeken: het getal van het Datawarehouse klopt.",
    "staff_hours_changed": "De uren hangen af van projecten voor scholen, en die verschillen van jaar tot jaar.",
}
N_SUBMITTED, N_BUSY = 60, 30
OPEN_FOR, RESULTS_AFTER = timedelta(weeks=4), timedelta(weeks=14)
# What the demo library has answered already, and what the KB knows of every library without asking.
BEGUN_SCHOOLS, BEGUN_QUESTIONS = 6, ("partners", "kpi_or_targets_used")
KNOWN_QUESTIONS = ("members_4_12", "members_active_4_12", "members_new_4_12")

Say = Callable[[str], None]
Lines = list[dict[str, str]]


@dataclass(frozen=True)
class Account:
    role: str
    name: str
    email: str
    library: str = ""
    member_role: str = ""


ACCOUNTS = (
    Account("Bibliotheek", "Sanne Bergman", SUBMITTER, DEMO_LIBRARY, Membership.Role.SUBMITTER),
    Account("Collega, vult mee in", "Joris Veldkamp", COLLEAGUE, DEMO_LIBRARY, Membership.Role.EDITOR),
    Account("Collega, leest mee", "Fatima Aydin", READER, DEMO_LIBRARY, Membership.Role.READER),
    Account("Andere bibliotheek", "Wouter Haan", OTHER_LIBRARY, SECOND_LIBRARY, Membership.Role.SUBMITTER),
    Account("Adviseur van de POI", "Ilse Mulder", ADVISER),
    Account("Onderzoeker van de KB", "Noor Kuipers", STAFF),
)


def accounts() -> list[tuple[str, str, str]]:
    """Whom a visitor can log in as: role, address, password."""
    return [(account.role, account.email, PASSWORD) for account in ACCOUNTS]


def seed(say: Say) -> None:
    """Fill the database. About twenty seconds; the same rows each time, but for the dates of the open wave."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        say("Making up answers …")
        generate(folder)
        say("Loading the questionnaires …")
        for path in sorted(QUESTIONNAIRES.glob("*.yaml")):
            _command("load_questionnaire", path)
        _closed_wave(say, folder, "po", "2021-2022", register="2022")
        _closed_wave(say, folder, "vo", "2022-2023", register="2023")
        _reports(say)
        _open_wave(say, folder)
        say("Making accounts …")
        with transaction.atomic():
            _people()
            _begin(folder / "po-open")


def _command(*arguments: object) -> None:
    call_command(*(str(argument) for argument in arguments), stdout=io.StringIO())


def _wave(survey: str, school_year: str, **fields: object) -> Wave:
    known = Questionnaire.objects.filter(survey__code=survey, school_year__lte=school_year)
    questionnaire = known.select_related("survey").latest("school_year")
    return Wave.objects.get_or_create(
        survey=questionnaire.survey,
        school_year=school_year,
        defaults={"questionnaire": questionnaire, **fields},
    )[0]


def _closed_wave(say: Say, folder: Path, survey: str, school_year: str, register: str) -> None:
    wave = _wave(survey, school_year, reference_date=date(int(school_year[-4:]), 7, 31))
    name = f"{survey.upper()} {school_year}"
    if wave.state == Wave.State.DRAFT:
        say(f"{name}: importing libraries and schools …")
        _command("import_libraries", folder / f"libraries-{register}.csv")
        _command("import_schools", folder / f"schools-{register}.csv")
        _command("open_wave", survey, school_year)
        wave.refresh_from_db()
    if wave.state == Wave.State.OPEN:
        say(f"{name}: importing the answers of all libraries …")
        _import(folder / f"{survey}-{school_year}", survey, school_year)
        _command("close_wave", survey, school_year)


def _import(folder: Path, survey: str, school_year: str, *options: str) -> None:
    files = ("--responses", folder / "responses.csv", "--schools", folder / "schools.csv")
    _command("import_wave", survey, school_year, *files, *options)


def _reports(say: Say) -> None:
    say("Importing the published figures of earlier years …")
    _command("import_published", PUBLISHED_FIGURES)
    for path in sorted(PUBLICATIONS.glob("*/publication.yaml")):
        survey, _, school_year = path.parent.name.partition("-")
        say(f"{survey.upper()} {school_year}: counting …")
        _command("aggregate_wave", survey, school_year)
        say(f"{survey.upper()} {school_year}: publishing …")
        _command("load_publication", path.parent)
        _command("publish", survey, school_year)


# --- The open wave --------------------------------------------------------------------------------------------------


def _open_wave(say: Say, folder: Path) -> None:
    """PO of last school year, closing in about four weeks: some libraries are done, some busy, most have not begun."""
    today = timezone.localdate()
    year = today.year if today.month >= 8 else today.year - 1  # of the last 31 July
    school_year = f"{year - 1}-{year}"
    closes_at = datetime.combine(today + OPEN_FOR, time(23, 59), timezone.get_current_timezone())
    wave = _wave(
        "po",
        school_year,
        reference_date=date(year, 7, 31),
        closes_at=closes_at,
        results_on=(today + RESULTS_AFTER).replace(day=1),
    )
    say(f"PO {school_year}: opening the wave, with answers of some libraries …")
    if wave.state == Wave.State.DRAFT:
        _command("open_wave", "po", school_year)
    _command("load_publication", PUBLICATIONS / "po-2021-2022", "--school-year", school_year, "--publishes-itself")
    submitted, busy = _who(wave)
    source = folder / "po-open"
    responses, schools = _lines(source / "responses.csv"), _lines(source / "schools.csv")
    _known(folder / "known.csv", responses)
    origin = f"Datawarehouse Bibliotheken, 1 september {year}"
    _command("import_prefills", "po", school_year, folder / "known.csv", "--source", origin)
    _write(folder / "filled-in", _of(submitted, responses), _of(submitted, schools))
    _import(folder / "filled-in", "po", school_year, "--draft")
    _write(folder / "submitted", _explained(wave, _of(submitted, responses)), _of(submitted, schools))
    _import(folder / "submitted", "po", school_year)
    # An import asks nobody whether the schools are right; these libraries have said so.
    wave.frame.filter(library__code__in=submitted).update(roster_confirmed_at=timezone.now())
    _write(folder / "busy", *_halfway(_of(busy, responses), _of(busy, schools)))
    _import(folder / "busy", "po", school_year, "--draft")


def _known(path: Path, responses: Lines) -> None:
    """What the KB knows from elsewhere: members, to be confirmed."""
    told = [(line["library"], code, line[code]) for line in responses for code in KNOWN_QUESTIONS if line[code]]
    write_csv(path, ["library", "question", "value"], told)


def _who(wave: Wave) -> tuple[list[str], list[str]]:
    """Libraries that have submitted, and libraries that are busy; the same ones each time."""
    codes = sorted(wave.frame.values_list("library__code", flat=True))
    free = [code for code in codes if code not in (DEMO_LIBRARY, SECOND_LIBRARY)]
    drawn = Random("open wave").sample(free, N_SUBMITTED + N_BUSY)  # noqa: S311  # demo data
    return drawn[:N_SUBMITTED], drawn[N_SUBMITTED:]


def _explained(wave: Wave, responses: Lines) -> Lines:
    """The lines with an explanation wherever a check asks for one: nobody can submit without."""
    entries = wave.frame.select_related("wave", "library", "response").filter(response__isnull=False)
    found = {entry.library.code: sheet_of(entry, entry.response).findings for entry in entries}
    codes = dict.fromkeys(finding.code for findings in found.values() for finding in findings)
    return [
        line | {f"explanation.{code}": _explanation(code, found[line["library"]]) for code in codes}
        for line in responses
    ]


def _explanation(code: str, findings: Iterable[Finding]) -> str:
    return EXPLANATIONS.get(code, "Wij hebben het nagekeken, en het klopt.") * any(one.code == code for one in findings)


def _lines(path: Path) -> Lines:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _of(codes: Iterable[str], lines: Lines) -> Lines:
    wanted = set(codes)
    return [line for line in lines if line["library"] in wanted]


def _halfway(responses: Lines, schools: Lines) -> tuple[Lines, Lines]:
    """What people who are busy have filled in: every other library is in its roster, the others are past it."""
    first_schools: Lines = []
    first_questions: Lines = []
    for place, line in enumerate(responses):
        rng = Random(line["library"])  # noqa: S311  # demo data
        roster = _of([line["library"]], schools)
        if place % 2:
            first_schools += roster[: 1 + int(len(roster) * rng.uniform(0.1, 0.9))]
            first_questions.append(_first_columns(line, 3))
        else:
            first_schools += roster
            first_questions.append(_first_columns(line, rng.randrange(4, len(line))))
    return first_questions, first_schools


def _first_columns(line: dict[str, str], n_columns: int) -> dict[str, str]:
    """The line with only its first answers; a question with several columns is kept or emptied whole."""
    kept = {column.partition(".")[0] for column in list(line)[: n_columns + 1]}
    return {column: cell if column.partition(".")[0] in kept else "" for column, cell in line.items()}


def _write(folder: Path, responses: Lines, schools: Lines) -> None:
    folder.mkdir()
    for name, lines in (("responses.csv", responses), ("schools.csv", schools)):
        write_csv(folder / name, list(lines[0]), ([*line.values()] for line in lines))


# --- People ---------------------------------------------------------------------------------------------------------


def _people() -> None:
    adviser_of = Library.objects.get(code=DEMO_LIBRARY).support_organisation
    for account in ACCOUNTS:
        make = User.objects.create_superuser if account.email == STAFF else User.objects.create_user
        user = make(account.email, PASSWORD, name=account.name)
        if account.library:
            Membership.objects.create(
                user=user, library=Library.objects.get(code=account.library), role=account.member_role
            )
        if account.email == ADVISER and adviser_of is not None:
            SupportMembership.objects.create(user=user, organisation=adviser_of)


def _begin(folder: Path) -> None:
    """The demo library's first answers, typed by its submitter."""
    entry = FrameEntry.objects.select_related("wave", "library").get(
        library__code=DEMO_LIBRARY, wave__state=Wave.State.OPEN
    )
    sheet = sheet_of(entry, None)
    by_school = {line["school"]: line for line in _of([DEMO_LIBRARY], _lines(folder / "schools.csv"))}
    told = [("", line) for line in _of([DEMO_LIBRARY], _lines(folder / "responses.csv"))]
    told += [(school, by_school[school]) for school in list(sheet.schools)[:BEGUN_SCHOOLS]]
    edits = []
    for school, line in told:
        instrument = sheet.instrument
        codes = [question.code for question in instrument.school_questions] if school else BEGUN_QUESTIONS
        for question in (instrument.questions[code] for code in codes):
            cells = {column: line[column] for column in file_columns(instrument, question)}
            edits.append(Edit(question.code, school, from_cells(instrument, question, cells), seen=0))
    answers_save(sheet=sheet, edits=edits, by=User.objects.get(email=SUBMITTER))
