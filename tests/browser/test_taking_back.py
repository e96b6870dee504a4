"""A choice that was made by mistake is taken back, with the keyboard and without JavaScript."""

from collections.abc import Callable

from playwright.sync_api import Browser, Page, expect

from surveys.models import Answer, User
from tests.browser.pages import OpenSection, saved
from tests.factories import answer


def test_a_choice_is_taken_back_with_the_keyboard(
    page: Page, open_section: OpenSection, axe: Callable[[Page], None]
) -> None:
    open_section("small", "beleid")
    question = page.locator("#vraag-has_targets")
    way_back = question.get_by_role("radio", name="Geen antwoord")
    expect(way_back).to_have_count(0)
    question.get_by_role("radio", name="Ja").focus()
    page.keyboard.press("Space")
    assert saved(page, "has_targets", 1).value == "yes"
    expect(way_back).to_have_count(1)
    axe(page)
    page.keyboard.press("ArrowUp")  # from the first answer to the last
    expect(way_back).to_be_focused()
    expect(way_back).to_be_checked()
    assert saved(page, "has_targets", 2).value is None
    page.reload()
    expect(way_back).to_have_count(0)


def test_a_row_of_a_matrix_is_taken_back_with_the_keyboard(
    page: Page, open_section: OpenSection, axe: Callable[[Page], None]
) -> None:
    open_section("matrix", "digitaal")
    way_back = page.get_by_role("radio", name="Mediawijsheid: Geen antwoord")
    first = page.get_by_role("radio", name="Mediawijsheid: Veel")
    place = first.bounding_box()
    first.focus()
    page.keyboard.press("Space")
    saved(page, "attention", 1)
    page.get_by_role("radio", name="ICT-basisvaardigheden: Geen", exact=True).check()
    saved(page, "attention", 2)
    assert first.bounding_box() == place, "nothing moves under the mouse"
    axe(page)
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(way_back).to_be_checked()
    assert saved(page, "attention", 3).value == {"ict_skills": "none"}
    page.set_viewport_size({"width": 320, "height": 700})
    expect(page.get_by_role("radio", name="ICT-basisvaardigheden: Geen antwoord")).to_be_visible()
    assert page.evaluate("document.scrollingElement.scrollWidth") == 320
    axe(page)


def test_a_choice_is_taken_back_without_javascript(
    browser: Browser, browser_page: Page, open_section: OpenSection, anna: User
) -> None:
    entry = open_section("matrix", "digitaal")
    answer(entry, by=anna, intensity={"havo": "2"})
    context = browser.new_context(java_script_enabled=False, storage_state=browser_page.context.storage_state())
    page = context.new_page()
    page.goto(browser_page.url)
    page.get_by_role("radio", name="Havo: Geen antwoord").check()
    expect(page.get_by_role("radio", name="Vwo: Geen antwoord")).to_have_count(0)
    page.get_by_role("button", name="Opslaan", exact=True).click()
    expect(page.get_by_text("Opgeslagen.")).to_be_visible()
    assert Answer.objects.get(question__code="intensity").value is None
    context.close()
