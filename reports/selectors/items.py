"""What there is to count in a wave: its questionnaire as items of `figures`."""

from itertools import pairwise

from reports.figures import LOCATIONS, Class, Item, Kind
from surveys import dataset
from surveys.dataset import Instrument, Level, Question, Total, Type, WaveKey

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

# Numbers that the reports have always shown in classes as well; the limits between the classes.
CLASS_LIMITS = {"members_4_12": (3000, 5000, 8000)}


def items_of(wave: WaveKey) -> tuple[Item, ...]:
    """Everything there is to count in the wave: its questions in their order, then its named totals."""
    return items(dataset.codebook(wave))


def items(instrument: Instrument) -> tuple[Item, ...]:
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
