"""The questionnaire on paper for a library with many schools: how long it takes, and what pages notice of it."""

import random
import threading
import time
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import surveys
from surveys import models
from surveys.instrument import Given, Instrument, Question, Type
from surveys.services.questionnaires import questionnaire_load
from surveys.services.responses import Edit, answers_save
from surveys.services.waves import wave_open
from surveys.sheets import sheet_of
from tools.bench.project import Visitor
from tools.bench.table import Row, milliseconds, percentile

DEFINITION = Path(surveys.__file__).parent / "definitions/po-2021-2022.yaml"
TARGET_SECONDS = 3.0


def measure(*, schools: int, rounds: int) -> list[Row]:
    """The blank questionnaire and the answers, each drawn alone and while somebody else walks through pages."""
    entry, user = _filled_in(schools)
    visitor, reader = Visitor(user), Visitor(user)
    start = f"/vragenlijst/{entry.pk}/"
    visitor.get(f"{start}blanco.pdf")  # starts the process that draws
    rows = []
    for name, path in (("blank", f"{start}blanco.pdf"), ("answers", f"{start}antwoorden.pdf")):
        seconds = [visitor.get(path) for _round in range(rounds)]
        slowest = max(seconds)
        rows.append(
            Row(
                f"PDF of the PO questionnaire, {name}, {schools} schools, {len(visitor.body) / 1000:.0f} kB",
                "",
                f"median {median(seconds):.1f} s, slowest {slowest:.1f} s",
                target=f"<= {TARGET_SECONDS:g} s",
                is_met=median(seconds) <= TARGET_SECONDS,
            )
        )
    page = f"{start}onderdeel/{_quiet_section(entry)}/"
    alone = [reader.get(page) for _turn in range(20)]
    beside = _while_drawing(visitor, f"{start}antwoorden.pdf", reader, page)
    rows.append(
        Row(
            "section page in the same web process, while such a PDF is drawn",
            f"median {milliseconds(median(alone))}, 95% within {milliseconds(percentile(alone, 95))}",
            f"median {milliseconds(median(beside))}, 95% within {milliseconds(percentile(beside, 95))}",
            f"{median(beside) / median(alone):.2f}",
        )
    )
    return rows


def _while_drawing(visitor: Visitor, pdf: str, reader: Visitor, page: str) -> list[float]:
    """The seconds of each page that was asked for, one after another, while the PDF was being made."""
    from django.db import connection  # noqa: PLC0415 - Django is set up only now

    def draw() -> None:
        try:
            visitor.get(pdf)
        finally:
            connection.close()

    drawing = threading.Thread(target=draw)
    drawing.start()
    seconds = []
    while drawing.is_alive():
        seconds.append(reader.get(page))
        time.sleep(0.02)
    drawing.join()
    return seconds


def _quiet_section(entry: models.FrameEntry) -> str:
    """A section without a roster."""
    instrument = sheet_of(entry, None).instrument
    return next(section.code for section in instrument.sections if not section.school_questions)


def _filled_in(schools: int) -> tuple[models.FrameEntry, models.User]:
    """A library with so many schools that answered everything, and somebody who works there."""
    questionnaire = questionnaire_load(text=DEFINITION.read_text(encoding="utf-8"), file=DEFINITION.name)[0]
    library = models.Library.objects.create(
        code="P001", name="Bibliotheek Papier", province="Gelderland", inhabitants=1
    )
    models.School.objects.bulk_create(
        models.School(
            code=f"{10 + place // 90}PP{place % 90:02}",
            name=f"Kindcentrum De Vlinderboom {place}",
            kind="bo",
            municipality="Zuiderhout",
            library=library,
        )
        for place in range(schools)
    )
    user = models.User.objects.create(email="papier@example.nl", name="Pien Papier")
    models.Membership.objects.create(user=user, library=library, role=models.Membership.Role.SUBMITTER)
    wave = models.Wave.objects.create(
        survey=questionnaire.survey,
        school_year=questionnaire.school_year,
        questionnaire=questionnaire,
        reference_date="2022-07-31",
    )
    wave_open(wave=wave, by=None)
    entry = models.FrameEntry.objects.select_related("wave__survey", "library").get(wave=wave, library=library)
    sheet = sheet_of(entry, None)
    chance = random.Random(500)  # noqa: S311 - answers to measure with
    keys = [(question, "") for question in sheet.instrument.library_questions]
    keys += [(question, school) for question in sheet.instrument.school_questions for school in sheet.schools]
    edits = [Edit(question.code, school, _given(sheet.instrument, question, chance), 0) for question, school in keys]
    answers_save(sheet=sheet, edits=edits, by=user)
    return entry, user


def _given(instrument: Instrument, question: Question, chance: random.Random) -> Given:
    codes = [option.code for option in question.options]
    value: Any
    match question.type:
        case Type.SINGLE:
            value = codes[0] if chance.random() < 0.6 else chance.choice(codes)
        case Type.MULTIPLE | Type.TOP3:
            value = tuple(code for code in codes if not question.option_by_code[code].is_exclusive)[:2]
        case Type.MATRIX:
            value = {row.code: chance.choice(codes) for row in question.rows}
        case Type.NUMBER_PER_OPTION:
            value = {option.code: Decimal(4) for option in instrument.numbered_options(question)}
        case Type.TEXT:
            value = "Een antwoord van een regel, zoals mensen die geven."
        case Type.INTEGER:
            value = chance.randint(1, 400)
        case _:
            value = Decimal(chance.randint(1, 40))
    return Given(value)
