"""The roster as a workbook: making it, saying what an uploaded one would change, and storing that once it is agreed.

What was proposed travels through the browser, signed, so that storing does exactly what the page showed: no row waits
for people who walk away. 4,000 changes take about 20 kB.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from surveys import cells, models
from surveys.errors import DomainError
from surveys.instrument import BLANK, Given, Question, State
from surveys.services.responses import Edit, Saved, answers_save
from surveys.sheets import Sheet, Stored
from surveys.spreadsheet.columns import as_file
from surveys.spreadsheet.opening import WorkbookRefused
from surveys.spreadsheet.reading import CellError, Told, read_roster
from surveys.spreadsheet.writing import SchoolLine, write_roster

AGREE_WITHIN = 60 * 60  # seconds
MAX_PROPOSAL = 1_000_000  # bytes in the form; texts alone can be more than that

Place = tuple[str, str]  # school code and question code


class ProposalExpired(DomainError):
    """A proposal that was shown too long ago, or that isn't ours."""


@dataclass(frozen=True, slots=True)
class Change:
    """One answer that the file would change. With `theirs`, a colleague changed it since the file was made."""

    cell: str
    school: models.FrameSchool
    question: Question
    before: Given
    edit: Edit
    theirs: Stored | None = None

    @property
    def name(self) -> str:
        return f"{self.edit.school}.{self.edit.question}"


@dataclass(slots=True)
class Proposal:
    """What an uploaded roster would do. `not_asked` are changes to questions that don't apply to that school; `left`
    are schools in it that are no longer on the list, about which it changes nothing."""

    changes: list[Change] = field(default_factory=list)
    conflicts: list[Change] = field(default_factory=list)
    not_asked: list[Change] = field(default_factory=list)
    errors: list[CellError] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    left: list[models.FrameSchool] = field(default_factory=list)

    @property
    def all_changes(self) -> list[Change]:
        return [*self.changes, *self.not_asked, *self.conflicts]


def roster_write(*, sheet: Sheet) -> bytes:
    """The library's schools with their answers as they stand, as a workbook."""
    codes = [question.code for question in sheet.instrument.school_questions]
    lines = [
        SchoolLine(
            code=code,
            name=school.name,
            municipality=school.municipality,
            kind=school.get_kind_display(),
            answers=sheet.facts.rows[code],
            asked=sheet.route.rows[code],
            seen={question: sheet.stored_of(question, code).version for question in codes},
        )
        for code, school in sheet.schools.items()
    ]
    entry = sheet.entry
    return write_roster(sheet.instrument, entry.wave.school_year, entry.library.name, entry.pk, lines)


def roster_read(*, sheet: Sheet, content: bytes) -> Proposal:
    """What this file would change; nothing is stored. Raises WorkbookRefused. One query, if colleagues were busy.

    A cell that nobody touched since the download proposes nothing, whatever colleagues did meanwhile.
    """
    file = read_roster(sheet.instrument, sheet.entry.pk, sheet.every_school, content)
    told_of = {school for school, _question in file.answers}
    left = [row for code, row in sheet.left.items() if code in told_of]
    proposal = Proposal(errors=file.errors, ignored=file.ignored, left=left)
    earlier = _as_downloaded(sheet, file.seen, file.answers)
    found = [
        change
        for school in sheet.schools
        for code in (question.code for question in sheet.instrument.school_questions)
        if (told := file.answers.get((school, code)))
        and (change := _change(sheet, (school, code), told, file.seen.get((school, code), 0), earlier))
    ]
    after = sheet.with_answers({(c.question.code, c.edit.school): c.edit.given for c in found if c.theirs is None})
    for change in found:
        if change.theirs is not None:
            proposal.conflicts.append(change)
        elif change.edit.given.is_answered and not after.route.holds(change.question.code, change.edit.school):
            proposal.not_asked.append(change)
        else:
            proposal.changes.append(change)
    return proposal


def _change(sheet: Sheet, place: Place, told: Told, seen: int, earlier: Mapping[Place, Given]) -> Change | None:
    school, code = place
    before, stored = sheet.given(code, school), sheet.stored_of(code, school)
    downloaded = earlier.get(place, BLANK) if seen != stored.version else before
    question = sheet.instrument.questions[code]
    if told.given in (as_file(question, downloaded), as_file(question, before)):
        return None
    return Change(
        cell=told.cell,
        school=sheet.schools[school],
        question=question,
        before=before,
        edit=Edit(code, school, told.given, stored.version),
        theirs=stored if seen != stored.version else None,
    )


def _as_downloaded(sheet: Sheet, seen: Mapping[Place, int], answers: Collection[Place]) -> dict[Place, Given]:
    """The answers as the file showed them, out of the history, for those that were changed since."""
    wanted = {
        place: version
        for place, version in seen.items()
        if place[0] in sheet.schools
        and place in answers
        and version
        and version != sheet.stored_of(place[1], place[0]).version
    }
    if sheet.response is None or not wanted:
        return {}
    rows = models.AnswerChange.objects.filter(
        answer__response=sheet.response,
        answer__question__in={sheet.compiled.question_ids[code] for _school, code in wanted},
        answer__school__in={sheet.schools[school].pk for school, _code in wanted},
        version__in=set(wanted.values()),
    ).values_list("answer__school__code", "answer__question__code", "version", "value", "state", "other_text")
    return {
        (school, code): Given(cells.from_json(sheet.instrument.questions[code], value), State(state), other_text)
        for school, code, version, value, state, other_text in rows
        if wanted.get((school, code)) == version
    }


def proposal_sign(*, proposal: Proposal, sheet: Sheet, by: models.User) -> str:
    """The changes for the form that agrees to them: for this person and library, for an hour."""
    packed = [
        [
            change.edit.school,
            change.edit.question,
            cells.to_json(change.edit.given.value),
            change.edit.given.state,
            change.edit.given.other_text,
            change.edit.seen,
            change.theirs is not None,
        ]
        for change in proposal.all_changes
    ]
    signed = signing.dumps(packed, salt=_salt(sheet, by), compress=True)
    if len(signed) > MAX_PROPOSAL:
        raise WorkbookRefused(_("This file holds too much text for one time. Upload it in parts, with fewer rows."))
    return signed


def _salt(sheet: Sheet, by: models.User) -> str:
    return f"surveys.roster:{by.pk}:{sheet.entry.pk}"


@transaction.atomic
def proposal_store(*, sheet: Sheet, signed: str, mine: Collection[str], by: models.User) -> Saved:
    """Store what was agreed to: all changes, and of the conflicts those that are named in `mine`.

    The same proposal twice is once. What a colleague changed since the page was shown is a conflict and not stored.
    Raises ProposalExpired and WaveNotOpen.
    """
    try:
        packed = signing.loads(signed, salt=_salt(sheet, by), max_age=AGREE_WITHIN)
    except signing.BadSignature as error:
        raise ProposalExpired(_("This list of changes is more than an hour old. Upload the file again.")) from error
    if any(school not in sheet.schools for school, *_rest in packed):
        raise ProposalExpired(_("Your list of school locations has changed. Upload the file again."))
    edits = [_edit(sheet, *change) for change in packed if not change[-1] or f"{change[0]}.{change[1]}" in mine]
    return answers_save(sheet=sheet, edits=edits, by=by)


def _edit(
    sheet: Sheet, school: str, code: str, value: Any, state: str, other_text: str, seen: int, _is_conflict: bool
) -> Edit:
    question = sheet.instrument.questions[code]
    return Edit(code, school, Given(cells.from_json(question, value), State(state), other_text), seen)
