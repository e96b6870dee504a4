"""Everything that changes what a library answered: saving, explaining, submitting, reopening."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from django.db import connection, transaction
from django.utils.translation import gettext as _

from surveys import cells, models, snapshot
from surveys.errors import NotAllowed, SubmissionRefused, WaveNotOpen
from surveys.instrument import Given, Severity
from surveys.models import AnswerOrigin
from surveys.sheets import Sheet, sheet_of


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
    changed_at: datetime


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
    """Store answers that were typed while looking at `sheet`. Five statements, however many answers.

    An edit equal to what is stored changes nothing, so saving twice is saving once. An edit of an answer that a
    colleague changed meanwhile becomes a conflict and is not stored; the others are. Raises WaveNotOpen when the
    wave has closed or the response was submitted.
    """
    wanted = list(edits)
    response = sheet.response or response_start(entry=sheet.entry, by=by)
    now = _lock_open(response)
    current = _current(response, sheet, wanted)
    saved = Saved()
    rows = []
    for edit in wanted:
        answer = current.get((edit.question, edit.school))
        if answer is None:
            if not edit.given.is_answered:
                continue
            answer = models.Answer(
                response=response,
                question_id=sheet.compiled.question_ids[edit.question],
                school=sheet.schools[edit.school] if edit.school else None,
                version=0,
            )
        elif _is_same(answer, edit.given):
            continue
        elif answer.version != edit.seen:
            saved.conflicts.append(_conflict(sheet, edit, answer))
            continue
        _fill(answer, edit.given, by, origin, now)
        rows.append(answer)
        saved.changed.append(edit)
    _store(rows)
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


def _current(response: models.Response, sheet: Sheet, edits: list[Edit]) -> dict[tuple[str, str], models.Answer]:
    """The stored answers that the edits are about, read under the lock."""
    ids = {sheet.compiled.question_ids[edit.question] for edit in edits}
    rows = models.Answer.objects.filter(response=response, question_id__in=ids).select_related("school", "changed_by")
    return {(sheet.compiled.code_of[row.question_id], row.school.code if row.school else ""): row for row in rows}


def _is_same(answer: models.Answer, given: Given) -> bool:
    return (
        answer.value == cells.to_json(given.value)
        and answer.state == given.state
        and answer.other_text == given.other_text
    )


def _conflict(sheet: Sheet, edit: Edit, answer: models.Answer) -> Conflict:
    question = sheet.instrument.questions[edit.question]
    theirs = Given(cells.from_json(question, answer.value), type(edit.given.state)(answer.state), answer.other_text)
    return Conflict(edit, theirs, answer.version, str(answer.changed_by or ""), answer.changed_at)


def _fill(answer: models.Answer, given: Given, by: models.User | None, origin: AnswerOrigin, now: datetime) -> None:
    answer.value = cells.to_json(given.value)
    answer.state = given.state
    answer.other_text = given.other_text
    answer.origin = origin
    answer.version += 1
    answer.changed_by = by
    answer.changed_at = now


def _store(rows: list[models.Answer]) -> None:
    """Write answers and their history; the caller holds the lock on the response."""
    if not rows:
        return
    models.Answer.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=("response", "question", "school"),
        update_fields=("value", "state", "other_text", "origin", "version", "changed_by", "changed_at"),
    )
    models.AnswerChange.objects.bulk_create(
        models.AnswerChange(
            answer=row,
            value=row.value,
            state=row.state,
            other_text=row.other_text,
            origin=row.origin,
            version=row.version,
            changed_by_id=row.changed_by_id,
            changed_at=row.changed_at,
        )
        for row in rows
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
