"""The questionnaire as plain, frozen values: what is asked, of whom, and when it applies.

Pure: no Django, no database. An `Instrument` is compiled once, from a definition file (`definition.py`) or from rows
(`services/questionnaires.py`), and everything that judges, shows, exports or counts answers reads it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property


class Level(StrEnum):
    """Who the question is about: the library as a whole, or each school location of its roster."""

    LIBRARY = "library"
    SCHOOL = "school"


class Type(StrEnum):
    SINGLE = "single"
    MULTIPLE = "multiple"
    TOP3 = "top3"
    INTEGER = "integer"
    DECIMAL = "decimal"
    PERCENTAGE = "percentage"
    TEXT = "text"
    MATRIX = "matrix"
    NUMBER_PER_OPTION = "number_per_option"


CHOICE_TYPES = frozenset({Type.SINGLE, Type.MULTIPLE, Type.TOP3})
SET_TYPES = frozenset({Type.MULTIPLE, Type.TOP3})
NUMBER_TYPES = frozenset({Type.INTEGER, Type.DECIMAL, Type.PERCENTAGE})
TOP3_LIMIT = 3  # how many options a TOP3 may hold


class State(StrEnum):
    """What kind of answer it is. `UNKNOWN` and `NOT_APPLICABLE` are answers that hold no value."""

    VALUE = "value"
    ESTIMATE = "estimate"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class Operator(StrEnum):
    """The closed list of comparisons. With a missing value all are false, but for ANSWERED and NOT_ANSWERED."""

    IN = "in"
    NOT_IN = "not_in"
    CONTAINS = "contains"
    LACKS = "lacks"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    ANSWERED = "answered"
    NOT_ANSWERED = "not_answered"


class SourceKind(StrEnum):
    QUESTION = "question"
    TOTAL = "total"
    LIBRARY = "library"
    LAST_WAVE = "last_wave"


class Severity(StrEnum):
    HARD = "hard"
    SOFT = "soft"


class Comparability(StrEnum):
    SAME = "same"
    LIMITED = "limited"
    BREAK = "break"


class Disclosure(StrEnum):
    """What may be published of a question: per library, for the network only, or nothing but totals."""

    OPEN = "open"
    NETWORK = "network"
    TOTAL_ONLY = "total_only"


# What a condition may ask of the library itself.
LIBRARY_PROPERTIES = ("province", "size_class", "inhabitants", "locations")

# What the message of a check on change may hold: the number of the last wave, and that of now.
BEFORE, NOW = "{vorig}", "{nu}"

# States that stand in the place of a value.
NO_VALUE = frozenset({State.UNKNOWN, State.NOT_APPLICABLE})

# The value of an answer: option code; option codes; number; text; row -> scale code; option -> number, or why none.
Value = str | tuple[str, ...] | int | Decimal | Mapping[str, str] | Mapping[str, Decimal | State]


@dataclass(frozen=True, slots=True)
class Given:
    """One answer as the rules see it."""

    value: Value | None
    state: State = State.VALUE
    other_text: str = ""

    @property
    def is_missing(self) -> bool:
        """Whether there is no value to compare or count: blank, unknown or not applicable (for every option)."""
        value = self.value
        if value is None or self.state in NO_VALUE:
            return True
        return isinstance(value, dict) and all(isinstance(one, State) for one in value.values())

    @property
    def is_answered(self) -> bool:
        """Whether the question was dealt with: a value, or an explicit 'unknown' or 'not applicable'."""
        return self.value is not None or self.state in NO_VALUE

    @property
    def has_unknown(self) -> bool:
        """Whether it is unknown, or one of its numbers is: a sum with it is then only of what is known."""
        parts = self.value.values() if isinstance(self.value, dict) else ()
        # By what it is, as a matrix may have an answer "unknown".
        return any(part is State.UNKNOWN for part in (self.state, *parts))

    @property
    def number_sum(self) -> Decimal | None:
        """The sum of the numbers per option that are known; None when no number is given."""
        if self.is_missing or not isinstance(self.value, Mapping):
            return None
        numbers = [number for number in self.value.values() if isinstance(number, int | Decimal)]
        return sum((Decimal(number) for number in numbers), Decimal(0)) if numbers else None


BLANK = Given(None)


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison. `values` are option codes, property values or one number written as text."""

    kind: SourceKind
    source: str
    operator: Operator
    values: tuple[str, ...] = ()


