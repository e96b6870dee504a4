"""How people write numbers: what is understood, and what could mean something else and is refused."""

import pytest

from surveys.cells import CellRefused, read_integer, read_number


@pytest.mark.parametrize(
    ("typed", "number"),
    [("12", 12), (" 1.200 ", 1200), ("12.345.678", 12_345_678), ("-1.200", -1200), ("1 200", 1200), ("007", 7)],
)
def test_a_whole_number_may_have_points_between_thousands(typed: str, number: int) -> None:
    assert read_integer(typed, "pupils") == number


@pytest.mark.parametrize("typed", ["1.5", "0.125", ".500", "-0.500", "12345.678", "1.200.5", "1,200", "1e3", "١٢"])
def test_what_may_be_a_fraction_is_no_whole_number(typed: str) -> None:
    with pytest.raises(CellRefused):
        read_integer(typed, "pupils")


@pytest.mark.parametrize(
    ("typed", "number"),
    [("12,5", "12.5"), ("12.50", "12.50"), ("-0", "0"), ("-0,00", "0"), ("-2,5", "-2.5"), ("1 200,5", "1200.5")],
)
def test_a_number_may_have_a_comma_or_a_point_before_its_decimals(typed: str, number: str) -> None:
    assert str(read_number(typed, "hours")) == number


@pytest.mark.parametrize("typed", ["1.000", "1.200,50", "12,345", "1e3", "NaN", "-Infinity", "1_000", "١٢", "9" * 13])
def test_what_may_be_thousands_is_no_number_with_decimals(typed: str) -> None:
    with pytest.raises(CellRefused):
        read_number(typed, "hours")
