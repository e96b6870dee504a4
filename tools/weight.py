"""`python -m tools.weight`: what the pages to fill in weigh, and how long a roster of 500 schools takes.

Pages and files come as a real server sends them: files compressed beforehand and under names with a hash, pages
compressed as deploy/nginx.conf does it. What a response weighs is its body and its headers.
"""

import argparse
import gzip
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urljoin, urlsplit

from tools.bench.__main__ import free_port
from tools.bench.project import HOST, ROOT, Unexpected, Visitor, prepared
from tools.bench.table import Row, markdown, milliseconds
from tools.servers import Servers, ServersError

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tools.effort.library import Assignment

FIRST, AFTERWARDS, ROSTER = 55_000, 15_000, 150_000  # bytes
SECONDS, MANY_SECONDS = 0.3, 1.0
N_SCHOOLS = 500
ROUNDS, TURNS = 30, 5
WITHOUT_ROSTER = "leesbevordering"  # a section that every library gets
# The status line, and the headers that Granian and nginx add.
ADDED_HEADERS = len(
    "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Sun, 22 Nov 2026 08:53:19 GMT\r\nConnection: keep-alive\r\n\r\n"
)
ICON = "/static/img/icon.svg"
FETCHED = "() => performance.getEntriesByType('resource').map(one => new URL(one.name).pathname)"
_LINKED = re.compile(r'<(?:link|script|img|source)\b[^>]*?\b(?:href|src)="([^"]+)"')
_HASH = re.compile(r"\.[0-9a-f]{12}(?=\.)")
_IN_STYLE = re.compile(r"url\(\s*[\"']?([^\"')]+)")
# Not `import("…")`: that is fetched where it is needed, if at all.
_IN_SCRIPT = re.compile(r"""^import\b[^"'(]*["'](\.{0,2}/[^"']+)["']""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Weight:
    """What came over the line for one address, in bytes."""

    address: str
    raw: int
    sent: int


@dataclass
class Reader:
    """A browser's errands: a page, and everything that it names, each once."""

    visitor: Visitor
    got: dict[str, Weight] = field(default_factory=dict)

    def visit(self, path: str) -> list[Weight]:
        """What a visit to a page brings in; what was brought in before stays in the browser's cache."""
        page = self._get(path)
        new = [page]
        waiting = linked(self.visitor.body.decode(), path)
        while waiting:
            address = waiting.pop(0)
            if urlsplit(address).netloc:
                raise Unexpected(f"{path} asks for something from elsewhere: {address}")
            if address in self.got or address.endswith("/"):
                continue
            self.got[address] = self._get(address)
            new.append(self.got[address])
            waiting += named(address, self.visitor.body)
        return new

    def _get(self, path: str) -> Weight:
        is_file = path.startswith("/static/")
        if is_file:  # the web server has it compressed
            self.visitor.get(path, HTTP_ACCEPT_ENCODING="gzip, br")
            sent = len(self.visitor.body)
            self.visitor.get(path)
        else:
            self.visitor.get(path)
            sent = compressed(self.visitor.body)
        raw = len(self.visitor.body)
        headers = sum(len(f"{name}: {value}\r\n") for name, value in self.visitor.headers.items())
        return Weight(path, raw, sent + headers + ADDED_HEADERS)


def linked(page: str, path: str) -> list[str]:
    """Styles, scripts, fonts and pictures that a page names, once each; not where its links lead."""
    found = [urljoin(path, address) for address in _LINKED.findall(page) if not address.startswith("data:")]
    return list(dict.fromkeys(found))


def named(address: str, body: bytes) -> list[str]:
    """What a style sheet or a script asks for itself."""
    pattern = {".css": _IN_STYLE, ".js": _IN_SCRIPT}.get(Path(address).suffix)
    found = pattern.findall(body.decode()) if pattern else []
    return [urljoin(address, name) for name in found if not name.startswith(("data:", "#"))]


def compressed(page: bytes) -> int:
    """The bytes of a page as nginx sends it."""
    return len(gzip.compress(page, nginx_level()))


def nginx_level() -> int:
    found = re.search(r"^\s*gzip_comp_level (\d);", (ROOT / "deploy" / "nginx.conf").read_text(), re.MULTILINE)
    if found is None:
        raise Unexpected("deploy/nginx.conf does not say how much it compresses.")
    return int(found[1])


@contextmanager
def collected() -> Iterator[None]:
    """Static files as a server has them, in a folder that is gone afterwards."""
    from django.core.management import call_command  # noqa: PLC0415 - Django is set up only now
    from django.test import override_settings  # noqa: PLC0415

    storages = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "monitor.static_files.StaticFiles"},
    }
    with (
        tempfile.TemporaryDirectory(prefix="monitor-static-") as folder,
        override_settings(STATIC_ROOT=folder, STORAGES=storages, WHITENOISE_USE_FINDERS=False),
    ):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield


