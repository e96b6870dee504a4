"""The roster in a browser: showing and sorting without a request, ticking, the keyboard, many rows at once, pasting."""

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from surveys.models import Answer, FrameEntry, Library, User
from tests.browser.pages import fill_in, section, status
from tests.factories import SchoolFactory, answer, entry_of, open_wave, questionnaire

SCHOOLS = {
    "01AA00": {"name": "De Springplank", "municipality": "Aalwaard", "pupils": 300},
    "01AA01": {"name": "École Zuid", "municipality": "Aalwaard", "pupils": 100},
    "02BB00": {"name": "Het Kompas", "municipality": "Beekduin", "pupils": 200},
    "02BB01": {"name": "Windroos", "municipality": "Beekduin", "pupils": 150},
}
CODES = list(SCHOOLS)
PASTE = """(field, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def entry(transactional_db: None, library_a: Library) -> FrameEntry:
    for code, school in SCHOOLS.items():
        SchoolFactory(code=code, library=library_a, **school)
    return entry_of(open_wave(questionnaire("roster"), libraries=[library_a]), library_a)


@pytest.fixture
def page(page: Page, entry: FrameEntry) -> Page:
    """Anna's, at the roster, once its script has started."""
    return opened(page, entry)


def opened(page: Page, entry: FrameEntry, query: str = "") -> Page:
    page.goto(section(entry, "samenwerking") + query)
    expect(page.locator(".without-script")).to_be_hidden()
    return page


def shown(page: Page) -> list[str]:
    rows = page.locator("table.roster tbody tr:visible")
    codes: list[str] = rows.evaluate_all("rows => rows.map((row) => row.id.slice(4))")
    return codes


def stored(code: str) -> dict[str, object]:
    return dict(Answer.objects.filter(question__code=code).values_list("school__code", "value"))


def cooperation(page: Page, school: str) -> Locator:
    return page.get_by_label(f"Samenwerking, {SCHOOLS[school]['name']}", exact=True)


def books(page: Page, school: str) -> Locator:
    return page.get_by_label(f"Boeken per leerling, {SCHOOLS[school]['name']}", exact=True)


def tick(page: Page, *schools: str) -> None:
    for school in schools:
        page.get_by_role("checkbox", name=str(SCHOOLS[school]["name"]), exact=True).check()


def notice(page: Page, words: str) -> None:
    expect(page.locator("#veel-melding")).to_contain_text(words)


# ---- Which rows -----------------------------------------------------------------------------------------------------


def test_rows_are_chosen_and_sorted_without_a_request(page: Page, entry: FrameEntry) -> None:
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if "/static/" not in request.url else None)
    page.get_by_label("Naam of BRIN").fill("ecole")
    expect(page.locator("#rooster-aantal")).to_have_text("1 van 4 getoond")
    assert shown(page) == ["01AA01"]
    page.get_by_role("button", name="Alles tonen").click()
    page.get_by_label("Gemeente").select_option("Beekduin")
    assert shown(page) == ["02BB00", "02BB01"]
    page.get_by_label("Gemeente").select_option("")
    page.get_by_label("Sorteren op").select_option("aantal leerlingen")
    assert shown(page) == ["01AA00", "02BB00", "02BB01", "01AA01"]
    page.get_by_label("Naam of BRIN").fill("bestaat niet")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Geen schoollocatie past")).to_be_visible()
    assert asked == []
    assert page.url.endswith("?show.text=bestaat+niet&show.order=pupils")
    page.reload()
    expect(page.locator("#rooster-aantal")).to_have_text("0 van 4 getoond")


def test_the_browser_and_the_server_agree_on_what_is_shown(page: Page, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA01": {"cooperation": "none"}, "02BB00": {"cooperation": "none"}})
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "structural"}})
    answer(entry, by=anna, schools={"01AA00": {"books_per_pupil": "-1"}})
    by_server = {}
    queries = [f"?show.state={state}" for state in ("open", "done", "remark")]
    queries += [f"?show.order={order}" for order in ("", "name", "kind", "pupils", "open")]
    for query in queries:
        opened(page, entry, query)
        by_server[query] = shown(page)
    opened(page, entry)
    for query, expected in by_server.items():
        name, _equals, value = query.removeprefix("?show.").partition("=")
        page.locator(f"#show_{name}").select_option(value)
        assert shown(page) == expected, query
        page.locator("#show_state").select_option("")
    assert by_server["?show.state=remark"] == ["01AA00"]


