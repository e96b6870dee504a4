"""A whole questionnaire with the keyboard only: reach everything, see where you are, and submit."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from surveys.models import FrameEntry, Response, User
from tests.factories import PASSWORD, sheet

MOST_STOPS = 60
# Where the focus is, whether its ring can be seen, and whether something else lies over it.
FOCUS = """() => {
    const focused = document.activeElement;
    const style = getComputedStyle(focused), box = focused.getBoundingClientRect();
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return {
        tag: focused.tagName,
        ring: parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== "none",
        inView: box.bottom > 0 && box.top < innerHeight,
        covered: top !== null && top !== focused && !focused.contains(top) && !top.contains(focused)
            && !(focused.labels && [...focused.labels].some((label) => label.contains(top))),
    };
}"""


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus; on the way the focus is always seen."""
    expect(target).to_have_count(1)
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus["tag"] == "BODY":
            continue
        where = page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        assert focus["ring"], f"No focus ring on {where}"
        assert focus["inView"], f"{page.url}: outside the window: {where}"
        assert not focus["covered"], f"{page.url}: something lies over {where}"
        if target.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"{page.url}: {MOST_STOPS} stops and not at {target}")


def press_on(page: Page, target: Locator, key: str = "Enter") -> None:
    """Go there and press a key that leads to another page."""
    tab_to(page, target)
    with page.expect_navigation():
        page.keyboard.press(key)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def test_questionnaire_by_keyboard_alone(entry: FrameEntry, anna: User, browser_page: Page) -> None:
    page = browser_page
    page.goto("/account/login/")
    tab_to(page, page.get_by_label("E-mailadres"))
    page.keyboard.type(anna.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")

    skip_link_skips_the_navigation(page)
    press_on(page, page.get_by_role("link", name="Kleine vragenlijst, Bibliotheek Aalwaard"))
    press_on(page, page.get_by_role("link", name="Beginnen met Samenwerking"))

    tab_to(page, page.get_by_label("Samenwerking, De Springplank"))
    page.keyboard.type("ja")
    expect(page.locator("#bewaarstatus")).to_contain_text("Opgeslagen om")  # which opens the next column
    tab_to(page, page.get_by_role("checkbox", name="Leesbevordering"))
    page.keyboard.press("Space")
    press_on(page, button(page, "Opslaan en verder"), "Space")

    tab_to(page, page.get_by_role("checkbox", name="Gemeente"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("radio", name="Ja"))
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Nee")).to_be_checked()
    tab_to(page, page.get_by_label("Hoeveel uren per week"))
    page.keyboard.type("veel")
    press_on(page, page.get_by_label("Op hoeveel schoollocaties"))  # Enter in a field saves

    error_is_mended_from_the_summary(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Controleren en indienen")
    press_on(page, page.get_by_role("main").get_by_role("link", name="Op hoeveel schoollocaties"))
    tab_to(page, page.get_by_label("Op hoeveel schoollocaties"))
    page.keyboard.type("1")
    press_on(page, button(page, "Opslaan en verder"))
    tab_to(page, page.locator("[name^='explain.']"))  # 900 hours are unusual
    page.keyboard.type("Een groot project")
    press_on(page, button(page, "Toelichtingen opslaan"))
    press_on(page, button(page, "De lijst klopt"))
    press_on(page, button(page, "Definitief indienen"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Dank u wel: ingediend")

    stored = sheet(entry)
    assert stored.given("partners").value == ("municipality",)
    assert stored.given("hours").value == 900
    assert dict(stored.explanations) == {("hours_unusual", ""): "Een groot project"}
    assert Response.objects.get(entry=entry).is_submitted


def skip_link_skips_the_navigation(page: Page) -> None:
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Naar de inhoud")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def error_is_mended_from_the_summary(page: Page) -> None:
    """The summary has the focus, its link leads to the field, and the field names its error."""
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    press_to = summary.get_by_role("link", name="Hoeveel uren per week")
    tab_to(page, press_to)
    page.keyboard.press("Enter")
    field = page.get_by_label("Hoeveel uren per week")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile("is geen getal"))
    page.keyboard.press("Control+A")
    page.keyboard.type("900")
    with page.expect_navigation():
        page.keyboard.press("Enter")
