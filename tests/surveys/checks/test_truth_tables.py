"""Checks on one answer, on sums and counts, on change since the last wave and on whole rows: truth tables."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from surveys import checks, rules
from surveys.checks import Fault, Finding, measure
from surveys.instrument import BLANK, Check, Given, Severity, State, Value
from surveys.rules import Facts
from surveys.wording import finding_message
from tests.factories import instrument

UNKNOWN = Given(None, State.UNKNOWN)
NOT_APPLICABLE = Given(None, State.NOT_APPLICABLE)
MISSING = [BLANK, UNKNOWN, NOT_APPLICABLE]
SMALL, SUMS, TOTALS, CHANGE, WHOLE_ROW = map(instrument, ("small", "sums", "totals", "change", "complete_row"))


def findings(kind: Any, facts: Facts) -> list[Finding]:
    return checks.findings(kind, facts, rules.path(kind, facts))


def codes(kind: Any, facts: Facts) -> list[str]:
    return [finding.code for finding in findings(kind, facts)]


# ---- On one answer ---------------------------------------------------------------------------------------------------


ONE_COOPERATES = {"a": {"cooperation": Given("yes")}}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"hours": Given(Decimal("1"))}, []),
        ({"hours": Given(Decimal("0.5"))}, ["hours_unusual"]),
        ({"hours": Given(Decimal("201"))}, ["hours_unusual"]),
        ({"hours": Given(Decimal("-1"))}, [Fault.NEGATIVE, "hours_unusual"]),
        ({"plan_locations": Given(1)}, []),
        ({"plan_locations": Given(2)}, ["plan_at_most_cooperating"]),
        ({"partners": Given(("poi", "none"))}, [Fault.EXCLUSIVE]),
        ({"partners": Given(("other",))}, [Fault.TEXT_NEEDED]),
        ({"partners": Given(("other",), other_text="het museum")}, []),
        ({"hours": Given(None, State.UNKNOWN)}, []),
    ],
)
def test_checks(answers: dict[str, Given], expected: list[str]) -> None:
    assert codes(SMALL, Facts(answers=answers, rows=ONE_COOPERATES)) == expected


def test_check_on_an_answer_off_the_path_is_quiet() -> None:
    facts = Facts(answers={"plan_locations": Given(9)}, rows={"a": {"cooperation": Given("no")}})
    assert codes(SMALL, facts) == []


def test_top_three_allows_three() -> None:
    top3 = instrument("top3")
    question = next(iter(top3.questions.values()))
    options = tuple(option.code for option in question.options if not (option.is_exclusive or option.has_text))
    assert codes(top3, Facts(answers={question.code: Given(options[:3])})) == []
    assert codes(top3, Facts(answers={question.code: Given(options[:4])})) == [Fault.TOO_MANY]


def test_number_of_an_option_that_is_no_longer_chosen_stands_in_nobodys_way() -> None:
    kind = instrument("number_per_option")
    hours = Given({"specialist": Decimal(8), "consultant": Decimal(-1)})
    both = {"functions": Given(("specialist", "consultant")), "hours": hours}
    assert [finding.fault for finding in findings(kind, Facts(answers=both))] == [Fault.NEGATIVE]
    assert findings(kind, Facts(answers={"functions": Given(("specialist",)), "hours": hours})) == []


# ---- What is compared ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        *((missing, None) for missing in MISSING),
        (Given(Decimal("3"), State.UNKNOWN), None),
        (Given(0), Decimal(0)),
        (Given(12), Decimal(12)),
        (Given(12, State.ESTIMATE), Decimal(12)),
        (Given(Decimal("9.5")), Decimal("9.5")),
        (Given({"a": Decimal(2), "b": Decimal("0.5")}), Decimal("2.5")),
        (Given({}), None),
        (Given(("a", "b")), Decimal(2)),
        (Given(()), Decimal(0)),
        (Given({"row": "much"}), None),
        (Given("yes"), None),
    ],
)
def test_measure_is_the_number_the_sum_or_how_many_are_chosen(given: Given, expected: Decimal | None) -> None:
    assert measure(given) == expected


BOTH = Given(("specialist", "consultant"))
HOURS = Given({"specialist": Decimal(20), "consultant": Decimal(10)})
SOME: dict[str, Decimal | State] = {"specialist": Decimal(20), "consultant": State.UNKNOWN}
PARTLY = Given(SOME)


@pytest.mark.parametrize(
    ("answers", "fires"),
    [
        # The sum of the numbers and of what is added, against the other question.
        ({"functions": BOTH, "hours": HOURS, "all_hours": Given(Decimal(30))}, False),
        ({"functions": BOTH, "hours": HOURS, "all_hours": Given(Decimal(29))}, True),
        ({"functions": BOTH, "hours": HOURS, "extra_hours": Given(Decimal(1)), "all_hours": Given(Decimal(30))}, True),
        # What is missing adds nothing and bounds nothing; without the checked answer there is nothing to check.
        *(
            ({"functions": BOTH, "hours": HOURS, "extra_hours": missing, "all_hours": Given(Decimal(30))}, False)
            for missing in MISSING
        ),
        *(({"functions": BOTH, "hours": HOURS, "all_hours": missing}, False) for missing in MISSING),
        *(
            ({"functions": BOTH, "hours": missing, "extra_hours": Given(9), "all_hours": Given(1)}, False)
            for missing in MISSING
        ),
        # Of a sum that is partly unknown the known part counts; a bound that is partly unknown bounds nothing.
        ({"functions": BOTH, "hours": PARTLY, "all_hours": Given(Decimal(20))}, False),
        ({"functions": BOTH, "hours": PARTLY, "all_hours": Given(Decimal(19))}, True),
        # Hours of a function that is no longer chosen are hidden, and so is the question when none is chosen.
        ({"functions": Given(("specialist",)), "hours": HOURS, "all_hours": Given(Decimal(20))}, False),
        ({"hours": HOURS, "all_hours": Given(Decimal(1))}, False),
    ],
)  # fmt: skip
def test_a_sum_is_at_most_another_answer(answers: dict[str, Given], fires: bool) -> None:
    assert ("hours_at_most_all" in codes(SUMS, Facts(answers=answers))) is fires


@pytest.mark.parametrize(
    ("hours", "fires"),
    [
        (HOURS, True),
        (PARTLY, False),
        (Given(SOME | {"consultant": State.NOT_APPLICABLE}), True),
        (Given({"specialist": Decimal(20)}), True),
    ],
)
@pytest.mark.parametrize("limit", [{"minimum": Decimal(31)}, {"at_most_question": "hours"}])
def test_a_sum_that_is_partly_unknown_is_not_too_low_and_bounds_nothing(
    limit: dict[str, Any], hours: Given, fires: bool
) -> None:
    question = "all_hours" if "at_most_question" in limit else "hours"
    check = Check("c", Severity.HARD, question, "", **limit)
    facts = Facts(answers={"functions": BOTH, "hours": hours, "all_hours": Given(Decimal(31))})
    assert bool(findings(replace(SUMS, checks=(check,)), facts)) is fires


@pytest.mark.parametrize(
    ("books", "fires"),
    [(Given(4), False), (Given(3), True), (BLANK, True), (UNKNOWN, False), (NOT_APPLICABLE, True)],
)
@pytest.mark.parametrize("cooperates", [True, False])
def test_a_total_that_is_partly_unknown_bounds_nothing(books: Given, fires: bool, cooperates: bool) -> None:
    check = Check("c", Severity.HARD, "plan_locations", "", at_most_total="books")
    reads = {"cooperation": Given("yes"), "topics": Given(("digital",)), "n_books": Given(6)}
    other = reads | {"cooperation": Given("yes" if cooperates else "no"), "n_books": books}
    facts = Facts(answers={"plan_locations": Given(10)}, rows={"a": reads, "b": other})
    assert bool(findings(replace(TOTALS, checks=(check,)), facts)) is (fires or not cooperates)


@pytest.mark.parametrize(
    ("people", "fires"), [(Given(2), False), (Given(1), True), *((missing, False) for missing in MISSING)]
)
def test_how_many_are_chosen_is_at_most_another_answer(people: Given, fires: bool) -> None:
    facts = Facts(answers={"functions": BOTH, "people": people})
    assert ("functions_at_most_people" in codes(SUMS, facts)) is fires


# ---- Change since the last wave --------------------------------------------------------------------------------------


def changed(now: dict[str, Given], then: dict[str, Given], school: str = "") -> list[Finding]:
    """The findings, with `then` as what last wave's answers compare with; what is not in it does not compare."""

    def compared(question: str, of: str) -> Given | None:
        return then.get(question) if of == school else None

    return findings(
        CHANGE, Facts(answers={} if school else now, rows={school: now} if school else {}, compared=compared)
    )


