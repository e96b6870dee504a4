"""The first pages and the last: whose turn it is, what is left open, and asking for reopening by keyboard."""

import re
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from surveys.models import FrameEntry, Library, Response, ResponseEvent, SectionAssignment, User
from surveys.services.reopening import response_reopen_refuse
from tests.factories import SchoolFactory, answer, entry_of, open_wave, questionnaire, submit


@pytest.fixture
def entry(transactional_db: None, library_a: Library, anna: User) -> FrameEntry:
    for number in range(2):
        SchoolFactory(library=library_a, code=f"0{number}AA00", name=f"De Springplank {number}")
    return entry_of(open_wave(questionnaire("small"), libraries=[library_a]), library_a)


@pytest.fixture
def annas(browser_page: Page, become: Callable[[User], None], anna: User) -> Page:
    """A browser in which Anna is logged in."""
    become(anna)
    return browser_page


@pytest.fixture
def check(browser_page: Page, axe: Callable[[Page], None]) -> Callable[[], None]:
    """Judge the page as it stands: on a desk, in the dark, and on a phone."""

    def judge() -> None:
        axe(browser_page)
        browser_page.emulate_media(color_scheme="dark")
        axe(browser_page)
        browser_page.emulate_media(color_scheme="light")
        browser_page.set_viewport_size({"width": 320, "height": 700})
        axe(browser_page)
        assert browser_page.evaluate("document.documentElement.scrollWidth") <= 320, browser_page.url
        browser_page.set_viewport_size({"width": 1280, "height": 900})

    return judge


def test_from_the_start_page_to_ones_own_section(
    annas: Page, check: Callable[[], None], entry: FrameEntry, anna: User, emma: User
) -> None:
    page = annas
    answer(entry, by=emma, schools={"00AA00": {"cooperation": "no"}})
    SectionAssignment.objects.create(
        entry=entry,
        section_code="beleid",
        member=anna,
        note="Graag vóór vrijdag,\nde cijfers liggen bij financiën",
        assigned_by=emma,
        assigned_at=timezone.now(),
    )
    page.goto("/")
    check()
    page.get_by_role("link", name="Kleine vragenlijst \N{EN DASH} Bibliotheek Aalwaard, 2024-2025").click()
    expect(page.get_by_role("heading", name="Wat er wordt gevraagd")).to_be_visible()
    check()
    page.get_by_role("link", name="Verder met Beleid en middelen").click()
    expect(page.get_by_text("Graag vóór vrijdag")).to_be_visible()
    check()
    page.get_by_role("button", name="Mijn deel is klaar").click()
    expect(page.get_by_role("button", name="Toch nog niet klaar")).to_be_visible()
    check()
    page.goto(f"/vragenlijst/{entry.pk}/antwoorden/")
    check()
    page.get_by_role("link", name=re.compile("geschiedenis.*De Springplank 0")).click()
    expect(page.get_by_role("cell", name="Emma")).to_be_visible()
    check()
    page.get_by_role("link", name="Alle schoollocaties").click()
    page.get_by_label("Vraag").select_option("samenwerking")
    page.get_by_role("button", name="Tonen").click()
    expect(page.get_by_role("heading", name="Geschiedenis van een antwoord")).to_be_visible()
    check()


def test_reopening_is_asked_by_keyboard(
    annas: Page, check: Callable[[], None], entry: FrameEntry, anna: User, staff: User
) -> None:
    page = annas
    answer(entry, by=anna, has_targets="no")
    submit(entry, by=anna)
    page.goto(f"/vragenlijst/{entry.pk}/ontvangst/")
    expect(page.get_by_role("heading", name="Wat u open liet")).to_be_visible()
    check()
    page.get_by_label("Wat moet er veranderen?").fill("x" * 1001)
    page.evaluate("document.querySelector('textarea').removeAttribute('maxlength')")
    page.get_by_label("Wat moet er veranderen?").fill("x" * 1001)
    page.get_by_role("button", name="Vraag om heropening").press("Enter")
    expect(page).to_have_title(re.compile("^Fout"))
    check()
    page.get_by_label("Wat moet er veranderen?").fill("De uren kloppen niet.")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Vraag om heropening")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Anna heeft op")).to_be_visible()
    assert ResponseEvent.objects.filter(kind="reopen_asked", note="De uren kloppen niet.").count() == 1
    check()
    response_reopen_refuse(response=Response.objects.get(entry=entry), by=staff, reason="Dat kan niet meer.")
    page.reload()
    expect(page.get_by_text("Dat kan niet meer.")).to_be_visible()
    check()
