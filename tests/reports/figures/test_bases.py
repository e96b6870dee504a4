"""Who is in a figure: answered, missing, not asked, and in which group."""

from reports.figures import show
from tests.reports.figures.items import GOAL, PARTNERS, Cell, base, national, one_group


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
