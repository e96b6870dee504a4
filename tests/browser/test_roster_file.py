"""The roster as a workbook in a browser: download, fill in, upload, look at what changes, and store it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from surveys.models import Answer, FrameEntry, Library, User
from tests.factories import SchoolFactory, answer, entry_of, open_wave, questionnaire


@pytest.fixture
def entry(transactional_db: None, library_a: Library) -> FrameEntry:
    for number, name in enumerate(("De Springplank", "Het Kompas", "De Wilg")):
        SchoolFactory(code=f"01AA0{number}", library=library_a, name=name, municipality=f"Dorp {number}")
    return entry_of(open_wave(questionnaire("roster"), libraries=[library_a]), library_a)


def upload(page: Page, file: Path) -> None:
    page.get_by_label("Het ingevulde bestand (.xlsx)").set_input_files(file)
    page.get_by_role("button", name="Wijzigingen tonen").click()


def test_from_download_to_stored_answers(
    page: Page, entry: FrameEntry, emma: User, axe: Callable[[Page], None], tmp_path: Path
) -> None:
    file = tmp_path / "scholen.xlsx"
    page.goto(f"/vragenlijst/{entry.pk}/scholen/excel/")
    axe(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Schoollocaties downloaden (.xlsx)").click()
    assert download.value.suggested_filename == "schoollocaties-test-2024-2025-a001.xlsx"
    download.value.save_as(file)
    answer(entry, by=emma, schools={"01AA02": {"cooperation": "none"}})

    book = load_workbook(file)
    roster = book["Schoollocaties"]
    roster["E3"], roster["F3"], roster["E4"], roster["E5"] = "structureel", "ja", "misschien", "structureel"
    roster["H4"] = 3
    book.save(file)
    upload(page, file)
    expect(page.get_by_role("alert")).to_contain_text("E4")
    expect(page.get_by_role("button", name="opslaan")).to_have_count(0)
    axe(page)
    page.get_by_role("link", name="Een ander bestand uploaden").click()

    roster["E4"] = "geen samenwerking"
    book.save(file)
    upload(page, file)
    expect(page.get_by_role("row", name="E3 De Springplank")).to_contain_text("Ja, structureel")
    expect(page.get_by_role("row", name="E5 De Wilg")).to_contain_text("Emma")
    axe(page)
    assert Answer.objects.count() == 1
    page.get_by_role("checkbox", name="Ja, structureel").check()
    page.get_by_role("button", name="4 wijzigingen opslaan").click()
    expect(page.get_by_text("5 antwoorden uit het bestand opgeslagen.")).to_be_visible()
    stored = Answer.objects.values_list("school__code", "question__code", "value").order_by("school__code", "question")
    assert list(stored) == [
        ("01AA00", "cooperation", "structural"),
        ("01AA00", "topics", ["reading"]),
        ("01AA01", "cooperation", "none"),
        ("01AA01", "books_per_pupil", "3"),
        ("01AA02", "cooperation", "structural"),
    ]

    page.get_by_label("Het ingevulde bestand (.xlsx)").set_input_files(
        {"name": "scholen.xlsx", "mimeType": "text/csv", "buffer": b"code,naam"}
    )
    page.get_by_role("button", name="Wijzigingen tonen").click()
    expect(page.get_by_role("alert")).to_contain_text("geen Excel-bestand")
    axe(page)
