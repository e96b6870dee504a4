"""Every measure of every kind of question, with its worked number."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from reports.figures import Class
from tests.reports.figures.items import (
    ATTENTION,
    COOPERATION,
    GOAL,
    HOURS,
    MEMBERS,
    MONITOR,
    OUTLOOK,
    PARTNERS,
    SCORE,
    Cell,
    base,
    counts_of,
    national,
    one_group,
)

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


def test_the_mean_number_of_options_leaves_out_none_and_parents_of_chosen_options():
    found = national(one_group("municipality;poi", "municipality", "none", "", item=PARTNERS), PARTNERS)
    assert found["partners", "any", "national", "mean"].value == 1
    found = national(one_group("talks;dbos;dbos_local", "dbos", item=MONITOR), MONITOR)
    assert found["monitor", "any", "national", "mean"].value == Fraction(3, 2)


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


def test_numbers_are_counted_in_classes():
    item = replace(
        MEMBERS, classes=(Class("lt_3000", 0, 3000), Class("3000_5000", 3000, 5000), Class("more", 5000, None))
    )
    found = national(one_group("2999", "3000", "4999.5", "5000", "", item=item), item)
    assert [found["members", code, "national", "share"].k for code in ("lt_3000", "3000_5000", "more")] == [1, 2, 1]
    assert found["members", "more", "national", "share"].n == 4


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
