"""The sheet of a library: its answers as they stand, and what the rules make of them. Reading only."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, cached_property, partial
from typing import NamedTuple, cast

import orjson
from django.db import connection
from django.utils.functional import SimpleLazyObject

from surveys import cells, checks, models, rules
from surveys.compiled import Compiled, compiled_by_id
from surveys.instrument import BLANK, Given, Instrument, Question, Section, State
from surveys.lastwave import LastWave, last_wave_of, same_as
from surveys.prefills import Known, prefills_of
from surveys.prepared import Prepared


class Stored(NamedTuple):  # made for every answer that is read, hence no dataclass: those take four times as long
    """What is known of a stored answer besides its value: its version, by whom, and when in seconds since 1970.

    Version 0 means that nothing was ever stored.
    """

    version: int
    user_id: int | None
    changed_by: str
    seconds: float

    @property
    def changed_at(self) -> datetime | None:
        return datetime.fromtimestamp(self.seconds, UTC) if self.seconds else None


STATE_OF = {state.value: state for state in State}
NEVER = Stored(0, None, "", 0.0)


@dataclass(frozen=True)
class Sheet:
    """One library's answers in one wave, judged once. Schools are keyed by their code; those that left the roster
    are in `left` and nowhere else, and their answers aren't in it."""

    entry: models.FrameEntry
    response: models.Response | None
    compiled: Compiled
    schools: Mapping[str, models.FrameSchool]
    left: Mapping[str, models.FrameSchool]
    facts: rules.Facts
    stored: Mapping[tuple[str, str], Stored]
    explanations: Mapping[tuple[str, str], str]
    find_last_wave: Callable[[], LastWave | None]  # asks the database once, when a page needs it
    find_prefills: Callable[[], Mapping[tuple[str, str], Known]]

    @property
    def instrument(self) -> Instrument:
        return self.compiled.instrument

    @property
    def every_school(self) -> Mapping[str, models.FrameSchool]:
        """Also those that left the roster, last: a submission may still name them."""
        return {**self.schools, **self.left}

    @property
    def last_wave(self) -> LastWave | None:
        """What was answered last time; None when nothing was, and then mostly without a query."""
        return self.find_last_wave()

    @property
    def prefills(self) -> Mapping[tuple[str, str], Known]:
        """What is known from elsewhere and waits to be confirmed, by (question, school code)."""
        return self.find_prefills()

    def same_as_last_wave(self, question: Question, school: str = "") -> Given | None:
        """Last wave's answer as it can be given again now; None where there is none, or where it stands already."""
        then = self.last_wave.given(question.code, school) if self.last_wave else None
        return self._offer(question, school, then)

    def confirmable(self, question: Question, school: str = "") -> Given | None:
        """What is known from elsewhere as it can be given now; None where nothing is, or where it stands already."""
        known = self.prefills.get((question.code, school))
        return self._offer(question, school, known.given if known else None)

    def _offer(self, question: Question, school: str, then: Given | None) -> Given | None:
        if then is None:
            return None
        asked = rules.asked_options(self.instrument, question, self.facts.answers)
        stored = self.given(question.code, school)  # with numbers that are hidden now: they stay
        same = same_as(question, then, asked, stored)
        return None if same == stored else same

    @cached_property
    def route(self) -> rules.Path:
        return rules.path(self.instrument, self.facts)

    @cached_property
    def progress(self) -> Mapping[str, rules.Progress]:
        """Progress by section code."""
        return rules.progress(self.instrument, self.facts, self.route)

    @cached_property
    def overall(self) -> rules.Progress:
        """Progress over all sections together."""
        sections = self.progress.values()
        return rules.Progress(sum(part.asked for part in sections), sum(part.answered for part in sections))

    @cached_property
    def undecided(self) -> frozenset[str]:
        """Codes of the sections that ask nothing now but may do so yet, as an earlier section is not finished."""
        found = set()
        is_open = False
        for section in self.instrument.sections:
            progress = self.progress[section.code]
            if is_open and not progress.asked:
                found.add(section.code)
            is_open = is_open or not progress.is_done
        return frozenset(found)

    @cached_property
    def ready(self) -> rules.Progress:
        """How many sections are finished, of those that ask something or may do so yet.

        What people see as their progress: the number of questions grows while one answers them.
        """
        asked = [code for code, part in self.progress.items() if part.asked or code in self.undecided]
        done = [code for code in asked if self.progress[code].asked and self.progress[code].is_done]
        return rules.Progress(len(asked), len(done))

    @cached_property
    def open_questions(self) -> list[rules.Open]:
        return rules.open_questions(self.instrument, self.facts, self.route)

    @cached_property
    def findings(self) -> list[checks.Finding]:
        return checks.findings(self.instrument, self.facts, self.route)

    def findings_in(self, section: Section) -> list[checks.Finding]:
        """The findings of one section, for who shows no other."""
        return checks.findings(self.instrument, self.facts, self.route, section.questions)

    def given(self, question: str, school: str = "") -> Given:
        answers = self.facts.rows[school] if school else self.facts.answers
        return answers.get(question, BLANK)

    def stored_of(self, question: str, school: str = "") -> Stored:
        return self.stored.get((question, school), NEVER)

    def with_answers(self, answers: Mapping[tuple[str, str], Given]) -> "Sheet":
        """The sheet as it is after these answers were stored, by (question, school code); without asking the database.

        Each has the next version; who stored it and when is left as it was.
        """
        library = dict(self.facts.answers)
        rows = dict(self.facts.rows)
        stored = dict(self.stored)
        for (question, school), given in answers.items():
            before = self.stored_of(question, school)
            stored[question, school] = before._replace(version=before.version + 1)
            if school:
                rows[school] = {**rows[school], question: given}
            else:
                library[question] = given
        return replace(self, facts=replace(self.facts, answers=library, rows=rows), stored=stored)

    def explanation(self, finding: checks.Finding) -> str:
        return self.explanations.get((finding.code, finding.school), "")


