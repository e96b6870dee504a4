"""The response board of a wave: who is how far, and what staff grant one library from there."""

import csv
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import structlog
from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys.access import is_open_for, response_of
from surveys.admin.answers import entry_or_404, way_to
from surveys.admin.base import Confirmation, StaffAdmin, confirm, moment_widget, staff_member
from surveys.errors import DomainError
from surveys.files import protect
from surveys.models import FrameEntry, Province, ResponseEvent, SizeClass, SupportOrganisation, Wave
from surveys.services.board import (
    ORDERS,
    BoardQuery,
    BoardRow,
    BoardState,
    board_counts,
    board_entries,
    board_rows,
)
from surveys.services.reopening import (
    REASON_LENGTH,
    request_waiting,
    requests_waiting,
    response_reopen,
    response_reopen_refuse,
)
from surveys.services.waves import extension_give, moment_text

security_log = structlog.get_logger("security")

ROWS_PER_PAGE = 25
COLUMNS = (
    ("name", gettext_lazy("library")),
    ("province", gettext_lazy("province")),
    ("size", gettext_lazy("size class")),
    ("support", gettext_lazy("support organisation")),
    ("state", gettext_lazy("state")),
    ("changed", gettext_lazy("last answer")),
    ("submitted", gettext_lazy("submitted at")),
)


