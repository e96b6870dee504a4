"""Saving answer by answer, while somebody types: the same parsing and the same service as the section page.

The answer is JSON: the new versions, what could not be read, conflicts, and the pieces of the page that changed.
"""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_POST

from surveys import access
from surveys.errors import WaveNotOpen
from surveys.forms.roster import PREFIX, Roster
from surveys.forms.section import SectionForm, Typed
from surveys.http import MonitorRequest
from surveys.instrument import Question, Section
from surveys.services import responses
from surveys.sheets import Sheet, sheet_of
from surveys.views.respond import edit_of, page_context
from surveys.wording import shown

# The codes of the questions that the browser shows, so that it gets those that came up: "partners,hours".
SHOWN = "shown"


@require_POST
def answer_save(request: MonitorRequest, entry_id: int, section_code: str) -> HttpResponse:
    """Save what is in the request, usually one answer. 409 when nothing can be saved any more."""
    grant = access.entry_for(request.user, entry_id)
    if not grant.may_edit:
        raise PermissionDenied
    sheet = sheet_of(grant.entry, grant.response)
    section = sheet.instrument.section_by_code.get(section_code)
    if section is None:
        raise Http404
    form, roster = SectionForm(sheet, section, request.POST), Roster(sheet, section, request.POST)
    form.is_valid()
    typed = [*form.typed(), *roster.typed()]
    try:
        saved = responses.answers_save(sheet=sheet, edits=map(edit_of, typed), by=request.user)
    except WaveNotOpen as error:
        return JsonResponse({"message": str(error)}, status=409)
    if saved.conflicts:
        grant = access.entry_for(request.user, entry_id)
        after = sheet_of(grant.entry, grant.response)
    else:
        after = sheet.with_answers({(edit.question, edit.school): edit.given for edit in saved.changed})
    conflicting = {(conflict.edit.question, conflict.edit.school) for conflict in saved.conflicts}
    pieces = _Pieces(request, after, section)
    return JsonResponse(
        {
            "at": date_format(timezone.localtime(), "H:i"),
            "versions": _versions(after, [one for one in typed if (one.question, one.school) not in conflicting]),
            "errors": _errors(form, roster),
            "conflicts": [pieces.conflict(conflict) for conflict in saved.conflicts],
            "order": [question.code for question in pieces.form.questions],
            "checks": pieces.checks(),
            "html": "".join(
                [
                    *pieces.questions(typed),
                    *pieces.cells(),
                    render_to_string("surveys/parts/steps.html", page_context(grant, after, section), request),
                ]
            ),
        }
    )


def _versions(sheet: Sheet, typed: Iterable[Typed]) -> dict[str, int]:
    """The version of each answer that is stored as typed, by the name of its field."""
    return {_name(one.question, one.school): sheet.stored_of(one.question, one.school).version for one in typed}


def _name(question: str, school: str) -> str:
    return f"{PREFIX}.{school}.{question}" if school else question


def _errors(form: SectionForm, roster: Roster) -> dict[str, str]:
    """What could not be read, by the name of the field."""
    errors = {name: str(messages[0]) for name, messages in form.errors.items()}
    return errors | {_name(code, school): message for (school, code), message in roster.errors.items()}


class _Pieces:
    """The pieces of a section's page that a save changes."""

    def __init__(self, request: HttpRequest, sheet: Sheet, section: Section) -> None:
        self.request = request
        self.sheet = sheet
        self.section = section
        self.form = SectionForm(sheet, section)
        self.roster = Roster(sheet, section)

    def questions(self, typed: Iterable[Typed]) -> list[str]:
        """Library questions that the browser does not show yet, and those that follow from what was saved."""
        on_page = set(self.request.POST.get(SHOWN, "").split(","))
        saved = {one.question for one in typed}
        return [
            self._question(question)
            for question in self.form.questions
            if question.code not in on_page or question.options_from in saved
        ]

    def cells(self) -> list[str]:
        """Roster cells that are asked now and were not, or the other way round."""
        pieces = []
        for school in self.sheet.schools:
            shown_codes = self.request.POST.get(f"{SHOWN}.{school}")
            if shown_codes is not None:
                now, before = self.sheet.route.rows[school], set(shown_codes.split(","))
                changed = [q for q in self.roster.columns if (q.code in now) != (q.code in before)]
                pieces += [self._cell(school, question) for question in changed]
        return pieces

    def checks(self) -> dict[str, str]:
        """What the checks say of each library question of the section; empty where they are quiet."""
        return {name: getattr(field, "soft_check", "") for name, field in self.form.fields.items()}

    def conflict(self, conflict: responses.Conflict) -> dict[str, str | int]:
        """A conflict as shown at its question: both values, with who and when, and their value as a piece."""
        edit = conflict.edit
        question = self.sheet.instrument.questions[edit.question]
        name = _name(edit.question, edit.school)
        theirs = self._cell(edit.school, question) if edit.school else self._question(question)
        context = {
            "name": name,
            "by": conflict.changed_by,
            "at": conflict.changed_at,
            "theirs": shown(self.sheet.instrument, question, conflict.theirs),
            "mine": shown(self.sheet.instrument, question, edit.given),
            "piece": theirs,
        }
        html = render_to_string("surveys/parts/conflict.html", context, self.request)
        return {"name": name, "version": conflict.version, "html": html}

    def _question(self, question: Question) -> str:
        return render_to_string("surveys/parts/question.html", self.form.group(question), self.request)

    def _cell(self, school: str, question: Question) -> str:
        row = self.roster.row(school)
        cell = next(cell for cell in row.cells if cell.question is question)
        return render_to_string("surveys/parts/roster_cell.html", {"row": row, "cell": cell}, self.request)
