"""Answers from files into an open wave: judged by the same rules as the form, stored as the same rows."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import cast

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from surveys import cells, checks, models, rules, snapshot
from surveys.access import response_of
from surveys.compiled import compiled_by_id
from surveys.errors import DomainError, FileRefused, Problem
from surveys.files import Report
from surveys.instrument import BLANK, Given, Severity, State, Value
from surveys.models import AnswerOrigin, Wave
from surveys.services.exchange.reading import Offered, read_offered
from surveys.services.exchange.rosters import rosters_read
from surveys.sheets import Sheet, sheet_of
from surveys.wording import fault_reason, finding_message

BATCH = 2000
Kind = models.ResponseEvent.Kind
security_log = structlog.get_logger("security")


@dataclass(slots=True)
class Change:
    """A library of the files: its answers as they will be, and what of them is new."""

    sheet: Sheet
    answers: list[tuple[str, str, Given]] = field(default_factory=list)  # question, school, answer
    explanations: dict[tuple[str, str], str] = field(default_factory=dict)  # check, school: text
    content: snapshot.Snapshot | None = None  # what is to be submitted, when it is not what was submitted before

    @property
    def is_empty(self) -> bool:
        return not self.answers and not self.explanations and self.content is None


@transaction.atomic
def wave_import(
    *,
    wave: Wave,
    responses: Path,
    schools: Path | None = None,
    rosters: Path | None = None,
    draft: bool = False,
    by: models.User | None = None,
) -> Report:
    """Store the answers in these files and submit them; with `draft` they are stored only, for people to go on with.

    What the files don't mention stays as it is: libraries, schools, questions without a column. The same files again
    change nothing. `rosters` says which schools were added to the lists or left them, and goes first. Answers that
    differ get a next version, and their library a next submission. Refused as a whole, with every problem
    (FileRefused): what cannot be read, an answer to a question that does not apply, a hard check. Unusual answers
    (soft checks) are let in and counted. Raises DomainError unless the wave is open.
    """
    now = _lock_open(wave)
    instrument = compiled_by_id(wave.questionnaire_id).instrument
    problems: list[Problem] = []
    _hold_rosters(wave)
    if rosters is not None:
        rosters_read(wave=wave, path=rosters, by=by, now=now, problems=problems)
    roster = _roster(wave)
    offered = read_offered(instrument, roster, responses, schools, problems)
    entries = _locked_entries(wave, offered)
    submitted = _submitted_hashes(wave)
    unusual: Counter[str] = Counter()
    report = Report(vanished=sorted(roster.keys() - offered.keys()))
    changes: list[Change] = []
    for code, library in offered.items():
        if not library.is_whole:
            continue
        entry = entries[code]
        change = _change(sheet_of(entry, response_of(entry)), library)
        problems += _judge(change, library, draft, unusual)
        if not draft:
            _prepare_submission(change, submitted.get(entry.pk, ""))
        if change.is_empty:
            report.unchanged.append(code)
        else:
            changes.append(change)
            (report.new if change.sheet.response is None else report.changed).append(code)
    if problems:
        raise FileRefused(problems)
    _store(wave, changes, by, now)
    report.warnings = [_unexplained(code, count) for code, count in sorted(unusual.items())]
    security_log.info("wave_imported", wave=wave.pk, user=by.pk if by else None, libraries=len(changes))
    return report


def _unexplained(check: str, count: int) -> str:
    text = ngettext(
        "%(check)s: %(count)s time, without explanation", "%(check)s: %(count)s times, without explanation", count
    )
    return text % {"check": check, "count": count}


def _lock_open(wave: Wave) -> datetime:
    """Hold off closing, and return the database's time. Saving by libraries goes on meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT state = 'open' AND (closes_at IS NULL OR closes_at > now()), now()
            FROM surveys_wave WHERE id = %s FOR SHARE
            """,
            [wave.pk],
        )
        is_open, now = cursor.fetchone()
    if not is_open:
        raise DomainError(_("Answers can only be imported into an open wave. Open or reopen this one first."))
    moment: datetime = now
    return moment


def _hold_rosters(wave: Wave) -> None:
    """Nobody changes a list of schools until we are done; answers are saved meanwhile."""
    list(wave.frame.order_by("pk").select_for_update(of=("self",), no_key=True).values_list("pk"))


def _roster(wave: Wave) -> dict[str, set[str]]:
    """The expected libraries, each with the codes of the schools on its list. The caller holds the frame."""
    roster: dict[str, set[str]] = {
        code: set() for code in wave.frame.order_by("library__code").values_list("library__code", flat=True)
    }
    present = models.FrameSchool.Status.PRESENT
    schools = models.FrameSchool.objects.filter(entry__wave=wave, status=present).order_by()
    for library, school in schools.values_list("entry__library__code", "code"):
        roster[library].add(school)
    return roster


def _locked_entries(wave: Wave, codes: Collection[str]) -> dict[str, models.FrameEntry]:
    """These libraries in the wave, by code. Until we are done nobody starts, saves or submits their responses."""
    ours = models.FrameEntry.objects.filter(wave=wave, library__code__in=codes).order_by("pk")
    responses = models.Response.objects.filter(entry__in=ours).order_by("pk")
    for rows in (ours.select_for_update(of=("self",)), responses.select_for_update(of=("self",))):
        list(rows.values_list("pk"))
    loaded = ours.select_related("wave", "library", "response").prefetch_related("schools")
    return {entry.library.code: entry for entry in loaded}


def _submitted_hashes(wave: Wave) -> dict[int, str]:
    """The hash of what counts as submitted, by frame entry."""
    latest = models.Submission.objects.filter(response__entry__wave=wave, is_latest=True)
    return dict(latest.values_list("response__entry_id", "content_hash"))


def _change(before: Sheet, offered: Offered) -> Change:
    """Lay what the files say over what is stored."""
    answers = _laid_over(before.facts.answers, offered.library.answers)
    rows = {
        school: _laid_over(given, offered.schools[school].answers) if school in offered.schools else given
        for school, given in before.facts.rows.items()
    }
    texts = {(check, school): text for check, school, text in _explanations(offered)}
    explanations = {key: text for key, text in {**before.explanations, **texts}.items() if text}
    sheet = replace(before, facts=replace(before.facts, answers=answers, rows=rows), explanations=explanations)
    change = Change(sheet)
    for question, school, given in _answers(offered):
        # An empty cell doesn't wipe an answer that is merely hidden: it may come back, and counts nowhere now.
        is_hidden = not given.is_answered and not sheet.route.holds(question, school)
        kept = _with_hidden(sheet, question, school, before.given(question, school), given)
        if not is_hidden and not _is_same(before.given(question, school), kept):
            change.answers.append((question, school, kept))
    change.explanations = {key: text for key, text in texts.items() if text != before.explanations.get(key, "")}
    return change


def _with_hidden(sheet: Sheet, question: str, school: str, stored: Given, told: Given) -> Given:
    """The numbers in the file, and those stored for options that are not chosen: these are in no file, and stay."""
    asking = sheet.instrument.questions[question]
    if not asking.options_from or not isinstance(stored.value, Mapping) or told.state is not State.VALUE:
        return told
    answers = sheet.facts.rows[school] if school else sheet.facts.answers
    chosen = rules.asked_options(sheet.instrument, asking, answers)
    hidden = {code: number for code, number in stored.value.items() if code not in chosen}
    numbers = told.value if isinstance(told.value, Mapping) else {}
    return replace(told, value=cast(Value, {**hidden, **numbers})) if hidden else told


def _laid_over(stored: rules.Answers, told: rules.Answers) -> rules.Answers:
    new = {code: given for code, given in told.items() if not _is_same(stored.get(code, BLANK), given)}
    return {**stored, **new} if new else stored


def _answers(offered: Offered) -> Iterator[tuple[str, str, Given]]:
    for question, given in offered.library.answers.items():
        yield question, "", given
    for school, told in offered.schools.items():
        for question, given in told.answers.items():
            yield question, school, given


def _explanations(offered: Offered) -> Iterator[tuple[str, str, str]]:
    for check, text in offered.library.explanations.items():
        yield check, "", text
    for school, told in offered.schools.items():
        for check, text in told.explanations.items():
            yield check, school, text


def _is_same(stored: Given, told: Given) -> bool:
    """Whether the file says what is stored. Files don't tell an estimate from another value."""
    if stored.state is State.ESTIMATE:
        stored = replace(stored, state=State.VALUE)
    return stored == told


