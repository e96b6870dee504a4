"""Serving finished documents: a strong ETag, a short life in the process, and nothing of the session."""

import hashlib
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response

# Browsers ask each time and mostly get a 304: nobody reads one chapter of the old version and the next of the new.
CACHING = "public, no-cache"
CONDITIONS = frozenset({"HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH"})


@dataclass(frozen=True, slots=True)
class Document:
    """A page as bytes. The ETag is of these very bytes, so it is strong and the same on every server."""

    body: bytes
    etag: str

    @classmethod
    def of(cls, html: str) -> "Document":
        body = html.encode()
        return cls(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


class ShortLived:
    """Keeps documents for a second, so that a page that many people read costs one query a second in each process.

    What doesn't exist is not kept, or anybody could fill the memory with addresses of their own making.
    """

    def __init__(self, seconds: float = 1.0, most: int = 500) -> None:
        self.seconds = seconds
        self.most = most
        self.kept: dict[Hashable, tuple[float, Document]] = {}

    def get(self, key: Hashable, make: Callable[[], Document | None]) -> Document | None:
        now = time.monotonic()
        found = self.kept.get(key)
        if found is not None and now - found[0] < self.seconds:
            return found[1]
        document = make()
        if document is not None:
            if len(self.kept) >= self.most:
                self.kept.clear()
            self.kept[key] = now, document
        return document

    def clear(self) -> None:
        self.kept.clear()


def serve(request: HttpRequest, document: Document) -> HttpResponseBase:
    """The document, or 304 when the reader has these bytes already."""
    response: HttpResponseBase | None = None
    if not CONDITIONS.isdisjoint(request.META):  # seldom, and Django's reading of four headers is not for nothing
        response = get_conditional_response(request, etag=document.etag)
    if response is None:
        response = HttpResponse(document.body)
    response["ETag"] = document.etag
    response["Cache-Control"] = CACHING
    return response
