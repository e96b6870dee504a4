"""`python -m tools.lighthouse`: Google's Lighthouse on the pages of the demo; prints its scores and what it found.

Needs Node 20 with npm, and Chromium; nothing else in the project does. Lighthouse is installed in a temporary folder,
or in --folder, where a next run finds it again. Exit code 1 when a score is below 100.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, NoReturn

from tools.bench.__main__ import free_port
from tools.bench.project import HOST, Unexpected, prepared
from tools.bench.table import markdown
from tools.servers import Servers, ServersError

PACKAGE = "lighthouse@12.8.2"
CATEGORIES = ("accessibility", "best-practices")
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
CHROMIUM_FLAGS = "--headless=new --no-sandbox --disable-gpu --no-first-run --disable-background-networking"


@dataclass(frozen=True, slots=True)
class Report:
    """The scores of a page, 0 to 100 by category, and the audits that took points."""

    scores: Mapping[str, int]
    faults: tuple[str, ...]


def read(told: Mapping[str, Any]) -> Report:
    """What Lighthouse's JSON says."""
    if error := told.get("runtimeError"):
        raise Unexpected(f"Lighthouse could not read {told.get('requestedUrl')}: {error.get('message')}")
    scores = {name: round(100 * (told["categories"][name]["score"] or 0)) for name in CATEGORIES}
    weighed = {
        one["id"] for name in CATEGORIES for one in told["categories"][name]["auditRefs"] if one.get("weight", 0) > 0
    }
    failed = [audit for code, audit in told["audits"].items() if code in weighed and audit["score"] not in (1, None)]
    return Report(scores, tuple(_told(audit) for audit in failed))


def _told(audit: Mapping[str, Any]) -> str:
    items = (audit.get("details") or {}).get("items") or []
    nodes = [item["node"]["snippet"] for item in items if isinstance(item.get("node"), dict)]
    return f"{audit['id']}: {audit['title']} {' '.join(nodes[:3])}".strip()


def install(folder: Path) -> Path:
    """The program, after installing it where it isn't there yet."""
    program = folder / "node_modules" / ".bin" / "lighthouse"
    if not program.exists():
        command = ["npm", "install", "--prefix", str(folder), "--no-save", "--no-audit", "--no-fund", PACKAGE]
        subprocess.run(command, check=True, stdout=sys.stderr)
    return program


def pages() -> tuple[dict[str, str], dict[str, str]]:
    """Addresses by name: of everybody, and of the demo's library."""
    from reports.models import Chapter  # noqa: PLC0415 - Django is set up only now
    from surveys.models import FrameEntry, Wave  # noqa: PLC0415
    from tools.demo.answers import DEMO_LIBRARY  # noqa: PLC0415

    mine = FrameEntry.objects.filter(library__code=DEMO_LIBRARY)
    now = mine.get(wave__state=Wave.State.OPEN).pk
    then = mine.filter(response__submissions__is_latest=True).earliest("wave__school_year").pk
    chapter = Chapter.objects.filter(publication__slug__endswith="-2021-2022").select_related("publication")[0]
    published = f"/publicaties/{chapter.publication.slug}/"
    public = {
        "log-in": "/account/login/",
        "publications": "/publicaties/",
        "published page": published,
        "its chapter": f"{published}{chapter.slug}/",
    }
    own = {
        "start": "/",
        "overview": f"/vragenlijst/{now}/",
        "section": f"/vragenlijst/{now}/onderdeel/leesbevordering/",
        "section with the roster": f"/vragenlijst/{now}/onderdeel/samenwerking/",
        "review": f"/vragenlijst/{now}/controle/",
        "receipt": f"/vragenlijst/{then}/ontvangst/",
    }
    return public, own


def measure(running: Servers, port: int, program: Path) -> dict[str, Report]:
    from django.conf import settings  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from surveys.models import User  # noqa: PLC0415
    from tools.demo import seed  # noqa: PLC0415
    from tools.faults.world import World  # noqa: PLC0415

    seed.seed(lambda text: print(text, file=sys.stderr))
    public, own = pages()
    client = Client()
    client.force_login(User.objects.get(email=seed.SUBMITTER))
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    world = World(running, port, Random(1))  # noqa: S311 - not used
    world.start_web()
    try:
        found = {name: _run(program, f"http://{HOST}:{port}{path}", {}) for name, path in public.items()}
        return found | {
            name: _run(program, f"http://{HOST}:{port}{path}", {"Cookie": cookie}) for name, path in own.items()
        }
    finally:
        world.stop_web()


def _run(program: Path, address: str, headers: Mapping[str, str]) -> Report:
    command = [str(program), address, "--quiet", "--output=json", f"--chrome-flags={CHROMIUM_FLAGS}"]
    command += [f"--only-categories={','.join(CATEGORIES)}", f"--extra-headers={json.dumps(headers)}"]
    environment = {**os.environ, "CHROME_PATH": CHROMIUM}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=180)
    if done.returncode:
        raise Unexpected(f"Lighthouse on {address}: {done.stderr}")
    return read(json.loads(done.stdout))


def _stop_asked(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.lighthouse", description=__doc__)
    parser.add_argument("--folder", type=Path, help="install Lighthouse here, and find it here the next time")
    options = parser.parse_args()
    if shutil.which("npm") is None:
        print("This needs Node with npm (and the npm registry).", file=sys.stderr)
        return 1
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop_asked)  # so that the servers are stopped and their folder removed
    port = free_port()
    try:
        with tempfile.TemporaryDirectory(prefix="monitor-lighthouse-") as folder, prepared(port) as running:
            found = measure(running, port, install(options.folder or Path(folder)))
    except ServersError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    rows = [[name, *(str(report.scores[category]) for category in CATEGORIES)] for name, report in found.items()]
    print(markdown([["Page", *CATEGORIES], *rows]))
    for name, report in found.items():
        for fault in report.faults:
            print(f"{name}: {fault}")
    return 0 if all(score == 100 for report in found.values() for score in report.scores.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
