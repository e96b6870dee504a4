"""Everything that changes what a library answered: saving, explaining, submitting, reopening."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from django.db import connection, transaction
from django.utils.translation import gettext as _
from psycopg.types.json import Jsonb

from surveys import cells, models, snapshot
from surveys.errors import NotAllowed, SubmissionRefused, WaveNotOpen
from surveys.instrument import BLANK, Given, Severity
from surveys.models import AnswerOrigin
from surveys.sheets import NEVER, Sheet, answers_of, sheet_of


@dataclass(frozen=True, slots=True)
class Edit:
    """One answer that somebody gives. `seen` is the version they were looking at; 0 when there was none."""

    question: str
    school: str
    given: Given
    seen: int


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
    """What a save did: `changed` answers are on disk when this is returned and the transaction has ended."""

    changed: list[Edit] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)


@transaction.atomic
def response_start(*, entry: models.FrameEntry, by: models.User | None) -> models.Response:
    """The response of this library in this wave; made on the first call, the same row ever after."""
    response, created = models.Response.objects.get_or_create(entry=entry)
    if created:
        models.ResponseEvent.objects.create(
            kind=models.ResponseEvent.Kind.STARTED, wave_id=entry.wave_id, response=response, by=by
        )
    return response


@transaction.atomic
def answers_save(
    *,
    sheet: Sheet,
    edits: Iterable[Edit],
    by: models.User | None,
    origin: AnswerOrigin = AnswerOrigin.TYPED,
) -> Saved:
    """Store answers that were typed while looking at `sheet`. Three statements, however many answers.

    An edit equal to what is stored changes nothing, so saving twice is saving once. An edit of an answer that a
    colleague changed meanwhile becomes a conflict and is not stored; the others are. Raises WaveNotOpen when the
    wave has closed or the response was submitted.
    """
    wanted = list(edits)
    response = sheet.response or response_start(entry=sheet.entry, by=by)
    now = _lock_open(response)
    current = answers_of(sheet, response, {edit.question for edit in wanted})
    saved = Saved()
    rows = []
    for edit in wanted:
        given, stored = current.get((edit.question, edit.school), (BLANK, NEVER))
        if given == edit.given or not (stored.version or edit.given.is_answered):
            continue
        if stored.version not in (0, edit.seen):
            saved.conflicts.append(Conflict(edit, given, stored.version, stored.changed_by, stored.changed_at))
            continue
        rows.append(_row(sheet, edit, stored.version + 1))
        saved.changed.append(edit)
    _store(response, rows, by, origin, now)
    return saved


def _lock_open(response: models.Response) -> datetime:
    """Lock the response, hold off closing, and return the database's time. Raises WaveNotOpen."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT response.state, wave.state = 'open'
                   AND (wave.closes_at IS NULL OR greatest(wave.closes_at, entry.extended_until) > now())
                   OR wave.state IN ('closed', 'aggregated') AND entry.extended_until > now(),
                   now()
            FROM surveys_response response
            JOIN surveys_frameentry entry ON entry.id = response.entry_id
            JOIN surveys_wave wave ON wave.id = entry.wave_id
            WHERE response.id = %s
            FOR NO KEY UPDATE OF response FOR SHARE OF wave
            """,
            [response.pk],
        )
        row = cursor.fetchone()
    if row is None:
        raise WaveNotOpen(_("This questionnaire no longer exists."))
    state, is_open, now = cast(tuple[str, bool, datetime], row)
    if not is_open:
        raise WaveNotOpen(_("This wave is closed: answers can be read, but no longer changed."))
    if state == models.Response.State.SUBMITTED:
        raise WaveNotOpen(_("This questionnaire has been submitted. Ask the KB to reopen it if something must change."))
    return now


def _row(sheet: Sheet, edit: Edit, version: int) -> dict[str, object]:
    """The columns of an answer that differ from edit to edit."""
    return {
        "question_id": sheet.compiled.question_ids[edit.question],
        "school_id": sheet.schools[edit.school].pk if edit.school else None,
        "value": cells.to_json(edit.given.value),
        "state": edit.given.state,
        "other_text": edit.given.other_text,
        "version": version,
    }


def _store(
    response: models.Response,
    rows: list[dict[str, object]],
    by: models.User | None,
    origin: AnswerOrigin,
    now: datetime,
) -> None:
    """Write answers and, from what was stored, their history; the caller holds the lock on the response.

    By hand, because saving is what people wait for: as two `bulk_create` it takes more than twice as long.
    """
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH stored AS (
                INSERT INTO surveys_answer AS answer
                    (response_id, question_id, school_id, value, state, other_text, version,
                     origin, changed_by_id, changed_at)
                SELECT %s, question_id, school_id, value, state, other_text, version, %s, %s, %s
                FROM jsonb_to_recordset(%s) AS edit
                    (question_id bigint, school_id bigint, value jsonb, state text, other_text text, version int)
                ON CONFLICT (response_id, question_id, school_id) DO UPDATE SET
                    value = excluded.value, state = excluded.state, other_text = excluded.other_text,
                    version = excluded.version, origin = excluded.origin,
                    changed_by_id = excluded.changed_by_id, changed_at = excluded.changed_at
                RETURNING answer.*
            )
            INSERT INTO surveys_answerchange
                (answer_id, value, state, other_text, version, origin, changed_by_id, changed_at)
            SELECT id, value, state, other_text, version, origin, changed_by_id, changed_at FROM stored
            """,
            [response.pk, origin.value, by.pk if by else None, now, Jsonb(rows)],
        )


