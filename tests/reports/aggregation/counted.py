"""Filling in, counting, failing to, and reading what was counted."""

from typing import Any

from reports.figures import FigureSet
from reports.models import Run
from reports.selectors import WaveKey
from reports.services import aggregation
from surveys.models import Wave
from tests.factories import answer, entry_of, submit

WAVE = WaveKey("test", "2024-2025")


def nothing(wave: WaveKey) -> None:
    """A publication that has nothing to do."""


def aggregate(wave: WaveKey = WAVE) -> Run:
    return aggregation.wave_aggregate(wave=wave, publish=nothing)


def fill_in(wave: Wave, library: Any, *, cooperation: tuple[str, ...] = ("yes", "no"), **answers: Any) -> None:
    entry = entry_of(wave, library)
    codes = library.schools.order_by("code").values_list("code", flat=True)
    answer(entry, schools={code: {"cooperation": given} for code, given in zip(codes, cooperation, strict=True)})
    answer(entry, **answers)
    submit(entry)


def one_more_submits(wave: Wave) -> None:
    """The wave is open again, and the library that had not submitted does so."""
    Wave.objects.update(state=Wave.State.OPEN)
    fill_in(wave, wave.frame.get(response=None).library, cooperation=("no", "no"), has_targets="no")


def find(found: FigureSet, *key: str) -> tuple[int, int, int, int]:
    question, option, group, measure = key
    figure = found[question, option, group, measure]
    return figure.k, figure.n, figure.n_missing, figure.N


class Broken(Exception):
    pass


def fail(*args: Any, **options: Any) -> Any:
    raise Broken("kapot")
