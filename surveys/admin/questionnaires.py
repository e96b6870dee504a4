"""Questionnaires to read: sections, questions, conditions in words. They come in and go out as definition files."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys.admin.base import StaffAdmin
from surveys.admin.words import (
    COMPARABILITIES,
    DISCLOSURES,
    LEVELS,
    TYPES,
    check_words,
    condition_words,
)
from surveys.compiled import compiled
from surveys.errors import DomainError, FileRefused, Problem
from surveys.instrument import Check, Instrument, Link, Question, Severity, Total
from surveys.models import Questionnaire
from surveys.services.questionnaires import questionnaire_dump, questionnaire_load

MAX_FILE_BYTES = 2_000_000


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Definition file"),
        help_text=gettext_lazy(
            "A YAML file in UTF-8, such as the one that a questionnaire's page offers for download."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".yaml,.yml"}),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if file.size is None or file.size > MAX_FILE_BYTES:
            raise forms.ValidationError(_("The file is larger than 2 MB: that is no definition of a questionnaire."))
        return file


@dataclass(frozen=True, slots=True)
class CheckText:
    check: Check
    severity: str
    bounds: str


@dataclass(frozen=True, slots=True)
class QuestionText:
    """A question in words. `conditions` are alternatives; none of them means that it is always asked."""

    number: str
    question: Question
    type: str
    level: str
    disclosure: str
    conditions: list[str]
    checks: list[CheckText]
    follows: str
    share_of: str
    links: list[tuple[Link, str]]


@dataclass(frozen=True, slots=True)
class TotalText:
    total: Total
    counts: str
    conditions: list[str]


@admin.register(Questionnaire)
class QuestionnaireAdmin(StaffAdmin):
    list_display = ("title", "survey", "school_year", "version", "n_questions", "n_waves", "is_frozen")
    list_select_related = ("survey",)
    list_filter = ("survey", "school_year")
    change_list_template = "admin/surveys/questionnaire/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Questionnaire]:
        rows: QuerySet[Questionnaire] = super().get_queryset(request)
        return rows.annotate(n_questions=Count("questions", distinct=True), n_waves=Count("waves", distinct=True))

    @admin.display(description=gettext_lazy("questions"))
    def n_questions(self, questionnaire: Any) -> int:
        return int(questionnaire.n_questions)

    @admin.display(description=gettext_lazy("waves"))
    def n_waves(self, questionnaire: Any) -> int:
        return int(questionnaire.n_waves)

    @admin.display(description=gettext_lazy("state"), ordering="frozen_at")
    def is_frozen(self, questionnaire: Questionnaire) -> str:
        return _("can be replaced") if questionnaire.frozen_at is None else _("frozen")

    def get_urls(self) -> list[URLPattern]:
        upload = self.admin_site.admin_view(self.upload_page)
        dump = self.admin_site.admin_view(self.definition)
        return [
            path("laden/", upload, name="surveys_questionnaire_upload"),
            path("<int:questionnaire_id>/definitie/", dump, name="surveys_questionnaire_definition"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The whole questionnaire on one page, as it is asked."""
        questionnaire = self.get_object(request, object_id)
        if questionnaire is None:
            raise Http404
        instrument = compiled(questionnaire).instrument
        context = {
            "title": questionnaire.title,
            "subtitle": None,
            "crumbs": self.crumbs((str(questionnaire), "")),
            "questionnaire": questionnaire,
            "instrument": instrument,
            "sections": [
                (section, [_question_text(instrument, question) for question in section.questions])
                for section in instrument.sections
            ],
            "totals": [_total_text(instrument, total) for total in instrument.totals],
            "waves": questionnaire.waves.select_related("survey"),
        }
        return self.page(request, "admin/surveys/questionnaire/view.html", context)

    def definition(self, request: HttpRequest, questionnaire_id: int) -> HttpResponse:
        """The definition file, byte for byte what loading it started from."""
        questionnaire = get_object_or_404(Questionnaire.objects.select_related("survey"), pk=questionnaire_id)
        name = f"{questionnaire.survey.code}-{questionnaire.school_year}-v{questionnaire.version}.yaml"
        return HttpResponse(
            questionnaire_dump(questionnaire=questionnaire),
            content_type="application/yaml; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def upload_page(self, request: HttpRequest) -> HttpResponse:
        """Load a definition file, or list everything that is wrong with it; then nothing was stored."""
        form = UploadForm(request.POST or None, request.FILES or None)
        problems: list[Problem] = []
        if request.method == "POST" and form.is_valid():
            try:
                return self._load(request, form.cleaned_data["file"])
            except FileRefused as refusal:
                problems = refusal.problems
            except DomainError as refusal:
                form.add_error("file", str(refusal))
        context = {
            "title": _("Load a definition file"),
            "crumbs": self.crumbs((_("Load a definition file"), "")),
            "form": form,
            "problems": problems,
        }
        return self.page(request, "admin/surveys/questionnaire/upload.html", context)

    def _load(self, request: HttpRequest, file: UploadedFile) -> HttpResponse:
        name = file.name or ""
        questionnaire, is_changed = questionnaire_load(text=_text(file, name), file=name)
        if is_changed:
            text = _("“%(questionnaire)s” has been loaded.")
        else:
            text = _("“%(questionnaire)s” was here already, exactly like this; nothing has changed.")
        messages.success(request, text % {"questionnaire": questionnaire})
        return HttpResponseRedirect(reverse("admin:surveys_questionnaire_change", args=[questionnaire.pk]))


def _text(file: UploadedFile, name: str) -> str:
    """The file as text. Raises FileRefused at the line that isn't UTF-8."""
    content: bytes = file.read()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileRefused([Problem(name, line, _("This is not text in UTF-8."))]) from error


def _question_text(instrument: Instrument, question: Question) -> QuestionText:
    checks = [
        CheckText(
            check,
            _("blocks submitting") if check.severity is Severity.HARD else _("asks for an explanation"),
            check_words(instrument, check),
        )
        for check in instrument.checks_of.get(question.code, ())
    ]
    source = instrument.questions.get(question.options_from)
    base = instrument.total_by_code.get(question.share_of)
    return QuestionText(
        number=instrument.number_of[question.code],
        question=question,
        type=str(TYPES[question.type]),
        level=str(LEVELS[question.level]),
        disclosure=str(DISCLOSURES[question.disclosure]),
        conditions=condition_words(instrument, question.condition),
        checks=checks,
        follows=f"{instrument.number_of[source.code]} “{source.label}”" if source else "",
        share_of=base.label if base else "",
        links=[(link, str(COMPARABILITIES[link.comparability])) for link in question.links],
    )


def _total_text(instrument: Instrument, total: Total) -> TotalText:
    if total.sum_of:
        counts = _("the sum of “%(label)s”") % {"label": instrument.questions[total.sum_of].label}
    else:
        counts = _("the number of school locations")
    return TotalText(total, counts, condition_words(instrument, total.condition))
