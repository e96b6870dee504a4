"""What "other" is, is asked where "other" is chosen: what was typed there is no answer once another one is."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from surveys.models import Answer
from tests.browser.pages import OpenSection, status

OTHER = "Anders, namelijk"


@pytest.fixture(autouse=True)
def opened(open_section: OpenSection, settings: Any) -> None:
    settings.AUTOSAVE_GATHER_MS = 800
    open_section("other_text", "partners")


def given(code: str) -> tuple[object, str]:
    answer = Answer.objects.get(question__code=code)
    return answer.value, answer.other_text


def test_a_tick_taken_back_is_taken_back_with_the_text_beside_it(page: Page) -> None:
    other = page.locator("[name=partners][value=other]")
    text = page.locator("[name='partners.other_text']")
    page.get_by_role("checkbox", name="POI").check()
    other.check()
    text.fill("Ziekenhuis")
    other.uncheck()
    expect(text).to_be_hidden()
    status(page, "Opgeslagen om")
    assert given("partners") == (["poi"], ""), "as the page shows it"
    other.check()
    expect(text).to_have_value("Ziekenhuis")
    status(page, "Opgeslagen om")
    assert given("partners") == (["poi", "other"], "Ziekenhuis")


def test_another_choice_is_saved_without_the_text_of_the_first(page: Page) -> None:
    page.locator("[name=main_partner][value=other]").check()
    page.locator("[name='main_partner.other_text']").fill("Ziekenhuis")
    page.locator("[name=main_partner][value=municipality]").check()
    status(page, "Opgeslagen om")
    assert given("main_partner") == ("municipality", "")


def test_the_form_leaves_out_the_text_that_is_out_of_sight(page: Page) -> None:
    page.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    page.reload()
    page.locator("[name=main_partner][value=other]").check()
    page.locator("[name='main_partner.other_text']").fill("Ziekenhuis")
    page.locator("[name=main_partner][value=municipality]").check()
    page.route("**/bewaren/", lambda route: route.fulfill(status=400, body=""))
    status(page, "Dit kon niet worden bewaard")
    page.get_by_role("button", name="Opslaan en verder").click()
    page.wait_for_url("**/scholen/")
    assert given("main_partner") == ("municipality", "")
