"""The questionnaire as plain values: looking things up in it."""

from decimal import Decimal

import pytest

from surveys.instrument import BLANK, Given, State, walk_terms
from tests.factories import instrument


def test_code_is_survey_and_school_year():
    assert instrument("small").code == "test-2024-2025"


def test_questions_stand_in_document_order_and_are_split_by_level():
    small = instrument("small")
    assert list(small.questions)[:3] == ["cooperation", "topics", "partners"]
    assert [question.code for question in small.school_questions] == ["cooperation", "topics"]
    assert [question.code for question in small.library_questions] == list(small.questions)[2:]
    assert small.section_by_code["samenwerking"].school_questions == small.school_questions
    assert small.section_by_code["samenwerking"].library_questions == ()
    assert small.section_of["partners"].code == "beleid"


def test_numbers_follow_section_and_place():
    number_of = instrument("small").number_of
    assert (number_of["cooperation"], number_of["topics"], number_of["has_targets"]) == ("1.1", "1.2", "2.2")


def test_checks_are_found_by_their_question():
    checks_of = instrument("small").checks_of
    assert [check.code for check in checks_of["hours"]] == ["hours_unusual"]
    assert "partners" not in checks_of


def test_children_of_a_parent_option():
    question = instrument("hierarchy").questions["instruments"]
    assert question.children == {"monitor": ("monitor_national", "monitor_local")}
    assert question.option_by_code["monitor_local"].parent == "monitor"


def test_numbered_options_follow_the_other_question_but_for_exceptions_and_none():
    expertise = instrument("number_per_option")
    hours, municipalities = expertise.questions["hours"], expertise.questions["municipalities"]
    assert [option.code for option in expertise.numbered_options(hours)] == ["specialist", "consultant"]
    assert [option.code for option in expertise.numbered_options(municipalities)] == ["structural", "incidental"]


@pytest.mark.parametrize(
    ("name", "question", "columns"),
    [
        ("small", "partners", ("partners",)),
        ("matrix", "attention", ("attention.media_literacy", "attention.ict_skills")),
        ("number_per_option", "hours", ("hours.specialist", "hours.consultant")),
    ],
)
def test_columns_in_files(name: str, question: str, columns: tuple[str, ...]):
    asked = instrument(name)
    assert asked.columns(asked.questions[question]) == columns


def test_terms_of_all_groups_are_walked():
    condition = instrument("routing").questions["why_not"].condition
    assert [term.source for term in walk_terms(condition)] == ["has_targets", "target_count"]


@pytest.mark.parametrize(
    ("given", "is_missing", "is_answered"),
    [
        (BLANK, True, False),
        (Given(None, State.ESTIMATE), True, False),
        (Given(None, State.UNKNOWN), True, True),
        (Given(None, State.NOT_APPLICABLE), True, True),
        (Given("3", State.UNKNOWN), True, True),
        (Given(0), False, True),
        (Given(12, State.ESTIMATE), False, True),
        (Given(()), False, True),
        (Given({"a": State.UNKNOWN, "b": State.NOT_APPLICABLE}), True, True),
        (Given({"a": Decimal(0), "b": Decimal(1)} | {"b": State.UNKNOWN}), False, True),
    ],
)
def test_missing_is_not_the_same_as_unanswered(given: Given, is_missing: bool, is_answered: bool):
    assert (given.is_missing, given.is_answered) == (is_missing, is_answered)