def kilobytes(n: int) -> str:
    return f"{n / 1000:.1f} kB"


def _total(weights: Sequence[Weight]) -> int:
    return sum(weight.sent for weight in weights)


# --- The pages ------------------------------------------------------------------------------------------------------


def measure(running: Servers, port: int) -> list[list[Row]]:
    """Two tables: what weighs how much, and what takes how long."""
    from tools.effort.library import assignments  # noqa: PLC0415 - it imports models, and Django is set up only now

    task, empty = assignments(with_last_year=[True, True], n_schools=N_SCHOOLS)
    with collected():
        visitor = _visitor(task)
        _answer(task)
        sections, files = _sections(visitor, task)
        weights, times = _rosters(visitor, task)
    return [[*sections, *weights], [*times, *_in_browser(running, port, empty, files)]]


def _visitor(task: "Assignment") -> Visitor:
    from surveys.models import User  # noqa: PLC0415

    return Visitor(User.objects.get(email=task.email))


def _sections(visitor: Visitor, task: "Assignment") -> tuple[list[Row], set[str]]:
    """Every section without a roster, with all questions that apply and last year's answers; the heaviest counts.

    And the files that a browser fetches for it, without their hash.
    """
    pages = [
        f"/vragenlijst/{task.entry_id}/onderdeel/{section.code}/"
        for section in task.instrument.sections
        if not section.school_questions
    ]
    first = {path: Reader(visitor).visit(path) for path in pages}
    heaviest = max(pages, key=lambda path: _total(first[path]))
    reader = Reader(visitor)
    reader.visit(heaviest)
    again = {path: reader.visit(path) for path in pages}
    most = max(pages, key=lambda path: _total(again[path]))
    rows = [
        _row(f"first visit, the heaviest section ({_name(heaviest)})", first[heaviest], FIRST),
        *(
            Row(f"    {weight.address}", kilobytes(weight.raw), kilobytes(weight.sent))
            for weight in sorted(first[heaviest], key=lambda weight: -weight.sent)
        ),
        _row(f"afterwards, the heaviest section ({_name(most)})", again[most], AFTERWARDS),
    ]
    return rows, {_HASH.sub("", weight.address) for weight in first[heaviest] if weight.address != heaviest}


def _name(path: str) -> str:
    return path.strip("/").rpartition("/")[2]


def _row(what: str, weights: Sequence[Weight], target: int) -> Row:
    sent = _total(weights)
    return Row(
        f"{what}, {len(weights)} requests" if len(weights) > 1 else what,
        kilobytes(sum(weight.raw for weight in weights)),
        kilobytes(sent),
        "",
        f"<= {target // 1000} kB",
        sent <= target,
    )


def _rosters(visitor: Visitor, task: "Assignment") -> tuple[list[Row], list[Row]]:
    """The sections with a roster, filled in: what they weigh, and how long the server takes."""
    weights, times = [], []
    for section in task.instrument.sections:
        if section.school_questions:
            path = f"/vragenlijst/{task.entry_id}/onderdeel/{section.code}/"
            seconds = median(visitor.get(path) for _round in range(ROUNDS))
            what = f"{N_SCHOOLS} schools, {section.code}"
            weights.append(_row(what, [Weight(path, len(visitor.body), compressed(visitor.body))], ROSTER))
            times.append(_time(f"{what}: server time of the page, median of {ROUNDS}", seconds, SECONDS))
    return weights, times


def _time(what: str, seconds: float, target: float | None = None) -> Row:
    return Row(
        what,
        "",
        milliseconds(seconds),
        "",
        f"<= {1000 * target:.0f} ms" if target else "",
        seconds <= target if target else None,
    )


