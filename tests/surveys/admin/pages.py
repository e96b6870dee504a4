"""Where pages of the administration are, and what is filled in there."""

from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from surveys.models import Questionnaire
from surveys.services.questionnaires import questionnaire_load
from tests.factories import QUESTIONNAIRES

SMALL = (QUESTIONNAIRES / "small.yaml").read_text(encoding="utf-8")


def at(name: str, *args: object) -> str:
    return reverse(f"admin:surveys_{name}", args=args)


def another_questionnaire() -> Questionnaire:
    """All tiny ones have the same code; this one has a version of its own."""
    return questionnaire_load(text=SMALL.replace("'1.0'", "'2.0'"), file="small.yaml")[0]


def moment(value: datetime) -> str:
    return timezone.localtime(value).strftime("%Y-%m-%dT%H:%M")
