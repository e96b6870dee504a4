"""What a submission holds: the on-path answers, totals, texts and explanations of one moment, as plain JSON.

Pure. Cells are those of `cells.py`; None means "not asked". Roster answers are kept by column, with how often each cell
occurs in it, so that counting a wave takes no pass over all its schools.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from surveys import checks, rules
from surveys.cells import OTHER_TEXT, TEXT_GIVEN, from_cells, to_cells
from surveys.instrument import BLANK, NO_VALUE, Given, Instrument, Question, State, Type
from surveys.rules import Facts, Path

Snapshot = dict[str, Any]


def build(instrument: Instrument, facts: Facts, route: Path, explanations: Mapping[tuple[str, str], str]) -> Snapshot:
    """The snapshot of these answers. `explanations` are by (check code, school code or empty).

    Those of checks that are passed (again) are left out: they explain what is no longer there.
    """
    findings = checks.findings(instrument, facts, route) if explanations else []
    fired = {(finding.code, finding.school) for finding in findings}
    schools = sorted(facts.rows)  # by code, so that the hash depends on no collation
    answers: dict[str, str | None] = {}
    columns: dict[str, list[str | None]] = {}
    texts: dict[str, str] = {}
    for question in instrument.library_questions:
        given = facts.answers.get(question.code, BLANK) if route.holds(question.code) else None
        answers |= _cells(instrument, question, given, facts.answers, texts, "")
    for question in instrument.school_questions:
        names = _column_names(instrument, question)
        columns |= {name: [] for name in names}
        for school in schools:
            given = facts.rows[school].get(question.code, BLANK) if route.holds(question.code, school) else None
            cells = _cells(instrument, question, given, facts.rows[school], texts, school)
            for name in names:
                columns[name].append(cells[name])
    for code, total in route.totals.items():
        answers[code] = None if total is None or code in route.partly_unknown else str(total)
    return {
        "questionnaire": instrument.code,
        "version": instrument.version,
        "answers": answers,
        "schools": schools,
        "columns": columns,
        "counts": {name: _counts(cells) for name, cells in columns.items()},
        "texts": texts,
        "explanations": {_key(*finding): text for finding, text in sorted(explanations.items()) if finding in fired},
    }


@dataclass(frozen=True, slots=True)
class Contents:
    """A snapshot read back. What is not in `answers` or in a school's row was not asked."""

    answers: Mapping[str, Given]
    rows: Mapping[str, Mapping[str, Given]]
    totals: Mapping[str, str | None]
    explanations: Mapping[str, str]


def read(instrument: Instrument, snapshot: Snapshot) -> Contents:
    """All that is in a snapshot, by question code and school code."""
    totals = {total.code: snapshot["answers"][total.code] for total in instrument.totals}
    answers, rows = read_answers(instrument, snapshot), read_rows(instrument, snapshot)
    return Contents(answers, rows, totals, snapshot["explanations"])


def read_answers(instrument: Instrument, snapshot: Snapshot) -> dict[str, Given]:
    """The library's own answers in a snapshot, by question code."""
    return {
        question.code: given
        for question in instrument.library_questions
        if (given := _given(instrument, question, snapshot["answers"], snapshot["texts"], "")) is not None
    }


def read_rows(instrument: Instrument, snapshot: Snapshot) -> dict[str, dict[str, Given]]:
    """The answers about schools in a snapshot, by school code and question code."""
    rows = {}
    for place, school in enumerate(snapshot["schools"]):
        cells = {name: column[place] for name, column in snapshot["columns"].items()}
        rows[school] = {
            question.code: given
            for question in instrument.school_questions
            if (given := _given(instrument, question, cells, snapshot["texts"], school)) is not None
        }
    return rows


def _given(
    instrument: Instrument,
    question: Question,
    cells: Mapping[str, str | None],
    texts: Mapping[str, str],
    school: str,
) -> Given | None:
    """The answer in these cells; None where the question was not asked."""
    columns = {name: cells[name] for name in instrument.columns(question)}
    if all(cell is None for cell in columns.values()):
        return None
    if question.type is Type.TEXT and (key := _key(question.code, school)) in texts:
        return Given(texts[key])  # also when it says "unknown"
    present = {name: cell or "" for name, cell in columns.items()}
    if (key := _key(f"{question.code}.{OTHER_TEXT}", school)) in texts:
        present[f"{question.code}.{OTHER_TEXT}"] = texts[key]
    return from_cells(instrument, question, present)


def _counts(cells: Iterable[str | None]) -> dict[str, int]:
    """How often each cell occurs in a column, in the order of the cells; what was not asked is left out."""
    return dict(sorted(Counter(cell for cell in cells if cell is not None).items()))


def content_hash(snapshot: Snapshot) -> str:
    """SHA-256 over the snapshot in one canonical form; equal answers have equal hashes."""
    canonical = json.dumps(snapshot, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _column_names(instrument: Instrument, question: Question) -> tuple[str, ...]:
    """The question's columns, and for numbers per option also their sum under the question's own code."""
    columns = instrument.columns(question)
    return (*columns, question.code) if question.type is Type.NUMBER_PER_OPTION else columns


def _cells(
    instrument: Instrument,
    question: Question,
    given: Given | None,
    answers: Mapping[str, Given],
    texts: dict[str, str],
    school: str,
) -> dict[str, str | None]:
    """The cells to count. Texts that people wrote go to `texts` instead, by column (and school)."""
    if given is None:
        return dict.fromkeys(_column_names(instrument, question))
    given = rules.without_hidden(instrument, question, given, answers)
    cells: dict[str, str | None] = dict(to_cells(instrument, question, given))
    other = cells.pop(f"{question.code}.{OTHER_TEXT}", None)
    if other:
        texts[_key(f"{question.code}.{OTHER_TEXT}", school)] = other
    if question.type is Type.TEXT and not given.is_missing:
        texts[_key(question.code, school)] = str(given.value)
        cells[question.code] = TEXT_GIVEN
    if question.type is Type.NUMBER_PER_OPTION:
        asked = {f"{question.code}.{option}" for option in rules.asked_options(instrument, question, answers)}
        cells = {name: cell if name in asked else None for name, cell in cells.items()}
        cells[question.code] = _sum_cell(given)
    return cells


def _sum_cell(given: Given) -> str:
    """The sum of the numbers per option, or why there is none: with one that is unknown, the sum is unknown too."""
    if given.state in NO_VALUE:
        return str(given.state)
    if given.has_unknown:
        return str(State.UNKNOWN)
    total = given.number_sum
    if total is None:
        return "" if given.value is None else str(State.NOT_APPLICABLE)
    return str(total)


def _key(code: str, school: str) -> str:
    return f"{code}@{school}" if school else code
