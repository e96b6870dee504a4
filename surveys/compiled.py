"""From rows to the `Instrument` that the rules read; remembered per process once the questionnaire is frozen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from surveys import instrument, models
from surveys.instrument import Instrument


@dataclass(frozen=True)
class Compiled:
    """An instrument with the keys of its question rows. `questionnaire_id` is the row's key."""

    questionnaire_id: int
    instrument: Instrument
    question_ids: Mapping[str, int]

    @cached_property
    def code_of(self) -> Mapping[int, str]:
        return {key: code for code, key in self.question_ids.items()}

    @cached_property
    def sketches(self) -> dict[tuple[str | None, str], object]:
        """Room for how its questions are drawn, by language and code; `forms.drawing` fills it."""
        return {}


# A frozen questionnaire never changes, and its key is never used again.
_frozen: dict[int, Compiled] = {}


def compiled(questionnaire: models.Questionnaire) -> Compiled:
    """The questionnaire as the rules read it. Nine queries the first time; none once frozen and seen before."""
    known = _frozen.get(questionnaire.pk)
    if known is not None:
        return known
    fresh = _compile(questionnaire)
    if questionnaire.frozen_at is not None:
        _frozen[questionnaire.pk] = fresh
    return fresh


def compiled_by_id(questionnaire_id: int) -> Compiled:
    """As `compiled`, without a query when the questionnaire is frozen and was seen before."""
    known = _frozen.get(questionnaire_id)
    if known is not None:
        return known
    return compiled(models.Questionnaire.objects.select_related("survey").get(pk=questionnaire_id))


def _compile(questionnaire: models.Questionnaire) -> Compiled:
    rows = list(
        questionnaire.questions.select_related("options_from", "share_of")
        .prefetch_related("options__parent", "rows", "terms__source_question", "terms__source_total", "links")
        .order_by("position")
    )
    totals = questionnaire.totals.select_related("sum_of").prefetch_related(
        "terms__source_question", "terms__source_total", "links"
    )
    checks = questionnaire.checks.select_related("question", "at_most_question", "at_most_total")
    sections = tuple(
        instrument.Section(
            section.code,
            section.title,
            section.help,
            tuple(_question(row) for row in rows if row.section_id == section.pk),
        )
        for section in questionnaire.sections.all()
    )
    return Compiled(
        questionnaire_id=questionnaire.pk,
        instrument=Instrument(
            survey=questionnaire.survey.code,
            school_year=questionnaire.school_year,
            version=questionnaire.version,
            title=questionnaire.title,
            intro=questionnaire.intro,
            reason=questionnaire.reason,
            minutes=questionnaire.minutes,
            school_kinds=tuple(questionnaire.school_kinds),
            sections=sections,
            totals=tuple(_total(row) for row in totals),
            checks=tuple(_check(row) for row in checks),
        ),
        question_ids={row.code: row.pk for row in rows},
    )


def _question(row: models.Question) -> instrument.Question:
    return instrument.Question(
        code=row.code,
        level=instrument.Level(row.level),
        type=instrument.Type(row.type),
        text=row.text,
        label=row.label,
        help=row.help,
        column=row.column,
        unit=row.unit,
        options=tuple(
            instrument.Option(
                option.code,
                option.text,
                option.label,
                option.is_exclusive,
                option.has_text,
                option.parent.code if option.parent else "",
            )
            for option in row.options.all()
        ),
        rows=tuple(instrument.Row(item.code, item.text, item.label) for item in row.rows.all()),
        positive=tuple(row.positive),
        options_from=row.options_from.code if row.options_from else "",
        options_except=tuple(row.options_except),
        share_of=row.share_of.code if row.share_of else "",
        condition=_condition(row.terms.all()),
        disclosure=instrument.Disclosure(row.disclosure),
        links=_links(row.links.all()),
    )


def _total(row: models.Total) -> instrument.Total:
    return instrument.Total(
        code=row.code,
        label=row.label,
        condition=_condition(row.terms.all()),
        sum_of=row.sum_of.code if row.sum_of else "",
        unit=row.unit,
        share_of=tuple(row.share_of),
        links=_links(row.links.all()),
    )


def _condition(terms: Iterable[models.Term]) -> instrument.Condition:
    groups: dict[int, list[instrument.Term]] = {}
    for row in terms:
        groups.setdefault(row.group, []).append(_term(row))
    return tuple(tuple(group) for _, group in sorted(groups.items()))


def _term(row: models.Term) -> instrument.Term:
    if row.source_question:
        kind, source = instrument.SourceKind.QUESTION, row.source_question.code
    elif row.source_total:
        kind, source = instrument.SourceKind.TOTAL, row.source_total.code
    elif row.source_library:
        kind, source = instrument.SourceKind.LIBRARY, row.source_library
    else:
        kind, source = instrument.SourceKind.LAST_WAVE, row.source_last_wave
    return instrument.Term(kind, source, instrument.Operator(row.operator), tuple(row.values))


def _links(rows: Iterable[models.Link]) -> tuple[instrument.Link, ...]:
    return tuple(
        instrument.Link(row.school_year, row.earlier_code, instrument.Comparability(row.comparability), row.reason)
        for row in rows
    )


def _check(row: models.Check) -> instrument.Check:
    return instrument.Check(
        code=row.code,
        severity=instrument.Severity(row.severity),
        question=row.question.code,
        message=row.message,
        minimum=_plain(row.minimum),
        maximum=_plain(row.maximum),
        at_most_question=row.at_most_question.code if row.at_most_question else "",
        at_most_total=row.at_most_total.code if row.at_most_total else "",
        plus=tuple(row.plus),
        change_percent=_plain(row.change_percent),
        change_floor=_plain(row.change_floor),
        is_complete_row=row.is_complete_row,
    )


def _plain(number: Decimal | None) -> Decimal | None:
    """The number without the trailing zeros that the column's scale gives it."""
    if number is None:
        return None
    whole = number.to_integral_value()
    return whole if whole == number else number.normalize()
