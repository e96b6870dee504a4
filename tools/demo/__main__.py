"""`make demo`: servers, data, web, worker and beat in the foreground; Ctrl-C stops them all, in order.

Everything it keeps is in .demo/. `.demo/environment` exists while it runs; monitor.environment reads it, so that
manage.py works on the demo's database. Where DATABASE_URL and REDIS_URL are set, those servers are used instead.
"""

import argparse
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NoReturn

from tools.messages import compile_catalogues
from tools.servers import AlreadyRunning, Servers, ServersError, die_with_parent, erase

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / ".demo"
ENVIRONMENT = FOLDER / "environment"
SEEDED = FOLDER / "seeded"  # exists once the data is complete; without it a start begins afresh
HOST = "127.0.0.1"
ANSWER_SECONDS = 60
STOP_SECONDS = 20

_started = time.monotonic()


class DemoError(Exception):
    """The demo can't start; the message says what to do."""


def say(text: str) -> None:
    print(f"[{time.monotonic() - _started:5.1f} s] {text}", flush=True)


def check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise DemoError(
                f"Port {port} is not free ({error.strerror}). Another one: make demo PORT={port + 1}"
            ) from None


@contextmanager
def environment(port: int) -> Iterator[None]:
    """Put the demo's settings in our environment, and start the embedded servers unless others are named."""
    named = [name for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)]
    if len(named) == 1:
        raise DemoError(f"Only {named[0]} is set. Set DATABASE_URL and REDIS_URL both, or neither.")
    own = {"DEMO": "1", "SITE_URL": f"http://{HOST}:{port}"}
    with ExitStack() as stack:
        if named:
            say("Using the servers of DATABASE_URL and REDIS_URL.")
            own["SECRET_KEY"] = _secret_key()
        else:
            if not SEEDED.exists():
                erase(FOLDER)  # of a first start that was broken off
            say("Starting PostgreSQL and Valkey …")
            servers = stack.enter_context(Servers(FOLDER))
            own["SECRET_KEY"] = _secret_key()
            own |= {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
            ENVIRONMENT.touch(mode=0o600)
            stack.callback(ENVIRONMENT.unlink, missing_ok=True)
            ENVIRONMENT.write_text("".join(f"{name}={value}\n" for name, value in own.items()))
        os.environ.update(own)
        yield


def _secret_key() -> str:
    """Return the demo's own key, kept so that people stay logged in over a restart."""
    path = FOLDER / "secret-key"
    if not path.exists():
        FOLDER.mkdir(exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


def prepare() -> list[tuple[str, str, str]]:
    """Bring the database to today's schema and fill it once; return the accounts (role, address, password)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "monitor.settings")
    os.environ.setdefault("LOG_LEVEL", "WARNING")  # the accounts must not scroll away
    import django  # noqa: PLC0415 - not before the environment is complete

    compile_catalogues()
    (ROOT / "staticfiles").mkdir(exist_ok=True)  # WhiteNoise warns without it
    (FOLDER / "mail").mkdir(exist_ok=True)  # named on the screen, before the first mail
    django.setup()
    from django.contrib.auth import get_user_model  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415

    from tools.demo import seed  # noqa: PLC0415

    say("Bringing the database up to date …")
    call_command("migrate", verbosity=0, interactive=False)
    if not SEEDED.exists() and not get_user_model().objects.exists():
        seed.seed(say)
        say("The data is complete.")
    SEEDED.touch()
    connections.close_all()
    accounts: list[tuple[str, str, str]] = seed.accounts()
    return accounts


class Processes:
    """The web server, the worker and the schedule; their lines are printed with their name before them."""

    def __init__(self, port: int) -> None:
        python = sys.executable
        celery = [python, "-m", "celery", "--app", "monitor", "--quiet"]
        web = [python, "-m", "granian", "--interface", "wsgi", "monitor.wsgi:application", "--http", "1", "--no-ws"]
        web += ["--workers", "2", "--blocking-threads", "4", "--blocking-threads-idle-timeout", "600"]
        web += ["--respawn-failed-workers", "--host", HOST, "--port", str(port), "--log-level", "warning"]
        self.commands = {
            "worker": [*celery, "worker", "--concurrency", "2", "--without-mingle", "--without-gossip"],
            "beat": [*celery, "beat", "--schedule", str(FOLDER / "beat")],
            "web": web,
        }
        self.running: dict[str, subprocess.Popen[str]] = {}

    def start(self) -> None:
        quiet = {
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
            **os.environ,
            "PYTHONUNBUFFERED": "1",
        }
        for name, command in self.commands.items():
            self.running[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env=quiet,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,  # Ctrl-C is for us; we stop them in order
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        # After the last fork: forking with threads around can deadlock.
        for name, process in self.running.items():
            threading.Thread(target=_print_lines, args=(name, process), daemon=True).start()

    def ended(self) -> str | None:
        return next((name for name, process in self.running.items() if process.poll() is not None), None)

    def stop(self) -> None:
        """No new requests first, then no new work, then the work that is being done gets its time to finish."""
        for name in ("web", "beat", "worker"):
            process = self.running.pop(name, None)
            if process is None:
                continue
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                say(f"{name} does not stop; killing it.")
            with suppress(ProcessLookupError):  # what it left behind, such as workers whose master was killed
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _print_lines(name: str, process: subprocess.Popen[str]) -> None:
    if process.stdout is not None:
        for line in process.stdout:
            print(f"{name:6} | {line}", end="", flush=True)


def wait_for_answer(port: int, processes: Processes) -> None:
    deadline = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < deadline:
        if name := processes.ended():
            raise DemoError(f"{name} stopped by itself; its lines stand above.")
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=5) as page:
                if page.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise DemoError(f"The web server did not answer within {ANSWER_SECONDS} seconds.")


def print_welcome(port: int, accounts: list[tuple[str, str, str]]) -> None:
    widths = [max(len(row[column]) for row in accounts) for column in range(3)] if accounts else []
    rows = ["   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in accounts]
    lines = [f"http://{HOST}:{port}/", "", *rows, "", "Mail it sends: .demo/mail/     Ctrl-C stops it"]
    width = max(len(line) for line in lines)
    print(f"\n  ┌─{'─' * width}─┐")
    for line in lines:
        print(f"  │ {line.ljust(width)} │")
    print(f"  └─{'─' * width}─┘\n", flush=True)


def run(port: int, *, seed_only: bool) -> None:
    with environment(port):
        processes = Processes(port)
        try:
            check_port(port)
            accounts = prepare()
            if seed_only:
                return
            check_port(port)  # filling takes a while, and the web server itself shares a port without a word
            say("Starting web server, worker and schedule …")
            processes.start()
            wait_for_answer(port, processes)
            say("Ready.")
            print_welcome(port, accounts)
            while (name := processes.ended()) is None:
                time.sleep(0.5)
            raise DemoError(f"{name} stopped by itself, so the demo stops.")
        finally:
            _ignore_signals()  # who presses Ctrl-C twice must not get half a stop
            say("Stopping …")
            processes.stop()


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _stop_asked(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--erase", action="store_true", help="remove the demo's data and stop there")
    parser.add_argument("--seed-only", action="store_true", help="fill the database and stop there")
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop_asked)
    try:
        if options.erase:
            erase(FOLDER)
        else:
            run(options.port, seed_only=options.seed_only)
    except AlreadyRunning:
        print("The demo is running. Stop it first, with Ctrl-C in its window.", file=sys.stderr)
        return 1
    except (DemoError, ServersError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("Stopped. `make demo` goes on where it was.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
