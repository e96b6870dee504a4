"""Background work of the publication side. Tasks hold no rules, take ids, and may run twice without harm."""

from celery import shared_task

from reports.services import aggregation
from reports.services.publishing import publish_after_aggregation


@shared_task
def aggregate_due() -> None:
    """Put on the queue what closed waves owe. Twice is once: what is on the queue is left out."""
    due = aggregation.aggregate_due()
    for chunk_id in due.chunk_ids:
        tally_chunk.delay(chunk_id)
    for run_id in due.run_ids:
        finish_run.delay(run_id)


@shared_task
def tally_chunk(chunk_id: int) -> None:
    """Count a chunk. Twice is once: a chunk is locked by who counts it. The last one lets the run be finished."""
    run_id = aggregation.chunk_tally(chunk_id=chunk_id)
    if run_id is not None:
        finish_run(run_id)


@shared_task
def finish_run(run_id: int) -> None:
    """Make the figures of a run and hand them over. Twice is once: either is claimed by the run's state."""
    aggregation.run_finish(run_id=run_id)
    aggregation.run_hand_over(run_id=run_id, publish=publish_after_aggregation)
