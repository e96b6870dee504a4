"""A wave's answers as files: what goes in is judged as the form judges it, and what goes out comes in as it was."""

import csv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from surveys import models
from surveys.compiled import compiled_by_id
from surveys.errors import DomainError, FileRefused
from surveys.files import Report
from surveys.instrument import Given, State
from surveys.models import Answer, AnswerChange, FrameEntry, Library, Response, ResponseEvent, Submission, User, Wave
from surveys.services.exchange import wave_export, wave_import
from surveys.services.reopening import response_reopen
from surveys.services.waves import wave_reopen
from tests.factories import (
    LibraryFactory,
    SchoolFactory,
    WaveFactory,
    answer,
    close,
    entry_of,
    explain,
    open_wave,
    questionnaire,
    sheet,
    submit,
)

RESPONSES = """\
library,partners,partners.other_text,has_targets,target_topics,hours,plan_locations
A001,municipality;other,de kerk,yes,lezen,9.5,1
B001,,,unknown,,12,
"""
SCHOOLS = """\
library,school,cooperation,topics
A001,01AA00,yes,reading;digital
A001,01AA01,no,
B001,02BB00,no,
"""

Import = Callable[..., Report]
Refuse = Callable[..., list[str]]


@pytest.fixture
def wave(library_a: Library, library_b: Library) -> Wave:
    """The small questionnaire, open for A with two schools and B with one."""
    for code, library in (("01AA00", library_a), ("01AA01", library_a), ("02BB00", library_b)):
        SchoolFactory(code=code, library=library)
    return open_wave(questionnaire("small"), libraries=[library_a, library_b])


@pytest.fixture
def load(wave: Wave, tmp_path: Path) -> Import:
    """Import these texts as responses.csv and schools.csv."""

    def load_files(responses: str = RESPONSES, schools: str | None = SCHOOLS, **options: Any) -> Report:
        (tmp_path / "responses.csv").write_text(responses, encoding="utf-8")
        if schools is not None:
            (tmp_path / "schools.csv").write_text(schools, encoding="utf-8")
        return wave_import(
            wave=options.pop("wave", wave),
            responses=tmp_path / "responses.csv",
            schools=None if schools is None else tmp_path / "schools.csv",
            **options,
        )

    return load_files


@pytest.fixture
def refuse(load: Import, tmp_path: Path) -> Refuse:
    """Import these texts, which is refused without anything being stored; the problems."""

    def load_files(*texts: str, **options: Any) -> list[str]:
        before = everything()
        with pytest.raises(FileRefused) as refused:
            load(*texts, **options)
        assert everything() == before
        return [str(problem).removeprefix(f"{tmp_path}/") for problem in refused.value.problems]

    return load_files


def everything() -> list[list[dict[str, Any]]]:
    """All rows that an import may write."""
    kinds: list[Any] = [Response, Answer, AnswerChange, models.Explanation, Submission, ResponseEvent]
    kinds += [models.School, models.FrameEntry, models.FrameSchool, models.SchoolReport]
    return [list(kind.objects.order_by("pk").values()) for kind in kinds]


def hashes(wave: Wave) -> dict[str, str]:
    latest = Submission.objects.filter(response__entry__wave=wave, is_latest=True)
    return dict(latest.values_list("response__entry__library__code", "content_hash"))


def snapshots(wave: Wave) -> dict[str, Any]:
    latest = Submission.objects.filter(response__entry__wave=wave, is_latest=True)
    return dict(latest.values_list("response__entry__library__code", "snapshot"))


def changed(text: str, old: str, new: str) -> str:
    """The text with one thing changed, which must be there."""
    assert text.count(old) == 1
    return text.replace(old, new)


# --- What is stored -------------------------------------------------------------------------------------------------


def test_imported_answers_are_stored_and_submitted(load: Import, wave: Wave, library_a: Library) -> None:
    report = load()
    assert (report.new, report.changed, report.vanished, report.warnings) == (["A001", "B001"], [], [], [])
    stored = sheet(entry_of(wave, library_a))
    assert stored.given("partners") == Given(("municipality", "other"), other_text="de kerk")
    assert stored.given("hours").value == Decimal("9.5")
    assert stored.given("topics", "01AA00").value == ("reading", "digital")
    assert stored.response is not None
    assert stored.response.is_submitted
    answers = snapshots(wave)["A001"]["answers"]
    assert (answers["cooperating_locations"], answers["plan_locations"]) == ("1", "1")


