"""What reports read: waves, codebooks and submissions from surveys, and the figures of a wave.

The only module here that imports surveys, and of it only `surveys.dataset`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from reports.figures import LOCATIONS, PUBLISHED, Class, Figure, FigureSet, Item, Key, Kind, figures
from reports.models import FigureRow, PublishedFigure, Run
from surveys import dataset
from surveys.dataset import FrameCell, Instrument, Level, Question, Total, Type, WaveKey

__all__ = ["FrameCell", "WaveKey"]

KINDS = {
    Type.SINGLE: Kind.ONE,
    Type.MULTIPLE: Kind.SEVERAL,
    Type.TOP3: Kind.SEVERAL,
    Type.INTEGER: Kind.NUMBER,
    Type.DECIMAL: Kind.NUMBER,
    Type.PERCENTAGE: Kind.NUMBER,
    Type.TEXT: Kind.TEXT,
    Type.MATRIX: Kind.MATRIX,
    Type.NUMBER_PER_OPTION: Kind.NUMBERS,
}

# What a route may ask of the library itself.
PROPERTIES = {
    "province": gettext_lazy("province"),
    "size_class": gettext_lazy("size class"),
    "inhabitants": gettext_lazy("inhabitants"),
    "locations": gettext_lazy("school locations"),
}

# Numbers that the reports have always shown in classes as well; the limits between the classes.
CLASS_LIMITS = {"members_4_12": (3000, 5000, 8000)}


# --- Waves and their submissions


def closed_waves() -> list[WaveKey]:
    """Waves that are closed and not aggregated yet, and those in which somebody submitted after closing."""
    return dataset.closed_waves()


def all_waves(survey: str) -> list[str]:
    """The school years in which the survey was held here, newest first."""
    return dataset.all_waves(survey)


def survey_titles() -> dict[str, tuple[str, str]]:
    """Slug and title of each survey, by its code."""
    return dataset.survey_titles()


def has_wave(wave: WaveKey) -> bool:
    return wave.school_year in dataset.all_waves(wave.survey)


def frame(wave: WaveKey) -> list[FrameCell]:
    return dataset.frame(wave)


def submission_chunks(wave: WaveKey, size: int) -> list[tuple[int, int]]:
    return dataset.submission_chunks(wave, size)


def counted(wave: WaveKey, first_id: int, last_id: int) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Province, size class and what is to be counted of each submission."""
    return dataset.counted(wave, first_id, last_id)


