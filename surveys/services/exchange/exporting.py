"""What was submitted in a wave, as files that `wave_import` reads, and a codebook that says what they hold."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import structlog

from surveys import models
from surveys.cells import OTHER_TEXT, file_columns
from surveys.compiled import compiled_by_id
from surveys.files import protect, write_csv
from surveys.instrument import CHOICE_TYPES, Instrument, Level, Option, Question, Row, Type
from surveys.models import Wave
from surveys.services.exchange import columns
from surveys.services.exchange.rosters import HEADER, roster_lines
from surveys.snapshot import Snapshot

CODEBOOK = ("file", "column", "type", "question", "label", "unit", "code", "meaning")
CHUNK = 200
CODED = CHOICE_TYPES | {Type.MATRIX}
FILES: Mapping[Level, str] = {Level.LIBRARY: "responses.csv", Level.SCHOOL: "schools.csv"}
security_log = structlog.get_logger("security")


def wave_export(*, wave: Wave, folder: Path, by: models.User | None = None) -> list[Path]:
    """Write responses.csv, schools.csv and codebook.csv from the submissions that count; the same bytes each time.

    Libraries that have not submitted are not in these. roster.csv has the schools that any library of the wave added
    or took off its list.
    """
    instrument = compiled_by_id(wave.questionnaire_id).instrument
    latest = models.Submission.objects.filter(response__entry__wave=wave, is_latest=True)
    # Fixed here, so that both files hold the same ones, whatever is submitted while we write.
    keys = [key for _, key in sorted(latest.values_list("response__entry__library__code", "pk"))]
    folder.mkdir(parents=True, exist_ok=True)
    paths = [
        folder / FILES[Level.LIBRARY],
        folder / FILES[Level.SCHOOL],
        folder / "codebook.csv",
        folder / "roster.csv",
    ]
    _write_answers(paths[0], instrument, Level.LIBRARY, keys)
    _write_answers(paths[1], instrument, Level.SCHOOL, keys)
    write_csv(paths[2], CODEBOOK, _codebook(instrument))
    write_csv(paths[3], HEADER, roster_lines(wave, keys))
    security_log.info("wave_exported", wave=wave.pk, user=by.pk if by else None, libraries=len(keys))
    return paths


def _write_answers(path: Path, instrument: Instrument, level: Level, keys: list[int]) -> None:
    explained = {key.partition("@")[0] for _, content in _contents(keys) for key in content["explanations"]}
    names = columns.columns(instrument, level)
    names += [
        name
        for name in columns.explanation_columns(instrument, level)
        if name.removeprefix(columns.EXPLANATION) in explained
    ]
    write_csv(
        path,
        [*columns.keys(level), *names],
        (
            [library, *whom, *(cells.get(name) or "" for name in names)]
            for library, content in _contents(keys)
            for whom, cells in _records(content, level)
        ),
    )


def _contents(keys: list[int]) -> Iterator[tuple[str, Snapshot]]:
    """Library code and snapshot of each submission, by code; some at a time, since a wave may not fit in memory."""
    for start in range(0, len(keys), CHUNK):
        rows = models.Submission.objects.filter(pk__in=keys[start : start + CHUNK])
        yield from sorted(rows.values_list("response__entry__library__code", "snapshot"), key=lambda row: row[0])


def _records(content: Snapshot, level: Level) -> Iterator[tuple[list[str], Mapping[str, str | None]]]:
    """The lines of one submission: the school, if any, and the cells by column."""
    texts: dict[str, dict[str, str]] = {}
    told = {**content["texts"]}
    told |= {columns.EXPLANATION + key: text for key, text in content["explanations"].items()}
    for key, text in told.items():
        column, _, school = key.partition("@")
        texts.setdefault(school, {})[column] = columns.text_to_cell(text)
    if level is Level.LIBRARY:
        yield [], {**content["answers"], **texts.get("", {})}
        return
    for school, place in sorted((school, place) for place, school in enumerate(content["schools"])):
        answers = {column: cells[place] for column, cells in content["columns"].items()}
        yield [school], {**answers, **texts.get(school, {})}


def _codebook(instrument: Instrument) -> Iterator[list[str]]:
    """One line per column, or per column and option where there are options."""
    for level, file in FILES.items():
        for question in columns.questions(instrument, level):
            for column in file_columns(instrument, question):
                text, label = _wording(instrument, question, column)
                has_codes = question.type in CODED and not column.endswith(f".{OTHER_TEXT}")
                meanings = [(option.code, option.text) for option in question.options] if has_codes else [("", "")]
                for code, meaning in meanings:
                    line = [file, column, question.type, text, label, question.unit, code, meaning]
                    yield [protect(cell) for cell in line]


def _wording(instrument: Instrument, question: Question, column: str) -> tuple[str, str]:
    """The text and the label of one column: those of the question, and of its row or option."""
    part = column.partition(".")[2]
    items: dict[str, Row | Option] = {row.code: row for row in question.rows}
    if question.type is Type.NUMBER_PER_OPTION:
        items |= {option.code: option for option in instrument.numbered_options(question)}
    item = items.get(part)
    if item is None:
        return question.text, question.label
    return f"{question.text} {item.text}", f"{question.label}: {item.label}"
