"""The pages of an adviser of a support organisation: how far its libraries are, and their answers to read."""

from itertools import groupby

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from surveys import access
from surveys.http import MonitorRequest, second_factor_required
from surveys.sheets import sheet_of
from surveys.views.answers import answers_html
from surveys.views.reading import sections_of_sheet


@require_safe
@second_factor_required
def follow_list(request: MonitorRequest) -> HttpResponse:
    """The libraries that the user advises, by wave, with their state. 404 for who advises nobody."""
    return render(request, "surveys/follow_list.html", {"waves": _by_wave(access.followed_list(request.user))})


@require_safe
@second_factor_required
def follow_response(request: MonitorRequest, entry_id: int) -> HttpResponse:
    """One library's answers as they stand."""
    grant = access.followed_entry_for(request.user, entry_id)
    sheet = sheet_of(grant.entry, grant.response)
    context = {
        "entry": grant.entry,
        "wave": grant.entry.wave,
        "library": grant.entry.library,
        "response": grant.response,
        "overall": sheet.overall,
        "answers": answers_html(sections_of_sheet(sheet)),
    }
    return render(request, "surveys/follow_response.html", context)


def _by_wave(followed: list[access.Followed]) -> list[tuple[str, list[access.Followed]]]:
    """The libraries under the wave that they are in; the list is sorted by wave already."""
    return [(wave, list(group)) for wave, group in groupby(followed, key=lambda one: str(one[0].wave))]
