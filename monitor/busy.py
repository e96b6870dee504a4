"""When the database is busy with something else for so long that waiting was given up: 503, and nothing was changed.

Such as a save while a whole wave is imported. The browser keeps what was typed and sends it again; without its script,
loading the page again does.
"""

from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from psycopg.errors import LockNotAvailable

RETRY_SECONDS = 5


class BusyMiddleware:
    """Answer a request that waited too long for a lock (LOCK_TIMEOUT_MS) with a page that says so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not (isinstance(exception, OperationalError) and isinstance(exception.__cause__, LockNotAvailable)):
            return None
        page = render(request, "503.html", status=503)
        page["Retry-After"] = str(RETRY_SECONDS)
        return page
