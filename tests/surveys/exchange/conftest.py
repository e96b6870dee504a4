"""A wave to import into."""

from pathlib import Path
from typing import Any

import pytest

from surveys.files import Report
from surveys.models import Library, Wave
from surveys.services.exchange import wave_import
from tests.factories import SchoolFactory, open_wave, questionnaire
from tests.refused import refused
from tests.surveys.exchange.files import RESPONSES, SCHOOLS, Import, Refuse, everything


@pytest.fixture
def wave(library_a: Library, library_b: Library) -> Wave:
    """The small questionnaire, open for A with two schools and B with one."""
    for code, library in (("01AA00", library_a), ("01AA01", library_a), ("02BB00", library_b)):
        SchoolFactory(code=code, library=library)
    return open_wave(questionnaire("small"), libraries=[library_a, library_b])


@pytest.fixture
def load(wave: Wave, tmp_path: Path) -> Import:
    """Import these texts as responses.csv and schools.csv."""

    def load_files(responses: str = RESPONSES, schools: str | None = SCHOOLS, **options: Any) -> Report:
        (tmp_path / "responses.csv").write_text(responses, encoding="utf-8")
        if schools is not None:
            (tmp_path / "schools.csv").write_text(schools, encoding="utf-8")
        return wave_import(
            wave=options.pop("wave", wave),
            responses=tmp_path / "responses.csv",
            schools=None if schools is None else tmp_path / "schools.csv",
            **options,
        )

    return load_files


@pytest.fixture
def refuse(load: Import, tmp_path: Path) -> Refuse:
    """Import these texts, which is refused without anything being stored; the problems."""

    def load_files(*texts: str, **options: Any) -> list[str]:
        before = everything()
        problems = refused(lambda: load(*texts, **options), own_words="plan_at_most_cooperating: ")
        assert everything() == before
        return [str(problem).removeprefix(f"{tmp_path}/") for problem in problems]

    return load_files
