"""Waves in the administration: drafts, opening, closing, reopening."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from surveys.errors import DomainError
from surveys.models import Library, Questionnaire, ResponseEvent, User, Wave
from surveys.services.board import board_counts
from surveys.services.waves import draft_save, frame_preview, wave_open
from tests.factories import LibraryFactory, SchoolFactory, WaveFactory, questionnaire, said
from tests.surveys.admin.pages import another_questionnaire, at, moment


def wave_fields(draft: Wave, **changed: Any) -> dict[str, Any]:
    return {
        "survey": draft.survey_id,
        "school_year": draft.school_year,
        "questionnaire": draft.questionnaire_id,
        "reference_date": "2025-07-31",
        "closes_at": "",
        **changed,
    }


def test_a_draft_is_made_edited_and_deleted(desk: Client) -> None:
    small = questionnaire("small")
    fields = {
        "survey": small.survey_id,
        "school_year": "2026-2027",
        "questionnaire": small.pk,
        "reference_date": "2027-07-31",
        "closes_at": "2027-09-30T17:00",
    }
    assert desk.post(at("wave_add"), fields).status_code == 302
    draft = Wave.objects.get()
    assert draft.state == Wave.State.DRAFT
    assert moment(draft.closes_at) == "2027-09-30T17:00"  # type: ignore[arg-type]  # just given
    assert desk.post(at("wave_change", draft.pk), fields | {"closes_at": ""}).status_code == 302
    draft.refresh_from_db()
    assert draft.closes_at is None
    assert desk.post(at("wave_delete", draft.pk), {"post": "yes"}).status_code == 302
    assert not Wave.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("school_year", "2026-2028"), ("school_year", "2026/2027"), ("school_year", "²⁰²⁶-2027"), ("closes_at", "morgen")],
)
def test_a_draft_with_a_mistake_is_not_stored(desk: Client, field: str, value: str) -> None:
    draft = WaveFactory()
    page = desk.post(at("wave_change", draft.pk), wave_fields(draft, **{field: value}))
    assert page.status_code == 200
    assert field in page.context["adminform"].form.errors


def test_a_questionnaire_of_another_survey_is_refused(desk: Client) -> None:
    draft, other = WaveFactory(), another_questionnaire()
    other.survey = type(draft.survey).objects.create(code="other", slug="other", title="Other")
    other.save()
    page = desk.post(at("wave_change", draft.pk), wave_fields(draft, questionnaire=other.pk))
    assert "questionnaire" in page.context["adminform"].form.errors


def test_an_open_wave_is_neither_edited_nor_deleted(desk: Client, wave: Wave) -> None:
    assert desk.get(at("wave_change", wave.pk)).status_code == 200
    assert desk.post(at("wave_change", wave.pk), wave_fields(wave, school_year="2030-2031")).status_code == 403
    assert desk.post(at("wave_delete", wave.pk), {"post": "yes"}).status_code == 403


def test_saving_a_draft_that_was_opened_meanwhile_leaves_it_open(library_a: Library) -> None:
    draft = WaveFactory()
    wave_open(wave=draft, by=None)
    draft.closes_at = timezone.now()
    with pytest.raises(DomainError):
        draft_save(wave=draft, changed=["closes_at"])
    stored = Wave.objects.get(pk=draft.pk)
    assert stored.is_open
    assert stored.closes_at is None


def test_opening_asks_with_the_very_numbers_it_then_makes(desk: Client, library_a: Library) -> None:
    SchoolFactory.create_batch(3, library=library_a)
    SchoolFactory(library=library_a, secondary=True)
    SchoolFactory(library=library_a, vanished=True)
    LibraryFactory(merged=True)
    draft = WaveFactory()
    foretold = frame_preview(draft)
    page = desk.get(at("wave_open", draft.pk))
    draft.refresh_from_db()
    assert draft.state == Wave.State.DRAFT, "looking must not open"
    assert str(foretold[0]) in page.context["confirmation"].effects[0]
    assert desk.post(at("wave_open", draft.pk), {"x": "1"}).status_code == 302
    counts = board_counts(draft)
    assert foretold == (counts.n_expected, counts.n_locations) == (2, 3)
    assert Questionnaire.objects.get(pk=draft.questionnaire_id).frozen_at is not None


def test_a_refusal_by_the_domain_is_a_message(desk: Client, wave: Wave) -> None:
    page = desk.post(at("wave_open", wave.pk), {"x": "1"})
    assert page.status_code == 302
    with translation.override("nl"):
        assert said(page)
    assert Wave.objects.get(pk=wave.pk).is_open


def test_closing_and_reopening(desk: Client, staff: User, wave: Wave) -> None:
    assert b"csrfmiddlewaretoken" in desk.get(at("wave_close", wave.pk)).content
    wave.refresh_from_db()
    assert wave.is_open, "looking must not close"
    desk.post(at("wave_close", wave.pk), {"x": "1"})
    wave.refresh_from_db()
    assert wave.state == Wave.State.CLOSED
    assert ResponseEvent.objects.get(kind="wave_closed").by == staff
    later = timezone.now() + timedelta(days=3)
    desk.post(at("wave_reopen", wave.pk), {"closes_at": moment(later)})
    wave.refresh_from_db()
    assert wave.is_open
    assert moment(wave.closes_at) == moment(later)  # type: ignore[arg-type]  # just given


def test_the_closing_moment_moves_but_not_into_the_past(desk: Client, wave: Wave) -> None:
    later = timezone.now() + timedelta(days=3)
    desk.post(at("wave_reschedule", wave.pk), {"closes_at": moment(later)})
    wave.refresh_from_db()
    assert moment(wave.closes_at) == moment(later)  # type: ignore[arg-type]  # just given
    desk.post(at("wave_reschedule", wave.pk), {"closes_at": "2020-01-01T12:00"})
    wave.refresh_from_db()
    assert moment(wave.closes_at) == moment(later)  # type: ignore[arg-type]  # unchanged
    desk.post(at("wave_reschedule", wave.pk), {"closes_at": ""})
    wave.refresh_from_db()
    assert wave.closes_at is None
    assert ResponseEvent.objects.filter(wave=wave, kind="rescheduled").count() == 2
