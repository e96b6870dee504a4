"""Last year beside the answer in a browser: readable for everybody, and taken over by keyboard."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from surveys.models import Answer, AnswerOrigin, FrameEntry
from tests.browser.pages import section, status


@pytest.fixture
def entry(second_year: FrameEntry) -> FrameEntry:
    return second_year


def stored(entry: FrameEntry, code: str) -> Answer:
    return Answer.objects.get(response__entry=entry, question__code=code)


def test_last_year_is_taken_over_by_keyboard(page: Page, entry: FrameEntry, axe: Callable[[Page], None]) -> None:
    page.goto(section(entry))
    axe(page)
    hours = page.get_by_label("Hoeveel uren per week")
    hours.fill("12")
    hours.press("Tab")
    status(page, "Opgeslagen om")
    button = page.get_by_role("button", name=re.compile("Zelfde als vorig jaar.*Hoeveel uren"))
    button.focus()
    page.keyboard.press("Enter")
    expect(hours).to_have_value("9,5")
    expect(hours).to_be_focused()
    status(page, "Opgeslagen om")
    expect(button).not_to_be_visible()
    expect(page.locator("#vraag-hours")).to_contain_text("Hetzelfde als vorig jaar (2024-2025).")
    assert stored(entry, "hours").origin == AnswerOrigin.CONFIRMED
    assert page.evaluate("Object.keys(localStorage).length") == 0, "what was typed before is not sent again"


def test_a_press_right_after_typing_waits_for_the_save_and_wins(page: Page, entry: FrameEntry) -> None:
    page.goto(section(entry))
    page.get_by_label("Hoeveel uren per week").fill("12")
    page.get_by_role("button", name=re.compile("Zelfde als vorig jaar.*Hoeveel uren")).click()
    expect(page.get_by_label("Hoeveel uren per week")).to_have_value("9,5")
    hours = stored(entry, "hours")
    assert [change.value for change in hours.changes.order_by("version")] == ["12", "9.5"]
    page.reload()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert stored(entry, "hours").value == "9.5"


def test_enter_in_a_field_saves_the_page_and_takes_nothing_over(page: Page, entry: FrameEntry) -> None:
    page.goto(section(entry))
    page.get_by_label("Hoeveel uren per week").fill("12")
    page.keyboard.press("Enter")
    page.wait_for_url("**/controle/")
    assert stored(entry, "hours").value == "12"


def test_the_roster_takes_over_a_row_and_then_the_rest(
    page: Page, entry: FrameEntry, axe: Callable[[Page], None]
) -> None:
    page.goto(section(entry, "samenwerking"))
    axe(page)
    page.get_by_role("button", name=re.compile("Zelfde als vorig jaar.*De Springplank")).press("Enter")
    expect(page.get_by_text("2 antwoorden overgenomen en opgeslagen.")).to_be_visible()
    expect(page.get_by_label("Samenwerking, De Springplank")).to_have_value("yes")
    page.get_by_role("button", name="Alle open locaties overnemen van vorig jaar (1)").press("Enter")
    expect(page.get_by_label("Samenwerking, Het Kompas")).to_have_value("yes")
    expect(page.get_by_role("button", name="Zelfde als vorig jaar")).to_have_count(0)
    axe(page)
    page.set_viewport_size({"width": 320, "height": 720})
    axe(page)
    assert Answer.objects.filter(response__entry=entry, origin=AnswerOrigin.CONFIRMED).count() == 4
