"""The two real questionnaires: they hold the whole question catalogue, and their wording keeps to the house rules."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

import surveys
from surveys.definition import dump, parse
from surveys.instrument import (
    BEFORE,
    NOW,
    Comparability,
    Disclosure,
    Instrument,
    Question,
    Severity,
    Type,
    walk_terms,
)

HERE = Path(__file__).parent
DEFINITIONS = Path(surveys.__file__).parent / "definitions"
FILES = {"po": DEFINITIONS / "po-2021-2022.yaml", "vo": DEFINITIONS / "vo-2022-2023.yaml"}
INSTRUMENTS = {survey: parse(path.read_text(), path.name) for survey, path in FILES.items()}

SECTIONS = {
    "po": [
        "Samenwerking", "Doelgroep en leden", "Netwerk en beleid", "Expertise", "Collectie", "Leesbevordering",
        "Digitale geletterdheid", "Lees-mediaplan", "Financiering", "Evaluatie", "Terugblik",
    ],
    "vo": [
        "Samenwerking", "Netwerk en beleid", "Expertise", "Collectie", "Lees-mediaplan", "Leesbevordering",
        "Digitale geletterdheid", "Financiering", "Evaluatie", "Terugblik",
    ],
}  # fmt: skip

# How the catalogue says in words when a question applies: (source, operator, values) of each term.
LIBRARY_COOPERATES = ("total", "cooperating_locations", "at_least", ("1",))
ROUTES = {
    "": (),
    "library cooperates": (LIBRARY_COOPERATES,),
    "library cooperates on digital literacy": (("total", "digital_locations", "at_least", ("1",)),),
    "library cooperates on reading promotion": (("total", "reading_locations", "at_least", ("1",)),),
    "library has a vo location in its work area": (("library", "locations", "at_least", ("1",)),),
}


@dataclass(frozen=True)
class Entry:
    """A row of the catalogue."""

    survey: str
    section: str
    code: str
    level: str
    type: str
    options: str
    applies_when: str
    unit: str
    notes: str

    @property
    def question(self) -> Question:
        return INSTRUMENTS[self.survey].questions[self.code]


with (HERE / "catalogue.csv").open(newline="") as lines:
    CATALOGUE = [Entry(**row) for row in csv.DictReader(lines)]


def notation(question: Question) -> str:
    """The options in the catalogue's shorthand: a;b{c;d};other+text;none!"""

    def written(code: str) -> str:
        option = question.option_by_code[code]
        mark = "!" if option.is_exclusive else "+text" if option.has_text else ""
        below = question.children.get(code, ())
        return code + mark + ("{" + ";".join(map(written, below)) + "}" if below else "")

    if question.options_from:
        return f"options chosen in {question.options_from} except {';'.join(question.options_except)}"
    top = ";".join(written(option.code) for option in question.options if not option.parent)
    return f"rows {';'.join(row.code for row in question.rows)} / scale {top}" if question.rows else top


def route(entry: Entry) -> tuple[tuple[str, str, str, tuple[str, ...]], ...]:
    """The terms that the catalogue's words stand for."""
    words = re.sub(r" \(at least one .*\)", "", entry.applies_when)
    if words in ROUTES:
        return ROUTES[words]
    if match := re.fullmatch(r"(\w+) = (\w+)", words):
        return (("question", match[1], "in", (match[2],)),)
    if match := re.fullmatch(r"(\w+) in \((.*)\)", words):
        return (("question", match[1], "in", tuple(match[2].split("; "))),)
    if match := re.fullmatch(r"(\w+) not in \((.*)\)", words):
        return (("question", match[1], "not_in", tuple(match[2].split("; "))),)
    if match := re.fullmatch(r"(\w+) contains (\w+)", words):
        return (("question", match[1], "contains", (match[2],)),)
    match = re.fullmatch(r"(\w+) answered and not none", words)
    assert match, f"unknown words in the catalogue: {words}"
    return (("question", match[1], "lacks", ("none",)),)


@pytest.mark.parametrize("survey", FILES)
def test_definition_round_trips_to_the_byte(survey: str):
    assert dump(INSTRUMENTS[survey]) == FILES[survey].read_text()


@pytest.mark.parametrize(("survey", "code"), [("po", "po-2021-2022"), ("vo", "vo-2022-2023")])
def test_file_is_named_after_the_questionnaire(survey: str, code: str):
    assert INSTRUMENTS[survey].code == code == FILES[survey].stem