# An OR of groups, each an AND of terms. An empty condition always holds.
Condition = tuple[tuple[Term, ...], ...]


@dataclass(frozen=True, slots=True)
class Option:
    """An answer option. `label` fits inside a sentence ("de gemeente"); `parent` is the code of the option above it."""

    code: str
    text: str
    label: str
    is_exclusive: bool = False
    has_text: bool = False
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a matrix."""

    code: str
    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the comparability register: how this question compares with `question` in an earlier wave."""

    school_year: str
    question: str
    comparability: Comparability
    reason: str = ""


@dataclass(frozen=True)
class Question:
    """A question. `code` stays the same across waves. `label` is the short name in tables and sentences.

    `options` are those of a choice, or the scale of a matrix (whose items are `rows`). `options_from` names the
    earlier choice whose chosen options, but for `options_except`, get a number each. `positive` are the scale codes
    that a figure "some or much" counts. `share_of` names the total that it is pooled over (Σ number / Σ total).
    """

    code: str
    level: Level
    type: Type
    text: str
    label: str
    help: str = ""
    column: str = ""
    unit: str = ""
    options: tuple[Option, ...] = ()
    rows: tuple[Row, ...] = ()
    positive: tuple[str, ...] = ()
    options_from: str = ""
    options_except: tuple[str, ...] = ()
    share_of: str = ""
    condition: Condition = ()
    disclosure: Disclosure = Disclosure.NETWORK
    links: tuple[Link, ...] = ()

    @cached_property
    def option_by_code(self) -> Mapping[str, Option]:
        return {option.code: option for option in self.options}

    def asks_text(self, value: Value | None) -> bool:
        """Whether an option is chosen that asks for an explanation ("other, namely")."""
        chosen = value if isinstance(value, tuple) else (value,)
        return any(option.has_text and option.code in chosen for option in self.options)

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """Codes of the options below each parent option."""
        below: dict[str, tuple[str, ...]] = {}
        for option in self.options:
            if option.parent:
                below[option.parent] = (*below.get(option.parent, ()), option.code)
        return below


@dataclass(frozen=True, slots=True)
class Total:
    """A named total over the roster: the number of rows where `condition` holds, or the sum of `sum_of` over them.

    `share_of` names the totals it is a share of (Σ total / Σ base over libraries).
    """

    code: str
    label: str
    condition: Condition = ()
    sum_of: str = ""
    unit: str = ""
    share_of: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """An edit check on one answer. Its measure is the number itself, the sum of numbers per option, or how many options
    are chosen, to which the measures of the questions in `plus` are added.

    It is at least `minimum`, at most `maximum`, at most the measure of another question or total.
    With `change_percent`: against the last wave it changed at most so many percent, or at most `change_floor`. Without
    an answer then that compares, any is right.
    With `is_complete_row`: once this is answered, the rest of its row is too (a school's questions in the section; a
    matrix; numbers per option).
    """

    code: str
    severity: Severity
    question: str
    message: str
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    at_most_question: str = ""
    at_most_total: str = ""
    plus: tuple[str, ...] = ()
    change_percent: Decimal | None = None
    change_floor: Decimal | None = None
    is_complete_row: bool = False


@dataclass(frozen=True)
class Section:
    code: str
    title: str
    help: str
    questions: tuple[Question, ...]

    @cached_property
    def library_questions(self) -> tuple[Question, ...]:
        return tuple(question for question in self.questions if question.level is Level.LIBRARY)

    @cached_property
    def school_questions(self) -> tuple[Question, ...]:
        return tuple(question for question in self.questions if question.level is Level.SCHOOL)

    @cached_property
    def asks_numbers(self) -> bool:
        return any(question.type in NUMBER_TYPES | {Type.NUMBER_PER_OPTION} for question in self.questions)


