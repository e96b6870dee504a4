"""What reports get to see of a wave: each library once, and late submissions too."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from reports.services import aggregation
from reports.services.aggregation import wave_aggregate
from surveys import dataset
from surveys.dataset import WaveKey
from surveys.models import Library, User, Wave
from surveys.services.reopening import response_reopen
from surveys.services.schools import school_leave
from surveys.services.waves import extension_give
from tests.factories import answer, close, entry_of, open_wave, questionnaire, submit


@pytest.fixture
def wave(library_a: Library, library_b: Library) -> Wave:
    return open_wave(questionnaire("small"), libraries=[library_a, library_b])


def key_of(wave: Wave) -> WaveKey:
    return WaveKey(wave.survey.code, wave.school_year)


def test_a_library_that_submitted_twice_is_one_library_in_the_frame(
    wave: Wave, library_a: Library, anna: User, staff: User
) -> None:
    entry = entry_of(wave, library_a)
    answer(entry, by=anna, hours="9.5")
    first = submit(entry, by=anna)
    once = dataset.frame(key_of(wave))
    assert [(cell.n_libraries, cell.n_submitted, cell.n_locations, cell.n_locations_submitted) for cell in once] == [
        (1, 1, 2, 2),
        (1, 0, 2, 0),
    ]
    response_reopen(response=first.response, by=staff, reason="Verkeerd aantal uren")
    submit(entry, by=anna)
    assert dataset.frame(key_of(wave)) == once


def test_locations_are_those_of_the_submission_that_counts(
    wave: Wave, library_a: Library, anna: User, staff: User, django_assert_num_queries: Callable[[int], Any]
) -> None:
    """What changes on the roster after that counts once it is submitted; of who didn't submit the roster counts."""
    entry = entry_of(wave, library_a)

    def counted() -> list[tuple[int, int]]:
        return [(cell.n_locations, cell.n_locations_submitted) for cell in dataset.frame(key_of(wave))]

    answer(entry, by=anna, hours="9.5")
    first = submit(entry, by=anna)
    response_reopen(response=first.response, by=staff, reason="Een school is dicht")
    school_leave(entry=entry, school=entry.schools.all()[0], status="closed", by=anna)
    assert counted() == [(2, 2), (2, 0)]
    assert len(first.snapshot["schools"]) == 2
    submit(entry, by=anna)
    assert counted() == [(1, 1), (2, 0)]
    with django_assert_num_queries(2):  # the wave, the cells
        counted()


def test_what_is_submitted_after_closing_is_counted_as_well(
    wave: Wave, library_a: Library, anna: User, staff: User
) -> None:
    entry = entry_of(wave, library_a)
    answer(entry, by=anna, hours="9.5")
    extension_give(entry=entry, until=timezone.now() + timedelta(days=3), by=staff)
    close(wave)
    assert wave_aggregate(wave=key_of(wave), publish=lambda _wave: None).n_submissions == 0
    assert dataset.closed_waves() == []
    submit(entry, by=anna)
    assert dataset.closed_waves() == [key_of(wave)]
    assert wave_aggregate(wave=key_of(wave), publish=lambda _wave: None).n_submissions == 1


def test_the_same_answers_submitted_again_while_a_run_is_counting_are_not_missed(
    wave: Wave, library_a: Library, anna: User, staff: User
) -> None:
    entry = entry_of(wave, library_a)
    answer(entry, by=anna, hours="9.5")
    extension_give(entry=entry, until=timezone.now() + timedelta(days=3), by=staff)
    first = submit(entry, by=anna)
    close(wave)
    aggregation.run_start(wave=key_of(wave))
    response_reopen(response=first.response, by=staff, reason="Vergissing")
    assert submit(entry, by=anna).content_hash == first.content_hash
    run = wave_aggregate(wave=key_of(wave), publish=lambda _wave: None)
    assert run.figures.get(question="hours", option="", group="national", measure="sum").n == 1