@pytest.mark.parametrize("survey", FILES)
def test_questions_are_those_of_the_catalogue_in_its_order(survey: str):
    instrument = INSTRUMENTS[survey]
    listed = [(entry.section, entry.code) for entry in CATALOGUE if entry.survey == survey]
    asked = [(section.code, question.code) for section in instrument.sections for question in section.questions]
    assert asked == listed
    assert [section.title for section in instrument.sections] == SECTIONS[survey]


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: f"{entry.survey}-{entry.code}")
def test_question_is_as_the_catalogue_says(entry: Entry):
    question = entry.question
    assert (question.level, question.type) == (entry.level, entry.type)
    assert notation(question) == entry.options
    assert bool(question.unit) == bool(entry.unit)


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: f"{entry.survey}-{entry.code}")
def test_question_applies_when_the_catalogue_says(entry: Entry):
    terms = tuple((t.kind, t.source, t.operator, t.values) for t in walk_terms(entry.question.condition))
    if entry.question.options_from:
        # Who has only volunteers has no hours to fill in, so the question asks for one of the functions with hours.
        with_hours = INSTRUMENTS[entry.survey].numbered_options(entry.question)
        chosen = tuple(option.code for option in with_hours)
        assert terms == (("question", entry.question.options_from, "contains", chosen),)
    else:
        assert terms == route(entry)


def test_every_kind_of_question_occurs():
    assert {question.type for each in INSTRUMENTS.values() for question in each.questions.values()} == set(Type)


@pytest.mark.parametrize("survey", FILES)
def test_totals_say_what_they_are_a_share_of(survey: str):
    totals = INSTRUMENTS[survey].total_by_code
    assert not totals["locations"].condition
    assert {"cooperating_locations", "reading_locations", "digital_locations", "exploratory_locations"} <= set(totals)
    assert [code for code, total in totals.items() if not total.share_of] == ["locations"]
    assert {total.unit for total in totals.values()} == {"schoollocaties"}


# What the catalogue does not note: change since the last wave, and rows that were begun.
OWN_CHECKS = {
    "po": {
        "members_changed": "members_4_12",
        "staff_hours_complete": "staff_hours",
        "staff_hours_changed": "staff_hours",
        "volunteers_changed": "volunteers",
        "digital_aspects_complete": "digital_aspects_attention",
        "amount_per_pupil_changed": "funding_amount_per_pupil",
    },
    "vo": {"staff_hours_changed": "staff_hours_per_week", "digital_aspects_complete": "digital_aspects_attention"},
}


@pytest.mark.parametrize("survey", FILES)
def test_own_checks_ask_for_an_explanation_and_tell_both_numbers(survey: str):
    checks = {check.code: check for check in INSTRUMENTS[survey].checks if check.code in OWN_CHECKS[survey]}
    assert {code: check.question for code, check in checks.items()} == OWN_CHECKS[survey]
    for check in checks.values():
        assert check.severity is Severity.SOFT
        assert check.is_complete_row or (BEFORE in check.message and NOW in check.message)
        assert check.message.endswith(
            (
                "Pas het aan, of leg uit hoe het komt.",
                "of leg uit waarom ze ontbreken.",
                "of leg uit waarom het ontbreekt.",
            )
        )


def test_it_is_told_how_long_it_takes():
    assert {survey: instrument.minutes for survey, instrument in INSTRUMENTS.items()} == {"po": 90, "vo": 45}


def test_checks_are_those_that_the_catalogue_notes():
    def bounds(instrument: Instrument) -> dict[tuple[str, Severity], tuple[object, ...]]:
        return {
            (c.question, c.severity): (c.minimum, c.maximum, c.at_most_question, c.at_most_total)
            for c in instrument.checks
            if c.code not in OWN_CHECKS[instrument.survey]
        }

    assert bounds(INSTRUMENTS["vo"]) == {}
    assert bounds(INSTRUMENTS["po"]) == {
        ("members_active_4_12", Severity.HARD): (None, None, "members_4_12", ""),
        ("members_new_4_12", Severity.HARD): (None, None, "members_4_12", ""),
        ("books_per_pupil", Severity.SOFT): (2, 24, "", ""),
        ("reading_plan_locations", Severity.HARD): (None, None, "", "reading_locations"),
        ("media_plan_locations", Severity.HARD): (None, None, "", "cooperating_locations"),
        ("funding_amount_per_pupil", Severity.SOFT): (None, 25, "", ""),
    }
    noted = {entry.code for entry in CATALOGUE if re.search(r"(hard|soft) check", entry.notes)}
    assert noted == {code for code, _ in bounds(INSTRUMENTS["po"])}


