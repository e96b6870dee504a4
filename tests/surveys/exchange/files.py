"""Two files of answers, and what they may change."""

from collections.abc import Callable
from typing import Any

from surveys import models
from surveys.files import Report
from surveys.models import Answer, AnswerChange, Response, ResponseEvent, Submission, Wave
from tests.factories import open_wave

RESPONSES = """\
library,partners,partners.other_text,has_targets,target_topics,hours,plan_locations
A001,municipality;other,de kerk,yes,lezen,9.5,1
B001,,,unknown,,12,
"""
SCHOOLS = """\
library,school,cooperation,topics
A001,01AA00,yes,reading;digital
A001,01AA01,no,
B001,02BB00,no,
"""
Import = Callable[..., Report]
Refuse = Callable[..., list[str]]


def everything() -> list[list[dict[str, Any]]]:
    """All rows that an import may write."""
    kinds: list[Any] = [Response, Answer, AnswerChange, models.Explanation, Submission, ResponseEvent]
    kinds += [models.School, models.FrameEntry, models.FrameSchool, models.SchoolReport]
    return [list(kind.objects.order_by("pk").values()) for kind in kinds]


def hashes(wave: Wave) -> dict[str, str]:
    latest = Submission.objects.filter(response__entry__wave=wave, is_latest=True)
    return dict(latest.values_list("response__entry__library__code", "content_hash"))


def changed(text: str, old: str, new: str) -> str:
    """The text with one thing changed, which must be there."""
    assert text.count(old) == 1
    return text.replace(old, new)


def next_wave(wave: Wave) -> Wave:
    """Another open wave with the same questionnaire, libraries and schools."""
    return open_wave(wave.questionnaire, school_year="2030-2031")