def _in_browser(running: Servers, port: int, task: "Assignment", weighed: set[str]) -> list[Row]:
    """On the web server as the demo runs it: an answer for all schools at once, and one alone, until the page says
    that it is saved. Also: that the files which were weighed are those that a browser fetches."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    from tools.effort.person import Person  # noqa: PLC0415
    from tools.faults.in_browser import CHROMIUM, FLAGS  # noqa: PLC0415
    from tools.faults.world import World  # noqa: PLC0415

    world = World(running, port, Random(1))  # noqa: S311 - not used
    world.start_web()
    site = f"http://{HOST}:{port}"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_page(base_url=site, locale="nl-NL")
            elsewhere: list[str] = []
            page.on("request", lambda one: None if one.url.startswith((site, "data:")) else elsewhere.append(one.url))
            person = Person(page, task, pace=0)
            person.log_in()
            page.goto(f"/vragenlijst/{task.entry_id}/onderdeel/{WITHOUT_ROSTER}/")
            fetched = page.evaluate(
                "() => performance.getEntriesByType('resource').map(one => new URL(one.name).pathname)"
            )
            page.goto(f"/vragenlijst/{task.entry_id}/onderdeel/samenwerking/")
            many, one = _give_to_all(page), _give_to_one(page)
            browser.close()
    finally:
        world.stop_web()
    if elsewhere:
        raise Unexpected(f"Asked for from elsewhere: {elsewhere}")
    if {*fetched, ICON} != {*weighed, ICON}:  # a browser takes the icon when it likes
        raise Unexpected(f"Weighed {sorted(weighed)}, but a browser fetches {sorted(fetched)}.")
    return [
        _time(
            f"{N_SCHOOLS} schools: one answer given to all, until acknowledged, median of {TURNS}", many, MANY_SECONDS
        ),
        _time(f"{N_SCHOOLS} schools: one answer given to one, until acknowledged, median of {TURNS}", one),
    ]


def _give_to_all(page: "Page") -> float:
    """Each time undone, so that nothing is replaced the next time."""
    block = page.locator("#veel")
    block.locator("summary").click()
    block.locator("#veel-alle").click()
    block.locator('[name="many.cooperation"]').select_option("structural")
    undo = page.locator("#veel-melding button[value=undo]")
    seconds = []
    for _turn in range(TURNS):
        started = time.perf_counter()
        block.locator('button[name=many][value="set.cooperation"]').click()
        undo.wait_for()
        seconds.append(time.perf_counter() - started)
        undo.click()
        undo.wait_for(state="detached")
    return median(seconds)


def _give_to_one(page: "Page") -> float:
    cells = page.locator('select[name$=".cooperation"][name^="r."]')
    status = page.locator("#bewaarstatus")
    seconds = []
    for turn in range(TURNS):
        page.wait_for_timeout(100)
        status.evaluate("line => { line.className = '' }")
        started = time.perf_counter()
        cells.nth(turn).select_option("none")
        page.wait_for_function("() => document.getElementById('bewaarstatus').classList.contains('saved')")
        seconds.append(time.perf_counter() - started)
    return median(seconds)


def _answer(task: "Assignment") -> None:
    """Store all answers, so that every question that applies is on its page."""
    from surveys.models import FrameEntry, User  # noqa: PLC0415
    from surveys.services.responses import Edit, answers_save  # noqa: PLC0415
    from surveys.sheets import sheet_of  # noqa: PLC0415

    entry = FrameEntry.objects.select_related("wave", "library").get(pk=task.entry_id)
    edits = [Edit(question, school, given, seen=0) for (question, school), given in task.answers.items()]
    answers_save(sheet=sheet_of(entry, None), edits=edits, by=User.objects.get(email=task.email))


def _stop_asked(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def main() -> int:
    argparse.ArgumentParser(prog="python -m tools.weight", description=__doc__).parse_args()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop in this thread
    port = free_port()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop_asked)  # so that the servers are stopped and their folder removed
    try:
        with prepared(port) as running:
            weights, times = measure(running, port)
    except ServersError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(markdown([("What", "Whole", "Sent", "Target", ""), *(_cells(row) for row in weights)]))
    print()
    print(markdown([("What", "Time", "Target", ""), *(_cells(row)[:1] + _cells(row)[2:] for row in times)]))
    return 0 if all(row.is_met is not False for row in (*weights, *times)) else 1


def _cells(row: Row) -> tuple[str, ...]:
    what, whole, sent, _ratio, target, verdict = row.cells
    return (what, whole, sent, target, verdict)


if __name__ == "__main__":
    sys.exit(main())
