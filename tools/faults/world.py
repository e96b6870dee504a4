"""What the faults happen to: a durable PostgreSQL, Granian as the demo runs it, and a wave that people fill in."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import yaml
from django.contrib.auth.hashers import make_password
from django.db import OperationalError, connection

from surveys import models
from surveys.services.questionnaires import questionnaire_load
from surveys.services.waves import wave_open
from tools.bench.filling import START_SECONDS, _answers
from tools.bench.project import ROOT, Unexpected
from tools.bench.questionnaire import PASSWORD
from tools.demo.__main__ import Processes
from tools.servers import Servers, die_with_parent

NEW_SECONDS = 10  # until Granian starts a worker, and 5.5 in which another end of it is a loop of crashes
GIVES_UP_SECONDS = 5

SECTION = "vragen"
SCHOOLS = 3
TEXTS, NUMBERS = [f"t{n}" for n in range(1, 7)], [f"n{n}" for n in range(1, 5)]
CELLS = ["lessons", "pupils"]


@dataclass(frozen=True, slots=True)
class Field:
    """One answer: a library question, or a cell of the roster."""

    question: str
    school: str = ""

    @property
    def name(self) -> str:
        """Its name in the form, and of the answer on the page."""
        return f"r.{self.school}.{self.question}" if self.school else self.question

    def value(self, rng: Random) -> str:
        """Something to type that was not typed before."""
        number = rng.randrange(1, 100_000_000)
        is_text = self.question.startswith("t")
        return f"antwoord {number} ~ é😀" if is_text else str(number)

    def form(self, value: str, seen: int) -> list[tuple[str, str]]:
        """The fields that autosave sends for it."""
        row = (f"r.{self.school}", f"{self.question}:{seen}") if self.school else ("seen", f"{self.question}:{seen}")
        return [row, (self.name, value)]


@dataclass(frozen=True, slots=True)
class Place:
    """A library in the wave, with the two people who fill in for it."""

    entry_id: int
    library: str
    people: tuple[str, str]

    @property
    def page(self) -> str:
        return f"/vragenlijst/{self.entry_id}/onderdeel/{SECTION}/"

    @property
    def save(self) -> str:
        return f"{self.page}bewaren/"

    @property
    def fields(self) -> list[Field]:
        schools = [f"{self.library[1:]}{n:02d}" for n in range(SCHOOLS)]
        return [*map(Field, TEXTS + NUMBERS), *(Field(code, school) for school in schools for code in CELLS)]

    def stored(self) -> dict[Field, tuple[str, int]]:
        """What the database holds: value and version. On a new connection, as PostgreSQL may have been restarted."""
        rows = models.Answer.objects.filter(response__entry_id=self.entry_id)
        found = _asked(lambda: list(rows.values_list("question__code", "school__code", "value", "version")))
        return {Field(code, school or ""): (str(value), version) for code, school, value, version in found}

    def history(self) -> set[tuple[Field, str]]:
        """Every answer that was ever stored."""
        rows = models.AnswerChange.objects.filter(answer__response__entry_id=self.entry_id)
        found = _asked(lambda: list(rows.values_list("answer__question__code", "answer__school__code", "value")))
        return {(Field(code, school or ""), str(value)) for code, school, value in found}


def open_wave(n_libraries: int) -> list[Place]:
    """An open wave with schools in every library."""
    questionnaire = questionnaire_load(text=_definition(), file="fouten.yaml")[0]
    password = make_password(PASSWORD)
    people: dict[str, tuple[str, str]] = {}
    for number in range(n_libraries):
        code = f"F{number:03d}"
        library = models.Library.objects.create(
            code=code, name=f"Bibliotheek {code}", province="Gelderland", inhabitants=50_000
        )
        for school in range(SCHOOLS):
            models.School.objects.create(
                code=f"{number:03d}{school:02d}", name=f"School {school}", kind="bo", pupils=200, library=library
            )
        people[code] = (f"anna.{code.lower()}@example.nl", f"emma.{code.lower()}@example.nl")
        for email in people[code]:
            user = models.User.objects.create(email=email, name=email.partition(".")[0].title(), password=password)
            models.Membership.objects.create(user=user, library=library, role=models.Membership.Role.EDITOR)
    wave = models.Wave.objects.create(
        survey=questionnaire.survey,
        school_year=questionnaire.school_year,
        questionnaire=questionnaire,
        reference_date=date(2025, 7, 31),
    )
    wave_open(wave=wave, by=None)
    entries = wave.frame.order_by("library__code").values_list("pk", "library__code")
    return [Place(pk, code, people[code]) for pk, code in entries]


def _definition() -> str:
    library = [_question(code, "library", "text") for code in TEXTS]
    library += [_question(code, "library", "integer") for code in NUMBERS]
    school = [_question(code, "school", "integer") for code in CELLS]
    whole = {
        "survey": "fouten",
        "school_year": "2024-2025",
        "version": "1.0",
        "title": "Vragenlijst om fouten mee te zoeken",
        "intro": "Wat hier wordt ingevuld mag niet verdwijnen.",
        "school_kinds": ["bo"],
        "sections": [{"code": SECTION, "title": "Vragen", "questions": [*library, *school]}],
    }
    return yaml.safe_dump(whole, allow_unicode=True, sort_keys=False)


def _question(code: str, level: str, kind: str) -> dict[str, str]:
    made = {"code": code, "level": level, "type": kind, "text": f"Wat is {code}?", "label": code}
    if level == "school":
        made["column"] = code.title()
    if kind == "integer":
        made["unit"] = "stuks"
    return made


class World:
    """The processes, and how each is hurt and brought back. Only for the main thread: see `die_with_parent`."""

    def __init__(self, running: Servers, port: int, rng: Random) -> None:
        self.servers, self.port, self.rng = running, port, rng
        self.application = "monitor.wsgi:application"
        self._web: subprocess.Popen[bytes] | None = None
        self._worker_killed = 0.0  # when, on the clock that never goes back

    # --- Web server --------------------------------------------------------------------------------------------------

    def start_web(self) -> None:
        command = [
            self.application if part == "monitor.wsgi:application" else part
            for part in Processes(self.port).commands["web"]
        ]
        with (self.servers.folder / "web.log").open("ab") as log:
            self._web = subprocess.Popen(
                command, cwd=ROOT, env=os.environ, stdout=log, stderr=log, preexec_fn=die_with_parent(signal.SIGTERM)
            )
        deadline = time.monotonic() + START_SECONDS
        while not _answers(self.port):
            if self._web.poll() is not None or time.monotonic() > deadline:
                raise Unexpected(f"The web server did not start; see {log.name}")
            time.sleep(0.05)

    @property
    def web_pid(self) -> int:
        if self._web is None:
            raise Unexpected("The web server is not running.")
        return self._web.pid

    def stop_web(self) -> None:
        if self._web is not None:
            self._web.terminate()
            self._web.wait()

    def kill_worker(self) -> None:
        """The master starts another by itself; one that is killed as soon as it is there makes the master give up, and
        then it is started again, as a container is."""
        if self._web is None:
            return
        _kill(self.rng.choice(_children(self._web.pid)))
        before, self._worker_killed = self._worker_killed, time.monotonic()
        if self._worker_killed - before < NEW_SECONDS:
            with suppress(subprocess.TimeoutExpired):  # it goes on: another worker was killed than before
                self._web.wait(GIVES_UP_SECONDS)
                self.start_web()

    def kill_web(self) -> None:
        """Master and workers, as when a container is killed."""
        if self._web is not None:
            family = [self._web.pid, *_children(self._web.pid)]
            for pid in family:
                _kill(pid)
            self._web.wait()

    # --- PostgreSQL --------------------------------------------------------------------------------------------------

    @property
    def _postgres(self) -> "subprocess.Popen[bytes]":
        process = self.servers.postgres.process
        if process is None:
            raise Unexpected("PostgreSQL is not running.")
        return process

    def kill_backend(self) -> None:
        """One of the processes that serve a connection. PostgreSQL then ends the others and recovers by itself."""
        self.wait_for_postgres()
        with psycopg.connect(self.servers.database_url) as connection:
            query = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            pids = [pid for (pid,) in connection.execute(query)]
        if pids:
            _kill(self.rng.choice(pids))

    def kill_postgres(self) -> None:
        """Everything at once: what was not handed to the kernel is gone."""
        postmaster = self._postgres
        family = [postmaster.pid, *_children(postmaster.pid)]
        for pid in family:
            _kill(pid)
        postmaster.wait()
        while any(Path(f"/proc/{pid}").exists() for pid in family):
            time.sleep(0.01)

    def stop_postgres(self) -> None:
        """As an administrator restarts it: sessions are broken off."""
        self._postgres.send_signal(signal.SIGINT)
        self._postgres.wait()

    def start_postgres(self) -> None:
        self.servers.start_postgres()
        self.wait_for_postgres()

    def wait_for_postgres(self) -> None:
        """Until it takes connections. The file that says "ready" may be that of one that was killed."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.servers.database_url).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def setting(self, name: str, value: str) -> None:
        with psycopg.connect(self.servers.database_url, autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            connection.execute("SELECT pg_reload_conf()")

    def shown(self, name: str) -> Any:
        with psycopg.connect(self.servers.database_url) as connection:
            row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
        return row[0] if row else None

    # --- Sessions ----------------------------------------------------------------------------------------------------

    def expire_sessions(self) -> None:
        self.wait_for_postgres()
        with psycopg.connect(self.servers.database_url) as connection:
            connection.execute("DELETE FROM surveys_session")


def _asked(question: Callable[[], list[Any]]) -> list[Any]:
    """The answer of PostgreSQL, on a new connection, when it is there again."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        connection.close()
        try:
            return question()
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == parent:
            found.append(int(stat.parent.name))
    return found


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it ended by itself just before
