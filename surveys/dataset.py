"""The one face towards reports: a closed wave's submissions as plain rows, with their codebook.

Everything that leaves here is a value; nobody behind this door sees a model of surveys.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, FilteredRelation, Func, OuterRef, PositiveIntegerField, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from surveys import models
from surveys.compiled import compiled
from surveys.instrument import Comparability, Instrument, Level, Question, Total, Type
from surveys.models import Wave

__all__ = [
    "Comparability",
    "FrameCell",
    "Instrument",
    "Level",
    "Question",
    "Total",
    "Type",
    "WaveKey",
    "all_waves",
    "closed_waves",
    "codebook",
    "content_hash",
    "counted",
    "frame",
    "is_closed",
    "mark_aggregated",
    "submission_chunks",
    "submissions",
    "survey_titles",
]


@dataclass(frozen=True, slots=True)
class WaveKey:
    """A wave as the outside names it: survey code and school year."""

    survey: str
    school_year: str


@dataclass(frozen=True, slots=True)
class FrameCell:
    """Who was expected in one province and size class, and who of them submitted.

    Locations are those on the roster: of who submitted as it was in the submission that counts, of others as it is.
    """

    province: str
    size_class: str
    n_libraries: int
    n_submitted: int
    n_locations: int
    n_locations_submitted: int


def closed_waves() -> list[WaveKey]:
    """Waves that are closed and still to be aggregated, and those in which somebody submitted after closing.

    The latter stay in the list, for who counts knows whether those submissions were counted.
    """
    late = models.Submission.objects.filter(
        response__entry__wave=OuterRef("pk"), is_latest=True, submitted_at__gte=OuterRef("closed_at")
    )
    owed = Q(state=Wave.State.CLOSED) | Q(Exists(late), state=Wave.State.AGGREGATED)
    waves = Wave.objects.filter(owed).select_related("survey").order_by("closed_at")
    return [WaveKey(wave.survey.code, wave.school_year) for wave in waves]


CLOSED = """
    SELECT FROM surveys_wave wave JOIN surveys_survey survey ON survey.id = wave.survey_id
    WHERE survey.code = %s AND wave.school_year = %s AND wave.state = ANY(%s)
"""
# Shared, as every save holds the wave too: who has an extension goes on saving. Django knows no FOR SHARE.
HELD_CLOSED = CLOSED + "FOR SHARE OF wave"


def is_closed(wave: WaveKey, *, hold: bool = False) -> bool:
    """Whether the wave is closed. With `hold` it stays so until the transaction ends, which must have begun."""
    states = [Wave.State.CLOSED.value, Wave.State.AGGREGATED.value]
    with connection.cursor() as cursor:
        cursor.execute(HELD_CLOSED if hold else CLOSED, [wave.survey, wave.school_year, states])
        return cursor.fetchone() is not None


def all_waves(survey: str) -> list[str]:
    """The school years in which the survey was held here, newest first; drafts left out."""
    waves = Wave.objects.filter(survey__code=survey).exclude(state=Wave.State.DRAFT)
    return list(waves.order_by("-school_year").values_list("school_year", flat=True))


def survey_titles() -> dict[str, tuple[str, str]]:
    """Slug and title of each survey, by its code."""
    return {survey.code: (survey.slug, survey.title) for survey in models.Survey.objects.all()}


def codebook(wave: WaveKey) -> Instrument:
    """What was asked in the wave."""
    return compiled(_wave(wave).questionnaire).instrument


def frame(wave: WaveKey) -> list[FrameCell]:
    """The expected libraries per province and size class; one query."""
    # Joined on the one that counts, else a library that submitted twice would be two libraries.
    latest = FilteredRelation("response__submissions", condition=Q(response__submissions__is_latest=True))
    sent = Func("latest__snapshot__schools", function="jsonb_array_length", output_field=PositiveIntegerField())
    cells = (
        models.FrameEntry.objects.alias(latest=latest)
        .filter(wave=_wave(wave))
        .values("province", "size_class")
        .annotate(
            libraries=Count("pk"),
            submitted=Count("latest"),
            locations=Sum(Coalesce(sent, "n_locations")),
            locations_submitted=Sum(sent, default=0),
        )
        .order_by("province", "size_class")
    )
    return [
        FrameCell(
            cell["province"],
            cell["size_class"],
            cell["libraries"],
            cell["submitted"],
            cell["locations"],
            cell["locations_submitted"],
        )
        for cell in cells
    ]


def submission_chunks(wave: WaveKey, size: int = 500) -> list[tuple[int, int]]:
    """Ranges of keys that together hold every submission that counts, each at most `size` of them."""
    keys = list(_latest(wave).order_by("pk").values_list("pk", flat=True))
    return [(keys[at], keys[min(at + size, len(keys)) - 1]) for at in range(0, len(keys), size)]


def submissions(wave: WaveKey, first_id: int, last_id: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Province, size class and snapshot of each submission in the range, streamed so that memory stays flat."""
    rows = _latest(wave).filter(pk__range=(first_id, last_id)).order_by("pk")
    yield from rows.values_list("response__entry__province", "response__entry__size_class", "snapshot").iterator(
        chunk_size=200
    )


def counted(wave: WaveKey, first_id: int, last_id: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """As `submissions`, but of each snapshot only what counting needs: `answers`, and `counts` of the roster."""
    rows = _latest(wave).filter(pk__range=(first_id, last_id)).order_by("pk")
    for province, size_class, answers, counts in rows.values_list(
        "response__entry__province", "response__entry__size_class", "snapshot__answers", "snapshot__counts"
    ).iterator(chunk_size=500):
        yield province, size_class, {"answers": answers, "counts": counts}


def content_hash(wave: WaveKey) -> str:
    """SHA-256 over which submissions count and what they hold; changes when any of them changes.

    The same answers submitted again are another submission: chunks hold keys, so they would miss it.
    """
    digest = hashlib.sha256()
    rows = _latest(wave).order_by("response__entry__library__code")
    for code, number, content in rows.values_list("response__entry__library__code", "number", "content_hash"):
        digest.update(f"{code} {number} {content}\n".encode())
    return digest.hexdigest()


def mark_aggregated(wave: WaveKey) -> None:
    """Record that the closed wave's figures exist. A wave that was reopened meanwhile keeps its state."""
    Wave.objects.filter(pk=_wave(wave).pk, state=Wave.State.CLOSED).update(state=Wave.State.AGGREGATED)


def _wave(key: WaveKey) -> Wave:
    return Wave.objects.select_related("questionnaire__survey").get(
        survey__code=key.survey, school_year=key.school_year
    )


def _latest(wave: WaveKey) -> QuerySet[models.Submission]:
    return models.Submission.objects.filter(response__entry__wave=_wave(wave), is_latest=True)
