"""Waves: made as a draft, opened, closed and reopened here; each of these asks first and says what it will do."""

from collections.abc import Callable
from typing import Any

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import admin
from django.db import models as db
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from surveys.admin.answers import answers, history
from surveys.admin.base import Confirmation, StaffAdmin, confirm, date_widget, moment_widget, staff_member
from surveys.admin.board import (
    board,
    board_csv,
    extension_page,
    response_refuse_page,
    response_reopen_page,
    wave_or_404,
)
from surveys.errors import DomainError
from surveys.models import Response, ResponseEvent, Wave
from surveys.services.board import board_counts
from surveys.services.waves import (
    draft_save,
    frame_preview,
    moment_text,
    refuse_results_before_closing,
    results_text,
    wave_close,
    wave_open,
    wave_reopen,
    wave_reschedule,
    wave_results_expect,
)
from surveys.wording import number_text

EVENTS_SHOWN = 20
Kind = ResponseEvent.Kind


class WaveForm(forms.ModelForm):
    class Meta:
        model = Wave
        fields = ("survey", "school_year", "questionnaire", "reference_date", "closes_at", "results_on")

    def clean_school_year(self) -> str:
        year = str(self.cleaned_data["school_year"]).strip()
        first, dash, second = year.partition("-")
        if not (dash and len(year) == 9 and year.isascii() and first.isdigit() and second.isdigit()):
            raise forms.ValidationError(_("Write the school year as two years, for example 2026-2027."))
        if int(second) != int(first) + 1:
            raise forms.ValidationError(_("A school year is two years in a row, for example 2026-2027."))
        return year

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        survey, questionnaire = cleaned.get("survey"), cleaned.get("questionnaire")
        if survey and questionnaire and questionnaire.survey_id != survey.pk:
            self.add_error("questionnaire", _("This questionnaire belongs to another survey."))
        try:
            refuse_results_before_closing(cleaned.get("results_on"), cleaned.get("closes_at"))
        except DomainError as refusal:
            self.add_error("results_on", str(refusal))
        return cleaned


class ClosingForm(forms.Form):
    closes_at = forms.DateTimeField(
        label=gettext_lazy("Closes at"),
        help_text=gettext_lazy("Date and time in the Netherlands. Leave empty to close by hand."),
        required=False,
        widget=moment_widget(),
    )


class ResultsForm(forms.Form):
    results_on = forms.DateField(
        label=gettext_lazy("Results expected on"),
        help_text=gettext_lazy("Libraries read this when they have submitted. Leave empty when it is not known yet."),
        required=False,
        widget=date_widget(),
    )


