"""Figures from submissions: every measure with its worked number, and the laws that hold for all answers."""

import random
from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.figures import (
    Class,
    Figure,
    FigureSet,
    Item,
    Kind,
    Tally,
    dutch,
    figures,
    half_up,
    merge,
    percent,
    show,
    show_of,
    show_percent,
    tally,
)


def counts_of(cells: list[str | None]) -> dict[str, int]:
    """A roster column as snapshots count it."""
    return dict(Counter(cell for cell in cells if cell is not None))


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


def one_group(*cells: str | None, item: Item) -> list[tuple[str, str, dict[str, Any]]]:
    """A submission per cell, all in one province and size class."""
    return [("Drenthe", "klein", {"answers": {item.code: cell}, "counts": {}}) for cell in cells]


def national(submissions: Any, *items: Item, frame: Any = ()) -> FigureSet:
    found = figures(tally(submissions, items), items, frame)
    return FigureSet("po", "2021-2022", {figure.key: figure for figure in found})


def base(figure: Figure | None) -> tuple[int, int, int, int]:
    assert figure is not None
    return figure.k, figure.n, figure.n_missing, figure.N


# --- Rounding and showing


def test_percent_rounds_halves_up_exactly():
    assert percent(85, 136) == 63  # 62.5%, which floating point and "half even" make 62
    assert percent(124, 135) == 92
    assert percent(1, 3) == 33
    assert percent(0, 7) == 0


@given(st.integers(1, 10_000), st.data())
def test_percent_is_monotone_and_within_half_a_point(n, data):
    k = data.draw(st.integers(0, n))
    more = data.draw(st.integers(k, n))
    assert percent(k, n) <= percent(more, n) <= 100
    assert abs(Fraction(100 * k, n) - percent(k, n)) <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("k", "n", "shown"),
    [(0, 500, "0%"), (1, 500, "<1%"), (499, 500, ">99%"), (500, 500, "100%"), (85, 136, "63%"), (1, 100, "1%")],
)
def test_only_none_is_0_percent_and_only_all_is_100_percent(k, n, shown):
    assert show_percent(k, n) == shown


def share(k: int, n: int, **other: Any) -> Figure:
    return Figure("q", "a", "national", "share", "libraries", k, n, 0, n, **other)


def test_a_share_of_fewer_than_ten_is_shown_as_counts():
    assert show(share(5, 9)) == "5 van de 9"
    assert show(share(5, 10)) == "50%"
    assert show_of(share(124, 135)) == "124 van de 135"
    assert show(share(0, 0)) == "–"  # noqa: RUF001


def test_numbers_are_shown_with_dutch_signs_and_means_with_one_decimal():
    assert show(Figure("q", "", "national", "sum", "locations", 4886, 130, 0, 130)) == "4.886"
    assert show(Figure("q", "", "national", "mean", "hours", 37, 2, 0, 2)) == "18,5"
    assert show(Figure("q", "", "national", "median", "hours", 37, 4, 0, 4, scale=10)) == "3,7"
    assert dutch(Decimal("1234567.25")) == "1.234.567,25"
    assert half_up(Fraction(37, 2), 0) == 19
    assert half_up(Fraction(1, 8), 2) == Decimal("0.13")


def test_a_published_total_has_a_value_and_no_counts():
    approximate = share(0, 0, flag="published", published_value=Decimal(60), is_approximate=True)
    assert (approximate.percent, show(approximate), approximate.bounds) == (60, "circa 60%", None)
    assert show(share(0, 7, flag="published", published_value=Decimal("6.7"))) == "7%"


def test_bounds_hold_whatever_the_absent_would_have_said():
    assert Figure("q", "a", "national", "share", "libraries", 85, 130, 3, 137).bounds == (62, 67)


# --- Who is in a figure


