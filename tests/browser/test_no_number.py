"""On a touch screen, where the keys for a number have no letters, the words that may stand in its place are buttons."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from surveys.models import Answer, FrameEntry, Library, User
from tests.browser.pages import SAVE, OpenSection, fill_in, log_in, saved, section, status, stored
from tests.factories import SchoolFactory, answer, entry_of, open_wave, questionnaire


@pytest.fixture
def device() -> dict[str, Any]:
    """A phone."""
    return {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}


def bar(page: Page) -> Locator:
    return page.get_by_role("group", name="In plaats van een getal")


def stands_below(page: Page, field: Locator) -> None:
    expect(bar(page)).to_be_visible()
    page.wait_for_function(
        "field => document.getElementById('geen-getal').previousElementSibling?.contains(field)",
        arg=field.element_handle(),
    )
    first, below = field.bounding_box(), bar(page).bounding_box()
    assert first is not None
    assert below is not None
    assert first["y"] + first["height"] <= below["y"] < first["y"] + first["height"] + 24


def tap(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).tap()


def test_a_number_that_nobody_knows_is_given_with_a_tap(
    page: Page, open_section: OpenSection, axe: Callable[[Page], None]
) -> None:
    open_section("decimals", "getallen")
    expect(page.get_by_text("Weet u een getal niet? Typ dan")).to_be_visible()
    expect(bar(page)).to_have_count(0)
    field = page.get_by_label("Hoeveel uren per week")
    field.tap()
    stands_below(page, field)
    axe(page)
    assert page.evaluate("document.scrollingElement.scrollWidth") == 320
    field.evaluate("field => field.addEventListener('blur', () => field.classList.add('left'))")
    tap(page, "Onbekend")
    expect(field).to_have_value("onbekend")
    expect(field).to_be_focused()
    assert "left" not in str(field.get_attribute("class")).split(), "so the keyboard of the screen stays"
    assert saved(page, "hours", 1).state == "unknown"
    tap(page, "N.v.t.")
    assert saved(page, "hours", 2).state == "not_applicable"
    page.keyboard.insert_text("12")  # in the place of the word
    expect(field).to_have_value("12")
    assert saved(page, "hours", 3).value == "12"


def test_the_words_follow_the_focus_and_nothing_moves_under_a_tap(page: Page, open_section: OpenSection) -> None:
    open_section("decimals", "getallen")
    first, second = page.get_by_label("Hoeveel vrijwilligers"), page.get_by_label("Hoeveel uren per week")
    first.tap()
    stands_below(page, first)
    button = page.get_by_role("button", name="Opslaan en verder")
    place = button.bounding_box()
    page.locator("h1").tap()
    expect(first).not_to_be_focused()
    assert button.bounding_box() == place
    second.tap()
    expect(second).to_be_focused()
    stands_below(page, second)
    expect(first).to_have_value("")
    button.tap()
    page.wait_for_url("**/controle/")
    assert not Answer.objects.exists()


def test_the_words_are_reached_with_the_keyboard(page: Page, open_section: OpenSection) -> None:
    open_section("decimals", "getallen")
    field = page.get_by_label("Hoeveel uren per week")
    field.focus()
    stands_below(page, field)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="N.v.t.")).to_be_focused()
    page.keyboard.press("Enter")
    expect(field).to_be_focused()
    assert saved(page, "hours", 1).state == "not_applicable"


def test_each_number_of_a_list_has_the_words(
    page: Page, open_section: OpenSection, axe: Callable[[Page], None]
) -> None:
    open_section("number_per_option", "expertise")
    fields = page.locator("#vraag-municipalities input")
    fields.nth(0).tap()
    stands_below(page, fields.nth(0))
    page.keyboard.insert_text("4")
    fields.nth(1).tap()
    stands_below(page, fields.nth(1))
    axe(page)
    assert page.evaluate("document.scrollingElement.scrollWidth") == 320
    tap(page, "Onbekend")
    status(page, "Opgeslagen om")
    assert stored("municipalities") == {"structural": "4", "incidental": "unknown"}


def test_the_focus_stays_when_the_question_is_drawn_anew(page: Page, open_section: OpenSection) -> None:
    open_section("number_per_option", "expertise")
    page.get_by_role("checkbox", name="Onderwijsspecialist").tap()
    field = page.locator("#vraag-hours").get_by_label("Onderwijsspecialist")
    expect(field).to_be_visible()
    held: list[Route] = []
    page.route(SAVE, lambda route: held.append(route))
    page.get_by_role("checkbox", name="Leesconsulent").tap()
    field.tap()
    stands_below(page, field)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Onbekend")).to_be_focused()
    held[0].continue_()
    page.unroute(SAVE)
    expect(page.locator("#vraag-hours").get_by_label("Leesconsulent")).to_be_visible()
    expect(field).to_be_focused()
    stands_below(page, field)
    tap(page, "Onbekend")
    assert saved(page, "hours", 1).value == {"specialist": "unknown"}


def test_a_school_has_the_words_too(
    browser_page: Page, library_a: Library, anna: User, axe: Callable[[Page], None]
) -> None:
    page = browser_page
    SchoolFactory(code="01AA00", library=library_a, name="De Springplank")
    entry: FrameEntry = entry_of(open_wave(questionnaire("roster"), libraries=[library_a]), library_a)
    log_in(page, anna)
    page.goto(section(entry, "samenwerking"))
    page.get_by_label("Samenwerking, De Springplank", exact=True).select_option("structural")
    expect(bar(page)).to_have_count(0)  # a choice is no number
    field = page.get_by_label("Boeken per leerling, De Springplank", exact=True)
    field.tap()
    stands_below(page, field)
    axe(page)
    assert page.evaluate("document.scrollingElement.scrollWidth") == 320
    tap(page, "Onbekend")
    expect(page.locator("#cel-01AA00-books_per_pupil")).to_have_attribute("data-version", "1")
    assert Answer.objects.get(question__code="books_per_pupil").state == "unknown"


def test_many_schools_at_once_have_the_words_too(browser_page: Page, library_a: Library, anna: User) -> None:
    page = browser_page
    school = SchoolFactory(code="01AA00", library=library_a, name="De Springplank")
    entry = entry_of(open_wave(questionnaire("roster"), libraries=[library_a]), library_a)
    answer(entry, by=anna, schools={school.code: {"cooperation": "structural"}})
    log_in(page, anna)
    page.goto(section(entry, "samenwerking"))
    page.get_by_text("Meer schoollocaties tegelijk invullen").tap()
    page.get_by_text("Alle getoonde schoollocaties aanvinken").tap()
    field = page.get_by_label("Boeken per leerling", exact=True)
    field.tap()
    stands_below(page, field)
    tap(page, "Onbekend")
    with page.expect_request(lambda request: "set.books_per_pupil" in (request.post_data or "")) as act:
        fill_in(page, "Boeken per leerling")
    assert "nvt" not in str(act.value.post_data), "the buttons themselves are no answer"
    expect(page.locator("#cel-01AA00-books_per_pupil")).to_have_attribute("data-version", "1")
    assert Answer.objects.get(question__code="books_per_pupil").state == "unknown"


def test_where_letters_can_be_typed_nothing_is_added(
    browser: Browser, browser_page: Page, open_section: OpenSection
) -> None:
    """With a mouse there are keys as well: the script is not even fetched."""
    entry = open_section("decimals", "getallen")
    context = browser.new_context(
        base_url=browser_page.url.split("/vragenlijst")[0], storage_state=browser_page.context.storage_state()
    )
    page = context.new_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(section(entry, "getallen"))
    page.get_by_label("Hoeveel uren per week").press_sequentially("onbekend")
    page.keyboard.press("Tab")
    assert saved(page, "hours", 1).state == "unknown"
    expect(page.locator("#geen-getal")).to_be_hidden()
    assert not [address for address in fetched if "no_number" in address]
    context.close()
