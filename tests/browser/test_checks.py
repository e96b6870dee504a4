"""Checks and values from elsewhere in a browser: told beside the field and on the review page, explained, quiet."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Dialog, Page, expect

from surveys import models
from surveys.models import FrameEntry, Library, User
from surveys.services.prefills import prefills_import
from tests.browser.pages import section
from tests.factories import SchoolFactory, answer, close, entry_of, explain, open_wave, questionnaire, submit


@pytest.fixture
def entry(transactional_db: None, library_a: Library, anna: User, tmp_path: Path) -> FrameEntry:
    """This year's questionnaire, of which last year was submitted and one value is known from elsewhere."""
    SchoolFactory(code="01AA00", library=library_a, name="De Springplank")
    wave = open_wave(questionnaire("change"), libraries=[library_a])
    answer(entry_of(wave, library_a), by=anna, members=1234, guests=5, schools={"01AA00": {"books": "4.5"}})
    submit(entry_of(wave, library_a), by=anna)
    close(wave)
    now = open_wave(wave.questionnaire, school_year="2025-2026", libraries=[library_a])
    path = tmp_path / "known.csv"
    path.write_text("library,question,value\nA001,guests,1300\n", encoding="utf-8")
    prefills_import(wave=now, path=path, source="Datawarehouse, 1 september 2026")
    entry = entry_of(now, library_a)
    answer(entry, by=anna, members=2000, schools={"01AA00": {"books": "12"}})
    return entry


def test_a_change_is_explained_on_the_review_page_and_is_quiet_after_that(
    page: Page, entry: FrameEntry, axe: Callable[[Page], None]
) -> None:
    review = reverse("surveys:response-review", args=[entry.pk])
    page.goto(f"{review}#uitleg-members_changed")
    axe(page)
    expect(page.get_by_text("bij de KB bekend: 1.300; bevestig het")).to_be_visible()
    members = page.get_by_label("Bij de vorige meting 1.234, nu 2.000.")
    books = page.get_by_label("Vorige keer 4,5, nu 12.")
    members.fill("Ledenactie op alle scholen")
    books.fill("Nieuwe collectie")
    books.press("Enter")
    expect(page.get_by_text("2 punten zijn toegelicht.")).to_be_visible()
    expect(members).to_be_hidden()
    axe(page)
    page.get_by_text("Toelichting: Ledenactie op alle scholen").press("Enter")
    expect(members).to_be_visible()
    expect(members).to_have_value("Ledenactie op alle scholen")
    axe(page)
    page.get_by_role("link", name="De Springplank: boeken per leerling").click()
    expect(page.locator("#cel-01AA00-books")).to_be_in_viewport()
    expect(page.get_by_text("Bij de vorige meting")).to_have_count(0)


def test_enter_in_a_field_confirms_nothing_that_is_known_from_elsewhere(
    page: Page, library_a: Library, tmp_path: Path
) -> None:
    SchoolFactory(code="01AA00", library=library_a, name="De Springplank")
    wave = open_wave(questionnaire("small"), libraries=[library_a])  # the first: there is no last year
    path = tmp_path / "known.csv"
    path.write_text("library,question,value\nA001,hours,7\n", encoding="utf-8")
    prefills_import(wave=wave, path=path, source="Datawarehouse, 1 september 2026")
    page.goto(section(entry_of(wave, library_a)))
    page.get_by_role("radio", name="Nee").check()
    page.keyboard.press("Enter")
    page.wait_for_url("**/controle/")
    assert list(models.Answer.objects.values_list("question__code", "value")) == [("has_targets", "no")]


def test_an_explanation_that_was_not_saved_is_not_left_unasked(page: Page, entry: FrameEntry, anna: User) -> None:
    explain(entry, anna, members_changed="Ledenactie")
    page.goto(reverse("surveys:response-review", args=[entry.pk]))
    page.get_by_text("Toelichting: Ledenactie").click()
    members = page.get_by_label("Bij de vorige meting 1.234, nu 2.000.")
    members.fill("Ledenactie op alle scholen")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_role("button", name="De lijst klopt").click()
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    expect(members).to_have_value("Ledenactie op alle scholen")
    page.get_by_role("button", name="Toelichtingen opslaan").click()
    expect(page.get_by_text("Toelichting: Ledenactie op alle scholen")).to_be_visible()
    page.get_by_role("button", name="De lijst klopt").click()
    expect(page.get_by_role("button", name="De lijst klopt")).to_have_count(0)
    assert asked == ["beforeunload"]


def test_an_explanation_that_a_colleague_wrote_meanwhile_is_shown_beside_what_was_typed(
    page: Page, entry: FrameEntry, anna: User, emma: User, axe: Callable[[Page], None]
) -> None:
    page.goto(reverse("surveys:response-review", args=[entry.pk]))
    explain(entry, by=emma, members_changed="Door de fusie")
    members = page.get_by_label("Bij de vorige meting 1.234, nu 2.000.")
    members.fill("Door de ledenactie")
    members.press("Enter")
    conflict = page.get_by_role("alert").filter(has_text="Door de fusie")
    expect(conflict).to_contain_text(str(emma))
    expect(conflict).to_be_focused()
    expect(conflict).to_be_in_viewport()
    expect(members).to_have_value("Door de ledenactie")
    expect(members).to_have_accessible_description(re.compile("Door de fusie"))
    axe(page)
    members.press("Enter")
    expect(conflict).to_have_count(0)
    expect(members).to_have_value("Door de ledenactie")
    explained = models.Explanation.objects.get(check_code="members_changed")
    assert (explained.text, explained.written_by) == ("Door de ledenactie", anna)


def test_what_a_check_says_and_its_mark_come_and_go_together(page: Page, entry: FrameEntry) -> None:
    page.goto(reverse("surveys:response-section", args=[entry.pk, "leden"]))
    told = page.locator(".question.has-warning", has_text="Bij de vorige meting 1.234, nu 2.000.")
    expect(told).to_be_visible()
    members = page.get_by_label("Hoeveel leden zijn er?")
    members.fill("1300")
    members.blur()
    expect(page.get_by_text("Bij de vorige meting 1.234")).to_be_hidden()
    expect(page.locator(".has-warning")).to_have_count(0)
    members.fill("2000")
    members.blur()
    expect(told).to_be_visible()
