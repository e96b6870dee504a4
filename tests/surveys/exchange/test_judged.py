"""Answers out of files are judged as the form judges them, and refused with their place."""

from pathlib import Path

import pytest

from surveys import models
from surveys.errors import DomainError
from surveys.models import Answer, Library, Wave
from surveys.services.exchange import wave_import
from surveys.services.waves import wave_reopen
from tests.factories import WaveFactory, close, open_wave, questionnaire, snapshots
from tests.refused import refused
from tests.surveys.exchange.files import RESPONSES, SCHOOLS, Import, Refuse, changed, everything


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("B001,", "X001,", "responses.csv:3: library: “X001” is not a library that this wave expects"),
        ("B001,", "A001,", "responses.csv:3: library: A001 is in the file twice, on line 2 too"),
        ("municipality;other", "gemeente", "responses.csv:2: partners: “gemeente” is not an option; the options are"),
        ("municipality;other", "poi;poi;other", "responses.csv:2: partners: an option is named twice in"),
        ("municipality;other", "none;other", "responses.csv:2: partners: this option cannot be chosen together"),
        ("de kerk", "", "responses.csv:2: partners: the chosen option asks for a text"),
        ("unknown,", "no,lezen", "responses.csv:3: target_topics: this question does not apply, given the other"),
        ("12,", "12,1", "responses.csv:3: plan_locations: this question does not apply, given the other answers"),
        ("9.5", "veel", "responses.csv:2: hours: “veel” is not a number"),
        ("9.5", "9.555", "responses.csv:2: hours: “9.555” has more than two decimals or too many digits"),
        ("9.5", "-1", "responses.csv:2: hours: the number is negative"),
        ("9.5,1", "9.5,2", "responses.csv:2: plan_locations: plan_at_most_cooperating: Dit zijn meer locaties"),
        ("9.5,1", "9.5,1.5", "responses.csv:2: plan_locations: “1.5” is not a whole number"),
        ("lezen", "a" * 10_001, "responses.csv:2: target_topics: the text is longer than 10000 characters"),
        (",hours,", ",uren,", "responses.csv:1: uren: unknown column"),
        (",hours,", ",has_targets,", "responses.csv:1: has_targets: this column is there twice"),
        ("library,", "bibliotheek,", "responses.csv:1: bibliotheek: unknown column"),
        ("9.5,1", "9.5", "responses.csv:2: the line has 6 cells, the header has 7"),
    ],
)
def test_a_bad_response_is_refused_with_its_place(refuse: Refuse, old: str, new: str, problem: str) -> None:
    problems = refuse(changed(RESPONSES, old, new), SCHOOLS)
    assert any(found.startswith(problem) for found in problems), problems


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("A001,01AA01", "A001,09ZZ00", "schools.csv:3: school: “09ZZ00” is not on the roster of A001"),
        ("A001,01AA01", "A001,02BB00", "schools.csv:3: school: “02BB00” is not on the roster of A001"),
        ("A001,01AA01", "A001,01AA00", "schools.csv:3: school: 01AA00 is in the file twice, on line 2 too"),
        ("B001,", "X001,", "schools.csv:4: library: there are no answers of library “X001” itself to go with"),
        ("01AA01,no,", "01AA01,no,reading", "schools.csv:3: topics: this question does not apply, given the other"),
        ("01AA01,no", "01AA01,misschien", "schools.csv:3: cooperation: “misschien” is not an option; the options are"),
        ("topics", "onderwerpen", "schools.csv:1: onderwerpen: unknown column"),
        (",school,", ",", "schools.csv:1: school: this column is missing"),
    ],
)
def test_a_bad_roster_is_refused_with_its_place(refuse: Refuse, old: str, new: str, problem: str) -> None:
    problems = refuse(RESPONSES, changed(SCHOOLS, old, new))
    assert any(found.startswith(problem) for found in problems), problems


def test_every_problem_of_both_files_is_told(refuse: Refuse) -> None:
    problems = refuse(
        changed(changed(RESPONSES, "9.5", "veel"), "unknown", "misschien"), changed(SCHOOLS, "A001,01AA01", "X,Y")
    )
    assert [problem.split(": ")[:2] for problem in problems] == [
        ["responses.csv:2", "hours"],
        ["responses.csv:3", "has_targets"],
        ["schools.csv:3", "library"],
    ]


def test_one_wrong_answer_brings_no_others_into_question(refuse: Refuse) -> None:
    """An unreadable answer leads nowhere: that later ones would not apply is not worth telling."""
    assert len(refuse(changed(RESPONSES, "yes,lezen", "ja,lezen"), SCHOOLS)) == 1


def test_a_refused_import_leaves_earlier_answers_alone(load: Import, refuse: Refuse) -> None:
    load()
    refuse(changed(RESPONSES, "9.5,1", "10.5,2"), SCHOOLS)
    assert Answer.objects.get(question__code="hours", response__entry__library__code="A001").value == "9.5"


def test_half_the_columns_of_a_question_are_refused(library_a: Library, tmp_path: Path) -> None:
    wave = open_wave(questionnaire("matrix"), libraries=[library_a])
    path = tmp_path / "responses.csv"
    path.write_text("library,attention.media_literacy\nA001,much\n", encoding="utf-8")
    problems = refused(lambda: wave_import(wave=wave, responses=path))
    assert {(problem.line, problem.reason) for problem in problems} == {(1, "this column is missing")}


def test_unusual_answers_are_let_in_and_counted(load: Import, wave: Wave) -> None:
    report = load(changed(RESPONSES, "9.5", "900"))
    assert report.warnings == ["hours_unusual: 1 keer, zonder toelichting"]
    assert snapshots(wave)["A001"]["answers"]["hours"] == "900"


def test_checks_do_not_block_a_draft(load: Import) -> None:
    report = load(changed(RESPONSES, "9.5,1", "9.5,2"), draft=True)
    assert report.warnings == ["plan_at_most_cooperating: 1 keer, zonder toelichting"]


def test_a_number_for_an_option_that_is_not_chosen_is_refused(library_a: Library, tmp_path: Path) -> None:
    wave = open_wave(questionnaire("number_per_option"), libraries=[library_a])
    file = tmp_path / "responses.csv"
    lines = "library,functions,hours.specialist,hours.consultant\nA001,{},8,4\n"
    file.write_text(lines.format("specialist"), encoding="utf-8")
    [problem] = refused(lambda: wave_import(wave=wave, responses=file))
    assert (problem.column, problem.reason) == (
        "hours.specialist",
        "a number is given for an option that is not chosen",
    )
    file.write_text(lines.format("specialist;consultant"), encoding="utf-8")
    assert wave_import(wave=wave, responses=file).new == ["A001"]


def test_a_draft_does_not_change_what_was_submitted(load: Import, refuse: Refuse) -> None:
    load()
    assert refuse(changed(RESPONSES, "9.5", "10.5"), SCHOOLS, draft=True) == [
        "responses.csv:2: library: this library has submitted already; reopen its response first"
    ]


def test_only_an_open_wave_takes_answers(load: Import, wave: Wave) -> None:
    close(wave)
    before = everything()
    with pytest.raises(DomainError, match="open"):
        load()
    assert everything() == before
    wave_reopen(wave=wave, by=None)
    assert load().new == ["A001", "B001"]


def test_a_draft_wave_takes_no_answers(load: Import) -> None:
    draft = WaveFactory(questionnaire=models.Questionnaire.objects.get(), school_year="2025-2026")
    with pytest.raises(DomainError, match="open"):
        load(wave=draft)
