"""Everything that changes what a library answered: saving, explaining, submitting."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from django.db import connection, transaction
from django.utils.translation import gettext as _

from surveys import cells, models, snapshot
from surveys.errors import SubmissionRefused, WaveNotOpen
from surveys.instrument import Given, Severity
from surveys.models import AnswerOrigin
from surveys.prepared import Prepared
from surveys.services.notices import receipt_notice_write
from surveys.sheets import Sheet, answers_of, sheet_of


@dataclass(frozen=True, slots=True)
class Edit:
    """One answer that somebody gives. `seen` is the version they were looking at; 0 when there was none.

    `is_confirmed` when they did not type it but accepted what was put before them, as "same as last year".
    """

    question: str
    school: str
    given: Given
    seen: int
    is_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """An edit that was not stored, because a colleague changed the answer after it was shown."""

    edit: Edit
    theirs: Given
    version: int
    changed_by: str
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save did: `changed` answers are on disk when this is returned and the transaction has ended.

    `versions`, by question and school, are of all answers that are stored as given: a later one is a colleague's.
    """

    changed: list[Edit] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    versions: dict[tuple[str, str], int] = field(default_factory=dict)


@transaction.atomic
def response_start(*, entry: models.FrameEntry, by: models.User | None) -> models.Response:
    """The response of this library in this wave; made on the first call, the same row ever after."""
    response, created = models.Response.objects.get_or_create(entry=entry)
    if created:
        models.ResponseEvent.objects.create(
            kind=models.ResponseEvent.Kind.STARTED, wave_id=entry.wave_id, response=response, by=by
        )
    return response


def answers_save(
    *,
    sheet: Sheet,
    edits: Iterable[Edit],
    by: models.User | None,
    origin: AnswerOrigin = AnswerOrigin.TYPED,
) -> Saved:
    """Store answers that were typed while looking at `sheet`. One statement, unless a colleague was in between.

    An edit equal to what is stored changes nothing, so saving twice is saving once. An edit of an answer that a
    colleague changed meanwhile becomes a conflict and is not stored; the others are. Raises WaveNotOpen when the
    wave has closed or the response was submitted.
    """
    if sheet.response is not None:
        return _save(sheet, sheet.response, list(edits), by, origin)
    with transaction.atomic():  # a wave that turns out to be closed gets no response
        return _save(sheet, response_start(entry=sheet.entry, by=by), list(edits), by, origin)


def _save(
    sheet: Sheet, response: models.Response, edits: list[Edit], by: models.User | None, origin: AnswerOrigin
) -> Saved:
    rows: list[tuple[Edit, dict[str, object]]] = []
    refused = []
    saved = Saved()
    for edit in edits:
        given, stored = sheet.given(edit.question, edit.school), sheet.stored_of(edit.question, edit.school)
        if given == edit.given or not (stored.version or edit.given.is_answered):
            saved.versions[edit.question, edit.school] = stored.version
            continue
        if stored.version in (0, edit.seen):
            rows.append((edit, _row(sheet, edit, stored.version + 1)))
        else:
            refused.append(edit)
    done = _store(response, [row for _edit, row in rows], by, origin)
    for edit, row in rows:
        if (row["question_id"], row["school_id"]) in done:
            saved.changed.append(edit)
            saved.versions[edit.question, edit.school] = cast(int, row["version"])
        else:
            refused.append(edit)
    if refused:
        now = answers_of(sheet, response, {edit.question for edit in refused})
        for edit in refused:
            given, stored = now[edit.question, edit.school]
            if given == edit.given:
                saved.versions[edit.question, edit.school] = stored.version
            else:
                saved.conflicts.append(Conflict(edit, given, stored.version, stored.changed_by, stored.changed_at))
    return saved


# Locks the response and holds off closing for as long as the transaction lasts. The time is the database's.
LOCK = """
    SELECT response.id, response.state, now() AS now,
           wave.state = 'open'
           AND (wave.closes_at IS NULL OR greatest(wave.closes_at, entry.extended_until) > now())
           OR wave.state IN ('closed', 'aggregated') AND entry.extended_until > now() AS is_open
    FROM surveys_response response
    JOIN surveys_frameentry entry ON entry.id = response.entry_id
    JOIN surveys_wave wave ON wave.id = entry.wave_id
    WHERE response.id = %s
    FOR NO KEY UPDATE OF response FOR SHARE OF wave
"""


