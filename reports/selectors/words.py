"""What was asked in a wave, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from django.utils.translation import gettext_lazy, pgettext

from reports.figures import Item, Kind
from reports.selectors.items import items
from surveys import dataset
from surveys.dataset import Instrument, Level, Question, Total, Type, WaveKey

# What a route may ask of the library itself.
PROPERTIES = {
    "province": gettext_lazy("province"),
    "size_class": gettext_lazy("size class"),
    "inhabitants": gettext_lazy("inhabitants"),
    "locations": gettext_lazy("school locations"),
}


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
    item_of = {item.code: item for item in items(instrument)}
    return Texts(
        title=instrument.title,
        version=instrument.version,
        sections=tuple(
            SectionText(
                section.code,
                section.title,
                tuple(_question_text(instrument, item_of[question.code], question) for question in section.questions),
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
                unit=item_of[total.code].unit,
                bases=item_of[total.code].bases,
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
