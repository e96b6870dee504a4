"""From submissions in the database to figures: once, whatever stops, repeats or comes at the same time."""

import json
from collections.abc import Callable
from functools import partial
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from reports import selectors, tasks
from reports.errors import ReportsError, RunSuperseded
from reports.figures import Figure, FigureSet
from reports.livetext import words
from reports.models import FigureRow, Run, RunChunk
from reports.selectors import WaveKey
from reports.services import aggregation
from surveys.instrument import State
from surveys.models import Wave
from surveys.services.waves import wave_reopen
from tests.factories import LibraryFactory, answer, close, entry_of, open_wave, questionnaire, said, submit
from tests.together import together

WAVE = WaveKey("test", "2024-2025")


def nothing(wave: WaveKey) -> None:
    """A publication that has nothing to do."""


def aggregate(wave: WaveKey = WAVE) -> Run:
    return aggregation.wave_aggregate(wave=wave, publish=nothing)


def fill_in(wave: Wave, library: Any, *, cooperation: tuple[str, ...] = ("yes", "no"), **answers: Any) -> None:
    entry = entry_of(wave, library)
    codes = library.schools.order_by("code").values_list("code", flat=True)
    answer(entry, schools={code: {"cooperation": given} for code, given in zip(codes, cooperation, strict=True)})
    answer(entry, **answers)
    submit(entry)


@pytest.fixture
def wave(db: None) -> Wave:
    """Four libraries with two schools each; three submitted; closed."""
    libraries = [
        LibraryFactory(province="Gelderland"),
        LibraryFactory(province="Gelderland", small=True),
        LibraryFactory(province="Zeeland", xl=True),
        LibraryFactory(province="Zeeland", xl=True),
    ]
    wave = open_wave(questionnaire("small"), libraries=libraries)
    fill_in(wave, libraries[0], partners=["municipality", "poi"], has_targets="yes", hours="8.5", plan_locations=1)
    fill_in(wave, libraries[1], partners=["municipality"], has_targets="unknown", hours="10")
    fill_in(wave, libraries[2], cooperation=("no", "no"), has_targets="no")
    return close(wave)


def one_more_submits(wave: Wave) -> None:
    """The wave is open again, and the library that had not submitted does so."""
    Wave.objects.update(state=Wave.State.OPEN)
    fill_in(wave, wave.frame.get(response=None).library, cooperation=("no", "no"), has_targets="no")


def find(found: FigureSet, *key: str) -> tuple[int, int, int, int]:
    question, option, group, measure = key
    figure = found[question, option, group, measure]
    return figure.k, figure.n, figure.n_missing, figure.N


def test_a_closed_wave_gets_its_figures(wave):
    run = aggregate()
    found = selectors.figures_of(WAVE)
    assert (run.state, run.n_submissions, found.run_id) == (Run.State.DONE, 3, run.pk)
    assert find(found, "response", "", "national", "share") == (3, 4, 0, 4)
    assert find(found, "response", "", "province:Zeeland", "share") == (1, 2, 0, 2)
    assert find(found, "partners", "municipality", "national", "share") == (2, 2, 0, 2)
    assert find(found, "partners", "any", "size:klein", "share") == (1, 1, 0, 1)
    assert find(found, "has_targets", "unknown", "national", "share") == (1, 3, 0, 4)
    assert find(found, "hours", "", "national", "sum") == (185, 2, 1, 4)
    assert find(found, "cooperation", "yes", "national", "share") == (2, 6, 0, 8)
    assert find(found, "cooperating_locations", "", "national", "share") == (2, 3, 0, 4)
    assert find(found, "cooperating_locations", "locations", "national", "pooled_share") == (2, 6, 0, 8)
    assert find(found, "plan_locations", "cooperating_locations", "national", "pooled_share") == (1, 1, 1, 2)
    assert found["hours", "", "national", "mean"].scale == 10
    wave.refresh_from_db()
    assert wave.state == Wave.State.AGGREGATED


def test_an_unknown_number_is_missing_from_its_option_and_from_the_sum(db):
    libraries = LibraryFactory.create_batch(3)
    wave = open_wave(questionnaire("number_per_option"), libraries=libraries)
    for library, incidental in zip(libraries, ("5", State.UNKNOWN, State.NOT_APPLICABLE), strict=True):
        answer(entry_of(wave, library), municipalities={"structural": "2", "incidental": incidental})
        submit(entry_of(wave, library))
    close(wave)
    aggregate()
    found = selectors.figures_of(WAVE)
    assert find(found, "municipalities", "structural", "national", "sum") == (6, 3, 0, 3)
    assert find(found, "municipalities", "incidental", "national", "sum") == (5, 1, 2, 3)
    assert find(found, "municipalities", "", "national", "sum") == (9, 2, 1, 3)
    assert words.shown(found["municipalities", "", "national", "sum"]) == "ten minste 9"
    assert find(found, "municipalities", "structural", "national", "pooled_share") == (4, 9, 0, 9)
    assert find(found, "municipalities", "incidental", "national", "pooled_share") == (5, 9, 0, 9)


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


def test_a_wave_without_submissions_is_aggregated_too(db):
    close(open_wave(questionnaire("small")))
    run = aggregate()
    assert (run.state, run.n_submissions) == (Run.State.DONE, 0)
    assert find(selectors.figures_of(WAVE), "response", "", "national", "share") == (0, 1, 0, 1)