@pytest.mark.parametrize(
    ("then", "now", "fires"),
    [
        (1000, 1000, False),
        (1000, 1250, False),  # exactly the percentage
        (1000, 1251, True),
        (1000, 749, True),
        (1000, 750, False),
        (100, 200, False),  # over the percentage, at the floor
        (100, 201, True),
        (10, 110, False),
        (10_000, 10_200, False),  # over the floor, under the percentage
        (0, 100, False),
        (0, 101, True),  # any change of zero is over any percentage
        (101, 0, True),
    ],
)
def test_change_is_judged_by_percentage_and_by_floor(then: int, now: int, fires: bool) -> None:
    found = changed({"members": Given(now)}, {"members": Given(then)})
    expected = [("members_changed", Decimal(then), Decimal(now))] if fires else []
    assert [(one.code, one.before, one.now) for one in found] == expected


@pytest.mark.parametrize("missing", MISSING)
def test_without_two_numbers_there_is_no_change(missing: Given) -> None:
    assert changed({"members": missing}, {"members": Given(1)}) == []
    assert changed({"members": Given(9000)}, {"members": missing}) == []
    assert changed({"members": Given(9000)}, {}) == [], "does not compare"


@pytest.mark.parametrize(
    ("now", "then", "fires"),
    [
        ({"guests": 10, "members": 9000}, {"guests": 10, "members": 1000}, True),
        ({"guests": 10, "members": 1000}, {"guests": 10, "members": 1000}, False),
        ({"guests": 5000, "members": None}, {"guests": 10, "members": 1000}, True),
        ({"guests": 1000, "members": 1000}, {"guests": 1500, "members": None}, False),
        ({"guests": None, "members": 9000}, {"guests": 10, "members": 1000}, False),
        ({"guests": 9000, "members": 9000}, {"guests": None, "members": 10}, False),
        ({"guests": 9000, "members": 9000}, {"guests": 10}, False),  # half a sum does not compare
    ],
)
def test_change_of_a_sum(now: dict[str, int | None], then: dict[str, int | None], fires: bool) -> None:
    found = changed(
        {code: Given(number) for code, number in now.items()}, {code: Given(number) for code, number in then.items()}
    )
    assert ("together_changed" in [one.code for one in found]) is fires