def test_what_was_typed_is_safe_when_its_row_is_hidden(page: Page) -> None:
    cooperation(page, "01AA00").select_option("structural")
    books(page, "01AA00").fill("4,5")
    page.get_by_label("Gemeente").select_option("Beekduin")
    status(page, "Opgeslagen om")
    assert stored("books_per_pupil") == {"01AA00": "4.5"}


def test_progress_follows_every_save(page: Page) -> None:
    expect(page.get_by_text("0 van 4 schoollocaties klaar")).to_be_visible()
    cooperation(page, "01AA00").select_option("none")
    expect(page.get_by_text("1 van 4 schoollocaties klaar")).to_be_visible()
    expect(page.locator("#stand-01AA00")).to_have_text("klaar")
    cooperation(page, "01AA00").select_option("structural")
    expect(page.locator("#stand-01AA00")).to_have_text("1 van 3")
    expect(page.get_by_text("0 van 4 schoollocaties klaar")).to_be_visible()
    books(page, "01AA00").fill("-1")
    books(page, "01AA00").press("Tab")
    expect(page.get_by_text("Het getal kan niet lager zijn dan nul.")).to_be_visible()
    books(page, "01AA00").fill("1")
    books(page, "01AA00").press("Tab")
    expect(page.get_by_text("Het getal kan niet lager zijn dan nul.")).to_be_hidden()


# ---- Keyboard -------------------------------------------------------------------------------------------------------


def test_enter_and_arrows_go_down_the_column(page: Page, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={code: {"cooperation": "structural"} for code in CODES if code != "01AA01"})
    opened(page, entry)
    books(page, "01AA00").fill("1")
    page.keyboard.press("Enter")
    expect(books(page, "02BB00")).to_be_focused()  # the row between is not asked
    page.keyboard.type("2")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("3")
    page.keyboard.press("Shift+Enter")
    expect(books(page, "02BB00")).to_be_focused()
    status(page, "Opgeslagen om")
    cooperation(page, "01AA00").focus()
    page.keyboard.press("ArrowDown")
    expect(cooperation(page, "01AA00")).to_have_value("general")  # in a list the arrow chooses
    page.keyboard.press("Enter")
    expect(cooperation(page, "01AA01")).to_be_focused()
    status(page, "Opgeslagen om")
    assert stored("books_per_pupil") == {"01AA00": "1", "02BB00": "2", "02BB01": "3"}


def test_rows_are_ticked_in_ranges_by_mouse_and_keyboard(page: Page) -> None:
    count = page.locator("#veel-aantal")
    pick = page.locator(".pick input")
    pick.nth(0).click()
    pick.nth(2).click(modifiers=["Shift"])
    expect(count).to_have_text("(3 aangevinkt)")
    page.get_by_label("Gemeente").select_option("Beekduin")
    tick(page, "02BB01")
    expect(count).to_have_text("(4 aangevinkt, waarvan 2 niet getoond)")
    page.locator("#veel > summary").click()
    every = page.get_by_label("Alle getoonde schoollocaties aanvinken")
    expect(every).to_be_checked()
    every.uncheck()
    expect(count).to_have_text("(2 aangevinkt, waarvan 2 niet getoond)")
    page.get_by_role("button", name="Alles tonen").click()
    pick.nth(1).focus()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    expect(count).to_have_text("(4 aangevinkt)")
    expect(page.locator("#rooster-melding")).to_have_text("(4 aangevinkt)")


# ---- Many rows ------------------------------------------------------------------------------------------------------


def test_many_rows_are_filled_in_asked_about_and_undone(page: Page, axe: Callable[[Page], None]) -> None:
    saves: list[Request] = []
    page.on("request", lambda request: saves.append(request) if request.method == "POST" else None)
    tick(page, "01AA00", "01AA01")
    page.locator("#veel > summary").click()
    axe(page)
    page.get_by_label("Samenwerking", exact=True).select_option("structural")
    fill_in(page, "Samenwerking")
    notice(page, "2 antwoorden ingevuld en opgeslagen.")
    assert len(saves) == 1
    expect(books(page, "01AA01")).to_be_visible()
    expect(page.locator("#stand-01AA01")).to_have_text("1 van 3")
    tick(page, "02BB00")
    page.get_by_label("Samenwerking", exact=True).select_option("none")
    fill_in(page, "Samenwerking")
    notice(page, "2 antwoorden die er al staan, worden dan vervangen.")
    axe(page)
    page.get_by_role("button", name="Niet doen").click()
    expect(page.locator("#veel-melding")).to_be_empty()
    fill_in(page, "Samenwerking")
    page.get_by_role("button", name="Vervangen").click()
    notice(page, "3 antwoorden ingevuld en opgeslagen.")
    assert set(stored("cooperation").values()) == {"none"}
    expect(page.get_by_text("3 van 4 schoollocaties klaar")).to_be_visible()
    page.get_by_role("button", name="Ongedaan maken").click()
    notice(page, "3 antwoorden zijn weer zoals ze waren.")
    expect(cooperation(page, "01AA00")).to_have_value("structural")
    expect(cooperation(page, "02BB00")).to_have_value("")
    books(page, "01AA00").fill("3")
    books(page, "01AA00").press("Tab")
    status(page, "Opgeslagen om")
    expect(page.get_by_role("alert")).to_have_count(1)  # the notice; no conflict with what was just done


