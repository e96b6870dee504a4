"""Answers out of files: stored as the form stores them, and changing nothing the second time."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from surveys.compiled import compiled_by_id
from surveys.instrument import Given, State
from surveys.models import Answer, AnswerChange, FrameEntry, Library, Response, ResponseEvent, Submission, User, Wave
from surveys.services.exchange import wave_import
from surveys.services.reopening import response_reopen
from tests.factories import LibraryFactory, answer, entry_of, open_wave, questionnaire, sheet, snapshots, submit
from tests.surveys.exchange.files import RESPONSES, SCHOOLS, Import, changed, everything, hashes, next_wave

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
