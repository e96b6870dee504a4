"""What a library answered the time before, and which of it may stand beside a question of now. Reading only.

A library's predecessors count as itself: their schools came along. The comparability register decides what is shown
(same, or limited with its reason); a question with a break, or without a link, has nothing beside it.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple, cast

from django.db import connection

from surveys import snapshot
from surveys.cells import read_options
from surveys.compiled import compiled_by_id
from surveys.instrument import BLANK, Comparability, Given, Instrument, Question, Type, Value
from surveys.models import FrameEntry
from surveys.rules import Answers


@dataclass(frozen=True, slots=True)
class Earlier:
    """The question of the last wave that a question of now is compared with. `reason` says what limits that."""

    question: Question
    is_limited: bool = False
    reason: str = ""


@dataclass(frozen=True)
class LastWave:
    """The answers of the last wave in which the library, or one that it took over, submitted.

    `instrument` is that wave's questionnaire. `sent` holds the snapshots as JSON, that of the library itself first;
    `entry_id` is its own frame entry of then, None when only predecessors submitted.
    """

    instrument: Instrument
    school_year: str
    is_last_year: bool
    entry_id: int | None
    submitted_at: datetime
    earlier: Mapping[str, Earlier]
    sent: tuple[str, ...]
    has_library_answers: bool

    def given(self, question: str, school: str = "") -> Given | None:
        """What was answered then to what is `question` now; None when nothing may stand beside it."""
        given = self.compared(question, school)
        return given if given and given.is_answered else None

    def compared(self, question: str, school: str = "") -> Given | None:
        """As `given`, but blank where it was not answered: None says that it does not compare, or nobody could."""
        earlier = self.earlier.get(question)
        if earlier is None or (school not in self.rows if school else not self.has_library_answers):
            return None
        answers = self.rows[school] if school else self.answers
        return answers.get(earlier.question.code, BLANK)

    @cached_property
    def contents(self) -> list[snapshot.Snapshot]:
        """What was sent in, read when somebody asks: a start page needs no more than the date."""
        return [json.loads(text) for text in self.sent]

    @cached_property
    def answers(self) -> Answers:
        return snapshot.read_answers(self.instrument, self.contents[0]) if self.has_library_answers else {}

    @cached_property
    def rows(self) -> Mapping[str, Answers]:
        """Answers by school code; what the library itself said of a school goes before what a predecessor said."""
        return {
            school: answers
            for content in reversed(self.contents)
            for school, answers in snapshot.read_rows(self.instrument, content).items()
        }

    @property
    def facts(self) -> Answers:
        """What conditions may ask of it: library answers by the question's code of then and of now."""
        given = {code: self.given(code) for code in self.earlier}
        now = {code: answer for code, answer in given.items() if answer is not None}
        return {self.earlier[code].question.code: answer for code, answer in now.items()} | now


def same_as(now: Question, then: Given, asked: Iterable[str] = (), before: Given = BLANK) -> Given | None:
    """Last wave's answer as one to the question of now: without options, rows and texts that no longer exist.

    None when nothing is left, or when there is no value. `asked` are the options that a number per option
    asks for. In a matrix or number per option, what `before` holds and last wave did not, stays.
    """
    value = None if then.is_missing else _same_value(now, then.value, asked)
    if value is None:
        return None
    if isinstance(value, Mapping) and isinstance(before.value, Mapping):
        value = cast(Value, {**before.value, **value})
    return Given(value, other_text=then.other_text if now.asks_text(value) else "")


def _same_value(now: Question, value: Value | None, asked: Iterable[str]) -> Value | None:
    options = now.option_by_code
    match value:
        case tuple():
            kept = [code for code in value if code in options]
            return read_options(now, kept, now.code) if kept else None
        case Mapping() if now.type is Type.MATRIX:
            rows = {row.code for row in now.rows}
            return {row: str(code) for row, code in value.items() if row in rows and code in options} or None
        case Mapping():
            return {code: then for code in asked if isinstance(then := value.get(code), Decimal)} or None
        case str() if now.type is Type.SINGLE:
            return value if value in options else None
        case _:
            return value


def last_wave_of(entry: FrameEntry, now: Instrument) -> LastWave | None:
    """The last wave of one library; one query, and those of a questionnaire that this process never saw."""
    return last_waves_of([entry], now).get(entry.pk)