def submissions(wave: WaveKey, first_id: int, last_id: int) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Province, size class and snapshot of each, streamed."""
    return dataset.submissions(wave, first_id, last_id)


def content_hash(wave: WaveKey) -> str:
    return dataset.content_hash(wave)


def mark_aggregated(wave: WaveKey) -> None:
    dataset.mark_aggregated(wave)


# --- What is counted


def items_of(wave: WaveKey) -> tuple[Item, ...]:
    """Everything there is to count in the wave: its questions in their order, then its named totals."""
    return _items(dataset.codebook(wave))


def _items(instrument: Instrument) -> tuple[Item, ...]:
    return (
        *(_question_item(instrument, question) for question in instrument.questions.values()),
        *(_total_item(total) for total in instrument.totals),
    )


def _question_item(instrument: Instrument, question: Question) -> Item:
    if question.type is Type.MATRIX:
        parts = tuple(row.code for row in question.rows)
    elif question.type is Type.NUMBER_PER_OPTION:
        parts = tuple(option.code for option in instrument.numbered_options(question))
    else:
        parts = ()
    is_number = question.type is Type.NUMBER_PER_OPTION
    return Item(
        code=question.code,
        kind=KINDS[question.type],
        unit=question.unit,
        options=() if is_number else tuple(option.code for option in question.options),
        exclusive=frozenset(option.code for option in question.options if option.is_exclusive),
        parent_of={option.code: option.parent for option in question.options if option.parent},
        parts=parts,
        positive=frozenset(question.positive),
        bases=_bases(instrument, question),
        classes=_classes(CLASS_LIMITS.get(question.code, ())),
        is_per_school=question.level is Level.SCHOOL,
        is_routed=bool(question.condition),
    )


def _bases(instrument: Instrument, question: Question) -> tuple[str, ...]:
    """What the number is a part of: the total it is declared a share of, and any number it may not pass.

    Active members can be no more than members: so they have a share of them.
    """
    if KINDS[question.type] is not Kind.NUMBER or question.level is Level.SCHOOL:
        return ()
    bases = dict.fromkeys([question.share_of] if question.share_of else [])
    for check in instrument.checks_of.get(question.code, ()):
        if check.severity == "hard":
            bases |= dict.fromkeys(code for code in (check.at_most_total, check.at_most_question) if code)
    return tuple(bases)


def _total_item(total: Total) -> Item:
    counts_rows = not total.sum_of
    return Item(
        code=total.code,
        kind=Kind.TOTAL,
        unit=LOCATIONS if counts_rows else total.unit,
        bases=total.share_of,
        counts_all_rows=counts_rows and not total.condition,
    )


def _classes(limits: tuple[int, ...]) -> tuple[Class, ...]:
    if not limits:
        return ()
    inner = pairwise(limits)
    return (
        Class(f"lt_{limits[0]}", 0, limits[0]),
        *(Class(f"{start}_{end}", start, end) for start, end in inner),
        Class(f"from_{limits[-1]}", limits[-1], None),
    )


# --- What was asked, in words


class Term(Protocol):
    """A term of a route, as `surveys.instrument.Term`."""

    @property
    def kind(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def operator(self) -> str: ...
    @property
    def values(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class OptionText:
    """An option, row or scale point: `text` as on the form, `label` inside a sentence."""

    code: str
    text: str
    label: str
    parent: str = ""
    is_exclusive: bool = False
    has_text: bool = False


@dataclass(frozen=True, slots=True)
class LinkText:
    """An entry of the comparability register, see `comparability`."""

    school_year: str
    question: str
    comparability: str
    reason: str


@dataclass(frozen=True, slots=True)
class QuestionText:
    """A question or named total in words. `options` of a number-per-option question are those that get a number.

    `selection` says who was asked; questions with the same route have the same `selection`. `disclosure` is
    `open`, `network` or `total_only`; a total counts schools, so it is open.
    """

    code: str
    kind: Kind
    text: str
    label: str
    selection: str
    disclosure: str
    section: str = ""
    number: str = ""
    unit: str = ""
    options: tuple[OptionText, ...] = ()
    rows: tuple[OptionText, ...] = ()
    positive: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    is_per_school: bool = False
    is_top3: bool = False
    links: tuple[LinkText, ...] = ()


@dataclass(frozen=True, slots=True)
class SectionText:
    code: str
    title: str
    questions: tuple[QuestionText, ...]


@dataclass(frozen=True)
class Texts:
    """The questionnaire of a wave in words."""

    title: str
    version: str
    sections: tuple[SectionText, ...]
    totals: tuple[QuestionText, ...]

    @cached_property
    def by_code(self) -> dict[str, QuestionText]:
        """Questions in their order, then totals."""
        questions = (question for section in self.sections for question in section.questions)
        return {question.code: question for question in (*questions, *self.totals)}


def question_texts(wave: WaveKey) -> Texts:
    """What was asked in the wave, section by section, and the totals that are computed from it."""
    instrument = dataset.codebook(wave)
    items = {item.code: item for item in _items(instrument)}
    return Texts(
        title=instrument.title,
        version=instrument.version,
        sections=tuple(
            SectionText(
                section.code,
                section.title,
                tuple(_question_text(instrument, items[question.code], question) for question in section.questions),
            )
            for section in instrument.sections
        ),
        totals=tuple(
            QuestionText(
                code=total.code,
                kind=Kind.TOTAL,
                text=total.label,
                label=total.label,
                selection=_selection(instrument, None),
                disclosure="open",
                unit=items[total.code].unit,
                bases=items[total.code].bases,
                links=_links(total),
            )
            for total in instrument.totals
        ),
    )


def _question_text(instrument: Instrument, item: Item, question: Question) -> QuestionText:
    options = instrument.numbered_options(question) if question.type is Type.NUMBER_PER_OPTION else question.options
    return QuestionText(
        code=question.code,
        kind=item.kind,
        text=question.text,
        label=question.label,
        selection=_selection(instrument, question),
        disclosure=str(question.disclosure),
        section=instrument.section_of[question.code].code,
        number=instrument.number_of[question.code],
        unit=question.unit,
        options=tuple(
            OptionText(option.code, option.text, option.label, option.parent, option.is_exclusive, option.has_text)
            for option in options
        ),
        rows=tuple(OptionText(row.code, row.text, row.label) for row in question.rows),
        positive=question.positive,
        bases=item.bases,
        is_per_school=item.is_per_school,
        is_top3=question.type is Type.TOP3,
        links=_links(question),
    )


def _links(source: Question | Total) -> tuple[LinkText, ...]:
    return tuple(
        LinkText(link.school_year, link.question, str(link.comparability), link.reason) for link in source.links
    )


def _selection(instrument: Instrument, question: Question | None) -> str:
    """Who was asked, in words made from the route: "bibliotheken met locaties waarmee wordt samengewerkt"."""
    is_per_school = question is not None and question.level is Level.SCHOOL
    if question is None or not question.condition:
        return (
            pgettext("selection", "all school locations") if is_per_school else pgettext("selection", "all libraries")
        )
    who = pgettext("selection", "school locations") if is_per_school else pgettext("selection", "libraries")
    both, either = f" {pgettext('selection', 'and')} ", f" {pgettext('selection', 'or')} "
    groups = (both.join(_term(instrument, term) for term in group) for group in question.condition)
    return f"{who} {pgettext('selection', 'with')} {either.join(groups)}"


def _term(instrument: Instrument, term: Term) -> str:
    options: Mapping[str, str] = {}
    if term.kind == "total":
        label = instrument.total_by_code[term.source].label
        if term.operator == "at_least" and term.values == ("1",):
            return label
    elif term.source in instrument.questions:
        source = instrument.questions[term.source]
        label, options = source.label, {option.code: option.label for option in source.options}
    else:
        label = str(PROPERTIES.get(term.source, term.source))
    values = f" {pgettext('selection', 'or')} ".join(options.get(value, value) for value in term.values)
    match str(term.operator):
        case "in" | "contains":
            return f"{label}: {values}"
        case "not_in" | "lacks":
            return f"{label}: {pgettext('selection', 'not')} {values}"
        case "at_least":
            return f"{label}: {pgettext('selection', 'at least')} {values}"
        case "at_most":
            return f"{label}: {pgettext('selection', 'at most')} {values}"
        case "answered":
            return f"{label}: {pgettext('selection', 'answered')}"
        case operator:
            return f"{label}: {pgettext('selection', 'not answered') if operator == 'not_answered' else operator}"


# --- Comparing waves


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a question compares with an earlier wave: `same`, `limited`, `break` or `none` (not known).

    `question` is the code that it had then.
    """

    comparability: str
    reason: str
    question: str


