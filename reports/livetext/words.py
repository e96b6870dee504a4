"""Numbers in Dutch words and signs: what sentences, chart labels and captions print for a figure."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from reports.figures import (
    LIBRARIES,
    LOCATIONS,
    SMALLEST_PERCENT_BASE,
    Figure,
    Kind,
    Measure,
    dutch,
    percent,
    show,
    show_of,
)

FRACTIONS = (
    (Fraction(20), "één op de vijf", False),
    (Fraction(25), "een kwart", True),
    (Fraction(30), "drie op de tien", False),
    (Fraction(100, 3), "een derde", True),
    (Fraction(40), "twee op de vijf", False),
    (Fraction(50), "de helft", True),
    (Fraction(60), "drie op de vijf", False),
    (Fraction(200, 3), "twee derde", True),
    (Fraction(70), "zeven op de tien", False),
    (Fraction(75), "driekwart", True),
    (Fraction(80), "vier op de vijf", False),
    (Fraction(90), "negen op de tien", False),
)
NEARLY_ALL = 93
# From here fractions; below it "één op de N", whose steps are finer there.
SMALLEST_FRACTION = 18
NUMBERS = (
    *("nul", "één", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien", "elf", "twaalf"),
    *("dertien", "veertien", "vijftien", "zestien", "zeventien", "achttien", "negentien", "twintig"),
)
UNITS = {LIBRARIES: "bibliotheken", LOCATIONS: "schoollocaties"}


def whole(number: int) -> str:
    return dutch(Decimal(number))


def is_small(figure: Figure) -> bool:
    """Whether the base allows counts only. Of a published figure the base may be unknown: then not."""
    return figure.is_share and not figure.is_published_only and base_size(figure) < SMALLEST_PERCENT_BASE


def is_suppressed(figure: Figure, kind: Kind) -> bool:
    """Whether fewer than ten gave this number: a sum or mean would tell too much. Totals over the roster are facts."""
    is_number = not figure.is_share and figure.measure != Measure.COUNT and kind is not Kind.TOTAL
    return is_number and not figure.is_published_only and figure.n < SMALLEST_PERCENT_BASE


def shown(figure: Figure) -> str:
    """The figure as `figures.show` prints it; "ongeveer" and "ten minste" where it is that."""
    text = show(replace(figure, is_approximate=False))
    if figure.is_approximate:
        return f"ongeveer {text}"
    if figure.measure == Measure.SUM and figure.n_missing:
        return f"ten minste {text}"
    return text


def base_size(figure: Figure) -> Decimal:
    """How many the base counts. Of pooled numbers with decimals `n` is in parts."""
    return Decimal(figure.n) / (figure.scale if figure.is_share else 1)


def base(figure: Figure, unit: str) -> str:
    """ "N: 135", and what it counts when that isn't libraries."""
    n = dutch(base_size(figure))
    return f"N: {n}" if unit == UNITS[LIBRARIES] else f"N: {n} {unit}"


def base_unit(figure: Figure, is_per_school: bool) -> str:
    """What the base counts, in Dutch."""
    if figure.measure == Measure.POOLED_SHARE:
        return UNITS.get(figure.unit, figure.unit)
    return UNITS[LOCATIONS if is_per_school else LIBRARIES]


def enumerate_words(parts: Sequence[str]) -> str:
    """ "a", "a en b", "a, b en c"."""
    *head, last = parts
    return f"{', '.join(head)} en {last}" if head else last


def share_words(figure: Figure, noun: str = "", *, is_complete: bool = True) -> str:
    """A share in words: "ruim negen op de tien"; with a noun tied on to it: "een kwart van de bibliotheken".

    "Alle" only when all are in it, "alle deelnemende" when not all answered (or the response isn't complete).
    The nearest simple fraction is said bare within one percent point, and within five with "bijna" or "ruim".
    """
    value = figure.value
    if value is None:
        raise ValueError("A figure without answers has no words.")
    if is_small(figure):
        return f"{show_of(figure)} {noun}".strip()
    if value == 0:
        return _joined("geen", noun, False)
    if value == 1 and not figure.is_published_only:
        return _joined("alle" if is_complete and figure.n == figure.N else "alle deelnemende", noun, False)
    rounded = percent(value.numerator, value.denominator)
    if rounded >= NEARLY_ALL:
        return _joined("vrijwel alle", noun, False)
    if rounded < SMALLEST_FRACTION:
        parts = percent(value.denominator, value.numerator * 100)  # the nearest N of "één op de N"
        return _joined(f"één op de {NUMBERS[parts] if parts < len(NUMBERS) else whole(parts)}", noun, False)
    near, words, needs_of = min(FRACTIONS, key=lambda fraction: (abs(rounded - fraction[0]), fraction[0]))
    distance = rounded - near
    nuance = "" if abs(distance) <= 1 else "bijna " if distance < 0 else "ruim "
    return _joined(nuance + words, noun, needs_of)


def _joined(words: str, noun: str, needs_of: bool) -> str:
    if not noun:
        return words
    return f"{words} van de {noun}" if needs_of else f"{words} {noun}"


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
