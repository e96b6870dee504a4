"""The roster as a workbook: downloaded, changed as somebody in a spreadsheet does, uploaded and stored."""

import io
import re
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from surveys import models
from surveys.models import FrameEntry
from surveys.spreadsheet.writing import CONTENT_TYPE

SHEET = "Schoollocaties"
FIRST = 3  # the row of the first school


def download(client: Client, entry: FrameEntry) -> bytes:
    page = client.get(reverse("surveys:roster-download", args=[entry.pk]))
    assert page.status_code == 200
    assert page["Content-Type"] == CONTENT_TYPE
    return page.content


def upload(client: Client, entry: FrameEntry, content: bytes, name: str = "scholen.xlsx"):
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("surveys:roster-file", args=[entry.pk]), {"file": file})


def store(client: Client, entry: FrameEntry, preview, mine: tuple[str, ...] = ()):
    signed = preview.context["signed"]
    return client.post(reverse("surveys:roster-file-store", args=[entry.pk]), {"signed": signed, "mine": list(mine)})


def changed(content: bytes, change: Callable[[Workbook], object]) -> bytes:
    """The workbook as it is after somebody opened, changed and saved it."""
    book = load_workbook(io.BytesIO(content))
    change(book)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def filled(content: bytes, **cells: Any) -> bytes:
    def fill(book: Workbook) -> None:
        for name, value in cells.items():
            book[SHEET][name] = value

    return changed(content, fill)


def plain(text: str) -> str:
    """The text with straight quotation marks."""
    return re.sub("[\u2018\u2019]", "'", text)


def stored(code: str, school: str) -> object:
    found = models.Answer.objects.filter(question__code=code, school__code=school).first()
    return found.value if found else None
