"""The cycles: somebody fills in, something breaks, it is repaired, and the database is asked what is there."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

from django.conf import settings

from tools.faults.in_browser import LEAST_SECONDS, Browser, Cycle
from tools.faults.over_http import Person, bursts
from tools.faults.world import World

AT_ONCE = "PostgreSQL killed at once"  # for the negative control: the way in which memory is lost
FAULTS = ("web server killed", "PostgreSQL killed", "network cut", "session expired", "browser killed")


@dataclass
class Tally:
    """Of all cycles of one fault in one way of filling in."""

    fault: str
    by: str  # 'HTTP' or 'browser'
    cycles: int = 0
    acknowledged: int = 0
    lost: int = 0
    unsent: int = 0
    came_back: int = 0
    seconds: float = 0

    @property
    def holds(self) -> bool:
        return not self.lost and self.came_back == self.unsent


def hurt_server(world: World, fault: str) -> str:
    """Break something of the server and repair it; return what was done."""
    rng = world.rng
    if fault == "web server killed":
        if rng.random() < 0.7:
            world.kill_worker()
            return "worker"
        world.kill_web()
        world.start_web()
        return "master"
    if fault in ("PostgreSQL killed", AT_ONCE):
        way = "all" if fault == AT_ONCE else rng.choice(["backend", "all", "restart"])
        if way == "backend":
            world.kill_backend()
            return way
        (world.kill_postgres if way == "all" else world.stop_postgres)()
        time.sleep(rng.uniform(0, 0.2))
        world.start_postgres()
        return way
    world.expire_sessions()
    return "sessions"


def over_http(world: World, people: list[Person], tally: Tally) -> None:
    """A cycle in which everybody saves as fast as they can. The retries are the script's, as the page would do."""
    started = time.monotonic()

    def hurt() -> None:
        if tally.fault != "network cut":
            hurt_server(world, tally.fault)
            return
        for person in people:
            person.is_offline = True
            person.cut()
        time.sleep(world.rng.uniform(0.05, 0.3))
        for person in people:
            person.is_offline = False

    made = bursts(people, world.rng, hurt, seconds=0.4)
    for burst in made:
        stored, history = burst.person.place.stored(), burst.person.place.history()
        # Nobody else fills in for this library: each acknowledged answer is there, or else in the history of it.
        gone = {one for one in burst.acknowledged if one not in history}
        # And the last of each field is the answer that counts.
        gone |= {
            (one, value) for one, value in dict(burst.acknowledged).items() if stored.get(one, ("", 0))[0] != value
        }
        tally.acknowledged += len(burst.acknowledged)
        tally.lost += len(gone | {(one, "") for one in burst.disputed})
        burst.person.versions = {one: version for one, (_value, version) in stored.items()}
        tally.unsent += burst.n_unsent
        tally.came_back += burst.n_unsent - len(burst.unsent)
    tally.cycles += 1
    tally.seconds += time.monotonic() - started


def in_browser(world: World, browser: Browser, tally: Tally, say: Callable[[str], None]) -> None:
    """A cycle on the page itself, with some answers before, during and after the fault."""
    started, rng = time.monotonic(), world.rng
    browser.cycle = Cycle()
    browser.open()
    fields = rng.sample(browser.place.fields, rng.randint(3, 6))
    before = rng.randint(1, len(fields) - 1)
    for one in fields[:before]:
        browser.type(one, one.value(rng), rng)
        if rng.random() < 0.3:
            browser.wait(rng.uniform(0, 0.5))
    browser.wait(rng.choice([0, rng.uniform(0, 1.5 * settings.AUTOSAVE_GATHER_MS / 1000)]))  # some are acknowledged
    what = ""
    if tally.fault == "browser killed":
        with browser.cut_off(rng) if not browser.keeps or rng.random() < 0.6 else nullcontext():
            for one in fields[before:]:
                browser.type(one, one.value(rng), rng)
            browser.wait(LEAST_SECONDS + rng.choice([0, rng.uniform(0, 2)]))
            browser.kill()
        browser.mark_unsent()
        browser.start()
        browser.open()
    elif tally.fault == "network cut":
        with browser.cut_off(rng):
            for one in fields[before:]:
                browser.type(one, one.value(rng), rng)
            browser.wait(rng.uniform(0.2, 2))
            browser.mark_unsent()
    else:
        browser.wait(rng.uniform(0, 0.05))
        what = hurt_server(world, tally.fault)
        for one in fields[before:]:
            browser.type(one, one.value(rng), rng)
        browser.wait(rng.uniform(0, 0.3) if tally.fault != "session expired" else 2)
        browser.mark_unsent()
    if tally.fault == "session expired" or (tally.fault != "browser killed" and rng.random() < 0.5):
        browser.open()  # a reload, which asks to log in where that is needed
    missing = browser.wait_until_stored()
    cycle = browser.cycle
    stored = {one: value for one, (value, _version) in browser.place.stored().items()}
    lost = [one for one, value in cycle.acknowledged.items() if stored.get(one) != value]
    gone = [one for one in cycle.unsent if one in missing]
    if lost or gone:
        names = [one.name for one in fields]
        shown = browser.page.locator("#bewaarstatus").inner_text()
        say(
            f"{tally.fault} {what}: typed {names}, {before} before the fault; acknowledged and lost "
            f"{[one.name for one in lost]}, unsent and gone {[one.name for one in gone]}; the page says {shown!r}"
        )
    tally.cycles += 1
    tally.acknowledged += len(cycle.acknowledged)
    tally.lost += len(lost)
    tally.unsent += len(cycle.unsent)
    tally.came_back += len(cycle.unsent) - len(gone)
    tally.seconds += time.monotonic() - started
