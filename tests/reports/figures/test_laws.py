"""The laws that hold whatever was answered."""

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reports.figures import Item, Kind, Tally, merge, tally
from tests.reports.figures.items import (
    COOPERATING,
    GOAL,
    LOCATIONS,
    MEMBERS,
    MONITOR,
    PARTNERS,
    TOPICS,
    Cell,
    counts_of,
    national,
    one_group,
)

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
