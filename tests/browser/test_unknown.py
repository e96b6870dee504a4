"""Typing that a number is unknown, and taking a choice back, with the keyboard; both saved like any other answer."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from surveys.models import Answer, FrameEntry, Library, User
from tests.browser.test_autosave import section
from tests.browser.test_journey import log_in
from tests.factories import entry_of, open_wave, questionnaire

Open = Callable[[str, str], FrameEntry]


@pytest.fixture
def opened(transactional_db: None, library_a: Library, browser_page: Page, anna: User) -> Open:
    """Anna, logged in, at a section of a questionnaire."""

    def open_section(name: str, code: str) -> FrameEntry:
        entry = entry_of(open_wave(questionnaire(name), libraries=[library_a]), library_a)
        log_in(browser_page, anna)
        browser_page.goto(section(entry, code))
        return entry

    return open_section


def saved(page: Page, code: str, version: int) -> Answer:
    """The answer, once this version of it is stored."""
    expect(page.locator(f"#vraag-{code}")).to_have_attribute("data-version", str(version))
    return Answer.objects.get(question__code=code, version=version)


def test_a_number_that_nobody_knows_is_typed_and_emptied(
    browser_page: Page, opened: Open, axe: Callable[[Page], None]
) -> None:
    page = browser_page
    opened("decimals", "getallen")
    field = page.get_by_label("Hoeveel uren per week")
    expect(page.get_by_text("Weet u een getal niet? Typ dan")).to_have_count(1)
    field.press_sequentially("Weet ik niet")
    field.press("Tab")
    assert saved(page, "hours", 1).state == "unknown"
    expect(page.locator("#stap-getallen")).to_contain_text("1 van 3")
    axe(page)
    page.reload()
    expect(field).to_have_value("onbekend")
    field.press("ControlOrMeta+a")
    field.press("Delete")
    field.press("Tab")
    assert saved(page, "hours", 2).state == "value"
    expect(page.locator("#stap-getallen")).to_contain_text("0 van 3")
