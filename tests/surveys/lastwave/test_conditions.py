"""A condition that looks back decides what is asked, on the form and on the board."""

from surveys.models import Library, Wave
from surveys.rules import Progress
from surveys.services.board import board_rows
from surveys.services.questionnaires import questionnaire_load
from tests.factories import answer, entry_of, open_wave, sheet

LOOKS_BACK = """
survey: test
school_year: 2025-2026
version: '1.0'
title: Terugkijken
intro: Wie vorig jaar doelstellingen had, krijgt een vraag erbij.
school_kinds: [bo]
sections:
- code: beleid
  title: Beleid
  questions:
  - code: has_targets
    level: library
    type: single
    text: Werkt uw bibliotheek met doelstellingen?
    label: doelstellingen
    options:
    - {code: 'yes', text: Ja, label: ja}
    - {code: 'no', text: Nee, label: nee}
    links: [{school_year: 2024-2025, question: has_targets, comparability: same}]
  - code: reached
    level: library
    type: text
    text: Zijn de doelstellingen van vorig jaar bereikt?
    label: bereikt
    applies_when:
    - - {last_wave: has_targets, in: ['yes']}
"""


def test_a_condition_on_the_last_wave_holds_on_the_form_and_on_the_board(
    before: Wave, library_a: Library, library_b: Library
) -> None:
    wave = open_wave(questionnaire_load(text=LOOKS_BACK, file="back.yaml")[0], libraries=[library_a, library_b])
    asked = {library.code: sheet(entry_of(wave, library)).route.questions for library in (library_a, library_b)}
    assert asked == {"A001": {"has_targets", "reached"}, "B001": {"has_targets"}}
    for library in (library_a, library_b):
        answer(entry_of(wave, library), has_targets="no")
    entries = [entry_of(wave, library) for library in (library_a, library_b)]
    assert [row.progress for row in board_rows(wave, entries)] == [Progress(2, 1), Progress(1, 1)]
