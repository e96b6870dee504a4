"""Where a paper is, of which questionnaire, and what can be read on it."""

import io
import re
from pathlib import Path

from django.urls import reverse
from pypdf import PdfReader

import surveys
from surveys import models
from surveys.models import FrameEntry, Library
from surveys.services.questionnaires import questionnaire_load
from tests.factories import entry_of, open_wave, questionnaire

DEFINITIONS = Path(surveys.__file__).parent / "definitions"


def loaded(name: str, library: Library) -> FrameEntry:
    path = DEFINITIONS / f"{name}.yaml"
    rows = questionnaire_load(text=path.read_text(), file=path.name)[0] if path.exists() else questionnaire(name)
    return entry_of(open_wave(rows, libraries=[library]), library)


def with_response(entry: FrameEntry) -> FrameEntry:
    """The entry with a response in which nothing is answered."""
    models.Response.objects.get_or_create(entry=entry)
    return entry_of(entry.wave, entry.library)


def url(kind: str, entry: FrameEntry, *more: int) -> str:
    return reverse(f"surveys:response-{kind}-pdf", args=[entry.pk, *more])


def words(text: str) -> str:
    """Without white space: lines break elsewhere in a PDF. pypdf puts NULs between letters where emoji are about."""
    return re.sub(r"[\s\0]", "", text)


def pdf_text(content: bytes) -> str:
    return words("".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages))