class BoardForm(forms.Form):
    """The filter above the board. A value that is not in its list filters nothing."""

    name = forms.CharField(label=gettext_lazy("library"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("state"), required=False)
    province = forms.ChoiceField(label=gettext_lazy("province"), required=False)
    support = forms.ModelChoiceField(
        SupportOrganisation.objects.all(),
        label=gettext_lazy("support organisation"),
        required=False,
        empty_label=gettext_lazy("all"),
    )
    size = forms.ChoiceField(label=gettext_lazy("size class"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        provinces = [(name, name) for name in Province.values]
        for name, choices in (
            ("state", BoardState.choices),
            ("province", provinces),
            ("size", SizeClass.choices),
        ):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [("", _("all")), *choices]

    def query(self, order: str) -> BoardQuery:
        self.is_valid()
        cleaned = self.cleaned_data
        support = cleaned.get("support")
        return BoardQuery(
            state=cleaned.get("state", ""),
            province=cleaned.get("province", ""),
            support_id=support.pk if support else None,
            size_class=cleaned.get("size", ""),
            name=cleaned.get("name", "").strip(),
            order=order if order.removeprefix("-") in ORDERS else "name",
        )


def wave_or_404(wave_id: int) -> Wave:
    return get_object_or_404(Wave.objects.select_related("survey", "questionnaire"), pk=wave_id)


def board(page: StaffAdmin, request: HttpRequest, wave_id: int) -> HttpResponse:
    """The expected libraries, a page at a time, with the counts of the whole wave above."""
    wave = wave_or_404(wave_id)
    form = BoardForm(request.GET)
    query = form.query(request.GET.get("o", ""))
    pages = Paginator(board_entries(wave, query), ROWS_PER_PAGE).get_page(request.GET.get("p"))
    entries = list(pages)
    requests = requests_waiting(wave)
    context = {
        "title": _("Response"),
        "subtitle": str(wave),
        "crumbs": page.crumbs((str(wave), reverse("admin:surveys_wave_change", args=[wave.pk])), (_("Response"), "")),
        "wave": wave,
        "form": form,
        "counts": board_counts(wave),
        "requests": requests,
        "asking": {request.response_id for request in requests},
        "columns": [_column(key, label, query.order) for key, label in COLUMNS],
        "order": query.order,
        "rows": board_rows(wave, entries),
        "pages": pages,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return page.page(request, "admin/surveys/board.html", context)


def _column(key: str, label: Any, order: str) -> dict[str, str]:
    """A heading that sorts: by its column, and the other way round when it is sorted so already."""
    if order == key:
        return {"label": str(label), "order": f"-{key}", "sorted": "ascending"}
    return {"label": str(label), "order": key, "sorted": "descending" if order == f"-{key}" else ""}


def board_csv(page: StaffAdmin, request: HttpRequest, wave_id: int) -> HttpResponse:
    """The list as filtered and ordered on screen, as a file that spreadsheets open."""
    wave = wave_or_404(wave_id)
    query = BoardForm(request.GET).query(request.GET.get("o", ""))
    security_log.info("export", what="response-board", wave=wave.pk, by=request.user.pk)
    name = f"respons-{wave.survey.slug}-{wave.school_year}.csv"
    download = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
    download.write("\ufeff")  # without it Excel takes the file for an old Windows one
    writer = csv.writer(download)
    writer.writerow(
        [
            _("code"),
            *(label for _key, label in COLUMNS[:5]),
            _("questions asked"),
            _("questions answered"),
            _("last answer by"),
            *(label for _key, label in COLUMNS[5:]),
            _("extension until"),
        ]
    )
    entries = list(board_entries(wave, query))
    for at in range(0, len(entries), ROWS_PER_PAGE):
        writer.writerows(_cells(board_rows(wave, entries[at : at + ROWS_PER_PAGE])))
    return download


def _cells(rows: Sequence[BoardRow]) -> Iterator[list[str | int]]:
    for row in rows:
        library = row.entry.library
        yield [
            protect(library.code),
            protect(library.name),
            row.entry.province,
            row.entry.size_class,
            protect(str(library.support_organisation or "")),
            str(row.state.label),
            row.progress.asked if row.progress else "",
            row.progress.answered if row.progress else "",
            protect(row.changed_by),
            _moment(row.changed_at),
            _moment(row.submitted_at),
            _moment(row.entry.extended_until),
        ]


def _moment(moment: datetime | None) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M") if moment else ""


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Kept with the questionnaire; colleagues can read it."),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class GrantForm(ReasonForm):
    """Reopening what the library asked for itself: one click will do."""

    reason = forms.CharField(
        label=gettext_lazy("Message (not required)"),
        help_text=gettext_lazy("Mailed to who asked, and kept with the questionnaire."),
        max_length=REASON_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RefusalForm(ReasonForm):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Mailed to who asked, and shown to the library with its receipt."),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ExtensionForm(forms.Form):
    until = forms.DateTimeField(
        label=gettext_lazy("May fill in until"),
        help_text=gettext_lazy("Date and time in the Netherlands."),
        widget=moment_widget(),
    )


def response_reopen_page(page: StaffAdmin, request: HttpRequest, wave_id: int, entry_id: int) -> HttpResponse:
    """Let a library change what it submitted, with the reason; when it asked for that, the reason is there already."""
    entry = entry_or_404(wave_id, entry_id)
    response = response_of(entry)
    asked = request_waiting(response) if response else None
    form_class = GrantForm if asked else ReasonForm
    form = form_class(request.POST if request.method == "POST" else None)
    effects = [
        *([_asked_text(asked)] if asked else []),
        _("%(library)s can change its answers and submit again.") % {"library": entry.library.name},
        _("What was submitted stays, and counts until it submits again."),
    ]
    warnings = () if is_open_for(entry) else (_still_closed(),)
    confirmation = Confirmation(
        title=_("Reopen the questionnaire of %(library)s?") % {"library": entry.library.name},
        effects=effects,
        warnings=warnings,
        button=_("Reopen"),
        back=_board_url(entry) if asked else _answers_url(entry),
        crumbs=page.crumbs(*way_to(entry), (entry.library.name, _answers_url(entry)), (_("Reopen"), "")),
        form=form,
    )

    def act() -> str:
        if response is None or not response.is_submitted:
            raise DomainError(_("This library has not submitted, so there is nothing to reopen."))
        response_reopen(response=response, by=staff_member(request), reason=form.cleaned_data["reason"])
        return _("%(library)s can change its answers again.") % {"library": entry.library.name}

    return confirm(page, request, confirmation, act)


def response_refuse_page(page: StaffAdmin, request: HttpRequest, wave_id: int, entry_id: int) -> HttpResponse:
    """Leave submitted what a library asked to reopen, with the reason."""
    entry = entry_or_404(wave_id, entry_id)
    response = response_of(entry)
    asked = request_waiting(response) if response else None
    form = RefusalForm(request.POST if request.method == "POST" else None)
    confirmation = Confirmation(
        title=_("Refuse to reopen the questionnaire of %(library)s?") % {"library": entry.library.name},
        effects=[
            _asked_text(asked) if asked else _("No request of this library is waiting."),
            _("What was submitted stays as it is. The library can ask again."),
        ],
        button=_("Refuse"),
        back=_board_url(entry),
        crumbs=page.crumbs(*way_to(entry), (entry.library.name, _answers_url(entry)), (_("Refuse"), "")),
        form=form,
    )

    def act() -> str:
        if response is None:
            raise DomainError(_("This library has not submitted, so there is nothing to reopen."))
        response_reopen_refuse(response=response, by=staff_member(request), reason=form.cleaned_data["reason"])
        return _("Refused. Who asked gets a mail with the reason.")

    return confirm(page, request, confirmation, act)


def _asked_text(asked: ResponseEvent) -> str:
    """Who asked for reopening, when and why, in a sentence."""
    said = {"by": asked.by or _("Somebody"), "moment": moment_text(asked.at), "reason": asked.note}
    if asked.note:
        return _("%(by)s asked for it on %(moment)s: “%(reason)s”") % said
    return _("%(by)s asked for it on %(moment)s, without a reason.") % said


def _still_closed() -> str:
    return _("The wave is closed for this library: give an extension as well, else it can only read.")


def extension_page(page: StaffAdmin, request: HttpRequest, wave_id: int, entry_id: int) -> HttpResponse:
    """Give one library more time than the wave."""
    entry = entry_or_404(wave_id, entry_id)
    form = ExtensionForm(request.POST or None, initial={"until": entry.extended_until})
    effects = [
        _("%(library)s can fill in and submit until the moment below, also after the wave has closed.")
        % {"library": entry.library.name},
        _("Other libraries notice nothing."),
    ]
    if entry.wave.is_open:
        effects.insert(0, _("The wave itself: %(moment)s.") % {"moment": moment_text(entry.wave.closes_at)})
    warnings = []
    if entry.wave.state in (Wave.State.CLOSED, Wave.State.AGGREGATED):
        warnings.append(_("The wave is closed. When this library submits, the figures are computed anew."))
    confirmation = Confirmation(
        title=_("Give %(library)s an extension?") % {"library": entry.library.name},
        effects=effects,
        warnings=tuple(warnings),
        button=_("Give extension"),
        back=_answers_url(entry),
        crumbs=page.crumbs(*way_to(entry), (entry.library.name, _answers_url(entry)), (_("Extension"), "")),
        form=form,
    )

    def act() -> str:
        given = extension_give(entry=entry, until=form.cleaned_data["until"], by=staff_member(request))
        return _("%(library)s may fill in until %(moment)s.") % {
            "library": entry.library.name,
            "moment": moment_text(given.extended_until),
        }

    return confirm(page, request, confirmation, act)


def _answers_url(entry: FrameEntry) -> str:
    return reverse("admin:surveys_wave_answers", args=[entry.wave_id, entry.pk])


def _board_url(entry: FrameEntry) -> str:
    return reverse("admin:surveys_wave_board", args=[entry.wave_id])
