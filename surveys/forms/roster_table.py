"""How a roster is drawn: which rows are shown, in which order, and the HTML of its rows and cells.

The rows are put together here and not by a template, which takes ten times as long: a large city has 4,000 cells. All
text in them is escaped; pieces that are ready are `SafeString`.
Every row is always on the page, so that no answer gets lost by filtering; those that are not shown are hidden.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Self
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys.cells import OTHER_TEXT
from surveys.forms.roster import PREFIX, Cell, Roster, RosterRow, cell_name
from surveys.instrument import SET_TYPES, Question, Type
from surveys.models import FrameSchool, School

# The names of the fields begin with this; no question's code can hold a dot.
SHOW = "show."
STATES: dict[str, str | Promise] = {
    "": gettext_lazy("all"),
    "open": gettext_lazy("not done yet"),
    "done": gettext_lazy("done"),
    "remark": gettext_lazy("with a remark"),
}
ORDERS: dict[str, str | Promise] = {
    "": gettext_lazy("municipality and name"),
    "name": gettext_lazy("name"),
    "kind": gettext_lazy("kind of school"),
    "pupils": gettext_lazy("number of pupils"),
    "open": gettext_lazy("not done first"),
}


@dataclass(frozen=True, slots=True)
class RosterFilter:
    """Which rows are shown, and in which order; the fields above the table and the address of the page say so.

    static/js/roster.js does the same in the browser, on what stands in the table.
    """

    text: str = ""
    municipality: str = ""
    kind: str = ""
    state: str = ""
    order: str = ""

    @classmethod
    def read(cls, data: QueryDict) -> Self:
        return cls(**{name: data.get(f"{SHOW}{name}", "")[:100] for name in cls.__slots__})

    @property
    def query(self) -> str:
        """As part of an address, with the question mark; empty when everything is shown."""
        given = {f"{SHOW}{name}": text for name, text in asdict(self).items() if text}
        return f"?{urlencode(given)}" if given else ""

    def shows(self, row: RosterRow) -> bool:
        school = row.school
        return (
            self.municipality in ("", school.municipality)
            and self.kind in ("", school.kind)
            and self._shows_state(row)
            and all(word in plain(f"{school.name} {school.code}") for word in plain(self.text).split())
        )

    def _shows_state(self, row: RosterRow) -> bool:
        match self.state:
            case "open":
                return not row.is_done
            case "done":
                return row.is_done
            case "remark":
                return row.has_remark
            case _:
                return True

    def ordered(self, rows: Iterable[RosterRow]) -> list[RosterRow]:
        """The rows in the order that is asked for; equals by municipality, name and code."""
        return sorted(rows, key=lambda row: (self._first(row), *_place(row.school)))

    def _first(self, row: RosterRow) -> str | int:
        match self.order:
            case "name":
                return plain(row.school.name)
            case "kind":
                return str(School.Kind(row.school.kind).label)
            case "pupils":
                return -(row.school.pupils or 0)
            case "open":
                return row.is_done
            case _:
                return 0


def plain(text: str) -> str:
    """The text as it is searched and sorted: without accents and capitals."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)).lower()


def _place(school: FrameSchool) -> tuple[str, str, str]:
    return plain(school.municipality), plain(school.name), school.code


@dataclass
class RosterTable:
    """A roster as it stands on the page. `data` is what was sent in, when the page comes back."""

    roster: Roster
    filter: RosterFilter
    data: QueryDict | None = None

    @cached_property
    def columns(self) -> list["_Column"]:
        return [_Column(question) for question in self.roster.columns]

    @cached_property
    def picked(self) -> list[str]:
        """The codes of the schools that are ticked, all that are shown included when that was asked for."""
        if self.data is None:
            return []
        return [*(self.shown if "many.all" in self.data else []), *self.data.getlist("many.pick")]

    def many(self) -> list[tuple[Question, SafeString]]:
        """Per column the field for one answer in many rows."""
        return [(column.question, column.many(self.data)) for column in self.columns]

    @property
    def source(self) -> str:
        """The code of the school whose row is copied."""
        return self.data.get("many.from", "") if self.data is not None else ""

    @cached_property
    def rows(self) -> list[RosterRow]:
        return self.filter.ordered(self.roster.rows)

    @cached_property
    def shown(self) -> list[str]:
        """The codes of the schools that are shown. What has an error is never out of sight."""
        trouble = {school for school, _question in (*self.roster.errors, *self.roster.conflicting)}
        return [row.school.code for row in self.rows if row.school.code in trouble or self.filter.shows(row)]

    @property
    def n_done(self) -> int:
        return sum(row.is_done for row in self.rows)

    @property
    def municipalities(self) -> list[str]:
        return sorted({row.school.municipality for row in self.rows}, key=plain)

    @property
    def kinds(self) -> list[tuple[str, str]]:
        found = {row.school.kind for row in self.rows}
        return [(kind.value, str(kind.label)) for kind in School.Kind if kind in found]

    states, orders = STATES, ORDERS

    @property
    def takeable(self) -> list[dict[str, str]]:
        """The buttons that take over what is known for the whole roster; the script counts along, with [n] for it."""
        return [
            {"name": name, "text": words % {"count": count}, "words": words % {"count": "[n]"}}
            for name, words, count in self.roster.takeable
        ]

    def html(self) -> SafeString:
        """All rows."""
        shown, picked = set(self.shown), set(self.picked)
        drawn = [self._row(row, row.school.code in shown, row.school.code in picked) for row in self.rows]
        return SafeString("\n".join(drawn))

    def _row(self, row: RosterRow, is_shown: bool, is_picked: bool) -> str:
        school = row.school
        code, name = escape(school.code), escape(school.name)
        kind, town = escape(School.Kind(school.kind).label), escape(school.municipality)
        pupils = "" if school.pupils is None else ", " + _("%(n)s pupils") % {"n": school.pupils}
        cells = "".join(column.cell(cell, code, name) for column, cell in zip(self.columns, row.cells, strict=True))
        return (
            f'<tr role="row" id="rij-{code}" data-town="{town}" data-kind="{escape(school.kind)}"'
            f' data-pupils="{school.pupils or 0}"{"" if is_shown else " hidden"}><th scope="row" role="rowheader">'
            f'<label class="pick"><input type="checkbox" name="many.pick" value="{code}"'
            f"{' checked' if is_picked else ''}> <span>{name}</span></label>"
            f'<span class="quiet">{code}, {town}<br>{kind}{pupils}</span>'
            f'<input type="hidden" name="{PREFIX}.{code}" value="{row.seen_text}">{self.state(row)}</th>{cells}</tr>'
        )

    def state(self, row: RosterRow) -> str:
        """How far the row is, with the buttons that fill in what is open in it. Changes with every save."""
        code, name = escape(row.school.code), escape(row.school.name)
        buttons = "".join(
            f'<button class="btn btn-sm btn-secondary" type="submit" name="{offer}" value="{PREFIX}.{code}">'
            f"{escape(self.roster.offer_label(offer))}"
            f'<span class="visually-hidden">, {name}</span></button>'
            for offer in row.offers
        )
        if row.is_done:
            words, mark = _("done"), " done"
        else:
            words, mark = _("%(done)s of %(total)s") % {"done": row.n_answered, "total": row.n_asked}, ""
        return (
            f'<div id="stand-{code}" class="row-state"><span class="section-count{mark}">{words}</span>{buttons}</div>'
        )

    def cell(self, row: RosterRow, question: Question) -> SafeString:
        """One cell, as a piece that takes the place of the one on the page."""
        at = self.roster.columns.index(question)
        return SafeString(self.columns[at].cell(row.cells[at], escape(row.school.code), escape(row.school.name)))


