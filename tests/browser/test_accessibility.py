"""Every page that people meet, in the states it can be in: no axe violation, no sideways scrolling on a phone."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from reports.models import Publication
from reports.services.aggregation import wave_aggregate
from reports.services.publishing import publication_publish, publish_after_aggregation
from surveys.dataset import WaveKey
from surveys.models import FrameEntry, Library, User, Wave
from surveys.services.rosters import roster_write
from tests.factories import (
    LibraryFactory,
    SchoolFactory,
    answer,
    close,
    entry_of,
    open_wave,
    questionnaire,
    sheet,
    submit,
)

Check = Callable[[], None]

PUBLICATION = Path(__file__).parent.parent / "publications" / "small"
PHONE, DESK = {"width": 320, "height": 800}, {"width": 1280, "height": 900}
STATIC = Path(__file__).parent.parent.parent / "static"
NAMED = re.compile(r"\.([a-z][\w-]*)")
STYLED = {path.name: frozenset(NAMED.findall(path.read_text())) for path in STATIC.rglob("*.css")}
OUR_STYLES = frozenset().union(*(STYLED[name] for name in STYLED.keys() - {"admin.css", "paper.css"}))
ENGLISH = (" the ", "Save", "Submit", "This field", "Sign ", "Password", "Successfully")


@pytest.fixture
def check(browser_page: Page, axe: Callable[[Page], None]) -> Check:
    """Judge the page as it stands: on a desk, on a phone and in the dark. No two pages of a test have one title."""
    page = browser_page
    titles: dict[str, str] = {}

    def judge() -> None:
        assert titles.setdefault(page.title(), page.url) == page.url, f"{page.url}: title of {titles[page.title()]}"
        assert page.locator("h1:visible").count() == 1, page.url
        text = page.inner_text("body")
        assert not [words for words in ENGLISH if words in text], f"{page.url}\n{text}"
        assert unstyled(page) == set(), page.url
        axe(page)
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a plain dict will do
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], page.url
        page.emulate_media(color_scheme="dark")
        axe(page)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(DESK)  # type: ignore[arg-type]  # as above

    return judge


def unstyled(page: Page) -> set[str]:
    """Classes on the page that a style sheet of ours is about, but none that the page loads."""
    links = page.locator("link[rel=stylesheet]").evaluate_all("all => all.map(one => one.href)")
    used = page.evaluate("[...document.querySelectorAll('[class]')].flatMap(one => [...one.classList])")
    return (set(used) & OUR_STYLES).difference(*(STYLED[link.rpartition("/")[2]] for link in links))


@pytest.fixture
def entry(transactional_db: None, library_a: Library, library_b: Library) -> FrameEntry:
    for number, library in enumerate((library_a, library_a, library_b)):
        SchoolFactory(library=library, code=f"0{number}AA00", name=f"De Springplank {number}")
    return entry_of(open_wave(questionnaire("small"), libraries=[library_a, library_b]), library_a)


def fill_in(entry: FrameEntry, by: User, **answers: Any) -> None:
    schools = {school.code: {"cooperation": "yes", "topics": ["reading"]} for school in entry.schools.all()}
    answer(entry, by=by, schools=schools)
    answer(entry, by=by, **answers)


def save(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Opslaan en verder").click()


def test_account_pages(browser_page: Page, check: Check, become: Callable[[User], None], anna: User) -> None:
    page = browser_page
    for address in ("login/", "login/code/", "password/reset/", "password/reset/done/", "inactive/"):
        page.goto(f"/account/{address}")
        check()
    page.goto("/account/password/reset/key/1-abc/")
    expect(page.get_by_role("heading", name="werkt niet")).to_be_visible()
    check()
    page.goto("/account/login/")
    page.get_by_label("E-mailadres").fill(anna.email)
    page.get_by_label("Wachtwoord", exact=True).fill("fout")
    page.get_by_role("button", name="Inloggen", exact=True).click()
    expect(page.locator(".error-summary")).to_be_focused()
    check()
    page.goto("/account/login/code/")
    page.get_by_label("E-mailadres").fill(anna.email)
    page.locator("main button.btn-primary").click()
    page.wait_for_url("**/code/confirm/")
    check()
    become(anna)
    for address in ("password/change/", "2fa/", "sessions/", "logout/"):
        page.goto(f"/account/{address}")
        check()


def test_questionnaire_of_a_library(
    browser_page: Page,
    check: Check,
    become: Callable[[User], None],
    entry: FrameEntry,
    anna: User,
    bram: User,
    emma: User,
) -> None:
    page = browser_page
    mine = f"/vragenlijst/{entry.pk}/"
    become(anna)
    for address in ("/", mine, f"{mine}onderdeel/samenwerking/", f"{mine}controle/"):
        page.goto(address)
        check()
    fill_in(entry, anna, partners=["municipality", "none"], has_targets="yes", hours="900")
    page.goto(f"{mine}onderdeel/beleid/")  # with warnings
    expect(page.locator(".soft-check > p:visible")).to_have_count(2)
    check()
    page.get_by_label("Op hoeveel schoollocaties").fill("een paar")
    answer(entry, by=emma, has_targets="no")
    page.get_by_role("radio", name="Weet ik niet").check()
    save(page)
    expect(page.locator(".error-summary, [role=alert]").first).to_be_visible()  # an error, a colleague in between
    check()
    page.goto(f"{mine}controle/")
    expect(page.get_by_text("Moet worden verbeterd")).to_have_count(1)
    expect(page.get_by_text("Nakijken of toelichten")).to_have_count(1)
    check()
    page.goto(f"{mine}antwoorden/")
    check()
    become(bram)  # who only reads
    page.goto(mine)
    expect(page.get_by_role("button", name="Opslaan")).to_have_count(0)


def test_submitted_and_closed_questionnaire(
    browser_page: Page, check: Check, become: Callable[[User], None], entry: FrameEntry, anna: User, carla: User
) -> None:
    page = browser_page
    mine = f"/vragenlijst/{entry.pk}/"
    fill_in(entry, anna, partners=["municipality"], has_targets="no", hours="9.5", plan_locations=1)
    submit(entry, by=anna)
    become(anna)
    for address in ("/", mine, f"{mine}ontvangst/", f"{mine}antwoorden/", f"{mine}controle/"):
        page.goto(address)
        check()
    close(entry.wave)
    theirs = f"/vragenlijst/{entry_of(entry.wave, Library.objects.get(code='B001')).pk}/"
    become(carla)  # who was too late
    page.goto("/")
    expect(page.get_by_text("Niet ingediend")).to_be_visible()
    page.goto(theirs)
    expect(page.get_by_text("Deze meting is gesloten")).to_be_visible()
    page.goto(f"{theirs}controle/")
    expect(page.get_by_role("button", name="Definitief indienen")).to_have_count(0)


def test_what_the_page_says_while_it_cannot_save(
    browser_page: Page, check: Check, become: Callable[[User], None], entry: FrameEntry, anna: User
) -> None:
    page = browser_page
    become(anna)
    page.goto(f"/vragenlijst/{entry.pk}/onderdeel/beleid/")
    page.context.set_offline(True)
    page.get_by_role("radio", name="Nee").check()
    status = page.locator("#bewaarstatus")
    expect(status).to_contain_text("Kon niet bewaren")
    check()
    page.context.clear_cookies()
    page.context.set_offline(False)
    expect(status).to_contain_text("U bent uitgelogd", timeout=20_000)
    check()
    become(anna)
    page.reload()
    expect(status).to_contain_text("Opgeslagen om", timeout=20_000)


def test_preview_of_a_workbook(
    browser_page: Page, check: Check, become: Callable[[User], None], entry: FrameEntry, anna: User, tmp_path: Path
) -> None:
    page = browser_page
    book = load_workbook(io.BytesIO(roster_write(sheet=sheet(entry))))
    lines = list(book["Schoollocaties"].iter_rows())
    place = next(n for n, cell in enumerate(lines[-1]) if cell.value is None)
    become(anna)
    for value, told in (("Ja", "1 wijziging opslaan"), ("Misschien", "Misschien")):
        lines[-1][place].value = value
        book.save(tmp_path / "scholen.xlsx")
        page.goto(f"/vragenlijst/{entry.pk}/scholen/excel/")
        page.locator("input[type=file]").set_input_files(tmp_path / "scholen.xlsx")
        with page.expect_navigation():
            page.locator("main form button[type=submit]").first.click()
        assert told in page.inner_text("main"), page.inner_text("main")
        check()


def test_pages_of_an_adviser(
    browser_page: Page, check: Check, become: Callable[[User], None], entry: FrameEntry, anna: User, dirk: User
) -> None:
    page = browser_page
    fill_in(entry, anna, partners=["municipality"])
    become(dirk)
    for address in ("/", "/volgen/", f"/volgen/{entry.pk}/"):
        page.goto(address)
        check()


def test_publication(browser_page: Page, check: Check, transactional_db: None) -> None:
    page = browser_page
    page.goto("/publicaties/")
    expect(page.get_by_text("Er is nog niets gepubliceerd")).to_be_visible()
    published()
    for address in ("", "test-2024-2025/", "test-2024-2025/beleid/", "test-2024-2025/samenwerking/"):
        page.goto(f"/publicaties/{address}")
        check()
    for address in ("v1/", "v1/beleid/"):
        page.goto(f"/publicaties/test-2024-2025/{address}")
        expect(page.get_by_text("Dit is versie 1, die is vervangen.")).to_be_visible()
        check()
    page.goto("/publicaties/bestaat-niet/")
    check()


def published() -> Wave:
    """Twelve libraries answered, and the publication has a second version."""
    libraries = [LibraryFactory() for _ in range(12)]
    wave = open_wave(questionnaire("small"), libraries=libraries, schools=1)
    for number, library in enumerate(libraries):
        entry = entry_of(wave, library)
        [school] = entry.schools.all()
        answer(entry, schools={school.code: {"cooperation": "yes"}})
        answer(entry, partners=["municipality"] if number % 2 else ["poi"], hours=str(number + 1), has_targets="no")
        submit(entry)
    call_command("load_publication", PUBLICATION)
    close(wave)
    wave_aggregate(wave=WaveKey("test", "2024-2025"), publish=publish_after_aggregation)
    publication = Publication.objects.get()
    chapter = publication.chapters.get(slug="beleid")
    chapter.markdown += "\nEen zin erbij.\n"
    chapter.save()
    publication_publish(publication=publication, note="Een zin toegevoegd")
    return wave