@dataclass(frozen=True)
class Instrument:
    """A whole questionnaire. `school_kinds` are the kinds of school on its roster; `minutes` is how long it takes."""

    survey: str
    school_year: str
    version: str
    title: str
    intro: str
    school_kinds: tuple[str, ...]
    sections: tuple[Section, ...]
    totals: tuple[Total, ...] = ()
    checks: tuple[Check, ...] = ()
    reason: str = ""
    minutes: int | None = None

    @property
    def code(self) -> str:
        return f"{self.survey}-{self.school_year}"

    @cached_property
    def questions(self) -> Mapping[str, Question]:
        """Every question by its code, in document order."""
        return {question.code: question for section in self.sections for question in section.questions}

    @cached_property
    def library_questions(self) -> tuple[Question, ...]:
        return tuple(question for question in self.questions.values() if question.level is Level.LIBRARY)

    @cached_property
    def school_questions(self) -> tuple[Question, ...]:
        return tuple(question for question in self.questions.values() if question.level is Level.SCHOOL)

    @cached_property
    def leading(self) -> frozenset[str]:
        """Codes of the questions whose answers decide what else their own section asks, and about which options."""
        pairs = ((source, question) for question in self.questions.values() for source in self._sources(question))
        return frozenset(code for code, question in pairs if self.section_of[code] is self.section_of[question.code])

    def _sources(self, question: Question) -> Iterator[str]:
        """The questions that a question follows from, by themselves or counted in a total."""
        if question.options_from:
            yield question.options_from
        for term in walk_terms(question.condition):
            if term.kind is SourceKind.QUESTION:
                yield term.source
            elif term.kind is SourceKind.TOTAL:
                total = self.total_by_code[term.source]
                yield from filter(None, [total.sum_of])
                yield from (one.source for one in walk_terms(total.condition) if one.kind is SourceKind.QUESTION)

    @cached_property
    def total_by_code(self) -> Mapping[str, Total]:
        return {total.code: total for total in self.totals}

    @cached_property
    def section_by_code(self) -> Mapping[str, Section]:
        return {section.code: section for section in self.sections}

    @cached_property
    def section_of(self) -> Mapping[str, Section]:
        """The section of each question, by question code."""
        return {question.code: section for section in self.sections for question in section.questions}

    @cached_property
    def checks_of(self) -> Mapping[str, tuple[Check, ...]]:
        """The checks on each question, by question code."""
        by_question: dict[str, tuple[Check, ...]] = {}
        for check in self.checks:
            by_question[check.question] = (*by_question.get(check.question, ()), check)
        return by_question

    @cached_property
    def number_of(self) -> Mapping[str, str]:
        """The printed number of each question: "2.3" is the third question of the second section."""
        return {
            question.code: f"{place}.{rank}"
            for place, section in enumerate(self.sections, start=1)
            for rank, question in enumerate(section.questions, start=1)
        }

    @cached_property
    def asks_last_wave(self) -> bool:
        """Whether a condition looks at the answers of the last wave."""
        conditions = [question.condition for question in self.questions.values()]
        conditions += [total.condition for total in self.totals]
        return any(term.kind is SourceKind.LAST_WAVE for condition in conditions for term in walk_terms(condition))

    def numbered_options(self, question: Question) -> tuple[Option, ...]:
        """The options that a number-per-option question may ask a number for."""
        if not question.options_from:
            return question.options
        source = self.questions[question.options_from]
        return tuple(
            option
            for option in source.options
            if not option.is_exclusive and option.code not in question.options_except
        )

    def columns(self, question: Question) -> tuple[str, ...]:
        """The names of the question's columns in files and snapshots ("partners", "staff_hours.volunteer")."""
        match question.type:
            case Type.MATRIX:
                return tuple(f"{question.code}.{row.code}" for row in question.rows)
            case Type.NUMBER_PER_OPTION:
                return tuple(f"{question.code}.{option.code}" for option in self.numbered_options(question))
            case _:
                return (question.code,)


def walk_terms(condition: Condition) -> Iterator[Term]:
    """Every term of a condition, group after group."""
    for group in condition:
        yield from group
