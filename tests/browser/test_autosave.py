"""Every answer is saved by itself, and what was not acknowledged comes back: after a cut, a reload, a new log-in."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import APIResponse, Dialog, Page, Route, expect

from surveys.models import Answer, FrameEntry, Session, User
from tests.browser.pages import N_KEPT, SAVE, log_in, section, sign_out, status, stored
from tests.factories import answer


@pytest.fixture
def page(page: Page, entry: FrameEntry) -> Page:
    """Anna's, at the section with library questions."""
    page.goto(section(entry))
    return page


def lose_first_answer(page: Page) -> list[APIResponse]:
    """The server stores what is sent first, but the browser never hears of it."""
    lost: list[APIResponse] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch())
            route.abort()

    page.route(SAVE, lose)
    return lost


def test_an_answer_is_saved_and_the_question_that_follows_from_it_comes_up(
    page: Page, axe: Callable[[Page], None]
) -> None:
    page.get_by_role("radio", name="Ja").check()
    status(page, "Opgeslagen om")
    assert stored("has_targets") == "yes"
    topics = page.get_by_label("Waarover gaan die doelstellingen?")
    topics.fill("Leesplezier")
    status(page, "Nog niet bewaard")
    status(page, "Opgeslagen om")
    assert stored("target_topics") == "Leesplezier"
    expect(topics).to_be_focused()
    axe(page)
    page.get_by_role("radio", name="Nee").check()
    expect(topics).not_to_be_visible()
    assert stored("target_topics") == "Leesplezier", "hidden, not deleted"


def test_a_roster_row_asks_what_follows_and_keeps_the_focus(page: Page, entry: FrameEntry) -> None:
    page.goto(section(entry, "samenwerking"))
    choice = page.get_by_label("Samenwerking, De Springplank")
    choice.select_option("Ja")
    page.get_by_role("checkbox", name="Leesbevordering").check()
    status(page, "Opgeslagen om")
    assert Answer.objects.get(question__code="topics", school__code="01AA00").value == ["reading"]
    expect(page.locator("#voortgang-blok")).to_contain_text("1 van 2")


def test_what_cannot_be_read_is_said_at_the_field_and_mends_itself(page: Page, axe: Callable[[Page], None]) -> None:
    hours = page.get_by_label("Hoeveel uren per week")
    hours.fill("veel")
    hours.press("Tab")
    expect(page.get_by_text("is geen getal met hoogstens")).to_be_visible()
    axe(page)
    hours.fill("9,5")
    hours.press("Tab")
    status(page, "Opgeslagen om")
    expect(page.get_by_text("is geen getal met hoogstens")).not_to_be_visible()
    assert stored("hours") == "9.5"


def test_a_soft_check_speaks_up_without_blocking(page: Page) -> None:
    hours = page.get_by_label("Hoeveel uren per week")
    frame = page.locator("#vraag-hours").get_by_role("status")  # told by a screen reader when something comes in it
    expect(frame).to_have_text("")
    hours.fill("400")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Dit aantal uren is ongewoon")).to_be_visible()
    expect(frame).to_contain_text("Dit aantal uren is ongewoon")
    expect(hours).to_have_accessible_description(re.compile("Tel de uren.*Dit aantal uren is ongewoon"))
    assert stored("hours") == "400"


def test_the_help_of_a_field_is_still_told_after_an_error(page: Page) -> None:
    hours = page.get_by_label("Hoeveel uren per week")
    hours.fill("veel")
    hours.press("Tab")
    expect(hours).to_have_accessible_description(re.compile("Tel de uren.*is geen getal"))
    hours.fill("9")
    hours.press("Tab")
    status(page, "Opgeslagen om")
    expect(hours).to_have_accessible_description(re.compile("^Tel de uren[^“]*op\\.$"))


def test_an_answer_given_without_network_is_sent_when_it_is_back(page: Page) -> None:
    page.context.set_offline(True)
    page.get_by_role("radio", name="Ja").check()
    status(page, "Kon niet bewaren")
    assert not Answer.objects.exists()
    page.context.set_offline(False)
    status(page, "Opgeslagen om")
    assert stored("has_targets") == "yes"


def test_an_answer_that_was_not_acknowledged_comes_back_after_a_reload(page: Page) -> None:
    def cut(route: Route) -> None:
        route.abort()

    page.route(SAVE, cut)
    page.get_by_label("Hoeveel uren per week").fill("12")
    page.keyboard.press("Tab")
    status(page, "Kon niet bewaren")
    page.unroute(SAVE, cut)
    page.reload()
    status(page, "Opgeslagen om")
    assert page.get_by_label("Hoeveel uren per week").input_value() == "12"
    assert stored("hours") == "12"


def test_an_acknowledgement_that_got_lost_is_no_conflict(page: Page) -> None:
    lost = lose_first_answer(page)
    page.get_by_role("radio", name="Ja").check()
    status(page, "Opgeslagen om")
    assert lost
    assert Answer.objects.get(question__code="has_targets").version == 1