def library_facts(entry: models.FrameEntry) -> dict[str, str | int]:
    """What conditions may ask of a library, as it was when the wave opened."""
    return {
        "province": entry.province,
        "size_class": entry.size_class,
        "inhabitants": entry.inhabitants,
        "locations": entry.n_locations,
    }


def sheet_of(entry: models.FrameEntry, response: models.Response | None) -> Sheet:
    """Load the sheet: two queries (roster, answers), and one for explanations when those are asked for.

    One more for a questionnaire with conditions on the last wave. `entry` must have its wave and library preloaded.
    """
    known = compiled_by_id(entry.wave.questionnaire_id)
    schools: dict[str, models.FrameSchool] = {}
    left: dict[str, models.FrameSchool] = {}
    for row in _roster(entry):
        (schools if row.status == models.FrameSchool.Status.PRESENT else left)[row.code] = row
    answers: dict[str, Given] = {}
    rows: dict[str, dict[str, Given]] = {code: {} for code in schools}
    stored: dict[tuple[str, str], Stored] = {}
    explanations: Mapping[tuple[str, str], str] = {}
    if response is not None:
        for (question, school), (given, known_of) in _read(response, known, schools).items():
            (rows[school] if school else answers)[question] = given
            stored[question, school] = known_of
        # Most pages have nothing to explain, and then they aren't read.
        explanations = cast(Mapping[tuple[str, str], str], SimpleLazyObject(partial(_explanations, response, left)))
    find_last_wave = cache(partial(_last_wave, entry, known.instrument))
    last_wave = find_last_wave() if known.instrument.asks_last_wave else None
    compared = partial(_compared, find_last_wave)
    facts = rules.Facts(library_facts(entry), answers, rows, last_wave.facts if last_wave else {}, compared)
    find_prefills = cache(partial(prefills_of, entry, known))
    return Sheet(entry, response, known, schools, left, facts, stored, explanations, find_last_wave, find_prefills)


_find_schools = Prepared(lambda entry_id: models.FrameSchool.objects.filter(entry=entry_id))


def _roster(entry: models.FrameEntry) -> Iterable[models.FrameSchool]:
    """The rows of the roster, whatever their status; no query when they were preloaded."""
    is_loaded = "schools" in getattr(entry, "_prefetched_objects_cache", {})
    return entry.schools.all() if is_loaded else _find_schools(entry.pk)


def _last_wave(entry: models.FrameEntry, instrument: Instrument) -> LastWave | None:
    # `access` knows from its own query whether there may be one; other doors don't say.
    return last_wave_of(entry, instrument) if getattr(entry, "may_have_last_wave", True) else None


def _compared(find_last_wave: Callable[[], LastWave | None], question: str, school: str) -> Given | None:
    last_wave = find_last_wave()
    return last_wave.compared(question, school) if last_wave else None


def answers_of(
    sheet: Sheet, response: models.Response, questions: Collection[str]
) -> dict[tuple[str, str], tuple[Given, Stored]]:
    """The answers to these questions as they are stored now, by (question, school code); one query."""
    ids = [sheet.compiled.question_ids[question] for question in questions]
    return _read(response, sheet.compiled, sheet.schools, ids)


def _read(
    response: models.Response,
    known: Compiled,
    schools: Mapping[str, models.FrameSchool],
    question_ids: list[int] | None = None,
) -> dict[tuple[str, str], tuple[Given, Stored]]:
    """The stored answers, all or of some questions. In SQL by hand, as every page reads them: up to 4,000 of a city."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT question_id, school_id, value, state, other_text, version, changed_by_id,
                   coalesce(nullif(author.name, ''), author.email, ''),
                   extract(epoch FROM changed_at)::float8 -- a moment takes Python ten times as long to read
            FROM surveys_answer answer LEFT JOIN surveys_user author ON author.id = answer.changed_by_id
            WHERE response_id = %s AND (%s::bigint[] IS NULL OR question_id = ANY(%s))
            """,
            [response.pk, question_ids, question_ids],
        )
        rows = cursor.fetchall()
    school_codes = {None: ""} | {school.pk: code for code, school in schools.items()}
    found = {}
    for question_id, school_id, value, state, other_text, *about in rows:
        if school_id not in school_codes:
            continue  # of a school that left the roster: kept, in case it comes back
        question = known.instrument.questions[known.code_of[question_id]]
        raw = None if value is None else orjson.loads(value)
        given = Given(cells.from_json(question, raw), STATE_OF[state], other_text)
        found[question.code, school_codes[school_id]] = given, Stored(*about)
    return found


_find_explanations = Prepared(
    lambda response_id: models.Explanation.objects.filter(response=response_id).select_related("school")
)


def _explanations(response: models.Response, left: Collection[str]) -> dict[tuple[str, str], str]:
    """Why values are right, by (check code, school code); those about a school that left are left out."""
    rows = (
        (row.check_code, row.school.code if row.school else "", row.text) for row in _find_explanations(response.pk)
    )
    return {(code, school): text for code, school, text in rows if school not in left}