def test_enter_above_the_roster_fills_in_and_keeps_what_is_ticked(page: Page, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={code: {"cooperation": "structural"} for code in CODES})
    opened(page, entry)
    page.locator("#veel > summary").click()
    page.get_by_label("Alle getoonde schoollocaties aanvinken").press("Space")
    page.keyboard.press("Enter")  # of a box that no button belongs to
    field = page.get_by_label("Boeken per leerling", exact=True)
    field.fill("5")
    field.press("Enter")
    notice(page, "4 antwoorden ingevuld en opgeslagen.")
    assert stored("books_per_pupil") == dict.fromkeys(CODES, "5")
    expect(page.locator("[name='many.pick']:checked")).to_have_count(4)
    expect(field).to_have_value("5")


def test_the_focus_is_never_lost_to_a_notice_that_goes(page: Page, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "structural"}})
    opened(page, entry)
    tick(page, "01AA00")
    page.locator("#veel > summary").click()
    page.get_by_label("Samenwerking", exact=True).select_option("none")
    button = page.get_by_role("button", name=re.compile("Invullen.*Samenwerking"))
    button.press("Enter")
    page.get_by_role("button", name="Niet doen").press("Enter")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Vervangen").press("Enter")
    notice(page, "1 antwoord ingevuld en opgeslagen.")
    expect(button).to_be_focused()
    page.get_by_role("button", name="Ongedaan maken").press("Enter")
    notice(page, "1 antwoord is weer zoals het was.")
    expect(page.locator("#veel-melding > *")).to_be_focused()


def test_an_act_waits_for_what_is_being_typed(page: Page, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={code: {"cooperation": "structural"} for code in CODES})
    opened(page, entry)
    books(page, "01AA00").fill("7")
    tick(page, "01AA00", "01AA01")
    page.locator("#veel > summary").click()
    expect(page.get_by_label("Antwoorden kopiëren van")).to_have_value("01AA00")
    page.get_by_role("button", name="Kopiëren").click()
    notice(page, "1 antwoord ingevuld en opgeslagen.")
    assert stored("books_per_pupil") == {"01AA00": "7", "01AA01": "7"}
    books(page, "01AA00").fill("8")
    page.get_by_label("Boeken per leerling", exact=True).fill("9")
    page.get_by_role("button", name=re.compile("Invullen.*Boeken")).click()
    page.get_by_role("button", name="Vervangen").click()
    notice(page, "2 antwoorden ingevuld en opgeslagen.")
    assert stored("books_per_pupil") == {"01AA00": "9", "01AA01": "9"}


def test_a_colleagues_answer_is_listed_and_shown(page: Page, entry: FrameEntry, emma: User) -> None:
    answer(entry, by=emma, schools={"01AA01": {"cooperation": "none"}})
    tick(page, "01AA00", "01AA01")
    page.locator("#veel > summary").click()
    page.get_by_label("Samenwerking", exact=True).select_option("structural")
    fill_in(page, "Samenwerking")
    page.get_by_role("button", name="Vervangen").click()
    notice(page, "Emma antwoordde")
    expect(cooperation(page, "01AA01")).to_have_value("none")
    assert stored("cooperation") == {"01AA00": "structural", "01AA01": "none"}


