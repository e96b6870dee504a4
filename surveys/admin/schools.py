"""What libraries said of the schools on their lists, for staff to mend the register by."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from surveys.admin.base import StaffAdmin, staff_member
from surveys.models import SchoolReport
from surveys.services.schools import reports_handle


class HandledFilter(admin.SimpleListFilter):
    title = gettext_lazy("handled")
    parameter_name = "handled"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", _("to do")), ("yes", _("handled"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SchoolReport]) -> QuerySet[SchoolReport]:
        if self.value() in ("no", "yes"):
            return queryset.filter(handled_at__isnull=self.value() == "no")
        return queryset


@admin.register(SchoolReport)
class SchoolReportAdmin(StaffAdmin):
    list_display = ("location", "library", "what", "reason", "reported_by", "reported_at", "handled_at", "handled_by")
    list_select_related = ("school__school", "school__entry__library", "reported_by", "handled_by")
    list_filter = (HandledFilter, "status", "school__entry__wave")
    search_fields = ("school__name", "school__code", "school__municipality", "school__entry__library__name")
    search_help_text = gettext_lazy("Search by name, code, municipality or library")
    list_per_page = 50
    fields = (
        "location", "library", "wave", "what", "merged_with", "reason", "reported_by", "reported_at", "in_register",
        "handled_at", "handled_by",
    )  # fmt: skip
    readonly_fields = fields
    actions = ("handle_selected", "unhandle_selected")

    @admin.display(description=gettext_lazy("school location"), ordering="school__name")
    def location(self, report: SchoolReport) -> str:
        return f"{report.school}, {report.school.municipality}"

    @admin.display(description=gettext_lazy("library"), ordering="school__entry__library__name")
    def library(self, report: SchoolReport) -> str:
        return str(report.school.entry.library)

    @admin.display(description=gettext_lazy("wave"))
    def wave(self, report: SchoolReport) -> str:
        return str(report.school.entry.wave)

    @admin.display(description=gettext_lazy("report"), ordering="status")
    def what(self, report: SchoolReport) -> str:
        words = str(report.get_status_display())
        return f"{words} ({_('added by the library')})" if report.school.is_added else words

    @admin.display(description=gettext_lazy("merged with"))
    def merged_with(self, report: SchoolReport) -> str:
        return str(report.school.successor or "")

    @admin.display(description=gettext_lazy("in the register"))
    def in_register(self, report: SchoolReport) -> SafeString:
        school = report.school.school
        return format_html('<a href="{}">{}</a>', reverse("admin:surveys_school_change", args=[school.pk]), school)

    @admin.action(description=gettext_lazy("Mark as handled"))
    def handle_selected(self, request: HttpRequest, queryset: QuerySet[SchoolReport]) -> None:
        self._handle(request, queryset, is_handled=True)

    @admin.action(description=gettext_lazy("Not handled after all"))
    def unhandle_selected(self, request: HttpRequest, queryset: QuerySet[SchoolReport]) -> None:
        self._handle(request, queryset, is_handled=False)

    def _handle(self, request: HttpRequest, queryset: QuerySet[SchoolReport], *, is_handled: bool) -> None:
        keys = list(queryset.values_list("pk", flat=True))
        count = reports_handle(reports=keys, by=staff_member(request), is_handled=is_handled)
        text = ngettext("%(n)d report changed.", "%(n)d reports changed.", count)
        messages.success(request, text % {"n": count})