def test_a_sum_that_is_partly_unknown_has_not_changed() -> None:
    check = Check("c", Severity.SOFT, "hours", "", change_percent=Decimal(10), change_floor=Decimal(1))

    def fires(then: Given, now: Given) -> bool:
        facts = Facts(answers={"functions": BOTH, "hours": now}, compared=lambda _question, _school: then)
        return bool(findings(replace(SUMS, checks=(check,)), facts))

    assert fires(HOURS, Given({"specialist": Decimal(20), "consultant": Decimal(0)}))
    assert not fires(HOURS, PARTLY)
    assert not fires(PARTLY, HOURS)


def test_change_is_judged_per_school() -> None:
    found = changed({"books": Given(Decimal("9.5"))}, {"books": Given(Decimal("4.5"))}, school="01AA00")
    assert [(one.code, one.school) for one in found] == [("books_changed", "01AA00")]
    assert finding_message(CHANGE.questions["books"], found[0]) == "Vorige keer 4,5, nu 9,5."
    assert changed({"books": Given(Decimal("9.5"))}, {}, school="01AA00") == []


NUMBERS = st.one_of(st.none(), st.integers(0, 10_000))


@for_all(NUMBERS, NUMBERS, st.integers(0, 300), st.integers(0, 500))
def test_a_change_fires_exactly_when_both_limits_are_passed(
    then: int | None, now: int | None, percent: int, floor: int
) -> None:
    check = Check("c", Severity.SOFT, "members", "", change_percent=Decimal(percent), change_floor=Decimal(floor))
    facts = Facts(answers={"members": Given(now)}, compared=lambda _question, _school: Given(then))
    is_over = then is not None and now is not None and abs(now - then) > max(floor, percent * then / 100)
    assert bool(findings(replace(CHANGE, checks=(check,)), facts)) is is_over


