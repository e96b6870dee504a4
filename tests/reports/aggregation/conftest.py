"""A small wave that is closed, and a run over it that was only started."""

import pytest

from reports.models import Run
from reports.services import aggregation
from surveys.models import Wave
from tests.factories import LibraryFactory, close, open_wave, questionnaire
from tests.reports.aggregation.counted import WAVE, fill_in


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


@pytest.fixture
def chunked(wave: Wave, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run that was started, of three chunks."""
    monkeypatch.setattr(aggregation, "CHUNK_SIZE", 1)
    return aggregation.run_start(wave=WAVE)