def test_an_import_stores_what_the_form_would_have_stored(
    load: Import, wave: Wave, library_a: Library, library_b: Library, anna: User
) -> None:
    load(RESPONSES.rpartition("B001")[0], SCHOOLS.rpartition("B001")[0])
    by_import = snapshots(wave)["A001"]
    imported = answer_rows(Response.objects.get())
    assert {(row["origin"], row["version"], row["changed_by_id"]) for row in imported} == {("imported", 1, None)}
    Response.objects.all().delete()
    entry = entry_of(wave, library_a)
    answer(
        entry,
        by=anna,
        schools={"01AA00": {"cooperation": "yes", "topics": ["reading", "digital"]}, "01AA01": {"cooperation": "no"}},
        partners=Given(("municipality", "other"), other_text="de kerk"),
        has_targets="yes",
        target_topics="lezen",
        hours="9.5",
        plan_locations=1,
    )
    typed = answer_rows(Response.objects.get())
    for row in (*imported, *typed):
        del row["origin"], row["changed_by_id"]
    assert imported == typed
    assert submit(entry, anna).snapshot == by_import


def answer_rows(response: Response) -> list[dict[str, Any]]:
    fields = ("question__code", "school__code", "value", "state", "other_text", "origin", "version", "changed_by_id")
    rows = list(response.answers.order_by("question__position", "school__code").values(*fields))
    history = AnswerChange.objects.filter(answer__response=response)
    names = {"question__code": "answer__question__code", "school__code": "answer__school__code"}
    copies = history.order_by("answer__question__position", "answer__school__code")
    values = [names.get(field, field) for field in fields]
    assert [tuple(row.values()) for row in rows] == list(copies.values_list(*values))
    return rows


def test_what_happened_is_recorded(load: Import, staff: User) -> None:
    load(by=staff)
    events = ResponseEvent.objects.filter(response__entry__library__code="A001").order_by("pk")
    assert list(events.values_list("kind", "by")) == [
        ("started", staff.pk),
        ("imported", staff.pk),
        ("submitted", staff.pk),
    ]


def test_a_draft_is_stored_for_people_to_go_on_with(load: Import, wave: Wave, library_a: Library, anna: User) -> None:
    load(draft=True)
    assert not Submission.objects.exists()
    entry = entry_of(wave, library_a)
    assert not entry.response.is_submitted
    answer(entry, by=anna, has_targets="no")
    assert submit(entry, anna).number == 1


def test_libraries_and_roster_without_files_stay_as_they_are(load: Import, wave: Wave, library_b: Library) -> None:
    load()
    load(changed(RESPONSES.rpartition("B001")[0], "9.5", "10.5"), None)
    assert snapshots(wave)["A001"]["columns"]["cooperation"] == ["yes", "no"]
    assert snapshots(wave)["A001"]["answers"]["hours"] == "10.5"
    assert Submission.objects.filter(response__entry__library=library_b).count() == 1


def test_a_question_without_a_column_stays_as_it_is(load: Import, wave: Wave) -> None:
    load()
    load("library,hours\nA001,11\n", None)
    answers = snapshots(wave)["A001"]["answers"]
    assert (answers["hours"], answers["has_targets"]) == ("11", "yes")


def test_libraries_that_the_file_lacks_are_reported(load: Import) -> None:
    assert load(RESPONSES.rpartition("B001")[0], SCHOOLS.rpartition("B001")[0]).vanished == ["B001"]


def test_a_library_that_left_everything_open_is_submitted_all_the_same(load: Import, wave: Wave) -> None:
    load("library,hours\nA001,\n", None)
    assert snapshots(wave)["A001"]["answers"]["hours"] == ""


# --- Again ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("draft", [False, True])
def test_the_same_files_again_change_nothing(load: Import, draft: bool) -> None:
    load(draft=draft)
    before = everything()
    report = load(draft=draft)
    assert (report.new, report.changed, report.unchanged) == ([], [], ["A001", "B001"])
    assert everything() == before


def test_changed_content_makes_next_versions_and_a_next_submission(load: Import, wave: Wave) -> None:
    load()
    before = hashes(wave)
    report = load(changed(RESPONSES, "9.5", "10.5"))
    assert (report.changed, report.unchanged) == (["A001"], ["B001"])
    row = Answer.objects.get(question__code="hours", response__entry__library__code="A001")
    assert (row.value, row.version) == ("10.5", 2)
    assert list(row.changes.order_by("version").values_list("value", flat=True)) == ["9.5", "10.5"]
    submissions = Submission.objects.filter(response__entry__library__code="A001").order_by("number")
    assert list(submissions.values_list("number", "is_latest")) == [(1, False), (2, True)]
    assert hashes(wave)["A001"] != before["A001"]
    assert hashes(wave)["B001"] == before["B001"]


