"""Taking back what one act changed, with the history of the answers as the memory."""

import json
from collections.abc import Mapping

from django.db import connection

from surveys import cells, models
from surveys.instrument import BLANK, Given, State
from surveys.services.responses import Edit, Saved, answers_save
from surveys.sheets import Sheet

# The value before each of these versions; the first version had none before it.
BEFORE = """
    SELECT wanted.question_id, wanted.school_id, change.value, change.state, change.other_text
    FROM unnest(%s::bigint[], %s::bigint[], %s::int[]) AS wanted (question_id, school_id, version)
    JOIN surveys_answer answer ON answer.response_id = %s
         AND answer.question_id = wanted.question_id AND answer.school_id = wanted.school_id
    JOIN surveys_answerchange change ON change.answer_id = answer.id AND change.version = wanted.version - 1
"""


def answers_undo(*, sheet: Sheet, versions: Mapping[tuple[str, str], int], by: models.User) -> Saved:
    """Give these answers, by (school, question code), the value from before the version that an act made.

    An answer that was changed again since then becomes a conflict and stays. Raises WaveNotOpen.
    """
    ids = sheet.compiled.question_ids
    known = {
        (school, code): version
        for (school, code), version in versions.items()
        if school in sheet.schools and code in ids and version > 0
    }
    before = _before(sheet, known)
    edits = [
        Edit(code, school, before.get((school, code), BLANK), version) for (school, code), version in known.items()
    ]
    return answers_save(sheet=sheet, edits=edits, by=by)


def _before(sheet: Sheet, versions: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], Given]:
    if sheet.response is None or not versions:
        return {}
    ids = sheet.compiled.question_ids
    questions = [ids[code] for _school, code in versions]
    schools = [sheet.schools[school].pk for school, _code in versions]
    codes = {school.pk: code for code, school in sheet.schools.items()}
    with connection.cursor() as cursor:
        cursor.execute(BEFORE, [questions, schools, list(versions.values()), sheet.response.pk])
        found = cursor.fetchall()
    before = {}
    for question_id, school_id, value, state, other_text in found:
        question = sheet.instrument.questions[sheet.compiled.code_of[question_id]]
        raw = None if value is None else json.loads(value)
        before[codes[school_id], question.code] = Given(cells.from_json(question, raw), State(state), other_text)
    return before
