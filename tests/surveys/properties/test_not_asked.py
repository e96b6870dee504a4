"""What is not asked is seen by nothing, in every questionnaire of the tests. Needs no database.

`pytest --hypothesis-profile=thorough` tries far more.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from surveys import checks, rules, snapshot
from surveys.instrument import BLANK, Given, Instrument, Level, Question, State, Type
from tests.factories import QUESTIONNAIRES, instrument
from tests.surveys.properties.answers import SCHOOLS, Key

INSTRUMENTS = {path.stem: instrument(path.stem) for path in sorted(QUESTIONNAIRES.glob("*.yaml"))}


def values_of(kind: Instrument, question: Question) -> st.SearchStrategy[Any]:
    codes = [option.code for option in question.options]
    match question.type:
        case Type.SINGLE:
            return st.sampled_from(codes)
        case Type.MULTIPLE | Type.TOP3:
            chosen = st.sets(st.sampled_from(codes), min_size=1)
            return chosen.map(lambda some: tuple(code for code in codes if code in some))
        case Type.INTEGER:
            return st.integers(0, 3)
        case Type.DECIMAL | Type.PERCENTAGE:
            return st.integers(0, 100).map(Decimal)
        case Type.TEXT:
            return st.text(alphabet="ab", min_size=1, max_size=2)
        case Type.MATRIX:
            row = st.sampled_from([row.code for row in question.rows])
            return st.dictionaries(row, st.sampled_from(codes), min_size=1)
        case Type.NUMBER_PER_OPTION:
            option = st.sampled_from([option.code for option in kind.numbered_options(question)])
            number = st.integers(0, 9).map(Decimal) | st.just(State.UNKNOWN)
            return st.dictionaries(option, number, min_size=1)


def givens_of(kind: Instrument, question: Question) -> st.SearchStrategy[Given]:
    answered = values_of(kind, question).map(Given)
    if question.type is Type.NUMBER_PER_OPTION:  # each option has its own state
        return st.one_of(answered, st.just(BLANK))
    return st.one_of(answered, answered, st.sampled_from((Given(None, State.UNKNOWN), BLANK)))


@st.composite
def filled_in(draw: st.DrawFn) -> tuple[Instrument, rules.Facts]:
    """A questionnaire with any answer to any question, whether or not it applies."""
    kind = INSTRUMENTS[draw(st.sampled_from(sorted(INSTRUMENTS)))]
    library = {question.code: draw(givens_of(kind, question)) for question in kind.library_questions}
    rows = {
        school: {question.code: draw(givens_of(kind, question)) for question in kind.school_questions}
        for school in SCHOOLS
    }
    about: dict[str, str | int] = {
        "province": "gelderland",
        "size_class": "small",
        "inhabitants": 20_000,
        "locations": 3,
    }
    return kind, rules.Facts(library=about, answers=library, rows=rows)


def off_path(kind: Instrument, route: rules.Path) -> Iterator[Key]:
    for question in kind.questions.values():
        for school in ("",) if question.level is Level.LIBRARY else SCHOOLS:
            if not route.holds(question.code, school):
                yield question.code, school


def with_given(facts: rules.Facts, key: Key, one: Given) -> rules.Facts:
    code, school = key
    if not school:
        return replace(facts, answers={**facts.answers, code: one})
    return replace(facts, rows={**facts.rows, school: {**facts.rows[school], code: one}})


@settings(database=None, deadline=None)
@given(filled_in(), st.data())
def test_an_answer_that_is_not_asked_is_seen_by_nothing(
    filled: tuple[Instrument, rules.Facts], data: st.DataObject
) -> None:
    kind, facts = filled
    route = rules.path(kind, facts)
    hidden = list(off_path(kind, route))
    other = facts
    for key in hidden:
        other = with_given(other, key, data.draw(givens_of(kind, kind.questions[key[0]])))
    assert rules.path(kind, other) == route
    assert checks.findings(kind, other, route) == checks.findings(kind, facts, route)
    assert rules.open_questions(kind, other, route) == rules.open_questions(kind, facts, route)
    assert rules.progress(kind, other, route) == rules.progress(kind, facts, route)
    assert snapshot.build(kind, other, route, {}) == snapshot.build(kind, facts, route, {})


@settings(database=None, deadline=None)
@given(filled_in())
def test_a_snapshot_says_not_asked_exactly_where_nothing_was_asked(filled: tuple[Instrument, rules.Facts]) -> None:
    kind, facts = filled
    route = rules.path(kind, facts)
    made = snapshot.build(kind, facts, route, {})
    for question in kind.questions.values():
        for school in ("",) if question.level is Level.LIBRARY else SCHOOLS:
            place = made["schools"].index(school) if school else None
            held = [
                made["answers"][column] if place is None else made["columns"][column][place]
                for column in kind.columns(question)
            ]
            if route.holds(question.code, school):
                assert any(cell is not None for cell in held), question.code
            else:
                assert held == [None] * len(held), question.code
                assert not {column for column in made["texts"] if column.partition("@")[0].startswith(question.code)}
