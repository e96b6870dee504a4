"""The administration's front door: staff only, with a second factor wherever the settings ask for one."""

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from surveys.http import lacks_second_factor

OWN_APPS = frozenset({"surveys", "reports"})


class MonitorAdminSite(AdminSite):
    site_header = _("Bibliotheekmonitor administration")
    site_title = _("Bibliotheekmonitor administration")
    index_title = _("Administration")
    site_url = "/"
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only what is ours. Libraries register tables with secrets in them, such as those of second factors."""
        models: list[Any] = [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        own = [model for model in models if model._meta.app_label in OWN_APPS]
        super().register(own, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        if isinstance(user, AnonymousUser) or not (user.is_active and user.is_staff):
            return False
        return not lacks_second_factor(user)

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """Log in through the one log-in page; staff without a second factor are sent to set one up.

        Who is logged in but no staff gets 403: sending them to the log-in page would send them round in circles.
        """
        if self.has_permission(request):
            return redirect("admin:index")
        user = request.user
        if user.is_authenticated:
            if not user.is_staff:
                raise PermissionDenied
            return redirect("mfa_index")
        target = request.GET.get("next", reverse("admin:index"))
        return HttpResponseRedirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': target})}")
