"""`python -m tools.effort`: fills in the whole PO questionnaire in a browser and prints what that took.

Takes some minutes. The demo's own library of 48 schools answers what the demo's later year says; where it has a last
year, that is the demo's 2021-2022. Exit code 1 when a submission is not what was meant, or when the work with last
year's answers is more than half of that without.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import NoReturn

from playwright.sync_api import Page, sync_playwright

from tools.bench.__main__ import free_port
from tools.bench.project import HOST, cpu_seconds, prepared
from tools.bench.table import markdown
from tools.effort.served import KINDS, Served, served
from tools.servers import Servers, ServersError

PACE = 1000  # milliseconds from one answer to the next: of somebody in a hurry
TARGET = 0.5
# The ways to fill in: with last year's answers or not, and giving many schools the same answer at once or not.
WITHOUT, WITHOUT_BUT_MANY, WITH = "without last year", "the same, many schools at once", "with last year"
WAYS = (WITHOUT, WITHOUT_BUT_MANY, WITH)


@dataclass(frozen=True, slots=True)
class Effort:
    """What filling in took: of hands, and of the server."""

    way: str
    clicks: int
    keys: int
    requests: dict[str, Served]
    web_seconds: float  # CPU of the web processes

    @property
    def actions(self) -> int:
        return self.clicks + self.keys


def measure(running: Servers, port: int, ways: Sequence[str], pace: int, pictures: Path | None) -> list[Effort]:
    from tools.effort.library import assignments  # noqa: PLC0415 - they import models, and Django is set up only now
    from tools.effort.person import Person  # noqa: PLC0415
    from tools.faults.in_browser import CHROMIUM, FLAGS  # noqa: PLC0415
    from tools.faults.world import World  # noqa: PLC0415

    tasks = assignments(with_last_year=[way == WITH for way in ways])
    world = World(running, port, Random(1))  # noqa: S311 - not used
    log = running.folder / "web.log"
    world.start_web()
    found = []
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for way, task in zip(ways, tasks, strict=True):
                context = browser.new_context(
                    base_url=f"http://{HOST}:{port}", locale="nl-NL", viewport={"width": 1280, "height": 900}
                )
                context.set_default_timeout(20_000)
                person = Person(context.new_page(), task, pace, uses_many=way == WITHOUT_BUT_MANY)
                if pictures is not None:
                    person.seen = Pictures(pictures / way.replace(" ", "-")).take
                person.log_in()
                start, busy = log.stat().st_size, cpu_seconds(world.web_pid)
                person.fill_in()
                person.check()
                busy = cpu_seconds(world.web_pid) - busy
                lines = log.read_bytes()[start:].decode().splitlines()
                found.append(Effort(way, person.hands.clicks, person.hands.keys, served(lines), busy))
                context.close()
            browser.close()
    finally:
        world.stop_web()
    return found


class Pictures:
    """A picture of every page that came, as wide as a desk and as a phone."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.n = folder, 0
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, page: Page) -> None:
        self.n += 1
        name = page.url.split("/", 3)[-1].strip("/").replace("/", "_") or "start"
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=self.folder / f"{self.n:03d}-{name}-{width}.png", full_page=True)


def table(found: Sequence[Effort]) -> str:
    headings = ["", *(effort.way for effort in found)]
    rows: list[list[str]] = [
        ["clicks", *(str(effort.clicks) for effort in found)],
        ["keys", *(str(effort.keys) for effort in found)],
        ["actions together", *(str(effort.actions) for effort in found)],
    ]
    if len(found) > 1:
        rows.append([f"of those {found[0].way}", *(f"{effort.actions / found[0].actions:.0%}" for effort in found)])
    for kind in KINDS:
        rows.append([f"requests: {kind}", *(str(effort.requests[kind].n) for effort in found)])
    for kind in KINDS[:2]:
        rows.append([f"server time: {kind}", *(f"{effort.requests[kind].seconds:.2f} s" for effort in found)])
    rows.append(["CPU of the web processes", *(f"{effort.web_seconds:.2f} s" for effort in found)])
    return markdown([headings, *rows])


def _stop_asked(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def main() -> int:
    started = time.monotonic()
    parser = argparse.ArgumentParser(prog="python -m tools.effort", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only with last year's answers, to see that it works")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="keep a picture of every page")
    options = parser.parse_args()
    if sys.platform != "linux":
        print("CPU is read from /proc: this needs Linux.", file=sys.stderr)
        return 1
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop_asked)  # so that the servers are stopped and their folder removed
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop in this thread
    port = free_port()
    try:
        with prepared(port) as running:
            os.environ["LOG_LEVEL"] = "INFO"  # of the web server that starts now: its request log is what is counted
            ways, pace = ([WITH], 0) if options.quick else (WAYS, PACE)
            found = measure(running, port, ways, pace, options.pictures)
    except ServersError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(table(found))
    print(f"\n{time.monotonic() - started:.0f} seconds.")
    return 0 if options.quick or found[-1].actions <= TARGET * found[0].actions else 1


if __name__ == "__main__":
    sys.exit(main())
