"""People who fill in over HTTP as the page's script does: one save at a time, and again until it is acknowledged."""

import http.client
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any
from urllib.parse import urlencode

from surveys.instrument import Instrument
from tools.bench.filling import Journey
from tools.bench.project import HOST, Unexpected
from tools.bench.questionnaire import Respondent
from tools.faults.world import Field, Place

RETRY_SECONDS = 40
_places = count(1)  # everybody logs in from an address of their own


class NotSaved(Exception):
    """No acknowledgement came; whether the answer was stored is not known."""


@dataclass
class Person:
    """Somebody logged in, who knows the version of each answer that the page would show."""

    port: int
    place: Place
    email: str
    versions: dict[Field, int] = field(default_factory=dict)
    is_offline: bool = False

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection(HOST, self.port, timeout=15)
        self.cookies: dict[str, str] = {}

    def log_in(self) -> None:
        respondent = Respondent(self.email, self.place.entry_id)
        journey = Journey(self.port, next(_places), respondent, Instrument("", "", "", "", "", (), ()))
        try:
            journey.log_in()
        except (OSError, http.client.HTTPException, Unexpected) as error:
            raise NotSaved from error  # in the middle of a restart
        finally:
            journey.connection.close()
        self.cookies = journey.cookies

    def save(self, wanted: Field, value: str, seen: int) -> dict[str, Any] | None:
        """The acknowledgement; None when logged out. NotSaved when there was none."""
        token = self.cookies["csrf"]
        body = urlencode([("csrfmiddlewaretoken", token), *wanted.form(value, seen)])
        headers = {
            "Cookie": "; ".join(f"{name}={one}" for name, one in self.cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        if self.is_offline:
            raise NotSaved
        try:
            self.connection.request("POST", self.place.save, body, headers)
            response = self.connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            raise NotSaved from error
        if response.status == 302:
            return None
        if response.status >= 500:
            raise NotSaved
        if response.status != 200:
            raise Unexpected(f"{response.status} for {wanted.name}: {text[:300]!r}")
        result: dict[str, Any] = json.loads(text)
        if result["errors"]:
            raise Unexpected(f"{wanted.name}: {result['errors']}")
        return result

    def cut(self) -> None:
        """Break the connection off wherever it is."""
        if (line := self.connection.sock) is not None:
            try:
                line.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it was closed just before


@dataclass
class Burst:
    """What one person typed in one cycle, and what they were told about it."""

    person: Person
    rng: Random
    acknowledged: list[tuple[Field, str]] = field(default_factory=list)
    unsent: dict[Field, tuple[str, int]] = field(default_factory=dict)
    disputed: set[Field] = field(default_factory=set)  # the version that was acknowledged is not there
    n_unsent: int = 0

    def type_until(self, enough: threading.Event, least: int) -> None:
        """Answer one question after the other; what is not acknowledged is kept, and sent at the end."""
        typed = 0
        while not enough.is_set() or typed < least:
            free = [one for one in self.person.place.fields if one not in self.unsent]
            if not free:
                break
            wanted = self.rng.choice(free)
            value, seen = wanted.value(self.rng), self.person.versions.get(wanted, 0)
            typed += 1
            if not self._send(wanted, value, seen):
                self.unsent[wanted] = (value, seen)
                self.n_unsent += 1
                time.sleep(0.02)
        deadline = time.monotonic() + RETRY_SECONDS
        while self.unsent and time.monotonic() < deadline:
            wanted, (value, seen) = next(iter(self.unsent.items()))
            if self._send(wanted, value, seen):
                del self.unsent[wanted]
            else:
                time.sleep(0.1)

    def _send(self, wanted: Field, value: str, seen: int) -> bool:
        try:
            result = self.person.save(wanted, value, seen)
            if result is None:
                self.person.log_in()
        except NotSaved:
            return False
        if result is None:
            return False
        if result["conflicts"]:
            # Nobody else fills in here: an acknowledged save has been undone.
            self.disputed.add(wanted)
            return True
        self.person.versions[wanted] = result["versions"][wanted.name]
        self.acknowledged.append((wanted, value))
        return True


def bursts(people: list[Person], rng: Random, hurt: Any, *, seconds: float) -> list[Burst]:
    """Everybody types for a moment, at a random point in it `hurt` is called, and all send until acknowledged."""
    made = [Burst(person, Random(rng.random())) for person in people]  # noqa: S311 - to repeat a run
    enough = threading.Event()
    with ThreadPoolExecutor(len(people)) as pool:
        running = [pool.submit(one.type_until, enough, 5) for one in made]
        try:
            time.sleep(rng.uniform(0.05, seconds))
            hurt()
        finally:
            time.sleep(0.1)
            enough.set()
        for one in running:
            one.result()
    return made
