"""Live text: Markdown in which every number is a reference to a figure. Pure: parse, check, render.

[[partners.municipality]]                     92%
[[partners.municipality @vorige]]             the wave before; also @2019-2020
[[partners.municipality :grootte=klein]]      one group; also :provincie=Gelderland
[[partners.municipality als aantal]]          124
[[partners.municipality als van]]             124 van de 135
[[partners.municipality als woorden]]         ruim negen op de tien; with a noun: als woorden bibliotheken
[[partners.municipality als reeks 3]]         van 54% in … en 62% in … naar 75% in …
[[partners als top 4]]                        de gemeente (92%), POI's (79%) en …
[[partners als basis]]                        N: 135
[[cooperating_locations als som]]             numbers and totals: som, gemiddelde, mediaan, aandeel
[[digital_locations.cooperating_locations]]   Σ digital_locations as a share of Σ cooperating_locations
[[response als van]]                          the response
[[meting]]                                    2021-2022; [[meting @vorige]]
::: grafiek partners A title of one's own     a chart
::: tabellen collectie                        charts and tables of every question of a section
"""

from dataclasses import dataclass

import nh3

from reports.livetext.document import MARKDOWN, Directive, Document, parse
from reports.livetext.evaluation import evaluate
from reports.livetext.reference import Fault
from reports.livetext.vocabulary import Choice, Earlier, Lookup, Variable

TAGS = {"a", "blockquote", "br", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "strong"} | {
    *("table", "tbody", "td", "th", "thead", "tr", "ul")
}


class Html(str):
    """Ready-made HTML, printed by templates as it is: from `sanitised`, or of a page that a template made."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


@dataclass(frozen=True, slots=True)
class Prose:
    html: Html


def check(document: Document, lookup: Lookup, *, has_values: bool = True) -> list[Fault]:
    """Everything that is wrong with the text for this wave. Without values (no figures yet): names only."""
    return evaluate(document, lookup, has_values=has_values)[1]


def render(document: Document, lookup: Lookup) -> list[Prose | Directive]:
    """The text for this wave, cut at its blocks. ValueError for a text that `check` finds fault with."""
    texts, faults = evaluate(document, lookup)
    if faults:
        raise ValueError(str(faults[0]))
    parts: list[Prose | Directive] = []
    start = 0
    places = [place for place, token in enumerate(document.tokens) if token.type == "directive"]
    for place in [*places, len(document.tokens)]:
        if tokens := document.tokens[start:place]:
            html = MARKDOWN.renderer.render(tokens, MARKDOWN.options, {"texts": texts})
            parts.append(Prose(sanitised(html)))
        if place < len(document.tokens):
            parts.append(document.tokens[place].meta["directive"])
        start = place + 1
    return parts


def sanitised(html: str) -> Html:
    """HTML with only the tags that live text can make; links to the web, to mail or within the site."""
    attributes = {"a": {"href", "title"}}
    return Html(nh3.clean(html, tags=TAGS, attributes=attributes, url_schemes={"http", "https", "mailto"}))


__all__ = [
    "Choice",
    "Directive",
    "Document",
    "Earlier",
    "Fault",
    "Html",
    "Lookup",
    "Prose",
    "Variable",
    "check",
    "parse",
    "render",
]
