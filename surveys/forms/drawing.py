"""A library question as HTML: its text, what is to be said about it, its fields, and what stands beside them.

In Python and not by templates, which take ten times as long: a page has dozens of fields. What never changes about a
question is drawn once (`Sketch`); the rest is filled in for each page (`Look`). All text goes through `fill`,
which escapes it; pieces of HTML are `SafeString`, and only those may be joined.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from surveys.cells import MAX_TEXT, OTHER_TEXT
from surveys.compiled import Compiled
from surveys.forms.fields import Filled
from surveys.html import fill
from surveys.instrument import CHOICE_TYPES, TOP3_LIMIT, Option, Question, Row, Type

NOTHING = SafeString("")
CHECKED = SafeString(" checked")
INVALID = SafeString(' aria-invalid="true"')


@dataclass(frozen=True, slots=True)
class Look:
    """What of a question differs from page to page.

    `filled` is what stands in its fields, and `other_text` in that of "other"; the errors are of what could not be
    read there. `check` says which checks the answer does not pass. A number per option shows its `total`, and beside
    each number what it was last year (`then`).
    """

    version: int
    filled: Filled
    other_text: str = ""
    error: str = ""
    other_error: str = ""
    check: str = ""
    total: str = ""
    then: Mapping[str, str] = field(default_factory=dict)
    beside: SafeString = NOTHING


@dataclass(frozen=True, slots=True)
class Button:
    """A button that takes over an answer: the name and value that it sends, and its words."""

    name: str
    value: str
    words: str


def is_group(question: Question) -> bool:
    """Whether the question has several fields with a legend, rather than one with a label."""
    return SKETCHES.get(question.type, NumberSketch).is_group


def joined(pieces: Iterable[SafeString]) -> SafeString:
    return SafeString("".join(pieces))


def draw(known: Compiled, question: Question, look: Look) -> SafeString:
    """The question as one piece of the page."""
    key = (get_language(), question.code)
    sketch = known.sketches.get(key)
    if not isinstance(sketch, Sketch):
        sketch = known.sketches[key] = Sketch.of(known, question)
    return sketch.draw(look)


def beside(question: Question, lines: Iterable[str], button: Button | None = None) -> SafeString:
    """What stands beside the fields, such as last year's answer, with a button that takes it over."""
    first, *more = lines
    return fill(
        '<div class="last-year"><p>{}{}</p>{}</div>',
        first,
        joined(fill('<span class="d-block">{}</span>', line) for line in more),
        NOTHING
        if button is None
        else fill(
            '<button class="btn btn-sm btn-secondary" type="submit" name="{}" value="{}">'
            '{}<span class="visually-hidden"> &ndash; {}</span></button>',
            button.name,
            button.value,
            button.words,
            question.text,
        ),
    )


QUESTION = (
    '<div id="vraag-{code}" data-piece data-answer="{code}" data-question="{code}" data-version="{version}">'
    '<div id="div_{id}" class="question{mark}"{focus}>{opening}{head}{error}{field}{check}{closing}</div></div>'
)
OTHER = (
    '<div class="question-detail{mark_filled}"><div id="div_{id}" class="question{mark}">'
    '<label for="{id}" class="form-label">{label}</label>{error}<div class="question-field">{field}</div></div></div>'
)
INPUT = '<input class="form-control{mark}" type="text"{fixed}{described}{value}>'


class Sketch(ABC):
    """What never changes about one question of a questionnaire. Subclasses know the fields of their types."""

    is_group = True  # several fields with a legend, rather than one with a label

    def __init__(self, known: Compiled, question: Question) -> None:
        self.question = question
        self.id = f"id_{question.code}"
        self.help_id = f"{self.id}_helptext" if question.help else ""
        self.head = fill(
            '{}<span class="question-number">{}</span> {}{}{}{}{}',
            SafeString("<legend>") if self.is_group else fill('<label for="{}" class="form-label">', self.id),
            known.instrument.number_of[question.code],
            question.text,
            self.unit_words(),
            SafeString("</legend>" if self.is_group else "</label>"),
            fill('<div id="{}" class="form-text">{}</div>', self.help_id, question.help) if question.help else NOTHING,
            _hint(question),
        )

    @staticmethod
    def of(known: Compiled, question: Question) -> "Sketch":
        return SKETCHES.get(question.type, NumberSketch)(known, question)

    def draw(self, look: Look) -> SafeString:
        described = _described(self.help_id, f"{self.id}_error" if look.error else "", f"controle_{self.id}")
        return fill(
            QUESTION,
            code=self.question.code,
            id=self.id,
            version=look.version,
            mark=" has-error" if look.error else " has-warning" if look.check else "",
            focus=SafeString(' tabindex="-1"') if self.is_group else NOTHING,
            opening=fill("<fieldset{}>", described) if self.is_group else NOTHING,
            head=self.head,
            error=_error(self.id, look.error),
            field=self.field(look, described),
            check=fill('<div class="soft-check" id="controle_{}" role="status"><p>{}</p></div>', self.id, look.check),
            closing=SafeString("</fieldset>") if self.is_group else NOTHING,
        )

    def unit_words(self) -> SafeString:
        return NOTHING

    @abstractmethod
    def field(self, look: Look, described: SafeString) -> SafeString:
        """The fields as they are filled in, with what stands beside them. A group is described as a whole."""


