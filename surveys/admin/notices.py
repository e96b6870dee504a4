"""Mail that was sent or is owed. Texts are shown in the demo only: elsewhere they hold other people's log-in codes."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from surveys.admin.base import Confirmation, StaffAdmin, confirm
from surveys.models import Notice
from surveys.services.notices import notice_retry


def _state(notice: Notice) -> str:
    if notice.sent_at is not None:
        return _("sent")
    return _("failed") if notice.n_attempts >= Notice.MAX_ATTEMPTS else _("waiting")


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("sent", _("sent")), ("waiting", _("waiting")), ("failed", _("failed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Notice]) -> QuerySet[Notice]:
        given_up = Q(n_attempts__gte=Notice.MAX_ATTEMPTS)
        match self.value():
            case "sent":
                return queryset.exclude(sent_at=None)
            case "waiting":
                return queryset.filter(~given_up, sent_at=None)
            case "failed":
                return queryset.filter(given_up, sent_at=None)
        return queryset


@admin.register(Notice)
class NoticeAdmin(StaffAdmin):
    list_display = ("subject", "recipient", "created_at", "state", "sent_at", "n_attempts")
    list_filter = (StateFilter,)
    search_fields = ("recipient", "subject")
    search_help_text = gettext_lazy("Search by address or subject")
    list_per_page = 50
    actions = ("retry_selected",)
    change_form_template = "admin/surveys/notice/change_form.html"

    @admin.display(description=gettext_lazy("state"))
    def state(self, notice: Notice) -> str:
        return _state(notice)

    @admin.display(description=gettext_lazy("text"))
    def text(self, notice: Notice) -> str:
        if settings.DEMO:
            return notice.body
        return _("The text is shown in the demo only: mails hold log-in codes and links that are personal.")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fields = ("recipient", "subject", "text", "created_at", "state", "sent_at", "n_attempts")
        return (*fields, "error") if obj is not None and obj.error else fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.get_fields(request, obj)

    @admin.action(description=gettext_lazy("Try to send again"))
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Notice]) -> None:
        unsent = list(queryset.filter(sent_at=None))
        for notice in unsent:
            notice_retry(notice=notice)
        text = ngettext("%(n)d mail will be tried again.", "%(n)d mails will be tried again.", len(unsent))
        messages.success(request, text % {"n": len(unsent)})

    def get_urls(self) -> list[URLPattern]:
        retry = self.admin_site.admin_view(self.retry)
        return [path("<int:notice_id>/opnieuw/", retry, name="surveys_notice_retry"), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        notice = self.get_object(request, object_id)
        may_retry = notice is not None and notice.sent_at is None
        context = {"title": _("Mail"), "may_retry": may_retry, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def retry(self, request: HttpRequest, notice_id: int) -> HttpResponse:
        """Ask first; a mail that was sent meanwhile is left alone."""
        notice = get_object_or_404(Notice, pk=notice_id)
        back = reverse("admin:surveys_notice_change", args=[notice.pk])
        confirmation = Confirmation(
            title=_("Try to send again?"),
            effects=[
                _("The mail “%(subject)s” to %(recipient)s will be tried again, within a minute.")
                % {"subject": notice.subject, "recipient": notice.recipient}
            ],
            button=_("Try again"),
            back=back,
            crumbs=self.crumbs((notice.subject, back), (_("Try again"), "")),
        )

        def act() -> str:
            notice_retry(notice=notice)
            return _("The mail will be tried again.")

        return confirm(self, request, confirmation, act)
