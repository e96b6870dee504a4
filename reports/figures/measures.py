"""Reading every measure off a merged tally: national, per province and per size class."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, assert_never

from reports.figures import counting
from reports.figures.counting import (
    ANSWERED,
    HUNDREDTHS,
    Counts,
    Item,
    Kind,
    Tally,
    add,
    hundredths,
    libraries_column,
    pair_column,
)
from reports.figures.figure import (
    ALL,
    ANY,
    LIBRARIES,
    LOCATIONS,
    NATIONAL,
    OPTIONS,
    POSITIVE,
    PROVINCE,
    RESPONSE,
    SIZE,
    Figure,
    Measure,
)

SIZE_CLASSES = ("klein", "middelgroot", "groot", "xl")
EMPTY: Counter[str] = Counter()


class FrameCell(Protocol):
    """Libraries and locations of one province and size class: how many in the frame, how many submitted."""

    @property
    def province(self) -> str: ...
    @property
    def size_class(self) -> str: ...
    @property
    def n_libraries(self) -> int: ...
    @property
    def n_submitted(self) -> int: ...
    @property
    def n_locations(self) -> int: ...
    @property
    def n_locations_submitted(self) -> int: ...


@dataclass(slots=True)
class Group:
    """Those a figure is about: their counts, and of the frame those who submitted and those who did not."""

    name: str
    counts: Counts = field(default_factory=dict)
    n_submitted: int = 0
    n_absent: int = 0
    n_absent_locations: int = 0


@dataclass(frozen=True, slots=True)
class Base:
    """Who is in a figure; see `figure`."""

    n: int
    n_missing: int
    N: int
    n_libraries: int


def figures(tally: Tally, items: Iterable[Item], frame: Iterable[FrameCell]) -> list[Figure]:
    """Every figure of a wave: per group first the response, then item after item.

    A figure that nobody answered is there with n = 0, so that naming it is never a mistake.
    """
    items = tuple(items)
    item_by_code = {item.code: item for item in items}
    readers = [_Reader(item, item_by_code) for item in items]
    found: list[Figure] = []
    for group in _groups(tally, frame):
        found += _response(group)
        for reader in readers:
            found += reader.read(group)
    return found


def _groups(tally: Tally, frame: Iterable[FrameCell]) -> list[Group]:
    groups: dict[str, Group] = {}

    def of(province: str, size_class: str) -> Iterator[Group]:
        for name in (NATIONAL, f"{PROVINCE}{province}", f"{SIZE}{size_class}"):
            yield groups.setdefault(name, Group(name))

    for cell in frame:
        for group in of(cell.province, cell.size_class):
            group.n_submitted += cell.n_submitted
            group.n_absent += cell.n_libraries - cell.n_submitted
            group.n_absent_locations += cell.n_locations - cell.n_locations_submitted
    for (province, size_class), counts in tally.items():
        for group in of(province, size_class):
            add(group.counts, counts)
    groups.setdefault(NATIONAL, Group(NATIONAL))
    return sorted(groups.values(), key=_order)


def _order(group: Group) -> tuple[int, int, str]:
    """National, then the provinces by name, then the size classes from small to large."""
    if group.name.startswith(SIZE):
        size_class = group.name.removeprefix(SIZE)
        known = size_class in SIZE_CLASSES
        return 2, SIZE_CLASSES.index(size_class) if known else len(SIZE_CLASSES), group.name
    return (0 if group.name == NATIONAL else 1), 0, group.name


def _response(group: Group) -> Iterator[Figure]:
    """The response: the libraries that submitted, of those in the frame. 135 of 137 is 99%."""
    k, n = group.n_submitted, group.n_submitted + group.n_absent
    for measure in (Measure.SHARE, Measure.COUNT):
        yield Figure(RESPONSE, "", group.name, measure, LIBRARIES, k, n, 0, n, n_libraries=n)


class _Reader:
    """Reads the figures of one item off the counts of a group."""

    def __init__(self, item: Item, item_by_code: Mapping[str, Item]) -> None:
        self.item = item
        self.item_by_code = item_by_code

    def read(self, group: Group) -> Iterator[Figure]:
        item = self.item
        match item.kind:
            case Kind.ONE | Kind.SEVERAL:
                yield from self._options(group, item.code)
                if item.kind is Kind.SEVERAL:
                    yield self._mean_chosen(group)
            case Kind.MATRIX:
                for row in item.parts:
                    yield from self._options(group, f"{item.code}.{row}", f"{row}.")
                    yield from self._mean_score(group, row)
            case Kind.NUMBER | Kind.TOTAL:
                yield from self._number(group, item.code)
                for base in item.bases:
                    yield from self._of_base(group, base)
                if item.classes:
                    yield from self._classes(group)
            case Kind.NUMBERS:
                yield from self._number(group, item.code)
                for part in item.parts:
                    yield from self._number(group, f"{item.code}.{part}", part)
                    yield self._part_of_sum(group, part)
            case Kind.TEXT:
                base_ = self._base(group, item.code)
                yield self._figure(group, "", Measure.COUNT, base_.n, base_)
            case _:
                assert_never(item.kind)

    def _base(self, group: Group, column: str) -> Base:
        marks = group.counts.get(column, EMPTY)
        n_missing = sum(marks[cell] for cell in self.item.missing)
        n = marks[ANSWERED] if self.item.kind is Kind.SEVERAL else marks.total() - n_missing
        if self.item.is_per_school:
            n_libraries = group.counts.get(libraries_column(column), EMPTY)[ANSWERED]
            n_absent = group.n_absent_locations
        else:
            n_libraries, n_absent = n, group.n_absent
        return Base(n, n_missing, n + n_missing + (0 if self.item.is_routed else n_absent), n_libraries)

    def _figure(
        self, group: Group, option: str, measure: Measure, k: int, base: Base, unit: str = "", scale: int = 1
    ) -> Figure:
        return Figure(
            self.item.code,
            option,
            group.name,
            measure,
            unit or (LOCATIONS if self.item.is_per_school else LIBRARIES),
            k,
            base.n,
            base.n_missing,
            base.N,
            scale,
            base.n_libraries,
        )

    def _options(self, group: Group, column: str, prefix: str = "") -> Iterator[Figure]:
        """Share and count of each option: k of the n that answered have it.

        Of "a", "a;b", "none" and a blank, `a` is 2 of 3, `b` 1 of 3 and `any` 2 of 3. `positive` is the union
        of the named categories of a scale.
        """
        item = self.item
        base = self._base(group, column)
        marks = group.counts.get(column, EMPTY)
        counted = {code: marks[code] for code in item.options}
        if item.kind is Kind.SEVERAL:
            counted[ANY] = marks[ANY]
        elif item.positive:
            counted[POSITIVE] = sum(marks[code] for code in item.positive)
        for code, k in counted.items():
            for measure in (Measure.SHARE, Measure.COUNT):
                yield self._figure(group, f"{prefix}{code}", measure, k, base)

    def _mean_score(self, group: Group, row: str) -> Iterator[Figure]:
        """The mean score of a row, when the scale consists of numbers: 1, 2 and 5 give 8/3."""
        if all(code.isdecimal() for code in self.item.options):
            column = f"{self.item.code}.{row}"
            scores = Numbers.read(group.counts.get(column, EMPTY), self.item.missing)
            yield self._figure(group, row, Measure.MEAN, scores.total, self._base(group, column))

    def _number(self, group: Group, column: str, option: str = "") -> Iterator[Figure]:
        """Share and count of those above zero; sum, mean, median, minimum and maximum of all who answered.

        Of 0, 2, 3.5 and a blank: share 2 of 3, sum 5.5, mean 5.5/3, median 2, minimum 0, maximum 3.5.
        """
        base = self._base(group, column)
        numbers = Numbers.read(group.counts.get(column, EMPTY), self.item.missing)
        for measure in (Measure.SHARE, Measure.COUNT):
            yield self._figure(group, option, measure, numbers.n_above_zero, base)
        median, median_scale = numbers.median
        for measure, k, scale in (
            (Measure.SUM, numbers.total, numbers.scale),
            (Measure.MEAN, numbers.total, numbers.scale),
            (Measure.MEDIAN, median, median_scale),
            (Measure.MIN, numbers.smallest, numbers.scale),
            (Measure.MAX, numbers.largest, numbers.scale),
        ):
            yield self._figure(group, option, measure, k, base, self.item.unit, scale)

    def _of_base(self, group: Group, base: str) -> Iterator[Figure]:
        """The number as a part of another: pooled, and the libraries that have it of those that have the other.

        Of 2 of 10, 5 of 10 and 0 of 5 locations the pooled share is Σy / Σx, 7 of 25 or 28%, not the mean of
        the libraries' own shares; the share is 2 of 3 libraries. Where y is behind a route, `base.all` also
        holds libraries that were not asked: with another 15 locations of those, 7 of 40. `n_missing` is Σx of
        those who left y open. Of the whole roster, the locations of libraries that submitted nothing are
        eligible too.
        """
        marks = group.counts.get(pair_column(self.item.code, base), EMPTY)
        n_libraries = marks[counting.BOTH]
        yield self._pooled(group, base, marks, marks[counting.SUM_X], n_libraries)
        if self.item.is_routed:
            n, n_libraries = marks[counting.SUM_X] + marks[counting.UNASKED_X], n_libraries + marks[counting.UNASKED]
            yield self._pooled(group, f"{base}{ALL}", marks, n, n_libraries)
        n, n_missing = marks[counting.HAVING], marks[counting.HAVING_OPEN]
        who = Base(n, n_missing, n + n_missing, n)
        yield self._figure(group, base, Measure.SHARE, marks[counting.HAVING_Y], who)

    def _pooled(self, group: Group, option: str, marks: Mapping[str, int], n: int, n_libraries: int) -> Figure:
        """The pooled share of sums in hundredths, at the smallest scale that leaves them whole."""
        of_base = self.item_by_code[option.removesuffix(ALL)]
        k, n_missing = marks[counting.SUM_Y], marks[counting.OPEN_X]
        unit = next(unit for unit in (100, 10, 1) if not (k % unit or n % unit or n_missing % unit))
        k, n, n_missing, scale = k // unit, n // unit, n_missing // unit, HUNDREDTHS // unit
        n_absent = scale * group.n_absent_locations if of_base.counts_all_rows else 0
        who = Base(n, n_missing, n + n_missing + n_absent, n_libraries)
        return self._figure(group, option, Measure.POOLED_SHARE, k, who, of_base.unit, scale)

    def _classes(self, group: Group) -> Iterator[Figure]:
        """Share and count of the numbers in each class: of 2999, 3000 and 4999, class 3000-5000 has 2 of 3."""
        item = self.item
        base = self._base(group, item.code)
        numbers = Numbers.read(group.counts.get(item.code, EMPTY), item.missing)
        for one in item.classes:
            k = numbers.n_between(one.start, one.end)
            for measure in (Measure.SHARE, Measure.COUNT):
                yield self._figure(group, one.code, measure, k, base)

    def _mean_chosen(self, group: Group) -> Figure:
        """How many options were chosen on average: "a;b", "a" and "none" give 3/3."""
        code = self.item.code
        k = group.counts.get(code, EMPTY)[counting.CHOSEN]
        return self._figure(group, ANY, Measure.MEAN, k, self._base(group, code), OPTIONS)

    def _part_of_sum(self, group: Group, part: str) -> Figure:
        """Which part of the sum this option has: of 52 structural and 21 incidental, 52 of 73 is 71%.

        Of those whose sum is known: who has 40 structural and does not know the other, is in neither number.
        """
        item, column = self.item, f"{self.item.code}.{part}"
        whole = Numbers.read(group.counts.get(item.code, EMPTY), item.missing)
        own = Numbers.read(group.counts.get(column, EMPTY), item.missing)
        scale = max(whole.scale, own.scale)
        both = group.counts.get(pair_column(column, item.code), EMPTY)
        k, n = both[counting.SUM_Y] * scale // HUNDREDTHS, whole.total * scale // whole.scale
        base = Base(n, 0, n, self._base(group, item.code).n_libraries)
        return self._figure(group, part, Measure.POOLED_SHARE, k, base, item.unit, scale)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers and how often each occurs, ascending, as integers in units of 1/`scale`."""

    counted: tuple[tuple[int, int], ...]
    scale: int

    @classmethod
    def read(cls, cells: Mapping[str, int], missing: frozenset[str]) -> "Numbers":
        answered = [(cell, number) for cell, number in cells.items() if cell not in missing]
        scale = int(10 ** max((len(cell.partition(".")[2]) for cell, _ in answered), default=0))
        unit = HUNDREDTHS // scale
        return cls(tuple(sorted((hundredths(cell) // unit, number) for cell, number in answered)), scale)

    @property
    def total(self) -> int:
        return sum(value * number for value, number in self.counted)

    @property
    def n_above_zero(self) -> int:
        return sum(number for value, number in self.counted if value > 0)

    def n_between(self, start: int, end: int | None) -> int:
        """How many are at least `start` and, if there is an end, under it."""
        return sum(
            number
            for value, number in self.counted
            if value >= start * self.scale and (end is None or value < end * self.scale)
        )

    @property
    def smallest(self) -> int:
        return self.counted[0][0] if self.counted else 0

    @property
    def largest(self) -> int:
        return self.counted[-1][0] if self.counted else 0

    @property
    def median(self) -> tuple[int, int]:
        """The middle number and its scale; of an even number, the middle two added, at twice the scale.

        Of 1, 2, 4, 9 that is 6 at scale 2: 3.
        """
        n = sum(number for _, number in self.counted)
        if n == 0:
            return 0, 1
        if n % 2:
            return self._at(n // 2), self.scale
        return self._at(n // 2 - 1) + self._at(n // 2), 2 * self.scale

    def _at(self, place: int) -> int:
        for value, number in self.counted:
            if place < number:
                return value
            place -= number
        raise IndexError(place)
