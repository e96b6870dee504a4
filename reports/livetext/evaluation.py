"""Judging and writing out references: does the name exist, may it take this form, what does it print here?

The base rules live here: a base of 10 to 29 is always printed with its percentage, a base under 10 gives
counts, and a figure whose base differs from its block's base prints its own N. A block runs from one heading
to the next; its base is that of its first chart, or, without a chart, what the first figure has printed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

from reports.figures import FULL_BASE, NATIONAL, POSITIVE, RESPONSE, Figure, Kind, Measure, show_of
from reports.livetext import words
from reports.livetext.document import CHART, TABLES, Directive, Document, Mention
from reports.livetext.reference import SCHOOL_YEAR, Fault, Reference, Refused, suggest
from reports.livetext.vocabulary import GROUPS, Lookup, Variable

SENTENCE_END = re.compile(r"[.!?][)\"'\u2019\u201d]*\s+$")
RELATIVE = {"deze": 0, "vorige": 1}
# Disclosure: what is not open is broken down for groups of ten and more, and not when a few stand apart.
SMALLEST_GROUP = 10
SMALLEST_CELL = 3

# What a base is of: the wave, what is counted, and how many.
Base = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Target:
    """A reference whose names all exist."""

    reference: Reference
    variable: Variable
    wave: str
    group: str
    measure: Measure


@dataclass(slots=True)
class Block:
    """What readers of a block already know about bases."""

    chart: Variable | None = None
    bases: set[Base] = field(default_factory=set)


def evaluate(document: Document, lookup: Lookup, *, has_values: bool = True) -> tuple[dict[int, str], list[Fault]]:
    """The text of each reference by the id of its token, and what is wrong. Without values names only."""
    texts: dict[int, str] = {}
    faults = list(document.faults)
    block = Block(_first_chart(document.tokens, 0, lookup))
    is_heading = False
    for place, token in enumerate(document.tokens):
        if token.type == "heading_open":
            block, is_heading = Block(_first_chart(document.tokens, place + 1, lookup)), True
        elif token.type == "heading_close":
            is_heading = False
        elif token.type == "directive":
            faults += _judge_directive(token.meta["directive"], lookup, has_values)
        elif token.type == "inline":
            known = set(block.bases)
            for child, mention, before in _mentions(token, texts):
                try:
                    target = resolve(mention.reference, lookup) if mention.reference.code != SCHOOL_YEAR else None
                    if target is None:
                        texts[id(child)] = _school_year(mention.reference, lookup)
                    elif has_values:
                        text = _text(target, lookup, block.chart, None if is_heading else known)
                        is_start = not before.strip() or SENTENCE_END.search(before)
                        texts[id(child)] = words.capitalised(text) if is_start else text
                except Refused as refusal:
                    faults.append(Fault(mention.line, mention.column, refusal.message))
            if block.chart is None and not is_heading:
                block.bases = known
    return texts, sorted(faults)


def _mentions(inline: Token, texts: dict[int, str]) -> Iterator[tuple[Token, Mention, str]]:
    """The references of a paragraph, each with the text before it as it reads so far."""
    before = ""
    for child in inline.children or ():
        if child.type != "reference":
            before += " " if child.type in ("softbreak", "hardbreak") else child.content
        elif "mention" in child.meta:
            yield child, child.meta["mention"], before
            before += texts.get(id(child), "")


def _first_chart(tokens: Sequence[Token], start: int, lookup: Lookup) -> Variable | None:
    """The question of the first chart before the next heading."""
    for token in tokens[start:]:
        if token.type == "heading_open":
            return None
        if token.type == "directive" and token.meta["directive"].kind == CHART:
            return lookup.variables.get(token.meta["directive"].code)
    return None


def _judge_directive(directive: Directive, lookup: Lookup, has_values: bool) -> list[Fault]:
    known = {CHART: lookup.variables, TABLES: lookup.sections}.get(directive.kind)
    if known is None or not directive.code:
        return []  # a fault of the syntax already
    column = len(f"::: {directive.kind} ") + 1
    if directive.code not in known:
        kind = "onderdeel" if directive.kind == TABLES else "vraag of totaal"
        message = f"Onbekend {kind} '{directive.code}'{suggest(directive.code, known)}"
        return [Fault(directive.line, column, message)]
    if directive.kind == CHART:
        variable = lookup.variables[directive.code]
        if variable.kind is Kind.TEXT:
            return [Fault(directive.line, column, f"'{directive.code}' is een open vraag en heeft geen grafiek.")]
        if has_values and lookup.base(variable, lookup.this_wave) is None:
            return [Fault(directive.line, column, f"'{directive.code}' heeft in {lookup.this_wave} geen antwoorden.")]
    return []


# --- Names


def resolve(reference: Reference, lookup: Lookup) -> Target:
    """The reference with all its names found, or Refused with what was probably meant."""
    variable = lookup.variables.get(reference.code)
    if variable is None:
        hint = suggest(reference.code, [*lookup.variables, SCHOOL_YEAR])
        raise Refused(f"Onbekende vraag of onbekend totaal '{reference.code}'{hint}")
    targets = variable.targets
    if reference.option not in targets:
        hint = suggest(reference.option, filter(None, targets))
        raise Refused(f"'{reference.code}' heeft geen '{reference.option}'{hint}")
    forms = targets[reference.option]
    if reference.form not in forms:
        raise Refused(_wrong_form(reference, tuple(forms), tuple(targets)))
    wave = _wave(reference.wave, lookup)
    group = NATIONAL
    if reference.group:
        key, value = reference.group
        if key not in GROUPS:
            raise Refused(f"Onbekende groep '{key}'{suggest(key, GROUPS)}")
        prefix, values = GROUPS[key]
        if value not in values:
            raise Refused(f"Onbekende {key} '{value}'{suggest(value, values)}")
        group = f"{prefix}{value}"
    if reference.form == "reeks" and wave != lookup.this_wave:
        raise Refused("Een reeks eindigt altijd bij deze meting; laat de @meting weg.")
    return Target(reference, variable, wave, group, forms[reference.form])


def _wrong_form(reference: Reference, forms: tuple[str, ...], targets: tuple[str, ...]) -> str:
    known = ", ".join(f"als {form}" for form in forms if form)
    if reference.form:
        return f"De vorm '{reference.form}' past niet bij '{reference.name}'" + (f"; wel: {known}." if known else ".")
    options = [target for target in targets if target]
    example = f"noem wat u bedoelt, bijvoorbeeld [[{reference.code}.{options[0]}]]" if options else ""
    form = f"kies een vorm: {known}" if known else ""
    return f"'{reference.name}' is geen los getal: {', of '.join(filter(None, (example, form)))}."


def _wave(written: str, lookup: Lookup) -> str:
    if written in RELATIVE:
        place = RELATIVE[written]
        if place >= len(lookup.waves):
            raise Refused(f"Er is geen meting vóór {lookup.this_wave}.")
        return lookup.waves[place]
    if written not in lookup.waves:
        raise Refused(f"Onbekende meting '{written}'{suggest(written, [*RELATIVE, *lookup.waves])}")
    return written


def _school_year(reference: Reference, lookup: Lookup) -> str:
    if reference.option or reference.form or reference.group:
        raise Refused(f"Bij '{SCHOOL_YEAR}' kan alleen een @meting staan.")
    return _wave(reference.wave, lookup)


# --- Values


def _text(target: Target, lookup: Lookup, chart: Variable | None, known: set[Base] | None) -> str:
    """What the reference prints. `known`: the bases told so far (None in a heading, which prints no N)."""
    reference, variable = target.reference, target.variable
    if reference.form == "top":
        return _top(target, lookup, chart, known)
    figure = _figure(target, lookup, reference.option or _any_option(target))
    unit = words.base_unit(figure, variable.is_per_school)
    match reference.form:
        case "basis":
            if known is not None:
                known.add((target.wave, unit, figure.n))
            return words.base(figure, unit)
        case "reeks":
            text = _series(target, lookup)
        case "van":
            if known is not None:
                known.add((target.wave, unit, figure.n))
            return show_of(_computed(figure, reference))
        case "aantal":
            text = words.whole(_computed(figure, reference).k)
        case "woorden":
            text = words.share_words(figure, reference.noun, is_complete=_has_full_response(target, lookup))
        case _:
            text = words.shown(figure)
    return text + _own_base(target, figure, lookup, chart, known)


def _figure(target: Target, lookup: Lookup, option: str) -> Figure:
    """The figure with an answer in it, or Refused; also when showing it would tell about single libraries."""
    figure = lookup.figure(target.wave, target.variable, option, target.measure, target.group)
    name = f"'{target.reference.name}'"
    if figure is None:
        raise Refused(f"Van {name} is er geen cijfer in {target.wave}.")
    if figure.value is None or not (figure.n or figure.is_published_only):
        raise Refused(f"Op {name} heeft in {target.wave} niemand geantwoord.")
    if words.is_suppressed(figure, target.variable.kind):
        raise Refused(f"Het cijfer van {name} is onderdrukt: het rust op minder dan tien antwoorden.")
    if target.group != NATIONAL and not target.variable.is_open:
        n = figure.n_libraries or figure.n
        is_telling = figure.is_share and (0 < figure.k < SMALLEST_CELL or 0 < figure.n - figure.k < SMALLEST_CELL)
        if n < SMALLEST_GROUP or is_telling:
            raise Refused(f"Het cijfer van {name} is voor deze groep onderdrukt: het gaat om te weinig bibliotheken.")
    return figure


def _has_full_response(target: Target, lookup: Lookup) -> bool:
    """Whether everybody responded: the base of a question with a route can't tell who didn't."""
    response = lookup.figures.get(target.wave, {}).get((RESPONSE, "", target.group, Measure.SHARE))
    return response is not None and response.k == response.n


def _computed(figure: Figure, reference: Reference) -> Figure:
    if figure.is_published_only:
        raise Refused(f"Van '{reference.name}' is in die meting alleen het percentage bekend, niet het aantal.")
    return figure


def _any_option(target: Target) -> str:
    """An option to read the base of a question from."""
    if target.variable.kind is Kind.MATRIX:
        return f"{target.variable.rows[0].code}.{POSITIVE}"
    if target.variable.kind in (Kind.ONE, Kind.SEVERAL) and target.variable.options:
        return target.variable.options[0].code
    return ""


def _own_base(target: Target, figure: Figure, lookup: Lookup, chart: Variable | None, known: set[Base] | None) -> str:
    """ " (N: 36)" where the reader doesn't know this base yet, and always with a base under 30."""
    if figure.n == 0 or words.is_small(figure):
        return ""  # the base is unknown, or printed already
    unit = words.base_unit(figure, target.variable.is_per_school)
    base = (target.wave, unit, figure.n)
    text = f" ({words.base(figure, unit)})"
    if words.base_size(figure) < FULL_BASE:
        return text
    if known is None or base in known:
        return ""
    if chart is not None:
        of_chart = lookup.base(chart, target.wave)
        if of_chart is None and target.wave != lookup.this_wave:
            return ""
        if of_chart and (of_chart.n, words.base_unit(of_chart, chart.is_per_school)) == (figure.n, unit):
            return ""
    elif target.wave != lookup.this_wave:
        return ""
    known.add(base)
    return text


