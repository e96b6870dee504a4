"""What two schools and their library may answer to tests/questionnaires/hide_and_show.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from surveys.instrument import BLANK, Given, State

SCHOOLS = ("01AA00", "01AA01")
ASKED_OF_SCHOOLS = {"cooperation", "topics", "n_books"}
SECTIONS = {"scholen": ("cooperation", "topics", "n_books"), "mensen": ("functions", "hours", "has_plan")} | {
    "slot": ("plan_places", "why_not")
}

Key = tuple[str, str]  # question and school; no school for the library


def one_of(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


WORDS = {State.UNKNOWN: "onbekend", State.NOT_APPLICABLE: "nvt"}
NUMBERS = {"n_books", "plan_places"}

VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "cooperation": one_of("yes", "yes", "no", None),
    "topics": one_of(("reading",), ("digital",), ("reading", "digital"), None),
    "n_books": one_of(0, 7, 1200, State.UNKNOWN, None),
    "functions": one_of(("specialist",), ("consultant",), ("specialist", "consultant"), ("none",), None),
    "hours": one_of(
        {"specialist": Decimal("4"), "consultant": Decimal("9.5")},
        {"specialist": Decimal("9.5"), "consultant": State.UNKNOWN},
        {"consultant": Decimal("4")},
        {"specialist": State.NOT_APPLICABLE},
        {},
    ),
    "has_plan": one_of("yes", "no", None),
    "plan_places": one_of(0, 1, 5, State.NOT_APPLICABLE, None),
    "why_not": one_of("geen tijd", "é\n🙂", None),
}


def given_of(value: Any) -> Given:
    return Given(None, value) if isinstance(value, State) else Given(value or None if value == {} else value)


@dataclass(frozen=True)
class Now:
    """An answer as it should be stored."""

    given: Given = BLANK
    version: int = 0
