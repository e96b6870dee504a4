"""Libraries, school locations and support organisations. The registers come from imports; here they are looked up,
and corrected with care: nothing can be deleted, for earlier waves point at it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys.admin.base import StaffAdmin, date_widget, staff_member
from surveys.models import Library, School, SupportOrganisation
from surveys.services.schools import school_identify


class LibraryForm(forms.ModelForm):
    class Meta:
        model = Library
        fields = (
            "name",
            "province",
            "inhabitants",
            "support_organisation",
            "successor",
            "merged_on",
        )
        widgets = {"merged_on": date_widget()}
        help_texts = {
            "successor": gettext_lazy(
                "The library that this one became part of. It takes over its schools and history."
            ),
            "merged_on": gettext_lazy("From this date it is no longer asked in new waves."),
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        successor, merged_on = cleaned.get("successor"), cleaned.get("merged_on")
        if successor and not merged_on and "merged_on" not in self.errors:
            self.add_error("merged_on", _("Give the date of the merger as well."))
        if merged_on and not successor and "successor" not in self.errors:
            self.add_error("successor", _("Choose the library that this one was merged into."))
        if successor and self._leads_back(successor):
            self.add_error("successor", _("That is this library itself, or one that was merged into it."))
        return cleaned

    def _leads_back(self, successor: Library | None) -> bool:
        """Whether following the mergers from `successor` ends at this library."""
        seen: set[int] = set()
        while successor is not None and successor.pk not in seen:
            if successor.pk == self.instance.pk:
                return True
            seen.add(successor.pk)
            successor = successor.successor
        return False


class MergedFilter(admin.SimpleListFilter):
    title = gettext_lazy("merged")
    parameter_name = "merged"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", _("independent")), ("yes", _("merged into another"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Library]) -> QuerySet[Library]:
        match self.value():
            case "no":
                return queryset.filter(successor=None)
            case "yes":
                return queryset.exclude(successor=None)
        return queryset


@admin.register(Library)
class LibraryAdmin(StaffAdmin):
    may_change = True
    form = LibraryForm
    list_display = ("name", "code", "province", "inhabitants", "size", "support_organisation", "successor")
    list_select_related = ("support_organisation", "successor")
    list_filter = ("province", "support_organisation", MergedFilter)
    search_fields = ("name", "code")
    search_help_text = gettext_lazy("Search by name or code")
    readonly_fields = ("code", "size")
    fieldsets = (
        (None, {"fields": ("code", "name", "province", "inhabitants", "size", "support_organisation")}),
        (gettext_lazy("Merger"), {"fields": ("successor", "merged_on")}),
    )

    @admin.display(description=gettext_lazy("size class"), ordering="inhabitants")
    def size(self, library: Library) -> str:
        return str(library.size_class.label)


class SchoolForm(forms.ModelForm):
    real_code = forms.CharField(
        label=gettext_lazy("real code"),
        help_text=gettext_lazy("BRIN and location. The lists of schools that have this one then name the new code."),
        max_length=6,
        required=False,
    )

    class Meta:
        model = School
        fields = ("library", "is_open")

    def clean_real_code(self) -> str:
        return str(self.cleaned_data["real_code"]).upper()


@admin.register(School)
class SchoolAdmin(StaffAdmin):
    may_change = True
    form = SchoolForm
    list_display = ("name", "code", "kind", "municipality", "pupils", "library", "is_open")
    list_select_related = ("library",)
    list_filter = ("kind", "is_open", "is_provisional", "library__province")
    search_fields = ("name", "code", "municipality", "library__name")
    search_help_text = gettext_lazy("Search by name, code, municipality or library")
    readonly_fields = ("code", "name", "kind", "municipality", "pupils", "is_provisional")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fields = ("code", "name", "kind", "municipality", "pupils", "library", "is_open")
        return (*fields, "is_provisional", "real_code") if obj is not None and obj.is_provisional else fields

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if code := form.cleaned_data.get("real_code"):
            now = school_identify(school=obj, code=code, by=staff_member(request))
            messages.info(request, _("On the lists of schools it now is %(school)s.") % {"school": now})


@admin.register(SupportOrganisation)
class SupportOrganisationAdmin(StaffAdmin):
    may_add = True
    may_change = True
    list_display = ("name", "n_libraries", "n_advisers")
    search_fields = ("name",)
    search_help_text = gettext_lazy("Search by name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SupportOrganisation]:
        rows: QuerySet[SupportOrganisation] = super().get_queryset(request)
        return rows.annotate(
            n_libraries=Count("libraries", distinct=True), n_advisers=Count("memberships", distinct=True)
        )

    @admin.display(description=gettext_lazy("libraries"), ordering="n_libraries")
    def n_libraries(self, organisation: Any) -> int:
        return int(organisation.n_libraries)

    @admin.display(description=gettext_lazy("advisers"), ordering="n_advisers")
    def n_advisers(self, organisation: Any) -> int:
        return int(organisation.n_advisers)
