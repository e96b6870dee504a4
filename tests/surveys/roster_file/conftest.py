"""A roster of two schools, in an open wave that asks three kinds of question about each."""

import pytest

from surveys.models import FrameEntry, Library
from tests.factories import SchoolFactory, entry_of, open_wave, questionnaire


@pytest.fixture
def entry(library_a: Library, library_b: Library) -> FrameEntry:
    """Library A with two schools in an open wave, a question of three kinds about each."""
    SchoolFactory(code="01AA00", library=library_a, name="De Springplank", municipality="Aalst")
    SchoolFactory(code="01AA01", library=library_a, name="Het Kompas", municipality="Bree")
    SchoolFactory(code="02BB00", library=library_b)
    return entry_of(open_wave(questionnaire("roster"), libraries=[library_a, library_b]), library_a)
