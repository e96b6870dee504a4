"""Filling in many cells of a roster at once: one answer in all picked rows, a row copied to others, a block out of a
spreadsheet. Says which answers would change; never saves.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from django.forms import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from surveys.cells import CellRefused, read_options
from surveys.forms.fields import read_typed_number
from surveys.forms.roster import PREFIX, cell_name, left_words, read_cell, refusal_words, rows_that_left
from surveys.forms.section import Typed, read_seen
from surveys.instrument import BLANK, NUMBER_TYPES, SET_TYPES, Given, Question, Section, Type
from surveys.sheets import Sheet
from surveys.spreadsheet.columns import folded, labels

# The name of the buttons, of the ticked rows, and what the other fields begin with; no question's code can hold a dot.
MANY = "many"
PICK = "many.pick"
FROM = "many.from"
UNDO = "undo"

# A cell, by (school, question code).
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ManyAct:
    """A pressed button. `about` is a question's code; `is_sure` when somebody agreed to replace answers."""

    name: str
    about: str = ""
    is_sure: bool = False

    @classmethod
    def read(cls, data: QueryDict) -> Self | None:
        text = data.get(MANY, "")
        sure, _dot, rest = text.partition(".")
        name, _dot, about = (rest if sure == "sure" else text).partition(".")
        return cls(name, about, sure == "sure") if name in ("set", "clear", "copy", "paste", UNDO) else None

    @property
    def sure_value(self) -> str:
        """The value of the button that carries it out."""
        return ".".join(filter(None, ("sure", self.name, self.about)))


@dataclass(slots=True)
class Proposal:
    """What an act would store. `errors` are cells that cannot be read; `refusal` says why there is nothing to do."""

    edits: list[Typed] = field(default_factory=list)
    n_replaced: int = 0
    n_not_asked: int = 0
    n_same: int = 0
    errors: dict[Key, str] = field(default_factory=dict)
    n_beyond: int = 0  # pasted cells that lie outside the table
    refusal: str = ""


def seen_cells(data: QueryDict, schools: Iterable[str], prefix: str = PREFIX) -> dict[Key, int]:
    """The versions that the page showed, by school and question; with prefix `undo` those that an act made."""
    return {
        (school, code): version
        for school in schools
        for code, version in read_seen(data.get(f"{prefix}.{school}", "")).items()
    }


def propose(
    act: ManyAct, sheet: Sheet, section: Section, data: QueryDict, picked: Iterable[str], seen: Mapping[Key, int]
) -> Proposal:
    """What the act would store in the rows that are picked.

    Only cells that apply are filled in, one column after the other: an answer can make the next question apply. A cell
    that the page did not show counts as seen empty, so that nobody's answer is replaced unseen.
    """
    picked = list(picked)
    proposal = _propose(act, sheet, section, data, picked, seen)
    proposal.errors |= _gone(act, sheet, section, data, picked)
    return proposal


def _gone(act: ManyAct, sheet: Sheet, section: Section, data: QueryDict, picked: Collection[str]) -> dict[Key, str]:
    """What is about a school that is no longer on the list: that must not seem to be filled in."""
    codes = [question.code for question in section.school_questions]
    about = [
        (school, code)
        for school in rows_that_left(sheet, data)
        for code in codes
        if (data.get(cell_name(school, code), "").strip() if act.name == "paste" else school in picked)
        and act.about in ("", code)
    ]
    return {(school, code): left_words(sheet, school) for school, code in about}


def _propose(
    act: ManyAct, sheet: Sheet, section: Section, data: QueryDict, picked: Iterable[str], seen: Mapping[Key, int]
) -> Proposal:
    rows = [school for school in picked if school in sheet.schools]
    columns = {question.code: question for question in section.school_questions}
    if act.name == "paste":
        return _paste(sheet, columns, data, seen)
    if not rows:
        return Proposal(refusal=_("Tick one or more school locations first."))
    match act.name:
        case "set" if act.about in columns:
            return _set(sheet, columns[act.about], data, rows, seen)
        case "clear" if not act.about or act.about in columns:
            questions = [columns[act.about]] if act.about else list(columns.values())
            held = [(school, q) for q in questions for school in rows if sheet.route.holds(q.code, school)]
            return _proposal(sheet, {(school, q.code): BLANK for school, q in held}, seen)
        case "copy":
            return _copy(sheet, columns, data.get(FROM, ""), rows, seen)
    return Proposal(refusal=_("This is not possible here. Reload the page and try again."))