def test_typing_on_while_a_save_is_under_way_is_no_conflict(page: Page) -> None:
    hours = page.get_by_label("Hoeveel uren per week")

    def slowly(route: Route) -> None:
        hours.fill("34")
        route.continue_()

    page.route(SAVE, slowly, times=1)
    hours.fill("12")
    hours.press("Tab")
    status(page, "Nog niet bewaard")
    status(page, "Opgeslagen om")
    assert stored("hours") == "34"
    expect(page.get_by_role("alert")).to_have_count(0)


def test_what_is_being_typed_is_not_called_saved(page: Page) -> None:
    page.get_by_label("Hoeveel uren per week").fill("12")  # the cursor stays: nothing is sent for a moment
    page.get_by_role("radio", name="Ja").focus()
    page.keyboard.press("Space")
    page.get_by_label("Hoeveel uren per week").fill("13")
    page.wait_for_timeout(700)
    expect(page.locator("#bewaarstatus")).to_have_text("Nog niet bewaard")
    status(page, "Opgeslagen om")
    assert stored("hours") == "13"


def test_an_expired_session_loses_nothing(page: Page, entry: FrameEntry, anna: User) -> None:
    Session.objects.all().delete()
    page.get_by_role("radio", name="Ja").check()
    status(page, "U bent uitgelogd")
    assert not Answer.objects.exists()
    log_in(page, anna)
    page.goto(section(entry))
    status(page, "Opgeslagen om")
    assert stored("has_targets") == "yes"


@pytest.mark.parametrize(
    ("choice", "expected"), [("Mijn antwoord gebruiken", "yes"), ("Antwoord van Emma houden", "no")]
)
def test_a_conflict_shows_both_answers_and_one_click_chooses(
    page: Page, entry: FrameEntry, emma: User, axe: Callable[[Page], None], choice: str, expected: str
) -> None:
    answer(entry, by=emma, has_targets="no")
    page.get_by_role("radio", name="Ja").check()
    conflict = page.get_by_role("alert")
    expect(conflict).to_contain_text("Emma")
    expect(conflict).to_contain_text("Uw antwoord")
    axe(page)
    assert stored("has_targets") == "no", "nothing is overwritten unseen"
    page.get_by_role("button", name=choice).click()
    expect(conflict).not_to_be_visible()
    expect(page.get_by_role("radio", name="Ja" if expected == "yes" else "Nee")).to_be_checked()
    page.get_by_role("button", name="Opslaan en verder").click()
    page.wait_for_url("**/controle/")
    assert stored("has_targets") == expected


@pytest.mark.parametrize("choice", ["Mijn antwoord gebruiken", "Antwoord van Emma houden"])
def test_who_chooses_in_a_conflict_goes_on_there(page: Page, entry: FrameEntry, emma: User, choice: str) -> None:
    answer(entry, by=emma, has_targets="no")
    page.get_by_role("radio", name="Ja").check()
    page.get_by_role("button", name=choice).press("Enter")
    expect(page.get_by_role("radio", name="Ja" if choice.startswith("Mijn") else "Nee")).to_be_focused()


def test_a_conflict_that_nobody_chose_in_comes_back_after_a_reload(page: Page, entry: FrameEntry, emma: User) -> None:
    answer(entry, by=emma, has_targets="no")
    page.get_by_role("radio", name="Ja").check()
    expect(page.get_by_role("alert")).to_contain_text("Emma")
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("Uw antwoord")
    page.get_by_role("button", name="Antwoord van Emma houden").click()
    page.reload()
    expect(page.get_by_role("radio", name="Nee")).to_be_checked()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_nothing_stays_in_the_browser_after_signing_out(page: Page) -> None:
    page.route(SAVE, lambda route: route.abort())
    page.get_by_role("radio", name="Ja").check()
    status(page, "Kon niet bewaren")
    assert page.evaluate(N_KEPT) == 1
    asked: list[str] = []

    def answer_with(is_sure: bool) -> None:
        def hear(dialog: Dialog) -> None:
            asked.append(dialog.message)
            dialog.accept() if is_sure else dialog.dismiss()

        page.once("dialog", hear)
        with page.expect_event("dialog"):
            page.get_by_role("button", name="Uitloggen").click()

    answer_with(is_sure=False)
    status(page, "Kon niet bewaren")
    assert page.evaluate(N_KEPT) == 1
    answer_with(is_sure=True)
    page.wait_for_url("**/account/login/**")
    assert page.evaluate(N_KEPT) == 0
    assert len(asked) == 2
    assert "Toch uitloggen" in asked[0]


def test_signing_out_elsewhere_sends_what_was_left_and_asks_nothing(page: Page) -> None:
    asked: list[Dialog] = []
    page.on("dialog", lambda dialog: asked.append(dialog))
    page.get_by_label("Hoeveel uren per week").fill("9")
    page.locator(".breadcrumb a").first.click()  # before anybody heard what became of it
    expect(page.locator("h1")).to_have_text("Mijn vragenlijsten")
    assert page.evaluate(N_KEPT) == 1
    sign_out(page)
    assert page.evaluate(N_KEPT) == 0
    assert stored("hours") == "9"
    assert asked == []


