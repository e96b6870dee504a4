"""A roster of three schools, in an open wave."""

import pytest

from surveys.models import FrameEntry, Library, Wave
from tests.factories import SchoolFactory, entry_of, open_wave, questionnaire


@pytest.fixture
def wave(library_a: Library, library_b: Library) -> Wave:
    """The small questionnaire; A has three schools, B one, in the same municipality."""
    for code, name in (("01AA00", "De Springplank"), ("01AA01", "Het Kompas"), ("01AA02", "De Vlieger")):
        SchoolFactory(code=code, name=name, library=library_a)
    SchoolFactory(code="02BB00", name="De Brug", library=library_b)
    return open_wave(questionnaire("small"), libraries=[library_a, library_b])


@pytest.fixture
def entry(wave: Wave, library_a: Library) -> FrameEntry:
    return entry_of(wave, library_a)