def lock_open(response: models.Response) -> datetime:
    """Lock the response, hold off closing, and return the database's time. Raises WaveNotOpen."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [response.pk])
        _id, state, now, is_open = cursor.fetchone() or (0, "", None, None)
    _refuse_unless_open(state, is_open=is_open)
    return cast(datetime, now)


def _refuse_unless_open(state: str, *, is_open: bool | None) -> None:
    """`is_open` is None when there is no response; NULL counts as closed as well, but then there is a state."""
    if not state:
        raise WaveNotOpen(_("This questionnaire no longer exists."))
    if not is_open:
        raise WaveNotOpen(_("This wave is closed: answers can be read, but no longer changed."))
    if state == models.Response.State.SUBMITTED:
        raise WaveNotOpen(_("This questionnaire has been submitted. Ask the KB to reopen it if something must change."))


def _row(sheet: Sheet, edit: Edit, version: int) -> dict[str, object]:
    """The columns of an answer that differ from edit to edit."""
    return {
        "question_id": sheet.compiled.question_ids[edit.question],
        "school_id": sheet.schools[edit.school].pk if edit.school else None,
        "value": cells.to_json(edit.given.value),
        "state": edit.given.state,
        "other_text": edit.given.other_text,
        "version": version,
        "origin": AnswerOrigin.CONFIRMED.value if edit.is_confirmed else None,
    }


# Everything in one statement, because saving is what people wait for. An answer is stored only when its version is
# the one before, whatever happened since it was read: that makes it safe without reading again under the lock.
STORE = f"""
    WITH locked AS MATERIALIZED ({LOCK}),
    stored AS (
        INSERT INTO surveys_answer AS answer
            (response_id, question_id, school_id, value, state, other_text, version,
             changed_at, origin, changed_by_id)
        SELECT locked.id, question_id, school_id, value, edit.state, other_text, version, locked.now,
               coalesce(edit.origin, %s), %s
        FROM locked, jsonb_to_recordset(%s::jsonb) AS edit
            (question_id bigint, school_id bigint, value jsonb, state text, other_text text, version int, origin text)
        WHERE locked.is_open AND locked.state <> %s
        ON CONFLICT (response_id, question_id, school_id) DO UPDATE SET
            value = excluded.value, state = excluded.state, other_text = excluded.other_text,
            version = excluded.version, changed_at = excluded.changed_at,
            origin = excluded.origin, changed_by_id = excluded.changed_by_id
            WHERE answer.version = excluded.version - 1
        RETURNING answer.*
    ),
    history AS (
        INSERT INTO surveys_answerchange
            (answer_id, value, state, other_text, version, changed_at, origin, changed_by_id)
        SELECT id, value, state, other_text, version, changed_at, origin, changed_by_id FROM stored
    )
    SELECT locked.state, locked.is_open, stored.question_id, stored.school_id
    FROM locked LEFT JOIN stored ON true
