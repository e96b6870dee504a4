"""Whether a question can be compared with an earlier wave."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from reports.selectors.waves import has_wave
from surveys import dataset
from surveys.dataset import Instrument, Question, Total, WaveKey


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a question compares with an earlier wave: `same`, `limited`, `break` or `none` (not known).

    `question` is the code that it had then.
    """

    comparability: str
    reason: str
    question: str


def comparability(wave: WaveKey, question: str, earlier_school_year: str) -> Comparison:
    """What the register says of this question or total and an earlier wave; never a guess by name.

    Without an entry a question is the same only where the earlier wave asked it here in the very same way.
    """
    now = _asked(dataset.codebook(wave), question)
    if now is None:
        return Comparison("none", _("Not asked in this wave."), question)
    for link in now.links:
        if link.school_year == earlier_school_year:
            return Comparison(str(link.comparability), link.reason, link.question)
    earlier = WaveKey(wave.survey, earlier_school_year)
    if has_wave(earlier):
        then = _asked(dataset.codebook(earlier), question)
        if then is not None and _meaning(then) == _meaning(now):
            return Comparison("same", "", question)
    return Comparison("none", _("Not in the register of comparable questions."), question)


def _asked(instrument: Instrument, code: str) -> Question | Total | None:
    return instrument.questions.get(code) or instrument.total_by_code.get(code)


def _meaning(asked: Question | Total) -> tuple[Any, ...]:
    """What must be equal for an answer to mean the same: not the labels, not the help."""
    if isinstance(asked, Total):
        return asked.condition, asked.sum_of, asked.unit
    return (
        asked.level,
        asked.type,
        asked.text,
        asked.unit,
        asked.options,
        asked.rows,
        asked.options_from,
        asked.options_except,
        asked.condition,
    )
