"""A made-up questionnaire of any size with all kinds of questions, a wave of it, and answers to type into its forms."""

from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any

import yaml
from django.contrib.auth.hashers import make_password

from surveys import models
from surveys.instrument import Instrument, Question, Type
from surveys.services.questionnaires import questionnaire_load
from surveys.services.waves import wave_open

PASSWORD = "een-lange-zin-om-te-meten"  # noqa: S105 - of users in a database that is thrown away
SCHOOL_YEAR = "2024-2025"

_KINDS = ("single", "multiple", "integer", "matrix", "text", "single", "decimal", "top3", "percentage", "single")


def definition(code: str, sections: int, questions: int) -> str:
    """The definition file. Every tenth question is asked only after a "yes" to the first of the section before it."""
    numbers = count(1)
    made: list[dict[str, Any]] = [
        {
            "code": f"s{section}",
            "title": f"Onderdeel {section}",
            "help": "Ga bij het invullen uit van de stand op 31 juli.",
            "questions": [_question(next(numbers), questions) for _ in range(questions)],
        }
        for section in range(1, sections + 1)
    ]
    checks = [
        {
            "code": f"{question['code']}_high",
            "severity": "hard",
            "question": question["code"],
            "maximum": 100_000,
            "message": "Dit getal is te hoog.",
        }
        for section in made
        for question in section["questions"]
        if question["type"] == "integer"
    ]
    whole = {
        "survey": code,
        "school_year": SCHOOL_YEAR,
        "version": "1.0",
        "title": f"Vragenlijst van {sections} onderdelen",
        "intro": "Een vragenlijst om mee te meten.",
        "school_kinds": ["bo"],
        "sections": made,
        "checks": checks,
    }
    return yaml.safe_dump(whole, allow_unicode=True, sort_keys=False)


def _question(number: int, per_section: int) -> dict[str, Any]:
    kind = _KINDS[(number - 1) % len(_KINDS)]
    question: dict[str, Any] = {
        "code": f"q{number}",
        "level": "library",
        "type": kind,
        "text": f"Wat is het antwoord van uw bibliotheek op vraag {number} van deze lijst?",
        "label": f"vraag {number}",
        "help": "Een korte toelichting bij de vraag, zoals de meeste vragen die hebben.",
    }
    if kind == "single":
        question["options"] = [_option("yes"), _option("no"), _option("unknown")]
    if kind in {"multiple", "top3"}:
        question["options"] = [*(_option(f"o{n}") for n in range(1, 7)), _option("other") | {"has_text": True}]
    if kind == "matrix":
        question["options"] = [_option(f"c{n}") for n in range(1, 5)]
        question["rows"] = [_option(f"r{n}") for n in range(1, 5)]
    if kind in {"integer", "decimal"}:
        question["unit"] = "uren per week"
    if number % len(_KINDS) == 0 and number > per_section:
        source = (number - 1) // per_section * per_section - per_section + 1
        if _KINDS[(source - 1) % len(_KINDS)] == "single":
            question["applies_when"] = [[{"question": f"q{source}", "in": ["yes"]}]]
    return question


def _option(code: str) -> dict[str, Any]:
    return {"code": code, "text": f"Een mogelijk antwoord: {code}", "label": f"antwoord {code}"}


def fields(question: Question, variant: int) -> list[tuple[str, str]]:
    """Form fields that answer the question; another `variant` (0 or 1) differs in every one of them."""
    code = question.code
    options = [option.code for option in question.options]
    match question.type:
        case Type.SINGLE:
            return [(code, options[variant])]
        case Type.MULTIPLE | Type.TOP3:
            chosen = [options[variant], options[2], "other"]
            return [*((code, option) for option in chosen), (f"{code}.other_text", f"Iets anders {variant}")]
        case Type.MATRIX:
            return [(f"{code}.{row.code}", options[(place + variant) % 4]) for place, row in enumerate(question.rows)]
        case Type.TEXT:
            return [(code, f"Een antwoord van een regel, zoals mensen die geven ({variant}).")]
        case Type.INTEGER | Type.PERCENTAGE:
            return [(code, str(20 + variant))]
        case _:
            return [(code, f"{20 + variant},5")]


@dataclass(frozen=True, slots=True)
class Respondent:
    """Somebody who fills in for a library of their own."""

    email: str
    entry_id: int


def open_wave(code: str, sections: int, questions: int, libraries: int) -> tuple[Instrument, list[Respondent]]:
    """An open wave of a made-up questionnaire, with a submitter for each library; log-in is by PASSWORD."""
    from surveys.compiled import compiled  # noqa: PLC0415

    text = definition(code, sections, questions)
    questionnaire = questionnaire_load(text=text, file=f"{code}.yaml")[0]
    rows = [
        models.Library(code=f"{code}{n:04d}", name=f"Bibliotheek {code} {n}", province="Gelderland", inhabitants=50_000)
        for n in range(libraries)
    ]
    models.Library.objects.bulk_create(rows)
    password = make_password(PASSWORD)
    users = [models.User(email=f"{row.code}@example.nl", name=f"Persoon {row.code}", password=password) for row in rows]
    models.User.objects.bulk_create(users)
    models.Membership.objects.bulk_create(
        models.Membership(user=user, library=library, role=models.Membership.Role.SUBMITTER)
        for user, library in zip(users, rows, strict=True)
    )
    wave = models.Wave.objects.create(
        survey=questionnaire.survey,
        school_year=SCHOOL_YEAR,
        questionnaire=questionnaire,
        reference_date=date(2025, 7, 31),
    )
    wave_open(wave=wave, by=None)
    entries = dict(wave.frame.values_list("library__code", "pk"))
    questionnaire.refresh_from_db()
    return compiled(questionnaire).instrument, [Respondent(f"{row.code}@example.nl", entries[row.code]) for row in rows]
