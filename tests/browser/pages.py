"""What people do and see on the pages, whichever page it is, and what browser and server are made to do meanwhile."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from surveys.models import Answer, FrameEntry, User
from tests.factories import PASSWORD

OpenSection = Callable[[str, str], FrameEntry]

SAVE = "**/bewaren/"  # where answers are sent to by themselves

# How many answers the browser keeps because nobody acknowledged them.
N_KEPT = """() => new Promise((resolve) => {
  indexedDB.open("monitor").onsuccess = (event) => {
    const stores = event.target.result;
    const count = stores.transaction("unsaved").objectStore("unsaved").count();
    count.onsuccess = () => { stores.close(); resolve(count.result); };
  };
})"""

# Delay in the browser itself, so that the test can go on acting meanwhile.
DELAY = """(ms) => {
  const own = window.fetch;
  window.fetch = async (...given) => {
    const response = await own(...given);
    await new Promise((resolve) => setTimeout(resolve, ms));
    return response;
  };
}"""


def log_in(page: Page, user: User) -> None:
    page.goto("/account/login/")
    page.get_by_label("E-mailadres").fill(user.email)
    page.get_by_label("Wachtwoord", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Inloggen", exact=True).click()
    expect(page.get_by_role("button", name="Uitloggen")).to_be_visible()


def sign_out(page: Page) -> None:
    """Sign out and wait until that is done: what the browser kept is thrown away first."""
    page.get_by_role("button", name="Uitloggen").click()
    page.wait_for_url("**/account/login/**")


def section(entry: FrameEntry, code: str = "beleid") -> str:
    return f"/vragenlijst/{entry.pk}/onderdeel/{code}/"


def status(page: Page, words: str) -> None:
    """The page comes to say this of what is saved."""
    expect(page.locator("#bewaarstatus")).to_contain_text(words)


def saved(page: Page, code: str, version: int) -> Answer:
    """The answer, once this version of it is stored."""
    expect(page.locator(f"#vraag-{code}")).to_have_attribute("data-version", str(version))
    return Answer.objects.get(question__code=code, version=version)


def stored(code: str) -> object:
    return Answer.objects.get(question__code=code).value


def fill_in(page: Page, column: str) -> None:
    """Carry out what is set above the roster for this column."""
    page.get_by_role("button", name=re.compile(f"Invullen.*{column}")).click()


def fits(page: Page) -> None:
    """At 320 pixels nothing sticks out sideways."""
    page.set_viewport_size({"width": 320, "height": 700})
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 320, f"{page.url} is {width} pixels wide"
    page.set_viewport_size({"width": 1280, "height": 720})
