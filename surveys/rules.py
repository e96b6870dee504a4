"""The one evaluator: which questions apply, the named totals, and what is still open (`checks.py` has the checks).

Pure functions over plain values. An answer off the path stays stored, but reads as missing everywhere; every comparison
with a missing value is false, `not_in` and `lacks` included; only `answered` and `not_answered` look at missingness.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import cast

from surveys.instrument import (
    BLANK,
    NO_VALUE,
    Condition,
    Given,
    Instrument,
    Level,
    Operator,
    Question,
    SourceKind,
    Term,
    Total,
    Type,
    Value,
)

Answers = Mapping[str, Given]


def _nothing(_question: str, _school: str) -> Given | None:
    return None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the rules may look at. `rows` holds the roster: school code -> question code -> answer.

    `last_wave` is for conditions, by the code of then or of now. `compared` is for checks on change: last wave's answer
    to a question of now (and school), blank when it was not answered, None when it does not compare. It is a function
    because few sheets have an answer that such a check looks at, and what it answers costs a query.
    """

    library: Mapping[str, str | int] = field(default_factory=dict)
    answers: Answers = field(default_factory=dict)
    rows: Mapping[str, Answers] = field(default_factory=dict)
    last_wave: Answers = field(default_factory=dict)
    compared: Callable[[str, str], Given | None] = _nothing


@dataclass(frozen=True, slots=True)
class Path:
    """What applies: codes of library questions; per school the codes of school questions; and the totals' values.

    Of the totals in `partly_unknown` is only sure that they are no less.
    """

    questions: frozenset[str]
    rows: Mapping[str, frozenset[str]]
    totals: Mapping[str, int | Decimal | None]
    partly_unknown: frozenset[str]

    def holds(self, question: str, school: str = "") -> bool:
        """Whether the question applies (to this school)."""
        return question in (self.rows.get(school, frozenset()) if school else self.questions)


def path(instrument: Instrument, facts: Facts) -> Path:
    """Which questions apply and what the totals are, worked out in document order.

    Conditions look only at earlier questions, so one pass over the questions is enough.
    """
    walk = _Walk(instrument, facts)
    for question in instrument.questions.values():
        walk.visit(question)
    totals = {total.code: walk.total(total.code) for total in instrument.totals}
    return Path(
        questions=frozenset(walk.applying),
        rows={school: frozenset(codes) for school, codes in walk.applying_rows.items()},
        totals=totals,
        partly_unknown=frozenset(total.code for total in instrument.totals if walk.is_partly_unknown(total)),
    )


class _Walk:
    """One pass in document order. Answers become visible to later conditions only once their question applies."""

    def __init__(self, instrument: Instrument, facts: Facts) -> None:
        self.instrument = instrument
        self.facts = facts
        self.applying: set[str] = set()
        self.applying_rows: dict[str, set[str]] = {school: set() for school in facts.rows}
        # Final once asked for: a condition comes after everything that its totals look at.
        self.totals: dict[str, int | Decimal | None] = {}

    def visit(self, question: Question) -> None:
        if question.level is Level.LIBRARY:
            if self.condition_holds(question.condition) and self.asks_something(question):
                self.applying.add(question.code)
            return
        for school, codes in self.applying_rows.items():
            if self.condition_holds(question.condition, school):
                codes.add(question.code)

    def asks_something(self, question: Question) -> bool:
        """Whether a number per option has any option to ask for, given the choice that it follows."""
        if not question.options_from:
            return True
        chosen = self.answer(question.options_from, "")
        options = self.instrument.numbered_options(question)
        return isinstance(chosen, tuple) and any(option.code in chosen for option in options)

    def condition_holds(self, condition: Condition, school: str = "") -> bool:
        return not condition or any(all(self.term_holds(term, school) for term in group) for group in condition)

    def term_holds(self, term: Term, school: str) -> bool:
        return compare(term.operator, self.source_value(term, school), term.values)

    def source_value(self, term: Term, school: str) -> Value | None:
        match term.kind:
            case SourceKind.QUESTION:
                return self.answer(term.source, school)
            case SourceKind.TOTAL:
                return self.total(term.source)
            case SourceKind.LIBRARY:
                return self.facts.library.get(term.source)
            case SourceKind.LAST_WAVE:
                given = self.facts.last_wave.get(term.source, BLANK)
                return None if given.is_missing else given.value

    def answer(self, code: str, school: str) -> Value | None:
        if self.instrument.questions[code].level is Level.SCHOOL:
            applies, answers = self.applying_rows.get(school, set()), self.facts.rows.get(school, {})
        else:
            applies, answers = self.applying, self.facts.answers
        given = answers.get(code, BLANK) if code in applies else BLANK
        return None if given.is_missing else given.value

    def is_partly_unknown(self, total: Total) -> bool:
        """Whether a number that it adds up is unknown."""
        return bool(total.sum_of) and any(
            total.sum_of in applies
            and self.facts.rows[school].get(total.sum_of, BLANK).has_unknown
            and self.condition_holds(total.condition, school)
            for school, applies in self.applying_rows.items()
        )

    def total(self, code: str) -> int | Decimal | None:
        if code not in self.totals:
            self.totals[code] = _total_value(self, self.instrument.total_by_code[code])
        return self.totals[code]


