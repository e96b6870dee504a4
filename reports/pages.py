"""From the texts of a publication to its pages: every text checked, every number written out, every chart drawn.

Nothing is stored here. The pages hold no address of their own and no word about the reader, so they can be frozen:
links inside a publication are relative and lead within the same version.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from reports import charts, livetext
from reports.livetext import Directive, Document, Fault, Lookup, Prose
from reports.livetext.document import TABLES
from reports.lookup import lookup_of
from reports.models import Chapter, Publication
from reports.models.publications import LANDING
from reports.selectors import WaveKey


@dataclass(frozen=True, slots=True, order=True)
class PageFault:
    """A fault in one of a publication's texts. `where` is the chapter's title, or what the text is."""

    where: str
    fault: Fault

    def __str__(self) -> str:
        return f"{self.where}, {self.fault}"


class PagesFaulty(Exception):
    """Pages that can't be made because texts have faults."""

    def __init__(self, faults: list[PageFault]) -> None:
        self.faults = faults
        super().__init__("\n".join(map(str, faults)))


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished page. `path` is LANDING or the slug of a chapter."""

    path: str
    title: str
    html: str

    @property
    def etag(self) -> str:
        return hashlib.sha256(f"{self.path}\0{self.title}\0{self.html}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Part:
    """What stands on a page, in order: one of prose, a chart or a table."""

    html: livetext.Html | None = None
    chart: charts.Chart | None = None
    table: charts.Table | None = None


@dataclass(frozen=True)
class Composer:
    """Makes the pages of one publication, with the figures as they are now."""

    publication: Publication

    @cached_property
    def lookup(self) -> Lookup:
        publication = self.publication
        return lookup_of(WaveKey(publication.survey, publication.school_year), publication.selections)

    @cached_property
    def chapters(self) -> list[Chapter]:
        return list(self.publication.chapters.order_by("position"))

    @property
    def has_values(self) -> bool:
        """Whether the wave has figures yet; before that only names can be judged."""
        return bool(self.lookup.figures.get(self.lookup.this_wave))

    def texts(self, path: str | None = None) -> Iterator[tuple[str, str]]:
        """The texts of one page, or of all, each with what it is called in a list of faults."""
        if path in (None, LANDING):
            yield _("Lead"), self.publication.lead
            for rank, figure in enumerate(self.publication.key_figures, start=1):
                yield _("Key figure %(rank)s") % {"rank": rank}, figure["value"]
                yield _("Key figure %(rank)s") % {"rank": rank}, figure["label"]
            yield _("About this research"), self.publication.about
        for chapter in self.chapters:
            if path in (None, chapter.slug):
                yield chapter.title, chapter.markdown

    def faults(self, path: str | None = None) -> list[PageFault]:
        """What is wrong with the texts of one page or of all. While there are no figures: with the names in them."""
        return [
            PageFault(where, fault)
            for where, text in self.texts(path)
            for fault in livetext.check(livetext.parse(text), self.lookup, has_values=self.has_values)
        ]

    def pages(self) -> list[Rendered]:
        """Every page, or PagesFaulty with everything that is wrong with any. Only for a wave that has figures."""
        if faults := self.faults():
            raise PagesFaulty(faults)
        return [self._landing(), *(self._chapter(chapter) for chapter in self.chapters)]

    def page(self, path: str) -> Rendered | None:
        """One page as it would be published now, whatever is wrong with the others; None for an unknown path."""
        if faults := self.faults(path):
            raise PagesFaulty(faults)
        if path == LANDING:
            return self._landing()
        return next((self._chapter(chapter) for chapter in self.chapters if chapter.slug == path), None)

    def _landing(self) -> Rendered:
        publication = self.publication
        key_figures = [
            {"value": self._inline(f"## {figure['value']}"), "label": self._inline(figure["label"])}
            for figure in publication.key_figures
        ]
        context = {
            "publication": publication,
            "chapters": self.chapters,
            "lead": self._parts(livetext.parse(publication.lead)),
            "about": self._parts(livetext.parse(publication.about)),
            "key_figures": key_figures,
        }
        html = render_to_string("reports/publication_landing.html", context)
        return Rendered(LANDING, publication.title, html)

    def _chapter(self, chapter: Chapter) -> Rendered:
        place = self.chapters.index(chapter)
        context = {
            "publication": self.publication,
            "chapters": self.chapters,
            "chapter": chapter,
            "rank": place + 1,
            "previous": self.chapters[place - 1] if place else None,
            "next": self.chapters[place + 1] if place + 1 < len(self.chapters) else None,
            "parts": self._parts(livetext.parse(chapter.markdown)),
        }
        html = render_to_string("reports/publication_chapter.html", context)
        return Rendered(chapter.slug, chapter.title, html)

    def _parts(self, document: Document) -> list[Part]:
        n_waves = self.publication.n_waves
        parts: list[Part] = []
        for item in livetext.render(document, self.lookup):
            match item:
                case Prose():
                    parts.append(Part(html=item.html))
                case Directive(kind=kind, code=code) if kind == TABLES:
                    codes = self.lookup.sections[code]
                    parts += map(_part, charts.section(codes, self.lookup, n_waves=n_waves))
                case Directive(code=code, title=title):
                    variable = self.lookup.variables[code]
                    parts.append(_part(charts.chart(variable, self.lookup, title=title, n_waves=n_waves)))
        return parts

    def _inline(self, text: str) -> livetext.Html:
        """A text of one line without the paragraph or heading around it; as a heading it prints no N of its own."""
        html = "".join(part.html or "" for part in self._parts(livetext.parse(text))).strip()
        for tag in ("p", "h2"):
            html = html.removeprefix(f"<{tag}>").removesuffix(f"</{tag}>")
        return livetext.sanitised(html)


def _part(drawn: charts.Chart | charts.Table) -> Part:
    return Part(chart=drawn) if isinstance(drawn, charts.Chart) else Part(table=drawn)
