"""Counting a closed wave: a run, cut into chunks that any number of workers tally, and finished exactly once.

Everything may be called twice, by two workers at once, and again after a worker died. The rows say what is
owed, row locks say who is at it, and attempts are counted before the work, so that what kills its worker is
given up as well. The way of a run: `run_start`, `chunk_tally` for each chunk, `run_finish`, `run_hand_over`.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any

import orjson
import structlog
from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from reports import selectors
from reports.errors import ReportsError, RunSuperseded
from reports.figures import Figure, Tally, figures, merge, tally
from reports.models import FigureRow, Run, RunChunk
from reports.selectors import WaveKey

log = structlog.get_logger(__name__)

CHUNK_SIZE = 5000
# What was put on the queue is not put there again for this long; what a lost worker had is then for the next
# one.
QUEUED_LASTS = timedelta(minutes=2)
FOREGROUND_WAIT = 0.5

Publish = Callable[[WaveKey], object]


@dataclass(frozen=True, slots=True)
class Due:
    """Work to put on the queue: chunks to tally, and runs to finish or to hand over."""

    chunk_ids: tuple[int, ...]
    run_ids: tuple[int, ...]


@cache
def code_version() -> str:
    """SHA-256 over the source of what makes figures out of submissions."""
    reports = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for path in (*sorted((reports / "figures").glob("*.py")), *sorted((reports / "selectors").glob("*.py"))):
        digest.update(f"{path.name}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def aggregate_due() -> Due:
    """Start a run for every closed wave that needs one, and claim what is to be put on the queue now."""
    for wave in selectors.closed_waves():
        run_start(wave=wave)
    return work_claim()


def run_start(*, wave: WaveKey) -> Run:
    """The run of the wave as it is now; made, unless the newest run is of the same submissions and the same code.

    Of the same submissions nothing is counted again: the wave is only marked as aggregated. A run that failed
    stays so until somebody asks to try again (`run_retry`), the submissions change or the code does.
    """
    content = {"content_hash": selectors.content_hash(wave), "code_version": code_version()}
    newest = _runs(wave).order_by("-pk").first()
    if newest is not None and all(getattr(newest, name) == value for name, value in content.items()):
        if newest.state == Run.State.DONE:
            selectors.mark_aggregated(wave)
        return newest
    try:
        with transaction.atomic():
            run = Run.objects.create(survey=wave.survey, school_year=wave.school_year, **content)
            RunChunk.objects.bulk_create(
                RunChunk(run=run, first_id=first_id, last_id=last_id)
                for first_id, last_id in selectors.submission_chunks(wave, CHUNK_SIZE)
            )
    except IntegrityError:
        # Another worker was first: the constraint allows one live run of the same content.
        return _runs(wave).get(state__in=Run.LIVE, **content)
    log.info("run.started", run=run.pk, survey=run.survey, school_year=run.school_year)
    return run


def work_claim() -> Due:
    """What is owed and not on the queue. It counts as queued from here on, so that queues don't fill up."""
    now = timezone.now()
    is_unqueued = Q(queued_at=None) | Q(queued_at__lt=now - QUEUED_LASTS)
    has_open_chunks = Exists(RunChunk.objects.filter(run=OuterRef("pk"), done_at=None))
    chunks = RunChunk.objects.filter(is_unqueued, done_at=None, run__state__in=Run.LIVE)
    # Of other submissions: its hand-over is no longer owed, for that of the newer run is.
    newer = Run.objects.filter(survey=OuterRef("survey"), school_year=OuterRef("school_year"), pk__gt=OuterRef("pk"))
    is_superseded = Exists(newer.exclude(content_hash=OuterRef("content_hash")))
    runs = Run.objects.filter(is_unqueued, attempts__lt=Run.MAX_ATTEMPTS).filter(
        Q(~has_open_chunks, state__in=Run.LIVE) | Q(~is_superseded, state=Run.State.DONE, handed_over_at=None)
    )
    with transaction.atomic():
        chunk_ids = tuple(
            chunks.select_for_update(skip_locked=True, of=("self",)).order_by("pk").values_list("pk", flat=True)
        )
        run_ids = tuple(runs.select_for_update(skip_locked=True).order_by("pk").values_list("pk", flat=True))
        RunChunk.objects.filter(pk__in=chunk_ids).update(queued_at=now)
        Run.objects.filter(pk__in=run_ids).update(queued_at=now)
    return Due(chunk_ids, run_ids)


def chunk_tally(*, chunk_id: int) -> int | None:
    """Count one chunk, unless that is done or somebody is at it. Returns the run when this was its last chunk."""
    chunk = _chunk_attempt(chunk_id)
    if chunk is None:
        return None
    wave = _wave(chunk.run)
    with _failure_kept(chunk.run_id, chunk.attempts, chunk.pk), transaction.atomic():
        # Locked until the tally is stored: a second worker passes by, and a dead one lets go of it at once.
        if not _lock(RunChunk.objects.filter(pk=chunk_id, done_at=None)):
            return None
        submissions = selectors.counted(wave, chunk.first_id, chunk.last_id)
        counted = tally(submissions, selectors.items_of(wave))
        RunChunk.objects.filter(pk=chunk_id).update(tally=_to_json(counted), done_at=timezone.now())
    return None if RunChunk.objects.filter(run=chunk.run_id, done_at=None).exists() else chunk.run_id


