"""How a figure is rounded and written."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.figures import Figure, dutch, half_up, percent, show, show_of, show_percent


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