@admin.register(Wave)
class WaveAdmin(StaffAdmin):
    may_add = True
    form = WaveForm
    list_display = ("name", "state", "n_expected", "n_started", "n_submitted", "closes_at", "board_link")
    list_display_links = ("name",)
    list_select_related = ("survey",)
    list_filter = ("survey", "state")
    fields = ("survey", "school_year", "questionnaire", "reference_date", "closes_at", "results_on")
    change_form_template = "admin/surveys/wave/change_form.html"
    formfield_overrides = {
        db.DateTimeField: {"form_class": forms.DateTimeField, "widget": moment_widget()},
        db.DateField: {"widget": date_widget()},
    }

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only a draft is edited; what was opened is fixed, but for what the actions change."""
        return super().has_view_permission(request) and (obj is None or obj.state == Wave.State.DRAFT)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request) and obj is not None and obj.state == Wave.State.DRAFT

    def get_queryset(self, request: HttpRequest) -> QuerySet[Wave]:
        rows: QuerySet[Wave] = super().get_queryset(request)
        return rows.annotate(
            n_expected=Count("frame"),
            n_started=Count("frame__response"),
            n_submitted=Count("frame", filter=Q(frame__response__state=Response.State.SUBMITTED)),
        )

    @admin.display(description=gettext_lazy("wave"), ordering="school_year")
    def name(self, wave: Wave) -> str:
        return str(wave)

    @admin.display(description=gettext_lazy("expected"))
    def n_expected(self, wave: Any) -> int:
        return int(wave.n_expected)

    @admin.display(description=gettext_lazy("started"))
    def n_started(self, wave: Any) -> int:
        return int(wave.n_started)

    @admin.display(description=gettext_lazy("submitted"))
    def n_submitted(self, wave: Any) -> int:
        return int(wave.n_submitted)

    @admin.display(description=gettext_lazy("response"), empty_value="")
    def board_link(self, wave: Wave) -> str | None:
        if wave.state == Wave.State.DRAFT:
            return None
        url = reverse("admin:surveys_wave_board", args=[wave.pk])
        return format_html('<a href="{}">{}</a>', url, _("Response of %(wave)s") % {"wave": wave})

    def save_model(self, request: HttpRequest, obj: Wave, form: Any, change: bool) -> None:
        if change:
            draft_save(wave=obj, changed=form.changed_data)
        else:
            super().save_model(request, obj, form, change)

    def get_urls(self) -> list[URLPattern]:
        """Our own pages first: Django's catch-all `<path:object_id>/` would swallow them."""
        pages: list[tuple[str, str, Callable[..., HttpResponse]]] = [
            ("openen", "open", self.open_page),
            ("sluiten", "close", self.close_page),
            ("sluitmoment", "reschedule", self.reschedule_page),
            ("resultaten", "results", self.results_page),
            ("heropenen", "reopen", self.reopen_page),
            ("respons", "board", self.board_page),
            ("respons/csv", "board_csv", self.board_csv_page),
            ("respons/<int:entry_id>", "answers", self.answers_page),
            ("respons/<int:entry_id>/heropenen", "response_reopen", self.response_reopen_page),
            ("respons/<int:entry_id>/weigeren", "response_refuse", self.response_refuse_page),
            ("respons/<int:entry_id>/uitstel", "extension", self.extension_page),
            ("respons/<int:entry_id>/antwoord/<str:code>", "history", self.history_page),
        ]
        own = [
            path(f"<int:wave_id>/{route}/", self.admin_site.admin_view(view), name=f"surveys_wave_{name}")
            for route, name, view in pages
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The wave with its counts, what can be done with it, and what happened to it."""
        wave = self.get_object(request, object_id)
        if wave is None:
            return super().change_view(request, object_id, form_url, extra_context)
        # What staff did; what libraries do stands on the board.
        events = (
            wave.events.exclude(kind__in=(Kind.STARTED, Kind.SUBMITTED, Kind.IMPORTED))
            .select_related("by", "response__entry__library")
            .order_by("-at")
        )
        context = {
            "title": str(wave),
            "subtitle": None,
            "wave": wave,
            "counts": board_counts(wave),
            "state_text": _state_text(wave),
            "steps": _steps(wave),
            "events": events[:EVENTS_SHOWN],
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, context)

    def board_page(self, request: HttpRequest, wave_id: int) -> HttpResponse:
        return board(self, request, wave_id)

    @method_decorator(reauthentication_required)
    def board_csv_page(self, request: HttpRequest, wave_id: int) -> HttpResponse:
        return board_csv(self, request, wave_id)

    def answers_page(self, request: HttpRequest, wave_id: int, entry_id: int) -> HttpResponse:
        return answers(self, request, wave_id, entry_id)

    def history_page(self, request: HttpRequest, wave_id: int, entry_id: int, code: str) -> HttpResponse:
        return history(self, request, wave_id, entry_id, code)

    def response_reopen_page(self, request: HttpRequest, wave_id: int, entry_id: int) -> HttpResponse:
        return response_reopen_page(self, request, wave_id, entry_id)

    def response_refuse_page(self, request: HttpRequest, wave_id: int, entry_id: int) -> HttpResponse:
        return response_refuse_page(self, request, wave_id, entry_id)

    def extension_page(self, request: HttpRequest, wave_id: int, entry_id: int) -> HttpResponse:
        return extension_page(self, request, wave_id, entry_id)

    def open_page(self, request: HttpRequest, wave_id: int) -> HttpResponse:
        wave = wave_or_404(wave_id)
        n_libraries, n_locations = frame_preview(wave)
        effects = [
            _("%(who)s are asked to respond, with %(where)s on their lists.")
            % {"who": _libraries(n_libraries), "where": _locations(n_locations)},
            _("The questionnaire “%(questionnaire)s” is frozen: it can be read, but no longer changed.")
            % {"questionnaire": wave.questionnaire},
            _("Which libraries and school locations take part is fixed as the registers have it now."),
            _("Libraries can fill in at once. Closing: %(moment)s.") % {"moment": moment_text(wave.closes_at)},
        ]
        warnings = () if n_libraries else (_("There are no libraries yet: import them first."),)
        confirmation = self._confirmation(wave, _("Open %(wave)s?"), effects, _("Open the wave"), warnings=warnings)

        def act() -> str:
            opened = wave_open(wave=wave, by=staff_member(request))
            return _("%(wave)s is open.") % {"wave": opened}

        return confirm(self, request, confirmation, act)

    def close_page(self, request: HttpRequest, wave_id: int) -> HttpResponse:
        wave = wave_or_404(wave_id)
        counts = board_counts(wave)
        effects = [
            _("From now on no library can change answers or submit, but for those with an extension."),
            _("%(submitted)d of %(expected)d libraries have submitted; they are in the figures.")
            % {"submitted": counts.n_submitted, "expected": counts.n_expected},
            _("The figures are computed by themselves, usually within a minute."),
        ]
        warnings = []
        if counts.n_in_progress:
            text = ngettext(
                "%(n)d library is still busy. What it has filled in is kept, but doesn't count.",
                "%(n)d libraries are still busy. What they have filled in is kept, but doesn't count.",
                counts.n_in_progress,
            )
            warnings.append(text % {"n": counts.n_in_progress})
        confirmation = self._confirmation(
            wave, _("Close %(wave)s now?"), effects, _("Close the wave"), warnings=tuple(warnings), is_grave=True
        )

        def act() -> str:
            closed = wave_close(wave=wave, by=staff_member(request))
            return _("%(wave)s is closed. The figures are being computed.") % {"wave": closed}

        return confirm(self, request, confirmation, act)

    def reschedule_page(self, request: HttpRequest, wave_id: int) -> HttpResponse:
        wave = wave_or_404(wave_id)
        form = ClosingForm(request.POST or None, initial={"closes_at": wave.closes_at})
        effects = [
            _("Now: %(moment)s.") % {"moment": moment_text(wave.closes_at)},
            _("From the moment below no library can change answers or submit, but for those with an extension."),
        ]
        confirmation = self._confirmation(
            wave, _("Change the closing moment of %(wave)s"), effects, _("Change closing moment"), form=form
        )

        def act() -> str:
            changed = wave_reschedule(wave=wave, closes_at=form.cleaned_data["closes_at"], by=staff_member(request))
            return _("Closing of %(wave)s: %(moment)s.") % {
                "wave": changed,
                "moment": moment_text(changed.closes_at),
            }

        return confirm(self, request, confirmation, act)

    def results_page(self, request: HttpRequest, wave_id: int) -> HttpResponse:
        wave = wave_or_404(wave_id)
        form = ResultsForm(request.POST if request.method == "POST" else None, initial={"results_on": wave.results_on})
        effects = [_("Libraries that have submitted now read: “%(text)s”") % {"text": results_text(wave)}]
        confirmation = self._confirmation(
            wave, _("When do the results of %(wave)s come?"), effects, _("Save the day of the results"), form=form
        )

        def act() -> str:
            changed = wave_results_expect(wave=wave, on=form.cleaned_data["results_on"], by=staff_member(request))
            return _("Libraries now read: “%(text)s”") % {"text": results_text(changed)}

        return confirm(self, request, confirmation, act)

    def reopen_page(self, request: HttpRequest, wave_id: int) -> HttpResponse:
        wave = wave_or_404(wave_id)
        form = ClosingForm(request.POST or None)
        effects = [
            _("All expected libraries can fill in and submit again; what was submitted stays."),
            _("Which libraries and school locations take part stays as it was."),
            _("When the wave closes again, the figures are computed anew."),
        ]
        confirmation = self._confirmation(
            wave, _("Reopen %(wave)s?"), effects, _("Reopen the wave"), form=form, is_grave=True
        )

        def act() -> str:
            reopened = wave_reopen(wave=wave, by=staff_member(request), closes_at=form.cleaned_data["closes_at"])
            return _("%(wave)s is open again. Closing: %(moment)s.") % {
                "wave": reopened,
                "moment": moment_text(reopened.closes_at),
            }

        return confirm(self, request, confirmation, act)

    def _confirmation(
        self,
        wave: Wave,
        title: str,
        effects: list[str],
        button: str,
        *,
        form: forms.Form | None = None,
        warnings: tuple[str, ...] = (),
        is_grave: bool = False,
    ) -> Confirmation:
        back = reverse("admin:surveys_wave_change", args=[wave.pk])
        return Confirmation(
            title=title % {"wave": wave},
            effects=effects,
            button=button,
            back=back,
            crumbs=self.crumbs((str(wave), back), (button, "")),
            form=form,
            warnings=warnings,
            is_grave=is_grave,
        )


def _libraries(n: int) -> str:
    return ngettext("%(count)s library", "%(count)s libraries", n) % {"count": number_text(n)}


def _locations(n: int) -> str:
    return ngettext("%(count)s school location", "%(count)s school locations", n) % {"count": number_text(n)}


def _state_text(wave: Wave) -> str:
    match wave.state:
        case Wave.State.DRAFT:
            return _("This is a draft: nobody but staff sees it until it is opened.")
        case Wave.State.OPEN:
            return _("Libraries can fill in and submit. Closing: %(moment)s.") % {"moment": moment_text(wave.closes_at)}
        case Wave.State.CLOSED:
            return _("The wave is closed. The figures are computed by themselves, usually within a minute.")
    return _("The wave is closed and its figures have been computed.")


def _steps(wave: Wave) -> list[dict[str, Any]]:
    """What can be done with a wave in this state; the first is the one that comes next."""
    names = {
        Wave.State.DRAFT: [("open", _("Open the wave …"))],
        Wave.State.OPEN: [
            ("board", _("View response")),
            ("reschedule", _("Change closing moment …")),
            ("results", _("Day of the results …")),
            ("close", _("Close now …")),
        ],
    }.get(
        Wave.State(wave.state),
        [
            ("board", _("View response")),
            ("results", _("Day of the results …")),
            ("reopen", _("Reopen the wave …")),
        ],
    )
    return [{"url": reverse(f"admin:surveys_wave_{name}", args=[wave.pk]), "label": label} for name, label in names]
