"""Saving answer by answer, while somebody types: the same parsing and the same service as the section page.

The answer is JSON: the new versions, what could not be read, conflicts, and the pieces of the page that changed.
"""

from collections.abc import Collection, Iterable, Mapping

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from surveys import access
from surveys.access import Grant
from surveys.errors import WaveNotOpen
from surveys.forms.many import PICK, Key, ManyAct, seen_cells
from surveys.forms.roster import PREFIX, Roster, RosterRow
from surveys.forms.roster_table import RosterFilter, RosterTable
from surveys.forms.same import OFFERS, Taken, act_of, take_over
from surveys.forms.section import SectionForm, Typed
from surveys.http import MonitorRequest
from surveys.instrument import Question, Section
from surveys.services import responses
from surveys.sheets import Sheet, sheet_of
from surveys.views.many import Notice, carry_out
from surveys.views.respond import edit_of, may_fill_in, next_address, section_for
from surveys.views.steps import progress_block, section_steps
from surveys.wording import shown

# The codes of the questions that the browser shows, so that it gets those that came up: "partners,hours".
SHOWN = "shown"


@require_POST
def answer_save(request: MonitorRequest, entry_id: int, section_code: str) -> HttpResponse:
    """Save what is in the request: answers, or one to take over. 409 when nothing can be saved any more."""
    grant, sheet, section = section_for(request, entry_id, section_code)
    act = act_of(request.POST)
    data, taken = take_over(sheet, section, request.POST, act) if act else (request.POST, Taken())
    form, roster = SectionForm(sheet, section, data), Roster(sheet, section, data)
    typed = [*form.typed(), *roster.typed()]
    try:
        saved = responses.answers_save(sheet=sheet, edits=[edit_of(one, taken) for one in typed], by=request.user)
    except WaveNotOpen as error:
        return JsonResponse({"message": str(error)}, status=409)
    grant, after = _after(request, grant, sheet, saved)
    pieces = _Pieces(request, grant, after, section)
    rows = {school for school, _code in roster.seen}
    return JsonResponse(
        {
            "at": date_format(timezone.localtime(), "H:i"),
            "versions": {_name(*key): version for key, version in saved.versions.items()},
            "errors": _errors(form, roster),
            "conflicts": [pieces.conflict(conflict) for conflict in saved.conflicts],
            "next": next_address(after, section),
            "order": [question.code for question in pieces.form.questions],
            "checks": {question.code: pieces.form.checks.get(question.code, "") for question in pieces.form.questions},
            "remarks": pieces.remarks(rows),
            "offers": pieces.offers(one.question for one in typed if not one.school),
            "cells": pieces.cells(_shown_rows(request, sheet)),
            "html": pieces.html([*pieces.questions(typed, taken), *pieces.states(rows)]),
        }
    )


@require_POST
def roster_many(request: MonitorRequest, entry_id: int, section_code: str) -> HttpResponse:
    """Carry out an act on many rows, and return every cell that it changed. 409 when nothing can be saved any more."""
    grant, sheet, section = section_for(request, entry_id, section_code)
    act = ManyAct.read(request.POST)
    if act is None:
        raise Http404
    seen = seen_cells(request.POST, sheet.schools)
    try:
        picked = request.POST.getlist(PICK)
        notice, saved = carry_out(request, act, sheet, section, request.POST, picked, seen)
    except WaveNotOpen as error:
        return JsonResponse({"message": str(error)}, status=409)
    answer = {"at": date_format(timezone.localtime(), "H:i"), "notice": _notice(request, notice), "saved": bool(saved)}
    if saved:
        grant, after = _after(request, grant, sheet, saved)
        pieces = _Pieces(request, grant, after, section)
        edits = [*saved.changed, *(conflict.edit for conflict in saved.conflicts)]
        schools = {edit.school for edit in edits}
        on_page: dict[str, set[str]] = {school: set() for school in schools}
        for school, code in seen:
            on_page.setdefault(school, set()).add(code)
        answer |= {
            "cells": pieces.cells(on_page, {(edit.school, edit.question) for edit in edits}),
            "next": next_address(after, section),
            "remarks": pieces.remarks(schools),
            "html": pieces.html(pieces.states(schools)),
        }
    return JsonResponse(answer)


def _after(request: MonitorRequest, grant: Grant, sheet: Sheet, saved: responses.Saved) -> tuple[Grant, Sheet]:
    """How things stand after a save; read again only when a colleague was in between."""
    if not saved.conflicts:
        return grant, sheet.with_answers({(edit.question, edit.school): edit.given for edit in saved.changed})
    grant = access.entry_for(request.user, grant.entry.pk)
    return grant, sheet_of(grant.entry, grant.response)


def _notice(request: HttpRequest, notice: Notice) -> str:
    return render_to_string("surveys/parts/roster_notice.html", {"notice": notice}, request)