def _series(target: Target, lookup: Lookup) -> str:
    """ "van 54% in 2019-2020 en 62% in 2020-2021 naar 75% in 2021-2022"; no wave with a base under 30."""
    found = lookup.series(target.variable, target.reference.option, target.measure, target.group)
    usable = [(wave, figure) for wave, figure in found if not 0 < words.base_size(figure) < FULL_BASE]
    steps = [f"{words.shown(figure)} in {wave}" for wave, figure in usable[: target.reference.count]]
    if len(steps) < 2 or usable[0][0] != lookup.this_wave:
        raise Refused(f"'{target.reference.name}' heeft geen eerdere meting om mee te vergelijken.")
    now, *earlier = steps
    return f"van {words.enumerate_words(earlier[::-1])} naar {now}"


def _top(target: Target, lookup: Lookup, chart: Variable | None, known: set[Base] | None) -> str:
    """ "de gemeente (92%), POI's (79%) en culturele instellingen (73%)"; never the rest options."""
    found = [(_figure(target, lookup, option), choice) for option, choice in target.variable.ranked()]
    if not found:
        raise Refused(f"'{target.reference.name}' heeft geen opties om te rangschikken.")
    found.sort(key=lambda pair: pair[0].value or 0, reverse=True)
    best = found[: target.reference.count]
    text = words.enumerate_words([f"{choice.label} ({words.shown(figure)})" for figure, choice in best])
    return text + _own_base(target, best[0][0], lookup, chart, known)
