"""Two people who change the same answer at once: one is stored, the other is told, nothing disappears unseen."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from typing import Any

from surveys.models import AnswerChange
from tools.bench.project import Unexpected
from tools.faults.over_http import Person
from tools.faults.world import Field, Place

TOGETHER_SECONDS = 30


@dataclass
class Pairs:
    """The count of all pairs. `overwritten`: stored values that a colleague replaced without having seen them."""

    n: int = 0
    stored: int = 0
    conflicts: int = 0
    overwritten: int = 0
    seconds: float = 0


def measure(port: int, place: Place, n: int, rng: Random) -> Pairs:
    """Both saw the same version. Half of the pairs start at the same moment, in the others one is just behind."""
    anna, emma = people = [Person(port, place, email) for email in place.people]
    for person in people:
        person.log_in()
    pairs, started = Pairs(), time.monotonic()
    fields = place.fields
    versions = {one: version for one, (_value, version) in place.stored().items()}
    for one in fields:  # a first version of each; a pair on an answer that nobody gave yet is the first of its field
        if rng.random() < 0.5 and one not in versions:
            versions[one] = _first(anna, one, rng)
    with ThreadPoolExecutor(2) as pool:
        for _pair in range(n):
            wanted = rng.choice(fields)
            seen, values = versions.get(wanted, 0), (wanted.value(rng), wanted.value(rng))
            lag = rng.choice([0.0, rng.uniform(0, 0.03)])
            together = threading.Barrier(2)
            delays = rng.sample([0.0, lag], 2)
            running = [
                pool.submit(_save, person, wanted, value, seen, together, delay)
                for person, value, delay in zip((anna, emma), values, delays, strict=True)
            ]
            answers = [one.result() for one in running]
            _count(pairs, place, wanted, values, seen, answers)
            versions[wanted] = place.stored()[wanted][1]
    pairs.seconds = time.monotonic() - started
    return pairs


def _first(person: Person, wanted: Field, rng: Random) -> int:
    result = person.save(wanted, wanted.value(rng), 0)
    if result is None:
        raise Unexpected("Logged out in the middle.")
    return int(result["versions"][wanted.name])


def _save(
    person: Person, wanted: Field, value: str, seen: int, together: threading.Barrier, delay: float
) -> dict[str, Any]:
    together.wait(TOGETHER_SECONDS)
    time.sleep(delay)
    result = person.save(wanted, value, seen)
    if result is None:
        raise Unexpected("Logged out in the middle.")
    return result


def _count(
    pairs: Pairs, place: Place, wanted: Field, values: Sequence[str], seen: int, answers: Sequence[dict[str, Any]]
) -> None:
    """A history of exactly one new version, of the one who got no conflict, who is the only one without."""
    changes = AnswerChange.objects.filter(
        answer__response__entry_id=place.entry_id, answer__question__code=wanted.question, version__gt=seen
    )
    changes = changes.filter(answer__school__code=wanted.school) if wanted.school else changes
    written = [str(value) for value in changes.order_by("version").values_list("value", flat=True)]
    told = [any(conflict["name"] == wanted.name for conflict in answer["conflicts"]) for answer in answers]
    pairs.n += 1
    pairs.stored += len(written)
    pairs.conflicts += sum(told)
    # A value is overwritten unseen when a later one was written on top of it; it is lost when it was neither
    # written nor shown to its author as a conflict.
    pairs.overwritten += max(0, len(written) - 1)
    pairs.overwritten += sum(
        value not in written and not was_told for value, was_told in zip(values, told, strict=True)
    )


def holds(pairs: Pairs) -> bool:
    """Exactly one stored and exactly one told, in every pair."""
    return pairs.stored == pairs.conflicts == pairs.n and not pairs.overwritten
