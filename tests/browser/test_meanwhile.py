"""What happens while something else is under way: nothing typed is lost, nothing is called saved that is not."""

import re
import time

import pytest
from playwright.sync_api import Page, Route, expect

from surveys.models import Answer, FrameEntry, Library, User
from tests.browser.pages import DELAY, SAVE, OpenSection, section, status
from tests.factories import SchoolFactory, answer, entry_of, open_wave, questionnaire

SAME = re.compile("Zelfde als vorig jaar.*Hoeveel uren")


@pytest.fixture
def entry(second_year: FrameEntry) -> FrameEntry:
    return second_year


def stored(entry: FrameEntry, code: str) -> object:
    found = Answer.objects.filter(response__entry=entry, question__code=code).first()
    return found and found.value


def test_mine_after_a_conflict_of_taking_over(page: Page, entry: FrameEntry, emma: User) -> None:
    page.goto(section(entry))
    answer(entry, by=emma, hours="99")
    page.get_by_role("button", name=SAME).click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("99")
    expect(alert).to_contain_text("9,5")
    page.get_by_role("button", name="Mijn antwoord gebruiken").click()
    status(page, "Opgeslagen om")
    page.wait_for_timeout(300)
    assert stored(entry, "hours") == "9.5"


def test_typing_on_in_the_next_question_while_taking_over(page: Page, entry: FrameEntry) -> None:
    answer(entry, has_targets="yes")
    page.goto(section(entry))
    page.evaluate(DELAY, 600)
    page.get_by_role("button", name=SAME).click()
    topics = page.get_by_label("Waarover gaan die doelstellingen?")
    topics.click()
    page.keyboard.type("Leesplezier", delay=100)
    status(page, "Opgeslagen om")
    page.wait_for_timeout(2500)
    assert (topics.input_value(), page.get_by_label("Hoeveel uren per week").input_value()) == ("Leesplezier", "9,5")


def test_status_after_taking_over_while_something_is_unsaved(page: Page, entry: FrameEntry) -> None:
    answer(entry, has_targets="yes")
    page.goto(section(entry))
    page.evaluate(DELAY, 600)
    page.get_by_role("button", name=SAME).click()
    page.get_by_label("Waarover gaan die doelstellingen?").fill("Lees")
    page.wait_for_timeout(900)
    assert stored(entry, "target_topics") is None
    expect(page.locator("#bewaarstatus")).to_have_text("Nog niet bewaard", timeout=50)


def test_save_and_continue_right_after_taking_over(page: Page, entry: FrameEntry) -> None:
    page.goto(section(entry))
    page.evaluate(DELAY, 400)
    page.get_by_role("button", name=SAME).click()
    page.wait_for_timeout(150)  # the server has it, the browser hasn't heard
    page.get_by_role("button", name="Opslaan en verder").click()
    page.wait_for_url("**/controle/")
    assert stored(entry, "hours") == "9.5"


def test_a_double_click_on_same(page: Page, entry: FrameEntry) -> None:
    page.goto(section(entry))
    page.evaluate(DELAY, 400)
    button = page.get_by_role("button", name=SAME)
    button.click()
    page.wait_for_timeout(150)
    button.click()
    page.wait_for_timeout(1500)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_label("Hoeveel uren per week")).to_have_value("9,5")


def test_a_press_on_a_step_right_after_typing(page: Page, entry: FrameEntry) -> None:
    page.goto(section(entry))
    page.get_by_label("Hoeveel uren per week").fill("12")
    box = page.locator("nav a", has_text="Samenwerking").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + 5, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.wait_for_timeout(250)
    page.mouse.up()
    page.wait_for_url("**/samenwerking/", timeout=3000)


def test_focus_goes_to_what_is_chosen(page: Page, entry: FrameEntry) -> None:
    page.goto(section(entry))
    page.get_by_role("button", name=re.compile("Zelfde als vorig jaar.*doelstellingen")).press("Enter")
    expect(page.get_by_role("radio", name="Nee")).to_be_checked()
    expect(page.get_by_role("radio", name="Nee")).to_be_focused()


def test_signing_out_right_after_typing(page: Page, entry: FrameEntry) -> None:
    page.goto(section(entry))

    def slowly(route: Route) -> None:
        time.sleep(0.4)
        route.continue_()

    page.route(SAVE, slowly)
    page.get_by_role("radio", name="Ja", exact=True).check()
    page.get_by_label("Hoeveel uren per week").fill("12")
    page.get_by_role("button", name="Uitloggen").click()
    page.wait_for_url("**/account/login/**")
    page.wait_for_timeout(500)
    assert (stored(entry, "has_targets"), stored(entry, "hours")) == ("yes", "12")


def test_signing_out_when_the_browser_closed_its_store(page: Page, entry: FrameEntry) -> None:
    page.goto(section(entry))
    page.get_by_role("radio", name="Nee", exact=True).check()
    status(page, "Opgeslagen om")
    session = page.context.new_cdp_session(page)
    origin = page.evaluate("location.origin")
    session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "indexeddb"})
    page.wait_for_timeout(300)
    page.get_by_role("button", name="Uitloggen").click()
    page.wait_for_url("**/account/login/**", timeout=4000)


@pytest.fixture
def per_option(page: Page, open_section: OpenSection) -> FrameEntry:
    """Anna is at a number for each option, and has chosen the first option."""
    entry = open_section("number_per_option", "expertise")
    page.get_by_role("checkbox", name="Onderwijsspecialist").check()
    status(page, "Opgeslagen om")
    return entry


