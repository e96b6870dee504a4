"""Checks as they stand in a definition: stored, frozen, and read in words."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from surveys.admin.words import check_words
from surveys.compiled import compiled
from surveys.errors import QuestionnaireFrozen
from surveys.models import Library, User
from surveys.services.questionnaires import questionnaire_dump, questionnaire_load
from tests.factories import QUESTIONNAIRES, instrument, open_wave, questionnaire


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["sums", "change", "complete_row"])
def test_checks_are_stored_as_they_stand_in_the_definition(name: str) -> None:
    text = (QUESTIONNAIRES / f"{name}.yaml").read_text(encoding="utf-8")
    assert questionnaire_dump(questionnaire=questionnaire(name)) == text
    assert compiled(questionnaire(name)).instrument == instrument(name)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("plus: [members]", "minimum: 0"),
        ("change_percent: 25", "change_percent: 30"),
        ("change_floor: 2.5", "change_floor: 2"),
        ("minutes: 5", "minutes: 6"),
    ],
)
def test_a_check_of_a_frozen_questionnaire_does_not_change(library_a: Library, old: str, new: str) -> None:
    open_wave(questionnaire("change"), libraries=[library_a])
    text = (QUESTIONNAIRES / "change.yaml").read_text(encoding="utf-8")
    assert questionnaire_load(text=text, file="change.yaml")[1] is False
    assert old in text
    with pytest.raises(QuestionnaireFrozen):
        questionnaire_load(text=text.replace(old, new), file="change.yaml")


def test_checks_read_in_words() -> None:
    kinds = [instrument(name) for name in ("sums", "change", "complete_row")]
    with translation.override("en"):
        words = {check.code: check_words(kind, check) for kind in kinds for check in kind.checks}
    assert words == {
        "hours_at_most_all": "together with “ingehuurde uren”, at most the answer to “uren in totaal”",
        "functions_at_most_people": "at most the answer to “mensen”",
        "members_changed": "at most 25 percent or 100 from the last wave",
        "together_changed": "together with “leden”, at most 50 percent or 1,000 from the last wave",
        "books_changed": "at most 50 percent or 2.5 from the last wave",
        "row_complete": "once this is answered, the whole row is",
        "attention_complete": "once this is answered, the whole row is",
        "grants_complete": "once this is answered, the whole row is",
    }


def test_staff_read_how_long_it_takes(client: Client, staff: User, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = False
    client.force_login(staff)
    page = client.get(reverse("admin:surveys_questionnaire_change", args=[questionnaire("change").pk]))
    assert "5 minuten" in page.text
    assert "hoogstens 25 procent of 100 anders dan bij de vorige meting" in page.text
