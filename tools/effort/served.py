"""What the server did meanwhile: the lines of its request log, counted by kind. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

KINDS = ("page", "autosave", "static")
_LINE = re.compile(
    r"\brequest\s+\[request\s*\].*?\bmethod=(?P<method>\S+) milliseconds=(?P<milliseconds>[\d.]+) path=(?P<path>\S+)"
)


@dataclass(frozen=True, slots=True)
class Served:
    """How many requests of one kind, and the seconds that the server was at work on them."""

    n: int = 0
    seconds: float = 0.0


def served(log: Iterable[str]) -> dict[str, Served]:
    """Requests by kind: pages (with the forms that are sent), autosave, and styles, scripts and pictures."""
    found = dict.fromkeys(KINDS, Served())
    for line in log:
        if told := _LINE.search(line):
            kind = _kind(told["method"], told["path"])
            found[kind] = Served(found[kind].n + 1, found[kind].seconds + float(told["milliseconds"]) / 1000)
    return found


def _kind(method: str, path: str) -> str:
    if path.startswith("/static/"):
        return "static"
    return "autosave" if method == "POST" and path.endswith("/bewaren/") else "page"
