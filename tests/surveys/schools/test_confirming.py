"""The list of schools is confirmed before submitting."""

import pytest
from django.test import Client
from django.urls import reverse

from surveys.errors import SubmissionRefused
from surveys.models import Answer, FrameEntry, Library, User
from surveys.services.responses import response_submit
from surveys.services.schools import roster_confirm
from tests.factories import ANY_OPEN, answer, entry_of, open_wave, questionnaire
from tests.surveys.schools.rows import leave, url


def test_a_questionnaire_about_schools_is_not_submitted_before_the_list_is_confirmed(
    entry: FrameEntry, anna: User, emma: User
) -> None:
    answer(entry, by=anna, has_targets="no")
    with pytest.raises(SubmissionRefused, match="schoollocaties"):
        response_submit(entry=entry, by=anna, accept_open=ANY_OPEN)
    confirmed = roster_confirm(entry=entry, by=emma)
    assert (confirmed.roster_confirmed_by, confirmed.roster_confirmed_at is not None) == (emma, True)
    assert roster_confirm(entry=entry, by=anna).roster_confirmed_by == emma, "the first time counts"
    leave(entry, "01AA00", by=anna)
    assert response_submit(entry=entry, by=anna, accept_open=ANY_OPEN).number == 1, "a change keeps the confirmation"


def test_without_questions_about_schools_nothing_is_confirmed(library_a: Library, anna: User) -> None:
    entry = entry_of(open_wave(questionnaire("matrix"), libraries=[library_a]), library_a)
    answer(entry, by=anna, attention={"media_literacy": "some"})
    assert response_submit(entry=entry, by=anna, accept_open=ANY_OPEN).number == 1


def test_without_schools_nothing_is_confirmed(entry: FrameEntry, anna: User) -> None:
    for code in ("01AA00", "01AA01", "01AA02"):
        leave(entry, code, by=anna)
    answer(entry, by=anna, has_targets="no")
    assert response_submit(entry=entry, by=anna, accept_open=ANY_OPEN).snapshot["schools"] == []


def test_the_list_is_confirmed_from_every_page_that_asks(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    section = reverse("surveys:response-section", args=[entry.pk, "samenwerking"])
    review = reverse("surveys:response-review", args=[entry.pk])
    answer(entry, by=anna, has_targets="no")
    for address in (section, review, url("overview", entry)):
        assert "Klopt deze lijst van 3 schoollocaties?" in client.get(address).text
    assert "Klopt deze lijst" not in client.get(reverse("surveys:response-section", args=[entry.pk, "beleid"])).text
    assert (
        client.post(reverse("surveys:response-submit", args=[entry.pk]), {"accept_open": ANY_OPEN}).status_code == 422
    )
    typed = {"seen": "", "r.01AA00": "cooperation:0", "r.01AA00.cooperation": "no", "stay": "roster"}
    assert client.post(section, typed)["Location"] == section
    assert Answer.objects.get(question__code="cooperation").value == "no", "what was typed is saved with it"
    assert FrameEntry.objects.get(pk=entry.pk).roster_confirmed_by == anna
    for address in (section, review, url("overview", entry)):
        assert "Klopt deze lijst" not in client.get(address).text
    assert "Anna" in client.get(url("overview", entry)).text
    FrameEntry.objects.update(roster_confirmed_at=None, roster_confirmed_by=None)
    assert client.post(url("confirm", entry), {"back": "review"})["Location"] == review
    assert client.post(url("confirm", entry))["Location"] == url("overview", entry)
