"""Totals over the roster, and what is pooled over libraries with the base it is a share of."""

from reports.figures import Figure, Item
from tests.reports.figures.items import COOPERATING, LOCATIONS, PLANS, Cell, base, national, one_group


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
