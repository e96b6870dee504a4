"""Figures are handed over for publication once, and never those that other submissions overtook."""

import pytest
from django.urls import reverse

from reports import selectors
from reports.errors import RunSuperseded
from reports.models import Run
from reports.selectors import WaveKey
from reports.services import aggregation
from surveys.models import Wave
from surveys.services.waves import wave_reopen
from tests.factories import close, said
from tests.reports.aggregation.counted import WAVE, Broken, aggregate, fail, one_more_submits


def failed_hand_over() -> Run:
    """The wave is counted, and its figures cannot be handed over."""
    with pytest.raises(Broken):
        aggregation.wave_aggregate(wave=WAVE, publish=fail)
    return Run.objects.get()


def test_figures_are_handed_over_once(wave):
    handed: list[WaveKey] = []
    run = aggregation.wave_aggregate(wave=WAVE, publish=handed.append)
    assert not aggregation.run_hand_over(run_id=run.pk, publish=handed.append)
    assert handed == [WAVE]


def test_nothing_is_handed_over_while_the_wave_is_open_again(wave):
    """Reopened between counting and publishing; closed again without changes, it is handed over after all."""
    handed: list[WaveKey] = []
    run = failed_hand_over()
    wave_reopen(wave=wave, by=None)
    for _ in range(Run.MAX_ATTEMPTS + 1):
        assert not aggregation.run_hand_over(run_id=run.pk, publish=handed.append)
    assert handed == []
    close(wave)
    aggregation.wave_aggregate(wave=WAVE, publish=handed.append)
    assert handed == [WAVE]
    assert Run.objects.count() == 1


def test_figures_of_before_the_reopening_are_not_handed_over_after_it(wave):
    """Reopened between counting and publishing, and closed with other submissions: only the new run's are published."""
    handed: list[str] = []

    def publish(wave: WaveKey) -> None:
        handed.append(selectors.figures_of(wave).content_hash)

    old = failed_hand_over()
    wave_reopen(wave=wave, by=None)
    one_more_submits(wave)
    close(Wave.objects.get())
    for _ in range(Run.MAX_ATTEMPTS):
        assert not aggregation.run_hand_over(run_id=old.pk, publish=publish)
    old.refresh_from_db()
    assert (handed, old.state, old.attempts) == ([], Run.State.DONE, 1)

    due = aggregation.aggregate_due()
    assert due.run_ids == (), "the hand-over of the old run is no longer owed"
    new = aggregation.wave_aggregate(wave=WAVE, publish=publish)
    assert new != old
    assert handed == [selectors.content_hash(WAVE)]
    assert not aggregation.run_hand_over(run_id=old.pk, publish=publish)
    assert aggregation.work_claim() == aggregation.Due((), ())


def test_submissions_that_change_just_before_the_hand_over_stop_it(wave, monkeypatch):
    run = failed_hand_over()
    seen = iter([run.content_hash, "of other submissions"])
    monkeypatch.setattr(selectors, "content_hash", lambda _wave: next(seen))
    assert not aggregation.run_hand_over(run_id=run.pk, publish=fail)
    run.refresh_from_db()
    assert (run.handed_over_at, run.error) == (None, "Broken: kapot")


def test_a_failed_hand_over_keeps_the_figures_and_is_tried_three_times(wave):
    for _ in range(3):
        with pytest.raises(Broken):
            aggregation.wave_aggregate(wave=WAVE, publish=fail) if not Run.objects.exists() else (
                aggregation.run_hand_over(run_id=Run.objects.get().pk, publish=fail)
            )
    run = Run.objects.get()
    assert (run.state, run.error) == (Run.State.DONE, "Broken: kapot")
    assert aggregation.work_claim() == aggregation.Due((), ())
    aggregation.run_retry(run_id=run.pk)
    assert aggregation.work_claim().run_ids == (run.pk,)


@pytest.fixture
def superseded(wave) -> Run:
    """A run whose figures were never handed over, after which one more library submitted, and all was counted anew."""
    old = failed_hand_over()
    wave_reopen(wave=wave, by=None)
    one_more_submits(wave)
    close(Wave.objects.get())
    aggregate()
    return old


@pytest.mark.parametrize("has_failed", [False, True])
def test_a_run_after_which_other_submissions_were_counted_is_not_tried_again(superseded, has_failed):
    if has_failed:
        Run.objects.filter(pk=superseded.pk).update(state=Run.State.FAILED, finished_at=None)
    before = list(Run.objects.values())
    with pytest.raises(RunSuperseded):
        aggregation.run_retry(run_id=superseded.pk)
    assert list(Run.objects.values()) == before


def test_staff_read_what_is_tried_again_and_why_the_rest_is_not(superseded, client, staff, settings):
    settings.STAFF_SECOND_FACTOR = False
    client.force_login(staff)
    newest = Run.objects.latest("pk")
    chosen = [superseded.pk, newest.pk]
    listed = reverse("admin:reports_run_changelist")

    def tell() -> str:
        return said(client.post(listed, {"action": "retry", "_selected_action": chosen}, follow=True))

    later = "Een latere verwerking kwam ervoor in de plaats. Probeer zo nodig die opnieuw."
    assert tell() == f"{newest}: De cijfers zijn al overgedragen. {superseded}: {later}"
    Run.objects.filter(pk=newest.pk).update(state=Run.State.RUNNING, finished_at=None, handed_over_at=None)
    assert tell() == f"{newest}: Deze verwerking is nog bezig. {superseded}: {later}"
    Run.objects.filter(pk=newest.pk).update(state=Run.State.FAILED)
    assert tell() == f"{superseded}: {later} 1 verwerking wordt opnieuw geprobeerd."
    assert Run.objects.get(state__in=Run.LIVE) == newest
