"""A question of every kind, submissions that answer them, and the figures of those."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from reports.figures import Figure, FigureSet, Item, Kind, figures, tally

PARTNERS = Item(
    "partners", Kind.SEVERAL, options=("municipality", "poi", "none"), exclusive=frozenset({"none"}), is_routed=True
)
GOAL = Item("goal", Kind.ONE, options=("yes", "no", "unknown"))
MONITOR = Item(
    "monitor",
    Kind.SEVERAL,
    options=("talks", "dbos", "dbos_national", "dbos_local", "none"),
    exclusive=frozenset({"none"}),
    parent_of={"dbos_national": "dbos", "dbos_local": "dbos"},
)
MEMBERS = Item("members", Kind.NUMBER, unit="members")
ATTENTION = Item(
    "attention",
    Kind.MATRIX,
    options=("none", "little", "some", "much"),
    parts=("media", "ict"),
    positive=frozenset({"some", "much"}),
)
SCORE = Item("score", Kind.MATRIX, options=("1", "2", "3", "4", "5"), parts=("vmbo",))
HOURS = Item("hours", Kind.NUMBERS, unit="hours", parts=("consultant", "volunteer"))
OUTLOOK = Item("outlook", Kind.TEXT)
COOPERATION = Item("cooperation", Kind.ONE, options=("structural", "none"), is_per_school=True)
TOPICS = Item("topics", Kind.SEVERAL, options=("reading", "digital"), is_per_school=True, is_routed=True)
LOCATIONS = Item("locations", Kind.TOTAL, unit="locations", counts_all_rows=True)
COOPERATING = Item("cooperating", Kind.TOTAL, unit="locations", bases=("locations",))
PLANS = Item("plans", Kind.NUMBER, unit="locations", bases=("cooperating",), is_routed=True)


@dataclass(frozen=True)
class Cell:
    province: str
    size_class: str
    n_libraries: int
    n_submitted: int
    n_locations: int = 0
    n_locations_submitted: int = 0


def counts_of(cells: list[str | None]) -> dict[str, int]:
    """A roster column as snapshots count it."""
    return dict(Counter(cell for cell in cells if cell is not None))


def one_group(*cells: str | None, item: Item) -> list[tuple[str, str, dict[str, Any]]]:
    """A submission per cell, all in one province and size class."""
    return [("Drenthe", "klein", {"answers": {item.code: cell}, "counts": {}}) for cell in cells]


def national(submissions: Any, *items: Item, frame: Any = ()) -> FigureSet:
    found = figures(tally(submissions, items), items, frame)
    return FigureSet("po", "2021-2022", {figure.key: figure for figure in found})


def base(figure: Figure | None) -> tuple[int, int, int, int]:
    assert figure is not None
    return figure.k, figure.n, figure.n_missing, figure.N
