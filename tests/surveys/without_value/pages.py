"""Saving on the first section of a questionnaire, and what is stored then."""

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from surveys import models
from surveys.models import FrameEntry
from tests.factories import sheet

Open = Callable[[str], FrameEntry]


def url(entry: FrameEntry, name: str = "response-section") -> str:
    section = sheet(entry).instrument.sections[0].code
    return reverse(
        f"surveys:{name}", args=[entry.pk, *([section] if name in ("response-section", "answer-save") else [])]
    )


def save(client: Client, entry: FrameEntry, **fields: Any) -> dict[str, Any]:
    """What the script gets back for fields typed on a page of this moment; __ for the point in a name."""
    names = {name.replace("__", "."): value for name, value in fields.items()}
    now = sheet(entry)
    codes = dict.fromkeys(name.partition(".")[0] for name in names)
    seen = ",".join(f"{code}:{now.stored_of(code).version}" for code in codes)
    result: dict[str, Any] = client.post(url(entry, "answer-save"), {"seen": seen} | names).json()
    return result


def stored(code: str) -> tuple[object, str, int]:
    answer = models.Answer.objects.get(question__code=code, school=None)
    return answer.value, answer.state, answer.version
