"""The sections beside every page of a response, and the progress. Drawn in Python, as every page has all of it."""

from collections.abc import Mapping
from functools import lru_cache

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from surveys.html import fill
from surveys.instrument import Section
from surveys.rules import Progress
from surveys.sheets import Sheet

KEPT = 8192  # drawn sections per process

CURRENT = SafeString(' aria-current="step"')


def section_steps(sheet: Sheet, current: Section | None, *, own: Mapping[str, bool], is_ours: bool) -> SafeString:
    """The sections, each a piece of the page; a link when it can be filled in.

    `own` says of the sections that somebody takes care of whether that is the user; `is_ours` whether they may fill in.
    """
    language = get_language()
    drawn = []
    for section in sheet.instrument.sections:
        progress = sheet.progress[section.code]
        is_own, is_current = own.get(section.code, False), section is current
        is_undecided = section.code in sheet.undecided
        name = (sheet.entry.pk, section.code, section.title)
        drawn.append(_step(language, *name, progress, is_current, is_ours, is_own, is_undecided))
    return SafeString("\n".join(drawn))


@lru_cache(KEPT)  # working an address out takes longer than drawing a step
def section_url(entry_id: int, code: str) -> str:
    return reverse("surveys:response-section", args=[entry_id, code])


@lru_cache(KEPT)  # from one page to the next at most one or two change
def _step(
    _language: str | None,
    entry_id: int,
    code: str,
    title: str,
    progress: Progress,
    is_current: bool,
    is_ours: bool,
    is_own: bool,
    is_undecided: bool,
) -> SafeString:
    is_link = is_ours and progress.asked > 0
    url = section_url(entry_id, code)
    if progress.asked:
        count = _("%(done)s of %(total)s") % {"done": progress.answered, "total": progress.asked}
    else:
        count = _("may follow") if is_undecided else _("not for you")
    return fill(
        '<li id="stap-{}" data-piece>{}{} <span class="section-count{}">{}</span>{}</li>',
        code,
        fill('<a href="{}"{}>', url, CURRENT if is_current else "") if is_link else SafeString("<span>"),
        fill('<span>{} <span class="own-section">{}</span></span>', title, _("yours")) if is_own and is_link else title,
        " done" if is_link and progress.is_done else "",
        count,
        SafeString("</a>" if is_link else "</span>"),
    )


@lru_cache(KEPT)
def _progress_block(_language: str | None, ready: Progress) -> SafeString:
    return fill(
        '<div class="progress-block" id="voortgang-blok" data-piece>'
        '<label for="voortgang"><span>{}</span> <span class="num quiet">{}</span></label>'
        '<progress id="voortgang" value="{}" max="{}"></progress></div>',
        _("Sections ready"),
        _("%(done)s of %(total)s") % {"done": ready.answered, "total": ready.asked},
        ready.answered,
        ready.asked or 1,
    )


def progress_block(ready: Progress) -> SafeString:
    """How many sections are ready, as a piece of the page."""
    return _progress_block(get_language(), ready)
