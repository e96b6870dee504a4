"""One library in a wave: reopening, an extension, its answers and what it sent in."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from surveys.errors import WaveNotOpen
from surveys.models import Library, ResponseEvent, User, Wave
from surveys.services.board import board_rows
from tests.factories import answer, close, entry_of, open_wave, submit
from tests.surveys.admin.pages import another_questionnaire, at, moment


def test_reopening_needs_a_reason_and_keeps_it(desk: Client, wave: Wave, library_a: Library, anna: User) -> None:
    entry = entry_of(wave, library_a)
    first = submit(entry, by=anna)
    url = at("wave_response_reopen", wave.pk, entry.pk)
    assert desk.post(url, {"reason": ""}).status_code == 200
    assert entry_of(wave, library_a).response.is_submitted
    assert desk.post(url, {"reason": "Verkeerd aantal scholen"}).status_code == 302
    assert not entry_of(wave, library_a).response.is_submitted
    assert ResponseEvent.objects.get(kind="reopened").note == "Verkeerd aantal scholen"
    first.refresh_from_db()
    assert first.is_latest, "it counts until the next one"
    row = board_rows(wave, [entry_of(wave, library_a)])[0]
    assert row.is_reopened
    assert "Verkeerd aantal scholen" in desk.get(at("wave_answers", wave.pk, entry.pk)).content.decode()


def test_nothing_to_reopen_is_a_message(desk: Client, wave: Wave, library_b: Library) -> None:
    url = at("wave_response_reopen", wave.pk, entry_of(wave, library_b).pk)
    page = desk.post(url, {"reason": "x"})
    assert page.status_code == 302
    assert not ResponseEvent.objects.filter(kind="reopened").exists()


def test_an_extension_opens_a_closed_wave_for_one_library(
    desk: Client, wave: Wave, library_a: Library, library_b: Library
) -> None:
    close(wave)
    entry = entry_of(wave, library_a)
    with pytest.raises(WaveNotOpen):
        answer(entry, hours="12")
    until = timezone.now() + timedelta(days=2)
    assert desk.post(at("wave_extension", wave.pk, entry.pk), {"until": moment(until)}).status_code == 302
    assert answer(entry, hours="12").changed
    with pytest.raises(WaveNotOpen):
        answer(entry_of(wave, library_b), hours="12")
    assert ResponseEvent.objects.get(kind="extended").response == entry.response


@pytest.mark.parametrize("days", [-1, 2])
def test_an_extension_that_changes_nothing_is_refused(desk: Client, wave: Wave, library_a: Library, days: int) -> None:
    wave.closes_at = timezone.now() + timedelta(days=5)
    wave.save()
    entry = entry_of(wave, library_a)
    desk.post(at("wave_extension", wave.pk, entry.pk), {"until": moment(timezone.now() + timedelta(days=days))})
    assert entry_of(wave, library_a).extended_until is None


def test_staff_reads_answers_with_who_gave_them(desk: Client, wave: Wave, library_a: Library, anna: User) -> None:
    entry = entry_of(wave, library_a)
    answer(entry, by=anna, target_topics="<script>alert(1)</script>", hours="300")
    text = desk.get(at("wave_answers", wave.pk, entry.pk)).content.decode()
    assert "&lt;script&gt;" in text
    assert "<script>alert" not in text
    assert "Anna" in text
    assert "Dit aantal uren is ongewoon" in text
    answer(entry, by=anna, has_targets="no")  # target_topics is off the route now
    page = desk.get(at("wave_answers", wave.pk, entry.pk))
    kept = [line for section in page.context["sections"] for line in section.lines if not line.cell.is_asked]
    assert [line.question.code for line in kept] == ["target_topics"]


def test_the_answers_of_another_wave_are_not_under_this_one(desk: Client, wave: Wave, library_a: Library) -> None:
    other = open_wave(another_questionnaire(), libraries=[library_a], school_year="2030-2031")
    entry = entry_of(other, library_a)
    for name in ("wave_answers", "wave_extension", "wave_response_reopen"):
        assert desk.get(at(name, wave.pk, entry.pk)).status_code == 404


def test_history_shows_every_value_of_an_answer(desk: Client, wave: Wave, library_a: Library, anna: User) -> None:
    entry = entry_of(wave, library_a)
    answer(entry, by=anna, hours="12")
    page = desk.get(at("wave_history", wave.pk, entry.pk, "hours"))
    assert [line.change.value for line in page.context["lines"]] == ["12", "9.5"]
    assert desk.get(at("wave_history", wave.pk, entry.pk, "nonsense")).status_code == 404
    first, second = entry.schools.all()
    answer(entry, schools={school.code: {"cooperation": "yes"} for school in (first, second)})
    url = at("wave_history", wave.pk, entry.pk, "cooperation")
    assert len(desk.get(url).context["lines"]) == 2
    assert [line.school for line in desk.get(url, {"school": first.code}).context["lines"]] == [str(first)]


def test_a_submission_is_shown_as_it_was_sent_in(desk: Client, wave: Wave, library_a: Library) -> None:
    entry = entry_of(wave, library_a)
    submission = submit(entry)
    text = desk.get(at("submission_change", submission.pk)).content.decode()
    assert submission.content_hash in text
    assert "9,5 uren per week" in text
    assert desk.post(at("submission_change", submission.pk), {"number": "9"}).status_code == 200
    submission.refresh_from_db()
    assert submission.number == 1
