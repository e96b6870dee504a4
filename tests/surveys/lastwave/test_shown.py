"""What stands beside a question of last year's answer, and the way to last year's receipt."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from surveys.instrument import Given
from surveys.models import FrameEntry, Library, User, Wave
from surveys.services.questionnaires import questionnaire_load
from tests.factories import answer, entry_of, open_wave, sheet, stored
from tests.surveys.lastwave.later import LINK, SCHOOLS, following, later_text, page


def test_last_years_answer_stands_under_the_question(client: Client, entry: FrameEntry, anna: User) -> None:
    text = page(client, anna, entry)
    assert "Vorig jaar (2024-2025): 9,5 uren per week" in text
    assert "Leesplezier" not in text, "what does not apply is not on the page, nor its last year"
    answer(entry, by=anna, schools={SCHOOLS[0]: {"cooperation": "yes"}})
    text = page(client, anna, entry)
    assert "Vorig jaar (2024-2025): Gemeente; Anders, namelijk: De stichting" in text
    assert stored(entry, "hours") is None, "it stands beside the field and counts for nothing"


@pytest.mark.parametrize(
    ("comparability", "shows", "limit"),
    [
        ("same", True, False),
        ("limited, reason: Toen per maand", True, True),
        ("break, reason: Anders gevraagd", False, False),
        (None, False, False),
    ],
)
def test_the_register_decides_what_is_shown(
    client: Client, before: Wave, library_a: Library, anna: User, comparability: str | None, shows: bool, limit: bool
) -> None:
    later = following(hours=comparability) if comparability else following()
    entry = entry_of(open_wave(later, libraries=[library_a]), library_a)
    text = page(client, anna, entry)
    assert ("Vorig jaar (2024-2025): 9,5" in text) is shows
    assert ("Niet helemaal vergelijkbaar: Toen per maand" in text) is limit
    assert ('name="same" value="hours"' in text) is shows


def test_a_renamed_question_and_a_link_to_another_year(before: Wave, library_a: Library) -> None:
    text = later_text().replace("question: hours", "question: week_hours")
    text = text.replace("  - code: hours\n", f"  - code: week_hours\n    {LINK % ('hours', 'same')}\n")
    other = "links: [{school_year: 2023-2024, question: has_targets, comparability: same}]"
    text = text.replace("  - code: has_targets\n", f"  - code: has_targets\n    {other}\n")
    later = questionnaire_load(text=text, file="renamed.yaml")[0]
    last = sheet(entry_of(open_wave(later, libraries=[library_a]), library_a)).last_wave
    assert last is not None
    assert last.given("week_hours") == Given(Decimal("9.5"))
    assert last.given("has_targets") is None


def test_a_wave_without_a_submission_is_passed_over(entry: FrameEntry, library_a: Library) -> None:
    answer(entry, has_targets="no")
    later = open_wave(entry.wave.questionnaire, school_year="2026-2027", libraries=[library_a])
    last = sheet(entry_of(later, library_a)).last_wave
    assert last is not None
    assert (last.school_year, last.is_last_year) == ("2024-2025", False)


def test_the_roster_shows_last_year_only_where_it_differs(client: Client, entry: FrameEntry, anna: User) -> None:
    text = page(client, anna, entry, "samenwerking")
    assert text.count("Vorig jaar: Ja") == 1
    assert text.count("Vorig jaar: Nee") == 1
    answer(entry, by=anna, schools={SCHOOLS[0]: {"cooperation": "yes"}, SCHOOLS[1]: {"cooperation": "yes"}})
    text = page(client, anna, entry, "samenwerking")
    assert "Vorig jaar: Ja" not in text
    assert "Vorig jaar: Nee" in text
    assert "Vorig jaar: Leesbevordering; Digitale geletterdheid" in text


def test_start_and_overview_lead_to_last_years_receipt(
    client: Client, before: Wave, entry: FrameEntry, library_a: Library, anna: User
) -> None:
    client.force_login(anna)
    receipt = reverse("surveys:response-receipt", args=[entry_of(before, library_a).pk])
    for address in (reverse("surveys:start"), reverse("surveys:response-overview", args=[entry.pk])):
        text = client.get(address).text
        assert "Vorig jaar (2024-2025) ingediend op" in text
        assert f'{receipt}">Lees die antwoorden' in text
    assert client.get(receipt).status_code == 200