def test_an_emptied_cell_takes_the_answer_away_and_keeps_its_history(load: Import, wave: Wave) -> None:
    load()
    load(changed(RESPONSES, "lezen", ""))
    row = Answer.objects.get(question__code="target_topics")
    assert (row.value, row.version, row.changes.count()) == (None, 2, 2)
    assert snapshots(wave)["A001"]["answers"]["target_topics"] == ""


def test_an_answer_that_no_longer_applies_stays_stored(load: Import, wave: Wave) -> None:
    load()
    load(changed(RESPONSES, "yes,lezen", "no,"))
    assert Answer.objects.get(question__code="target_topics").value == "lezen"
    assert snapshots(wave)["A001"]["answers"]["target_topics"] is None


def test_a_number_written_otherwise_is_the_same_answer(load: Import) -> None:
    load()
    before = everything()
    assert load(changed(RESPONSES, "9.5", '"9,50"')).unchanged == ["A001", "B001"]
    assert everything() == before


def test_an_estimate_stays_one_when_the_file_holds_the_same_value(load: Import, wave: Wave, library_a: Library) -> None:
    answer(entry_of(wave, library_a), hours=Given(Decimal("9.5"), State.ESTIMATE))
    load()
    assert Answer.objects.get(question__code="hours", value="9.5").state == State.ESTIMATE


def test_a_reopened_response_is_submitted_again(load: Import, staff: User) -> None:
    load()
    response = Response.objects.get(entry__library__code="A001")
    response_reopen(response=response, by=staff, reason="typefout")
    assert load().changed == ["A001"]
    response.refresh_from_db()
    assert response.is_submitted


def test_a_draft_is_submitted_by_importing_it_without_draft(load: Import) -> None:
    load(draft=True)
    load()
    assert Submission.objects.count() == 2
    assert set(Answer.objects.values_list("version", flat=True)) == {1}


# --- What is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("B001,", "X001,", "responses.csv:3: library: 'X001' is not a library that this wave expects"),
        ("B001,", "A001,", "responses.csv:3: library: A001 is in the file twice, on line 2 too"),
        ("municipality;other", "gemeente", "responses.csv:2: partners: 'gemeente' is not an option; the options are"),
        ("municipality;other", "poi;poi;other", "responses.csv:2: partners: an option is named twice in"),
        ("municipality;other", "none;other", "responses.csv:2: partners: this option cannot be chosen together"),
        ("de kerk", "", "responses.csv:2: partners: the chosen option asks for a text"),
        ("unknown,", "no,lezen", "responses.csv:3: target_topics: this question does not apply, given the other"),
        ("12,", "12,1", "responses.csv:3: plan_locations: this question does not apply, given the other answers"),
        ("9.5", "veel", "responses.csv:2: hours: 'veel' is not a number"),
        ("9.5", "9.555", "responses.csv:2: hours: '9.555' has more than two decimals or too many digits"),
        ("9.5", "-1", "responses.csv:2: hours: the number is negative"),
        ("9.5,1", "9.5,2", "responses.csv:2: plan_locations: plan_at_most_cooperating: Dit zijn meer locaties"),
        ("9.5,1", "9.5,1.5", "responses.csv:2: plan_locations: '1.5' is not a whole number"),
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
        ("A001,01AA01", "A001,09ZZ00", "schools.csv:3: school: '09ZZ00' is not on the roster of A001"),
        ("A001,01AA01", "A001,02BB00", "schools.csv:3: school: '02BB00' is not on the roster of A001"),
        ("A001,01AA01", "A001,01AA00", "schools.csv:3: school: 01AA00 is in the file twice, on line 2 too"),
        ("B001,", "X001,", "schools.csv:4: library: there are no answers of library 'X001' itself to go with"),
        ("01AA01,no,", "01AA01,no,reading", "schools.csv:3: topics: this question does not apply, given the other"),
        ("01AA01,no", "01AA01,misschien", "schools.csv:3: cooperation: 'misschien' is not an option; the options are"),
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
    with pytest.raises(FileRefused) as refused:
        wave_import(wave=wave, responses=path)
    assert {(problem.line, problem.reason) for problem in refused.value.problems} == {(1, "this column is missing")}


def test_unusual_answers_are_let_in_and_counted(load: Import, wave: Wave) -> None:
    report = load(changed(RESPONSES, "9.5", "900"))
    assert report.warnings == ["hours_unusual: 1 times, without explanation"]
    assert snapshots(wave)["A001"]["answers"]["hours"] == "900"


