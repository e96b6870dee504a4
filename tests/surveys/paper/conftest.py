"""Library A with two schools at the small questionnaire, and what becomes a PDF."""

from typing import Any

import pytest
from django.template.loader import render_to_string

from surveys import paper
from surveys.models import FrameEntry, Library
from tests.factories import SchoolFactory, entry_of, open_wave, questionnaire


@pytest.fixture
def entry(library_a: Library, library_b: Library) -> FrameEntry:
    SchoolFactory(code="01AA00", library=library_a, name="De Springplank", municipality="Aalwaard")
    SchoolFactory(code="01AA01", library=library_a, name="Het Kompas")
    SchoolFactory(code="02BB00", library=library_b, name="School van een ander")
    return entry_of(open_wave(questionnaire("small"), libraries=[library_a, library_b]), library_a)


@pytest.fixture
def html(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The HTML that goes into each PDF, in order."""
    seen: list[str] = []

    def keep(template: str, context: dict[str, Any]) -> str:
        seen.append(render_to_string(template, context))
        return seen[-1]

    monkeypatch.setattr(paper, "render_to_string", keep)
    return seen