def test_a_link_to_a_row_that_is_not_shown_shows_it(page: Page, entry: FrameEntry, emma: User) -> None:
    tick(page, "01AA00", "01AA01")
    answer(entry, by=emma, schools={"01AA01": {"cooperation": "none"}})
    page.get_by_label("Naam of BRIN").fill("windroos")
    expect(page.locator("#rooster-aantal")).to_have_text("1 van 4 getoond")
    page.locator("#veel > summary").click()
    page.get_by_label("Samenwerking", exact=True).select_option("structural")
    fill_in(page, "Samenwerking")
    page.get_by_role("button", name="Vervangen").click()
    page.get_by_role("link", name="École Zuid, Samenwerking").click()
    expect(cooperation(page, "01AA01")).to_be_in_viewport()
    expect(page.locator("#rooster-aantal")).to_have_text("2 van 4 getoond")


def test_an_act_that_failed_says_so_and_can_be_done_again(page: Page) -> None:
    tick(page, "01AA00")
    page.locator("#veel > summary").click()
    page.get_by_label("Samenwerking", exact=True).select_option("none")
    page.route("**/veel/", lambda route: route.abort())
    fill_in(page, "Samenwerking")
    status(page, "Dit is niet gelukt")
    page.unroute("**/veel/")
    fill_in(page, "Samenwerking")
    notice(page, "1 antwoord ingevuld en opgeslagen.")


# ---- Pasting --------------------------------------------------------------------------------------------------------


def test_a_block_from_a_spreadsheet_fills_the_rows_that_are_shown(page: Page) -> None:
    page.get_by_label("Gemeente").select_option("Beekduin")
    cooperation(page, "02BB00").evaluate(PASTE, "Ja, structureel\tleesbevordering\t4,5\r\nNee\r\n")
    notice(page, "4 antwoorden ingevuld en opgeslagen.")
    expect(books(page, "02BB00")).to_have_value("4,5")
    expect(page.get_by_text("2 van 4 schoollocaties klaar")).to_be_visible()
    page.get_by_role("button", name="Ongedaan maken").click()
    notice(page, "4 antwoorden zijn weer zoals ze waren.")
    assert set(stored("cooperation").values()) == {None}


def test_what_cannot_be_read_is_listed_before_anything_is_stored(page: Page, axe: Callable[[Page], None]) -> None:
    cooperation(page, "01AA00").evaluate(PASTE, "Jawel\nNee\n\nNee\nNee\n")
    notice(page, "1 cel kan niet worden gelezen.")
    notice(page, "De Springplank, Samenwerking: “Jawel” is hier geen antwoord.")
    axe(page)
    assert stored("cooperation") == {}
    page.get_by_role("button", name="Invullen wat wel gelezen kan worden").click()
    notice(page, "1 geplakte cel valt buiten de tabel.")
    assert stored("cooperation") == {"01AA01": "none", "02BB01": "none"}


def test_one_value_pasted_into_a_field_to_type_in_is_just_pasted(page: Page, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "structural"}})
    opened(page, entry)
    books(page, "01AA00").evaluate(PASTE, "4,5")
    expect(page.locator("#veel-melding")).to_be_empty()


FITS = """() => [...document.querySelectorAll("table.roster td :is(select, input, fieldset)")].every((field) =>
    field.getBoundingClientRect().right <= field.closest("td").getBoundingClientRect().right)"""


def test_the_cells_of_a_row_have_no_gaps_in_a_wide_window(page: Page) -> None:
    page.set_viewport_size({"width": 1700, "height": 720})
    expect(page.locator("table.roster-quick")).to_be_visible()
    boxes = [cell.bounding_box() for cell in page.locator("#rij-01AA00 > *").all()]
    edges = [(box["x"], box["x"] + box["width"]) for box in boxes if box]
    for (_left, end), (start, _right) in pairwise(edges):
        assert start == pytest.approx(end, abs=1)


def test_columns_are_wide_enough_for_what_comes_up_later(page: Page) -> None:
    expect(page.locator("table.roster-quick")).to_be_visible()
    cooperation(page, "01AA00").select_option("structural")
    expect(books(page, "01AA00")).to_be_visible()
    assert page.evaluate(FITS)
    page.set_viewport_size({"width": 700, "height": 720})
    page.wait_for_timeout(200)
    assert page.evaluate(FITS)


# ---- Any device -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_roster_is_accessible_and_fits_a_phone(page: Page, scheme: str, axe: Callable[[Page], None]) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    tick(page, "01AA00")
    page.locator("#veel > summary").click()
    axe(page)
    page.set_viewport_size({"width": 320, "height": 720})
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 320
    axe(page)
    page.get_by_label("Naam of BRIN").fill("kompas")
    expect(page.locator("#rooster-aantal")).to_have_text("1 van 4 getoond")
    assert shown(page) == ["02BB00"]