def test_checks_do_not_block_a_draft(load: Import) -> None:
    report = load(changed(RESPONSES, "9.5,1", "9.5,2"), draft=True)
    assert report.warnings == ["plan_at_most_cooperating: 1 times, without explanation"]


def test_a_number_for_an_option_that_is_not_chosen_is_refused(library_a: Library, tmp_path: Path) -> None:
    wave = open_wave(questionnaire("number_per_option"), libraries=[library_a])
    file = tmp_path / "responses.csv"
    lines = "library,functions,hours.specialist,hours.consultant\nA001,{},8,4\n"
    file.write_text(lines.format("specialist"), encoding="utf-8")
    with pytest.raises(FileRefused) as refusal:
        wave_import(wave=wave, responses=file)
    assert "hours.specialist: a number is given for an option that is not chosen" in str(refusal.value)
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


# --- Out and in again -----------------------------------------------------------------------------------------------


def next_wave(wave: Wave) -> Wave:
    """Another open wave with the same questionnaire, libraries and schools."""
    return open_wave(wave.questionnaire, school_year="2030-2031")


def round_trip(wave: Wave, folder: Path) -> Wave:
    """Export the wave and import it into another; the same submissions, and the same bytes when exported again."""
    first = wave_export(wave=wave, folder=folder / "first")
    other = next_wave(wave)
    wave_import(wave=other, responses=first[0], schools=first[1], rosters=first[3])
    assert snapshots(other) == snapshots(wave)
    assert hashes(other) == hashes(wave) != {}
    second = wave_export(wave=other, folder=folder / "second")
    assert [path.read_bytes() for path in second] == [path.read_bytes() for path in first]
    return other


def test_exported_files_are_those_that_were_imported(load: Import, wave: Wave, tmp_path: Path) -> None:
    load()
    responses, schools, codebook, rosters = wave_export(wave=wave, folder=tmp_path / "new" / "out")
    assert responses.read_text(encoding="utf-8") == RESPONSES
    assert schools.read_text(encoding="utf-8") == SCHOOLS
    assert codebook.name == "codebook.csv"
    assert rosters.read_text(encoding="utf-8").splitlines()[1:] == []
    round_trip(wave, tmp_path)


def test_importing_an_export_into_its_own_wave_changes_nothing(load: Import, wave: Wave, tmp_path: Path) -> None:
    load()
    responses, schools, _codebook, rosters = wave_export(wave=wave, folder=tmp_path / "out")
    before = everything()
    assert wave_import(wave=wave, responses=responses, schools=schools, rosters=rosters).unchanged == ["A001", "B001"]
    assert everything() == before


@pytest.mark.parametrize(
    "text",
    [
        "=SUM(A1:A9)",
        "+31 6 1234",
        "-",
        "@allen",
        "'=1+1",
        "''@x",
        "'s ochtends",
        "'unknown",
        "unknown",
        "not_applicable",
        "*",
        "＝1",  # noqa: RUF001  # the full-width form
        'zegt "ja", of; nee',
        "twee\nregels\n\nen nog een",
        "élève 😀",
        "café ; thee",
    ],
)
def test_any_text_goes_out_and_comes_in_as_it_was(
    wave: Wave, library_a: Library, anna: User, tmp_path: Path, text: str
) -> None:
    entry = entry_of(wave, library_a)
    answer(
        entry,
        by=anna,
        schools={"01AA00": {"cooperation": "yes"}},
        has_targets="yes",
        target_topics=text,
        partners=Given(("other",), other_text=text),
    )
    submit(entry, anna)
    other = round_trip(wave, tmp_path)
    stored = sheet(entry_of(other, library_a))
    assert stored.given("target_topics") == Given(text)
    assert stored.given("partners").other_text == text
    with (tmp_path / "first" / "responses.csv").open(encoding="utf-8", newline="") as lines:
        cells = next(csv.DictReader(lines))
    assert cells["target_topics"][0] not in "=+-@＝"  # noqa: RUF001


