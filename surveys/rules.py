"""The one evaluator: which questions apply, the named totals, the checks, and what is still open.

Pure functions over plain values. An answer off the path stays stored, but reads as missing everywhere; every comparison
with a missing value is false, `not_in` and `lacks` included; only `answered` and `not_answered` look at missingness.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum

from surveys.instrument import (
    BLANK,
    SET_TYPES,
    Check,
    Condition,
    Given,
    Instrument,
    Level,
    Operator,
    Question,
    Severity,
    SourceKind,
    Term,
    Total,
    Type,
    Value,
)

TOP3_LIMIT = 3

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
    """What applies: codes of library questions; per school the codes of school questions; and the totals' values."""

    questions: frozenset[str]
    rows: Mapping[str, frozenset[str]]
    totals: Mapping[str, int | Decimal | None]

    def holds(self, question: str, school: str = "") -> bool:
        """Whether the question applies (to this school)."""
        return question in (self.rows.get(school, frozenset()) if school else self.questions)


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
    return replace(given, value={code: Decimal(given.value[code]) for code in asked if code in given.value} or None)


def is_complete(instrument: Instrument, question: Question, given: Given, answers: Answers) -> bool:
    """Whether the question is fully answered; a matrix needs every row, a number per option every chosen option."""
    if not given.is_answered:
        return False
    if given.is_missing or not isinstance(given.value, Mapping):
        return True
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


def findings(instrument: Instrument, facts: Facts, route: Path) -> list[Finding]:
    """Every check that an answer on the path does not pass, in document order."""
    library, rows = on_path(facts, route)
    of_library = _Judge(instrument, facts, route, "", library)
    of_schools = [_Judge(instrument, facts, route, school, answers) for school, answers in rows.items()]
    found: list[Finding] = []
    for question in instrument.questions.values():
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
        if not self.is_within_bounds(check, now):
            return failed
        before = self.before(check)
        if before is not None and _is_changed(check, before, now):
            return replace(failed, before=before, now=now)
        return None

    def is_within_bounds(self, check: Check, number: Decimal) -> bool:
        """A bound that is missing itself bounds nothing."""
        upper: list[int | Decimal | None] = [check.maximum]
        if check.at_most_question:
            upper.append(measure(self.given(check.at_most_question)))
        if check.at_most_total:
            upper.append(self.route.totals.get(check.at_most_total))
        is_high_enough = check.minimum is None or number >= check.minimum
        return is_high_enough and all(number <= bound for bound in upper if bound is not None)

    def before(self, check: Check) -> Decimal | None:
        """The measure of last wave; None when any part of it does not compare, as half a sum says nothing."""
        if check.change_percent is None:
            return None
        then = {code: self.facts.compared(code, self.school) for code in (check.question, *check.plus)}
        comparable = {code: given for code, given in then.items() if given is not None}
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
            return number_sum(given)


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


def number_sum(given: Given) -> Decimal | None:
    """The sum of a number-per-option answer; None when no number is given."""
    if given.is_missing or not isinstance(given.value, Mapping):
        return None
    numbers = [number for number in given.value.values() if isinstance(number, int | Decimal)]
    return sum((Decimal(number) for number in numbers), Decimal(0)) if numbers else None
