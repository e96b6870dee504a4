"""From HTML to PDF: tagged, in Dutch, with our own style and font and nothing from anywhere else. No rules."""

import ctypes
import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from surveys.errors import DomainError

if TYPE_CHECKING:
    from weasyprint.urls import URLFetcherResponse


class PaperUnavailable(DomainError):
    """This machine lacks what a PDF is drawn with."""


# What the style sheet's addresses are relative to. The name can't exist (RFC 2606), and is never looked up.
STATIC = "http://static.invalid/"
FILES = {"css/paper.css": "text/css", "fonts/source-sans-3-latin.woff2": "font/woff2"}

# What WeasyPrint lays out text with, and the Debian packages that hold it.
LIBRARIES = {"libpango-1.0.so.0": "libpango-1.0-0", "libpangoft2-1.0.so.0": "libpangoft2-1.0-0"}

# They report every step at level INFO.
for _talkative in ("weasyprint.progress", "fontTools"):
    logging.getLogger(_talkative).setLevel(logging.WARNING)

# Laying out costs seconds of processor and tens of megabytes: one at a time per process, so that the pages of people
# who are filling in stay quick whatever is asked for beside them.
_TURN = threading.Lock()


def missing_packages() -> list[str]:
    """The Debian packages without which no PDF can be made here."""
    return [package for library, package in LIBRARIES.items() if not _loads(library)]


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def pdf(template: str, context: Mapping[str, Any]) -> bytes:
    """The template as a PDF/UA document. Raises PaperUnavailable where the system lacks what draws it."""
    html = render_to_string(template, dict(context))
    if missing := missing_packages():
        raise PaperUnavailable(
            _("PDFs cannot be made on this machine. It lacks: %(packages)s.") % {"packages": ", ".join(missing)}
        )
    # Importing takes most of a second; only who asks for paper pays it.
    import weasyprint  # noqa: PLC0415

    with _TURN:
        document = weasyprint.HTML(string=html, base_url=STATIC, url_fetcher=fetcher())
        made: bytes = document.write_pdf(pdf_variant="pdf/ua-1")
    return made


def fetcher() -> Any:
    """What gives the document our style and font and refuses every other address: no network, no other file."""
    from weasyprint import urls  # noqa: PLC0415

    class OwnFiles(urls.URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> "URLFetcherResponse":
            name = url.removeprefix(STATIC)
            found = finders.find(name) if url.startswith(STATIC) and name in FILES else None
            if not isinstance(found, str):
                raise ValueError(f"paper holds only our own style and font, not {url}")
            return urls.URLFetcherResponse(url, Path(found).read_bytes(), {"Content-Type": FILES[name]})

    return OwnFiles()
