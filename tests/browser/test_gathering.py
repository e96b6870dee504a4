"""What is given shortly after each other is sent in one request, and going on sends what is left and nothing else."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, Request, Route, expect

from surveys.models import Answer, FrameEntry, User
from tests.browser.pages import DELAY, N_KEPT, SAVE, section, status
from tests.factories import answer

A_MINUTE = 60_000


@pytest.fixture
def entry(entry: FrameEntry, anna: User) -> FrameEntry:
    """Of which the roster is filled in, so that going on ends at the review."""
    answer(entry, anna, {"01AA00": {"cooperation": "yes", "topics": ["reading"]}})
    return entry


@pytest.fixture
def opened(page: Page, entry: FrameEntry, settings: Any) -> Callable[[int], Page]:
    """Anna's browser at the section with library questions, where answers wait so many milliseconds for others."""

    def open_page(gather: int) -> Page:
        settings.AUTOSAVE_GATHER_MS = gather
        page.goto(section(entry))
        return page

    return open_page


def sent_by(page: Page) -> list[Request]:
    """The requests that change something, from here on."""
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request) if request.method == "POST" else None)
    return requests


def codes(request: Request) -> list[str]:
    """The questions whose answers are in a save."""
    (seen,) = parse_qs(request.post_data or "")["seen"]
    return [part.partition(":")[0] for part in seen.split(",")]


def stored() -> dict[str, object]:
    """The library's own answers."""
    rows = Answer.objects.filter(school=None).select_related("question")
    return {row.question.code: row.value for row in rows}


def fail_saves_of_hours(page: Page, status: int) -> None:
    """Every save with hours in it fails with this status; the server never sees it."""

    def fail(route: Route) -> None:
        if "hours" in codes(route.request):
            route.fulfill(status=status, body="")
        else:
            route.continue_()

    page.route(SAVE, fail)


def test_answers_given_in_a_row_go_in_one_request(opened: Callable[[int], Page]) -> None:
    page = opened(1500)
    requests = sent_by(page)
    page.get_by_role("checkbox", name="Gemeente").check()
    page.get_by_role("checkbox", name="POI").check()
    page.get_by_label("Hoeveel uren per week").fill("9")
    page.get_by_label("Op hoeveel schoollocaties").fill("1")
    page.keyboard.press("Tab")
    status(page, "Nog niet bewaard")
    status(page, "Opgeslagen om")
    assert [codes(request) for request in requests] == [["partners", "hours", "plan_locations"]]
    assert stored() == {"partners": ["municipality", "poi"], "hours": "9", "plan_locations": 1}
    assert page.evaluate(N_KEPT) == 0


def test_an_answer_that_decides_what_is_asked_is_sent_at_once_with_what_waits(opened: Callable[[int], Page]) -> None:
    page = opened(A_MINUTE)
    page.get_by_label("Hoeveel uren per week").fill("9")
    page.get_by_role("radio", name="Ja").check()
    expect(page.get_by_label("Waarover gaan die doelstellingen?")).to_be_visible()
    assert stored() == {"hours": "9", "has_targets": "yes"}


def test_going_on_sends_what_waits_and_needs_no_form(opened: Callable[[int], Page]) -> None:
    page = opened(A_MINUTE)
    requests = sent_by(page)
    page.get_by_label("Hoeveel uren per week").fill("9")
    page.get_by_role("checkbox", name="POI").check()
    page.get_by_role("button", name="Opslaan en verder").click()
    page.wait_for_url("**/controle/")
    assert stored() == {"hours": "9", "partners": ["poi"]}
    page.wait_for_load_state("networkidle")
    assert [request.url.rpartition("/beleid/")[2] for request in requests] == ["bewaren/"], "nor is it sent again"
    assert page.evaluate(N_KEPT) == 0


def test_with_nothing_to_save_going_on_is_only_the_next_page(opened: Callable[[int], Page], entry: FrameEntry) -> None:
    page = opened(A_MINUTE)
    requests = sent_by(page)
    page.goto(section(entry, "samenwerking"))
    page.get_by_role("button", name="Opslaan en verder").click()
    page.wait_for_url("**/beleid/")
    assert requests == []


