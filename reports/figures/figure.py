"""A figure: one number with its base; its one rounding, and how readers see it.

Who is in a figure, in four integers:

- `n`, the base: those who were asked and answered. "None of these" and an option called "unknown" are
  answers.
- `n_missing`: those who were asked (the question was on their path) but left it blank, or gave the state
  *unknown* or *not applicable*.
- `N`, the eligible: `n + n_missing`, and, where the question has no route, also the libraries (or their
  school locations) of the frame that submitted nothing. Behind a route nobody knows whether these would have
  been asked, so there `N` is those asked.
- `k`, the numerator.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

# Groups that a figure is about.
NATIONAL = "national"
PROVINCE = "province:"
SIZE = "size:"

# What is counted, where it is not a number with a unit of its own.
LIBRARIES = "libraries"
LOCATIONS = "locations"
OPTIONS = "options"

# Options that are unions of options.
ANY = "any"
POSITIVE = "positive"
# After a base: libraries that were not asked the number count with nothing ("plans" of "locations.all").
ALL = ".all"
# The question that every wave has: who responded.
RESPONSE = "response"

# The flag of a figure that is known as a published total only.
PUBLISHED = "published"

# A percentage stands by itself from a base of 30, with N in the sentence from 10; below that only counts are
# shown.
FULL_BASE = 30
SMALLEST_PERCENT_BASE = 10


class Measure(StrEnum):
    SHARE = "share"
    COUNT = "count"
    SUM = "sum"
    MEAN = "mean"
    MEDIAN = "median"
    MIN = "min"
    MAX = "max"
    POOLED_SHARE = "pooled_share"


SHARES = frozenset({Measure.SHARE, Measure.POOLED_SHARE})

# Question, option, group, measure.
Key = tuple[str, str, str, str]


def percent(k: int, n: int) -> int:
    """The one rounding: k of n in whole percents, halves up, in exact integers.

    85 of 136 is 62.5%, so 63.
    """
    return (200 * k + n) // (2 * n)


def half_up(value: Fraction, decimals: int) -> Decimal:
    """The value with so many decimals, halves up as in `percent`: 37/2 is 18.5 with one, 19 with none."""
    unit = 10**decimals
    rounded = (2 * value.numerator * unit + value.denominator) // (2 * value.denominator)
    return Decimal(rounded).scaleb(-decimals)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its base. The integers are the truth; every text is made of them by `show`.

    `option` is empty for a figure of the question itself; `group` is `national`, `province:Gelderland` or
    `size:xl`. `unit` is what is counted: `libraries`, `locations` or the number's own unit. `k` of a sum,
    mean, median, minimum or maximum is in units of 1/`scale`. `n_libraries` counts the libraries in the base,
    also when `n` counts locations. With the flag `published` it was never computed here: `published_value` is
    what was published, in percents for a share, `n` is 0 when no base was published, and `k` is not known.
    """

    question: str
    option: str
    group: str
    measure: str
    unit: str
    k: int
    n: int
    n_missing: int
    N: int
    scale: int = 1
    n_libraries: int = 0
    flag: str = ""
    published_value: Decimal | None = None
    is_approximate: bool = False

    @property
    def key(self) -> Key:
        return self.question, self.option, self.group, self.measure

    @property
    def is_share(self) -> bool:
        return self.measure in SHARES

    @property
    def is_published_only(self) -> bool:
        return self.flag == PUBLISHED

    @property
    def value(self) -> Fraction | None:
        """The exact value: a share between 0 and 1, else the number itself. None when nobody answered."""
        if self.published_value is not None:
            return Fraction(self.published_value) / (100 if self.is_share else 1)
        if self.measure in (Measure.COUNT, Measure.SUM):
            return Fraction(self.k, self.scale)
        if self.n == 0:
            return None
        if self.is_share:
            return Fraction(self.k, self.n)
        return Fraction(self.k, self.scale * self.n if self.measure == Measure.MEAN else self.scale)

    @property
    def percent(self) -> int | None:
        """A share in whole percents by the one rounding; None for other measures and when nobody answered."""
        if not self.is_share or (value := self.value) is None:
            return None
        return percent(value.numerator, value.denominator)

    @property
    def number(self) -> Decimal | None:
        """The value in files: whole percents for a share, else the number with at most two decimals."""
        if self.is_share:
            return None if self.percent is None else Decimal(self.percent)
        if (value := self.value) is None:
            return None
        return half_up(value, 0 if value.denominator == 1 else 2)

    @property
    def bounds(self) -> tuple[int, int] | None:
        """Between which percents the share lies, whatever the eligible who did not answer would have said.

        From k/N to (k + N - n)/N: 85 of 130 answers with 137 eligible is between 62% and 67%.
        """
        if self.measure != Measure.SHARE or self.is_published_only or self.N == 0:
            return None
        return percent(self.k, self.N), percent(self.k + self.N - self.n, self.N)


def show(figure: Figure) -> str:
    """The figure as readers see it, in Dutch: "63%", "<1%", "5 van de 9", "4.886", "18,5", "circa 60%".

    A share of fewer than ten is shown as counts.
    """
    value = figure.value
    if value is None:
        return "–"  # noqa: RUF001 (a dash as printed for "no value")
    if figure.is_share and not figure.is_published_only and figure.n < SMALLEST_PERCENT_BASE * figure.scale:
        return show_of(figure)
    shown = (
        show_percent(value.numerator, value.denominator)
        if figure.is_share
        else dutch(half_up(value, 0 if value.denominator == 1 else 1))
    )
    return f"circa {shown}" if figure.is_approximate else shown


def show_percent(k: int, n: int) -> str:
    """k of n as a percentage in which "0%" means none and "100%" means all: 1 of 500 is "<1%"."""
    rounded = percent(k, n)
    if rounded == 0 and k > 0:
        return "<1%"
    if rounded == 100 and k < n:
        return ">99%"
    return f"{rounded}%"


def show_of(figure: Figure) -> str:
    """A share as its counts: "124 van de 135"."""
    k, n = (
        dutch(half_up(Fraction(part, figure.scale), 0 if part % figure.scale == 0 else 1))
        for part in (figure.k, figure.n)
    )
    return f"{k} van de {n}"


def dutch(number: Decimal) -> str:
    """A number with Dutch signs: 4.886 and 18,5."""
    return f"{number:,}".translate(str.maketrans(",.", ".,"))


@dataclass(frozen=True)
class FigureSet(Mapping[Key, Figure]):
    """All figures of a wave: of its newest finished run or, of an earlier wave without one, as published."""

    survey: str
    school_year: str
    figures: Mapping[Key, Figure] = field(repr=False)
    run_id: int | None = None
    content_hash: str = ""

    def __getitem__(self, key: Key) -> Figure:
        return self.figures[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self.figures)

    def __len__(self) -> int:
        return len(self.figures)

    @property
    def is_published_only(self) -> bool:
        return self.run_id is None

    def find(
        self, question: str, option: str = "", *, group: str = NATIONAL, measure: str = Measure.SHARE
    ) -> Figure | None:
        return self.figures.get((question, option, group, measure))

    def of_question(self, question: str, *, group: str = NATIONAL) -> list[Figure]:
        """The question's figures of one group, in the order of the questionnaire."""
        return [figure for figure in self.figures.values() if figure.question == question and figure.group == group]
