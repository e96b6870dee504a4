"""Figures as charts and tables: which rows, in which order, with which bars, captions and notes.

A chart is its table (templates/components/chart.html); a question without shares is a plain table
(components/figure_table.html). Pure: figures come from `livetext.Lookup`, every number through `words.shown`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reports.figures import FULL_BASE, LIBRARIES, LOCATIONS, NATIONAL, POSITIVE, Figure, Kind, Measure
from reports.livetext import Choice, Lookup, Variable, words

MOST_WAVES = 4
BARS = ("bar-now", "bar-was-1", "bar-was-2", "bar-was-3")
LOW_BASE = "[u]"
BREAK = "[b]"
SUPPRESSED = "[c]"
NO_FIGURE = "\u2013"
# Units of numbers that say nothing when added up.
NOT_SUMMED = frozenset({"euro", "procent"})


@dataclass(frozen=True, slots=True)
class Wave:
    label: str


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    label: str = ""
    width: int | None = None
    css: str = ""
    flag: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    cells: Sequence[Cell]
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of shares, a column per wave, this wave first."""

    title: str
    caption: str
    waves: Sequence[Wave]
    rows: Sequence[Row]
    unit_note: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers without bars."""

    title: str
    caption: str
    row_heading: str
    columns: Sequence[str]
    rows: Sequence[Row] = field(default_factory=list)
    note: str = ""


def chart(variable: Variable, lookup: Lookup, *, title: str = "", n_waves: int = MOST_WAVES) -> Chart | Table:
    """The chart of a question or total, with earlier waves that the comparability register links."""
    title = title or words.capitalised(variable.label)
    waves = _waves(variable, lookup, n_waves)
    match variable.kind:
        case Kind.ONE | Kind.SEVERAL:
            return _bars(variable, lookup, title, waves, [(o.code, o) for o in variable.options])
        case Kind.MATRIX if variable.positive:
            rows = [(f"{row.code}.{POSITIVE}", row) for row in variable.rows]
            return _bars(variable, lookup, title, waves, rows)
        case Kind.MATRIX:
            return _means(variable, lookup, title, waves)
        case Kind.NUMBERS:
            return _parts(variable, lookup, title)
        case Kind.TEXT:
            given = lookup.figure(lookup.this_wave, variable, "", Measure.COUNT)
            rows_ = [Row("Gegeven antwoorden", [Cell(words.shown(given) if given else NO_FIGURE)])]
            return Table(title, caption(variable, lookup), "Open vraag", [lookup.this_wave], rows_)
        case Kind.NUMBER | Kind.TOTAL:
            return _measures(variable, lookup, title, waves)


def section(codes: Sequence[str], lookup: Lookup, *, n_waves: int = MOST_WAVES) -> Iterator[Chart | Table]:
    """Charts and tables of every question of a section; its totals over the roster in one table."""
    variables = [lookup.variables[code] for code in codes]
    totals = [variable for variable in variables if variable.kind is Kind.TOTAL]
    if totals:
        yield _totals(totals, lookup)
    for variable in variables:
        if variable.kind is not Kind.TOTAL:
            yield chart(variable, lookup, n_waves=n_waves)


def caption(variable: Variable, lookup: Lookup, shown: str = "") -> str:
    """The question as asked, then "(Selectie: …, N: 135)". N counts libraries; of locations it tells both."""
    figure = lookup.base(variable, lookup.this_wave)
    if figure is None:
        base = "N: 0"
    elif variable.is_per_school:
        libraries, locations = words.whole(figure.n_libraries), words.whole(figure.n)
        base = f"N: {libraries} {words.UNITS[LIBRARIES]}, {locations} {words.UNITS[LOCATIONS]}"
    else:
        base = words.base(figure, words.UNITS[LIBRARIES])
    return " ".join(filter(None, (variable.text, shown, f"(Selectie: {variable.selection}, {base})")))


def _waves(variable: Variable, lookup: Lookup, n_waves: int) -> list[str]:
    """This wave, and the earlier ones that the register knows and that have figures of this question."""
    earlier = [
        wave
        for wave in lookup.waves[1:]
        if wave in variable.earlier
        and any(
            lookup.figure(wave, variable, option, measure)
            for option, forms in variable.targets.items()
            for measure in set(forms.values())
        )
    ]
    return [lookup.this_wave, *earlier][: min(n_waves, MOST_WAVES)]


def _cell(figure: Figure | None, variable: Variable, wave: str, place: int) -> Cell:
    if figure is None or figure.value is None:
        return Cell(NO_FIGURE, wave)
    if words.is_suppressed(figure, variable.kind):
        return Cell(NO_FIGURE, wave, flag=SUPPRESSED)
    earlier = variable.earlier.get(wave)
    low = LOW_BASE if 0 < words.base_size(figure) < FULL_BASE else ""
    flag = " ".join(filter(None, (BREAK if place and earlier and earlier.is_break else "", low)))
    width = None if words.is_small(figure) else figure.percent
    return Cell(words.shown(figure), wave, width, BARS[place], flag)


def _note(variable: Variable, lookup: Lookup, waves: Sequence[str], rows: Sequence[Row]) -> str:
    """What a reader needs beside the caption: several answers, other bases, breaks, the flags used."""
    notes = []
    if variable.kind is Kind.SEVERAL:
        most = "Ten hoogste drie antwoorden" if variable.is_top3 else "Meer dan één antwoord"
        notes.append(f"{most} mogelijk.")
    bases = [(wave, lookup.base(variable, wave)) for wave in waves[1:]]
    if known := [f"{words.whole(figure.n)} in {wave}" for wave, figure in bases if figure]:
        notes.append(f"N was {words.enumerate_words(known)}.")
    compared: dict[tuple[bool, str], list[str]] = {}
    for wave in waves[1:]:
        earlier = variable.earlier.get(wave)
        if earlier and earlier.reason:
            compared.setdefault((earlier.is_break, earlier.reason), []).append(wave)
    for (is_break, reason), of_waves in compared.items():
        how = "Niet" if is_break else "Beperkt"
        notes.append(f"{how} vergelijkbaar met {words.enumerate_words(of_waves)}: {_after_colon(reason)}.")
    if at_least := _at_least(rows):
        notes.append(at_least)
    flags = {flag for row in rows for cell in row.cells for flag in cell.flag.split()}
    if BREAK in flags:
        notes.append(f"{BREAK} trendbreuk.")
    if SUPPRESSED in flags:
        notes.append(f"{SUPPRESSED} te weinig antwoorden om te tonen.")
    if LOW_BASE in flags:
        notes.append(f"{LOW_BASE} klein aantal.")
    return " ".join(notes)


def _bars(
    variable: Variable,
    lookup: Lookup,
    title: str,
    waves: Sequence[str],
    choices: Sequence[tuple[str, Choice]],
) -> Chart:
    """Shares by value, the rest options last, children under their parent."""

    def order(pair: tuple[str, Choice]) -> tuple[bool, float]:
        figure = lookup.figure(lookup.this_wave, variable, pair[0], Measure.SHARE)
        return pair[1].is_rest, 0 if pair[1].is_rest else -float(figure.value or 0) if figure else 0

    def below(parent: str, indent: int) -> Iterator[Row]:
        for option, choice in sorted((pair for pair in choices if pair[1].parent == parent), key=order):
            cells = [
                _cell(lookup.figure(wave, variable, option, Measure.SHARE, NATIONAL), variable, wave, place)
                for place, wave in enumerate(waves)
            ]
            yield Row(choice.text, cells, indent)
            yield from below(choice.code, indent + 1)

    rows = list(below("", 0))
    shown = ""
    if variable.kind is Kind.MATRIX:
        scale = [choice.text.lower() for choice in variable.options if choice.code in variable.positive]
        shown = f"Getoond: {' of '.join(scale)}."
    note = _note(variable, lookup, waves, rows)
    heads = [Wave(wave) for wave in waves]
    return Chart(title, caption(variable, lookup, shown), heads, rows, note, f"figuur-{variable.code}")


def _means(variable: Variable, lookup: Lookup, title: str, waves: Sequence[str]) -> Table:
    """A scale of numbers: the mean score of each row."""
    rows = [
        Row(
            row.text,
            [
                _cell(lookup.figure(wave, variable, row.code, Measure.MEAN), variable, wave, place)
                for place, wave in enumerate(waves)
            ],
        )
        for row in variable.rows
    ]
    first, last = variable.options[0].code, variable.options[-1].code
    text = caption(variable, lookup, f"Gemiddelde op een schaal van {first} tot en met {last}.")
    return Table(title, text, "Onderwerp", waves, rows, _note(variable, lookup, waves, rows))


def _measures(variable: Variable, lookup: Lookup, title: str, waves: Sequence[str]) -> Table:
    """A number or total: a row per measure, a column per wave."""
    who = words.UNITS[LOCATIONS if variable.is_per_school else LIBRARIES]
    is_summed = not variable.is_per_school and variable.unit not in NOT_SUMMED
    measures = [
        *((("Totaal", "", Measure.SUM),) if is_summed else ()),
        (f"Gemiddeld per {'schoollocatie' if variable.is_per_school else 'bibliotheek'}", "", Measure.MEAN),
        ("Mediaan", "", Measure.MEDIAN),
        ("Laagste", "", Measure.MIN),
        ("Hoogste", "", Measure.MAX),
        (f"Aandeel {who} met meer dan 0", "", Measure.SHARE),
        *((f"Aandeel van {_label(lookup, base)}", base, Measure.POOLED_SHARE) for base in variable.bases),
        *((f"Aandeel {who} met {_class_words(code)}", code, Measure.SHARE) for code in variable.classes),
    ]
    rows = []
    for label, option, measure in measures:
        found = [lookup.figure(wave, variable, option, measure) for wave in waves]
        if measure == Measure.SHARE and not option and all(figure is None or figure.value == 1 for figure in found):
            continue  # everybody has some: nothing to tell
        if any(found):
            cells = [
                _cell(figure, variable, wave, place)
                for place, (wave, figure) in enumerate(zip(waves, found, strict=True))
            ]
            rows.append(Row(label, cells))
    heading = words.capitalised(variable.unit) or "Maat"
    return Table(title, caption(variable, lookup), heading, waves, rows, _note(variable, lookup, waves, rows))


def _at_least(rows: Sequence[Row]) -> str:
    """What "ten minste" before a sum means, when a cell says so."""
    is_said = any(cell.text.startswith("ten minste") for row in rows for cell in row.cells)
    return "Ten minste: niet iedereen gaf dit aantal op." if is_said else ""


def _after_colon(sentence: str) -> str:
    """The sentence as it goes on after a colon: without capital, unless that is an abbreviation's, and full stop."""
    start = sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() else sentence
    return start.rstrip(".")


