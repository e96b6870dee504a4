"""Publications in the administration: edit live text, look at it with its figures, publish."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from reports import livetext
from reports.admin.base import StaffList
from reports.livetext import Html
from reports.models import Chapter, Publication
from reports.models.publications import LANDING
from reports.pages import Composer, PagesFaulty
from reports.services.publishing import PublicationRefused, publication_publish


class StaffOnly(StaffList):
    """Who is staff may change what is here; publications are made by `load_publication` and never deleted."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)


class LiveText(forms.Textarea):
    """A large plain field: live text is written with its marks in sight."""

    def __init__(self, rows: int = 8) -> None:
        super().__init__({"rows": rows, "class": "vLargeTextField", "spellcheck": "true", "lang": "nl"})


def judge(composer: Composer, text: str) -> None:
    """Refuse a text with faults; the form keeps what was typed and shows them all."""
    document = livetext.parse(text)
    faults = livetext.check(document, composer.lookup, has_values=composer.has_values)
    if faults:
        raise forms.ValidationError([str(fault) for fault in faults])


class PublicationForm(forms.ModelForm):
    class Meta:
        model = Publication
        fields = ("title", "lead", "key_figures", "about", "selections", "n_waves", "publishes_itself")
        widgets = {"lead": LiveText(), "about": LiveText(16)}

    def clean_lead(self) -> str:
        text: str = self.cleaned_data["lead"]
        judge(Composer(self.instance), text)
        return text

    def clean_about(self) -> str:
        text: str = self.cleaned_data["about"]
        judge(Composer(self.instance), text)
        return text

    def clean_key_figures(self) -> list[dict[str, str]]:
        typed: Any = self.cleaned_data["key_figures"] or []
        composer = Composer(self.instance)
        for figure in typed if isinstance(typed, list) else [typed]:
            if not isinstance(figure, dict) or set(figure) != {"value", "label"}:
                raise forms.ValidationError(_("Each key figure has a value and a label."))
            for text in figure.values():
                judge(composer, str(text))
        return list(typed)

    def clean_selections(self) -> dict[str, str]:
        selections: dict[str, str] = self.cleaned_data["selections"] or {}
        known = Composer(self.instance).lookup.variables
        if unknown := sorted(set(selections) - set(known)):
            raise forms.ValidationError(_("Unknown question: %(code)s.") % {"code": ", ".join(unknown)})
        return selections


class ChapterForm(forms.ModelForm):
    class Meta:
        model = Chapter
        fields = ("title", "markdown")
        widgets = {"markdown": LiveText(36)}

    def clean_markdown(self) -> str:
        text: str = self.cleaned_data["markdown"]
        judge(Composer(self.instance.publication), text)
        return text


class ChapterList(admin.TabularInline):
    model = Chapter
    fields = readonly_fields = ("position", "title", "slug")
    extra = 0
    can_delete = False
    show_change_link = True
    ordering = ("position",)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # whoever may see the publication

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # asked for the link to the chapter; the fields here are read only

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Publication)
class PublicationAdmin(StaffOnly):
    form = PublicationForm
    inlines = (ChapterList,)
    list_display = ("title", "school_year", "state", "version", "published_at", "publishes_itself")
    list_select_related = ("current",)
    readonly_fields = ("survey", "school_year", "slug", "releases_shown")
    fields = (
        ("survey", "school_year"),
        "slug",
        "title",
        "lead",
        "key_figures",
        "about",
        "selections",
        "n_waves",
        "publishes_itself",
        "releases_shown",
    )
    actions = ("publish_selected",)

    @admin.display(description=gettext_lazy("state"))
    def state(self, publication: Publication) -> str:
        return _("published") if publication.is_published else _("draft")

    @admin.display(description=gettext_lazy("version"))
    def version(self, publication: Publication) -> int | None:
        return publication.current.version if publication.current else None

    @admin.display(description=gettext_lazy("published at"))
    def published_at(self, publication: Publication) -> object:
        return publication.current.published_at if publication.current else None

    @admin.display(description=gettext_lazy("versions"))
    def releases_shown(self, publication: Publication) -> str:
        rows = (
            (reverse("reports:version", args=(publication.slug, release.version)), release.version, release.note)
            for release in publication.releases.all()
        )
        return format_html_join(Html("<br>"), '<a href="{}">v{}</a> {}', rows) or _("none yet")

    @admin.action(description=gettext_lazy("Publish the selected publication"))
    def publish_selected(self, request: HttpRequest, queryset: QuerySet[Publication]) -> HttpResponse | None:
        chosen = list(queryset[:2])
        if len(chosen) == 1:
            return redirect("admin:reports_publication_publish", chosen[0].pk)
        self.message_user(request, _("Choose one publication at a time."), messages.WARNING)
        return None

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/voorbeeld/", view(self.preview), name="reports_publication_preview"),
            path("<int:pk>/voorbeeld/<slug:slug>/", view(self.preview), name="reports_publication_preview_chapter"),
            path(
                "<int:pk>/publiceren/",
                view(require_http_methods(["GET", "POST"])(self.publish)),
                name="reports_publication_publish",
            ),
            *super().get_urls(),
        ]

    def preview(self, request: HttpRequest, pk: int, slug: str = LANDING) -> HttpResponse:
        """A page as readers would see it now, or what is wrong with it."""
        publication = get_object_or_404(Publication, pk=pk)
        composer = Composer(publication)
        context = {"publication": publication, "title": publication.title, "path": slug}
        if not composer.has_values:
            return self._page(request, "admin/reports/faults.html", {**context, "faults": composer.faults(slug)})
        try:
            page = composer.page(slug)
        except PagesFaulty as faulty:
            context |= {"faults": faulty.faults, "has_values": True}
            return self._page(request, "admin/reports/faults.html", context)
        if page is None:
            raise Http404
        context |= {"title": page.title, "content": Html(page.html)}
        return TemplateResponse(request, "reports/preview.html", context)

    @method_decorator(reauthentication_required(allow_get=True))
    def publish(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask, with everything that stands in the way; then publish."""
        publication = get_object_or_404(Publication.objects.select_related("current"), pk=pk)
        back = redirect("admin:reports_publication_change", publication.pk)
        if request.method == "POST":
            note = request.POST.get("note", "").strip()
            try:
                release = publication_publish(publication=publication, note=note, by_id=request.user.pk)
            except PublicationRefused as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
                return back
            if publication.current == release:
                message = _("Nothing changed: version %(version)s is still the current one.")
                self.message_user(request, message % {"version": release.version}, messages.WARNING)
            else:
                message = format_html(
                    '{} <a href="{}">{}</a>',
                    _("Version %(version)s is published.") % {"version": release.version},
                    reverse("reports:publication", args=(publication.slug,)),
                    _("View the publication"),
                )
                self.message_user(request, message, messages.SUCCESS)
            return back
        composer = Composer(publication)
        context = {
            "publication": publication,
            "title": _("Publish %(title)s?") % {"title": publication.title},
            "faults": composer.faults(),
            "has_values": composer.has_values,
        }
        return self._page(request, "admin/reports/publish.html", context)

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        frame = self.admin_site.each_context(request)
        return TemplateResponse(request, template, {**frame, "opts": self.opts, **context})


@admin.register(Chapter)
class ChapterAdmin(StaffOnly):
    form = ChapterForm
    fields = ("publication", "slug", "title", "markdown")
    readonly_fields = ("publication", "slug")
    list_display = ("title", "publication", "position")
    list_filter = ("publication",)
    list_select_related = ("publication",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False  # reached through its publication
