"""Where a library begins: its questionnaires, and the first page of one, with what is asked and who works on it."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from surveys import access
from surveys.access import Grant
from surveys.http import MonitorRequest
from surveys.instrument import Level, Question, Section
from surveys.services import teamwork
from surveys.sheets import NEVER, Sheet, Stored, sheet_of
from surveys.views.reading import latest
from surveys.views.respond import page_context
from surveys.views.team import section_rows


@dataclass(frozen=True, slots=True)
class Card:
    """A questionnaire on the start page. Without `sheet` it can't be filled in (any more)."""

    grant: Grant
    sheet: Sheet | None = None
    next_section: Section | None = None
    own_sections: tuple[Section, ...] = ()
    last: Stored = NEVER


@require_safe
def start(request: MonitorRequest) -> HttpResponse:
    """One card per questionnaire of the user's libraries; advisers and staff see where their pages are."""
    grants = access.grants_for(request.user)
    fillable = [grant for grant in grants if access.is_open_for(grant.entry)]
    context = {
        "open_cards": [_card(grant, request.user.pk) for grant in fillable],
        "closed_cards": [Card(grant) for grant in grants if grant not in fillable],
        "is_adviser": access.is_adviser(request.user),
    }
    return render(request, "surveys/start.html", context)


def _card(grant: Grant, user_id: int) -> Card:
    sheet = sheet_of(grant.entry, grant.response)
    return Card(
        grant=grant,
        sheet=sheet,
        next_section=next_section(grant, sheet, user_id),
        own_sections=tuple(section for section in sheet.instrument.sections if grant.assigned.get(section.code)),
        last=latest(sheet.stored.values()),
    )


@require_safe
def response_overview(request: MonitorRequest, entry_id: int) -> HttpResponse:
    """What is asked, until when, what was answered last year, who works on it, and the way to begin or go on."""
    grant = access.entry_for(request.user, entry_id)
    sheet = sheet_of(grant.entry, grant.response)
    team = teamwork.team(grant.entry)
    context = page_context(grant, sheet) | {
        "next_section": next_section(grant, sheet, request.user.pk),
        "last_change": latest(sheet.stored.values()),
        "n_questions": len(sheet.instrument.questions),
        "n_with_last_year": sum(_has_last_year(sheet, question) for question in sheet.instrument.questions.values()),
        "team": team,
        "submitters": [person for person in team if person.may_submit],
        "rows": section_rows(grant, sheet, team),
    }
    return render(request, "surveys/response_overview.html", context)


def next_section(grant: Grant, sheet: Sheet, user_id: int) -> Section | None:
    """Where somebody goes on: the section they last worked in, one of their own, or the first; of those still open.

    None when everything has been answered.
    """
    instrument = sheet.instrument
    last = teamwork.last_answered(sheet, user_id)
    wanted: list[Section] = [instrument.section_of[last]] if last else []
    wanted += [section for section in instrument.sections if grant.assigned.get(section.code)]
    for section in (*wanted, *instrument.sections):
        if sheet.progress[section.code].answered < sheet.progress[section.code].asked:
            return section
    return None


def _has_last_year(sheet: Sheet, question: Question) -> bool:
    """Whether last wave's answer stands beside this question: for the library, or for a school of its roster."""
    last = sheet.last_wave
    if last is None:
        return False
    if question.level is Level.LIBRARY:
        return last.given(question.code) is not None
    return any(last.given(question.code, school) is not None for school in sheet.schools)