def run_finish(*, run_id: int) -> bool:
    """Turn the tallies of a run into its figures. False when chunks are open, or somebody did it or is at it.

    When submissions changed since the run started, its tallies are of a mixture: it fails and stays without
    figures. The wave, closed again, gets a run of its own.
    """
    run = _run_attempt(run_id, Q(state__in=Run.LIVE))
    if run is None:
        return False
    wave = _wave(run)
    with _failure_kept(run.pk, run.attempts), transaction.atomic():
        if not _lock(Run.objects.filter(pk=run_id, state__in=Run.LIVE)):
            return False
        if selectors.content_hash(wave) != run.content_hash:
            run.state, run.error = Run.State.FAILED, _("Submissions changed while they were being counted.")
            run.save()
            log.warning("run.superseded", run=run.pk)
            return False
        tallies = run.chunks.order_by("first_id").values_list("tally", flat=True).iterator(chunk_size=1)
        frame = selectors.frame(wave)
        merged = merge(_from_json(stored) for stored in tallies if stored is not None)
        found = figures(merged, selectors.items_of(wave), frame)
        _store(run, found)
        run.state, run.error, run.attempts, run.queued_at = Run.State.DONE, "", 0, None
        run.n_submissions = sum(cell.n_submitted for cell in frame)
        run.finished_at = timezone.now()
        run.save()
        selectors.mark_aggregated(wave)
    log.info("run.finished", run=run.pk, submissions=run.n_submissions, figures=len(found))
    return True


def run_hand_over(*, run_id: int, publish: Publish) -> bool:
    """Let `publish` take over the figures of a finished run, once. False when that happened or is happening.

    While the wave is open again it stays owed: what libraries may still change is not published. When submissions
    changed since they were counted nothing is handed over either: that is for the run that counts the new ones.
    """
    owed = Q(state=Run.State.DONE, handed_over_at=None)
    waiting = Run.objects.filter(owed, pk=run_id).first()
    if waiting is None or not _may_hand_over(waiting):
        return False
    run = _run_attempt(run_id, owed)
    if run is None:
        return False
    with _failure_kept(run.pk, run.attempts), transaction.atomic():
        if not _may_hand_over(run, hold=True) or not _lock(Run.objects.filter(pk=run_id, handed_over_at=None)):
            return False
        publish(_wave(run))
        Run.objects.filter(pk=run_id).update(handed_over_at=timezone.now(), error="")
    return True


def run_retry(*, run_id: int) -> Run:
    """Try a run again that was given up, from where it stopped; of changed submissions a new run.

    Raises RunSuperseded when a newer run took its place: that one's figures are published, and may be tried again.
    """
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=run_id)
        if _is_superseded(run):
            raise RunSuperseded(_("A later aggregation took its place. Try that one again if needed."))
        if run.state == Run.State.DONE:
            run.attempts, run.error, run.queued_at = 0, "", None
            run.save()
            return run
        wave = _wave(run)
        is_current = (run.content_hash, run.code_version) == (selectors.content_hash(wave), code_version())
        if run.state == Run.State.FAILED and is_current:
            run.state, run.attempts, run.error, run.queued_at = Run.State.OWED, 0, "", None
            run.save()
            run.chunks.filter(done_at=None).update(attempts=0, queued_at=None)
            return run
    return run_start(wave=wave)


def wave_aggregate(*, wave: WaveKey, publish: Publish) -> Run:
    """Do here and now what the workers would do, together with workers that are at it too."""
    if wave not in selectors.closed_waves() and not _is_counted(wave):
        raise ReportsError(_("The wave is still open, and cannot be aggregated yet."))
    run = run_start(wave=wave)
    if run.state == Run.State.FAILED or (run.state == Run.State.DONE and run.handed_over_at is None):
        run = run_retry(run_id=run.pk)
    while run.state in Run.LIVE:
        for chunk_id in run.chunks.filter(done_at=None).values_list("pk", flat=True):
            chunk_tally(chunk_id=chunk_id)
        is_finished = run_finish(run_id=run.pk)
        run.refresh_from_db()
        if not is_finished and run.state in Run.LIVE:
            time.sleep(FOREGROUND_WAIT)
    if run.state == Run.State.FAILED:
        raise ReportsError(run.error)
    run_hand_over(run_id=run.pk, publish=publish)
    run.refresh_from_db()
    return run


# --- Claims


def _runs(wave: WaveKey) -> QuerySet[Run]:
    return Run.objects.filter(survey=wave.survey, school_year=wave.school_year)