def test_going_on_without_a_network_stays_and_says_so(opened: Callable[[int], Page], entry: FrameEntry) -> None:
    page = opened(A_MINUTE)
    page.get_by_label("Hoeveel uren per week").fill("9")
    page.context.set_offline(True)
    page.get_by_role("button", name="Opslaan en verder").click()
    status(page, "Kon niet bewaren")
    assert page.url.endswith(section(entry))
    page.context.set_offline(False)
    status(page, "Opgeslagen om")
    assert stored() == {"hours": "9"}


def test_going_on_stops_at_a_question_that_comes_up_meanwhile(opened: Callable[[int], Page]) -> None:
    page = opened(A_MINUTE)

    def slowly(route: Route) -> None:
        page.wait_for_timeout(700)
        route.continue_()

    page.route(SAVE, slowly)
    page.get_by_role("radio", name="Ja").check()
    page.get_by_role("button", name="Opslaan en verder").click()
    status(page, "vragen bij gekomen")
    expect(page.get_by_label("Waarover gaan die doelstellingen?")).to_be_focused()
    page.get_by_role("button", name="Opslaan en verder").click()
    page.wait_for_url("**/controle/")


def test_going_on_with_what_cannot_be_read_shows_what_is_wrong(
    opened: Callable[[int], Page], axe: Callable[[Page], None]
) -> None:
    page = opened(A_MINUTE)
    page.get_by_label("Hoeveel uren per week").fill("veel")
    page.get_by_role("checkbox", name="POI").check()
    page.get_by_role("button", name="Opslaan en verder").click()
    expect(page.get_by_role("alert").get_by_role("link")).to_contain_text("Hoeveel uren per week")
    assert stored() == {"partners": ["poi"]}
    axe(page)
    page.get_by_label("Hoeveel uren per week").fill("9")
    page.get_by_role("button", name="Opslaan en verder").click()
    page.wait_for_url("**/controle/")
    assert stored() == {"partners": ["poi"], "hours": "9"}


def test_leaving_sends_what_waits(opened: Callable[[int], Page]) -> None:
    page = opened(A_MINUTE)
    page.get_by_label("Hoeveel uren per week").fill("9")
    page.keyboard.press("Tab")
    page.goto("about:blank")
    page.wait_for_timeout(1000)
    assert stored() == {"hours": "9"}


def test_an_answer_that_is_refused_does_not_take_others_along(opened: Callable[[int], Page]) -> None:
    page = opened(500)
    fail_saves_of_hours(page, 400)
    page.get_by_label("Hoeveel uren per week").fill("9")
    page.get_by_role("checkbox", name="POI").check()
    page.get_by_label("Op hoeveel schoollocaties").fill("1")
    page.keyboard.press("Tab")
    status(page, "Dit kon niet worden bewaard")
    page.wait_for_timeout(1000)
    status(page, "Dit kon niet worden bewaard")  # also after the others were saved
    assert stored() == {"partners": ["poi"], "plan_locations": 1}
    page.unroute(SAVE)
    page.get_by_role("button", name="Opslaan en verder").click()
    page.wait_for_url("**/controle/")
    assert stored() == {"partners": ["poi"], "plan_locations": 1, "hours": "9"}, "the form sends everything"


def test_leaving_while_a_request_is_under_way_sends_what_came_after_it(opened: Callable[[int], Page]) -> None:
    page = opened(A_MINUTE)
    page.evaluate(DELAY, 1500)
    page.get_by_role("radio", name="Nee").check()
    page.get_by_label("Hoeveel uren per week").fill("9")
    page.get_by_role("link", name="Controle").first.click()
    page.wait_for_url("**/controle/")
    page.wait_for_timeout(500)
    assert stored() == {"has_targets": "no", "hours": "9"}, "the review has no script that would send it"


def test_what_was_sent_beside_a_request_is_no_conflict_when_the_page_stays(opened: Callable[[int], Page]) -> None:
    page = opened(A_MINUTE)
    page.evaluate(DELAY, 800)
    page.get_by_role("radio", name="Nee").check()
    page.get_by_label("Hoeveel uren per week").fill("9")
    page.evaluate("""() => {
      Object.defineProperty(document, "hidden", { value: true, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
      delete document.hidden;
    }""")
    status(page, "Opgeslagen om")
    page.get_by_label("Hoeveel uren per week").fill("10")
    page.get_by_role("button", name="Opslaan en verder").click()
    page.wait_for_url("**/controle/")
    assert stored() == {"has_targets": "no", "hours": "10"}
    assert page.evaluate(N_KEPT) == 0


