"""The list of schools by keyboard and on a phone: a school leaves, comes back, is added; the list is confirmed."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from surveys.models import FrameEntry, FrameSchool, Library, User
from tests.browser.pages import fits
from tests.factories import SchoolFactory, answer, entry_of, open_wave, questionnaire


@pytest.fixture
def entry(transactional_db: None, library_a: Library, library_b: Library, anna: User) -> FrameEntry:
    for code, name in (("01AA00", "De Springplank"), ("01AA01", "Het Kompas")):
        SchoolFactory(library=library_a, code=code, name=name)
    SchoolFactory(library=library_b, code="02BB00", name="De Brug")
    entry = entry_of(open_wave(questionnaire("small"), libraries=[library_a, library_b]), library_a)
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "yes"}})
    return entry


def looks_right(page: Page, axe: Callable[[Page], None]) -> None:
    fits(page)
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        axe(page)


def test_the_list_of_schools_is_put_right(
    page: Page, entry: FrameEntry, anna: User, axe: Callable[[Page], None]
) -> None:
    page.goto(f"/vragenlijst/{entry.pk}/")
    page.get_by_role("link", name="Schoollocaties", exact=True).click()
    looks_right(page, axe)
    a_school_merges_and_comes_back(page, axe)
    schools_are_added(page, axe)
    page.get_by_role("button", name="De lijst klopt").press("Enter")
    expect(page.get_by_text(re.compile("Anna heeft op .* aangegeven dat de lijst klopt"))).to_be_visible()
    looks_right(page, axe)
    entry.refresh_from_db()
    assert (entry.roster_confirmed_by, entry.n_locations) == (anna, 4)


def a_school_merges_and_comes_back(page: Page, axe: Callable[[Page], None]) -> None:
    page.get_by_label("Zoek op naam").fill("spring")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile("Klopt niet.*De Springplank")).press("Enter")
    looks_right(page, axe)
    page.get_by_role("radio", name="samengegaan").check()
    page.get_by_role("button", name="Van de lijst halen").click()
    expect(page.get_by_role("alert")).to_be_visible()
    looks_right(page, axe)
    page.get_by_role("combobox", name="Samengegaan met").select_option("Het Kompas, Ons Dorp (01AA01)")
    page.get_by_role("button", name="Van de lijst halen").click()
    expect(page.get_by_text("1 schoollocatie op de lijst")).to_be_visible()
    looks_right(page, axe)
    page.get_by_role("button", name=re.compile("Toch op de lijst.*De Springplank")).click()
    expect(page.get_by_text("2 schoollocaties op de lijst")).to_be_visible()


def schools_are_added(page: Page, axe: Callable[[Page], None]) -> None:
    page.get_by_role("link", name="School toevoegen").click()
    looks_right(page, axe)
    page.get_by_label("BRIN-code").fill("02bb00")
    page.keyboard.press("Enter")
    expect(page.get_by_text("staat op de lijst van Bibliotheek Beekduin")).to_be_visible()
    looks_right(page, axe)
    page.get_by_role("button", name="Toch toevoegen").click()
    expect(page.get_by_text("3 schoollocaties op de lijst")).to_be_visible()
    page.get_by_role("link", name="School toevoegen").click()
    page.get_by_label("Naam van de school").fill("De Nieuwe")
    page.get_by_label("Gemeente").fill("Ons Dorp")
    page.get_by_label("Soort school").select_option("bo")
    page.get_by_role("button", name="Toevoegen zonder code").click()
    expect(page.get_by_text("4 schoollocaties op de lijst")).to_be_visible()
    assert FrameSchool.objects.get(name="De Nieuwe").school.is_provisional


def test_the_list_is_confirmed_where_it_is_filled_in(
    page: Page, entry: FrameEntry, anna: User, axe: Callable[[Page], None]
) -> None:
    page.goto(f"/vragenlijst/{entry.pk}/onderdeel/samenwerking/")
    looks_right(page, axe)
    page.get_by_role("button", name="De lijst klopt").click()
    expect(page.get_by_role("button", name="De lijst klopt")).to_have_count(0)
    assert page.url.endswith("/onderdeel/samenwerking/")
    entry.refresh_from_db()
    assert entry.roster_confirmed_by == anna