def _wave(run: Run) -> WaveKey:
    return WaveKey(run.survey, run.school_year)


def _is_counted(wave: WaveKey) -> bool:
    """Whether the wave's submissions, as they are now, have been counted before."""
    done = _runs(wave).filter(state=Run.State.DONE, content_hash=selectors.content_hash(wave))
    return done.exists()


def _is_superseded(run: Run) -> bool:
    """Whether a newer run is the one to go on with. Figures that exist stand until other submissions are counted."""
    newer = _runs(_wave(run)).filter(pk__gt=run.pk)
    if run.state == Run.State.DONE:
        newer = newer.exclude(content_hash=run.content_hash)
    return newer.exists()


def _may_hand_over(run: Run, *, hold: bool = False) -> bool:
    """Whether the wave is closed, with the submissions that the run counted; with `hold` it stays closed."""
    wave = _wave(run)
    return selectors.is_closed(wave, hold=hold) and selectors.content_hash(wave) == run.content_hash


def _lock(rows: QuerySet[Any]) -> bool:
    """Lock the row until the transaction ends. False when it is not there, or another worker has it."""
    return rows.select_for_update(skip_locked=True).values_list("pk", flat=True).first() is not None


def _chunk_attempt(chunk_id: int) -> RunChunk | None:
    """Count an attempt at an open chunk that nobody is at. The third that came to nothing was the last."""
    with transaction.atomic():
        chunks = RunChunk.objects.select_for_update(skip_locked=True, of=("self",)).select_related("run")
        chunk = chunks.filter(pk=chunk_id, done_at=None, run__state__in=Run.LIVE).first()
        if chunk is None:
            return None
        if chunk.attempts >= Run.MAX_ATTEMPTS:
            _give_up(chunk.run_id, chunk.run.error or _("Workers stopped while counting."))
            return None
        chunk.attempts += 1
        chunk.save(update_fields=("attempts",))
        Run.objects.filter(pk=chunk.run_id, state=Run.State.OWED).update(
            state=Run.State.RUNNING, started_at=timezone.now()
        )
        return chunk


def _run_attempt(run_id: int, owed: Q) -> Run | None:
    """Count an attempt at finishing or handing over a run that nobody is at and that has no open chunks."""
    with transaction.atomic():
        run = Run.objects.select_for_update(skip_locked=True).filter(owed, pk=run_id).first()
        if run is None or run.chunks.filter(done_at=None).exists():
            return None
        if run.attempts >= Run.MAX_ATTEMPTS:
            _give_up(run_id, run.error or _("Workers stopped while making the figures."))
            return None
        run.attempts += 1
        run.save(update_fields=("attempts",))
        return run


@contextmanager
def _failure_kept(run_id: int, attempts: int, chunk_id: int | None = None) -> Iterator[None]:
    """Keep on the run why work failed; the third time the run has failed. The error goes on to the caller."""
    try:
        yield
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        Run.objects.filter(pk=run_id).update(error=text, queued_at=None)
        if chunk_id is not None:
            RunChunk.objects.filter(pk=chunk_id).update(queued_at=None)
        log.warning("run.error", run=run_id, attempt=attempts, error=type(error).__name__)
        if attempts >= Run.MAX_ATTEMPTS:
            _give_up(run_id, text)
        raise


def _give_up(run_id: int, error: str) -> None:
    """A run that could not be counted has failed; one whose figures exist keeps them, with the error."""
    Run.objects.filter(pk=run_id, state__in=Run.LIVE).update(state=Run.State.FAILED)
    Run.objects.filter(pk=run_id).update(error=error)
    log.error("run.given_up", run=run_id)


# --- Rows


def _to_json(counted: Tally) -> bytes:
    return orjson.dumps([[*group, counts] for group, counts in counted.items()])


def _from_json(stored: bytes | memoryview) -> Tally:
    return {
        (province, size_class): {column: Counter(marks) for column, marks in counts.items()}
        for province, size_class, counts in orjson.loads(stored)
    }


# The columns of FigureRow, and what goes into them.
COLUMNS = (
    ("run_id", None),
    ("question", "question"),
    ("option", "option"),
    ("group", "group"),
    ("measure", "measure"),
    ("unit", "unit"),
    ("k", "k"),
    ("n", "n"),
    ("n_missing", "n_missing"),
    ("n_eligible", "N"),
    ("scale", "scale"),
    ("n_libraries", "n_libraries"),
    ("flag", "flag"),
)


def _store(run: Run, found: list[Figure]) -> None:
    """Store the figures by COPY, ten times as fast as INSERT: a run has some ten thousand."""
    table = FigureRow._meta.db_table
    names = ", ".join(f'"{name}"' for name, _ in COLUMNS)
    values = attrgetter(*(attribute for _, attribute in COLUMNS if attribute))
    with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
        for figure in found:
            copy.write_row((run.pk, *values(figure)))
