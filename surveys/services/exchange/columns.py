"""The columns of responses.csv and schools.csv, and the one encoding of their cells, for both directions. Pure."""

import re
from collections.abc import Collection, Iterable, Mapping

from surveys.cells import OTHER_TEXT, clean_text, file_columns, from_cells
from surveys.errors import Problem
from surveys.files import Table, protect, unprotect
from surveys.instrument import BLANK, Given, Instrument, Level, Question, State, Type
from surveys.translation import gettext as _

LIBRARY, SCHOOL = "library", "school"
# "explanation.hours_unusual": why a value that this soft check questions is right. Only where somebody wrote one.
EXPLANATION = "explanation."

# A text that reads like a state gets an apostrophe before it, as one that reads like a formula.
_STATE = re.compile(rf"'*({State.UNKNOWN}|{State.NOT_APPLICABLE})")


def keys(level: Level) -> tuple[str, ...]:
    """The columns that say whom a line is about."""
    return (LIBRARY,) if level is Level.LIBRARY else (LIBRARY, SCHOOL)


def questions(instrument: Instrument, level: Level) -> tuple[Question, ...]:
    return instrument.library_questions if level is Level.LIBRARY else instrument.school_questions


def columns(instrument: Instrument, level: Level) -> list[str]:
    """The columns with answers, in the order of the questionnaire."""
    asked = questions(instrument, level)
    return [column for question in asked for column in file_columns(instrument, question)]


def explanation_columns(instrument: Instrument, level: Level) -> list[str]:
    """The columns that a file of this level may have besides."""
    codes = {question.code for question in questions(instrument, level)}
    return [EXPLANATION + check.code for check in instrument.checks if check.question in codes]


def text_to_cell(text: str) -> str:
    return f"'{text}" if _STATE.fullmatch(text) else protect(text)


def cell_to_text(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _STATE.fullmatch(cell) else unprotect(cell)


def present(
    instrument: Instrument, asked: Iterable[Question], table: Table, problems: list[Problem]
) -> dict[str, tuple[str, ...]]:
    """The questions that the file is about, with their columns. Half the columns of a question is a problem."""
    found = {}
    for question in asked:
        own = instrument.columns(question)
        there = tuple(column for column in file_columns(instrument, question) if column in table.header)
        if there:
            missing = [column for column in own if column not in there]
            problems += [Problem(table.file, 1, _("this column is missing"), column) for column in missing]
            found[question.code] = there
    return found


def read_answer(instrument: Instrument, question: Question, there: Collection[str], cells: Mapping[str, str]) -> Given:
    """The answer in these cells. Raises CellRefused."""
    given = {column: cells[column] for column in there}
    if not any(given.values()):
        return BLANK
    if question.type is Type.TEXT:
        cell = given[question.code]
        text = cell_to_text(cell)
        if text != cell:
            return Given(clean_text(text, question.code))
    other = f"{question.code}.{OTHER_TEXT}"
    if other in given:
        given[other] = cell_to_text(given[other])
    return from_cells(instrument, question, given)


def read_explanations(cells: Mapping[str, str]) -> dict[str, str]:
    """Explanations by check code, an empty one included. Raises CellRefused."""
    return {
        column.removeprefix(EXPLANATION): clean_text(cell_to_text(cell), column)
        for column, cell in cells.items()
        if column.startswith(EXPLANATION)
    }
