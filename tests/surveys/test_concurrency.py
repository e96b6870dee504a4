"""Two people at the same instant, on real connections: nothing is lost, doubled or overwritten unseen."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from surveys import dataset
from surveys.dataset import WaveKey
from surveys.errors import WaveNotOpen
from surveys.instrument import Given
from surveys.models import Answer, AnswerChange, FrameEntry, Library, User
from surveys.services.responses import Edit, Saved, answers_save, lock_open, response_start, response_submit
from surveys.services.schools import roster_confirm, school_add_new, school_identify, school_leave, school_return
from surveys.services.waves import extension_give, wave_close
from tests.factories import ANY_OPEN, SchoolFactory, answer, close, entry_of, open_wave, questionnaire, sheet
from tests.together import together

N_PAIRS = 25


@pytest.fixture
def entry(transactional_db: None, library_a: Library) -> FrameEntry:
    SchoolFactory(code="01AA00", library=library_a)
    return entry_of(open_wave(questionnaire("small"), libraries=[library_a]), library_a)


def after(first: Callable[[], Any], second: Callable[[], Any]) -> Any:
    """What comes of `second`, started while the transaction of `first` is still open."""
    started, results = threading.Event(), []

    def hold() -> None:
        try:
            with transaction.atomic():
                first()
                started.set()
                threading.Event().wait(0.3)
        finally:
            started.set()  # also when it failed, which pytest reports
            connection.close()

    def follow() -> None:
        started.wait()
        try:
            results.append(second())
        except Exception as error:
            results.append(error)
        connection.close()

    threads = [threading.Thread(target=work) for work in (hold, follow)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results[0]


def test_of_two_edits_at_once_one_is_stored_and_the_other_is_shown_both(
    entry: FrameEntry, anna: User, emma: User
) -> None:
    answer(entry, by=anna, target_topics="begin")
    for turn in range(N_PAIRS):
        seen = sheet(entry)
        version = seen.stored_of("target_topics").version

        def save(who: User, text: str, seen: Any = seen, version: int = version) -> Saved:
            return answers_save(sheet=seen, edits=[Edit("target_topics", "", Given(text), version)], by=who)

        results = together(lambda: save(anna, f"anna {turn}"), lambda: save(emma, f"emma {turn}"))  # noqa: B023
        stored = [result for result in results if result.changed]
        shown = [result for result in results if result.conflicts]
        assert (len(stored), len(shown)) == (1, 1)
        winner, loser = stored[0].changed[0].given.value, shown[0].conflicts[0]
        assert loser.theirs.value == winner == Answer.objects.get().value
        assert loser.edit.given.value != winner
    assert AnswerChange.objects.count() == N_PAIRS + 1


def test_two_first_answers_at_once_become_one_row_and_one_conflict(entry: FrameEntry, anna: User, emma: User) -> None:
    seen = sheet(entry)
    results = together(
        lambda: answers_save(sheet=seen, edits=[Edit("has_targets", "", Given("yes"), 0)], by=anna),
        lambda: answers_save(sheet=seen, edits=[Edit("has_targets", "", Given("no"), 0)], by=emma),
    )
    assert sorted(len(result.conflicts) for result in results) == [0, 1]
    assert Answer.objects.count() == AnswerChange.objects.count() == 1


def test_the_same_answer_at_once_is_stored_once_and_no_conflict(entry: FrameEntry, anna: User, emma: User) -> None:
    answer(entry, by=anna, target_topics="begin")
    seen = sheet(entry)
    results = together(
        *(
            lambda who=who: answers_save(sheet=seen, edits=[Edit("has_targets", "", Given("yes"), 0)], by=who)
            for who in (anna, emma)
        )
    )
    assert [result.conflicts for result in results] == [[], []]
    assert Answer.objects.get(question__code="has_targets").version == 1


def test_a_save_that_waits_for_closing_or_submitting_is_refused(entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, has_targets="no")
    roster_confirm(entry=entry, by=anna)
    seen = sheet(entry)

    def save() -> Saved:
        return answers_save(sheet=seen, edits=[Edit("has_targets", "", Given("yes"), 1)], by=anna)

    refused = after(lambda: response_submit(entry=entry, by=anna, accept_open=ANY_OPEN), save)
    assert isinstance(refused, WaveNotOpen)
    seen.response.submissions.all().delete()  # type: ignore[union-attr]
    type(seen.response).objects.update(state="in_progress")  # type: ignore[union-attr]
    refused = after(lambda: wave_close(wave=entry.wave, by=None), save)
    assert isinstance(refused, WaveNotOpen)
    assert Answer.objects.get().value == "no"


def test_a_save_that_began_before_closing_counts(entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, has_targets="no")
    seen = sheet(entry)
    closed = after(
        lambda: answers_save(sheet=seen, edits=[Edit("has_targets", "", Given("yes"), 1)], by=anna),
        lambda: wave_close(wave=entry.wave, by=None),
    )
    assert closed.state == "closed"
    assert Answer.objects.get().value == "yes"


def test_a_school_leaves_before_a_submission_or_not_at_all(entry: FrameEntry, anna: User, emma: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "yes"}})
    roster_confirm(entry=entry, by=anna)
    school = entry.schools.get()

    def leave() -> Any:
        return school_leave(entry=entry, school=school, status="closed", by=emma)

    submission = after(leave, lambda: response_submit(entry=entry, by=anna, accept_open=ANY_OPEN))
    assert (submission.snapshot["schools"], submission.snapshot["answers"]["locations"]) == ([], "0")
    type(submission.response).objects.update(state="in_progress")
    school_return(entry=entry, school=school, by=emma)
    refused = after(lambda: response_submit(entry=entry, by=anna, accept_open=ANY_OPEN), leave)
    assert isinstance(refused, WaveNotOpen)
    assert submission.response.submissions.get(is_latest=True).snapshot["schools"] == ["01AA00"]


def test_submitting_twice_at_once_makes_one_submission(entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, has_targets="no")
    roster_confirm(entry=entry, by=anna)
    results = together(*[lambda: response_submit(entry=entry, by=anna, accept_open=ANY_OPEN)] * 2)
    assert sum(isinstance(result, WaveNotOpen) for result in results) == 1
    assert sheet(entry).response.submissions.count() == 1  # type: ignore[union-attr]


def test_who_has_an_extension_goes_on_saving_while_figures_are_handed_over(
    transactional_db: None, library_a: Library, anna: User, staff: User
):
    wave = open_wave(questionnaire("small"), libraries=[library_a])
    entry = entry_of(wave, library_a)
    answer(entry, by=anna, has_targets="yes")
    close(wave)
    extension_give(entry=entry, until=timezone.now() + timedelta(days=1), by=staff)

    def save() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '500ms'")
        answer(entry, by=anna, has_targets="no")
        connection.close()

    with transaction.atomic():
        assert dataset.is_closed(WaveKey(wave.survey.code, wave.school_year), hold=True)
        saver = threading.Thread(target=save)
        saver.start()
        saver.join()
    assert sheet(entry).given("has_targets").value == "no"


def test_a_code_is_given_while_the_library_takes_the_school_off(entry: FrameEntry, anna: User, staff: User) -> None:
    added = school_add_new(entry=entry, name="De Nieuwe", kind="bo", municipality="Ons Dorp", by=anna)
    acts = [
        lambda: school_leave(entry=entry, school=added, status="not_ours", by=anna),
        lambda: school_identify(school=added.school, code="06FF00", by=staff),
    ]
    with ThreadPoolExecutor(len(acts)) as pool:
        with transaction.atomic():  # somebody saves, and both wait
            lock_open(response_start(entry=entry, by=anna))
            results = []
            for act in acts:
                results.append(pool.submit(together, act))
                threading.Event().wait(0.3)
        left, identified = (result.result()[0] for result in results)
    assert (left.status, identified.code) == ("not_ours", "06FF00")