def _set(sheet: Sheet, question: Question, data: QueryDict, rows: list[str], seen: Mapping[Key, int]) -> Proposal:
    try:
        given = read_cell(question, data, f"{MANY}.{question.code}", BLANK)
    except (ValidationError, CellRefused) as error:
        return Proposal(refusal=refusal_words(error))
    if not given.is_answered:
        return Proposal(refusal=_("Choose the answer first that is to be filled in."))
    return _spread(sheet, [question], {(school, question.code): given for school in rows}, seen)


def _copy(
    sheet: Sheet, columns: Mapping[str, Question], source: str, rows: list[str], seen: Mapping[Key, int]
) -> Proposal:
    if source not in sheet.schools:
        return Proposal(refusal=_("Choose the school location first whose answers are to be copied."))
    answers = {
        code: given
        for code in columns
        if sheet.route.holds(code, source) and (given := sheet.given(code, source)).is_answered
    }
    if not answers:
        return Proposal(refusal=_("This school location has no answers yet that could be copied."))
    wanted = {(school, code): given for school in rows if school != source for code, given in answers.items()}
    return _spread(sheet, columns.values(), wanted, seen)


def _paste(sheet: Sheet, columns: Mapping[str, Question], data: QueryDict, seen: Mapping[Key, int]) -> Proposal:
    wanted: dict[Key, Given] = {}
    errors: dict[Key, str] = {}
    for school in sheet.schools:
        for code, question in columns.items():
            text = data.get(cell_name(school, code), "").strip()
            if not text:
                continue
            try:
                wanted[school, code] = read_pasted(question, text)
            except ValidationError as error:
                errors[school, code] = str(error.messages[0])
    proposal = _spread(sheet, columns.values(), wanted, seen)
    proposal.errors = errors
    beyond = data.get("many.beyond", "")
    proposal.n_beyond = int(beyond) if beyond.isascii() and beyond.isdigit() and len(beyond) < 7 else 0
    if not wanted and not errors:
        proposal.refusal = _("There is nothing in what you pasted that belongs in these cells.")
    return proposal


def _spread(
    sheet: Sheet, columns: Iterable[Question], wanted: Mapping[Key, Given], seen: Mapping[Key, int]
) -> Proposal:
    """Column by column, so that what comes to apply is filled in too, and what no longer applies is not."""
    now, kept = sheet, dict[Key, Given]()
    n_not_asked = 0
    by_column: dict[str, dict[str, Given]] = {}
    for (school, code), given in wanted.items():
        by_column.setdefault(code, {})[school] = given
    for question in columns:
        column = by_column.get(question.code, {})
        held = {school: given for school, given in column.items() if now.route.holds(question.code, school)}
        n_not_asked += len(column) - len(held)
        kept |= {(school, question.code): given for school, given in held.items()}
        if held:
            now = now.with_answers({(question.code, school): given for school, given in held.items()})
    proposal = _proposal(sheet, kept, seen)
    proposal.n_not_asked = n_not_asked
    return proposal


def _proposal(sheet: Sheet, wanted: Mapping[Key, Given], seen: Mapping[Key, int]) -> Proposal:
    proposal = Proposal()
    for (school, code), given in wanted.items():
        before = sheet.given(code, school)
        if given == before:
            proposal.n_same += before.is_answered
            continue
        proposal.n_replaced += before.is_answered
        proposal.edits.append(Typed(code, school, given, seen.get((school, code), 0)))
    return proposal


def read_pasted(question: Question, text: str) -> Given:
    """The answer that a cell of a spreadsheet holds: labels or codes, numbers as the Dutch write them.

    Raises ValidationError with what is wrong. Several options stand behind one another with ; or a comma between.
    """
    if question.type in NUMBER_TYPES:
        plain = text.removesuffix("%").strip() if question.type is Type.PERCENTAGE else text
        return read_typed_number(question, plain)
    words = {folded(option.label): code for code, option in question.option_by_code.items()}
    words |= {folded(option.text): code for code, option in question.option_by_code.items()}
    words |= {folded(label): code for code, label in labels(question).items()}
    words |= {folded(code): code for code in question.option_by_code}
    if question.type not in SET_TYPES:
        return Given(words[_known(question, words, text)])
    parts = [text] if folded(text) in words else text.split(";") if ";" in text else text.split(",")
    codes = [words[_known(question, words, part)] for part in parts if part.strip()]
    return Given(read_options(question, list(dict.fromkeys(codes)), question.code))


def _known(question: Question, words: Mapping[str, str], text: str) -> str:
    if folded(text) in words:
        return folded(text)
    options = ", ".join(f"“{label}”" for label in labels(question).values())
    message = _("“%(text)s” is not an answer here. Possible are %(options)s.")
    raise ValidationError(message % {"text": text.strip()[:40], "options": options}, code="option")