@transaction.atomic
def explanations_save(*, sheet: Sheet, texts: Mapping[tuple[str, str], str], by: models.User) -> None:
    """Store why values that soft checks question are right, by (check code, school code). An empty text removes one."""
    response = sheet.response or response_start(entry=sheet.entry, by=by)
    now = _lock_open(response)
    for (check, school), text in texts.items():
        row = sheet.schools[school] if school else None
        known = models.Explanation.objects.filter(response=response, check_code=check, school=row)
        if not text:
            known.delete()
        elif not known.update(text=text, written_by=by, written_at=now):
            models.Explanation.objects.create(
                response=response, check_code=check, school=row, text=text, written_by=by, written_at=now
            )


@dataclass(frozen=True, slots=True)
class Obstacles:
    """What stands between a response and its submission."""

    n_hard: int
    n_unexplained: int
    n_open: int


def obstacles(sheet: Sheet) -> Obstacles:
    """Failing hard checks, soft checks without an explanation, and open questions of this sheet."""
    hard = [finding for finding in sheet.findings if finding.severity is Severity.HARD]
    soft = [finding for finding in sheet.findings if finding.severity is Severity.SOFT]
    return Obstacles(
        n_hard=len(hard),
        n_unexplained=sum(not sheet.explanation(finding) for finding in soft),
        n_open=len(sheet.open_questions),
    )


@transaction.atomic
def response_submit(*, entry: models.FrameEntry, by: models.User, accept_open: bool) -> models.Submission:
    """Send in what the library answered: an immutable snapshot that reports read.

    The answers are read again under the lock, so the snapshot is what is stored. Raises WaveNotOpen after closing,
    SubmissionRefused while a hard check fails, a soft one is unexplained, or questions are open that `by` did not
    accept to leave open.
    """
    response = models.Response.objects.filter(entry=entry).first()
    if response is None:
        raise SubmissionRefused(_("Nothing has been filled in yet."))
    now = _lock_open(response)
    sheet = sheet_of(entry, response)
    standing = obstacles(sheet)
    if standing.n_hard or standing.n_unexplained:
        raise SubmissionRefused(_("Some answers need to be corrected or explained first. They are listed below."))
    if standing.n_open and not accept_open:
        raise SubmissionRefused(_("Some questions are still open. Answer them, or confirm that they stay open."))
    return submission_store(sheet=sheet, response=response, by=by, at=now)


def submission_store(
    *, sheet: Sheet, response: models.Response, by: models.User | None, at: datetime
) -> models.Submission:
    """Make the snapshot of this sheet the submission that counts. The caller holds the lock and judged the sheet."""
    content = snapshot.build(sheet.instrument, sheet.facts, sheet.route, sheet.explanations)
    earlier = response.submissions.order_by("-number").first()
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


@transaction.atomic
def response_reopen(*, response: models.Response, by: models.User, reason: str) -> None:
    """Let a library change what it submitted. The submission stays, and counts until the next one."""
    locked = models.Response.objects.select_for_update().select_related("entry").get(pk=response.pk)
    if not by.is_staff:
        raise NotAllowed(_("Only KB staff can reopen a questionnaire."))
    if not locked.is_submitted:
        return
    locked.state = models.Response.State.IN_PROGRESS
    locked.save(update_fields=("state", "changed_at"))
    models.ResponseEvent.objects.create(
        kind=models.ResponseEvent.Kind.REOPENED,
        wave_id=locked.entry.wave_id,
        response=locked,
        by=by,
        note=reason,
    )
