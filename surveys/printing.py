"""The process that draws PDFs: HTML in, PDF out, one after another, until nobody asks any more.

It stands apart from the process that serves pages (which asks by `paper.py`), because laying out a list of 500 schools
takes seconds of processor, and Python runs one thread at a time. It knows no Django and no database.
"""

import gc
import os
import struct
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from weasyprint.urls import URLFetcherResponse

# What addresses in the document are relative to. The name can't exist (RFC 2606), and is never looked up.
STATIC = "http://static.invalid/"
KINDS = {".css": "text/css", ".woff2": "font/woff2"}

SIZE = struct.Struct(">Q")
FAILED = b""  # the reply to HTML that could not be drawn


def send(stream: IO[bytes], content: bytes) -> None:
    stream.write(SIZE.pack(len(content)) + content)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes | None:
    """What `send` wrote at the other end; None when that end is gone."""
    size = stream.read(SIZE.size)
    if len(size) < SIZE.size:
        return None
    content = stream.read(*SIZE.unpack(size))
    return content if len(content) == SIZE.unpack(size)[0] else None


def fetcher(files: Mapping[str, str]) -> Any:
    """What gives the document these files, by the name it knows them by: no network, no other file."""
    from weasyprint import urls  # noqa: PLC0415 - the web process imports this module and must not pay for it

    class OwnFiles(urls.URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> "URLFetcherResponse":
            name = url.removeprefix(STATIC)
            if not url.startswith(STATIC) or name not in files:
                raise ValueError(f"paper holds only our own style and font, not {url}")
            path = Path(files[name])
            return urls.URLFetcherResponse(url, path.read_bytes(), {"Content-Type": KINDS[path.suffix]})

    return OwnFiles()


def drawn(html: str, files: Mapping[str, str]) -> bytes:
    """The HTML as a PDF/UA document."""
    import weasyprint  # noqa: PLC0415

    document = weasyprint.HTML(string=html, base_url=STATIC, url_fetcher=fetcher(files))
    made: bytes = document.write_pdf(pdf_variant="pdf/ua-1")
    return made


def main(arguments: list[str]) -> None:
    """Draw what comes in, with the files that the arguments name: `css/paper.css=/where/it/is.css`."""
    files = dict(argument.split("=", 1) for argument in arguments)
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what anything prints is no reply
    os.nice(10)  # pages go first
    drawn("<p>", files)  # imports everything
    gc.freeze()
    while (html := receive(sys.stdin.buffer)) is not None:
        gc.disable()  # a quarter of the time went into looking through half a million boxes that are all in use
        try:
            made = drawn(html.decode(), files)
        except Exception as error:
            traceback.print_tb(error.__traceback__)
            print(type(error).__name__, file=sys.stderr)  # its words may quote what somebody wrote
            made = FAILED
        send(replies, made)
        gc.enable()
        gc.collect()


if __name__ == "__main__":
    main(sys.argv[1:])