def test_numbers_are_not_made_text(load: Import, wave: Wave, tmp_path: Path) -> None:
    load()
    path = wave_export(wave=wave, folder=tmp_path / "out")[0]
    assert ",9.5,1\n" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("matrix", {"attention": {"media_literacy": "much"}}),
        ("number_per_option", {"functions": ["specialist", "volunteer"], "hours": {"specialist": "12.5"}}),
        ("top3", {"bottlenecks": ["staffing", "funding"]}),
        ("hierarchy", {"instruments": State.UNKNOWN}),
        ("decimals", {}),
    ],
)
def test_every_kind_of_answer_goes_out_and_comes_in(
    library_a: Library, tmp_path: Path, name: str, answers: dict[str, Any]
) -> None:
    wave = open_wave(questionnaire(name), libraries=[library_a])
    entry = entry_of(wave, library_a)
    answer(entry, **answers)
    submit(entry)
    other = sheet(entry_of(round_trip(wave, tmp_path), library_a))
    assert {code: other.given(code) for code in answers} == {code: sheet(entry).given(code) for code in answers}


def test_explanations_go_out_and_come_in(wave: Wave, library_a: Library, anna: User, tmp_path: Path) -> None:
    entry = entry_of(wave, library_a)
    answer(entry, by=anna, hours="900")
    explain(entry, by=anna, hours_unusual="=veel vrijwilligers")
    submit(entry, anna)
    other = round_trip(wave, tmp_path)
    assert snapshots(other)["A001"]["explanations"] == {"hours_unusual": "=veel vrijwilligers"}
    before = everything()
    responses, schools = (tmp_path / "first" / name for name in ("responses.csv", "schools.csv"))
    assert wave_import(wave=other, responses=responses, schools=schools).unchanged == ["A001"]
    assert everything() == before


def test_an_emptied_explanation_is_taken_away(load: Import) -> None:
    text = "library,hours,explanation.hours_unusual\nA001,900,veel vrijwilligers\n"
    assert load(text, None).warnings == []
    assert load(changed(text, "veel vrijwilligers", ""), None).warnings == [
        "hours_unusual: 1 times, without explanation"
    ]
    assert not models.Explanation.objects.exists()


def test_hidden_answers_do_not_go_out(wave: Wave, library_a: Library, anna: User, tmp_path: Path) -> None:
    entry = entry_of(wave, library_a)
    answer(entry, by=anna, has_targets="yes", target_topics="geheim")
    answer(entry, by=anna, has_targets="no")
    submit(entry, anna)
    assert "geheim" not in wave_export(wave=wave, folder=tmp_path)[0].read_text(encoding="utf-8")
    round_trip(wave, tmp_path)


def test_only_what_counts_as_submitted_goes_out(
    wave: Wave, library_a: Library, library_b: Library, anna: User, staff: User, tmp_path: Path
) -> None:
    entry = entry_of(wave, library_a)
    answer(entry, by=anna, hours=10)
    submit(entry, anna)
    response_reopen(response=Response.objects.get(), by=staff, reason="")
    answer(entry, by=anna, hours=11)
    answer(entry_of(wave, library_b), hours=12)
    lines = wave_export(wave=wave, folder=tmp_path)[0].read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[0] for line in lines] == ["library", "A001"]
    assert ",10," in lines[1]


def test_the_codebook_tells_every_column_and_code(load: Import, wave: Wave, tmp_path: Path) -> None:
    paths = wave_export(wave=wave, folder=tmp_path / "out")
    with paths[2].open(encoding="utf-8", newline="") as lines:
        book = list(csv.DictReader(lines))
    for path, keys in ((paths[0], 1), (paths[1], 2)):
        header = path.read_text(encoding="utf-8").splitlines()[0].split(",")[keys:]
        assert list(dict.fromkeys(line["column"] for line in book if line["file"] == path.name)) == header
    meanings = {(line["column"], line["code"]): line["meaning"] for line in book}
    assert meanings["has_targets", "unknown"] == "Weet ik niet"
    assert meanings["hours", ""] == ""


# --- Cost -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_libraries", [2, 12])
def test_an_import_takes_the_same_number_of_queries_at_any_size(
    tmp_path: Path, django_assert_num_queries: Callable, n_libraries: int, db: None
) -> None:
    libraries = LibraryFactory.create_batch(n_libraries)
    wave = open_wave(questionnaire("small"), libraries=libraries)
    path = tmp_path / "responses.csv"
    path.write_text("library,hours\n" + "".join(f"{library.code},12\n" for library in libraries), encoding="utf-8")
    compiled_by_id(wave.questionnaire_id)
    with django_assert_num_queries(20):
        wave_import(wave=wave, responses=path)


def test_the_frame_of_another_wave_is_another_frame(load: Import, wave: Wave, library_a: Library) -> None:
    other = next_wave(wave)
    load(wave=other)
    assert not FrameEntry.objects.filter(wave=wave, response__isnull=False).exists()
    assert hashes(other).keys() == {"A001", "B001"}