"""  # noqa: S608 - only constants are put together


def _store(
    response: models.Response, rows: list[dict[str, object]], by: models.User | None, origin: AnswerOrigin
) -> set[tuple[int, int | None]]:
    """Write answers with their history; return which, by question and school. Raises WaveNotOpen."""
    submitted = models.Response.State.SUBMITTED.value
    author = by.pk if by else None
    with connection.cursor() as cursor:
        cursor.execute(STORE, [response.pk, origin.value, author, json.dumps(rows), submitted])
        found = cursor.fetchall()
    state, is_open = found[0][:2] if found else ("", None)
    _refuse_unless_open(state, is_open=is_open)
    return {(question_id, school_id) for _state, _is_open, question_id, school_id in found}


@dataclass(frozen=True, slots=True)
class ExplanationEdit:
    """Why a value that a soft check questions is right; an empty text takes it away. `shown` is what stood there."""

    check: str
    school: str
    text: str
    shown: str


@dataclass(frozen=True, slots=True)
class ExplanationConflict:
    """An explanation that was not stored, because a colleague wrote another one, or took it away, meanwhile.

    Nobody is known to have taken it away: then `theirs` and `written_by` are empty, and `written_at` is None.
    """

    edit: ExplanationEdit
    theirs: str
    written_by: str
    written_at: datetime | None


@transaction.atomic
def explanations_save(*, sheet: Sheet, edits: Iterable[ExplanationEdit], by: models.User) -> list[ExplanationConflict]:
    """Store explanations, at most one edit of each; return those that a colleague changed after they were shown.

    An edit equal to what was shown, or to what is stored, changes nothing. Raises WaveNotOpen as `answers_save` does.
    """
    response = sheet.response or response_start(entry=sheet.entry, by=by)
    now = lock_open(response)
    rows = models.Explanation.objects.filter(response=response).select_related("written_by")
    stored = {(row.check_code, row.school_id): row for row in rows}
    conflicts = []
    for edit in edits:
        school = sheet.schools[edit.school] if edit.school else None
        row = stored.get((edit.check, school.pk if school else None))
        theirs = row.text if row else ""
        if edit.text in (edit.shown, theirs):
            continue
        if theirs != edit.shown:
            author = str(row.written_by or "") if row else ""
            conflicts.append(ExplanationConflict(edit, theirs, author, row.written_at if row else None))
        elif row and not edit.text:
            row.delete()
        else:
            row = row or models.Explanation(response=response, check_code=edit.check, school=school)
            row.text, row.written_by, row.written_at = edit.text, by, now
            row.save()
    return conflicts


@dataclass(frozen=True, slots=True)
class Obstacles:
    """What stands between a response and its submission."""

    n_hard: int
    n_unexplained: int
    n_open: int
    is_roster_open: bool


def is_roster_open(sheet: Sheet) -> bool:
    """Whether the library still has to say that its list of schools is right."""
    is_asked = bool(sheet.schools and sheet.instrument.school_questions)
    return is_asked and sheet.entry.roster_confirmed_at is None


def obstacles(sheet: Sheet) -> Obstacles:
    """Failing hard checks, soft checks without an explanation, open questions, and whether the roster of this sheet
    is asked about and nobody has confirmed it."""
    hard = [finding for finding in sheet.findings if finding.severity is Severity.HARD]
    soft = [finding for finding in sheet.findings if finding.severity is Severity.SOFT]
    return Obstacles(
        n_hard=len(hard),
        n_unexplained=sum(not sheet.explanation(finding) for finding in soft),
        n_open=len(sheet.open_questions),
        is_roster_open=is_roster_open(sheet),
    )


_find_response = Prepared(lambda entry_id: models.Response.objects.filter(entry=entry_id))


@transaction.atomic
def response_submit(*, entry: models.FrameEntry, by: models.User, accept_open: int) -> models.Submission:
    """Send in what the library answered: an immutable snapshot that reports read.

    The answers are read again under the lock, so the snapshot is what is stored. Raises WaveNotOpen after closing,
    SubmissionRefused while a hard check fails, a soft one is unexplained, or more questions are open than the number
    that `by` accepted to leave open.
    """
    response = next(iter(_find_response(entry.pk)), None)
    if response is None:
        raise SubmissionRefused(_("Nothing has been filled in yet."))
    now = lock_open(response)
    entry.refresh_from_db(fields=("n_locations", "roster_confirmed_at"))  # which change under this lock only
    sheet = sheet_of(entry, response)
    standing = obstacles(sheet)
    if standing.is_roster_open:
        raise SubmissionRefused(_("Say first that your list of school locations is right, or change it."))
    if standing.n_hard or standing.n_unexplained:
        raise SubmissionRefused(_("Some answers need to be corrected or explained first. They are listed below."))
    if standing.n_open > accept_open:
        raise SubmissionRefused(_("Some questions are still open. Answer them, or confirm that they stay open."))
    submission = submission_store(sheet=sheet, response=response, by=by, at=now)
    receipt_notice_write(submission=submission, entry=entry)
    return submission


def submission_store(
    *, sheet: Sheet, response: models.Response, by: models.User | None, at: datetime
) -> models.Submission:
    """Make the snapshot of this sheet the submission that counts. The caller holds the lock and judged the sheet."""
    content = snapshot.build(sheet.instrument, sheet.facts, sheet.route, sheet.explanations)
    earlier = response.submissions.order_by("-number").first()
    if earlier:
        response.submissions.filter(is_latest=True).update(is_latest=False)
    submission = models.Submission.objects.create(
        response=response,
        number=earlier.number + 1 if earlier else 1,
        snapshot=content,
        content_hash=snapshot.content_hash(content),
        submitted_at=at,
        submitted_by=by,
    )
    response.state = models.Response.State.SUBMITTED
    response.save(update_fields=("state", "changed_at"))
    models.ResponseEvent.objects.create(
        kind=models.ResponseEvent.Kind.SUBMITTED, wave_id=sheet.entry.wave_id, response=response, by=by
    )
    return submission
