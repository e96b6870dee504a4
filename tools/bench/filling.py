"""Respondents fill in a whole questionnaire over HTTP, several at a time, on the web server as the demo runs it."""

import http.client
import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
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

Form = list[tuple[str, str]]  # the names and values of its fields


def measure(*, port: int, respondents: int, at_a_time: int) -> list[Row]:
    """CPU of all web processes per respondent, log-in included, without and with the browser's saving by itself.

    A first batch only warms the processes up.
    """
    instrument, everybody = open_wave("invullen", SECTIONS, QUESTIONS, libraries=2 * respondents + at_a_time)
    journeys = [Journey(port, place, respondent, instrument) for place, respondent in enumerate(everybody)]
    warm, plain, saving = journeys[:at_a_time], journeys[at_a_time:][:respondents], journeys[at_a_time + respondents :]
    for journey in saving:
        journey.saves_by_itself = True
    postgres = project.postgres_pid()
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
        log_in, fill_in = (costs(part, plain) for part in (Journey.log_in, Journey.fill_in))
        log_in_again, fill_in_saving = (costs(part, saving) for part in (Journey.log_in, Journey.fill_in))
    return [
        _whole(f"{SECTIONS} sections, {SECTIONS * QUESTIONS} questions", plain, log_in.web + fill_in.web),
        Row("    of which logging in", "", f"{log_in.web:.3f} s"),
        Row("    of which filling in, reviewing, submitting", "", f"{fill_in.web:.3f} s"),
        Row(
            "    PostgreSQL beside it: logging in, filling in", f"{log_in.postgres:.3f} s", f"{fill_in.postgres:.3f} s"
        ),
        _whole("each answer saved by itself as well", saving, log_in_again.web + fill_in_saving.web),
        _times(
            f"save of a section over HTTP, {at_a_time} respondents at a time, {1 / fill_in.clock:.1f} a second", plain
        ),
        _times(f"save of an answer or section over HTTP, {at_a_time} respondents at a time", saving),
    ]


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds per respondent: CPU of the web processes and of PostgreSQL, and on the clock."""

    web: float
    postgres: float
    clock: float


def _whole(what: str, journeys: Sequence["Journey"], seconds: float) -> Row:
    requests = sum(journey.n_requests for journey in journeys) / len(journeys)
    return Row(
        what=f"web CPU per questionnaire ({what}, {requests:.0f} requests with the log-in)",
        floor="",
        ours=f"{seconds:.3f} s",
        target=f"<= {TARGET:.2f} s",
        is_met=seconds <= TARGET,
    )


def _times(what: str, journeys: Sequence["Journey"]) -> Row:
    saves = [seconds for journey in journeys for seconds in journey.saves]
    return Row(
        what,
        "",
        f"median {milliseconds(percentile(saves, 50))}, 95% within {milliseconds(percentile(saves, 95))}",
        target=f"95% <= {milliseconds(SAVE_TARGET)}",
        is_met=percentile(saves, 95) <= SAVE_TARGET,
    )


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
    saves_by_itself: bool = False

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
            if self.saves_by_itself:
                for code in codes:
                    self.save(path, code, codes, answers[code], page)
            seen = ",".join(f"{code}:{int(self.saves_by_itself)}" for code in codes)
            path = self.save_section(path, [("seen", seen), *chain(*answers.values())], page)
        page = self.get(path)
        path = self.post(f"{start}indienen/", [], page)
        if not path.endswith("/ontvangst/"):
            raise Unexpected(f"{self.respondent.email} ended at {path} after {len(self.saves)} saves")
        self.get(path)
        self.connection.close()

    def save(self, path: str, code: str, shown: Iterable[str], answer: Form, page: str) -> None:
        """One answer, as the browser does when it is given."""
        form = [("seen", f"{code}:0"), ("shown", ",".join(shown)), *answer]
        body = urlencode([("csrfmiddlewaretoken", _hidden(page, "csrfmiddlewaretoken")), *form])
        started = time.perf_counter()
        status, _location, answered = self._send("POST", f"{path}bewaren/", body)
        self.saves.append(time.perf_counter() - started)
        if status != 200 or json.loads(answered)["versions"] != {code: 1}:
            raise Unexpected(f"POST {path}bewaren/ of {code}: {status} {answered}")

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