def _shown_rows(request: HttpRequest, sheet: Sheet) -> dict[str, set[str]]:
    """The columns that the browser shows of rows in the request, by school."""
    fields = {school: request.POST.get(f"{SHOWN}.{school}") for school in sheet.schools}
    return {school: set(text.split(",")) for school, text in fields.items() if text is not None}


def _name(question: str, school: str) -> str:
    return f"{PREFIX}.{school}.{question}" if school else question


def _errors(form: SectionForm, roster: Roster) -> dict[str, str]:
    """What could not be read, by the name of the field."""
    return form.errors | {_name(code, school): message for (school, code), message in roster.errors.items()}


class _Pieces:
    """The pieces of a section's page that a save changes."""

    def __init__(self, request: HttpRequest, grant: Grant, sheet: Sheet, section: Section) -> None:
        self.request = request
        self.grant = grant
        self.sheet = sheet
        self.section = section
        self.form = SectionForm(sheet, section)
        self.roster = Roster(sheet, section)
        self.table = RosterTable(self.roster, RosterFilter())
        self._rows: dict[str, RosterRow] = {}

    def row(self, school: str) -> RosterRow:
        if school not in self._rows:
            self._rows[school] = self.roster.row(school)
        return self._rows[school]

    def html(self, changed: Iterable[str]) -> str:
        """Pieces that changed, with those that every save may change."""
        own, is_ours = self.grant.assigned, may_fill_in(self.grant)
        steps = section_steps(self.sheet, self.section, own=own, is_ours=is_ours)
        return "".join([*changed, progress_block(self.sheet.ready), steps])

    def questions(self, typed: Iterable[Typed], taken: Taken) -> list[str]:
        """Library questions that the browser does not show (as they are): new ones, those that follow from what was
        saved, and those of which the answer was taken over."""
        on_page = set(self.request.POST.get(SHOWN, "").split(","))
        saved = {one.question for one in typed}
        return [
            self.form.draw(question)
            for question in self.form.questions
            if question.code not in on_page or question.options_from in saved or (question.code, "") in taken
        ]

    def cells(self, on_page: Mapping[str, set[str]], also: Collection[Key] = ()) -> str:
        """Roster cells that are asked now and were not on the page, or the other way round; and those in `also`."""
        pieces = []
        for school, before in on_page.items():
            now, row = self.sheet.route.rows[school], None
            for question in self.roster.columns:
                if (question.code in now) != (question.code in before) or (school, question.code) in also:
                    row = row or self.row(school)
                    pieces.append(self.table.cell(row, question))
        return "".join(pieces)

    def states(self, schools: Collection[str]) -> list[str]:
        """How far these rows of the roster are, and the roster as a whole."""
        if not schools:
            return []
        done, total = self.roster.n_done()
        context = {"done": done, "total": total}
        whole = render_to_string("surveys/parts/roster_done.html", context, self.request)
        return [*(self.table.state(self.row(school)) for school in schools), whole]

    def remarks(self, schools: Iterable[str]) -> dict[str, str]:
        """What the checks say of each cell of these rows; empty where they are quiet."""
        return {
            _name(question.code, school): self.roster.remark(school, question)
            for school in schools
            for question in self.roster.columns
            if question.code in self.sheet.route.rows[school]
        }

    def offers(self, codes: Iterable[str]) -> dict[str, list[str]]:
        """Of these library questions, which buttons for what is known already are still of use."""
        questions = self.sheet.instrument.questions
        return {
            code: [name for name, offer in OFFERS.items() if offer(self.sheet, questions[code], "")] for code in codes
        }

    def conflict(self, conflict: responses.Conflict) -> dict[str, str | int]:
        """A conflict as shown at its question: both values, with who and when, and their value as a piece."""
        edit = conflict.edit
        question = self.sheet.instrument.questions[edit.question]
        name = _name(edit.question, edit.school)
        theirs = self._cell(edit.school, question) if edit.school else self.form.draw(question)
        context = {
            "name": name,
            "by": conflict.changed_by,
            "at": conflict.changed_at,
            "theirs": shown(self.sheet.instrument, question, conflict.theirs),
            "mine": shown(self.sheet.instrument, question, edit.given),
            "piece": theirs,
            "history": self._history(edit.question, edit.school),
        }
        html = render_to_string("surveys/parts/conflict.html", context, self.request)
        return {"name": name, "version": conflict.version, "html": html}

    def _history(self, question: str, school: str) -> str:
        asked = {"vraag": question} | ({"school": school} if school else {})
        return reverse("surveys:team-history", args=[self.grant.entry.pk], query=asked)

    def _cell(self, school: str, question: Question) -> SafeString:
        return self.table.cell(self.row(school), question)
