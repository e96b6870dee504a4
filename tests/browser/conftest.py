"""Library A at a questionnaire, and whose browser it is."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page

from surveys.models import FrameEntry, Library, User
from tests.browser.pages import OpenSection, log_in, section
from tests.factories import SchoolFactory, a_year_later, answer, close, entry_of, open_wave, questionnaire, submit


@pytest.fixture
def entry(transactional_db: None, library_a: Library) -> FrameEntry:
    """The small questionnaire, of which nothing is answered; library A has one school."""
    SchoolFactory(code="01AA00", library=library_a, name="De Springplank")
    return entry_of(open_wave(questionnaire("small"), libraries=[library_a]), library_a)


@pytest.fixture
def second_year(transactional_db: None, library_a: Library, anna: User) -> FrameEntry:
    """This year's small questionnaire of library A, which submitted it last year for both its schools."""
    for number, name in enumerate(("De Springplank", "Het Kompas")):
        SchoolFactory(code=f"01AA0{number}", library=library_a, name=name)
    wave = open_wave(questionnaire("small"), libraries=[library_a])
    then = entry_of(wave, library_a)
    answer(then, by=anna, schools={code: {"cooperation": "yes"} for code in ("01AA00", "01AA01")})
    topics = {code: {"topics": ["reading"]} for code in ("01AA00", "01AA01")}
    answer(then, by=anna, schools=topics, partners=["poi"], has_targets="no", hours="9.5", plan_locations=1)
    submit(then, by=anna)
    close(wave)
    return a_year_later(wave, library_a)


@pytest.fixture
def page(browser_page: Page, anna: User) -> Page:
    """Anna's browser, in which she has logged in."""
    log_in(browser_page, anna)
    return browser_page


@pytest.fixture
def open_section(transactional_db: None, library_a: Library, page: Page) -> OpenSection:
    """Anna goes to a section of a questionnaire, of which nothing is answered."""

    def at(name: str, code: str) -> FrameEntry:
        entry = entry_of(open_wave(questionnaire(name), libraries=[library_a]), library_a)
        page.goto(section(entry, code))
        return entry

    return at


@pytest.fixture
def become(browser_page: Page, live_server: Any, settings: Any) -> Callable[[User], None]:
    """Be somebody in this browser from here on; without log-in page or second factor, which have their own tests."""
    settings.STAFF_SECOND_FACTOR = False

    def log_in_at_once(user: User) -> None:
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        browser_page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])

    return log_in_at_once
