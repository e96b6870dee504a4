"""From HTML to PDF: tagged, in Dutch, with our own style and font and nothing from anywhere else. No rules."""

import atexit
import ctypes
import select
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from surveys import printing
from surveys.errors import DomainError

log = structlog.get_logger(__name__)


class PaperUnavailable(DomainError):
    """No PDF can be made: the machine lacks what draws one, or drawing failed."""


# What the document may use, by the address it uses it by.
FILES = ("css/paper.css", "fonts/monitor-sans.woff2")

# What WeasyPrint lays out text with, and the Debian packages that hold it.
LIBRARIES = {"libpango-1.0.so.0": "libpango-1.0-0", "libpangoft2-1.0.so.0": "libpangoft2-1.0-0"}

LONGEST_SECONDS = 60
ROOT = Path(__file__).resolve().parent.parent


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
            _("This machine lacks what PDFs are made with: %(packages)s. Tell whoever keeps it running.")
            % {"packages": ", ".join(missing)}
        )
    made = _PRINTER.draw(html)
    if not made:
        raise PaperUnavailable(_("Making the PDF failed or took too long. Try again in a few minutes."))
    return made


def files() -> dict[str, str]:
    """Where the files are that a document may use."""
    return {name: str(finders.find(name)) for name in FILES}


class Printer:
    """The process that draws for this one, a document at a time: started when first needed, and when it is gone."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None

    def draw(self, html: str) -> bytes | None:
        """The HTML as a PDF; nothing when that failed or took too long, waiting for others included (see the log)."""
        if not self.turn.acquire(timeout=LONGEST_SECONDS):
            log.error("paper-not-drawn", characters=len(html), reason="others were first")
            return None
        try:
            if self.process is not None and self.process.poll() is not None:
                self.stop()
            self.process = process = self.process or self._start()
            made = self._ask(process, html)
            if made is None:
                self.stop()
        finally:
            self.turn.release()
        if not made:
            log.error("paper-not-drawn", characters=len(html))
        return made

    def _start(self) -> subprocess.Popen[bytes]:
        places = [f"{name}={path}" for name, path in files().items()]
        return subprocess.Popen(  # noqa: S603 - ourselves, with our own paths
            [sys.executable, "-m", "surveys.printing", *places],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    @staticmethod
    def _ask(process: subprocess.Popen[bytes], html: str) -> bytes | None:
        assert process.stdin is not None  # noqa: S101 - for the type checker
        assert process.stdout is not None  # noqa: S101
        try:
            printing.send(process.stdin, html.encode())
        except BrokenPipeError:
            return None
        ready, _writable, _wrong = select.select([process.stdout], [], [], LONGEST_SECONDS)
        return printing.receive(process.stdout) if ready else None

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


_PRINTER = Printer()
atexit.register(_PRINTER.stop)
