"""When a question applies, in Dutch words; every condition of every questionnaire becomes one whole sentence."""

from pathlib import Path

import pytest

import surveys
from surveys.definition import parse
from surveys.instrument import Condition, Instrument, Operator, Question, SourceKind, Term, walk_terms
from surveys.routing_words import routing_text
from tests.factories import QUESTIONNAIRES

DEFINITIONS = Path(surveys.__file__).parent / "definitions"
FILES = sorted([*DEFINITIONS.glob("*.yaml"), *QUESTIONNAIRES.glob("*.yaml")])


def instrument(name: str) -> Instrument:
    path = next(path for path in FILES if path.stem == name)
    return parse(path.read_text(), path.name)


def words(name: str, code: str) -> str:
    known = instrument(name)
    return routing_text(known, known.questions[code])


def test_total_names_the_questions_that_it_counts() -> None:
    expected = "Alleen als het aantal schoollocaties waarmee wordt samengewerkt (zie vraag 1.1) ten minste 1 is."
    assert words("po-2021-2022", "partners") == expected


def test_sum_names_the_question_that_it_adds_up() -> None:
    known = instrument("totals")
    term = Term(SourceKind.TOTAL, "books", Operator.AT_LEAST, ("1500",))
    assert _sentence(known, ((term,),)) == (
        "Alleen als het aantal boeken op de locaties (zie vraag 1.3) ten minste 1.500 is."
    )


def test_school_question_speaks_of_school_locations() -> None:
    assert (
        words("po-2021-2022", "approach") == "Alleen bij schoollocaties waar u bij vraag 1.1 “Ja, structureel” kiest."
    )


def test_most_options_read_as_all_but_the_others() -> None:
    assert words("po-2021-2022", "cooperation_topics") == (
        "Alleen bij schoollocaties waar u bij vraag 1.1 iets anders kiest dan “Nee”."
    )
    assert words("po-2021-2022", "staff_hours") == (
        "Alleen als u bij vraag 4.1 iets anders, of ook iets anders, "
        "kiest dan “Vrijwilliger” of “Geen van deze functies”."
    )


def test_lacking_an_option_asks_for_an_answer_all_the_same() -> None:
    assert words("vo-2022-2023", "staff_hours_per_week") == (
        "Alleen als u bij vraag 3.1 wel iets kiest, maar niet “Geen van deze functies”."
    )


def test_groups_are_joined_by_or_and_terms_by_and() -> None:
    assert words("routing", "target_count") == "Alleen als u bij vraag 1.1 “Ja” kiest en u vraag 1.2 hebt beantwoord."
    assert words("routing", "why_not") == (
        "Alleen als u bij vraag 1.1 iets anders kiest dan “Ja”, of als uw antwoord op vraag 1.3 ten hoogste 1 is."
    )


def test_properties_of_the_library() -> None:
    assert words("library_property", "plan") == "Alleen als het aantal schoollocaties in uw werkgebied ten minste 1 is."
    assert words("library_property", "branches") == (
        "Alleen als de grootteklasse van uw bibliotheek groot of xl is, "
        "of als het aantal inwoners van uw werkgebied ten minste 150.000 is."
    )
    assert words("library_property", "frisian") == "Alleen als uw bibliotheek in Fryslân ligt."


def test_last_wave_is_named_with_the_question_that_stayed() -> None:
    known = instrument("library_property")
    found = words("library_property", "plan_changed")
    assert f"bij “{known.questions['plan'].text}” in de vorige meting" in found


def test_question_for_everybody_has_no_sentence() -> None:
    assert words("small", "has_targets") == ""


@pytest.mark.parametrize("operator", Operator)
@pytest.mark.parametrize("kind", SourceKind)
def test_every_source_and_operator_has_words(kind: SourceKind, operator: Operator) -> None:
    known = instrument("small")
    source = {"question": "has_targets", "total": "locations", "library": "inhabitants", "last_wave": "hours"}[kind]
    values = () if operator in (Operator.ANSWERED, Operator.NOT_ANSWERED) else ("1",)
    _is_sentence(_sentence(known, ((Term(kind, source, operator, values),),)))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_condition_becomes_a_sentence_that_names_all_it_asks(path: Path) -> None:
    known = parse(path.read_text(), path.name)
    for question in known.questions.values():
        if not question.condition:
            continue
        found = routing_text(known, question)
        _is_sentence(found)
        for term in walk_terms(question.condition):
            if term.kind is SourceKind.QUESTION:
                assert f"vraag {known.number_of[term.source]}" in found
            elif term.kind is SourceKind.TOTAL:
                assert known.total_by_code[term.source].label in found


def _sentence(known: Instrument, condition: Condition) -> str:
    like = known.library_questions[-1]
    return routing_text(known, Question(like.code, like.level, like.type, "?", "?", condition=condition))


def _is_sentence(text: str) -> None:
    assert text.startswith("Alleen "), text
    assert text.endswith("."), text
    assert "%(" not in text
    assert "  " not in text
