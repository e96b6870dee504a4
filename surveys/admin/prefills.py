"""Values from elsewhere that stand beside questions: to read, and to take away while nobody has confirmed them.

They come in by `manage.py import_prefills`.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from surveys import cells
from surveys.admin.base import Confirmation, StaffAdmin, confirm, staff_member
from surveys.compiled import compiled_by_id
from surveys.instrument import Given
from surveys.models import Answer, AnswerOrigin, Prefill
from surveys.services.prefills import prefills_removable, prefills_remove
from surveys.wording import shown


class SelectionForm(forms.Form):
    """What was selected in the list, sent along with the confirmation."""

    action = forms.CharField(widget=forms.HiddenInput)
    select_across = forms.CharField(widget=forms.HiddenInput)
    confirmed = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, request: HttpRequest) -> None:
        sent = request.POST
        initial = {"action": sent.get("action"), "select_across": sent.get("select_across", "0"), "confirmed": "1"}
        super().__init__(
            sent if "confirmed" in sent else None,
            initial=initial | {ACTION_CHECKBOX_NAME: sent.getlist(ACTION_CHECKBOX_NAME)},
        )
        self.fields[ACTION_CHECKBOX_NAME] = forms.Field(widget=forms.MultipleHiddenInput)


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
    actions = ("remove_selected",)

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

    @admin.action(description=gettext_lazy("Remove the selected values"))
    def remove_selected(self, request: HttpRequest, queryset: QuerySet[Prefill]) -> HttpResponse | None:
        """Ask first. What was confirmed stays: it says where an answer came from."""
        n_selected, n_going = queryset.count(), prefills_removable(queryset).count()
        if not n_going:
            text = _("None of these values can be removed: they were confirmed, or their wave is not open.")
            messages.error(request, text)
            return None
        going = ngettext(
            "%(n)s value goes: its library no longer sees it beside the question.",
            "%(n)s values go: their libraries no longer see them beside the question.",
            n_going,
        )
        staying = ngettext(
            "%(n)s value stays: it was confirmed, or its wave is not open.",
            "%(n)s values stay: they were confirmed, or their wave is not open.",
            n_selected - n_going,
        )
        confirmation = Confirmation(
            title=_("Remove these values?"),
            effects=[going % {"n": n_going}, _("Answers stay as they are.")],
            button=_("Remove"),
            back=request.get_full_path(),
            crumbs=self.crumbs((_("Remove these values?"), "")),
            form=SelectionForm(request),
            warnings=(staying % {"n": n_selected - n_going},) if n_selected > n_going else (),
            is_grave=True,
        )

        def act() -> str:
            n_gone = prefills_remove(prefills=queryset, by=staff_member(request))
            return ngettext("%(n)s value was removed.", "%(n)s values were removed.", n_gone) % {"n": n_gone}

        return confirm(self, request, confirmation, act)
