"""Counting the cells of submissions. Tallies of chunks add up to the tally of the whole, in any order.

A tally holds no figures yet, only how often something was answered; `measures` makes figures of that.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

from reports.figures.figure import ANY

# Blank, and the states that are no value.
MISSING = frozenset({"", "unknown", "not_applicable"})


class Kind(StrEnum):
    ONE = "one"  # one option
    SEVERAL = "several"  # any number of options
    NUMBER = "number"
    TOTAL = "total"  # a number computed from the roster, for every library: None is missing, not "not asked"
    TEXT = "text"
    MATRIX = "matrix"  # per row one option
    NUMBERS = "numbers"  # per option a number, and their sum under the question's own code


@dataclass(frozen=True, slots=True)
class Class:
    """A class of numbers: from `start` up to, not including, `end`; without `end` everything from `start`."""

    code: str
    start: int
    end: int | None


@dataclass(frozen=True)
class Item:
    """A question or a named total as something to count.

    `parts` are the rows of a matrix, or the options that get a number each; their columns are `code.part`.
    `bases` are the codes of the numbers that it is a part of. `is_routed`: not everybody is asked.
    `counts_all_rows`: the total is the size of the roster.
    """

    code: str
    kind: Kind
    unit: str = ""
    options: tuple[str, ...] = ()
    exclusive: frozenset[str] = frozenset()
    parent_of: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    positive: frozenset[str] = frozenset()
    bases: tuple[str, ...] = ()
    classes: tuple[Class, ...] = ()
    is_per_school: bool = False
    is_routed: bool = False
    counts_all_rows: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The snapshot's columns that hold its cells."""
        own = () if self.kind is Kind.MATRIX else (self.code,)
        return (*own, *(f"{self.code}.{part}" for part in self.parts))

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Columns that are counted together: the number with its bases, a number per option with their sum."""
        if self.kind is Kind.NUMBERS:
            return tuple((f"{self.code}.{part}", self.code) for part in self.parts)
        return tuple((self.code, base) for base in self.bases)

    @property
    def missing(self) -> frozenset[str]:
        """The cells that hold no answer. A code such as `unknown` that is an option here, is an answer."""
        return MISSING.difference(self.options)

    def codes(self, cell: str) -> set[str]:
        """The options that a cell of several options counts for: those chosen, those above them, and `any`.

        A parent counts whoever chose it or an option below it, `any` whoever chose something other than "none
        of these": unions of answers, never sums.
        """
        chosen = cell.split(";")
        counted = set(chosen)
        for code in chosen:
            while parent := self.parent_of.get(code):
                counted.add(parent)
                code = parent
        if not self.exclusive.issuperset(chosen):
            counted.add(ANY)
        return counted

    def n_chosen(self, cell: str) -> int:
        """How many options are chosen: "none of these" is no choice, and a parent is none beside a child of it."""
        chosen = set(cell.split(";"))
        return len(chosen - self.exclusive - {self.parent_of.get(code) for code in chosen})


# Column -> mark -> how many libraries, or school locations, have it. Marks are the cells of the snapshots,
# but
# - of a choice of several options: each option that is chosen or above a chosen one, `any`, and ANSWERED,
#   CHOSEN;
# - of "y/x", a number and its base: the sums of `_pair_marks`, over libraries;
# - of "column@libraries": ANSWERED, the libraries that answered a school-level column for at least one
#   location.
Counts = dict[str, Counter[str]]
# The counts of each (province, size class).
Tally = dict[tuple[str, str], Counts]

ANSWERED = "*"
CHOSEN = "#"
# Numbers have at most two decimals (`surveys.cells`), so sums are kept in hundredths.
HUNDREDTHS = 100

Cell = str | None

# So many libraries of a group are kept before their columns are counted: few calls, and memory stays flat.
BUFFER = 500


def pair_column(numerator: str, base: str) -> str:
    return f"{numerator}/{base}"


def libraries_column(column: str) -> str:
    return f"{column}@libraries"


def tally(submissions: Iterable[tuple[str, str, Mapping[str, Any]]], items: Iterable[Item]) -> Tally:
    """Count the cells of submissions: (province, size class, snapshot with `answers` and `counts`).

    The loop runs once per submission and must cost no more than reading it. So it only puts whole columns
    into counters; splitting options and adding numbers up wait until only distinct cells are left.
    """
    plan = _Plan.of(items)
    groups: dict[tuple[str, str], _Group] = {}
    for province, size_class, snapshot in submissions:
        group = groups.get((province, size_class))
        if group is None:
            group = groups[province, size_class] = _Group(plan)
        group.rows.append(tuple(map(snapshot["answers"].get, plan.columns)))
        if len(group.rows) >= BUFFER:
            group.flush()
        counts = snapshot["counts"]
        for column, no_answer in plan.school_columns:
            if cells := counts.get(column):
                counter = group.cells[column]
                for cell, number in cells.items():
                    counter[cell] += number
                if not no_answer.issuperset(cells):
                    group.libraries[column] += 1
    return {name: group.counts() for name, group in groups.items()}


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the loop needs of the items.

    `pairs` are by name: the places in `columns` of the number and its base, and whether the number is a
    total, which is asked of everybody. School-level columns come with the cells that hold no answer.
    """

    items: tuple[Item, ...]
    columns: tuple[str, ...]
    pairs: tuple[tuple[str, int, int, bool], ...]
    school_columns: tuple[tuple[str, frozenset[str]], ...]
    # What the cells of several options were split into.
    codes_of: defaultdict[str, dict[str, tuple[int, set[str]]]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def number_columns(self) -> set[int]:
        """The places of the columns that are in a pair."""
        return {at for _, numerator, base, _ in self.pairs for at in (numerator, base)}

    @classmethod
    def of(cls, items: Iterable[Item]) -> "_Plan":
        items = tuple(items)
        columns = tuple(column for item in items if not item.is_per_school for column in item.columns)
        place = {column: at for at, column in enumerate(columns)}
        return cls(
            items,
            columns,
            tuple(
                (pair_column(numerator, base), place[numerator], place[base], item.kind is Kind.TOTAL)
                for item in items
                for numerator, base in item.pairs
                if numerator in place
            ),
            tuple((column, item.missing) for item in items if item.is_per_school for column in item.columns),
        )


class _Group:
    """The counters of one province and size class."""

    def __init__(self, plan: _Plan) -> None:
        self.plan = plan
        self.rows: list[tuple[Cell, ...]] = []
        self.cells: defaultdict[str, Counter[Any]] = defaultdict(Counter)
        self.pairs: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.libraries: Counter[str] = Counter()

    def flush(self) -> None:
        """Count the rows column by column."""
        if not self.rows:
            return
        cells_of = tuple(zip(*self.rows, strict=True))
        self.rows.clear()
        for column, cells in zip(self.plan.columns, cells_of, strict=True):
            self.cells[column].update(cells)
        values_of = {at: [_value(cell) for cell in cells_of[at]] for at in self.plan.number_columns}
        for name, numerator, base, is_total in self.plan.pairs:
            asked = (True,) * len(cells_of[numerator]) if is_total else map(_is_asked, cells_of[numerator])
            self.pairs[name].update(_pair_marks(values_of[numerator], values_of[base], asked))

    def counts(self) -> Counts:
        """What was counted, in marks; what was not asked is left out."""
        self.flush()
        counts: Counts = {}
        for item in self.plan.items:
            for column in item.columns:
                cells = self.cells.get(column)
                if cells and (marks := _marks(item, cells, self.plan.codes_of[item.code])):
                    counts[column] = marks
                if self.libraries[column]:
                    counts[libraries_column(column)] = Counter({ANSWERED: self.libraries[column]})
        return counts | self.pairs


def _marks(item: Item, cells: Counter[Any], codes_of: dict[str, tuple[int, set[str]]]) -> Counter[str]:
    """The marks of the cells that were asked. None is "not asked", but of a total it is a blank.

    `codes_of` remembers what the item's cells were split into, for the next group.
    """
    n_unasked = cells.pop(None, 0)
    if n_unasked and item.kind is Kind.TOTAL:
        cells[""] += n_unasked
    if item.kind is not Kind.SEVERAL:
        return cells
    marks: Counter[str] = Counter()
    missing = item.missing
    n_chosen = 0
    for cell, number in cells.items():
        if cell in missing:
            marks[cell] = number
            continue
        split = codes_of.get(cell)
        if split is None:
            split = codes_of[cell] = item.n_chosen(cell), item.codes(cell)
        n_chosen += split[0] * number
        for code in split[1]:
            marks[code] += number
    marks[ANSWERED] = cells.total() - sum(cells[cell] for cell in missing)
    marks[CHOSEN] = n_chosen
    return marks


# The marks of a pair: libraries with both numbers and their sums; Σx where y was left open, and where it was
# not asked; and of the libraries whose x is above zero: those with y, those with y above zero, those that
# left y open.
BOTH, SUM_Y, SUM_X = "both", "y", "x"
OPEN_X, UNASKED, UNASKED_X = "open x", "unasked", "unasked x"
HAVING, HAVING_Y, HAVING_OPEN = "having", "having y", "having open"


def _pair_marks(ys: Iterable[int | None], xs: Iterable[int | None], asked: Iterable[bool]) -> Counter[str]:
    """The marks of the pairs of libraries; `asked` says whether y was."""
    both = sum_y = sum_x = open_x = unasked = unasked_x = having = having_y = having_open = 0
    for y, x, is_asked in zip(ys, xs, asked, strict=True):
        if x is None:
            continue
        if y is not None:
            both += 1
            sum_y += y
            sum_x += x
            if x > 0:
                having += 1
                having_y += y > 0
        elif is_asked:
            open_x += x
            having_open += x > 0
        else:
            unasked += 1
            unasked_x += x
    marks = {
        BOTH: both,
        SUM_Y: sum_y,
        SUM_X: sum_x,
        OPEN_X: open_x,
        UNASKED: unasked,
        UNASKED_X: unasked_x,
        HAVING: having,
        HAVING_Y: having_y,
        HAVING_OPEN: having_open,
    }
    return Counter({mark: number for mark, number in marks.items() if number})


def _is_asked(cell: Cell) -> bool:
    return cell is not None


@lru_cache(maxsize=20_000)
def _value(cell: Cell) -> int | None:
    """The number in a cell, in hundredths, or None."""
    return None if cell is None or cell in MISSING else hundredths(cell)


def hundredths(cell: str) -> int:
    """A number as written, in hundredths: 950 for "9.5"."""
    if "." not in cell:
        return int(cell) * HUNDREDTHS
    whole, _, decimals = cell.partition(".")
    return int(f"{whole}{decimals:0<2}")


def merge(tallies: Iterable[Tally]) -> Tally:
    """Add tallies up. The order does not matter, nor how the submissions were cut into chunks."""
    merged: Tally = {}
    for one in tallies:
        for group, counts in one.items():
            add(merged.setdefault(group, {}), counts)
    return merged


def add(into: Counts, counts: Mapping[str, Mapping[str, int]]) -> None:
    """Add the counts of `counts` to those of `into`."""
    for column, marks in counts.items():
        if column in into:
            into[column].update(marks)
        else:
            into[column] = Counter(marks)
