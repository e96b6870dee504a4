"""The page to review: answers that were left behind in the browser are sent before anything is submitted."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from surveys.models import Answer, FrameEntry, User
from tests.browser.pages import N_KEPT, SAVE, section
from tests.factories import answer

# As a page leaves it that is gone: outbox.js.
KEEP = """(item) => new Promise((resolve) => {
  const opening = indexedDB.open("monitor", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("unsaved", { keyPath: "key" });
  opening.onsuccess = (event) => {
    const transaction = event.target.result.transaction("unsaved", "readwrite");
    transaction.objectStore("unsaved").put(item);
    transaction.oncomplete = () => { event.target.result.close(); resolve(); };
  };
})"""


@pytest.fixture
def left(page: Page, entry: FrameEntry, anna: User) -> Callable[[str], Page]:
    """Anna's browser, with hours in it that could not be sent before their page was left."""

    def leave(hours: str) -> Page:
        page.evaluate(
            KEEP,
            {
                "key": f"monitor:{anna.pk}:{entry.pk}:beleid:hours",
                "url": f"{section(entry)}bewaren/",
                "answer": "hours",
                "body": f"seen=hours:0&hours={hours}",
                "page": "gone",
            },
        )
        return page

    return leave


def review(entry: FrameEntry) -> str:
    return f"/vragenlijst/{entry.pk}/controle/"


def test_what_was_left_behind_is_sent_and_the_page_knows_it(left: Callable[[str], Page], entry: FrameEntry) -> None:
    page = left("400")
    with page.expect_response(SAVE):
        page.goto(review(entry))
    expect(page.get_by_text("Dit aantal uren is ongewoon")).to_be_visible()
    assert Answer.objects.get(question__code="hours").value == "400"
    assert page.evaluate(N_KEPT) == 0
    expect(page.locator("#nog-te-bewaren")).to_be_hidden()


def test_what_cannot_be_saved_is_said_with_the_way_to_it(
    left: Callable[[str], Page], entry: FrameEntry, axe: Callable[[Page], None]
) -> None:
    page = left("veel")
    page.goto(review(entry))
    note = page.locator("#nog-te-bewaren")
    expect(note).to_contain_text("niet bewaard en vraagt uw aandacht")
    axe(page)
    note.get_by_role("link", name="Beleid en middelen").click()
    expect(page.get_by_label("Hoeveel uren per week")).to_have_value("veel")
    expect(page.get_by_text("is geen getal")).to_be_visible()


def test_a_conflict_is_settled_where_the_question_is(
    left: Callable[[str], Page], entry: FrameEntry, emma: User
) -> None:
    page = left("12")
    answer(entry, by=emma, hours="9")
    page.goto(review(entry))
    page.locator("#nog-te-bewaren").get_by_role("link").click()
    expect(page.get_by_role("alert")).to_contain_text("Emma")


def test_submitting_waits_for_what_is_still_to_be_saved(left: Callable[[str], Page], entry: FrameEntry) -> None:
    page = left("12")

    def cut(route: Route) -> None:
        route.abort()

    page.route(SAVE, cut)
    page.goto(review(entry))
    expect(page.locator("#nog-te-bewaren")).to_contain_text("dien daarna in")
    page.get_by_role("button", name="De lijst klopt").click()
    page.wait_for_timeout(500)
    assert page.url.endswith(review(entry))
    assert not Answer.objects.exists()
    page.unroute(SAVE, cut)
    page.get_by_role("button", name="De lijst klopt").click()
    expect(page.get_by_role("button", name="De lijst klopt")).to_have_count(0)
    assert Answer.objects.get(question__code="hours").value == "12"
