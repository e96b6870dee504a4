"""Respondents fill in a whole questionnaire over HTTP, several at a time, on the web server as the demo runs it."""

import http.client
import os
import re
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from surveys.instrument import Instrument
from tools.bench import project
from tools.bench.project import HOST, Unexpected
from tools.bench.questionnaire import PASSWORD, Respondent, fields, open_wave
from tools.bench.table import Row, milliseconds, percentile
from tools.demo.__main__ import Processes
from tools.servers import die_with_parent

TARGET = 0.10
SAVE_TARGET = 0.060
SECTIONS, QUESTIONS = 8, 5
START_SECONDS = 60


def measure(*, port: int, respondents: int, at_a_time: int) -> list[Row]:
    """CPU of all web processes per respondent, log-in included; a first batch only warms the processes up."""
    instrument, everybody = open_wave("invullen", SECTIONS, QUESTIONS, libraries=respondents + at_a_time)
    postgres = project.postgres_pid()
    with web_server(port) as web, ThreadPoolExecutor(at_a_time) as pool:
        journeys = [Journey(port, place, respondent, instrument) for place, respondent in enumerate(everybody)]
        warm, measured = journeys[:at_a_time], journeys[at_a_time:]
        list(pool.map(Journey.log_in, warm))
        list(pool.map(Journey.fill_in, warm))
        marks = [(project.cpu_seconds(web), project.cpu_seconds(postgres), time.perf_counter())]
        for part in (Journey.log_in, Journey.fill_in):
            list(pool.map(part, measured))
            marks.append((project.cpu_seconds(web), project.cpu_seconds(postgres), time.perf_counter()))
    (web_0, postgres_0, _), (web_1, postgres_1, start), (web_2, postgres_2, end) = marks
    n = len(measured)
    saves = [seconds for journey in measured for seconds in journey.saves]
    total = (web_2 - web_0) / n
    requests = sum(journey.n_requests for journey in measured) / n
    return [
        Row(
            what=f"web CPU per questionnaire ({SECTIONS} sections, {SECTIONS * QUESTIONS} questions, "
            f"{requests:.0f} requests with the log-in)",
            floor="",
            ours=f"{total:.3f} s",
            target=f"<= {TARGET:.2f} s",
            is_met=total <= TARGET,
        ),
        Row("    of which logging in", "", f"{(web_1 - web_0) / n:.3f} s"),
        Row("    of which filling in, reviewing, submitting", "", f"{(web_2 - web_1) / n:.3f} s"),
        Row(
            "    PostgreSQL beside it: logging in, filling in",
            f"{(postgres_1 - postgres_0) / n:.3f} s",
            f"{(postgres_2 - postgres_1) / n:.3f} s",
        ),
        Row(
            f"save of a section over HTTP, {at_a_time} respondents at a time, {n / (end - start):.1f} "
            "questionnaires a second",
            "",
            f"median {milliseconds(percentile(saves, 50))}, 95% within {milliseconds(percentile(saves, 95))}",
            target=f"95% <= {milliseconds(SAVE_TARGET)}",
            is_met=percentile(saves, 95) <= SAVE_TARGET,
        ),
    ]


@contextmanager
def web_server(port: int) -> Iterator[int]:
    """Gunicorn by the demo's own command line; gives the process id of its master."""
    process = subprocess.Popen(
        Processes(port).commands["web"], cwd=project.ROOT, env=os.environ, preexec_fn=die_with_parent(15)
    )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Unexpected("The web server did not start.")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status in {200, 503}
    except OSError:
        return False
    finally:
        connection.close()


@dataclass
class Journey:
    """One respondent in a browser without styles: reads forms, fills in what is asked, goes where it is sent."""

    port: int
    place: int
    respondent: Respondent
    instrument: Instrument
    cookies: dict[str, str] = field(default_factory=dict)
    saves: list[float] = field(default_factory=list)
    n_requests: int = 0

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection(HOST, self.port, timeout=60)

    def log_in(self) -> None:
        page = self.get("/account/login/")
        form = [("login", self.respondent.email), ("password", PASSWORD)]
        path = self.post("/account/login/", form, page)
        self.get(path)

    def fill_in(self) -> None:
        """From the overview over every section to the receipt."""
        start = f"/vragenlijst/{self.respondent.entry_id}/"
        self.get(start)
        path = f"{start}onderdeel/{self.instrument.sections[0].code}/"
        while "/onderdeel/" in path:
            page = self.get(path)
            seen = _hidden(page, "seen")
            form = [("seen", seen)]
            for part in seen.split(","):
                form += fields(self.instrument.questions[part.partition(":")[0]], 0)
            started = time.perf_counter()
            path = self.post(path, form, page)
            self.saves.append(time.perf_counter() - started)
        page = self.get(path)
        path = self.post(f"{start}indienen/", [], page)
        if not path.endswith("/ontvangst/") or len(self.saves) != SECTIONS:
            raise Unexpected(f"{self.respondent.email} ended at {path} after {len(self.saves)} saves")
        self.get(path)
        self.connection.close()

    def get(self, path: str) -> str:
        status, _location, page = self._send("GET", path, None)
        if status != 200:
            raise Unexpected(f"GET {path}: {status}")
        return page

    def post(self, path: str, form: list[tuple[str, str]], page: str) -> str:
        """Send the form of `page` and return where that leads."""
        token = _hidden(page, "csrfmiddlewaretoken")
        status, location, _page = self._send("POST", path, urlencode([("csrfmiddlewaretoken", token), *form]))
        if status != 302:
            raise Unexpected(f"POST {path}: {status}")
        return urlsplit(location).path

    def _send(self, method: str, path: str, body: str | None) -> tuple[int, str, str]:
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "X-Forwarded-For": f"10.0.{self.place // 250}.{self.place % 250 + 1}",
        }
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            self.connection.request(method, path, body, headers)
            response = self.connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):
            # The server closed a connection that was not used for a while; browsers ask again as well.
            self.connection.close()
            self.connection.request(method, path, body, headers)
            response = self.connection.getresponse()
        page = response.read().decode()
        for line in response.headers.get_all("Set-Cookie", []):
            name, _equals, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        self.n_requests += 1
        return response.status, response.headers.get("Location", ""), page


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    if found is None:
        raise Unexpected(f"There is no field {name} on the page.")
    return found[1]
