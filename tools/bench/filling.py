"""Respondents fill in a whole questionnaire over HTTP, several at a time, on the web server as the demo runs it."""

import http.client
import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
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

# How many answers go in one save of the browser: those that are given within AUTOSAVE_GATHER_MS, and what is left when
# somebody goes on. None: without its script, section by section.
WAYS = {
    "each section by its form": None,
    "answers saved by themselves, as fast as one can": QUESTIONS,
    "answers saved by themselves, one every two seconds": 2,
    "answers saved by themselves, each apart": 1,
}

Form = list[tuple[str, str]]  # the names and values of its fields


def measure(*, port: int, respondents: int, at_a_time: int) -> list[Row]:
    """CPU of all web processes per respondent, log-in included: by the forms alone, and as the browser saves by itself.

    A first batch only warms the processes up.
    """
    libraries = at_a_time + len(WAYS) * respondents
    instrument, everybody = open_wave("invullen", SECTIONS, QUESTIONS, libraries=libraries)
    journeys = [Journey(port, place, respondent, instrument) for place, respondent in enumerate(everybody)]
    warm, rest = journeys[:at_a_time], journeys[at_a_time:]
    postgres = project.postgres_pid()
    rows = []
    with web_server(port) as web, ThreadPoolExecutor(at_a_time) as pool:

        def costs(part: Callable[[Journey], None], group: Sequence[Journey]) -> Costs:
            web_before, postgres_before, start = project.cpu_seconds(web), project.cpu_seconds(postgres), time.time()
            list(pool.map(part, group))
            return Costs(
                (project.cpu_seconds(web) - web_before) / len(group),
                (project.cpu_seconds(postgres) - postgres_before) / len(group),
                (time.time() - start) / len(group),
            )

        for part in (Journey.log_in, Journey.fill_in):
            costs(part, warm)
        for place, (way, together) in enumerate(WAYS.items()):
            group = rest[place * respondents :][:respondents]
            for journey in group:
                journey.together = together
            rows += _rows(way, group, costs(Journey.log_in, group), costs(Journey.fill_in, group), at_a_time)
    return rows


def _rows(way: str, group: Sequence["Journey"], log_in: "Costs", fill_in: "Costs", at_a_time: int) -> list[Row]:
    requests = sum(journey.n_requests for journey in group) / len(group)
    seconds = log_in.web + fill_in.web
    saves = [seconds for journey in group for seconds in journey.saves]
    return [
        Row(
            what=f"web CPU per questionnaire, {way} ({requests:.0f} requests with the log-in)",
            floor="",
            ours=f"{seconds:.3f} s",
            target=f"<= {TARGET:.2f} s",
            is_met=seconds <= TARGET,
        ),
        Row(
            "    of which logging in; filling in, reviewing, submitting", f"{log_in.web:.3f} s", f"{fill_in.web:.3f} s"
        ),
        Row("    PostgreSQL beside it", f"{log_in.postgres:.3f} s", f"{fill_in.postgres:.3f} s"),
        Row(
            f"    a save over HTTP, {at_a_time} respondents at a time, {1 / fill_in.clock:.1f} a second",
            "",
            f"median {milliseconds(percentile(saves, 50))}, 95% within {milliseconds(percentile(saves, 95))}",
            target=f"95% <= {milliseconds(SAVE_TARGET)}",
            is_met=percentile(saves, 95) <= SAVE_TARGET,
        ),
    ]


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds per respondent: CPU of the web processes and of PostgreSQL, and on the clock."""

    web: float
    postgres: float
    clock: float


@contextmanager
def web_server(port: int) -> Iterator[int]:
    """Granian by the demo's own command line; gives the process id of its master."""
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
    together: int | None = None  # of WAYS

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
            codes = [part.partition(":")[0] for part in _hidden(page, "seen").split(",")]
            answers = {code: fields(self.instrument.questions[code], 0) for code in codes}
            if self.together is None:
                seen = ",".join(f"{code}:0" for code in codes)
                path = self.save_section(path, [("seen", seen), *chain(*answers.values())], page)
                continue
            here = path
            for first in range(0, len(codes), self.together):
                given = {code: answers[code] for code in codes[first : first + self.together]}
                path = self.save(here, codes, given, page)
        page = self.get(path)
        path = self.post(f"{start}indienen/", [], page)
        if not path.endswith("/ontvangst/"):
            raise Unexpected(f"{self.respondent.email} ended at {path} after {len(self.saves)} saves")
        self.get(path)
        self.connection.close()

    def save(self, path: str, shown: Iterable[str], answers: Mapping[str, Form], page: str) -> str:
        """Answers, as the browser does by itself; returns where to go on."""
        seen = ",".join(f"{code}:0" for code in answers)
        form = [("seen", seen), ("shown", ",".join(shown)), *chain(*answers.values())]
        body = urlencode([("csrfmiddlewaretoken", _hidden(page, "csrfmiddlewaretoken")), *form])
        started = time.perf_counter()
        status, _location, text = self._send("POST", f"{path}bewaren/", body)
        self.saves.append(time.perf_counter() - started)
        if status != 200 or (answered := json.loads(text))["versions"] != dict.fromkeys(answers, 1):
            raise Unexpected(f"POST {path}bewaren/ of {seen}: {status} {text}")
        return str(answered["next"])

    def save_section(self, path: str, form: Form, page: str) -> str:
        started = time.perf_counter()
        leads_to = self.post(path, form, page)
        self.saves.append(time.perf_counter() - started)
        return leads_to

    def get(self, path: str) -> str:
        status, _location, page = self._send("GET", path, None)
        if status != 200:
            raise Unexpected(f"GET {path}: {status}")
        return page

    def post(self, path: str, form: Form, page: str) -> str:
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
