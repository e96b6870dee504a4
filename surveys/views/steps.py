"""The sections beside every page of a response, and the progress. Drawn in Python, as every page has all of it."""

from dataclasses import dataclass
from functools import lru_cache

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from surveys.instrument import Section
from surveys.rules import Progress


@dataclass(frozen=True, slots=True)
class SectionStep:
    """A section in the navigation; it is a link when it can be filled in."""

    entry_id: int
    section: Section
    asked: int
    answered: int
    is_current: bool
    is_link: bool
    is_own: bool  # the user takes care of it
    is_undecided: bool  # nothing is asked yet, but that may change with what is answered before it

    @property
    def is_done(self) -> bool:
        return self.answered >= self.asked

    @property
    def url(self) -> str:
        return _section_url(self.entry_id, self.section.code)

    @property
    def _title(self) -> SafeString:
        if not (self.is_own and self.is_link):
            return format_html("{}", self.section.title)
        return format_html('<span>{} <span class="own-section">{}</span></span>', self.section.title, _("yours"))

    @property
    def _count(self) -> str:
        if self.asked:
            return _("%(done)s of %(total)s") % {"done": self.answered, "total": self.asked}
        return _("may follow") if self.is_undecided else _("not for you")

    def __str__(self) -> SafeString:
        """The step as a piece of the page."""
        return format_html(
            '<li id="stap-{}" data-piece>{}{} <span class="section-count{}">{}</span>{}</li>',
            self.section.code,
            format_html('<a href="{}"{}>', self.url, CURRENT if self.is_current else "")
            if self.is_link
            else SafeString("<span>"),
            self._title,
            " done" if self.is_link and self.is_done else "",
            self._count,
            SafeString("</a>" if self.is_link else "</span>"),
        )


CURRENT = SafeString(' aria-current="step"')


@lru_cache(maxsize=4096)  # working an address out takes longer than drawing the step
def _section_url(entry_id: int, code: str) -> str:
    return reverse("surveys:response-section", args=[entry_id, code])


def progress_block(ready: Progress) -> SafeString:
    """How many sections are ready."""
    return format_html(
        '<div class="progress-block" id="voortgang-blok" data-piece>'
        '<label for="voortgang"><span>{}</span> <span class="num quiet">{}</span></label>'
        '<progress id="voortgang" value="{}" max="{}"></progress></div>',
        _("Sections ready"),
        _("%(done)s of %(total)s") % {"done": ready.answered, "total": ready.asked},
        ready.answered,
        ready.asked or 1,
    )
