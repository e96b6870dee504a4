"""The response board: how far each expected library is. Reading only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models as db
from django.db.models import Case, Count, F, OrderBy, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.utils.translation import gettext_lazy

from surveys import cells, models, rules
from surveys.access import response_of
from surveys.compiled import compiled_by_id
from surveys.instrument import Given, State
from surveys.lastwave import last_waves_of
from surveys.models import FrameEntry, Response, Wave
from surveys.sheets import library_facts


class BoardState(db.TextChoices):
    """How far a library is, in the order in which it goes through them."""

    NOT_STARTED = "not_started", gettext_lazy("not started")
    IN_PROGRESS = "in_progress", gettext_lazy("in progress")
    SUBMITTED = "submitted", gettext_lazy("submitted")


@dataclass(frozen=True, slots=True)
class BoardQuery:
    """What of the board to show. Empty values filter nothing; `order` is a key of ORDERS, "-" in front reverses it."""

    state: str = ""
    province: str = ""
    support_id: int | None = None
    size_class: str = ""
    name: str = ""
    order: str = "name"


@dataclass(frozen=True, slots=True)
class BoardCounts:
    """The whole wave in numbers, whatever the filter. `n_started` includes those that submitted."""

    n_expected: int
    n_started: int
    n_submitted: int
    n_locations: int

    @property
    def n_not_started(self) -> int:
        return self.n_expected - self.n_started

    @property
    def n_in_progress(self) -> int:
        return self.n_started - self.n_submitted


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One library. `progress` is there while it is busy; `changed_…` is the last answer that somebody gave."""

    entry: FrameEntry
    state: BoardState
    progress: rules.Progress | None
    changed_by: str
    changed_at: datetime | None
    submitted_at: datetime | None

    @property
    def is_reopened(self) -> bool:
        return self.state is BoardState.IN_PROGRESS and self.submitted_at is not None


_STATES = {
    BoardState.NOT_STARTED: Q(response=None),
    BoardState.IN_PROGRESS: Q(response__state=Response.State.IN_PROGRESS),
    BoardState.SUBMITTED: Q(response__state=Response.State.SUBMITTED),
}
_LAST_ANSWER = (
    models.Answer.objects.filter(response__entry=OuterRef("pk")).order_by("-changed_at").values("changed_at")[:1]
)
_LATEST_SUBMISSION = models.Submission.objects.filter(response__entry=OuterRef("pk"), is_latest=True).values(
    "submitted_at"
)[:1]
# What the board can be ordered by. Libraries without the value come last, either way.
ORDERS: dict[str, F | Case | Subquery] = {
    "name": F("library__name"),
    "province": F("province"),
    "size": F("inhabitants"),
    "support": F("library__support_organisation__name"),
    "state": Case(*(When(where, then=Value(rank)) for rank, where in enumerate(_STATES.values()))),
    "changed": Subquery(_LAST_ANSWER),
    "submitted": Subquery(_LATEST_SUBMISSION),
}


def board_counts(wave: Wave) -> BoardCounts:
    """The counts of the whole wave; one query."""
    counts = FrameEntry.objects.filter(wave=wave).aggregate(
        expected=Count("pk"),
        started=Count("response"),
        submitted=Count("pk", filter=_STATES[BoardState.SUBMITTED]),
        locations=Sum("n_locations", default=0),
    )
    return BoardCounts(counts["expected"], counts["started"], counts["submitted"], counts["locations"])


def board_entries(wave: Wave, query: BoardQuery) -> QuerySet[FrameEntry]:
    """The expected libraries that the query lets through, in its order; library, its adviser and response preloaded."""
    entries = FrameEntry.objects.filter(wave=wave).select_related("library__support_organisation", "response")
    if query.state in BoardState.values:
        entries = entries.filter(_STATES[BoardState(query.state)])
    if query.province:
        entries = entries.filter(province=query.province)
    if query.support_id is not None:
        entries = entries.filter(library__support_organisation_id=query.support_id)
    if query.size_class:
        entries = entries.filter(size_class=query.size_class)
    if query.name:
        entries = entries.filter(Q(library__name__icontains=query.name) | Q(library__code__iexact=query.name))
    key = query.order.removeprefix("-")
    order = OrderBy(ORDERS.get(key, ORDERS["name"]), descending=query.order.startswith("-"), nulls_last=True)
    return entries.order_by(order, "library__name", "pk")