def _class_words(code: str) -> str:
    """ "lt_3000", "3000_5000" and "from_8000" as a reader would say it."""
    start, _, end = code.partition("_")
    match start, end:
        case "lt", limit:
            return f"minder dan {words.whole(int(limit))}"
        case "from", limit:
            return f"{words.whole(int(limit))} of meer"
        case _:
            return f"{words.whole(int(start))} tot {words.whole(int(end))}"


def _label(lookup: Lookup, code: str) -> str:
    return lookup.variables[code].label if code in lookup.variables else code


def _parts(variable: Variable, lookup: Lookup, title: str) -> Table:
    """A number per option: sum, mean, median and highest of each, and of all together."""
    columns = {
        "Totaal": Measure.SUM,
        "Gemiddeld": Measure.MEAN,
        "Mediaan": Measure.MEDIAN,
        "Hoogste": Measure.MAX,
    }
    parts = [*((choice.code, choice.text) for choice in variable.options), ("", "Samen")]
    wave = lookup.this_wave
    rows = [
        Row(text, [_cell(lookup.figure(wave, variable, code, m), variable, wave, 0) for m in columns.values()])
        for code, text in parts
    ]
    heading = words.capitalised(variable.unit) or "Onderdeel"
    return Table(title, caption(variable, lookup), heading, list(columns), rows, _note(variable, lookup, [wave], rows))


def _totals(totals: Sequence[Variable], lookup: Lookup) -> Table:
    """Every total over the roster: how many, which share of the totals it is part of, at how many libraries."""
    wave = lookup.this_wave
    bases = list(dict.fromkeys(base for total in totals for base in total.bases))
    rows = []
    for total in totals:
        shares = (
            lookup.figure(wave, total, base, Measure.POOLED_SHARE) if base in total.bases else None for base in bases
        )
        found = [
            lookup.figure(wave, total, "", Measure.SUM),
            *shares,
            lookup.figure(wave, total, "", Measure.SHARE),
        ]
        rows.append(Row(words.capitalised(total.label), [_cell(figure, total, wave, 0) for figure in found]))
    figure = lookup.base(totals[0], wave)
    base = words.base(figure, words.UNITS[LIBRARIES]) if figure else "N: 0"
    return Table(
        "Schoollocaties in cijfers",
        f"Opgeteld over de schoollocaties in het werkgebied. (Selectie: {totals[0].selection}, {base})",
        "Totaal",
        ["Aantal", *(f"Aandeel van {_label(lookup, base)}" for base in bases), "Bibliotheken met één of meer"],
        rows,
        _at_least(rows),
    )
