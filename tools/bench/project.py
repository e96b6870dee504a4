"""The project as the demo's web server runs it: its settings, its database, and requests straight into its WSGI."""

import io
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

import django

from tools.messages import compile_catalogues
from tools.servers import Servers, private_servers

ROOT = Path(__file__).resolve().parent.parent.parent
HOST = "127.0.0.1"
CSRF = "c" * 32  # the cookie and the field of a form hold the same secret


class Unexpected(Exception):
    """What was measured did something else than it should, so its time says nothing."""


@contextmanager
def prepared(port: int) -> Iterator[Servers]:
    """Private servers that write to disk as real ones do, and Django set up on an empty, migrated database."""
    with private_servers(durable=True) as servers:
        os.environ.update(
            {
                "DJANGO_SETTINGS_MODULE": "monitor.settings",
                "DEMO": "1",
                "DEBUG": "",
                "SECRET_KEY": secrets.token_urlsafe(50),
                "SITE_URL": f"http://{HOST}:{port}",
                "DATABASE_URL": servers.database_url,
                "REDIS_URL": servers.redis_url,
                "LOG_LEVEL": "WARNING",
                # Each respondent comes from an address of their own, as seen behind a proxy; else the limit on
                # log-ins per address would stop them.
                "TRUSTED_PROXY_COUNT": "1",
            }
        )
        setup()
        from django.core.management import call_command  # noqa: PLC0415 - Django is set up only now
        from django.db import connections  # noqa: PLC0415

        call_command("migrate", verbosity=0, interactive=False)
        try:
            yield servers
        finally:
            connections.close_all()


def setup() -> None:
    compile_catalogues()
    (ROOT / "staticfiles").mkdir(exist_ok=True)  # WhiteNoise warns without it
    django.setup()


@dataclass
class Visitor:
    """Sends requests as the web server would hand them over; only what happens inside the WSGI application is timed.

    `urlconf` replaces the project's, to add views beside it. Without `user` it visits without session.
    """

    user: Any = None
    urlconf: str = ""
    application: Any = field(init=False)
    cookies: str = field(init=False, default="")
    body: bytes = field(init=False, default=b"")  # of the last response, as its headers
    headers: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        from django.conf import settings  # noqa: PLC0415 - Django is set up only now
        from django.core.handlers.wsgi import WSGIHandler  # noqa: PLC0415
        from django.test import Client, override_settings  # noqa: PLC0415

        if self.urlconf:
            override_settings(ROOT_URLCONF=self.urlconf).enable()
        self.application = WSGIHandler()
        if self.user is not None:
            client = Client()
            client.force_login(self.user)
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            self.cookies = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={CSRF}"

    def get(self, path: str, expected: int = 200, **headers: str) -> float:
        """The seconds it took."""
        return self._send("GET", path, b"", expected, headers)

    def post(self, path: str, form: list[tuple[str, str]], expected: int) -> float:
        """The seconds it took; the form goes with its CSRF token."""
        body = urlencode([("csrfmiddlewaretoken", CSRF), *form]).encode()
        return self._send("POST", path, body, expected, {})

    def _send(self, method: str, path: str, body: bytes, expected: int, headers: dict[str, str]) -> float:
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "SCRIPT_NAME": "",
            "QUERY_STRING": "",
            "SERVER_NAME": HOST,
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": HOST,
            "REMOTE_ADDR": HOST,
            "HTTP_COOKIE": self.cookies,
            "CONTENT_TYPE": "application/x-www-form-urlencoded" if body else "",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            **headers,
        }
        answer: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]]) -> None:
            answer.extend((status, dict(headers)))

        started = time.perf_counter()
        response = self.application(environ, start_response)
        self.body = b"".join(response)
        response.close()
        seconds = time.perf_counter() - started
        status, self.headers = answer
        if not status.startswith(str(expected)):
            raise Unexpected(f"{method} {path}: {status}, not {expected}")
        return seconds


def in_turns(
    floor: Callable[[], float], ours: Callable[[], float], *, rounds: int, per_round: int
) -> list[tuple[float, float]]:
    """Floor and ours one after the other, again and again; per round the median second of each."""
    for _warm_up in range(5):
        floor()
        ours()
    pairs = []
    for _round in range(rounds):
        times = [(floor(), ours()) for _turn in range(per_round)]
        pairs.append((median(a for a, _b in times), median(b for _a, b in times)))
    return pairs


# --- CPU and memory, from /proc: Linux only --------------------------------------------------------------------------


def cpu_seconds(root: int) -> float:
    """CPU seconds, user and system, of the process and all below it, those that ended and were waited for included."""
    parents, used = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        pid = int(stat.parent.name)
        parents[pid] = int(fields[1])
        used[pid] = sum(int(ticks) for ticks in fields[11:15])  # utime stime cutime cstime
    family = {root}
    while added := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= added
    return sum(used.get(pid, 0) for pid in family) / os.sysconf("SC_CLK_TCK")


def postgres_pid() -> int:
    """The postmaster, the parent of the process behind our connection."""
    from django.db import connection  # noqa: PLC0415 - Django is set up only now

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def resident_megabytes() -> float:
    return _status("VmRSS")


def peak_megabytes() -> float:
    """The most memory this process has had since `forget_peak`."""
    return _status("VmHWM")


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _status(name: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise LookupError(name)
