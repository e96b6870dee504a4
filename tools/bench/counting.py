"""Aggregating a large wave, against reading the same submissions and doing nothing with them."""

import gc
import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from multiprocessing import get_context
from random import Random
from typing import TYPE_CHECKING

from tools.bench import project
from tools.bench.table import Rounds, Row

if TYPE_CHECKING:
    from surveys.instrument import Given, Instrument, Question
    from surveys.models import Questionnaire

TARGET = 2.0
N_SCHOOLS = 48
DEFINITION = project.ROOT / "surveys" / "definitions" / "po-2021-2022.yaml"
SURVEY = "po"


@dataclass(frozen=True, slots=True)
class Counted:
    """What one process saw of one wave; the seconds are per chunk."""

    read: list[float]  # what counting reads, by the same query
    read_whole: list[float]  # the whole submissions
    count: list[float]
    seconds: float  # of the whole aggregation, with its start and its figures
    megabytes: float  # the most memory it took beyond what it had before
    n_figures: int


def measure(*, sizes: Sequence[int], distinct: int) -> list[Row]:
    """Waves of the PO questionnaire, each counted in a fresh process so that their memory compares.

    The largest comes last and is the one whose time counts. Its floor is reading the same submissions; the lower
    floor is reading no more of them than counting does.
    """
    years = {n: f"{2010 + place}-{2011 + place}" for place, n in enumerate(sizes)}
    _fill(years, distinct)
    counted = {n: _in_own_process(year) for n, year in years.items()}
    largest = counted[sizes[-1]]
    what = f"aggregate {sizes[-1]:,} submissions of PO, {N_SCHOOLS} schools each ({largest.n_figures:,} figures)"
    return [
        _row(what, largest, largest.read_whole),
        _row("    against reading only what is counted of them", largest, largest.read),
        Row(
            what=f"    memory it takes with {', '.join(f'{n:,}' for n in sizes)} submissions",
            floor="",
            ours=", ".join(f"{counted[n].megabytes:.0f}" for n in sizes) + " MB",
            target="flat",
        ),
    ]


def _row(what: str, counted: Counted, floor: list[float]) -> Row:
    """The ratio is of the whole, figures included; the spread that of the chunks alone."""
    ratio = counted.seconds / sum(floor)
    spread = Rounds(list(zip(floor, counted.count, strict=True))).ratios
    return Row(
        what=what,
        floor=f"{sum(floor):.2f} s",
        ours=f"{counted.seconds:.2f} s",
        ratio=f"{ratio:.2f} ({min(spread):.2f}-{max(spread):.2f})",
        target=f"<= {TARGET:g}",
        is_met=ratio <= TARGET,
    )


def _in_own_process(year: str) -> Counted:
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(count, year).result()


def count(school_year: str) -> Counted:
    """Read and count each chunk, every other chunk in the opposite order; then make the figures."""
    project.setup()
    from reports.models import FigureRow, RunChunk  # noqa: PLC0415 - Django is set up only now
    from reports.services import aggregation  # noqa: PLC0415
    from surveys import dataset  # noqa: PLC0415

    wave = dataset.WaveKey(SURVEY, school_year)
    dataset.codebook(wave)  # compiles the questionnaire
    gc.collect()
    before = project.resident_megabytes()
    project.forget_peak()

    started = time.perf_counter()
    run = aggregation.run_start(wave=wave)
    seconds = time.perf_counter() - started

    def read(chunk: RunChunk) -> None:
        for _submission in dataset.counted(wave, chunk.first_id, chunk.last_id):
            pass

    def read_whole(chunk: RunChunk) -> None:
        for _submission in dataset.submissions(wave, chunk.first_id, chunk.last_id):
            pass

    def tally(chunk: RunChunk) -> None:
        aggregation.chunk_tally(chunk_id=chunk.pk)

    steps: list[Callable[[RunChunk], None]] = [read, read_whole, tally]
    times: dict[Callable[[RunChunk], None], list[float]] = {step: [] for step in steps}
    for chunk in run.chunks.order_by("first_id"):
        for step in steps:
            started = time.perf_counter()
            step(chunk)
            times[step].append(time.perf_counter() - started)
        steps.reverse()
    started = time.perf_counter()
    if not aggregation.run_finish(run_id=run.pk):
        raise project.Unexpected("The aggregation did not finish.")
    seconds += sum(times[tally]) + time.perf_counter() - started
    return Counted(
        read=times[read],
        read_whole=times[read_whole],
        count=times[tally],
        seconds=seconds,
        megabytes=project.peak_megabytes() - before,
        n_figures=FigureRow.objects.filter(run=run).count(),
    )


# --- The submissions ------------------------------------------------------------------------------------------------


