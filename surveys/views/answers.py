"""Answers to read as HTML. In Python, as a city's page has thousands of cells."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from surveys.forms.drawing import NOTHING, joined
from surveys.html import fill
from surveys.sheets import Stored
from surveys.views.reading import Line, RosterLine, SectionText
from surveys.wording import Shown

NONE = "\N{EN DASH}"  # in a table, of a cell or a change
LINE = '<span class="d-block">{}</span>'


def answers_html(sections: Iterable[SectionText], *, level: int = 2, history_of: int | None = None) -> SafeString:
    """The sections that ask something, under headings of this level.

    `history_of` is the frame entry whose history is a link beside each answer, with who gave it; None shows neither.
    """
    history = "" if history_of is None else reverse("surveys:team-history", args=[history_of])
    return joined(_section(section, level, history) for section in sections if section.lines or section.roster)


def _section(section: SectionText, level: int, history: str) -> SafeString:
    return fill(
        '<section aria-labelledby="onderdeel-{code}"><h{level} id="onderdeel-{code}">{title}</h{level}>{lines}{roster}'
        "</section>",
        code=section.code,
        level=level,
        title=section.title,
        lines=_lines(section.lines, history) if section.lines else NOTHING,
        roster=_roster(section, history) if section.roster else NOTHING,
    )


def _lines(lines: Iterable[Line], history: str) -> SafeString:
    unanswered = fill('<span class="quiet">{}</span>', _("Not answered"))
    return fill(
        '<dl class="facts">{}</dl>',
        joined(
            fill(
                '<dt><span class="question-number">{}</span> {}</dt><dd>{}{}{}</dd>',
                line.number,
                line.question.text,
                _texts(line.shown) or unanswered,
                fill('<span class="quiet"> ({})</span>', line.shown.note) if line.shown.note else "",
                _line_change(line, history) if history else "",
            )
            for line in lines
        ),
    )


def _texts(shown: Shown) -> SafeString:
    return joined(fill(LINE, text) for text in shown.lines)


def _line_change(line: Line, history: str) -> SafeString:
    if not line.stored.version:
        return NOTHING
    return fill(
        '<span class="d-block small"><span class="quiet">{}</span> {}</span>',
        _change(line.stored),
        _history_link(f"{history}?vraag={line.question.code}", line.question.label),
    )


def _change(stored: Stored) -> str:
    """Who, and when: "Anna, 2 maart 2026, 12:00"."""
    moment = date_format(timezone.localtime(stored.changed_at), "j F Y, H:i")
    return f"{stored.changed_by}, {moment}" if stored.changed_by else moment


def _history_link(address: str, of_what: str) -> SafeString:
    return fill('<a href="{}">{}<span class="visually-hidden">: {}</span></a>', address, _("history"), of_what)


def _roster(section: SectionText, history: str) -> SafeString:
    n = len(section.roster)
    heads = [_("School"), *(question.column or question.label for question in section.columns)]
    if history:
        heads.append(_("Last change"))
    not_asked = fill('<td role="cell" data-label="{{}}" class="not-asked">{}</td>', _("not asked"))
    return fill(
        '<div class="roster-scroll" role="region" aria-labelledby="rooster-{code}" tabindex="0">'
        '<table class="roster" role="table"><caption id="rooster-{code}">{title}: {count}</caption>'
        '<thead role="rowgroup"><tr role="row">{heads}</tr></thead><tbody role="rowgroup">{rows}</tbody></table></div>',
        code=section.code,
        title=section.title,
        count=ngettext("%(count)s school location", "%(count)s school locations", n) % {"count": n},
        heads=joined(fill('<th scope="col" role="columnheader">{}</th>', head) for head in heads),
        rows=joined(_row(row, not_asked, history) for row in section.roster),
    )


def _row(row: RosterLine, not_asked: SafeString, history: str) -> SafeString:
    return fill(
        '<tr role="row"><th scope="row" role="rowheader">{}<span class="quiet">{}, {}</span></th>{}{}</tr>',
        row.name,
        row.code,
        row.municipality,
        joined(
            fill('<td role="cell" data-label="{}">{}</td>', question.column, _texts(shown) or NONE)
            if shown
            else fill(not_asked, question.column)
            for question, shown in row.cells
        ),
        _row_change(row, history) if history else "",
    )


def _row_change(row: RosterLine, history: str) -> SafeString:
    change: SafeString | str = NONE
    if row.last.version:
        link = _history_link(f"{history}?school={row.code}", row.name)
        change = fill("{} {}", _change(row.last), link)
    return fill('<td role="cell" data-label="{}">{}</td>', _("Last change"), change)
