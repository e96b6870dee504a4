"""The floors: views that do the least a view can do, beside the project's own and behind the same middleware."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.utils import timezone

from surveys.models import Response

CONSTANTS: dict[str, bytes] = {"page": b""}


def update_one(_request: HttpRequest, response_id: int) -> HttpResponse:
    """Update one row and commit. The middleware has seen to session, user and CSRF token, as for every view."""
    Response.objects.filter(pk=response_id).update(changed_at=timezone.now())
    return HttpResponse(status=204)


@login_not_required
def constant(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(CONSTANTS["page"])


urlpatterns = [
    path("bare/update/<int:response_id>/", update_one),
    path("bare/constant/", constant),
    path("", include("monitor.urls")),
]