def _judge(change: Change, offered: Offered, draft: bool, unusual: Counter[str]) -> Iterator[Problem]:
    """What stands in the way of storing these answers; unusual ones are counted."""
    sheet = change.sheet
    response = sheet.response
    if draft and response is not None and response.is_submitted and not change.is_empty:
        reason = _("this library has submitted already; reopen its response first")
        yield offered.library.problem("library", reason)
    for question, school, given in _answers(offered):
        if given.is_answered and not sheet.route.holds(question, school):
            reason = _("this question does not apply, given the other answers")
            yield offered.at(school).answer_problem(question, reason)
        elif given != _counted(sheet, question, given):
            reason = _("a number is given for an option that is not chosen")
            yield offered.at(school).answer_problem(question, reason)
    for finding in sheet.findings:
        if finding.severity is Severity.HARD and not draft:  # checks block submitting, never saving
            yield offered.at(finding.school).answer_problem(finding.question, _reason(sheet, finding))
        elif not sheet.explanation(finding):
            unusual[finding.code] += 1


def _counted(sheet: Sheet, question: str, given: Given) -> Given:
    return rules.without_hidden(sheet.instrument, sheet.instrument.questions[question], given, sheet.facts.answers)


def _reason(sheet: Sheet, finding: checks.Finding) -> str:
    if finding.fault:
        return fault_reason(finding.fault)
    return f"{finding.code}: {finding_message(sheet.instrument.questions[finding.question], finding)}"


