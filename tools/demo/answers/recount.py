"""Counts figures straight from the written files, with no knowledge of how the answers were made."""

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from tools.demo.answers.catalogue import question

Row = dict[str, str]
Total = tuple[str, frozenset[str]]

XL_INHABITANTS = 200_000
SOME_OR_MUCH = frozenset({"some", "much"})
MEMBER_CLASSES = {"lt_3000": (0, 3000), "3000_5000": (3000, 5000), "5000_8000": (5000, 8000)}
# After a base: libraries that were not asked the number count with nothing.
ALL = ".all"


def _total(source: str, *options: str) -> Total:
    return source, frozenset(options)


# Named totals: roster rows whose answer to the question is, or holds, one of the options.
TOTALS: dict[str, dict[str, Total]] = {
    "po": {
        "locations": _total("cooperation", "structural", "general_without_contract", "none"),
        "cooperating_locations": _total("cooperation", "structural", "general_without_contract"),
        "reading_locations": _total("cooperation_topics", "reading_promotion"),
        "digital_locations": _total("cooperation_topics", "digital_literacy"),
        "culture_locations": _total("cooperation_topics", "culture_education"),
        "dbos_locations": _total("approach", "dbos"),
        "comparable_locations": _total("approach", "comparable"),
        "dbos_or_comparable_locations": _total("approach", "dbos", "comparable"),
    },
    "vo": {
        "locations": _total("cooperation", "yes", "no"),
        "cooperating_locations": _total("cooperation", "yes"),
        "reading_locations": _total("cooperation_topics", "reading_promotion"),
        "digital_locations": _total("cooperation_topics", "digital_literacy"),
        "agreement_locations": _total("agreement", "signed_dbos", "signed_comparable"),
        "dbos_locations": _total("agreement", "signed_dbos"),
        "exploratory_locations": _total("exploratory_talks", "yes"),
        "books_home_locations": _total("books_home", "allowed"),
    },
}

# Which roster rows are asked a question; the others leave it open because it doesn't apply.
ASKED_OF: dict[str, Callable[[Row], bool]] = {
    "cooperation_topics": lambda row: row["cooperation"] in ("structural", "general_without_contract", "yes"),
    "approach": lambda row: row["cooperation"] == "structural",
    "agreement": lambda row: row["cooperation"] == "yes",
    "books_home": lambda row: "library_collection_delivered" in row["collection_types"].split(";"),
}


@dataclass(frozen=True)
class Figure:
    """A recounted figure. `bases` are the numbers a report may print beside it: libraries, or locations."""

    value: Fraction
    bases: frozenset[int]


