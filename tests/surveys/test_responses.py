"""Saving, submitting and reopening: what is stored, what is refused, and that nothing is lost in between."""

from decimal import Decimal

import pytest

from surveys import models
from surveys.errors import NotAllowed, SubmissionRefused, WaveNotOpen
from surveys.instrument import Given
from surveys.models import FrameEntry, Library, User
from surveys.services.reopening import response_reopen
from surveys.services.responses import Edit, ExplanationEdit, answers_save, explanations_save, obstacles
from surveys.services.waves import wave_close, wave_reopen
from tests.factories import SchoolFactory, answer, close, entry_of, explain, open_wave, questionnaire, sheet, submit


@pytest.fixture
def entry(library_a: Library, library_b: Library) -> FrameEntry:
    """Library A in an open wave of the small questionnaire, with two schools of its own."""
    SchoolFactory(code="01AA00", library=library_a)
    SchoolFactory(code="01AA01", library=library_a)
    return entry_of(open_wave(questionnaire("small"), libraries=[library_a, library_b]), library_a)


def test_answer_has_version_origin_author_and_history(entry: FrameEntry, anna: User, emma: User) -> None:
    answer(entry, by=anna, has_targets="yes")
    answer(entry, by=emma, has_targets="no")
    row = models.Answer.objects.get()
    assert (row.value, row.version, row.origin, row.changed_by) == ("no", 2, "typed", emma)
    history = list(row.changes.order_by("version").values_list("version", "value", "changed_by"))
    assert history == [(1, "yes", anna.pk), (2, "no", emma.pk)]


def test_same_answer_again_changes_nothing(entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, has_targets="yes")
    saved = answer(entry, by=anna, has_targets="yes")
    assert saved.changed == []
    assert models.AnswerChange.objects.count() == 1


def test_edit_of_an_answer_that_a_colleague_changed_becomes_a_conflict(
    entry: FrameEntry, anna: User, emma: User
) -> None:
    seen = sheet(entry)
    answer(entry, by=emma, has_targets="no")
    saved = answers_save(
        sheet=seen,
        edits=[Edit("has_targets", "", Given("yes"), seen=0), Edit("target_topics", "", Given("lezen"), seen=0)],
        by=anna,
    )
    assert [conflict.theirs.value for conflict in saved.conflicts] == ["no"]
    assert saved.conflicts[0].changed_by == str(emma)
    assert [edit.question for edit in saved.changed] == ["target_topics"]
    assert models.Answer.objects.get(question__code="has_targets").value == "no"


def test_versions_are_of_what_is_stored_as_given(entry: FrameEntry, anna: User, emma: User) -> None:
    answer(entry, by=anna, hours="9")
    seen = sheet(entry)
    answer(entry, by=emma, has_targets="no", target_topics="lezen")
    edits = [
        Edit("hours", "", Given(Decimal(10)), seen=1),
        Edit("plan_locations", "", Given(None), seen=0),
        Edit("has_targets", "", Given("yes"), seen=0),
        Edit("target_topics", "", Given("lezen"), seen=0),
    ]
    saved = answers_save(sheet=seen, edits=edits, by=anna)
    answer(entry, by=emma, hours="11")  # before the browser hears: that version is not Anna's
    assert [conflict.edit.question for conflict in saved.conflicts] == ["has_targets"]
    assert saved.versions == {("hours", ""): 2, ("plan_locations", ""): 0, ("target_topics", ""): 1}


def test_blank_where_nothing_was_stored_makes_no_row(entry: FrameEntry, anna: User) -> None:
    answers_save(sheet=sheet(entry), edits=[Edit("has_targets", "", Given(None), seen=0)], by=anna)
    assert models.Answer.objects.count() == 0


def test_emptied_answer_keeps_its_history(entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, has_targets="yes")
    answer(entry, by=anna, has_targets=None)
    row = models.Answer.objects.get()
    assert (row.value, row.version) == (None, 2)
    assert row.changes.count() == 2


def test_closed_wave_refuses_saving_and_submitting(entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, has_targets="yes")
    close(entry.wave)
    with pytest.raises(WaveNotOpen):
        answer(entry, by=anna, has_targets="no")
    with pytest.raises(WaveNotOpen):
        submit(entry, by=anna)
    assert models.Answer.objects.get().value == "yes"


