"""What stands on the page and not on disk stays there, is not called saved, and is not left behind by going on."""

import pytest
from playwright.sync_api import Page, Route, expect

from surveys.models import Answer, FrameEntry, Library, User
from tests.browser.pages import DELAY, N_KEPT, SAVE, section, status
from tests.factories import SchoolFactory, answer, entry_of, open_wave, questionnaire

GO_ON = "Opslaan en verder"
ATTENTION = "Eén antwoord vraagt uw aandacht"


@pytest.fixture
def small(entry: FrameEntry, anna: User) -> FrameEntry:
    """Of which the roster is filled in, so that going on ends at the review."""
    answer(entry, anna, {"01AA00": {"cooperation": "yes", "topics": ["reading"]}})
    return entry


@pytest.fixture
def per_option(transactional_db: None, library_a: Library, anna: User) -> FrameEntry:
    entry = entry_of(open_wave(questionnaire("number_per_option"), libraries=[library_a]), library_a)
    answer(entry, anna, functions=["specialist"])
    return entry


@pytest.fixture
def roster(transactional_db: None, library_a: Library, anna: User) -> FrameEntry:
    SchoolFactory(code="01AA00", library=library_a, name="De Springplank")
    entry = entry_of(open_wave(questionnaire("roster"), libraries=[library_a]), library_a)
    answer(entry, anna, {"01AA00": {"cooperation": "structural"}})
    return entry


def stored(code: str) -> object:
    found = Answer.objects.filter(question__code=code).first()
    return found and found.value


def test_a_cell_that_cannot_be_read_stays_marked_when_its_row_is_saved(page: Page, roster: FrameEntry) -> None:
    page.goto(section(roster, "samenwerking"))
    books = page.locator("[name='r.01AA00.books_per_pupil']")
    books.fill("veel")
    books.press("Tab")
    mark = page.locator("#cel-01AA00-books_per_pupil .cell-error")
    expect(mark).to_be_visible()
    page.locator("[name='r.01AA00.topics'][value=reading]").check()
    page.wait_for_timeout(800)
    assert stored("topics") == ["reading"]
    expect(mark).to_contain_text("veel")
    status(page, ATTENTION)
    page.get_by_role("button", name=GO_ON).click()
    expect(page.get_by_role("alert").get_by_role("link")).to_contain_text("boeken per leerling")
    page.get_by_role("button", name=GO_ON).click()
    page.wait_for_timeout(800)
    expect(books).to_have_value("veel")
    books.fill("6")
    page.get_by_role("button", name=GO_ON).click()
    page.wait_for_url("**/controle/")
    assert stored("books_per_pupil") == "6"


def test_going_on_stops_at_check_boxes_of_a_cell_that_cannot_be_read(page: Page, roster: FrameEntry) -> None:
    page.goto(section(roster, "samenwerking"))
    box = page.locator("[name='r.01AA00.topics'][value=reading]")
    box.evaluate("box => (box.value = 'gone')")
    page.locator("[name='r.01AA00.topics']").first.check()
    expect(page.locator("#cel-01AA00-topics .cell-error")).to_be_visible()
    page.get_by_role("button", name=GO_ON).click()
    expect(page.get_by_role("alert").get_by_role("link")).to_contain_text("gebieden")


def test_numbers_that_cannot_be_read_stay_when_their_options_change(page: Page, per_option: FrameEntry) -> None:
    page.goto(section(per_option, "expertise"))
    number = page.locator("[name='hours.specialist']")
    number.fill("veel")
    page.get_by_role("checkbox", name="Leesconsulent").check()
    expect(page.locator("[name='hours.consultant']")).to_be_visible()
    expect(number).to_have_value("veel")
    page.get_by_role("checkbox", name="Vrijwilliger").check()
    page.wait_for_timeout(800)
    expect(number).to_have_value("veel")
    expect(page.get_by_text("is geen getal met hoogstens")).to_have_count(1)
    status(page, ATTENTION)
    number.fill("8")
    number.press("Tab")
    status(page, "Opgeslagen om")
    assert stored("hours") == {"specialist": "8"}


@pytest.mark.parametrize("is_together", [True, False])
def test_mine_is_mine_when_the_options_of_a_conflict_change(
    page: Page, per_option: FrameEntry, emma: User, is_together: bool
) -> None:
    page.goto(section(per_option, "expertise"))
    answer(per_option, emma, hours={"specialist": 9})
    number = page.locator("[name='hours.specialist']")
    number.fill("12")
    if not is_together:
        number.press("Tab")
        expect(page.get_by_role("alert")).to_contain_text("Emma")
    page.get_by_role("checkbox", name="Leesconsulent").check()
    expect(page.locator("[name='hours.consultant']")).to_be_visible()
    expect(number).to_have_value("12")
    expect(page.get_by_role("alert")).to_contain_text("Emma")
    status(page, ATTENTION)
    page.get_by_role("button", name="Mijn antwoord gebruiken").click()
    status(page, "Opgeslagen om")
    assert stored("hours") == {"specialist": "12"}
    assert page.evaluate(N_KEPT) == 0


