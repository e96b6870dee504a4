"""A definition with every part, and what is said of one that is broken."""

from surveys.definition import parse
from surveys.errors import Problem
from tests.refused import refused

WHOLE = """\
survey: test
school_year: 2024-2025
version: '1.0'
title: Alles
intro: Klein, maar met elk onderdeel.
minutes: 30
school_kinds: [bo, sbo]
totals:
- code: locations
  label: schoollocaties
- code: cooperating
  label: locaties waarmee wordt samengewerkt
  count_where:
  - - {question: cooperation, in: [structural]}
  share_of: [locations]
- code: books
  label: boeken
  sum_of: n_books
  unit: boeken
sections:
- code: scholen
  title: Scholen
  questions:
  - code: cooperation
    level: school
    type: single
    text: Werkt u samen?
    label: samenwerking
    column: Samen
    options:
    - {code: structural, text: Ja, label: structureel}
    - {code: none, text: Nee, label: geen}
    disclosure: open
  - code: n_books
    level: school
    type: integer
    text: Hoeveel boeken zijn er?
    label: boeken
    unit: boeken
    applies_when:
    - - {question: cooperation, in: [structural]}
- code: bibliotheek
  title: Bibliotheek
  questions:
  - code: functions
    level: library
    type: multiple
    text: Welke functies zijn er?
    label: functies
    options:
    - {code: specialist, text: Specialist, label: specialist}
    - {code: consultant, text: Consulent, label: consulent, parent: specialist}
    - {code: other, text: Anders, label: andere, has_text: true}
    - {code: none, text: Geen, label: geen, exclusive: true}
    applies_when:
    - - {total: cooperating, at_least: 1}
    links:
    - {school_year: 2023-2024, question: functions, comparability: same}
  - code: hours
    level: library
    type: number_per_option
    text: Hoeveel uren zijn dat?
    label: uren
    unit: uren
    options_from: functions
    options_except: [consultant]
  - code: attention
    level: library
    type: matrix
    text: Hoeveel aandacht geeft u?
    label: aandacht
    options:
    - {code: '1', text: Weinig, label: weinig}
    - {code: '2', text: Veel, label: veel}
    rows:
    - {code: media, text: Media, label: media}
    positive: ['2']
  - code: plans
    level: library
    type: integer
    text: Hoeveel plannen zijn er?
    label: plannen
    share_of: cooperating
  - code: new_plans
    level: library
    type: integer
    text: Hoeveel nieuwe plannen zijn er?
    label: nieuwe plannen
  - code: remarks
    level: library
    type: text
    text: Wat wilt u nog kwijt?
    label: opmerkingen
    applies_when:
    - - {question: functions, lacks: [none]}
      - {library: size_class, in: [xl]}
    - - {last_wave: plans, at_least: 2.5}
checks:
- code: new_at_most_plans
  severity: hard
  question: new_plans
  at_most_question: plans
  message: Dat kan niet.
- code: plans_unusual
  severity: soft
  question: plans
  minimum: 0.5
  maximum: 20
  message: Klopt dit?
- code: plans_changed
  severity: soft
  question: plans
  plus: [new_plans, functions]
  change_percent: 12.5
  change_floor: 0
  message: Van {vorig} naar {nu}, klopt dit?
- code: hours_complete
  severity: soft
  question: hours
  complete_row: true
  message: Vul overal uren in.
"""


def refusal(text: str, file: str = "a.yaml") -> list[Problem]:
    return refused(lambda: parse(text, file))
