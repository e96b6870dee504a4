"""Typing that a number is unknown, and taking a choice back, with the keyboard; both saved like any other answer."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.pages import OpenSection, saved


def test_a_number_that_nobody_knows_is_typed_and_emptied(
    page: Page, open_section: OpenSection, axe: Callable[[Page], None]
) -> None:
    open_section("decimals", "getallen")
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
