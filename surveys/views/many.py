"""Filling in many cells of a roster at once: carries an act out, and puts into words what it did or why it did not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from surveys.forms.many import UNDO, Key, ManyAct, Proposal, propose, seen_cells
from surveys.forms.roster import school_name
from surveys.forms.section import write_seen
from surveys.http import MonitorRequest
from surveys.instrument import Section
from surveys.services import responses
from surveys.services.undo import answers_undo
from surveys.sheets import Sheet
from surveys.wording import shown

MOST_LINES = 50


@dataclass(frozen=True, slots=True)
class CellLine:
    """One cell in a list: what it is called, and what is the matter. `anchor` is its id on the page."""

    anchor: str
    label: str
    text: str


@dataclass(slots=True)
class Notice:
    """What stands above the table after an act. `sure` is the value of the button that carries it out after all."""

    kind: str
    text: str
    lines: list[CellLine] = field(default_factory=list)
    more: int = 0
    notes: list[str] = field(default_factory=list)
    sure: str = ""
    undo: Mapping[str, str] = field(default_factory=dict)  # the versions that an act made, by school

    def add_lines(self, lines: list[CellLine]) -> None:
        self.lines, self.more = lines[:MOST_LINES], max(len(lines) - MOST_LINES, 0)


def carry_out(
    request: MonitorRequest,
    act: ManyAct,
    sheet: Sheet,
    section: Section,
    data: QueryDict,
    picked: Iterable[str],
    seen: Mapping[Key, int],
) -> tuple[Notice, responses.Saved | None]:
    """Store what the act proposes; or ask first, where it would replace answers or cannot read everything.

    What was saved is None when it was not carried out. Raises WaveNotOpen.
    """
    if act.name == UNDO:
        saved = answers_undo(sheet=sheet, versions=seen_cells(data, sheet.schools, UNDO), by=request.user)
        return _undone(sheet, saved), saved
    proposal = propose(act, sheet, section, data, picked, seen)
    notice = _hindrance(act, sheet, proposal)
    if notice is not None:
        return notice, None
    edits = [responses.Edit(typed.question, typed.school, typed.given, typed.seen) for typed in proposal.edits]
    saved = responses.answers_save(sheet=sheet, edits=edits, by=request.user)
    return _done(sheet, proposal, saved), saved


def _hindrance(act: ManyAct, sheet: Sheet, proposal: Proposal) -> Notice | None:
    """What is said instead of doing it; None when it can be done."""
    if proposal.refusal:
        return Notice("error", proposal.refusal)
    if act.is_sure or not (proposal.errors or proposal.n_replaced):
        return None
    sentences = []
    if proposal.errors:
        n = len(proposal.errors)
        words = ngettext("%(n)s cell cannot be read.", "%(n)s cells cannot be read.", n)
        sentences.append(words % {"n": n} + " " + _("Nothing has been filled in yet."))
    if proposal.n_replaced:
        words = ngettext(
            "%(n)s answer that is there already would be replaced.",
            "%(n)s answers that are there already would be replaced.",
            proposal.n_replaced,
        )
        sentences.append(words % {"n": proposal.n_replaced})
    notice = Notice("error" if proposal.errors else "warning", " ".join(sentences))
    notice.add_lines([_line(sheet, key, message) for key, message in proposal.errors.items()])
    notice.sure = act.sure_value if proposal.edits else ""
    return notice


def _done(sheet: Sheet, proposal: Proposal, saved: responses.Saved) -> Notice:
    n = len(saved.changed)
    words = ngettext("%(n)s answer filled in and saved.", "%(n)s answers filled in and saved.", n)
    notice = Notice("success", words % {"n": n} if n else _("Nothing had to be changed."))
    if proposal.n_same:
        words = ngettext("%(n)s stood there already.", "%(n)s stood there already.", proposal.n_same)
        notice.notes.append(words % {"n": proposal.n_same})
    if proposal.n_not_asked:
        words = ngettext(
            "%(n)s cell was left out, because it is not asked there.",
            "%(n)s cells were left out, because they are not asked there.",
            proposal.n_not_asked,
        )
        notice.notes.append(words % {"n": proposal.n_not_asked})
    if proposal.errors:
        words = ngettext("%(n)s cell could not be read.", "%(n)s cells could not be read.", len(proposal.errors))
        notice.notes.append(words % {"n": len(proposal.errors)})
    if proposal.n_beyond:
        words = ngettext(
            "%(n)s pasted cell lies outside the table.", "%(n)s pasted cells lie outside the table.", proposal.n_beyond
        )
        notice.notes.append(words % {"n": proposal.n_beyond})
    notice.undo = _versions(sheet, saved)
    lines = [_line(sheet, key, message) for key, message in proposal.errors.items()]
    _add_conflicts(notice, sheet, saved, lines)
    return notice


def _undone(sheet: Sheet, saved: responses.Saved) -> Notice:
    n = len(saved.changed)
    words = ngettext("%(n)s answer is as it was before.", "%(n)s answers are as they were before.", n)
    notice = Notice("success", words % {"n": n} if n else _("Nothing had to be changed."))
    _add_conflicts(notice, sheet, saved, [])
    return notice


def _add_conflicts(notice: Notice, sheet: Sheet, saved: responses.Saved, lines: list[CellLine]) -> None:
    if saved.conflicts:
        notice.kind = "warning"
        n = len(saved.conflicts)
        words = ngettext(
            "%(n)s cell was changed by a colleague in the meantime, and stays as it is now.",
            "%(n)s cells were changed by a colleague in the meantime, and stay as they are now.",
            n,
        )
        notice.notes.append(words % {"n": n})
    notice.add_lines([*(_conflict_line(sheet, conflict) for conflict in saved.conflicts), *lines])


def _versions(sheet: Sheet, saved: responses.Saved) -> dict[str, str]:
    """The versions that were made, by school, as the page's hidden fields hold them."""
    made: dict[str, dict[str, int]] = {}
    for edit in saved.changed:
        made.setdefault(edit.school, {})[edit.question] = sheet.stored_of(edit.question, edit.school).version + 1
    return {school: write_seen(versions) for school, versions in made.items()}


def _line(sheet: Sheet, key: Key, text: str) -> CellLine:
    school, code = key
    question = sheet.instrument.questions[code]
    label = f"{school_name(sheet, school)}, {question.column or question.label}"
    return CellLine(f"cel-{school}-{code}", label, text)


def _conflict_line(sheet: Sheet, conflict: responses.Conflict) -> CellLine:
    question = sheet.instrument.questions[conflict.edit.question]
    words = _("%(by)s answered “%(theirs)s”; you wanted “%(mine)s”.")
    said = {
        "by": conflict.changed_by or _("Somebody"),
        "theirs": "; ".join(shown(sheet.instrument, question, conflict.theirs).lines) or _("No answer"),
        "mine": "; ".join(shown(sheet.instrument, question, conflict.edit.given).lines) or _("No answer"),
    }
    return _line(sheet, (conflict.edit.school, question.code), words % said)
