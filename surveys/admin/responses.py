"""What happened, and what was sent in: to read, never to change."""

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys import snapshot
from surveys.admin.answers import SubmittedSource, sections_of
from surveys.admin.base import StaffAdmin
from surveys.compiled import compiled_by_id
from surveys.models import ResponseEvent, Submission
from surveys.services.reopening import request_waiting


class WaveFilter(admin.RelatedFieldListFilter):
    """Django's own filter under our word for it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("wave")


@admin.register(ResponseEvent)
class ResponseEventAdmin(StaffAdmin):
    list_display = ("at", "wave_name", "library", "kind", "who", "note")
    list_display_links = None
    list_select_related = ("wave__survey", "response__entry__library", "by")
    list_filter = ("kind", ("wave", WaveFilter))
    search_fields = ("response__entry__library__name", "note")
    search_help_text = gettext_lazy("Search by library or note")
    ordering = ("-at",)
    list_per_page = 50

    @admin.display(description=gettext_lazy("library"), ordering="response__entry__library__name")
    def library(self, event: ResponseEvent) -> str:
        return event.response.entry.library.name if event.response else ""

    @admin.display(description=gettext_lazy("wave"), ordering="wave")
    def wave_name(self, event: ResponseEvent) -> str:
        return str(event.wave)

    @admin.display(description=gettext_lazy("by"), ordering="by__name")
    def who(self, event: ResponseEvent) -> str:
        return str(event.by or "")


@admin.register(Submission)
class SubmissionAdmin(StaffAdmin):
    list_display = ("library", "wave", "number", "submitted_at", "who", "is_latest", "content_hash")
    list_display_links = ("library",)
    list_select_related = ("response__entry__library", "response__entry__wave__survey", "submitted_by")
    list_filter = (("response__entry__wave", WaveFilter), "is_latest")
    search_fields = ("response__entry__library__name", "content_hash")
    search_help_text = gettext_lazy("Search by library or hash")
    ordering = ("-submitted_at",)
    list_per_page = 50

    @admin.display(description=gettext_lazy("library"), ordering="response__entry__library__name")
    def library(self, submission: Submission) -> str:
        return submission.response.entry.library.name

    @admin.display(description=gettext_lazy("wave"))
    def wave(self, submission: Submission) -> str:
        return str(submission.response.entry.wave)

    @admin.display(description=gettext_lazy("by"), ordering="submitted_by__name")
    def who(self, submission: Submission) -> str:
        return str(submission.submitted_by or "")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What was sent in, in words: from the snapshot alone."""
        submission = self.get_object(request, object_id)
        if submission is None:
            raise Http404
        entry = submission.response.entry
        instrument = compiled_by_id(entry.wave.questionnaire_id).instrument
        contents = snapshot.read(instrument, submission.snapshot)
        names = {school.code: school for school in entry.schools.all()}
        context = {
            "title": _("Submission %(number)d of %(library)s")
            % {"number": submission.number, "library": entry.library.name},
            "crumbs": self.crumbs((str(submission), "")),
            "submission": submission,
            "entry": entry,
            "asked": request_waiting(submission.response),
            "sections": sections_of(instrument, names, SubmittedSource(contents)),
            "totals": [(total, contents.totals.get(total.code)) for total in instrument.totals],
            "explanations": contents.explanations,
        }
        return self.page(request, "admin/surveys/submission.html", context)