def _fill(years: dict[int, str], distinct: int) -> None:
    """Closed waves with so many libraries that all submitted; the database copies `distinct` snapshots over them."""
    from django.utils import timezone  # noqa: PLC0415 - Django is set up only now

    from surveys import models  # noqa: PLC0415
    from surveys.compiled import compiled  # noqa: PLC0415
    from surveys.services.questionnaires import questionnaire_load  # noqa: PLC0415

    questionnaire = questionnaire_load(text=DEFINITION.read_text(encoding="utf-8"), file=DEFINITION.name)[0]
    snapshots = list(_snapshots(compiled(questionnaire).instrument, distinct))
    provinces, classes = models.Province.values, (12_000, 50_000, 150_000, 400_000)
    libraries = models.Library.objects.bulk_create(
        (
            models.Library(
                code=f"tel{n:05d}",
                name=f"Bibliotheek {n}",
                province=provinces[n % len(provinces)],
                inhabitants=classes[n % 7 % len(classes)],
            )
            for n in range(max(years))
        ),
        batch_size=2000,
    )
    for n, year in years.items():
        wave = models.Wave.objects.create(
            survey=questionnaire.survey,
            school_year=year,
            questionnaire=questionnaire,
            reference_date=date(int(year[-4:]), 7, 31),
            state=models.Wave.State.CLOSED,
            opened_at=timezone.now(),
            closed_at=timezone.now(),
        )
        entries = models.FrameEntry.objects.bulk_create(
            (
                models.FrameEntry(
                    wave=wave,
                    library=library,
                    province=library.province,
                    inhabitants=library.inhabitants,
                    size_class=library.size_class,
                    n_locations=N_SCHOOLS,
                )
                for library in libraries[:n]
            ),
            batch_size=2000,
        )
        models.Response.objects.bulk_create(
            (models.Response(entry=entry, state=models.Response.State.SUBMITTED) for entry in entries),
            batch_size=2000,
        )
        _submit(wave.pk, snapshots)
    _freeze(questionnaire)


def _freeze(questionnaire: "Questionnaire") -> None:
    """As a wave does when it opens; a frozen questionnaire is compiled once per process."""
    from django.utils import timezone  # noqa: PLC0415 - Django is set up only now

    questionnaire.frozen_at = timezone.now()
    questionnaire.save(update_fields=("frozen_at",))


def _submit(wave_id: int, snapshots: list[dict[str, object]]) -> None:
    """Give every response of the wave one of the snapshots in turn, inside the database."""
    from django.db import connection  # noqa: PLC0415 - Django is set up only now

    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE IF NOT EXISTS distinct_snapshot (place int PRIMARY KEY, content jsonb)")
        cursor.execute("TRUNCATE distinct_snapshot")
        cursor.executemany(
            "INSERT INTO distinct_snapshot VALUES (%s, %s::jsonb)",
            [(place, json.dumps(snapshot)) for place, snapshot in enumerate(snapshots)],
        )
        cursor.execute(
            """
            INSERT INTO surveys_submission (response_id, number, snapshot, content_hash, submitted_at, is_latest)
            SELECT response.id, 1, content, md5(response.id::text), now(), true
            FROM surveys_response response
            JOIN surveys_frameentry entry ON entry.id = response.entry_id
            JOIN distinct_snapshot ON place = response.id %% %s
            WHERE entry.wave_id = %s
            """,
            [len(snapshots), wave_id],
        )
        cursor.execute("ANALYZE")


def _snapshots(instrument: "Instrument", n: int) -> Iterator[dict[str, object]]:
    """Submissions in which every question that applies is answered at random, one in ten left open."""
    from surveys import rules, snapshot  # noqa: PLC0415 - Django is set up only now

    for number in range(n):
        random = Random(number)  # noqa: S311 - the same answers in every run
        rows = {
            f"{number:02d}{place:02d}AB": {
                question.code: _given(instrument, question, random) for question in instrument.school_questions
            }
            for place in range(N_SCHOOLS)
        }
        answers = {question.code: _given(instrument, question, random) for question in instrument.library_questions}
        library: dict[str, str | int] = {"province": "Gelderland", "size_class": "klein", "inhabitants": 12_000}
        facts = rules.Facts(library=library | {"locations": N_SCHOOLS}, answers=answers, rows=rows)
        yield snapshot.build(instrument, facts, rules.path(instrument, facts), {})


def _given(instrument: "Instrument", question: "Question", random: Random) -> "Given":
    from surveys.instrument import BLANK, Given, Type  # noqa: PLC0415 - Django is set up only now

    if random.randrange(10) == 0:
        return BLANK
    codes = [option.code for option in question.options]
    match question.type:
        case Type.SINGLE:
            return Given(random.choice(codes))
        case Type.MULTIPLE | Type.TOP3:
            chosen = random.sample(codes, min(len(codes), random.randint(1, 3)))
            return Given(tuple(code for code in codes if code in chosen))
        case Type.MATRIX:
            return Given({row.code: random.choice(codes) for row in question.rows})
        case Type.NUMBER_PER_OPTION:
            options = instrument.numbered_options(question)
            return Given({option.code: Decimal(random.randrange(80)) / 2 for option in options})
        case Type.TEXT:
            return Given("Een antwoord in een paar zinnen, zoals bibliotheken die geven. " * random.randint(1, 3))
        case Type.INTEGER:
            return Given(random.randrange(60))
        case _:
            return Given(Decimal(random.randrange(1000)) / 10)
