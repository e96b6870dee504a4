"""A wave is counted once, whatever stops, repeats or comes at the same time: the row is the queue."""

from collections.abc import Callable
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from reports import selectors, tasks
from reports.errors import ReportsError
from reports.models import FigureRow, Run, RunChunk
from reports.selectors import WaveKey
from reports.services import aggregation
from surveys.models import Wave
from tests.factories import LibraryFactory, close, open_wave, questionnaire
from tests.reports.aggregation.counted import WAVE, aggregate, fill_in, find, one_more_submits
from tests.together import together


def test_the_same_wave_again_counts_nothing_again(wave):
    run = aggregate()
    assert aggregate() == run
    Wave.objects.update(state=Wave.State.CLOSED)
    assert aggregation.aggregate_due() == aggregation.Due((), ())
    wave.refresh_from_db()
    assert (wave.state, Run.objects.count()) == (Wave.State.AGGREGATED, 1)


def test_other_submissions_make_a_new_run_whose_figures_count(wave):
    aggregate()
    one_more_submits(wave)
    close(Wave.objects.get())
    run = aggregate()
    assert (Run.objects.count(), run.n_submissions) == (2, 4)
    assert selectors.figures_of(WAVE).run_id == run.pk


def test_an_open_wave_is_refused(db):
    open_wave(questionnaire("small"))
    with pytest.raises(ReportsError):
        aggregate()
    assert not Run.objects.exists()


def test_starting_twice_is_starting_once(chunked):
    assert aggregation.run_start(wave=WAVE) == chunked
    assert RunChunk.objects.count() == 3


def test_two_live_runs_of_the_same_content_are_forbidden(chunked):
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.create(
            survey="test",
            school_year="2024-2025",
            content_hash=chunked.content_hash,
            code_version=chunked.code_version,
        )


def test_what_is_on_the_queue_is_not_put_there_again_for_a_while(chunked, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    chunk_ids = tuple(chunked.chunks.values_list("pk", flat=True))
    assert aggregation.work_claim() == aggregation.Due(chunk_ids, ())
    assert aggregation.work_claim() == aggregation.Due((), ())
    time_machine.shift(aggregation.QUEUED_LASTS.total_seconds() + 1)
    assert aggregation.work_claim() == aggregation.Due(chunk_ids, ())


def test_the_last_chunk_tells_that_the_run_can_be_finished(chunked):
    *chunks, last = chunked.chunks.all()
    assert [aggregation.chunk_tally(chunk_id=chunk.pk) for chunk in chunks] == [None, None]
    assert not aggregation.run_finish(run_id=chunked.pk)
    assert aggregation.chunk_tally(chunk_id=last.pk) == chunked.pk
    assert aggregation.work_claim().run_ids == (chunked.pk,)
    assert aggregation.run_finish(run_id=chunked.pk)
    assert not aggregation.run_finish(run_id=chunked.pk)


def test_a_chunk_that_is_done_is_not_counted_again(chunked):
    chunk = chunked.chunks.first()
    aggregation.chunk_tally(chunk_id=chunk.pk)
    before = RunChunk.objects.get(pk=chunk.pk).done_at
    assert aggregation.chunk_tally(chunk_id=chunk.pk) is None
    assert RunChunk.objects.get(pk=chunk.pk).done_at == before


def test_a_run_stopped_half_way_goes_on_from_there(chunked):
    chunk = chunked.chunks.first()
    aggregation.chunk_tally(chunk_id=chunk.pk)
    done_at = RunChunk.objects.get(pk=chunk.pk).done_at
    assert aggregate() == chunked
    assert RunChunk.objects.get(pk=chunk.pk).done_at == done_at


def test_submissions_that_changed_meanwhile_make_the_run_fail_without_figures(chunked, wave):
    for chunk in chunked.chunks.all():
        aggregation.chunk_tally(chunk_id=chunk.pk)
    one_more_submits(wave)
    assert not aggregation.run_finish(run_id=chunked.pk)
    chunked.refresh_from_db()
    assert (chunked.state, FigureRow.objects.count()) == (Run.State.FAILED, 0)


@pytest.mark.django_db(transaction=True)
def test_two_workers_start_count_and_finish_once(monkeypatch):
    monkeypatch.setattr(aggregation, "CHUNK_SIZE", 1)
    libraries = LibraryFactory.create_batch(2)
    wave = open_wave(questionnaire("small"), libraries=libraries)
    for library in libraries:
        fill_in(wave, library, partners=["poi"])
    close(wave)
    runs = together(*[lambda: aggregation.run_start(wave=WAVE).pk] * 2)
    assert len(set(runs)) == Run.objects.count() == 1
    for chunk in RunChunk.objects.all():
        together(*[partial(aggregation.chunk_tally, chunk_id=chunk.pk)] * 2)
    assert sorted(together(*[lambda: aggregation.run_finish(run_id=runs[0])] * 2)) == [False, True]
    handed: list[WaveKey] = []
    together(*[lambda: aggregation.run_hand_over(run_id=runs[0], publish=handed.append)] * 2)
    assert handed == [WAVE]
    assert find(selectors.figures_of(WAVE), "partners", "poi", "national", "share") == (2, 2, 0, 2)


@pytest.mark.django_db(transaction=True)
def test_a_worker_passes_by_a_chunk_that_another_is_at(monkeypatch):
    wave = open_wave(questionnaire("small"))
    fill_in(wave, wave.frame.get().library)
    close(wave)
    chunk = aggregation.run_start(wave=WAVE).chunks.get()
    with transaction.atomic():
        RunChunk.objects.select_for_update().get(pk=chunk.pk)
        assert together(lambda: aggregation.chunk_tally(chunk_id=chunk.pk)) == [None]
    chunk.refresh_from_db()
    assert (chunk.attempts, chunk.done_at) == (0, None)
    assert aggregation.chunk_tally(chunk_id=chunk.pk) == chunk.run_id


def test_tasks_take_ids_and_the_last_chunk_finishes_and_hands_over(chunked, monkeypatch):
    handed: list[WaveKey] = []
    monkeypatch.setattr(tasks, "publish_after_aggregation", handed.append)
    queue: list[tuple[Callable[[int], None], int]] = []
    for task in (tasks.tally_chunk, tasks.finish_run):
        monkeypatch.setattr(task, "delay", lambda key, task=task: queue.append((task, key)))
    tasks.aggregate_due()
    assert [task for task, _ in queue] == [tasks.tally_chunk] * 3
    for task, key in [*queue, *queue]:  # delivered twice
        task(key)
    chunked.refresh_from_db()
    assert (chunked.state, handed) == (Run.State.DONE, [WAVE])
    queue.clear()
    tasks.aggregate_due()
    assert queue == []


def test_a_hand_over_that_is_owed_is_put_on_the_queue(chunked, monkeypatch):
    for chunk in chunked.chunks.all():
        aggregation.chunk_tally(chunk_id=chunk.pk)
    aggregation.run_finish(run_id=chunked.pk)
    queue: list[int] = []
    monkeypatch.setattr(tasks.finish_run, "delay", queue.append)
    tasks.aggregate_due()
    assert queue == [chunked.pk]
