"""Logs for machines on a server, for eyes in the demo: structlog, over the standard library so that Celery's join in.

Logs hold ids, never personal content: no query strings, no form values, no mail addresses.
"""

import logging
import re
import time
import uuid
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponseBase

from monitor.visitor import session_user_id

Event = MutableMapping[str, Any]

# Addresses whose last part lets the bearer in.
_SECRET_IN_PATH = re.compile(r"(/password/reset/key/|/confirm-email/)[^/\s]+")
# PostgreSQL quotes the row ("Key (email)=(…) already exists") in the second line of an error.
_ROW_IN_ERROR = re.compile(r"^\s*(DETAIL|CONTEXT|PARAMETERS?):.*\n?", re.MULTILINE)


def without_secrets(_logger: object, _method: str, event: Event) -> Event:
    """Take out of a log line what lets somebody in or tells about a person."""
    for name in ("event", "path"):
        if isinstance(event.get(name), str):
            event[name] = _SECRET_IN_PATH.sub(r"\1…", event[name])
    if isinstance(event.get("exception"), str):
        event["exception"] = _ROW_IN_ERROR.sub("", event["exception"])
    return event


def logging_config(*, readable: bool, level: str) -> dict[str, object]:
    """Set structlog up and return Django's LOGGING: one JSON object per line, or readable lines."""
    before: list[Callable[..., Any]] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
        without_secrets,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    renderer: object = (
        structlog.dev.ConsoleRenderer(colors=False)
        if readable
        else structlog.processors.JSONRenderer(sort_keys=True, ensure_ascii=False)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structlog": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
                "foreign_pre_chain": before,
            }
        },
        "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "structlog"}},
        "root": {"handlers": ["out"], "level": level},
        "loggers": {
            # Django adds handlers of its own here; one line per event is enough.
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            # "Not Found: /path" says what the request log says already.
            "django.request": {"level": "ERROR"},
        },
    }


class RequestLogMiddleware:
    """Log one line per request and give everything logged during it the same request id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.log = structlog.get_logger("request")

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        request_id = uuid.uuid4().hex[:16]
        # Not unbound at the end: Django logs a failed request after the middleware is done.
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        self.log.log(
            logging.ERROR if response.status_code >= 500 else logging.INFO,
            "request",
            method=request.method,
            path=request.path,
            status=response.status_code,
            user=session_user_id(request),
            milliseconds=round(1000 * (time.perf_counter() - started), 1),
        )
        response.headers["X-Request-ID"] = request_id
        return response
