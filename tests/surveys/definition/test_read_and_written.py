"""Definition files: what is read, and what is written back."""

from decimal import Decimal
from pathlib import Path

import pytest

from surveys.definition import dump, parse
from surveys.instrument import Comparability, Disclosure, Level, Operator, SourceKind, Term, Type
from tests.factories import QUESTIONNAIRES
from tests.surveys.definition.whole import WHOLE

TINY = sorted(QUESTIONNAIRES.glob("*.yaml"))


def test_the_whole_example_is_read_and_written_back_to_the_byte():
    assert dump(parse(WHOLE, "whole.yaml")) == WHOLE


@pytest.mark.parametrize("path", TINY, ids=lambda path: path.stem)
def test_tiny_definition_round_trips_to_the_byte(path: Path):
    text = path.read_text()
    instrument = parse(text, path.name)
    assert dump(instrument) == text
    assert 1 <= len(instrument.questions) <= 8


def test_what_was_read_is_what_stands_there():
    instrument = parse(WHOLE, "whole.yaml")
    assert (instrument.code, instrument.version, instrument.school_kinds) == (
        "test-2024-2025",
        "1.0",
        ("bo", "sbo"),
    )
    cooperation, functions, remarks = (instrument.questions[c] for c in ("cooperation", "functions", "remarks"))
    assert (cooperation.level, cooperation.type) == (Level.SCHOOL, Type.SINGLE)
    assert (cooperation.disclosure, functions.disclosure) == (Disclosure.OPEN, Disclosure.NETWORK)
    assert [o.code for o in functions.options if o.is_exclusive] == ["none"]
    assert [o.code for o in functions.options if o.has_text] == ["other"]
    assert functions.children == {"specialist": ("consultant",)}
    assert functions.links[0].comparability is Comparability.SAME
    assert remarks.condition == (
        (
            Term(SourceKind.QUESTION, "functions", Operator.LACKS, ("none",)),
            Term(SourceKind.LIBRARY, "size_class", Operator.IN, ("xl",)),
        ),
        (Term(SourceKind.LAST_WAVE, "plans", Operator.AT_LEAST, ("2.5",)),),
    )
    assert instrument.total_by_code["books"].sum_of == "n_books"
    assert instrument.checks[1].minimum == Decimal("0.5")
    changed, whole = instrument.checks[2:]
    assert (changed.plus, changed.change_percent, changed.change_floor) == (
        ("new_plans", "functions"),
        Decimal("12.5"),
        Decimal(0),
    )
    assert (whole.is_complete_row, changed.is_complete_row) == (True, False)
    assert instrument.minutes == 30


def test_one_bare_value_is_a_list_of_one():
    text = WHOLE.replace("lacks: [none]", "lacks: none")
    assert parse(text, "a.yaml") == parse(WHOLE, "a.yaml")


def test_bounds_are_written_without_the_zeros_of_a_database_column():
    text = WHOLE.replace("maximum: 20", "maximum: 20.00")
    assert dump(parse(text, "a.yaml")) == WHOLE


def test_text_with_paragraphs_round_trips():
    text = WHOLE.replace("intro: Klein, maar met elk onderdeel.", "intro: |-\n  Eerst dit.\n\n  Dan 'dat'.")
    assert parse(text, "a.yaml").intro == "Eerst dit.\n\nDan 'dat'."
    assert dump(parse(text, "a.yaml")) == text


def test_reason_of_a_new_version_is_kept():
    text = WHOLE.replace("version: '1.0'\n", "version: '1.1'\nreason: Spelfout verbeterd\n")
    assert parse(text, "a.yaml").reason == "Spelfout verbeterd"
    assert dump(parse(text, "a.yaml")) == text
