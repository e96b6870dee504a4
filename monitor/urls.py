"""Addresses. Public ones under /publicaties/ never change once published."""

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path

from monitor.health import healthz


def no_such_page(request: HttpRequest) -> HttpResponse:
    """For addresses of libraries that we do not offer."""
    raise Http404


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("", include("surveys.urls")),
    path("publicaties/", include("reports.urls")),
    # An address is the name to log in with: staff change it, after a word with its owner.
    path("account/email/", no_such_page, name="account_email"),
    path("account/", include("allauth.urls")),
    path("beheer/", admin.site.urls),
]
