"""What was measured, as one line of the table, and the table itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

HEADINGS = ("What", "Floor", "Ours", "Ratio", "Target", "")


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement. `ratio` is already text, as its spread belongs to it; `is_met` is None where no target is."""

    what: str
    floor: str
    ours: str
    ratio: str = ""
    target: str = ""
    is_met: bool | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        verdict = {None: "", True: "met", False: "NOT MET"}[self.is_met]
        return (self.what, self.floor, self.ours, self.ratio, self.target, verdict)


@dataclass(frozen=True, slots=True)
class Rounds:
    """Floor and ours in seconds, one pair per round. Both ran in turns within a round, so noise hits both."""

    pairs: Sequence[tuple[float, float]]

    @property
    def floor(self) -> float:
        return median(floor for floor, _ours in self.pairs)

    @property
    def ours(self) -> float:
        return median(ours for _floor, ours in self.pairs)

    @property
    def ratios(self) -> list[float]:
        return [ours / floor for floor, ours in self.pairs]

    def row(self, what: str, target: float | None = None) -> Row:
        """The median of the rounds' ratios with the smallest and the largest."""
        ratio = median(self.ratios)
        return Row(
            what=what,
            floor=milliseconds(self.floor),
            ours=milliseconds(self.ours),
            ratio=f"{ratio:.2f} ({min(self.ratios):.2f}-{max(self.ratios):.2f})",
            target=f"<= {target:g}" if target is not None else "",
            is_met=ratio <= target if target is not None else None,
        )


def milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.2f} ms"


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that at least `percent` of the values do not exceed."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * percent // 100) - 1)]


def text(rows: Iterable[Row]) -> str:
    """The table in Markdown."""
    return markdown([HEADINGS, *(row.cells for row in rows)])


def markdown(lines: Sequence[Sequence[str]]) -> str:
    """A table, its headings first, padded so that it reads in a terminal as well."""
    widths = [max(1, *(len(line[column]) for line in lines)) for column in range(len(lines[0]))]
    padded = [" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    rule = " | ".join("-" * width for width in widths)
    return "\n".join(f"| {line} |" for line in [padded[0], rule, *padded[1:]])