def test_blank_and_states_are_missing_and_not_asked_is_not_in_the_figure():
    cells = one_group("municipality", "none", "", "unknown", "not_applicable", None, item=PARTNERS)
    found = national(cells, PARTNERS, frame=[Cell("Drenthe", "klein", 9, 6)])
    assert base(found.find("partners", "municipality")) == (1, 2, 3, 5)


def test_an_option_called_unknown_is_an_answer():
    found = national(one_group("yes", "unknown", "", item=GOAL), GOAL)
    assert base(found.find("goal", "unknown")) == (1, 2, 1, 3)


def test_without_a_route_the_eligible_include_those_who_submitted_nothing():
    frame = [Cell("Drenthe", "klein", 5, 3)]
    assert base(national(one_group("yes", "no", "", item=GOAL), GOAL, frame=frame).find("goal", "yes")) == (1, 2, 1, 5)


def test_response_is_a_figure_of_its_own():
    frame = [Cell("Drenthe", "klein", 100, 99), Cell("Zeeland", "xl", 37, 36)]
    found = national([], frame=frame)
    assert base(found.find("response")) == (135, 137, 0, 137)
    assert show(found["response", "", "national", "share"]) == "99%"
    assert base(found.find("response", group="province:Zeeland")) == (36, 37, 0, 37)


def test_groups_add_up_and_stand_in_reading_order():
    submissions = [
        ("Zeeland", "xl", {"answers": {"goal": "yes"}, "counts": {}}),
        ("Drenthe", "xl", {"answers": {"goal": "yes"}, "counts": {}}),
        ("Drenthe", "klein", {"answers": {"goal": "no"}, "counts": {}}),
    ]
    found = national(submissions, GOAL)
    yes = {figure.group: (figure.k, figure.n) for figure in found.values() if figure.key[1::2] == ("yes", "share")}
    assert list(yes.items()) == [
        ("national", (2, 3)),
        ("province:Drenthe", (1, 2)),
        ("province:Zeeland", (1, 1)),
        ("size:klein", (0, 1)),
        ("size:xl", (2, 2)),
    ]


def test_a_figure_nobody_answered_exists_without_a_value():
    figure = national(one_group(None, item=PARTNERS), PARTNERS)["partners", "poi", "national", "share"]
    assert (base(figure), figure.value, figure.percent) == ((0, 0, 0, 0), None, None)


# --- Options


def test_options_are_counted_per_respondent_and_any_leaves_out_none():
    found = national(one_group("municipality", "municipality;poi", "none", "", item=PARTNERS), PARTNERS)
    assert base(found.find("partners", "municipality")) == (2, 3, 1, 4)
    assert base(found.find("partners", "poi")) == (1, 3, 1, 4)
    assert base(found.find("partners", "none")) == (1, 3, 1, 4)
    assert base(found.find("partners", "any")) == (2, 3, 1, 4)
    assert found["partners", "any", "national", "count"].value == 2


def test_a_parent_is_the_union_of_itself_and_its_children():
    found = national(one_group("dbos_national;dbos_local", "dbos", "dbos_local", "talks", item=MONITOR), MONITOR)
    assert found["monitor", "dbos", "national", "share"].k == 3
    assert found["monitor", "dbos_local", "national", "share"].k == 2


def test_a_single_choice_has_no_any():
    assert national(one_group("yes", item=GOAL), GOAL).find("goal", "any") is None


def test_school_questions_count_locations_and_say_of_how_many_libraries():
    rows: list[list[str | None]] = [
        ["structural", "none", ""],
        ["", "unknown"],  # a library without any answer
        [None, "structural"],
    ]
    submissions = [("Drenthe", "klein", {"answers": {}, "counts": {"cooperation": counts_of(cells)}}) for cells in rows]
    frame = [Cell("Drenthe", "klein", 5, 3, 20, 8)]
    figure = national(submissions, COOPERATION, frame=frame)["cooperation", "structural", "national", "share"]
    assert (base(figure), figure.unit, figure.n_libraries) == ((2, 3, 3, 18), "locations", 2)


