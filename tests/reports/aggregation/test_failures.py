"""Counting that fails: tried three times, given up with its error, and tried again when staff ask."""

import pytest

from reports import selectors
from reports.models import FigureRow, Run, RunChunk
from reports.services import aggregation
from tests.reports.aggregation.counted import Broken, aggregate, fail


def test_after_three_failures_a_run_has_failed_with_its_error_until_it_is_tried_again(chunked, monkeypatch):
    chunk = chunked.chunks.first()
    with monkeypatch.context() as broken:
        broken.setattr(aggregation, "tally", fail)
        for attempt in range(3):
            assert Run.objects.get().state == (Run.State.RUNNING if attempt else Run.State.OWED)
            with pytest.raises(Broken):
                aggregation.chunk_tally(chunk_id=chunk.pk)
    run = Run.objects.get()
    assert (run.state, run.error) == (Run.State.FAILED, "Broken: kapot")
    assert aggregation.chunk_tally(chunk_id=chunk.pk) is None
    assert aggregation.aggregate_due() == aggregation.Due((), ())
    aggregation.run_retry(run_id=run.pk)
    assert aggregate() == run


def test_work_that_kills_its_worker_is_given_up_too(chunked):
    """The worker gets no chance to write why, so the attempts counted beforehand must do."""
    chunk = chunked.chunks.first()
    RunChunk.objects.filter(pk=chunk.pk).update(attempts=Run.MAX_ATTEMPTS)
    assert aggregation.chunk_tally(chunk_id=chunk.pk) is None
    chunked.refresh_from_db()
    assert chunked.state == Run.State.FAILED
    assert chunked.error


def test_a_failure_to_finish_leaves_no_figures_and_is_tried_again(chunked, monkeypatch):
    for chunk in chunked.chunks.all():
        aggregation.chunk_tally(chunk_id=chunk.pk)
    with monkeypatch.context() as broken:
        broken.setattr(selectors, "mark_aggregated", fail)
        with pytest.raises(Broken):
            aggregation.run_finish(run_id=chunked.pk)
    assert (FigureRow.objects.count(), Run.objects.get().error) == (0, "Broken: kapot")
    assert aggregation.run_finish(run_id=chunked.pk)
    assert Run.objects.get().error == ""