def comparability(wave: WaveKey, question: str, earlier_school_year: str) -> Comparison:
    """What the register says of this question or total and an earlier wave; never a guess by name.

    Without an entry a question is the same only where the earlier wave asked it here in the very same way.
    """
    now = _asked(dataset.codebook(wave), question)
    if now is None:
        return Comparison("none", _("Not asked in this wave."), question)
    for link in now.links:
        if link.school_year == earlier_school_year:
            return Comparison(str(link.comparability), link.reason, link.question)
    earlier = WaveKey(wave.survey, earlier_school_year)
    if has_wave(earlier):
        then = _asked(dataset.codebook(earlier), question)
        if then is not None and _meaning(then) == _meaning(now):
            return Comparison("same", "", question)
    return Comparison("none", _("Not in the register of comparable questions."), question)


def _asked(instrument: Instrument, code: str) -> Question | Total | None:
    return instrument.questions.get(code) or instrument.total_by_code.get(code)


def _meaning(asked: Question | Total) -> tuple[Any, ...]:
    """What must be equal for an answer to mean the same: not the labels, not the help."""
    if isinstance(asked, Total):
        return asked.condition, asked.sum_of, asked.unit
    return (
        asked.level,
        asked.type,
        asked.text,
        asked.unit,
        asked.options,
        asked.rows,
        asked.options_from,
        asked.options_except,
        asked.condition,
    )


# --- Figures


def newest_run(wave: WaveKey) -> Run | None:
    """The newest finished run of the wave."""
    runs = Run.objects.filter(survey=wave.survey, school_year=wave.school_year, state=Run.State.DONE)
    return runs.order_by("-pk").first()


def figures_of(wave: WaveKey) -> FigureSet:
    """The figures of the wave's newest finished run, or, when it has none, what was published of it. Two queries."""
    run = newest_run(wave)
    if run is None:
        return FigureSet(wave.survey, wave.school_year, _first_of_each(_published(wave)))
    found = (_from_row(row) for row in FigureRow.objects.filter(run=run).iterator())
    return FigureSet(wave.survey, wave.school_year, {figure.key: figure for figure in found}, run.pk, run.content_hash)


def waves_with_figures(survey: str) -> list[str]:
    """School years of which there are figures, computed or published, newest first."""
    computed = Run.objects.filter(survey=survey, state=Run.State.DONE)
    published = PublishedFigure.objects.filter(survey=survey)
    years = {*computed.values_list("school_year", flat=True), *published.values_list("school_year", flat=True)}
    return sorted(years, reverse=True)


def known_figures(survey: str) -> dict[Key, Figure]:
    """Every national figure that the survey's waves can have, empty; the newest wave's where they differ."""
    known: dict[Key, Figure] = {}
    for school_year in dataset.all_waves(survey):
        for figure in figures({}, items_of(WaveKey(survey, school_year)), []):
            known.setdefault(figure.key, figure)
    return known


def _from_row(row: FigureRow) -> Figure:
    return Figure(
        row.question,
        row.option,
        row.group,
        row.measure,
        row.unit,
        row.k,
        row.n,
        row.n_missing,
        row.n_eligible,
        row.scale,
        row.n_libraries,
        row.flag,
    )


def _published(wave: WaveKey) -> Iterator[Figure]:
    """Exact before approximate, then as they stood in the file."""
    rows = PublishedFigure.objects.filter(survey=wave.survey, school_year=wave.school_year)
    for row in rows.order_by("is_approximate", "pk"):
        n = row.n or 0
        yield Figure(
            row.question,
            row.option,
            row.group,
            row.measure,
            row.unit,
            0,
            n,
            0,
            n,
            flag=PUBLISHED,
            published_value=row.value,
            is_approximate=row.is_approximate,
        )


def _first_of_each(found: Iterable[Figure]) -> dict[Key, Figure]:
    first: dict[Key, Figure] = {}
    for figure in found:
        first.setdefault(figure.key, figure)
    return first