# --- Scales


def test_a_scale_has_its_distribution_and_the_share_of_the_named_categories():
    cells = [("some", "none"), ("much", ""), ("little", "some")]
    submissions = [
        ("Drenthe", "klein", {"answers": {"attention.media": media, "attention.ict": ict}, "counts": {}})
        for media, ict in cells
    ]
    found = national(submissions, ATTENTION)
    assert base(found.find("attention", "media.some")) == (1, 3, 0, 3)
    assert base(found.find("attention", "media.positive")) == (2, 3, 0, 3)
    assert base(found.find("attention", "ict.positive")) == (1, 2, 1, 3)
    assert found.find("attention", "media", measure="mean") is None


def test_a_scale_of_numbers_has_a_mean_score():
    submissions = [
        ("Drenthe", "klein", {"answers": {"score.vmbo": cell}, "counts": {}}) for cell in ("1", "2", "5", "")
    ]
    found = national(submissions, SCORE)
    assert found["score", "vmbo", "national", "mean"].value == Fraction(8, 3)
    assert found.find("score", "vmbo.positive") is None


# --- Numbers


def test_numbers_have_all_their_measures():
    found = national(one_group("0", "2", "3.5", "", item=MEMBERS), MEMBERS)
    values = {measure: found["members", "", "national", measure].value for measure in ("sum", "mean", "median")}
    assert values == {"sum": Fraction(11, 2), "mean": Fraction(11, 6), "median": 2}
    assert found["members", "", "national", "min"].value == 0
    assert found["members", "", "national", "max"].value == Fraction(7, 2)
    assert base(found.find("members")) == (2, 3, 1, 4)
    assert found["members", "", "national", "sum"].unit == "members"


def test_the_median_of_an_even_number_lies_between_the_middle_two():
    assert (
        national(one_group("9", "1", "4", "2", item=MEMBERS), MEMBERS)["members", "", "national", "median"].value == 3
    )
    figure = national(one_group("1.5", "2", item=MEMBERS), MEMBERS)["members", "", "national", "median"]
    assert (figure.k, figure.scale, figure.value) == (35, 20, Fraction(7, 4))