class _Column:
    """What is the same in every cell of a column, made once. Texts are escaped."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.code = question.code
        self.label = escape(question.column or question.label)
        self.is_set = question.type in SET_TYPES
        self.mode = "numeric" if question.type is Type.INTEGER else "decimal"
        self.has_text = any(option.has_text for option in question.options)
        self.selects: dict[str, str] = {}
        not_asked = _("not asked")
        self.head = f'" data-label="{self.label}"'
        self.not_asked = f'{self.head} class="not-asked">{escape(not_asked)}</td>'
        self.options = [(escape(option.code), escape(option.text)) for option in question.options]
        self.choose = escape(_("choose"))
        self.other = escape(_("which other"))

    def many(self, data: QueryDict | None) -> SafeString:
        """The field for one answer in many rows, with what was typed in it."""
        field = f"many.{self.code}"
        about = f'aria-label="{self.label}"'
        typed = data.getlist(field) if data is not None else []
        text = typed[:1] if not self.options else [data.get(f"{field}.{OTHER_TEXT}", "")] if data else []
        blank = Cell(self.question, True, tuple(typed), "".join(text))
        return SafeString(self._field(blank, field, about, f"{self.label}: {self.other}"))

    def cell(self, cell: Cell, school: str, name: str) -> str:
        """`school` and `name` of the school are escaped."""
        start = f'<td role="cell" id="cel-{school}-{self.code}'
        if not cell.is_asked:
            return start + self.not_asked
        field = cell_name(school, self.code)
        about = f'aria-label="{self.label}, {name}"'
        if cell.error:
            about += f' aria-describedby="fout_{field}"'
            about += "" if self.is_set else ' aria-invalid="true"'
        inner = self._field(cell, field, about, f"{self.label}, {name}: {self.other}")
        if cell.error:
            inner += f'<span class="cell-error" id="fout_{field}">{escape(cell.error)}</span>'
        for line in cell.beside:
            inner += f'<span class="last-year d-block">{escape(line)}</span>'
        return f'{start}{self.head} data-version="{cell.version}">{inner}</td>'

    def _field(self, cell: Cell, field: str, about: str, other: str) -> str:
        if self.is_set:
            inner = self._set(cell, field, about)
        elif self.options:
            chosen = cell.chosen[0] if cell.chosen else ""
            inner = (
                f'<select class="form-select" name="{field}" id="id_{field}" {about}>{self._options(chosen)}</select>'
            )
        else:
            return self._input(field, cell.text, about)
        if self.has_text:
            inner += (
                f'<input class="form-control" type="text" name="{field}.{OTHER_TEXT}" autocomplete="off"'
                f' value="{escape(cell.text)}" placeholder="{self.other}" aria-label="{other}">'
            )
        return inner

    def _input(self, field: str, text: str, about: str) -> str:
        return (
            f'<input class="form-control" type="text" inputmode="{self.mode}" autocomplete="off" maxlength="20"'
            f' name="{field}" id="id_{field}" value="{escape(text)}" {about}>'
        )

    def _options(self, chosen: str) -> str:
        if chosen not in self.selects:
            self.selects[chosen] = f'<option value="">{self.choose}</option>' + "".join(
                f'<option value="{code}"{" selected" if code == chosen else ""}>{label}</option>'
                for code, label in self.options
            )
        return self.selects[chosen]

    def _set(self, cell: Cell, field: str, about: str) -> str:
        boxes = "".join(
            f'<label><input type="checkbox" name="{field}" value="{code}"{" checked" if code in cell.chosen else ""}>'
            f" {label}</label>"
            for code, label in self.options
        )
        return f'<fieldset id="id_{field}" {about}>{boxes}</fieldset>'