@pytest.mark.parametrize("survey", FILES)
def test_opinions_staffing_and_funding_are_never_published_per_library(survey: str):
    for section in INSTRUMENTS[survey].sections:
        for question in section.questions:
            is_guarded = section.code in ("expertise", "financiering", "terugblik")
            assert (question.disclosure is Disclosure.TOTAL_ONLY) == is_guarded, question.code
            assert question.disclosure is not Disclosure.OPEN or question.column, question.code


def test_the_known_breaks_are_registered():
    def breaks(survey: str) -> set[tuple[str, str]]:
        instrument = INSTRUMENTS[survey]
        registered = [(code, link) for code, each in instrument.questions.items() for link in each.links]
        registered += [(total.code, link) for total in instrument.totals for link in total.links]
        return {(code, link.school_year) for code, link in registered if link.comparability is Comparability.BREAK}

    assert {("members_4_12", "2019-2020"), ("cooperating_locations", "2019-2020")} <= breaks("po")
    assert {
        ("funding_coverage_plan", "2021-2022"),
        ("coverage_plan_locations", "2021-2022"),
        ("cooperating_locations", "2018-2019"),
        ("bottlenecks_top3", "2017-2018"),
    } <= breaks("vo")


@pytest.mark.parametrize(
    ("survey", "code", "school_year"),
    [
        ("po", "partners", "2020-2021"),
        ("po", "partners", "2019-2020"),
        ("po", "kpi_or_targets_used", "2019-2020"),
        ("po", "bottlenecks_top3", "2020-2021"),
        ("vo", "successes_top3", "2021-2022"),
        ("vo", "bottlenecks_top3", "2021-2022"),
        ("vo", "staff_functions", "2020-2021"),
    ],
)
def test_series_that_are_published_with_earlier_waves_are_linked(survey: str, code: str, school_year: str):
    links = {link.school_year: link for link in INSTRUMENTS[survey].questions[code].links}
    assert (links[school_year].question, links[school_year].comparability) == (code, Comparability.SAME)


def wording(instrument: Instrument) -> list[tuple[str, str]]:
    """Every text that a respondent reads, with where it stands."""
    texts = [("intro", instrument.intro), ("title", instrument.title)]
    for section in instrument.sections:
        texts += [(section.code, section.title), (section.code, section.help)]
        for question in section.questions:
            texts += [(question.code, text) for text in (question.text, question.label, question.help, question.column)]
            texts += [(question.code, text) for option in question.options for text in (option.text, option.label)]
            texts += [(question.code, text) for row in question.rows for text in (row.text, row.label)]
    texts += [(total.code, total.label) for total in instrument.totals]
    return texts + [(check.code, check.message) for check in instrument.checks]


@pytest.mark.parametrize("survey", FILES)
def test_wording_keeps_to_the_house_rules(survey: str):
    for place, text in wording(INSTRUMENTS[survey]):
        assert not re.search(r"20\d\d", text), f"{place} names a year: {text}"
        assert not re.search(r"\b(je|jij|jouw|jullie|gelieve|middels|teneinde)\b", text.lower()), f"{place}: {text}"
        assert "  " not in text, f"{place}: {text}"
        # One kind of quotes and dashes: those of the keyboard.
        assert not re.search(r"[\u2013\u2014\u2018-\u201d\u2026]", text), f"{place}: {text}"


@pytest.mark.parametrize("survey", FILES)
def test_questions_end_in_a_question_mark_and_labels_fit_in_a_sentence(survey: str):
    for question in INSTRUMENTS[survey].questions.values():
        assert question.text.endswith("?"), question.code
        assert len(question.text) <= 110, question.code
        assert bool(question.column) == (question.level == "school"), question.code
        assert len(question.column) <= 25, question.code
        labels = [option.label for option in question.options] + [row.label for row in question.rows]
        for label in [question.label, *labels]:
            assert not label.endswith((".", "?")), f"{question.code}: {label}"
            assert len(label) <= 75, f"{question.code}: {label}"


@pytest.mark.parametrize("survey", FILES)
def test_sections_have_help(survey: str):
    assert [section.code for section in INSTRUMENTS[survey].sections if not section.help] == []