class OptionsSketch(Sketch):
    """One radio button or check box below the other.

    Options below a parent and options that stand alone are marked, so that the style sheet can set them apart. The
    field for what "other" is stands below that option.
    """

    def __init__(self, known: Compiled, question: Question) -> None:
        super().__init__(known, question)
        options = [(option.code, option.text, _mark(option)) for option in question.options]
        self.options = [self._option(place, *option) for place, option in enumerate(options)]
        if question.type is Type.SINGLE:  # a radio button cannot be unticked; the style sheet shows this when one is
            self.options.append(self._option(len(options), "", _("No answer"), " option-exclusive"))
        self.with_text = {option.code: option for option in question.options if option.has_text}

    def _option(self, place: int, code: str, text: str, mark: str) -> tuple[str, SafeString, SafeString]:
        """The code with the HTML before and after what says that it is chosen."""
        before = fill(
            '<div class="form-check"><input class="form-check-input{}" type="{}" name="{}" id="{}_{}" value="{}"',
            mark,
            "radio" if self.question.type is Type.SINGLE else "checkbox",
            self.question.code,
            self.id,
            place,
            code,
        )
        after = fill('><label for="{}_{}" class="form-check-label">{}</label></div>\n', self.id, place, text)
        return code, before, after

    def field(self, look: Look, described: SafeString) -> SafeString:
        invalid = INVALID if look.error else NOTHING
        pieces = [
            piece
            for code, before, after in self.options
            for piece in (before, CHECKED if code in look.filled else NOTHING, invalid, after, self._detail(code, look))
        ]
        return joined([*pieces, look.beside])

    def _detail(self, code: str, look: Look) -> SafeString:
        return _other(self.question, self.with_text[code], look) if code in self.with_text else NOTHING


class NumberSketch(Sketch):
    """A number to type in, with its unit."""

    is_group = False

    def __init__(self, known: Compiled, question: Question) -> None:
        self.unit = "%" if question.type is Type.PERCENTAGE else question.unit
        super().__init__(known, question)
        mode = "numeric" if question.type is Type.INTEGER else "decimal"
        self.fixed = fill(
            ' name="{}" id="{}" inputmode="{}" autocomplete="off" maxlength="20"', question.code, self.id, mode
        )
        self.unit_behind = fill('<span class="input-group-text" aria-hidden="true">{}</span>', self.unit)

    def unit_words(self) -> SafeString:
        if not self.unit:
            return NOTHING
        return fill('<span class="visually-hidden"> ({} {})</span>', _("in"), self.unit)

    def field(self, look: Look, described: SafeString) -> SafeString:
        drawn = _input(self.fixed, look.filled, described, look.error)
        if self.unit:
            drawn = fill('<div class="input-group">{}{}</div>', drawn, self.unit_behind)
        return fill('<div class="question-field">{}{}</div>', drawn, look.beside)


class TextSketch(Sketch):
    """A text of several lines."""

    is_group = False

    def field(self, look: Look, described: SafeString) -> SafeString:
        return fill(
            '<div class="question-field"><textarea class="form-control{}" name="{}" id="{}" cols="40" rows="4"'
            ' maxlength="{}"{}{}>\n{}</textarea>{}</div>',
            " is-invalid" if look.error else "",
            self.question.code,
            self.id,
            MAX_TEXT,
            described,
            INVALID if look.error else NOTHING,
            look.filled,
            look.beside,
        )


class MatrixSketch(Sketch):
    """Radio buttons in a table: a line per row, a column per answer of the scale."""

    def __init__(self, known: Compiled, question: Question) -> None:
        super().__init__(known, question)
        self.opening = fill(
            '<div class="question-field"><div class="table-scroll"><table class="roster matrix" role="table">'
            '<caption class="visually-hidden">{}</caption><thead role="rowgroup"><tr role="row"><td role="cell"></td>{}'
            '<th scope="col" role="columnheader" class="way-back">{}</th></tr></thead><tbody role="rowgroup">',
            question.text,
            joined(fill('<th scope="col" role="columnheader">{}</th>', one.text) for one in question.options),
            _("No answer"),
        )
        self.rows = [(row.code, *self._row(row)) for row in question.rows]

    def _row(self, row: Row) -> tuple[SafeString, list[tuple[str, SafeString]], SafeString]:
        """How the row begins, and its cells, each but for its end; and the way back from an answer."""
        opening = fill('<tr role="row"><th scope="row" role="rowheader">{}</th>', row.text)
        name = f"{self.question.code}.{row.code}"

        def cell(code: str, text: str, mark: str = "") -> SafeString:
            return fill(
                '<td role="cell"{} data-label="{}"><input class="form-check-input" type="radio" name="{}" id="id_{}.{}"'
                ' value="{}" aria-label="{}: {}"',
                *(SafeString(mark), text, name, name, code, code, row.text, text),
            )

        cells = [(option.code, cell(option.code, option.text)) for option in self.question.options]
        return opening, cells, cell("", _("No answer"), ' class="way-back"')

    def field(self, look: Look, described: SafeString) -> SafeString:
        chosen = look.filled if isinstance(look.filled, Mapping) else {}
        pieces = [self.opening]
        for code, opening, cells, way_back in self.rows:
            pieces.append(opening)
            for option, before in cells:
                pieces += (before, CHECKED if chosen.get(code) == option else NOTHING, SafeString("></td>\n"))
            pieces += (way_back, SafeString("></td></tr>"))
        return joined([*pieces, SafeString("</tbody></table></div>"), look.beside, SafeString("</div>")])