def test_the_page_that_shows_a_conflict_saves_again_as_it_says(page: Page, small: FrameEntry, emma: User) -> None:
    page.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")  # or it is sent by itself
    page.goto(section(small))
    answer(small, emma, hours="99")
    hours = page.get_by_label("Hoeveel uren per week")
    hours.fill("12")
    hours.press("Tab")
    expect(page.get_by_role("alert")).to_contain_text("99")
    page.get_by_role("button", name=GO_ON).click()
    expect(page.get_by_role("alert")).to_contain_text("Sla opnieuw op om het antwoord van uw collega te vervangen")
    page.get_by_role("button", name=GO_ON).click()
    page.wait_for_url("**/controle/")
    assert stored("hours") == "12"


def test_the_page_that_says_what_is_wrong_is_not_left_by_pressing_again(page: Page, per_option: FrameEntry) -> None:
    page.goto(section(per_option, "expertise"))
    page.locator("[name='hours.specialist']").fill("veel")
    for _time in range(2):
        page.get_by_role("button", name=GO_ON).click()
        expect(page.get_by_role("alert").get_by_role("link")).to_contain_text("uren")
        page.wait_for_timeout(500)
    expect(page.locator("[name='hours.specialist']")).to_have_value("veel")


def test_a_new_question_does_not_hide_what_cannot_be_read(page: Page, small: FrameEntry) -> None:
    page.goto(section(small))

    def slowly(route: Route) -> None:
        page.wait_for_timeout(500)
        route.continue_()

    page.route(SAVE, slowly)
    page.get_by_label("Hoeveel uren per week").fill("veel")
    page.get_by_role("radio", name="Ja").check()
    page.get_by_role("button", name=GO_ON).click()
    expect(page.get_by_role("alert").get_by_role("link")).to_contain_text("Hoeveel uren per week")
    expect(page.get_by_label("Waarover gaan die doelstellingen?")).to_be_visible()


def test_the_others_are_not_called_saved_while_one_of_them_waits(page: Page, small: FrameEntry) -> None:
    page.goto(section(small))
    page.evaluate(DELAY, 700)
    page.get_by_label("Hoeveel uren per week").fill("veel")
    page.get_by_role("radio", name="Nee").check()
    page.get_by_label("Op hoeveel schoollocaties").press_sequentially("1")
    page.wait_for_timeout(900)
    expect(page.get_by_text("is geen getal met hoogstens")).to_be_visible()
    assert stored("plan_locations") is None
    expect(page.locator("#bewaarstatus")).to_have_text("Nog niet bewaard", timeout=50)
    status(page, ATTENTION)
    assert stored("plan_locations") == 1


def test_a_conflict_in_one_tab_stays_kept_when_another_saves(page: Page, small: FrameEntry) -> None:
    page.goto(section(small))
    other = page.context.new_page()
    other.goto(section(small))
    other.route(SAVE, lambda route: route.abort())
    other.get_by_label("Hoeveel uren per week").fill("10")
    other.keyboard.press("Tab")
    status(other, "Kon niet bewaren")
    page.get_by_role("radio", name="Nee").check()
    status(page, "Opgeslagen om")
    page.evaluate(DELAY, 1200)
    page.get_by_label("Hoeveel uren per week").fill("9")
    page.keyboard.press("Tab")
    page.wait_for_timeout(300)
    other.get_by_label("Hoeveel uren per week").fill("11")  # kept after the other tab kept its own
    status(page, "Opgeslagen om")
    other.close()
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("11")
    assert stored("hours") == "9"


def test_an_error_of_the_page_goes_when_it_is_mended(page: Page, small: FrameEntry) -> None:
    page.goto(section(small))
    hours = page.get_by_label("Hoeveel uren per week")
    hours.fill("veel")
    page.get_by_role("button", name=GO_ON).click()
    error = page.locator("#vraag-hours").get_by_text("is geen getal met hoogstens")
    expect(error).to_be_visible()
    page.get_by_role("radio", name="Nee").check()
    status(page, ATTENTION)
    hours.fill("9")
    hours.press("Tab")
    status(page, "Opgeslagen om")
    expect(error).to_have_count(0)
    expect(page.locator(".has-error, .is-invalid")).to_have_count(0)
    page.get_by_role("button", name=GO_ON).click()
    page.wait_for_url("**/controle/")


def test_a_conflict_of_a_question_that_went_is_not_called_saved(page: Page, small: FrameEntry, emma: User) -> None:
    answer(small, has_targets="yes")
    page.goto(section(small))
    answer(small, emma, target_topics="van Emma")
    answer(small, emma, has_targets="no")
    page.get_by_label("Waarover gaan die doelstellingen?").fill("van Anna")
    page.keyboard.press("Tab")
    status(page, ATTENTION)
    assert stored("target_topics") == "van Emma"
    assert page.evaluate(N_KEPT) == 1
