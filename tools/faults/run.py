"""A whole run: which cycles in which order, the controls with a guard taken out, and the tables."""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from playwright.sync_api import sync_playwright

from tools.faults import cycles, pairs
from tools.faults.cycles import AT_ONCE, FAULTS, Tally
from tools.faults.in_browser import Browser
from tools.faults.over_http import Person
from tools.faults.pairs import Pairs
from tools.faults.world import Place, World, open_wave
from tools.servers import Servers

AT_A_TIME = 4
IN_BROWSER = 8  # of the cycles over HTTP's faults: one in so many is done in the browser
HEADINGS = ("Fault", "Through", "Cycles", "Acknowledged", "Lost", "Unsent", "Came back", "Seconds")
_started = time.monotonic()


def say(text: str) -> None:
    print(f"[{time.monotonic() - _started:5.1f} s] {text}", file=sys.stderr, flush=True)


def plan(n: int) -> list[tuple[str, str]]:
    """Fault and way of each cycle, in turns. A browser is killed in a browser; of the others an eighth runs there."""
    made, seen = [], dict.fromkeys(FAULTS, 0)
    for number in range(n):
        fault = FAULTS[number % len(FAULTS)]
        is_browser = fault == "browser killed" or seen[fault] % IN_BROWSER == 0
        seen[fault] += 1
        made.append((fault, "browser" if is_browser else "HTTP"))
    return made


class Run:
    """The world with the people and the browser in it."""

    def __init__(self, running: Servers, port: int, seed: int) -> None:
        self.rng = Random(seed)  # noqa: S311 - to repeat a run
        self.port, self.world = port, World(running, port, self.rng)
        self.places = open_wave(AT_A_TIME + 2)
        self.folder = Path(tempfile.mkdtemp(prefix="monitor-faults-"))

    @property
    def typists(self) -> list[Place]:
        return self.places[2:]

    def cycles(self, wanted: Sequence[tuple[str, str]], *, keeps: bool = True) -> list[Tally]:
        tallies = {one: Tally(*one) for one in dict.fromkeys(wanted)}
        people = [Person(self.port, place, place.people[0]) for place in self.typists]
        if any(way == "HTTP" for _fault, way in wanted):
            for person in people:
                person.log_in()
                person.versions = {one: version for one, (_v, version) in person.place.stored().items()}
        with sync_playwright() as playwright:
            browser: Browser | None = None
            for number, (fault, way) in enumerate(wanted, start=1):
                tally = tallies[fault, way]
                if way == "HTTP":
                    cycles.over_http(self.world, people, tally)
                else:
                    if browser is None:
                        profile = Path(tempfile.mkdtemp(dir=self.folder))
                        browser = Browser(playwright, self.port, self.places[0], profile, keeps=keeps)
                    cycles.in_browser(self.world, browser, tally, say)
                if number % 20 == 0:
                    say(f"{number} cycles")
            if browser is not None:
                browser.close()
        return sorted(tallies.values(), key=lambda tally: ((*FAULTS, AT_ONCE).index(tally.fault), tally.by))

    def pairs(self, n: int) -> Pairs:
        return pairs.measure(self.port, self.places[1], n, self.rng)

    def close(self) -> None:
        self.world.stop_web()
        shutil.rmtree(self.folder, ignore_errors=True)


def with_world(
    running: Servers, port: int, seed: int, what: Callable[["Run", int, int], bool], n_cycles: int, n_pairs: int
) -> bool:
    run = Run(running, port, seed)
    try:
        return what(run, n_cycles, n_pairs)
    finally:
        run.close()


def guarded(run: Run, n_cycles: int, n_pairs: int) -> bool:
    run.world.start_web()
    tallies = run.cycles(plan(n_cycles))
    print(cycle_table(tallies))
    counted = run.pairs(n_pairs)
    print(f"\n{pair_table(counted)}")
    held = {name: run.world.shown(name) for name in ("fsync", "synchronous_commit", "full_page_writes")}
    print(f"\nPostgreSQL: {', '.join(f'{name} {value}' for name, value in held.items())}.")
    return all(tally.holds for tally in tallies) and pairs.holds(counted)


def unguarded(run: Run, n_cycles: int, n_pairs: int) -> bool:
    """Each guard off in turn; what must go wrong then."""
    world = run.world
    world.start_web()
    nothing_kept = run.cycles([("browser killed", "browser")] * n_cycles, keeps=False)
    print(f"A browser that keeps nothing:\n{cycle_table(nothing_kept)}")

    world.setting("synchronous_commit", "off")
    world.setting("wal_writer_delay", "10s")
    power_cuts = run.cycles([(AT_ONCE, "HTTP")] * n_cycles)
    print(f"\nPostgreSQL that answers before it has written (synchronous_commit off):\n{cycle_table(power_cuts)}")
    world.setting("synchronous_commit", "on")

    world.stop_web()
    world.application = "tools.faults.unguarded:application"
    world.start_web()
    counted = run.pairs(n_pairs)
    print(f"\nNo version check:\n{pair_table(counted)}")
    bites = {
        "browser": any(tally.came_back < tally.unsent for tally in nothing_kept),
        "PostgreSQL": any(tally.lost for tally in power_cuts),
        "version": counted.overwritten > 0,
    }
    for name, bit in bites.items():
        if not bit:
            print(f"\nNo loss without the guard of: {name}. This check cannot fail, so it proves nothing.")
    return all(bites.values())


def cycle_table(tallies: Sequence[Tally]) -> str:
    rows = [
        (t.fault, t.by, t.cycles, t.acknowledged, t.lost, t.unsent, t.came_back, f"{t.seconds:.0f}") for t in tallies
    ]
    total = [
        sum(getattr(t, name) for t in tallies) for name in ("cycles", "acknowledged", "lost", "unsent", "came_back")
    ]
    rows.append(("together", "", *total, f"{sum(t.seconds for t in tallies):.0f}"))
    return _table([HEADINGS, *rows])


def pair_table(counted: Pairs) -> str:
    row = (counted.n, counted.stored, counted.conflicts, counted.overwritten, f"{counted.seconds:.0f}")
    return _table([("Pairs", "Stored", "Conflicts shown", "Silent overwrites", "Seconds"), row])


def _table(rows: Sequence[Sequence[object]]) -> str:
    lines = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    padded = [" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    return "\n".join(f"| {line} |" for line in [padded[0], " | ".join("-" * width for width in widths), *padded[1:]])