class NumbersSketch(Sketch):
    """A number for each of some options, with the total of what was saved."""

    def __init__(self, known: Compiled, question: Question) -> None:
        super().__init__(known, question)
        unit_id = f"{self.id}.unit"
        self.unit = NOTHING
        if question.unit:
            words = _("In %(unit)s.") % {"unit": question.unit}
            self.unit = fill('<p class="quiet small" id="{}">{}</p>', unit_id, words)
        described = fill(' aria-describedby="{}"', unit_id) if question.unit else NOTHING
        self.numbers = {
            option.code: (
                fill('<div><label for="{}.{}">{}</label>', self.id, option.code, option.text),
                fill(
                    ' name="{}.{}" id="{}.{}" inputmode="decimal" autocomplete="off" maxlength="20"{}',
                    *(question.code, option.code, self.id, option.code, described),
                ),
            )
            for option in known.instrument.numbered_options(question)
        }

    def field(self, look: Look, described: SafeString) -> SafeString:
        pieces = [SafeString('<div class="question-field"><div class="number-list">')]
        filled = look.filled if isinstance(look.filled, Mapping) else {}
        for code, number in filled.items():
            label, fixed = self.numbers[code]
            pieces += (label, _input(fixed, number, NOTHING, ""))
            if then := look.then.get(code):
                pieces.append(fill('<span class="last-year">{}</span>', then))
            pieces.append(SafeString("</div>"))
        pieces.append(self.unit)
        if look.total:
            words = (_("Total"), look.total, self.question.unit)
            pieces.append(fill('<p class="number-total">{}: <strong class="num">{}</strong> {}</p>', *words))
        return joined([*pieces, SafeString("</div>"), look.beside, SafeString("</div>")])


SKETCHES: Mapping[Type, type[Sketch]] = {
    **dict.fromkeys(CHOICE_TYPES, OptionsSketch),
    Type.TEXT: TextSketch,
    Type.MATRIX: MatrixSketch,
    Type.NUMBER_PER_OPTION: NumbersSketch,
}


def _hint(question: Question) -> SafeString:
    """How many options may be chosen."""
    if question.type is Type.TOP3:
        words = _("Choose %(limit)s at most.") % {"limit": TOP3_LIMIT}
    elif question.type is Type.MULTIPLE:
        words = _("Several answers are possible.")
    else:
        return NOTHING
    return fill('<p class="question-hint">{}</p>', words)


def _mark(option: Option) -> str:
    if option.parent:
        return " option-child"
    return " option-exclusive" if option.is_exclusive else ""


def _described(*ids: str) -> SafeString:
    """The attribute that names what describes a field, of those that are there."""
    there = " ".join(filter(None, ids))
    return fill(' aria-describedby="{}"', there) if there else NOTHING


def _error(id_: str, message: str) -> SafeString:
    if not message:
        return NOTHING
    return fill('<div class="invalid-feedback" id="{}_error" data-error><p>{}</p></div>', id_, message)


def _input(fixed: SafeString, text: Filled, described: SafeString, error: str) -> SafeString:
    return fill(
        INPUT,
        mark=" is-invalid" if error else "",
        fixed=fixed,
        described=described + INVALID if error else described,
        value=fill(' value="{}"', text) if text else NOTHING,
    )


def _other(question: Question, other: Option, look: Look) -> SafeString:
    """The field for what "other" is."""
    name = f"{question.code}.{OTHER_TEXT}"
    fixed = fill(' name="{}" id="id_{}" maxlength="{}"', name, name, MAX_TEXT)
    described = _described(f"id_{name}_error" if look.other_error else "")
    return fill(
        OTHER,
        id=f"id_{name}",
        mark_filled=" is-filled" if look.other_text or look.other_error else "",
        mark=" has-error" if look.other_error else "",
        label=other.text.rstrip(":"),
        error=_error(f"id_{name}", look.other_error),
        field=_input(fixed, look.other_text, described, look.other_error),
    )
