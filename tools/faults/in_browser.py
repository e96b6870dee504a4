"""The same in a real Chromium: what the page said was saved, and what comes back after the fault."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random

from playwright.sync_api import BrowserContext, Error, Page, Playwright, Route

from tools.bench.project import HOST, Unexpected
from tools.bench.questionnaire import PASSWORD
from tools.faults.world import Field, Place

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",  # Chromium refuses to run as root with it
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SAVE = "**/bewaren/"
# Between the last keystroke and the end of the browser: what a page stores needs a few milliseconds to leave it.
LEAST_SECONDS = 0.1
COME_BACK_SECONDS = 25

# Each time the status line says "saved": what stood in every field at that moment.
WATCH = """
document.addEventListener("DOMContentLoaded", () => {
  const line = document.getElementById("bewaarstatus");
  if (!line) return;
  new MutationObserver(() => {
    if (!line.classList.contains("saved")) return;
    const typed = [...document.querySelectorAll("form[data-autosave] input[type=text], form[data-autosave] textarea")];
    window.shownAsSaved(JSON.stringify(Object.fromEntries(typed.map((one) => [one.name, one.value]))));
  }).observe(line, { attributes: true, childList: true });
});
"""
# The negative control: a browser in which nothing can be kept.
KEEPS_NOTHING = """
Storage.prototype.setItem = () => { throw new DOMException("no", "QuotaExceededError"); };
IDBFactory.prototype.open = () => { throw new DOMException("no", "InvalidStateError"); };
"""
_addresses = count(1)


@dataclass
class Cycle:
    """What was typed in one cycle, and which of it the page said was saved."""

    typed: dict[Field, str] = field(default_factory=dict)
    acknowledged: dict[Field, str] = field(default_factory=dict)
    unsent: dict[Field, str] = field(default_factory=dict)  # not acknowledged when the fault was over


class Browser:
    """One Chromium with a profile on disk, in which one person fills in."""

    def __init__(self, playwright: Playwright, port: int, place: Place, profile: Path, *, keeps: bool = True) -> None:
        self.playwright, self.port, self.place, self.profile, self.keeps = playwright, port, place, profile, keeps
        self.context: BrowserContext | None = None
        self.cycle = Cycle()
        self.start()

    @property
    def page(self) -> Page:
        if self.context is None:
            raise Unexpected("The browser is not running.")
        return self.context.pages[0]

    def start(self) -> None:
        self.context = self.playwright.chromium.launch_persistent_context(
            self.profile,
            executable_path=CHROMIUM,
            args=FLAGS,
            base_url=f"http://{HOST}:{self.port}",
            locale="nl-NL",
            extra_http_headers={"X-Forwarded-For": f"10.9.0.{next(_addresses) % 250 + 1}"},
        )
        self.context.set_default_timeout(20_000)
        self.context.expose_function("shownAsSaved", self._shown_as_saved)
        self.context.add_init_script(WATCH)
        if not self.keeps:
            self.context.add_init_script(KEEPS_NOTHING)

    def _shown_as_saved(self, shown: str) -> None:
        values: dict[str, str] = json.loads(shown)
        for one, value in self.cycle.typed.items():
            if values.get(one.name) == value:
                self.cycle.acknowledged[one] = value

    def close(self) -> None:
        if self.context is not None:
            self.context.close()
            self.context = None

    def kill(self) -> None:
        """As when the machine loses power for the browser: no page gets to say goodbye."""
        os.kill(_process_of(self.profile), signal.SIGKILL)
        if self.context is not None:
            with suppress(Error):  # it is gone; that was the intention
                self.context.close()
            self.context = None

    def log_in(self) -> None:
        self.page.set_extra_http_headers({"X-Forwarded-For": f"10.9.1.{next(_addresses) % 250 + 1}"})
        self.page.goto("/account/login/")
        self.page.locator("input[name=login]").fill(self.place.people[0])
        self.page.locator("input[name=password]").fill(PASSWORD)
        self.page.locator("input[name=password]").press("Enter")
        self.page.wait_for_url(lambda url: "/account/login/" not in url)

    def open(self) -> None:
        """The page to fill in, after logging in where that is asked; asked for again while the server recovers."""
        deadline = time.monotonic() + COME_BACK_SECONDS
        while True:
            with suppress(Error):  # nothing listens yet, or the form to log in did not come
                self.page.goto(self.place.page)
                if "/account/login/" in self.page.url:
                    self.log_in()
                    self.page.goto(self.place.page)
                if self.page.locator("#bewaarstatus").count():
                    return
            if time.monotonic() > deadline:
                raise Unexpected(f"The page to fill in does not come back: {self.page.url}")
            self.wait(0.2)

    def type(self, wanted: Field, value: str, rng: Random) -> None:
        """Half of the answers are left with Tab; in the others the cursor stays, as with somebody who pauses."""
        box = self.page.locator(f'[name="{wanted.name}"]')
        self.cycle.typed[wanted] = value
        self.cycle.acknowledged.pop(wanted, None)
        box.fill(value)
        if rng.random() < 0.5:
            box.press("Tab")

    def wait(self, seconds: float) -> None:
        self.page.wait_for_timeout(1000 * seconds)  # not `sleep`: what the page reports is heard meanwhile

    def mark_unsent(self) -> None:
        cycle = self.cycle
        cycle.unsent = {one: value for one, value in cycle.typed.items() if one not in cycle.acknowledged}

    def wait_until_stored(self) -> dict[Field, str]:
        """What is still missing in the database after all that was typed got its time to be sent."""
        deadline = time.monotonic() + COME_BACK_SECONDS
        quiet = 0  # in a row, with nothing under way: waiting longer changes nothing
        while True:
            self.wait(0.1)
            stored = {one: value for one, (value, _version) in self.place.stored().items()}
            missing = {one: value for one, value in self.cycle.typed.items() if stored.get(one) != value}
            quiet = 0 if self._is_busy() else quiet + 1
            if not missing or time.monotonic() > deadline or quiet > 25:
                return missing

    def _is_busy(self) -> bool:
        line = self.page.locator("#bewaarstatus").get_attribute("class") or ""
        return line.split()[-1:] in (["unsaved"], ["saving"], ["failed"])

    # --- Network -----------------------------------------------------------------------------------------------------

    @contextmanager
    def cut_off(self, rng: Random) -> Iterator[None]:
        """No network; or a network on which requests arrive and answers don't. A killed browser stays cut off."""
        context = self.page.context
        if rng.random() < 0.5:
            context.set_offline(True)
            yield
            if self.context is context:
                context.set_offline(False)
        else:
            context.route(SAVE, _lose_the_answer)
            yield
            if self.context is context:
                context.unroute(SAVE, _lose_the_answer)


def _lose_the_answer(route: Route) -> None:
    try:
        route.fetch()
        route.abort()
    except Error:
        return  # the page was left meanwhile


def _process_of(profile: Path) -> int:
    """The browser itself, not one of the processes that it started."""
    option = f"--user-data-dir={profile}".encode()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue  # it ended meanwhile
        if option in words and not any(word.startswith(b"--type=") for word in words):
            return int(path.parent.name)
    raise Unexpected("The browser is not running.")