def test_going_on_does_not_wait_for_a_store_that_never_answers(opened: Callable[[int], Page]) -> None:
    page = opened(A_MINUTE)
    page.add_init_script("IDBFactory.prototype.open = () => ({})")
    page.reload()
    page.get_by_label("Hoeveel uren per week").fill("9")
    page.get_by_role("button", name="Opslaan en verder").click()
    page.wait_for_url("**/controle/")
    assert stored() == {"hours": "9"}


def test_long_texts_go_in_requests_that_outlive_the_page(opened: Callable[[int], Page], entry: FrameEntry) -> None:
    answer(entry, has_targets="yes")
    page = opened(A_MINUTE)
    requests = sent_by(page)
    page.get_by_label("Waarover gaan die doelstellingen?").fill("ë" * 6000)  # 36,000 characters as it is sent
    page.get_by_role("checkbox", name="Anders, namelijk").check()
    page.locator("[name='partners.other_text']").fill("é" * 6000)
    page.get_by_role("button", name="Opslaan en verder").click()
    page.wait_for_url("**/controle/")
    assert stored() == {"has_targets": "yes", "target_topics": "ë" * 6000, "partners": ["other"]}
    assert [len(request.post_data or "") < 60_000 for request in requests] == [True, True]


def test_after_a_refusal_answers_go_together_again(opened: Callable[[int], Page]) -> None:
    page = opened(800)
    requests = sent_by(page)
    page.route(SAVE, lambda route: route.fulfill(status=400, body=""), times=1)
    page.get_by_label("Hoeveel uren per week").fill("9")
    page.get_by_role("checkbox", name="POI").check()
    status(page, "Opgeslagen om")
    assert [len(codes(request)) for request in requests] == [2, 1, 1]
    page.get_by_label("Hoeveel uren per week").fill("10")
    page.get_by_role("checkbox", name="Gemeente").check()
    page.wait_for_timeout(300)
    status(page, "Opgeslagen om")
    assert [len(codes(request)) for request in requests] == [2, 1, 1, 2]


@pytest.mark.parametrize("code", [408, 429])
def test_what_came_too_slowly_or_too_soon_is_sent_again(opened: Callable[[int], Page], code: int) -> None:
    page = opened(500)
    page.route(SAVE, lambda route: route.fulfill(status=code, body="<html>"), times=1)
    page.get_by_role("checkbox", name="POI").check()
    status(page, "Kon niet bewaren")
    status(page, "Opgeslagen om")
    assert stored() == {"partners": ["poi"]}


def test_a_request_that_nobody_answers_is_sent_again(opened: Callable[[int], Page]) -> None:
    page = opened(500)
    page.evaluate("""() => {
      const timeout = AbortSignal.timeout;
      AbortSignal.timeout = (ms) => timeout.call(AbortSignal, ms / 30);
    }""")
    held: list[Route] = []
    page.route(SAVE, lambda route: held.append(route), times=1)
    page.get_by_role("checkbox", name="POI").check()
    status(page, "Kon niet bewaren")
    status(page, "Opgeslagen om")
    assert stored() == {"partners": ["poi"]}
    assert page.evaluate(N_KEPT) == 0


def test_an_answer_over_which_the_server_stumbles_does_not_hold_up_others(opened: Callable[[int], Page]) -> None:
    page = opened(500)
    fail_saves_of_hours(page, 500)
    page.get_by_label("Hoeveel uren per week").fill("9")
    page.get_by_role("checkbox", name="POI").check()
    page.get_by_label("Op hoeveel schoollocaties").fill("1")
    page.keyboard.press("Tab")
    page.wait_for_timeout(5000)
    assert stored() == {"partners": ["poi"], "plan_locations": 1}
    status(page, "Kon niet bewaren")
    page.unroute(SAVE)
    page.get_by_role("button", name="Opslaan en verder").click()
    page.wait_for_url("**/controle/")
    assert stored() == {"partners": ["poi"], "plan_locations": 1, "hours": "9"}
    assert page.evaluate(N_KEPT) == 0
