"""What the KB knows from elsewhere about a library's answers, to be confirmed by the library. Reading only."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q

from surveys import cells
from surveys.compiled import Compiled
from surveys.instrument import Given
from surveys.models import FrameEntry, FrameSchool


@dataclass(frozen=True, slots=True)
class Known:
    """A value from elsewhere, and where it comes from."""

    given: Given
    source: str


def prefills_of(entry: FrameEntry, known: Compiled) -> Mapping[tuple[str, str], Known]:
    """The values by (question, school code); one query, or none when `access` found out that there are none."""
    if not getattr(entry, "has_prefills", True):
        return {}
    on_roster = Q(school=None) | Q(school__status=FrameSchool.Status.PRESENT)
    rows = entry.prefills.filter(on_roster).values_list("question__code", "school__code", "value", "source")
    return {
        (code, school or ""): Known(Given(cells.from_json(known.instrument.questions[code], value)), source)
        for code, school, value, source in rows
    }
