"""Values from elsewhere that stand beside questions, to read. They come in by `manage.py import_prefills`."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys import cells
from surveys.admin.base import StaffAdmin
from surveys.compiled import compiled_by_id
from surveys.instrument import Given
from surveys.models import Answer, AnswerOrigin, Prefill
from surveys.wording import shown


@admin.register(Prefill)
class PrefillAdmin(StaffAdmin):
    """Which values wait beside which questions, and of which of them the library has given an answer."""

    list_display = ("library", "question_label", "school", "words", "source", "answer")
    list_display_links = None
    list_select_related = ("entry__library", "question", "school")
    list_filter = (("entry__wave", admin.RelatedOnlyFieldListFilter), "source")
    search_fields = ("entry__library__name", "entry__library__code", "question__code", "school__code")
    ordering = ("entry__library__name", "question__position", "school__name", "pk")
    list_per_page = 100

    def get_queryset(self, request: HttpRequest) -> QuerySet[Prefill]:
        rows: QuerySet[Prefill] = super().get_queryset(request)
        # A question is asked of the library or per school, so one of the two never finds anything.
        is_about_the_same = Q(school=OuterRef("school")) | Q(school=None)
        answers = Answer.objects.filter(
            is_about_the_same, response__entry=OuterRef("entry"), question=OuterRef("question"), value__isnull=False
        )
        return rows.annotate(origin=Subquery(answers.values("origin")[:1]))

    @admin.display(description=gettext_lazy("library"), ordering="entry__library__name")
    def library(self, prefill: Prefill) -> str:
        return prefill.entry.library.name

    @admin.display(description=gettext_lazy("question"), ordering="question__position")
    def question_label(self, prefill: Prefill) -> str:
        return prefill.question.label

    @admin.display(description=gettext_lazy("value"))
    def words(self, prefill: Prefill) -> str:
        instrument = compiled_by_id(prefill.question.questionnaire_id).instrument
        question = instrument.questions[prefill.question.code]
        return "; ".join(shown(instrument, question, Given(cells.from_json(question, prefill.value))).lines)

    @admin.display(description=gettext_lazy("answer"))
    def answer(self, prefill: Any) -> str:
        return _("open") if prefill.origin is None else str(AnswerOrigin(prefill.origin).label)