@dataclass(frozen=True)
class Files:
    """One wave as it stands in its two files."""

    survey: str
    folder: Path
    register: Path

    @cached_property
    def libraries(self) -> list[Row]:
        return _read(self.folder / "responses.csv")

    @cached_property
    def rows(self) -> list[Row]:
        return _read(self.folder / "schools.csv")

    @cached_property
    def rows_of(self) -> dict[str, list[Row]]:
        rows: dict[str, list[Row]] = {library["library"]: [] for library in self.libraries}
        for row in self.rows:
            rows[row["library"]].append(row)
        return rows

    @cached_property
    def xl(self) -> set[str]:
        return {row["code"] for row in _read(self.register) if int(row["inhabitants"]) > XL_INHABITANTS}

    def totals(self, name: str) -> dict[str, int]:
        """The total of every library where it is known: where a row was asked and answered, or none was asked."""
        source, options = TOTALS[self.survey][name]
        known: dict[str, int] = {}
        for library, rows in self.rows_of.items():
            answered = [row for row in rows if row[source]]
            is_asked = ASKED_OF.get(source)
            nobody_asked = is_asked and rows and all(row["cooperation"] and not is_asked(row) for row in rows)
            if answered or nobody_asked:
                known[library] = sum(bool(options & set(row[source].split(";"))) for row in answered)
        return known

    def figure(self, code: str, option: str, measure: str, selection: str = "") -> Figure:
        """The figure that a row of the concordance names; the selection only tells which group it is about."""
        if code in TOTALS[self.survey]:
            return self._of_total(code, option, measure)
        item = question(self.survey, code)
        if measure in ("sum", "mean", "min", "max", "pooled_share") and option != "any":
            if item.rows:
                return self._of_numbers(item.columns, f"{code}.{option}" if option else "", selection)
            return self._of_number(code, option, measure)
        units = self.rows if item.level == "school" else self.libraries
        if item.rows:
            row, _, _ = option.partition(".")
            given = [unit[f"{code}.{row}"] for unit in units if unit[f"{code}.{row}"]]
            return _share(sum(scale in SOME_OR_MUCH for scale in given), len(given))
        if option in MEMBER_CLASSES:
            low, high = MEMBER_CLASSES[option]
            numbers = [int(unit[code]) for unit in units if unit[code]]
            return _share(sum(low <= number < high for number in numbers), len(numbers))
        chosen = [set(unit[code].split(";")) for unit in units if unit[code]]
        if option == "any" and measure == "mean":
            return Figure(_mean([len(options - item.exclusive) for options in chosen]), frozenset({len(chosen)}))
        k = sum(bool(options - item.exclusive) if option == "any" else option in options for options in chosen)
        return Figure(Fraction(k), frozenset({len(chosen)})) if measure == "count" else _share(k, len(chosen))

    def _of_total(self, name: str, base: str, measure: str) -> Figure:
        known = self.totals(name)
        k, total = sum(number > 0 for number in known.values()), sum(known.values())
        of_base = self.totals(base) if base else {}
        match measure:
            case "share":
                return _share(k, sum(number > 0 for number in of_base.values()) if base else len(known))
            case "count":
                return Figure(Fraction(k), frozenset({len(known)}))
            case "sum":
                # The reports print the libraries beside it, or the locations that cooperate.
                cooperating = sum(self.totals("cooperating_locations").values())
                return Figure(Fraction(total), frozenset({len(known), cooperating}))
            case "pooled_share":
                # The reports divide by all locations, also those of a library that left the topics open.
                return _share(total, sum(of_base.values()))
        raise ValueError(f"no measure {measure!r} for the total {name!r}")

    def _of_number(self, code: str, base: str, measure: str) -> Figure:
        units = self.libraries if code in self.libraries[0] else self.rows
        given = [(unit["library"], Fraction(unit[code])) for unit in units if unit[code]]
        numbers = [number for _, number in given]
        total = sum(numbers, Fraction(0))
        n = frozenset({len(numbers)})
        match measure:
            case "sum":
                return Figure(total, n)
            case "mean":
                return Figure(total / len(numbers), n)
            case "min" | "max":
                return Figure(min(numbers) if measure == "min" else max(numbers), n)
        of_base = self._base(base.removesuffix(ALL))
        if not base.endswith(ALL):
            of_base = {library: of_base[library] for library, _ in given if library in of_base}
        n_base = sum(of_base.values())
        return Figure(total / n_base, frozenset({n_base, sum(number > 0 for number in of_base.values())}))

    def _base(self, code: str) -> dict[str, int]:
        if code in TOTALS[self.survey]:
            return self.totals(code)
        return {row["library"]: int(row[code]) for row in self.libraries if row[code]}

    def _of_numbers(self, columns: Iterable[str], column: str, selection: str) -> Figure:
        """The part of one option in the sum over all options; without an option the mean of that sum per library."""
        sums: list[Fraction] = []
        part = Fraction(0)
        for row in self.libraries:
            numbers = {name: Fraction(row[name]) for name in columns if row[name]}
            if numbers and ("size_xl" not in selection or row["library"] in self.xl):
                sums.append(sum(numbers.values(), Fraction(0)))
                part += numbers.get(column, Fraction(0))
        return Figure(part / sum(sums) if column else _mean(sums), frozenset({len(sums)}))


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _share(k: int, n: int) -> Figure:
    return Figure(Fraction(k, n), frozenset({n}))


def _mean(numbers: Iterable[Fraction | int]) -> Fraction:
    values = [Fraction(number) for number in numbers]
    return sum(values, Fraction(0)) / len(values)
