"""A year later: the questionnaire, and the pages on which last year stands."""

from typing import Any

from django.test import Client
from django.urls import reverse

from surveys.models import FrameEntry, Questionnaire, User
from surveys.services.questionnaires import questionnaire_load
from tests.factories import QUESTIONNAIRES, stored

SCHOOLS = ("01AA00", "01AA01")
LINK = "links: [{school_year: 2024-2025, question: %s, comparability: %s}]"


def later_text(**links: str) -> str:
    """The small questionnaire of a year later; `question="same"` links a question to itself."""
    text = (QUESTIONNAIRES / "small.yaml").read_text(encoding="utf-8").replace("2024-2025", "2025-2026")
    for code, comparability in links.items():
        link = LINK % (code, comparability)
        text = text.replace(f"  - code: {code}\n", f"  - code: {code}\n    {link}\n")
    return text


def following(**links: str) -> Questionnaire:
    return questionnaire_load(text=later_text(**links), file="following.yaml")[0]


def section(entry: FrameEntry, code: str = "beleid") -> str:
    return reverse("surveys:response-section", args=[entry.pk, code])


def page(client: Client, user: User, entry: FrameEntry, code: str = "beleid") -> str:
    client.force_login(user)
    return client.get(section(entry, code)).text


def value(entry: FrameEntry, code: str, school: str | None = None) -> Any:
    found = stored(entry, code, school)
    return found and found.value
