"""Every page of the administration that staff use for a wave: no axe violation, no sideways scrolling on a phone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from surveys.models import FrameEntry, Library, Notice, ResponseEvent, Submission, User, Wave
from surveys.services.reopening import response_reopen, response_reopen_ask
from surveys.services.schools import report_write, row_add
from tests.browser.pages import fits
from tests.factories import (
    QUESTIONNAIRES,
    SchoolFactory,
    WaveFactory,
    answer,
    entry_of,
    open_wave,
    questionnaire,
    submit,
)


@pytest.fixture
def desk(browser_page: Page, become: Callable[[User], None], staff: User) -> Page:
    """A browser in which staff is logged in."""
    become(staff)
    return browser_page


@pytest.fixture
def entry(transactional_db: None, library_a: Library, library_b: Library, anna: User, staff: User) -> FrameEntry:
    """Library A submitted twice and asks to reopen once more; B is busy, breaks a soft check and has an extension."""
    wave = open_wave(
        questionnaire("small"), libraries=[library_a, library_b], closes_at=timezone.now() + timedelta(days=9)
    )
    mine = entry_of(wave, library_a)
    first, second = mine.schools.all()
    answer(mine, by=anna, schools={first.code: {"cooperation": "yes"}, second.code: {"cooperation": "no"}})
    answer(mine, by=anna, has_targets="yes", target_topics="Lezen", hours="9.5")
    submit(mine, by=anna)
    response_reopen(response=entry_of(wave, library_a).response, by=staff, reason="Verkeerd aantal uren")
    answer(mine, by=anna, has_targets="no", hours="12")
    submit(mine, by=anna)
    response_reopen_ask(entry=entry_of(wave, library_a), reason="Nog een vergissing", by=anna)
    theirs = entry_of(wave, library_b)
    answer(theirs, hours="900")
    theirs.extended_until = timezone.now() + timedelta(days=30)
    theirs.save()
    return entry_of(wave, library_a)


def check(page: Page, axe: Callable[[Page], None]) -> None:
    axe(page)
    fits(page)


def test_pages_of_a_wave(desk: Page, axe: Callable[[Page], None], entry: FrameEntry) -> None:
    wave, draft = entry.wave, WaveFactory(questionnaire=entry.wave.questionnaire, school_year="2030-2031")
    busy = wave.frame.exclude(pk=entry.pk).get()
    pages: list[tuple[str, list[object]]] = [
        ("wave_changelist", []),
        ("wave_add", []),
        ("wave_change", [draft.pk]),
        ("wave_delete", [draft.pk]),
        ("wave_open", [draft.pk]),
        ("wave_board", [draft.pk]),
        ("wave_change", [wave.pk]),
        ("wave_close", [wave.pk]),
        ("wave_reschedule", [wave.pk]),
        ("wave_results", [wave.pk]),
        ("wave_reopen", [wave.pk]),
        ("wave_board", [wave.pk]),
        ("wave_answers", [wave.pk, entry.pk]),
        ("wave_answers", [wave.pk, busy.pk]),
        ("wave_history", [wave.pk, entry.pk, "hours"]),
        ("wave_history", [wave.pk, entry.pk, "cooperation"]),
        ("wave_response_reopen", [wave.pk, entry.pk]),
        ("wave_response_refuse", [wave.pk, entry.pk]),
        ("wave_extension", [wave.pk, entry.pk]),
        ("submission_changelist", []),
        ("submission_change", [Submission.objects.latest("number").pk]),
        ("responseevent_changelist", []),
    ]
    desk.goto(reverse("admin:index"))
    check(desk, axe)
    for name, keys in pages:
        desk.goto(reverse(f"admin:surveys_{name}", args=keys))
        check(desk, axe)


def test_pages_beside_a_wave(desk: Page, axe: Callable[[Page], None], entry: FrameEntry, anna: User) -> None:
    notice = Notice.objects.create(recipient=anna.email, subject="Inlogcode", body="x", n_attempts=3, error="no")
    added = row_add(entry=entry, school=SchoolFactory(library=entry.library, is_provisional=True))
    report_write(entry=entry, row=added, status=added.Status.PRESENT, by=anna, at=timezone.now())
    pages: list[tuple[str, list[object]]] = [
        ("questionnaire_changelist", []),
        ("questionnaire_change", [entry.wave.questionnaire_id]),
        ("questionnaire_upload", []),
        ("notice_changelist", []),
        ("notice_change", [notice.pk]),
        ("notice_retry", [notice.pk]),
        ("user_changelist", []),
        ("user_add", []),
        ("user_change", [anna.pk]),
        ("user_history", [anna.pk]),
        ("user_invite", [anna.pk]),
        ("library_changelist", []),
        ("library_change", [entry.library_id]),
        ("school_changelist", []),
        ("school_change", [entry.schools.earliest("pk").school_id]),
        ("school_change", [added.school_id]),
        ("schoolreport_changelist", []),
        ("schoolreport_change", [added.reports.get().pk]),
        ("supportorganisation_changelist", []),
        ("supportorganisation_change", [entry.library.support_organisation_id]),
    ]
    for name, keys in pages:
        desk.goto(reverse(f"admin:surveys_{name}", args=keys))
        check(desk, axe)


def test_mistakes_are_shown_accessibly(desk: Page, axe: Callable[[Page], None], entry: FrameEntry) -> None:
    desk.goto(reverse("admin:surveys_questionnaire_upload"))
    broken = (QUESTIONNAIRES / "small.yaml").read_text(encoding="utf-8").replace("level: school", "level: schol")
    desk.set_input_files("input[type=file]", {"name": "stuk.yaml", "mimeType": "text/yaml", "buffer": broken.encode()})
    desk.locator("#content input[type=submit]").click()
    assert desk.locator("table.board tbody tr").count() == 2
    check(desk, axe)
    desk.goto(reverse("admin:surveys_wave_response_refuse", args=[entry.wave_id, entry.pk]))
    desk.locator("#content input[type=submit]").click()
    assert desk.locator(".errorlist").count() == 1
    check(desk, axe)


def test_a_request_to_reopen_is_granted_with_one_click(desk: Page, entry: FrameEntry) -> None:
    desk.goto(reverse("admin:surveys_wave_board", args=[entry.wave_id]))
    with desk.expect_navigation():
        desk.locator(".reopen-request input[type=submit]").click()
    assert desk.locator(".reopen-request").count() == 0
    assert ResponseEvent.objects.filter(response=entry.response, kind="reopened").count() == 2


def test_a_wave_is_closed_by_keyboard_alone(desk: Page, entry: FrameEntry) -> None:
    def press_on(selector: str) -> None:
        """Tab until the focus is there, and press Enter."""
        for _ in range(60):
            if desk.locator(f"{selector}:focus").count():
                break
            desk.keyboard.press("Tab")
        with desk.expect_navigation():
            desk.keyboard.press("Enter")

    desk.goto(reverse("admin:surveys_wave_change", args=[entry.wave_id]))
    press_on(".action-row a:last-child")
    assert Wave.objects.get(pk=entry.wave_id).is_open
    press_on("#content input[type=submit]")
    assert Wave.objects.get(pk=entry.wave_id).state == Wave.State.CLOSED
    assert ResponseEvent.objects.filter(wave=entry.wave, kind="wave_closed").count() == 1
