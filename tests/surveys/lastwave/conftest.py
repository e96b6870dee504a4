"""Library A with two schools, which submitted last year."""

import pytest

from surveys import models
from surveys.instrument import Given
from surveys.models import FrameEntry, Library, User, Wave
from tests.factories import SchoolFactory, a_year_later, answer, close, entry_of, open_wave, questionnaire, submit
from tests.surveys.lastwave.later import SCHOOLS


@pytest.fixture
def schools(library_a: Library) -> list[models.School]:
    return [SchoolFactory(code=code, library=library_a, name=f"School {code[-1]}") for code in SCHOOLS]


@pytest.fixture
def before(library_a: Library, anna: User, schools: list[models.School]) -> Wave:
    """Last year's wave, in which library A submitted."""
    wave = open_wave(questionnaire("small"), libraries=[library_a])
    answer(
        entry_of(wave, library_a),
        by=anna,
        schools={SCHOOLS[0]: {"cooperation": "yes"}, SCHOOLS[1]: {"cooperation": "no"}},
    )
    answer(
        entry_of(wave, library_a),
        by=anna,
        schools={SCHOOLS[0]: {"topics": ["reading", "digital"]}},
        partners=Given(("municipality", "other"), other_text="De stichting"),
        has_targets="yes",
        target_topics="Leesplezier",
        hours="9.5",
        plan_locations=1,
    )
    submit(entry_of(wave, library_a), by=anna)
    return close(wave)


@pytest.fixture
def entry(before: Wave, library_a: Library) -> FrameEntry:
    """This year's, with the same questionnaire."""
    return a_year_later(before, library_a)
