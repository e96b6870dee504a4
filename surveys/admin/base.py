"""What the administration's pages share: one rule for who may do what, and pages that ask before they act."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from surveys import models
from surveys.errors import DomainError

Crumbs = list[tuple[str, str]]


class StaffAdmin(admin.ModelAdmin):
    """A page of the administration. Who is staff may do all that the page offers; the site lets nobody else in.

    So there are no permissions to hand out per table: `may_…` says what the page offers at all.
    """

    may_add = False
    may_change = False
    may_delete = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_add and self.admin_site.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_change and self.admin_site.has_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_delete and self.admin_site.has_permission(request)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """No deleting of whole selections: what may go, goes one by one."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show a refusal by the domain as a message on the page it happened on; its transaction is undone."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(request.path)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list under its own name, rather than "select one to change"."""
        title = capfirst(str(self.opts.verbose_name_plural))
        page: HttpResponse = super().changelist_view(request, {"title": title, **(extra_context or {})})
        return page

    def page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        """A page of our own, in the administration's frame."""
        return TemplateResponse(request, template, {**self.admin_site.each_context(request), **context})

    def crumbs(self, *more: tuple[str, str]) -> Crumbs:
        """The way here: start, list, and what comes after."""
        opts = self.opts
        changelist = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
        start = (_("Administration"), reverse("admin:index"))
        return [start, (capfirst(str(opts.verbose_name_plural)), changelist), *more]


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A page that says what is about to happen.

    `effects` are full sentences, `warnings` those that ask for a second thought; `back` is where it leads, done or not.
    """

    title: str
    effects: list[str]
    button: str
    back: str
    crumbs: Crumbs
    form: forms.Form | None = None
    warnings: tuple[str, ...] = ()
    is_grave: bool = False


def confirm(page: StaffAdmin, request: HttpRequest, confirmation: Confirmation, act: Callable[[], str]) -> HttpResponse:
    """Show the page; on POST act, report what `act` says, and go back.

    A refusal by the domain is shown as a message: nothing was changed then.
    """
    form = confirmation.form
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            messages.success(request, act())
        except DomainError as refusal:
            messages.error(request, str(refusal))
        return HttpResponseRedirect(confirmation.back)
    context = {"title": confirmation.title, "confirmation": confirmation, "crumbs": confirmation.crumbs}
    return page.page(request, "admin/surveys/confirm.html", context)


def staff_member(request: HttpRequest) -> models.User:
    """Who is asking; the site has let in nobody but staff."""
    if not isinstance(request.user, models.User):
        raise PermissionDenied
    return request.user


def moment_widget() -> forms.DateTimeInput:
    """The browser's own field for a date and time: usable by keyboard, and without script."""
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


def date_widget() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