# ---- Whole rows ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "missing"),
    [
        ({}, None),
        ({"topics": Given(("reading",))}, None),  # does not apply, so it begins nothing
        ({"cooperation": Given("no")}, None),  # the others do not apply
        ({"cooperation": Given("yes")}, ("Onderwerpen", "bezoeken")),
        ({"cooperation": Given("yes"), "topics": Given(("reading",))}, ("bezoeken",)),
        ({"cooperation": Given("yes"), "topics": Given(("reading",)), "visits": Given(0)}, None),
        ({"cooperation": Given("yes"), "topics": UNKNOWN, "visits": NOT_APPLICABLE}, None),
        ({"cooperation": UNKNOWN}, None),
        ({"cooperation": Given("yes"), "topics": BLANK, "visits": Given(1)}, ("Onderwerpen",)),
    ],
)
def test_a_row_that_was_begun_is_complete(row: dict[str, Given], missing: tuple[str, ...] | None) -> None:
    found = findings(WHOLE_ROW, Facts(rows={"a": row, "b": {}}))
    assert [(one.question, one.school, one.severity, one.missing) for one in found] == (
        [("cooperation", "a", Severity.HARD, missing)] if missing else []
    )


@pytest.mark.parametrize(
    ("code", "value", "missing"),
    [
        ("attention", BLANK, None),
        ("attention", UNKNOWN, None),
        ("attention", Given({"media": "much"}), ("ICT-vaardigheden",)),
        ("attention", Given({"media": "much", "ict": "little"}), None),
        ("grants", BLANK, None),
        ("grants", NOT_APPLICABLE, None),
        ("grants", Given({"incidental": Decimal(0)}), ("structureel",)),
        ("grants", Given({"structural": Decimal(1), "incidental": Decimal(0)}), None),
    ],
)
def test_a_matrix_or_numbers_that_were_begun_are_complete(
    code: str, value: Given, missing: tuple[str, ...] | None
) -> None:
    found = findings(WHOLE_ROW, Facts(answers={code: value}))
    assert [(one.code, one.missing) for one in found] == ([(f"{code}_complete", missing)] if missing else [])


def test_the_message_says_what_is_missing() -> None:
    [found] = findings(WHOLE_ROW, Facts(rows={"a": {"cooperation": Given("yes")}}))
    message = finding_message(WHOLE_ROW.questions["cooperation"], found)
    assert message == "Vul de hele rij in. Nog open: Onderwerpen, bezoeken."


VALUES: dict[str, list[Value]] = {"cooperation": ["yes", "no"], "topics": [("reading",)], "visits": [0, 3]}
ROW = st.fixed_dictionaries(
    {},
    optional={
        code: st.one_of(st.sampled_from([*map(Given, values), *MISSING])) for code, values in VALUES.items()
    },
)  # fmt: skip


@for_all(st.dictionaries(st.sampled_from("abc"), ROW))
def test_a_begun_row_is_found_exactly_when_something_in_it_is_open(rows: dict[str, dict[str, Given]]) -> None:
    facts = Facts(rows=rows)
    still_open = {item.school for item in rules.open_questions(WHOLE_ROW, facts, rules.path(WHOLE_ROW, facts))}
    begun = {school for school, row in rows.items() if row.get("cooperation", BLANK).is_answered}
    assert {finding.school for finding in findings(WHOLE_ROW, facts)} == begun & still_open
