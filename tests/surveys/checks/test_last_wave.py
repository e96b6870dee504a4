"""Checks on change, and conditions, with the real last wave."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from surveys.instrument import State
from surveys.models import FrameEntry, Library, User
from surveys.services.questionnaires import questionnaire_load
from tests.factories import QUESTIONNAIRES, answer, close, entry_of, open_wave, questionnaire, sheet, submit
from tests.surveys.checks.later import later


def of(entry: FrameEntry) -> list[tuple[str, str]]:
    return [(finding.code, finding.school) for finding in sheet(entry).findings]


def test_a_change_since_the_last_wave_asks_for_an_explanation_with_both_numbers(
    client: Client, entry: FrameEntry, anna: User
) -> None:
    answer(entry, by=anna, members=2000, guests=9000, schools={"01AA00": {"books": "12"}})
    assert of(entry) == [("members_changed", ""), ("books_changed", "01AA00")], "guests are linked to nothing"
    client.force_login(anna)
    text = client.get(reverse("surveys:response-section", args=[entry.pk, "leden"])).text
    assert "Bij de vorige meting 1.234, nu 2.000." in text
    text = client.get(reverse("surveys:response-review", args=[entry.pk])).text
    assert "Bij de vorige meting 1.234, nu 2.000." in text
    assert "Vorige keer 4,5, nu 12." in text
    assert 'id="uitleg-members_changed"' in text
    assert 'id="uitleg-books_changed-01AA00"' in text
    section = reverse("surveys:response-section", args=[entry.pk, "leden"])
    assert f'href="{section}#vraag-members"' in text
    assert f'href="{section}#cel-01AA00-books"' in text


@pytest.mark.parametrize(("comparability", "expected"), [("limited", [("members_changed", "")]), ("break", [])])
def test_a_break_in_the_series_is_no_change(
    before: FrameEntry, comparability: str, expected: list[tuple[str, str]]
) -> None:
    entry = entry_of(open_wave(later(comparability), libraries=[before.library]), before.library)
    answer(entry, members=9000)
    assert of(entry) == expected


def test_who_was_not_there_last_time_has_not_changed(entry: FrameEntry, library_b: Library) -> None:
    assert sheet(entry).facts.compared("books", "99ZZ99") is None
    wave = open_wave(later(), school_year="2026-2027", libraries=[library_b])
    answer(entry_of(wave, library_b), members=9000)
    assert of(entry_of(wave, library_b)) == []


def test_the_last_wave_is_read_only_where_a_check_looks_at_it(
    entry: FrameEntry, django_assert_num_queries: Any
) -> None:
    fresh = sheet(entry)
    with django_assert_num_queries(0):
        assert fresh.findings == []
    answer(entry, members=1300)
    fresh = sheet(entry)
    with django_assert_num_queries(1):
        assert fresh.findings == []


@pytest.mark.parametrize(
    ("operator", "then", "holds"),
    [
        ("at_least: 1000", 1234, True),
        ("at_least: 2000", 1234, False),
        ("at_most: 2000", 1234, True),
        ("answered: true", 1234, True),
        ("not_answered: true", 1234, False),
        ("at_least: 0", State.UNKNOWN, False),
        ("at_most: 0", State.UNKNOWN, False),
        ("answered: true", State.UNKNOWN, False),
        ("not_answered: true", State.UNKNOWN, True),
        ("at_least: 0", None, False),
        ("not_answered: true", None, True),
    ],
)
def test_a_condition_on_the_last_wave(library_a: Library, operator: str, then: Any, holds: bool) -> None:
    wave = open_wave(questionnaire("change"), libraries=[library_a])
    answer(entry_of(wave, library_a), members=then, guests=1)
    submit(entry_of(wave, library_a))
    close(wave)
    text = (QUESTIONNAIRES / "change.yaml").read_text(encoding="utf-8").replace("2024-2025", "2025-2026")
    condition = f"    applies_when: [[{{last_wave: members, {operator}}}]]\n"
    link = "    links: [{school_year: 2024-2025, question: members, comparability: same}]\n"
    text = text.replace("  - code: guests\n", f"  - code: guests\n{condition}")
    text = text.replace("  - code: members\n", f"  - code: members\n{link}")
    loaded = questionnaire_load(text=text, file="condition.yaml")[0]
    now = sheet(entry_of(open_wave(loaded, libraries=[library_a]), library_a))
    assert ("guests" in now.route.questions) is holds