def test_a_number_typed_while_its_options_are_saved(page: Page, per_option: FrameEntry) -> None:
    page.evaluate(DELAY, 700)
    page.get_by_role("checkbox", name="Leesconsulent").check()
    number = page.locator("[name='hours.specialist']")
    number.click()
    page.keyboard.type("12")
    page.locator("[name='municipalities.structural']").click()
    page.wait_for_timeout(2500)
    status(page, "Opgeslagen om")
    first = stored(per_option, "hours"), number.input_value()
    page.get_by_role("button", name="Opslaan en verder").click()
    page.wait_for_timeout(1000)
    assert (first, stored(per_option, "hours")) == (({"specialist": "12"}, "12"), {"specialist": "12"})


@pytest.mark.usefixtures("per_option")
def test_a_new_options_field_comes_while_somebody_is_in_that_question(page: Page) -> None:
    page.evaluate(DELAY, 500)
    page.get_by_role("checkbox", name="Leesconsulent").check()
    number = page.locator("[name='hours.specialist']")
    number.click()
    page.keyboard.type("12", delay=400)
    page.wait_for_timeout(3500)
    expect(number).to_be_focused()
    expect(number).to_have_value("12")
    expect(page.locator("[name='hours.consultant']")).to_be_visible()


@pytest.fixture
def roster(transactional_db: None, library_a: Library) -> FrameEntry:
    """Three schools."""
    for number in range(3):
        SchoolFactory(code=f"01AA0{number}", library=library_a, name=f"School {number}")
    return entry_of(open_wave(questionnaire("roster"), libraries=[library_a]), library_a)


def tick_all_rows(page: Page, roster: FrameEntry) -> None:
    page.goto(section(roster, "samenwerking"))
    expect(page.locator(".without-script")).to_be_hidden()
    page.locator("#veel summary").click()
    page.locator("#veel-alle").check()


def test_save_and_continue_right_after_filling_in_many(page: Page, roster: FrameEntry) -> None:
    tick_all_rows(page, roster)
    page.locator("[name='many.cooperation']").select_option("general")
    page.evaluate(DELAY, 600)
    page.get_by_role("button", name=re.compile("Invullen.*Samenwerking")).click()
    page.wait_for_timeout(250)
    page.get_by_role("button", name="Opslaan en verder").click()
    status(page, "vragen bij gekomen")
    assert Answer.objects.filter(question__code="cooperation", value="general").count() == 3
    page.get_by_role("button", name="Opslaan en verder").click()
    page.wait_for_url("**/controle/")


def test_typing_in_a_row_while_many_rows_are_filled_in(page: Page, roster: FrameEntry) -> None:
    answer(roster, schools={code: {"cooperation": "structural"} for code in ("01AA00", "01AA01", "01AA02")})
    tick_all_rows(page, roster)
    page.locator("[name='many.books_per_pupil']").fill("5")
    page.evaluate(DELAY, 600)
    page.get_by_role("button", name=re.compile("Invullen.*Boeken")).click()
    cell = page.get_by_label("Boeken per leerling, School 2", exact=True)
    cell.click()
    page.keyboard.type("78", delay=450)
    page.keyboard.press("Tab")
    page.wait_for_timeout(2500)
    expect(cell).to_have_value("78")
    expect(page.get_by_role("alert").last).to_contain_text("78")
    page.get_by_role("button", name="Mijn antwoord gebruiken").click()
    status(page, "Opgeslagen om")
    page.wait_for_timeout(500)
    assert Answer.objects.get(question__code="books_per_pupil", school__code="01AA02").value == "78"


def test_enter_on_a_step_that_a_save_redraws(page: Page, entry: FrameEntry) -> None:
    page.goto(section(entry))
    page.evaluate(DELAY, 300)
    page.get_by_label("Hoeveel uren per week").fill("12")
    page.locator("nav a", has_text="Samenwerking").first.focus()
    page.wait_for_timeout(800)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/samenwerking/$"))
    assert stored(entry, "hours") == "12"


def test_a_conflict_before_taking_over_does_not_come_back_afterwards(page: Page, entry: FrameEntry, emma: User) -> None:
    page.goto(section(entry))
    answer(entry, by=emma, hours="99")
    page.get_by_label("Hoeveel uren per week").fill("12")
    page.keyboard.press("Tab")
    expect(page.get_by_role("alert")).to_contain_text("99")
    page.get_by_role("button", name=SAME).click()
    expect(page.get_by_role("alert")).to_contain_text("9,5")
    page.get_by_role("button", name="Mijn antwoord gebruiken").click()
    status(page, "Opgeslagen om")
    expect(page.get_by_label("Hoeveel uren per week")).to_have_value("9,5")
    page.reload()
    page.wait_for_timeout(800)
    expect(page.get_by_role("alert")).to_have_count(0)
    assert stored(entry, "hours") == "9.5"


def test_another_tab_leaves_alone_what_is_being_typed_here(page: Page, entry: FrameEntry) -> None:
    page.goto(section(entry))
    hours = page.get_by_label("Hoeveel uren per week")
    hours.press_sequentially("1")
    other = page.context.new_page()
    other.goto(section(entry, "samenwerking"))
    page.bring_to_front()
    hours.press_sequentially("2")
    page.keyboard.press("Tab")
    status(page, "Opgeslagen om")
    expect(page.get_by_role("alert")).to_have_count(0)
    assert Answer.objects.get(response__entry=entry, question__code="hours").value == "12"
    other.close()


def test_another_tab_sends_what_a_closed_one_left(page: Page, entry: FrameEntry) -> None:
    closed = page.context.new_page()
    closed.goto(section(entry))
    closed.route(SAVE, lambda route: route.abort())
    closed.get_by_label("Hoeveel uren per week").fill("12")
    status(closed, "Kon niet bewaren")
    page.goto(section(entry, "samenwerking"))
    closed.close()
    status(page, "Opgeslagen om")
    assert Answer.objects.get(response__entry=entry, question__code="hours").value == "12"
