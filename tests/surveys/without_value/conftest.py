"""Library A with two schools, at whichever questionnaire a test opens."""

import pytest

from surveys.models import Library
from tests.factories import SchoolFactory, entry_of, open_wave, questionnaire
from tests.surveys.without_value.pages import Open


@pytest.fixture
def opened(library_a: Library) -> Open:
    """Library A in an open wave with this questionnaire."""
    SchoolFactory(code="01AA00", library=library_a)
    SchoolFactory(code="01AA01", library=library_a)
    return lambda name: entry_of(open_wave(questionnaire(name), libraries=[library_a]), library_a)