@pytest.mark.parametrize(("address", "part"), [("/account/logout/", "main"), ("/account/2fa/", "header")])
def test_signing_out_anywhere_throws_away_what_was_typed(page: Page, address: str, part: str) -> None:
    page.route(SAVE, lambda route: route.abort())
    page.get_by_role("radio", name="Ja").check()
    status(page, "Kon niet bewaren")
    page.goto(address)
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator(part).get_by_role("button", name="Uitloggen").click()
    page.wait_for_url("**/account/login/**")
    assert page.evaluate(N_KEPT) == 0


def test_what_a_colleague_left_in_this_browser_is_theirs_to_send(
    page: Page, entry: FrameEntry, anna: User, emma: User
) -> None:
    Session.objects.all().delete()
    page.get_by_role("radio", name="Ja").check()
    status(page, "U bent uitgelogd")
    asked: list[Dialog] = []
    page.on("dialog", lambda dialog: asked.append(dialog))
    log_in(page, emma)
    page.goto(section(entry))
    sign_out(page)
    assert asked == []
    assert not Answer.objects.exists()
    log_in(page, anna)
    page.goto(section(entry))
    status(page, "Opgeslagen om")
    assert stored("has_targets") == "yes"


def test_a_change_after_a_lost_acknowledgement_is_no_conflict_with_oneself(page: Page) -> None:
    lost = lose_first_answer(page)
    hours = page.get_by_label("Hoeveel uren per week")
    hours.fill("12")
    hours.press("Tab")
    status(page, "Kon niet bewaren")
    hours.fill("34")
    hours.press("Tab")
    status(page, "Opgeslagen om")
    assert lost
    expect(page.get_by_role("alert")).to_have_count(0)
    changes = Answer.objects.get(question__code="hours").changes.order_by("version")
    assert [change.value for change in changes] == ["12", "34"]
    assert page.evaluate(N_KEPT) == 0


def test_a_change_after_a_lost_acknowledgement_survives_a_reload(page: Page) -> None:
    lose_first_answer(page)
    hours = page.get_by_label("Hoeveel uren per week")
    hours.fill("12")
    hours.press("Tab")
    status(page, "Kon niet bewaren")
    page.unroute(SAVE)
    page.route(SAVE, lambda route: route.abort())
    hours.fill("34")
    hours.press("Tab")
    status(page, "Kon niet bewaren")
    page.unroute(SAVE)
    page.reload()
    status(page, "Opgeslagen om")
    expect(page.get_by_label("Hoeveel uren per week")).to_have_value("34")
    expect(page.get_by_role("alert")).to_have_count(0)
    assert stored("hours") == "34"


def test_after_a_lost_acknowledgement_a_colleague_is_still_not_overwritten(
    page: Page, entry: FrameEntry, emma: User
) -> None:
    lose_first_answer(page)
    hours = page.get_by_label("Hoeveel uren per week")
    hours.fill("12")
    hours.press("Tab")
    status(page, "Kon niet bewaren")
    answer(entry, by=emma, hours="99")
    hours.fill("34")
    hours.press("Tab")
    expect(page.get_by_role("alert")).to_contain_text("Emma")
    expect(page.get_by_role("alert")).to_contain_text("34")
    assert stored("hours") == "99"


def test_the_button_under_the_form_waits_for_an_answer_nobody_knows_of(page: Page) -> None:
    lose_first_answer(page)
    hours = page.get_by_label("Hoeveel uren per week")
    hours.fill("12")
    hours.press("Tab")
    status(page, "Kon niet bewaren")
    hours.fill("34")
    page.get_by_role("button", name="Opslaan en verder").click()
    page.wait_for_url("**/controle/")
    assert stored("hours") == "34"


def test_a_conflict_leads_to_what_the_answer_has_been(page: Page, entry: FrameEntry, emma: User) -> None:
    answer(entry, by=emma, has_targets="no")
    page.get_by_role("radio", name="Ja").check()
    page.get_by_role("alert").get_by_role("link", name="Wat dit antwoord eerder was").click()
    expect(page.get_by_role("table")).to_contain_text("Emma")


def test_an_answer_given_before_the_script_came_is_saved(page: Page, entry: FrameEntry) -> None:
    def slowly(route: Route) -> None:
        page.get_by_role("radio", name="Ja").check()
        route.continue_()

    page.route("**/outbox*.js", slowly)
    page.goto(section(entry), wait_until="commit")
    status(page, "Opgeslagen om")
    assert stored("has_targets") == "yes"


def test_a_conflict_in_a_roster_gives_way_to_the_answer_of_the_colleague(
    page: Page, entry: FrameEntry, emma: User
) -> None:
    page.goto(section(entry, "samenwerking"))
    answer(entry, by=emma, schools={"01AA00": {"cooperation": "no"}})
    choice = page.get_by_label("Samenwerking, De Springplank")
    choice.select_option("Ja")
    page.get_by_role("button", name="Antwoord van Emma houden").click()
    expect(choice).to_have_value("no")
    page.reload()
    expect(choice).to_have_value("no")
    expect(page.locator(".conflict")).to_have_count(0)
    assert page.evaluate(N_KEPT) == 0
