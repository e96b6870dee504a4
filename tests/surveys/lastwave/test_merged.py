"""Whose last year it is: of libraries that merged and schools that moved."""

from datetime import date
from decimal import Decimal

import pytest

from surveys import models
from surveys.instrument import Given
from surveys.models import FrameEntry, Library, User
from tests.factories import (
    LibraryFactory,
    SchoolFactory,
    a_year_later,
    answer,
    close,
    entry_of,
    open_wave,
    questionnaire,
    sheet,
    submit,
)
from tests.surveys.lastwave.later import SCHOOLS


def merge(old: Library, into: Library) -> None:
    Library.objects.filter(pk=old.pk).update(successor=into, merged_on=date(2025, 7, 1))
    models.School.objects.filter(library=old).update(library=into)


def test_a_merged_library_sees_its_own_answers_and_its_predecessors_schools(
    library_a: Library, library_b: Library, anna: User, schools: list[models.School]
) -> None:
    SchoolFactory(code="09BB00", library=library_b)
    wave = open_wave(questionnaire("small"), libraries=[library_a, library_b])
    answer(entry_of(wave, library_a), hours="9.5", schools={SCHOOLS[0]: {"cooperation": "yes"}})
    answer(entry_of(wave, library_b), hours="4", schools={"09BB00": {"cooperation": "no"}})
    submit(entry_of(wave, library_a))
    submit(entry_of(wave, library_b))
    close(wave)
    merge(library_b, into=library_a)
    now = sheet(a_year_later(wave, library_a))
    assert now.last_wave is not None
    assert now.last_wave.given("hours") == Given(Decimal("9.5"))
    assert now.last_wave.given("cooperation", "09BB00") == Given("no")
    assert now.last_wave.given("cooperation", SCHOOLS[0]) == Given("yes")
    assert now.last_wave.entry_id == entry_of(wave, library_a).pk


@pytest.mark.parametrize(("n_old", "hours"), [(1, Given(Decimal("4"))), (2, None)])
def test_a_new_library_has_the_answers_of_one_predecessor_but_not_of_several(
    library_b: Library, n_old: int, hours: Given | None
) -> None:
    old = [library_b, *LibraryFactory.create_batch(n_old - 1)]
    for number, library in enumerate(old):
        SchoolFactory(code=f"0{number}BB00", library=library)
    wave = open_wave(questionnaire("small"), libraries=old)
    for number, library in enumerate(old):
        answer(entry_of(wave, library), hours="4", schools={f"0{number}BB00": {"cooperation": "no"}})
        submit(entry_of(wave, library))
    close(wave)
    middle, new = LibraryFactory(), LibraryFactory()
    for library in old:
        merge(library, into=middle)
    merge(middle, into=new)
    last = sheet(entry_of(open_wave(wave.questionnaire, school_year="2025-2026"), new)).last_wave
    assert last is not None
    assert last.given("hours") == hours
    assert [last.given("cooperation", f"0{number}BB00") for number in range(n_old)] == [Given("no")] * n_old
    assert last.entry_id is None, "who reads for the new library is no member of the old one"


def test_a_school_of_a_library_that_was_not_taken_over_has_no_last_year(entry: FrameEntry, library_b: Library) -> None:
    SchoolFactory(code="09BB00", library=library_b)
    last = sheet(entry).last_wave
    assert last is not None
    assert last.given("cooperation", "09BB00") is None
