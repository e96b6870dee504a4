"""The whole way once: a library fills in and submits, staff close the wave, the worker counts, the page changes."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from surveys.models import FrameEntry, Library, Submission, User, Wave
from surveys.services.waves import wave_reopen
from tests.browser.pages import log_in, sign_out
from tests.factories import (
    LibraryFactory,
    SchoolFactory,
    answer,
    close,
    entry_of,
    open_wave,
    questionnaire,
    submit,
)

PUBLICATION = Path(__file__).parent.parent / "publications" / "small"
CHAPTER = "/publicaties/test-2024-2025/beleid/"


def page_says(page: Page, address: str, text: str, seconds: float = 45) -> None:
    """Wait until the public page at this address says so: worker and beat need a moment."""
    deadline = time.monotonic() + seconds
    while True:
        page.goto(address)
        if text in page.inner_text("body"):
            return
        assert time.monotonic() < deadline, f"{address} does not say {text!r}:\n{page.inner_text('body')}"
        time.sleep(0.5)


@pytest.fixture
def wave(transactional_db: None, library_a: Library, anna: User) -> Wave:
    """An open wave of twelve libraries; all but library A have submitted, six of them work with the municipality."""
    others = [LibraryFactory() for _ in range(11)]
    for number, library in enumerate([library_a, *others]):
        SchoolFactory(library=library, code=f"{number:02d}AA00", name=f"De Springplank {number}")
    wave = open_wave(questionnaire("small"), libraries=[library_a, *others])
    for number, library in enumerate(others, start=1):
        entry = entry_of(wave, library)
        partners = ["municipality"] if number <= 6 else ["poi"]
        answer(entry, by=anna, schools={f"{number:02d}AA00": {"cooperation": "yes"}}, partners=partners)
        submit(entry, by=anna)
    return wave


def test_from_log_in_to_changed_page(
    wave: Wave,
    library_a: Library,
    anna: User,
    staff: User,
    browser_page: Page,
    axe: Callable[[Page], None],
    celery_beat_process: None,
    settings: object,
) -> None:
    settings.STAFF_SECOND_FACTOR = False  # type: ignore[attr-defined]  # tests/surveys/test_second_factor.py has it on
    page = browser_page
    call_command("load_publication", PUBLICATION)
    close(wave)
    page_says(page, CHAPTER, "6 van de 11")
    axe(page)
    wave_reopen(wave=wave, by=staff)

    fill_in_and_submit(page, entry_of(wave, library_a), anna, axe)
    sign_out(page)
    log_in(page, staff)
    close_in_administration(page, wave, axe)
    page_says(page, CHAPTER, "7 van de 12")
    assert "58%" in page.inner_text("table")
    axe(page)


def fill_in_and_submit(page: Page, entry: FrameEntry, user: User, axe: Callable[[Page], None]) -> None:
    log_in(page, user)
    axe(page)
    page.get_by_role("link", name=re.compile("Kleine vragenlijst")).first.click()
    axe(page)
    page.get_by_role("link", name=re.compile("Beginnen met")).click()
    page.get_by_label("Samenwerking, De Springplank 0").select_option("Ja")
    page.get_by_role("checkbox", name="Leesbevordering").check()
    axe(page)
    page.get_by_role("button", name="Opslaan en verder").click()
    page.get_by_role("checkbox", name="Gemeente").check()
    page.get_by_role("radio", name="Ja").check()
    page.get_by_label("Hoeveel uren per week").fill("9,5")
    axe(page)
    page.get_by_label("Waarover gaan die doelstellingen?").fill("Leesplezier voor ieder kind")
    page.get_by_label("Op hoeveel schoollocaties").fill("1")
    page.get_by_role("button", name="Opslaan en verder").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Controleren en indienen")
    expect(page.get_by_role("button", name="Definitief indienen")).to_have_count(0)
    page.get_by_role("button", name="De lijst klopt").click()
    expect(page.get_by_text("Alle vragen zijn beantwoord.")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Definitief indienen").click()
    expect(page.get_by_text("Leesplezier voor ieder kind")).to_be_visible()
    axe(page)
    assert Submission.objects.filter(response__entry=entry).count() == 1


def close_in_administration(page: Page, wave: Wave, axe: Callable[[Page], None]) -> None:
    page.goto(f"/beheer/surveys/wave/{wave.pk}/change/")
    axe(page)
    page.get_by_role("link", name=re.compile("Nu sluiten")).click()
    axe(page)
    page.get_by_role("button", name="Meting sluiten").click()
    expect(page.get_by_role("list").filter(has_text="gesloten").first).to_be_visible()
