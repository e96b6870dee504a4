"""A roster file of 500 schools, and what a file of any size costs."""

import time
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from openpyxl.workbook import Workbook

from surveys import models
from surveys.models import FrameEntry, Library, User
from surveys.services import rosters
from surveys.services.questionnaires import questionnaire_load
from tests.factories import SchoolFactory, answer, entry_of, open_wave
from tests.surveys.roster_file.workbook import FIRST, SHEET, changed, download, filled, store, upload


def test_500_schools_and_8_questions_go_down_and_up(client: Client, library_a: Library, anna: User) -> None:
    """Prints what it takes (`-s` shows it); what is asserted is that every answer arrives, in few queries."""
    schools = SchoolFactory.create_batch(500, library=library_a)
    path = Path(models.__file__).parent.parent / "definitions" / "po-2021-2022.yaml"
    wave = open_wave(questionnaire_load(text=path.read_text(), file=path.name)[0], libraries=[library_a])
    entry = entry_of(wave, library_a)
    client.force_login(anna)
    clock = Clock()
    empty = download(client, entry)
    clock.lap(f"download, {len(empty) / 1024:.0f} kB")

    def fill(book: Workbook) -> None:
        roster = book[SHEET]
        places = {str(cell.value): place for place, cell in enumerate(roster[2], start=1)}
        for row in range(FIRST, FIRST + len(schools)):
            answers: dict[str, Any] = {
                "Samenwerking": "structurele samenwerking",
                "Gebieden: Leesbevordering": "ja",
                "Gebieden: Cultuureducatie": "ja",
                "Aanpak": "de Bibliotheek op school",
                "Collectie is van": "de school",
                "Collectieadvies": "nee",
                "Mee naar huis": "boeken mogen mee naar huis",
                "Boeken per leerling": 5 + row % 20 / 10,
                "Verkennende gesprekken": "ja",
            }
            for header, value in answers.items():
                roster.cell(row, places[header], value)

    content = changed(empty, fill)
    clock.lap(f"fill in by openpyxl, {len(content) / 1024:.0f} kB")
    page = upload(client, entry, content)
    clock.lap(f"preview, {len(page.content) / 1024:.0f} kB, signed {len(page.context['signed']) / 1024:.0f} kB")
    assert len(page.context["changes"]) == 7 * len(schools)
    assert len(page.context["not_asked"]) == len(schools)
    assert store(client, entry, page).status_code == 302
    clock.lap("store")
    assert models.Answer.objects.count() == 8 * len(schools)
    full = download(client, entry)
    clock.lap(f"download, {len(full) / 1024:.0f} kB")
    assert upload(client, entry, full).context["changes"] == []
    clock.lap("preview without changes")


class Clock:
    def __init__(self) -> None:
        self.before = time.perf_counter()

    def lap(self, what: str) -> None:
        now = time.perf_counter()
        print(f"{what}: {(now - self.before) * 1000:.0f} ms")
        self.before = time.perf_counter()


def test_more_than_fits_in_a_form_is_refused(
    entry: FrameEntry, anna: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rosters, "MAX_PROPOSAL", 20)
    client.force_login(anna)
    page = upload(client, entry, filled(download(client, entry), E3="structureel"))
    assert page.status_code == 422
    assert "in delen" in page.context["refusal"]


def test_preview_costs_the_same_queries_whatever_changes(
    client: Client, entry: FrameEntry, anna: User, emma: User, django_assert_num_queries
) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "none"}})
    client.force_login(anna)
    content = filled(download(client, entry), E3="structureel", E4="structureel")
    with django_assert_num_queries(4):  # session with its user, frame entry, roster, answers
        upload(client, entry, content)
    answer(entry, by=emma, schools={"01AA00": {"cooperation": "general"}})
    with django_assert_num_queries(5):  # and the history
        upload(client, entry, content)