def _total_value(walk: _Walk, total: Total) -> int | Decimal | None:
    """The total over the roster; None where no row answers what it looks at (a sum over nothing is missing, not 0)."""
    if total.sum_of:
        numbers = [
            walk.answer(total.sum_of, school)
            for school in walk.facts.rows
            if walk.condition_holds(total.condition, school)
        ]
        given = [number for number in numbers if isinstance(number, int | Decimal)]
        return sum(given) if given else None
    if not total.condition:
        return len(walk.facts.rows)
    sources = {term.source for group in total.condition for term in group if term.kind is SourceKind.QUESTION}
    count = 0
    answered = False
    for school in walk.facts.rows:
        if walk.condition_holds(total.condition, school):
            count += 1
        answered = answered or any(walk.answer(source, school) is not None for source in sources)
    if answered:
        return count
    # Nobody is asked further on because an earlier answer says so ("no cooperation at all"): that is a 0, not a gap.
    return 0 if sources and _is_settled(walk, sources) else None


def _is_settled(walk: _Walk, sources: set[str]) -> bool:
    """Whether no source question applies to any row although every row is answered further up the route."""
    if not walk.facts.rows:
        return False
    for school, applies in walk.applying_rows.items():
        if sources & applies:
            return False
        if not any(walk.answer(code, school) is not None for code in applies):
            return False
    return True


def compare(operator: Operator, value: Value | None, constants: tuple[str, ...]) -> bool:
    """One comparison of the closed list. False for a missing value, but for the two that ask about missingness."""
    if operator is Operator.ANSWERED:
        return value is not None
    if operator is Operator.NOT_ANSWERED:
        return value is None
    if value is None:
        return False
    match operator:
        case Operator.IN:
            return str(value) in constants
        case Operator.NOT_IN:
            return str(value) not in constants
        case Operator.CONTAINS:
            return any(constant in _members(value) for constant in constants)
        case Operator.LACKS:
            return not any(constant in _members(value) for constant in constants)
        case Operator.AT_LEAST:
            return _number(value) >= Decimal(constants[0])
        case Operator.AT_MOST:
            return _number(value) <= Decimal(constants[0])


def _members(value: Value) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    raise TypeError(f"contains and lacks look at a set of options, not at {value!r}")


def _number(value: Value) -> Decimal:
    if isinstance(value, int | Decimal):
        return Decimal(value)
    raise TypeError(f"at_least and at_most look at a number, not at {value!r}")


def on_path(facts: Facts, route: Path) -> tuple[dict[str, Given], dict[str, dict[str, Given]]]:
    """The answers that count: those of questions that apply, for the library and per school."""
    library = {code: given for code, given in facts.answers.items() if code in route.questions}
    rows = {
        school: {code: given for code, given in answers.items() if code in route.rows.get(school, frozenset())}
        for school, answers in facts.rows.items()
    }
    return library, rows


def asked_options(instrument: Instrument, question: Question, answers: Answers) -> tuple[str, ...]:
    """The options that a number-per-option question asks a number for, given the choice it follows."""
    options = tuple(option.code for option in instrument.numbered_options(question))
    if not question.options_from:
        return options
    chosen = answers.get(question.options_from, BLANK).value
    return tuple(code for code in options if isinstance(chosen, tuple) and code in chosen)


def without_hidden(instrument: Instrument, question: Question, given: Given, answers: Answers) -> Given:
    """The answer as it counts. Numbers of options that are not chosen (any more) are kept, but hidden."""
    if not question.options_from or not isinstance(given.value, Mapping):
        return given
    asked = asked_options(instrument, question, answers)
    kept = {code: given.value[code] for code in asked if code in given.value}
    return replace(given, value=cast(Value, kept) or None)


def is_complete(instrument: Instrument, question: Question, given: Given, answers: Answers) -> bool:
    """Whether the question is fully answered; a matrix needs every row, a number per option every chosen option."""
    if given.state in NO_VALUE or not isinstance(given.value, Mapping):
        return given.is_answered
    if question.type is Type.MATRIX:
        return all(row.code in given.value for row in question.rows)
    return all(code in given.value for code in asked_options(instrument, question, answers))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a section is: questions (or cells of the roster) that apply, and how many of them are answered."""

    asked: int
    answered: int

    @property
    def is_done(self) -> bool:
        return self.answered >= self.asked

    @property
    def percent(self) -> int:
        """Rounded down, so that 100 means done."""
        return 100 * self.answered // self.asked if self.asked else 100


@dataclass(frozen=True, slots=True)
class Open:
    """A question that applies and is not answered, for the library (`school` empty) or for one school."""

    question: str
    school: str = ""


def open_questions(instrument: Instrument, facts: Facts, route: Path) -> list[Open]:
    """Everything that applies and is not (fully) answered, in document order."""
    still_open = []
    for question in instrument.questions.values():
        if question.level is Level.LIBRARY:
            given = facts.answers.get(question.code, BLANK)
            if question.code in route.questions and not is_complete(instrument, question, given, facts.answers):
                still_open.append(Open(question.code))
            continue
        for school, answers in facts.rows.items():
            given = answers.get(question.code, BLANK)
            if question.code in route.rows[school] and not is_complete(instrument, question, given, answers):
                still_open.append(Open(question.code, school))
    return still_open


def progress(instrument: Instrument, facts: Facts, route: Path) -> dict[str, Progress]:
    """Per section code: how many questions and roster cells apply and how many are answered."""
    still_open: dict[str, int] = {}
    for item in open_questions(instrument, facts, route):
        code = instrument.section_of[item.question].code
        still_open[code] = still_open.get(code, 0) + 1
    result = {}
    for section in instrument.sections:
        asked = sum(question.code in route.questions for question in section.library_questions)
        for question in section.school_questions:
            asked += sum(question.code in codes for codes in route.rows.values())
        result[section.code] = Progress(asked, asked - still_open.get(section.code, 0))
    return result
