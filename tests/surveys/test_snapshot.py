"""A snapshot holds what was asked, counts what it holds, and reads back as what was answered."""

from decimal import Decimal

import pytest

from surveys import rules, snapshot
from surveys.instrument import Given, Instrument, State
from surveys.rules import Facts
from tests.factories import instrument


def taken(name: str, **answers: Given) -> tuple[Instrument, snapshot.Snapshot]:
    kind = instrument(name)
    facts = Facts(answers=answers)
    return kind, snapshot.build(kind, facts, rules.path(kind, facts), {})


def test_number_of_an_option_that_was_not_chosen_was_not_asked() -> None:
    kind = instrument("number_per_option")
    asking = next(question for question in kind.questions.values() if question.options_from)
    first, second = (option.code for option in kind.numbered_options(asking)[:2])
    chosen, numbers = Given((first,)), Given({first: Decimal("9.5"), second: Decimal("4")})
    _kind, content = taken("number_per_option", **{asking.options_from: chosen, asking.code: numbers})
    assert content["answers"][f"{asking.code}.{first}"] == "9.5"
    assert content["answers"][f"{asking.code}.{second}"] is None
    assert content["answers"][asking.code] == "9.5", "the sum is of what was asked"
    assert snapshot.read(kind, content).answers[asking.code].value == {first: Decimal("9.5")}


def test_unknown_numbers_read_back_as_unknown() -> None:
    hours = {"specialist": State.UNKNOWN}
    for unknown in (Given(None, State.UNKNOWN), Given(hours)):
        kind, content = taken("number_per_option", functions=Given(("specialist",)), hours=unknown)
        assert content["answers"] | {"hours": "unknown", "hours.specialist": "unknown"} == content["answers"]
        assert content["answers"]["hours.consultant"] is None
        assert snapshot.read(kind, content).answers["hours"] == Given(hours)


@pytest.mark.parametrize(
    ("specialist", "consultant", "total"),
    [
        (Decimal(4), State.UNKNOWN, "unknown"),
        (Decimal(4), State.NOT_APPLICABLE, "4"),
        (State.NOT_APPLICABLE, State.UNKNOWN, "unknown"),
        (State.NOT_APPLICABLE, State.NOT_APPLICABLE, "not_applicable"),
    ],
)
def test_the_sum_of_numbers_is_unknown_when_one_of_them_is(
    specialist: Decimal | State, consultant: Decimal | State, total: str
) -> None:
    numbers = {"specialist": specialist, "consultant": consultant}
    functions = Given(("specialist", "consultant"))
    kind, content = taken("number_per_option", functions=functions, hours=Given(numbers))
    assert content["answers"]["hours"] == total
    assert content["answers"]["hours.consultant"] == str(consultant)
    assert snapshot.read(kind, content).answers["hours"] == Given(numbers)


def test_equal_answers_have_equal_hashes_whatever_the_order_of_the_schools() -> None:
    kind = instrument("small")
    rows = {"b": {"cooperation": Given("yes")}, "a": {"cooperation": Given("no")}}
    hashes = set()
    for order in (rows, dict(reversed(rows.items()))):
        facts = Facts(rows=order)
        hashes.add(snapshot.content_hash(snapshot.build(kind, facts, rules.path(kind, facts), {})))
    assert len(hashes) == 1


def test_what_was_not_asked_does_not_read_back() -> None:
    kind, content = taken("small", has_targets=Given("no"), target_topics=Given("hidden"))
    contents = snapshot.read(kind, content)
    assert contents.answers["has_targets"].value == "no"
    assert "target_topics" not in contents.answers
    assert "hidden" not in str(content)


@pytest.mark.parametrize("text", ["unknown", "not_applicable", "*", "een; twee"])
def test_a_text_reads_back_as_it_was_written(text: str) -> None:
    kind, content = taken("small", has_targets=Given("yes"), target_topics=Given(text))
    assert snapshot.read(kind, content).answers["target_topics"] == Given(text)


@pytest.mark.parametrize(("books", "total"), [(Given(4), "10"), (Given(None), "6"), (Given(None, State.UNKNOWN), None)])
def test_a_total_is_missing_when_a_number_in_it_is_unknown(books: Given, total: str | None) -> None:
    kind = instrument("totals")
    reads = {"cooperation": Given("yes"), "topics": Given(("reading",))}
    facts = Facts(rows={"a": reads | {"n_books": Given(6)}, "b": reads | {"n_books": books}})
    content = snapshot.build(kind, facts, rules.path(kind, facts), {})
    assert (content["answers"]["books"], content["answers"]["cooperating_locations"]) == (total, "2")
