"""Middleware: closed by default, and the headers that tell a browser what a page may do."""

from collections.abc import Callable

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponseBase

from monitor.visitor import session_user_id

# No inline script or style anywhere, and nothing from other hosts. Images may be data: because Bootstrap's style sheet
# has its check marks and arrows that way, and the second factor its QR code; an image can't run anything.
CONTENT_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
    ]
)
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in ("camera", "display-capture", "geolocation", "microphone", "midi", "payment", "serial", "usb")
)

View = Callable[..., HttpResponseBase]


class ClosedByDefaultMiddleware(LoginRequiredMiddleware):
    """Send everybody who isn't logged in to the log-in page, except from views marked `login_not_required`.

    Django's own looks at the user first and so reads the session on public pages too; this looks at the mark first,
    so that a published page costs no session query and stays the same for everybody.
    """

    def process_view(
        self,
        request: HttpRequest,
        view_func: View,
        view_args: tuple[object, ...],
        view_kwargs: dict[str, object],
    ) -> HttpResponseBase | None:
        if not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)


class SecurityHeadersMiddleware:
    """Add the headers Django's SecurityMiddleware has no setting for; a view that set its own keeps it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        if "Cache-Control" not in response.headers and session_user_id(request) is not None:
            response.headers["Cache-Control"] = "private, no-store"
        return response
