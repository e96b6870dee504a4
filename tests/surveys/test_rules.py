"""The rules: every operator with and without a value, the path and the totals."""

from decimal import Decimal

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from surveys import rules
from surveys.instrument import Given, Operator, State, Value
from surveys.rules import Facts
from tests.factories import instrument


def facts(
    answers: dict[str, Value] | None = None,
    rows: dict[str, dict[str, Value]] | None = None,
    **library: str | int,
) -> Facts:
    return Facts(
        library=library,
        answers={code: Given(value) for code, value in (answers or {}).items()},
        rows={school: {code: Given(value) for code, value in row.items()} for school, row in (rows or {}).items()},
    )


# --- The truth table: operator x (missing, matching value, other value) ---
TRUTH = [
    (Operator.IN, ("yes", "maybe"), "yes", "no"),
    (Operator.NOT_IN, ("yes", "maybe"), "no", "yes"),
    (Operator.CONTAINS, ("poi",), ("municipality", "poi"), ("municipality",)),
    (Operator.LACKS, ("none",), ("poi",), ("none",)),
    (Operator.AT_LEAST, ("2",), 2, 1),
    (Operator.AT_LEAST, ("2.5",), Decimal("2.5"), Decimal("2.4")),
    (Operator.AT_MOST, ("2",), 2, 3),
]


@pytest.mark.parametrize(("operator", "constants", "fitting", "other"), TRUTH)
def test_comparison_is_true_only_for_a_fitting_value(
    operator: Operator, constants: tuple[str, ...], fitting: Value, other: Value
) -> None:
    assert rules.compare(operator, fitting, constants) is True
    assert rules.compare(operator, other, constants) is False


@pytest.mark.parametrize(("operator", "constants"), [(row[0], row[1]) for row in TRUTH])
def test_comparison_with_a_missing_value_is_false(operator: Operator, constants: tuple[str, ...]) -> None:
    assert rules.compare(operator, None, constants) is False


@pytest.mark.parametrize("value", ["yes", ("poi",), 0, Decimal(0), {"row": "some"}])
def test_only_answered_and_not_answered_look_at_missingness(value: Value) -> None:
    assert rules.compare(Operator.ANSWERED, value, ()) is True
    assert rules.compare(Operator.NOT_ANSWERED, value, ()) is False
    assert rules.compare(Operator.ANSWERED, None, ()) is False
    assert rules.compare(Operator.NOT_ANSWERED, None, ()) is True


def test_truth_table_covers_every_operator() -> None:
    assert {row[0] for row in TRUTH} | {Operator.ANSWERED, Operator.NOT_ANSWERED} == set(Operator)


@pytest.mark.parametrize("state", [State.UNKNOWN, State.NOT_APPLICABLE])
def test_unknown_and_not_applicable_read_as_missing_but_count_as_answered(state: State) -> None:
    given = Given(None, state)
    assert given.is_missing
    assert given.is_answered


# --- Path ---
SMALL = instrument("small")


def test_question_applies_once_a_total_over_the_roster_says_so() -> None:
    without = rules.path(SMALL, facts(rows={"a": {"cooperation": "no"}}))
    with_one = rules.path(SMALL, facts(rows={"a": {"cooperation": "no"}, "b": {"cooperation": "yes"}}))
    assert "partners" not in without.questions
    assert "partners" in with_one.questions
    assert with_one.rows == {"a": frozenset({"cooperation"}), "b": frozenset({"cooperation", "topics"})}


def test_hidden_answer_reads_as_missing_and_comes_back() -> None:
    answers: dict[str, Value] = {"has_targets": "no", "target_topics": "leesplezier"}
    hidden = rules.path(SMALL, facts(answers))
    library, _rows = rules.on_path(facts(answers), hidden)
    assert "target_topics" not in library
    back = rules.path(SMALL, facts(answers | {"has_targets": "yes"}))
    library, _rows = rules.on_path(facts(answers), back)
    assert library["target_topics"].value == "leesplezier"


def test_total_over_nothing_answered_is_missing_not_zero() -> None:
    assert rules.path(SMALL, facts(rows={"a": {}, "b": {}})).totals["cooperating_locations"] is None
    assert rules.path(SMALL, facts(rows={"a": {"cooperation": "no"}, "b": {}})).totals["cooperating_locations"] == 0


def test_total_without_condition_counts_all_rows() -> None:
    assert rules.path(SMALL, facts(rows={"a": {}, "b": {}})).totals["locations"] == 2
    assert rules.path(SMALL, facts()).totals["locations"] == 0


@pytest.mark.parametrize("chosen", [(), ("volunteer",)], ids=["nothing chosen", "only what needs no number"])
def test_numbers_per_option_are_not_asked_without_an_option_to_ask_for(chosen: tuple[str, ...]) -> None:
    kind = instrument("number_per_option")
    assert "hours" not in rules.path(kind, facts({"functions": chosen} if chosen else {})).questions
    assert "hours" in rules.path(kind, facts({"functions": (*chosen, "specialist")})).questions


ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "has_targets": st.sampled_from(["yes", "no", "unknown"]),
        "target_topics": st.text(min_size=1, max_size=5),
        "partners": st.sets(st.sampled_from(["municipality", "poi"]), min_size=1).map(lambda s: tuple(sorted(s))),
        "hours": st.integers(0, 300).map(Decimal),
        "plan_locations": st.integers(0, 3),
    },
)
ROWS = st.dictionaries(
    st.sampled_from("abc"),
    st.fixed_dictionaries(
        {}, optional={"cooperation": st.sampled_from(["yes", "no"]), "topics": st.just(("reading",))}
    ),
)


@for_all(ANSWERS, ROWS)
def test_path_never_changes_an_answer_and_counted_answers_are_on_it(
    answers: dict[str, Value], rows: dict[str, dict[str, Value]]
) -> None:
    before = facts(answers, rows)
    route = rules.path(SMALL, before)
    assert before == facts(answers, rows)
    library, counted = rules.on_path(before, route)
    assert set(library) <= route.questions
    assert all(set(row) <= route.rows[school] for school, row in counted.items())
    assert rules.path(SMALL, before) == route


@for_all(ANSWERS, ROWS)
def test_open_questions_and_progress_agree(answers: dict[str, Value], rows: dict[str, dict[str, Value]]) -> None:
    known = facts(answers, rows)
    route = rules.path(SMALL, known)
    parts = rules.progress(SMALL, known, route).values()
    asked = len(route.questions) + sum(len(codes) for codes in route.rows.values())
    assert sum(part.asked for part in parts) == asked
    assert sum(part.asked - part.answered for part in parts) == len(rules.open_questions(SMALL, known, route))
