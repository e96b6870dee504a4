"""A library that was in last year's wave with a questionnaire that asks about changes since."""

import pytest

from surveys.models import FrameEntry, Library, User
from tests.factories import SchoolFactory, answer, close, entry_of, open_wave, questionnaire, submit
from tests.surveys.checks.later import later


@pytest.fixture
def before(library_a: Library, anna: User) -> FrameEntry:
    """Library A in last year's wave, in which it submitted."""
    SchoolFactory(code="01AA00", library=library_a)
    wave = open_wave(questionnaire("change"), libraries=[library_a])
    answer(entry_of(wave, library_a), by=anna, members=1234, guests=5, schools={"01AA00": {"books": "4.5"}})
    submit(entry_of(wave, library_a), by=anna)
    close(wave)
    return entry_of(wave, library_a)


@pytest.fixture
def entry(before: FrameEntry) -> FrameEntry:
    return entry_of(open_wave(later(), libraries=[before.library]), before.library)
