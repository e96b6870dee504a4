"""Aggregations and published totals in the administration: to read, and to try again what was given up."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from reports.admin.base import StaffList
from reports.errors import ReportsError
from reports.models import PublishedFigure, Run
from reports.services.aggregation import run_retry


class ReadOnlyAdmin(StaffList):
    """Staff may see everything here, and change nothing: these rows are made by the program."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "state", "n_submissions", "attempts", "error", "created_at", "finished_at")
    list_filter = ("state", "survey", "school_year")
    fields = (
        "survey",
        "school_year",
        "state",
        "attempts",
        "error",
        "n_submissions",
        "content_hash",
        "code_version",
        "created_at",
        "started_at",
        "finished_at",
        "handed_over_at",
    )
    actions = ("retry",)

    @admin.action(description=gettext_lazy("Try again"))
    def retry(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        """Runs that failed start again; runs whose figures exist are handed over to their publication again.

        Of each other run staff read why there is nothing to try again.
        """
        n_retried = 0
        for run in queryset:
            try:
                _retry(run)
            except ReportsError as refusal:
                messages.warning(request, f"{run}: {refusal}")
            else:
                n_retried += 1
        if n_retried:
            text = ngettext("%(n)d aggregation is tried again.", "%(n)d aggregations are tried again.", n_retried)
            messages.success(request, text % {"n": n_retried})


def _retry(run: Run) -> None:
    if run.handed_over_at:
        raise ReportsError(_("Its figures have been handed over."))
    if run.state in Run.LIVE:
        raise ReportsError(_("This aggregation is under way."))
    run_retry(run_id=run.pk)


@admin.register(PublishedFigure)
class PublishedFigureAdmin(ReadOnlyAdmin):
    list_display = ("question", "option", "measure", "value", "n", "is_approximate", "survey", "school_year")
    list_filter = ("survey", "school_year", "measure")
    search_fields = ("question", "option")
    search_help_text = gettext_lazy("Search by question or option")