def last_waves_of(entries: Sequence[FrameEntry], now: Instrument) -> dict[int, LastWave]:
    """The last wave by entry, of entries of one wave; as many queries as for one. Who has none is left out."""
    school_year = entries[0].wave.school_year
    with connection.cursor() as cursor:
        cursor.execute(SUBMISSIONS, [[entry.pk for entry in entries]])
        found = [_Submitted(*row) for row in cursor.fetchall()]
    by_entry: defaultdict[int, list[_Submitted]] = defaultdict(list)
    for submitted in found:
        by_entry[submitted.entry_id].append(submitted)
    return {entry_id: _last_wave(several, now, school_year) for entry_id, several in by_entry.items()}


class _Submitted(NamedTuple):
    """A row of SUBMISSIONS."""

    entry_id: int
    then_id: int
    is_own: bool
    was_expected: bool
    school_year: str
    questionnaire_id: int
    submitted_at: datetime
    snapshot: str


# The submissions that count of each library and all its predecessors, in the last wave in which there is one; its own
# comes first. `was_expected` says whether the library itself was in that wave, and so could have answered.
SUBMISSIONS = """
    WITH RECURSIVE family AS (
        SELECT entry.id AS entry_id, entry.library_id AS own_id, entry.library_id
        FROM surveys_frameentry entry WHERE entry.id = ANY(%s)
        UNION
        SELECT family.entry_id, family.own_id, library.id
        FROM family JOIN surveys_library library ON library.successor_id = family.library_id
    ),
    submitted AS (
        SELECT family.entry_id, past.id AS then_id, past.library_id = family.own_id AS is_own, family.own_id,
               past.wave_id, wave.school_year, wave.questionnaire_id, submission.id AS submission_id,
               rank() OVER (PARTITION BY family.entry_id ORDER BY wave.school_year DESC) AS place
        FROM family
        JOIN surveys_frameentry entry ON entry.id = family.entry_id
        JOIN surveys_wave now ON now.id = entry.wave_id
        JOIN surveys_frameentry past ON past.library_id = family.library_id
        JOIN surveys_wave wave ON wave.id = past.wave_id
             AND wave.survey_id = now.survey_id AND wave.school_year < now.school_year
        JOIN surveys_response response ON response.entry_id = past.id
        JOIN surveys_submission submission ON submission.response_id = response.id AND submission.is_latest
    )
    SELECT entry_id, then_id, is_own,
           EXISTS (SELECT FROM surveys_frameentry WHERE wave_id = submitted.wave_id AND library_id = own_id),
           school_year, questionnaire_id, submission.submitted_at, submission.snapshot
    FROM submitted JOIN surveys_submission submission ON submission.id = submission_id
    WHERE place = 1
    ORDER BY entry_id, is_own DESC, then_id
"""


def _last_wave(submitted: list[_Submitted], now: Instrument, school_year: str) -> LastWave:
    first = submitted[0]
    then = compiled_by_id(first.questionnaire_id).instrument
    return LastWave(
        instrument=then,
        school_year=first.school_year,
        is_last_year=first.school_year[-4:] == school_year[:4],
        entry_id=first.then_id if first.is_own else None,
        submitted_at=first.submitted_at,
        earlier=_earlier(now, then, first.school_year),
        sent=tuple(one.snapshot for one in submitted),
        # What one of several predecessors said of itself is not what the merged library would have said.
        has_library_answers=first.is_own or (len(submitted) == 1 and not first.was_expected),
    )


def _earlier(now: Instrument, then: Instrument, school_year: str) -> dict[str, Earlier]:
    """What each question of now is compared with, where its kind of answer is still the same."""
    found = {}
    for question in now.questions.values():
        earlier = _earlier_question(question, now, then, school_year)
        if earlier and (earlier.question.level, earlier.question.type) == (question.level, question.type):
            found[question.code] = earlier
    return found


def _earlier_question(question: Question, now: Instrument, then: Instrument, school_year: str) -> Earlier | None:
    for link in question.links:
        if link.school_year == school_year:
            if link.comparability is Comparability.BREAK or link.question not in then.questions:
                return None
            return Earlier(then.questions[link.question], link.comparability is Comparability.LIMITED, link.reason)
    if now.code == then.code and question.code in then.questions:
        return Earlier(then.questions[question.code])
    return None