@given(st.lists(st.integers(-500, 500), min_size=1))
def test_numbers_agree_with_arithmetic_on_fractions(hundredths):
    cells = [f"{'-' if number < 0 else ''}{abs(number) // 100}.{abs(number) % 100:02}" for number in hundredths]
    found = national(one_group(*cells, item=MEMBERS), MEMBERS)
    ordered = sorted(Fraction(number, 100) for number in hundredths)
    n = len(ordered)
    assert found["members", "", "national", "sum"].value == sum(ordered)
    assert found["members", "", "national", "mean"].value == sum(ordered) / n
    assert found["members", "", "national", "median"].value == (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    assert found["members", "", "national", "min"].value == ordered[0]
    assert found["members", "", "national", "max"].value == ordered[-1]


def test_a_number_per_option_has_its_sum_each_part_and_the_part_of_the_sum():
    cells = [("52", "50", "2"), ("21", "2", "19"), ("", "", "")]
    submissions = [
        ("Drenthe", "klein", {"answers": {"hours": a, "hours.consultant": b, "hours.volunteer": c}, "counts": {}})
        for a, b, c in cells
    ]
    found = national(submissions, HOURS)
    assert found["hours", "", "national", "sum"].value == 73
    assert found["hours", "consultant", "national", "mean"].value == 26
    part = found["hours", "consultant", "national", "pooled_share"]
    assert (part.k, part.n, part.percent, part.n_libraries) == (52, 73, 71, 2)


def test_a_text_is_only_counted():
    found = national(one_group("*", "", "*", item=OUTLOOK), OUTLOOK)
    assert base(found.find("outlook", measure="count")) == (2, 2, 1, 3)
    assert found.find("outlook") is None


# --- Totals and pooled shares


def of_base(measure: str, option: str, item: Item, *pairs: tuple[str | None, str | None]) -> Figure:
    """The figure of these pairs of the number itself and its base."""
    (base_code,) = item.bases
    submissions = [("Drenthe", "klein", {"answers": {item.code: y, base_code: x}, "counts": {}}) for y, x in pairs]
    return national(submissions, LOCATIONS, COOPERATING, PLANS)[item.code, option, "national", measure]


def pooled(*pairs: tuple[str | None, str | None], **frame: int) -> Figure:
    submissions = [
        ("Drenthe", "klein", {"answers": {"cooperating": y, "locations": x}, "counts": {}}) for y, x in pairs
    ]
    cell = [Cell("Drenthe", "klein", **frame)] if frame else []
    found = national(submissions, LOCATIONS, COOPERATING, frame=cell)
    return found["cooperating", "locations", "national", "pooled_share"]


def test_a_pooled_share_divides_the_sums():
    figure = pooled(("2", "10"), ("5", "10"))
    assert (base(figure), figure.percent, figure.unit, figure.n_libraries) == ((7, 20, 0, 20), 35, "locations", 2)


def test_a_pooled_share_of_the_roster_counts_open_and_absent_locations_as_eligible():
    figure = pooled(("2", "10"), (None, "4"), n_libraries=3, n_submitted=2, n_locations=20, n_locations_submitted=14)
    assert base(figure) == (2, 10, 4, 20)


def test_a_total_that_could_not_be_computed_is_missing():
    submissions = one_group("2", None, "0", item=COOPERATING)
    figure = national(submissions, LOCATIONS, COOPERATING)["cooperating", "", "national", "share"]
    assert base(figure) == (1, 2, 1, 3)


def test_a_share_of_a_base_counts_only_libraries_that_have_the_base():
    figure = of_base("share", "locations", COOPERATING, ("2", "10"), ("5", "10"), ("0", "5"), (None, "4"), ("0", "0"))
    assert (base(figure), figure.unit) == ((2, 3, 1, 4), "libraries")


def test_a_pooled_share_leaves_out_libraries_that_were_not_asked_and_says_so_of_all():
    pairs = (("3", "4"), (None, "6"), ("", "5"))
    assert base(of_base("pooled_share", "cooperating", PLANS, *pairs)) == (3, 4, 5, 9)
    assert base(of_base("pooled_share", "cooperating.all", PLANS, *pairs)) == (3, 10, 5, 15)


def test_numbers_are_counted_in_classes():
    item = replace(
        MEMBERS, classes=(Class("lt_3000", 0, 3000), Class("3000_5000", 3000, 5000), Class("more", 5000, None))
    )
    found = national(one_group("2999", "3000", "4999.5", "5000", "", item=item), item)
    assert [found["members", code, "national", "share"].k for code in ("lt_3000", "3000_5000", "more")] == [1, 2, 1]
    assert found["members", "more", "national", "share"].n == 4


def test_the_mean_number_of_options_leaves_out_none_and_parents_of_chosen_options():
    found = national(one_group("municipality;poi", "municipality", "none", "", item=PARTNERS), PARTNERS)
    assert found["partners", "any", "national", "mean"].value == 1
    found = national(one_group("talks;dbos;dbos_local", "dbos", item=MONITOR), MONITOR)
    assert found["monitor", "any", "national", "mean"].value == Fraction(3, 2)


# --- Laws


ITEMS = (PARTNERS, GOAL, MONITOR, MEMBERS, TOPICS, LOCATIONS, COOPERATING)
STATES = ["", "unknown", "not_applicable", None]


def cells_of(item: Item) -> st.SearchStrategy[str | None]:
    if item.kind in (Kind.NUMBER, Kind.TOTAL):
        return st.one_of(st.sampled_from(STATES), st.integers(0, 40).map(str))
    if item.kind is Kind.ONE:
        return st.sampled_from([*item.options, *STATES])
    chosen = st.lists(st.sampled_from(sorted(set(item.options) - item.exclusive)), min_size=1, unique=True)
    return st.one_of(st.sampled_from([*sorted(item.exclusive), *STATES]), chosen.map(";".join))


SUBMISSIONS = st.lists(
    st.tuples(
        st.sampled_from(["Drenthe", "Zeeland"]),
        st.sampled_from(["klein", "xl"]),
        st.fixed_dictionaries(
            {
                "answers": st.fixed_dictionaries(
                    {item.code: cells_of(item) for item in ITEMS if not item.is_per_school}
                ),
                "counts": st.fixed_dictionaries({TOPICS.code: st.lists(cells_of(TOPICS), max_size=4).map(counts_of)}),
            }
        ),
    ),
    max_size=12,
)


def plain(counted: Tally) -> dict[Any, Any]:
    """Without columns in which nothing was counted."""
    return {
        group: {column: dict(cells) for column, cells in counts.items() if cells} for group, counts in counted.items()
    }


@given(SUBMISSIONS, st.integers(1, 5), st.randoms())
def test_tallies_of_chunks_add_up_to_the_tally_of_the_whole_in_any_order(submissions, size, shuffler):
    chunks = [submissions[at : at + size] for at in range(0, len(submissions), size)]
    tallies = [tally(chunk, ITEMS) for chunk in chunks]
    shuffler.shuffle(tallies)
    whole = tally(submissions, ITEMS)
    assert plain(merge(tallies)) == plain(whole)
    assert plain(merge([merge(tallies[:2]), merge(tallies[2:])])) == plain(whole)


def test_merging_leaves_the_tallies_as_they_were():
    one = tally(one_group("yes", item=GOAL), (GOAL,))
    merge([one, one])
    assert plain(one) == plain(tally(one_group("yes", item=GOAL), (GOAL,)))


@given(SUBMISSIONS)
def test_figures_keep_their_laws_whatever_was_answered(submissions):
    found = national(submissions, *ITEMS, frame=[Cell("Drenthe", "klein", 13, 12, 60, 48)])
    for figure in found.values():
        assert figure.n + figure.n_missing <= figure.N
        if figure.measure in ("share", "count"):
            assert 0 <= figure.k <= figure.n
    for group in {figure.group for figure in found.values()}:

        def k(question: str, option: str, group: str = group) -> int:
            return found[question, option, group, "share"].k

        assert sum(k("goal", option) for option in GOAL.options) == found["goal", "yes", group, "share"].n
        assert k("monitor", "dbos") >= max(k("monitor", "dbos_national"), k("monitor", "dbos_local"))
        for item in (PARTNERS, MONITOR, TOPICS):
            named = [k(item.code, option) for option in item.options if option not in item.exclusive]
            assert max(named) <= k(item.code, "any") <= min(sum(named), found[item.code, "any", group, "share"].n)


def test_national_is_the_sum_of_the_provinces_and_of_the_size_classes():
    shuffler = random.Random(3)  # noqa: S311
    submissions = [
        (
            shuffler.choice(["Drenthe", "Zeeland", "Utrecht"]),
            shuffler.choice(["klein", "groot"]),
            {"answers": {"members": str(shuffler.randint(0, 90)), "partners": "poi"}, "counts": {}},
        )
        for _ in range(50)
    ]
    found = national(submissions, PARTNERS, MEMBERS)
    for measure, question, option in (("sum", "members", ""), ("count", "partners", "poi")):
        for kind in ("province:", "size:"):
            parts = [figure for key, figure in found.items() if key[2].startswith(kind)]
            total = sum(f.k for f in parts if (f.question, f.option, f.measure) == (question, option, measure))
            assert total == found[question, option, "national", measure].k