def test_an_open_wave_is_refused(db):
    open_wave(questionnaire("small"))
    with pytest.raises(ReportsError):
        aggregate()
    assert not Run.objects.exists()


def test_chunks_give_the_figures_of_the_whole(wave, monkeypatch):
    aggregate()
    whole = dict(selectors.figures_of(WAVE))
    Run.objects.all().delete()
    Wave.objects.update(state=Wave.State.CLOSED)
    monkeypatch.setattr(aggregation, "CHUNK_SIZE", 1)
    run = aggregate()
    assert run.chunks.count() == 3
    assert dict(selectors.figures_of(WAVE)) == whole


# --- Row as queue


@pytest.fixture
def chunked(wave: Wave, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run that was started, of three chunks."""
    monkeypatch.setattr(aggregation, "CHUNK_SIZE", 1)
    return aggregation.run_start(wave=WAVE)


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


# --- Failures


class Broken(Exception):
    pass


def fail(*args: Any, **options: Any) -> Any:
    raise Broken("kapot")


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


def test_figures_are_handed_over_once(wave):
    handed: list[WaveKey] = []
    run = aggregation.wave_aggregate(wave=WAVE, publish=handed.append)
    assert not aggregation.run_hand_over(run_id=run.pk, publish=handed.append)
    assert handed == [WAVE]


def test_nothing_is_handed_over_while_the_wave_is_open_again(wave):
    """Reopened between counting and publishing; closed again without changes, it is handed over after all."""
    handed: list[WaveKey] = []
    with pytest.raises(Broken):
        aggregation.wave_aggregate(wave=WAVE, publish=fail)
    run = Run.objects.get()
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

    with pytest.raises(Broken):
        aggregation.wave_aggregate(wave=WAVE, publish=fail)
    old = Run.objects.get()
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
    with pytest.raises(Broken):
        aggregation.wave_aggregate(wave=WAVE, publish=fail)
    run = Run.objects.get()
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
    with pytest.raises(Broken):
        aggregation.wave_aggregate(wave=WAVE, publish=fail)
    old = Run.objects.get()
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


# --- Two workers at the same time


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


# --- Tasks


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


# --- What the database forbids


def test_a_share_outside_its_base_cannot_be_stored(wave):
    run = aggregate()
    row = FigureRow.objects.filter(measure="share")[0]
    for wrong in ({"k": 5, "n": 4, "n_eligible": 9}, {"k": -1}, {"n_eligible": -1}, {"measure": "guess"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            FigureRow.objects.filter(pk=row.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.filter(pk=run.pk).update(state=Run.State.RUNNING)


# --- Commands


def run_command(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_figures_as_json_are_a_list_of_objects(wave):
    aggregate()
    listed = json.loads(run_command("figures", "test", "2024-2025", "--json"))
    names = ("question", "option", "group", "measure")
    by_key = {tuple(item[name] for name in names): item for item in listed}
    share = by_key["partners", "poi", "national", "share"]
    expected = {"value": 50, "k": 1, "n": 2, "n_missing": 0, "N": 2, "flag": "", "unit": "libraries"}
    assert expected.items() <= share.items()
    assert by_key["hours", "", "national", "mean"]["value"] == 9.25
    assert "partners.poi" in run_command("figures", "test", "2024-2025")


def test_commands_refuse_a_wave_that_is_not_there(db):
    for command in ("figures", "aggregate_wave"):
        with pytest.raises(CommandError, match="2024-2025"):
            call_command(command, "test", "2024-2025")


# --- Selectors


def test_every_figure_that_a_wave_can_have_is_known_beforehand(wave):
    aggregate()
    national = {key for key in selectors.figures_of(WAVE) if key[2] == "national"}
    assert set(selectors.known_figures("test")) == national


def test_texts_say_what_was_asked_and_of_whom(wave):
    texts = selectors.question_texts(WAVE)
    assert [section.code for section in texts.sections] == ["samenwerking", "beleid"]
    partners = texts.by_code["partners"]
    assert (partners.text, partners.number) == ("Met welke partners werkt uw bibliotheek samen?", "2.1")
    assert "locaties waarmee wordt samengewerkt" in partners.selection
    assert partners.selection == texts.by_code["plan_locations"].selection
    assert [option.label for option in partners.options][:2] == ["de gemeente", "de POI"]
    assert (texts.by_code["topics"].is_per_school, texts.by_code["hours"].disclosure) == (True, "total_only")
    assert texts.by_code["cooperating_locations"].bases == ("locations",)


def test_comparability_is_read_from_the_register_and_never_guessed(wave):
    assert selectors.comparability(WAVE, "partners", "2024-2025").comparability == "same"
    assert selectors.comparability(WAVE, "partners", "2019-2020").comparability == "none"
    assert selectors.comparability(WAVE, "no_such_question", "2024-2025").comparability == "none"


def test_reading_the_figures_costs_two_queries(wave, django_assert_num_queries):
    aggregate()
    with django_assert_num_queries(2):
        found = selectors.figures_of(WAVE)
    assert all(isinstance(figure, Figure) for figure in found.values())