def test_submission_is_a_snapshot_that_later_answers_do_not_touch(entry: FrameEntry, anna: User, staff: User) -> None:
    rows: dict[str, dict[str, object]] = {
        "01AA00": {"cooperation": "yes", "topics": ["reading"]},
        "01AA01": {"cooperation": "no"},
    }
    answer(entry, by=anna, schools=rows, partners=["poi"], hours="9.5")
    first = submit(entry, by=anna)
    assert first.snapshot["answers"]["partners"] == "poi"
    assert first.snapshot["answers"]["cooperating_locations"] == "1"
    assert first.snapshot["columns"]["topics"] == ["reading", None]
    assert first.snapshot["counts"] == {"cooperation": {"no": 1, "yes": 1}, "topics": {"reading": 1}}
    response_reopen(response=first.response, by=staff, reason="Verkeerde partner")
    answer(entry, by=anna, partners=["municipality"])
    second = submit(entry, by=anna)
    first.refresh_from_db()
    assert (first.number, first.is_latest, first.snapshot["answers"]["partners"]) == (1, False, "poi")
    assert (second.number, second.is_latest, second.snapshot["answers"]["partners"]) == (2, True, "municipality")
    assert first.content_hash != second.content_hash


def test_submission_never_holds_an_answer_off_the_path(entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, has_targets="yes", target_topics="geheim plan")
    answer(entry, by=anna, has_targets="no")
    submission = submit(entry, by=anna)
    assert submission.snapshot["answers"]["target_topics"] is None
    assert "geheim plan" not in str(submission.snapshot)
    assert models.Answer.objects.get(question__code="target_topics").value == "geheim plan"


def test_submitted_response_refuses_changes_until_staff_reopen_it(entry: FrameEntry, anna: User, staff: User) -> None:
    answer(entry, by=anna, has_targets="yes")
    submission = submit(entry, by=anna)
    with pytest.raises(WaveNotOpen):
        answer(entry, by=anna, has_targets="no")
    with pytest.raises(NotAllowed):
        response_reopen(response=submission.response, by=anna, reason="")
    response_reopen(response=submission.response, by=staff, reason="Op verzoek")
    assert answer(entry, by=anna, has_targets="no").changed


def test_hard_check_blocks_submitting_but_not_saving(entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "yes"}}, plan_locations=2)
    assert models.Answer.objects.get(question__code="plan_locations").value == 2
    with pytest.raises(SubmissionRefused):
        submit(entry, by=anna)
    answer(entry, by=anna, plan_locations=1)
    assert submit(entry, by=anna).number == 1


def test_soft_check_is_quiet_once_explained_and_the_explanation_is_submitted(entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, hours="400")
    with pytest.raises(SubmissionRefused):
        submit(entry, by=anna)
    explain(entry, by=anna, hours_unusual="Groot project")
    assert obstacles(sheet(entry)).n_unexplained == 0
    assert submit(entry, by=anna).snapshot["explanations"] == {"hours_unusual": "Groot project"}


def test_explanation_that_a_colleague_wrote_meanwhile_becomes_a_conflict(
    entry: FrameEntry, anna: User, emma: User
) -> None:
    answer(entry, by=anna, hours="400")
    seen = sheet(entry)
    explain(entry, by=emma, hours_unusual="Groot project")
    edit = ExplanationEdit("hours_unusual", "", "Klein project", shown="")
    [conflict] = explanations_save(sheet=seen, edits=[edit], by=anna)
    row = models.Explanation.objects.get()
    assert (row.text, row.written_by) == ("Groot project", emma)
    assert (conflict.edit, conflict.theirs) == (edit, "Groot project")
    assert (conflict.written_by, conflict.written_at) == (str(emma), row.written_at)


def test_reopened_wave_takes_answers_again(entry: FrameEntry, anna: User, staff: User) -> None:
    wave_close(wave=entry.wave, by=staff)
    wave_reopen(wave=entry.wave, by=staff)
    entry.wave.refresh_from_db()
    assert answer(entry, by=anna, has_targets="no").changed
