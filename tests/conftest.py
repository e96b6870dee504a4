"""What every test can use of the platform: a browser, a worker, a schedule. Persons and rows: tests/personas.py."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from celery import Celery
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tools.servers import die_with_parent

pytest_plugins = ["tests.personas"]

hypothesis_settings.register_profile("thorough", max_examples=4000)

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / ".test"  # screenshots and traces of failed browser tests
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
CHROMIUM_FLAGS = [
    "--no-sandbox",  # Chromium refuses to run as root with it
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WORKER_SECONDS = 30


def pytest_configure() -> None:
    if "no-database-named" in os.environ["DATABASE_URL"]:
        raise pytest.UsageError("Tests need their own servers: `make test`, or `make pytest ARGS=…`.")
    # Playwright keeps an event loop running in this thread, which Django would take for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser_page" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Leave on the test whether it failed, for fixtures that keep evidence."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


FAILED = pytest.StashKey[bool]()


# --- Worker -------------------------------------------------------------------------------------------------------


def _process_environment() -> dict[str, str]:
    """Return what a process of the project needs to work on this run's test database and on the real broker."""
    database = connection.settings_dict
    host, name, user = (database[key] for key in ("HOST", "NAME", "USER"))
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": f"postgresql://{user}@/{name}?host={host}",
        "TEST_WORKER": "1",
    }


@contextmanager
def _celery_process(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    KEPT.mkdir(exist_ok=True)
    with (KEPT / f"celery-{arguments[0]}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "monitor", *arguments],
            cwd=ROOT,
            env=_process_environment(),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for pytest; it then stops the processes in order
            preexec_fn=die_with_parent(15),
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(WORKER_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(happened: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + WORKER_SECONDS
    while not happened():
        if time.monotonic() > deadline:
            pytest.fail(f"Waited {WORKER_SECONDS} seconds for {what}; see {KEPT}/celery-*.log")
        time.sleep(0.1)


@pytest.fixture(scope="session")
def celery_worker_process(django_db_setup: None) -> Iterator[Callable[[], None]]:
    """A real Celery worker on the test database and the real broker. Call the fixture to wait until it is idle.

    It does nothing until something publishes: `celery_beat_process` for the schedule of the settings.
    """
    # An app of its own: that of the project has a broker that doesn't exist, on purpose.
    control = Celery(broker=settings.REDIS_URL, set_as_current=False).control
    with _celery_process("worker", "--pool=prefork", "--concurrency=1", "--without-mingle") as worker:

        def answered() -> object:
            assert worker.poll() is None, f"The worker stopped; see {KEPT}/celery-worker.log"
            return control.ping(timeout=0.2)

        def idle() -> bool:
            inspect = control.inspect(timeout=0.5)
            answers = [inspect.active(), inspect.reserved()]
            return None not in answers and not any(any(answer.values()) for answer in answers)

        def wait_until_idle() -> None:
            control.purge()
            _wait_for(idle, "the worker to finish its tasks")

        _wait_for(answered, "the worker to answer")
        yield wait_until_idle


@pytest.fixture
def celery_beat_process(
    transactional_db: None, celery_worker_process: Callable[[], None], tmp_path: Path
) -> Iterator[None]:
    """The schedule of the settings runs, against a worker, for as long as this test.

    Afterwards it waits until the worker is idle: emptying the tables under a running task could deadlock.
    """
    with _celery_process("beat", "--schedule", str(tmp_path / "schedule")):
        yield
    celery_worker_process()


# --- Browser ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(_playwright: Playwright) -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.fail(f"{CHROMIUM} is missing: `apt install chromium`, or name another in CHROMIUM.")
    browser = _playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def device() -> dict[str, Any]:
    """What `browser_page` is on, as options of a browser context: a computer, unless a test module says otherwise."""
    return {}


@pytest.fixture
def browser_page(
    request: pytest.FixtureRequest, browser: Browser, live_server: Any, transactional_db: None, device: dict[str, Any]
) -> Iterator[Page]:
    """A page of an empty browser on the live server, `page.goto("/…")` for short.

    The test fails when the page breaks the content policy or throws an error in its script. When a test fails,
    .test/ keeps its screenshot and its trace (`playwright show-trace FILE`).
    """
    cache.clear()  # emptying the tables leaves it alone: log-ins of earlier tests would count as attempts of this one
    context = browser.new_context(base_url=live_server.url, locale="nl-NL", timezone_id="Europe/Amsterdam", **device)
    context.set_default_timeout(10_000)
    context.tracing.start(screenshots=True, snapshots=True)
    page = context.new_page()
    wrong: list[str] = []
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on("console", lambda line: wrong.append(line.text) if "Content Security Policy" in line.text else None)
    yield page
    failed = request.node.stash.get(FAILED, False) or bool(wrong)
    if failed:
        KEPT.mkdir(exist_ok=True)
        page.screenshot(path=KEPT / f"{request.node.name}.png", full_page=True)
        context.tracing.stop(path=KEPT / f"{request.node.name}.zip")
    else:
        context.tracing.stop()
    context.close()
    assert not wrong, wrong


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], None]:
    """`axe(page)` fails with a readable list when the page has an accessibility violation."""
    checker = Axe()

    def check(page: Page) -> None:
        # Without preload: axe would re-parse imported style sheets through inline styles, which the policy refuses.
        results = checker.run(page, options={"preload": False})
        assert results.violations_count == 0, f"{page.url}\n{results.generate_report()}"

    return check