def board_rows(wave: Wave, entries: Sequence[FrameEntry]) -> list[BoardRow]:
    """The rows of these libraries; at most four queries, however many there are.

    Progress is what the library itself sees, from the same rules. It costs all answers of a library, so pass a page
    at a time; libraries that submitted or never started are not looked into.
    """
    by_entry = {entry.pk: response for entry in entries if (response := response_of(entry)) is not None}
    keys = [response.pk for response in by_entry.values()]
    busy = [entry for entry in entries if entry.pk in by_entry and not by_entry[entry.pk].is_submitted]
    progress = _progress(wave, busy, by_entry)
    changes = _last_changes(keys)
    submitted = _submission_times(keys)
    rows = []
    for entry in entries:
        response = by_entry.get(entry.pk)
        if response is None:
            rows.append(BoardRow(entry, BoardState.NOT_STARTED, None, "", None, None))
            continue
        changed_by, changed_at = changes.get(response.pk, ("", None))
        rows.append(
            BoardRow(
                entry=entry,
                state=BoardState(response.state),
                progress=progress.get(entry.pk),
                changed_by=changed_by,
                changed_at=changed_at,
                submitted_at=submitted.get(response.pk),
            )
        )
    return rows


def _progress(wave: Wave, entries: Sequence[FrameEntry], responses: dict[int, Response]) -> dict[int, rules.Progress]:
    """Progress over all sections by entry, of libraries that are busy. Two queries for all of them together.

    A third for a questionnaire with conditions on the last wave.
    """
    if not entries:
        return {}
    known = compiled_by_id(wave.questionnaire_id)
    questions = known.instrument.questions
    entry_of = {responses[entry.pk].pk: entry.pk for entry in entries}
    answers: dict[int, dict[str, Given]] = {entry.pk: {} for entry in entries}
    rows: dict[int, dict[str, dict[str, Given]]] = {entry.pk: {} for entry in entries}
    for entry_id, school in (
        models.FrameSchool.objects.filter(entry__in=entries, status=models.FrameSchool.Status.PRESENT)
        .order_by()
        .values_list("entry_id", "code")
    ):
        rows[entry_id][school] = {}
    stored = models.Answer.objects.filter(response__in=entry_of).values_list(
        "response_id", "question_id", "school__code", "value", "state"
    )
    for response_id, question_id, school, value, state in stored:
        entry_id, code = entry_of[response_id], known.code_of[question_id]
        if school and school not in rows[entry_id]:
            continue  # of a school that left the roster
        if school and school not in rows[entry_id]:
            continue  # of a school that left the roster
        given = Given(cells.from_json(questions[code], value), State(state))
        (rows[entry_id][school] if school else answers[entry_id])[code] = given
    last_waves = last_waves_of(entries, known.instrument) if known.instrument.asks_last_wave else {}
    result = {}
    for entry in entries:
        last_wave = last_waves[entry.pk].facts if entry.pk in last_waves else {}
        facts = rules.Facts(library_facts(entry), answers[entry.pk], rows[entry.pk], last_wave)
        sections = rules.progress(known.instrument, facts, rules.path(known.instrument, facts)).values()
        result[entry.pk] = rules.Progress(sum(part.asked for part in sections), sum(part.answered for part in sections))
    return result


def _last_changes(responses: Iterable[int]) -> dict[int, tuple[str, datetime]]:
    """Who gave the last answer and when, by response."""
    last = (
        models.Answer.objects.filter(response__in=responses)
        .order_by("response_id", "-changed_at", "-pk")
        .distinct("response_id")
        .values_list("response_id", "changed_by__name", "changed_by__email", "changed_at")
    )
    return {response_id: (name or email or "", at) for response_id, name, email, at in last}


def _submission_times(responses: Iterable[int]) -> dict[int, datetime]:
    latest = models.Submission.objects.filter(response__in=responses, is_latest=True)
    return dict(latest.values_list("response_id", "submitted_at"))
