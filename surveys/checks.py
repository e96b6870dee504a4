"""The checks: what an answer on the path does not pass, by the checks of the questionnaire and those of its type.

Pure functions over plain values. Which answers are on the path, and what missing means, is for `rules.py`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from surveys.instrument import (
    BLANK,
    SET_TYPES,
    TOP3_LIMIT,
    Check,
    Given,
    Instrument,
    Level,
    Question,
    Severity,
    Type,
)
from surveys.rules import Answers, Facts, Path, asked_options, is_complete, on_path, without_hidden


class Fault(StrEnum):
    """Built-in hard checks that every question of a type has."""

    EXCLUSIVE = "exclusive"
    TOO_MANY = "too_many"
    NEGATIVE = "negative"
    PERCENTAGE = "percentage"
    TEXT_NEEDED = "text_needed"


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that an answer does not pass. `check` is None for a built-in `fault`.

    A check on change says from what number (`before`) to what number (`now`); one on a whole row, by their labels,
    which parts are `missing`.
    """

    question: str
    school: str
    severity: Severity
    check: Check | None = None
    fault: Fault | None = None
    before: Decimal | None = None
    now: Decimal | None = None
    missing: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """What an explanation of this finding is stored under: the check's code, or the fault's name."""
        return self.check.code if self.check else str(self.fault)


def findings(
    instrument: Instrument, facts: Facts, route: Path, questions: Iterable[Question] | None = None
) -> list[Finding]:
    """Every check that an answer on the path does not pass, in document order; of all questions or of some."""
    library, rows = on_path(facts, route)
    of_library = _Judge(instrument, facts, route, "", library)
    of_schools = [_Judge(instrument, facts, route, school, answers) for school, answers in rows.items()]
    found: list[Finding] = []
    for question in instrument.questions.values() if questions is None else questions:
        for judge in (of_library,) if question.level is Level.LIBRARY else of_schools:
            if question.code in judge.answers:
                found += judge.findings(question)
    return found


@dataclass(frozen=True, slots=True)
class _Judge:
    """Judges the answers of the library, or of one school. `answers` are its answers on the path."""

    instrument: Instrument
    facts: Facts
    route: Path
    school: str
    answers: Answers

    def findings(self, question: Question) -> Iterable[Finding]:
        given = self.given(question.code)
        for fault in faults(question, given):
            yield Finding(question.code, self.school, Severity.HARD, fault=fault)
        for check in self.instrument.checks_of.get(question.code, ()) if given.is_answered else ():
            finding = self.finding(check, question, given)
            if finding is not None:
                yield finding

    def given(self, code: str) -> Given:
        question = self.instrument.questions[code]
        return without_hidden(self.instrument, question, self.answers.get(code, BLANK), self.answers)

    def finding(self, check: Check, question: Question, given: Given) -> Finding | None:
        failed = Finding(question.code, self.school, check.severity, check=check)
        if check.is_complete_row:
            missing = self.missing(question, given)
            return replace(failed, missing=missing) if missing else None
        now = _sum(check, self.given)
        if now is None:
            return None
        # Of a sum that is partly unknown is only sure that it is no less.
        is_whole = not any(self.given(code).has_unknown for code in (check.question, *check.plus))
        if not self.is_within_bounds(check, now, is_whole=is_whole):
            return failed
        before = self.before(check) if is_whole else None
        if before is not None and _is_changed(check, before, now):
            return replace(failed, before=before, now=now)
        return None

    def is_within_bounds(self, check: Check, number: Decimal, *, is_whole: bool) -> bool:
        """A bound that is missing itself, also in part, bounds nothing."""
        upper: list[int | Decimal | None] = [check.maximum]
        if check.at_most_question and not (bound := self.given(check.at_most_question)).has_unknown:
            upper.append(measure(bound))
        if check.at_most_total and check.at_most_total not in self.route.partly_unknown:
            upper.append(self.route.totals.get(check.at_most_total))
        is_high_enough = check.minimum is None or not is_whole or number >= check.minimum
        return is_high_enough and all(number <= bound for bound in upper if bound is not None)

    def before(self, check: Check) -> Decimal | None:
        """The measure of last wave; None when any part of it does not compare, as half a sum says nothing."""
        if check.change_percent is None:
            return None
        then = {code: self.facts.compared(code, self.school) for code in (check.question, *check.plus)}
        comparable = {code: given for code, given in then.items() if given is not None and not given.has_unknown}
        return _sum(check, comparable.__getitem__) if len(comparable) == len(then) else None

    def missing(self, question: Question, given: Given) -> tuple[str, ...]:
        """The labels of what is not answered: the rest of the school's row, or of the rows or options."""
        if question.level is Level.SCHOOL:
            asked = self.route.rows.get(self.school, frozenset())
            return tuple(
                other.column or other.label
                for other in self.instrument.section_of[question.code].school_questions
                if other.code in asked
                and not is_complete(self.instrument, other, self.answers.get(other.code, BLANK), self.answers)
            )
        if is_complete(self.instrument, question, given, self.answers) or not isinstance(given.value, Mapping):
            return ()
        if question.type is Type.MATRIX:
            return tuple(row.label for row in question.rows if row.code not in given.value)
        labels = {option.code: option.label for option in self.instrument.numbered_options(question)}
        asked_for = asked_options(self.instrument, question, self.answers)
        return tuple(labels[code] for code in asked_for if code not in given.value)


def faults(question: Question, given: Given) -> Iterable[Fault]:
    """The built-in hard checks that the answer does not pass."""
    if given.is_missing:
        return
    value = given.value
    if question.type in SET_TYPES and isinstance(value, tuple):
        options = [question.option_by_code[code] for code in value if code in question.option_by_code]
        if len(value) > 1 and any(option.is_exclusive for option in options):
            yield Fault.EXCLUSIVE
        if question.type is Type.TOP3 and len(value) > TOP3_LIMIT:
            yield Fault.TOO_MANY
    if question.asks_text(value) and not given.other_text.strip():
        yield Fault.TEXT_NEEDED
    numbers = value.values() if isinstance(value, Mapping) else [value]
    if any(isinstance(number, int | Decimal) and number < 0 for number in numbers):
        yield Fault.NEGATIVE
    if question.type is Type.PERCENTAGE and isinstance(value, int | Decimal) and value > 100:
        yield Fault.PERCENTAGE


def measure(given: Given) -> Decimal | None:
    """What checks compare: the number, the sum of numbers per option, or how many options are chosen."""
    if given.is_missing:
        return None
    match given.value:
        case tuple():
            return Decimal(len(given.value))
        case int() | Decimal():
            return Decimal(given.value)
        case _:
            return given.number_sum


def _sum(check: Check, given_of: Callable[[str], Given]) -> Decimal | None:
    """The measure of the checked answer and of those added to it; what is missing adds nothing."""
    own = measure(given_of(check.question))
    if own is None:
        return None
    added = (measure(given_of(code)) for code in check.plus)
    return own + sum((number for number in added if number is not None), Decimal(0))


def _is_changed(check: Check, before: Decimal, now: Decimal) -> bool:
    """Whether it changed by more than the percentage, and by more than the floor."""
    if check.change_percent is None or check.change_floor is None:
        return False
    change = abs(now - before)
    return change * 100 > check.change_percent * abs(before) and change > check.change_floor