def _prepare_submission(change: Change, submitted_hash: str) -> None:
    """Make the snapshot, unless just that was submitted and nobody has opened it again since."""
    sheet = change.sheet
    content = snapshot.build(sheet.instrument, sheet.facts, sheet.route, sheet.explanations)
    is_submitted = sheet.response is not None and sheet.response.is_submitted
    if not is_submitted or snapshot.content_hash(content) != submitted_hash:
        change.content = content


def _store(wave: Wave, changes: list[Change], by: models.User | None, now: datetime) -> None:
    """Write everything, batch by batch; the caller holds the locks and judged it."""
    started = [change for change in changes if change.sheet.response is None]
    new = models.Response.objects.bulk_create(models.Response(entry=change.sheet.entry) for change in started)
    for change, response in zip(started, new, strict=True):
        change.sheet = replace(change.sheet, response=response)
    _store_answers([row for change in changes for row in _answer_rows(change, by, now)])
    _store_explanations(changes, by, now)
    _store_submissions([change for change in changes if change.content is not None], by, now)
    models.Response.objects.filter(pk__in=[_response(change).pk for change in changes]).update(changed_at=now)
    events = [(Kind.STARTED, change) for change in started]
    events += [(Kind.IMPORTED, change) for change in changes]
    events += [(Kind.SUBMITTED, change) for change in changes if change.content is not None]
    models.ResponseEvent.objects.bulk_create(
        models.ResponseEvent(kind=kind, wave=wave, response=_response(change), by=by) for kind, change in events
    )


def _response(change: Change) -> models.Response:
    if change.sheet.response is None:
        raise RuntimeError("a response is made before anything is stored in it")
    return change.sheet.response


def _answer_rows(change: Change, by: models.User | None, now: datetime) -> Iterator[models.Answer]:
    sheet, response = change.sheet, _response(change)
    for question, school, given in change.answers:
        yield models.Answer(
            response_id=response.pk,
            question_id=sheet.compiled.question_ids[question],
            school_id=sheet.schools[school].pk if school else None,
            value=cells.to_json(given.value),
            state=given.state,
            other_text=given.other_text,
            origin=AnswerOrigin.IMPORTED,
            version=sheet.stored_of(question, school).version + 1,
            changed_by_id=by.pk if by else None,
            changed_at=now,
        )


def _store_answers(rows: list[models.Answer]) -> None:
    """Answers and their history."""
    models.Answer.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=("response", "question", "school"),
        update_fields=("value", "state", "other_text", "origin", "version", "changed_by", "changed_at"),
    )
    # Copied by the database: a wave has tens of thousands of answers, and sending them twice doubles the wait.
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO surveys_answerchange
                (answer_id, value, state, other_text, origin, version, changed_by_id, changed_at)
            SELECT id, value, state, other_text, origin, version, changed_by_id, changed_at
            FROM surveys_answer WHERE id = ANY(%s)
            """,
            [[row.pk for row in rows]],
        )


def _store_explanations(changes: list[Change], by: models.User | None, now: datetime) -> None:
    """Explanations that are new or differ; an empty text takes one away."""
    kept = []
    for change in changes:
        for (check, school), text in change.explanations.items():
            row = change.sheet.schools[school] if school else None
            explanation = models.Explanation(response=_response(change), check_code=check, school=row, text=text)
            explanation.written_by, explanation.written_at = by, now
            if text:
                kept.append(explanation)
            else:
                models.Explanation.objects.filter(response=_response(change), check_code=check, school=row).delete()
    models.Explanation.objects.bulk_create(
        kept,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=("response", "check_code", "school"),
        update_fields=("text", "written_by", "written_at"),
    )


def _store_submissions(changes: list[Change], by: models.User | None, now: datetime) -> None:
    """The next submission of each of these libraries; it becomes the one that counts."""
    keys = [_response(change).pk for change in changes]
    earlier = models.Submission.objects.filter(response__in=keys)
    numbers = dict(earlier.order_by("number").values_list("response_id", "number"))
    earlier.filter(is_latest=True).update(is_latest=False)
    models.Submission.objects.bulk_create(
        (
            models.Submission(
                response=_response(change),
                number=numbers.get(_response(change).pk, 0) + 1,
                snapshot=change.content,
                content_hash=snapshot.content_hash(change.content or {}),
                submitted_at=now,
                submitted_by=by,
            )
            for change in changes
        ),
        batch_size=BATCH,
    )
    models.Response.objects.filter(pk__in=keys).update(state=models.Response.State.SUBMITTED)
