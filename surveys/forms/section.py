"""The form of one section: its library questions that apply. Parses and cleans; never saves, never judges."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import cast

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from surveys.cells import OTHER_TEXT
from surveys.forms.drawing import NOTHING, Button, Look, beside, draw, is_group, joined
from surveys.forms.fields import Filled, filled_by, filled_in, given_after, read, read_text
from surveys.instrument import Given, Instrument, Option, Question, Section, Severity, Type, Value
from surveys.lastwave import Earlier, LastWave
from surveys.rules import asked_options
from surveys.sheets import Sheet
from surveys.wording import finding_message, shown, typed_number

# The hidden field that says which questions were on the page, and which version of each answer: "partners:3,kpi:0".
SEEN = "seen"
MAX_VERSION_DIGITS = 9
MAX_BESIDE = 300


@dataclass(frozen=True, slots=True)
class Typed:
    """A question as it came back: what was given, and the version of the answer that was on the page."""

    question: str
    school: str
    given: Given
    seen: int


def read_seen(text: str) -> dict[str, int]:
    """Versions by question code out of the hidden field; nonsense in it is left out."""
    seen = {}
    for part in text.split(","):
        code, _colon, version = part.partition(":")
        if version.isascii() and version.isdigit() and len(version) <= MAX_VERSION_DIGITS:
            seen[code] = int(version)
    return seen


def write_seen(versions: Mapping[str, int]) -> str:
    return ",".join(f"{code}:{version}" for code, version in versions.items())


class SectionForm:
    """The questions of one section that apply to this library, with `data` when something was typed."""

    def __init__(self, sheet: Sheet, section: Section, data: QueryDict | None = None) -> None:
        self.sheet = sheet
        self.section = section
        self.data = data
        self.seen = read_seen(data.get(SEEN, "")) if data is not None else {}
        # On the page: what applies, and what was on the page that is now sent in.
        known = sheet.route.questions if data is None else self.seen
        self.questions = [question for question in section.library_questions if question.code in known]

    # ---- What was typed ----------------------------------------------------------------------------------------------

    def is_valid(self) -> bool:
        """Whether everything that was typed can be read."""
        return not self.errors

    @property
    def errors(self) -> dict[str, str]:
        """What could not be read, by the name of the field."""
        return self._read[1]

    def typed(self) -> list[Typed]:
        """What was given for every question without an error."""
        return self._read[0]

    @cached_property
    def _read(self) -> tuple[list[Typed], dict[str, str]]:
        typed: list[Typed] = []
        errors: dict[str, str] = {}
        for question in self.questions if self.data is not None else ():
            name = question.code
            try:
                given = read(question, self._filled(question))
                name = f"{question.code}.{OTHER_TEXT}"
                given = self._given(question, given, read_text(self._other_text(question)))
            except ValidationError as error:
                errors[name] = error.messages[0]
            else:
                typed.append(Typed(question.code, "", given, self.seen[question.code]))
        return typed, errors

    def _given(self, question: Question, typed: Given, text: str) -> Given:
        """The answer. A text beside another answer than "other" is not thrown away: whoever typed it decides."""
        before = self.sheet.given(question.code)
        if question.type is Type.NUMBER_PER_OPTION:
            typed = self._with_kept(question, before, typed)
        if text and text != before.other_text:
            if not self._is_taken_back(question):
                typed = replace(typed, value=_with_other(question, typed.value))
            if not question.asks_text(typed.value):
                message = _("This belongs to another answer than the one you chose. Choose it, or empty this.")
                raise ValidationError(message, code="other")
        if text and question.asks_text(typed.value):
            typed = replace(typed, other_text=text)
        return given_after(question, before, typed)

    def _is_taken_back(self, question: Question) -> bool:
        """Whether "no answer" was chosen, rather than nothing."""
        return self._filled(question) == [""]

    def _with_kept(self, question: Question, before: Given, given: Given) -> Given:
        """Numbers that were not on the page stay stored, as every hidden answer does."""
        typed = given.value if isinstance(given.value, Mapping) else {}
        stored = before.value if isinstance(before.value, Mapping) else {}
        kept = {code: number for code, number in stored.items() if f"{question.code}.{code}" not in (self.data or {})}
        return Given(cast(Value, {**kept, **typed}) or None)

    def _filled(self, question: Question) -> Filled:
        """What stands in the fields: what was typed, else the stored answer."""
        if self.data is not None:
            return filled_in(question, self.data, self._keys(question))
        return filled_by(question, self.sheet.given(question.code), self._keys(question))

    def _other_text(self, question: Question) -> str:
        if _other_option(question) is None:
            return ""
        if self.data is not None:
            return self.data.get(f"{question.code}.{OTHER_TEXT}", "")
        return self.sheet.given(question.code).other_text

    def _keys(self, question: Question) -> list[str]:
        """The keys of the fields of a matrix or number per option."""
        if question.type is Type.MATRIX:
            return [row.code for row in question.rows]
        if question.type is not Type.NUMBER_PER_OPTION:
            return []
        asked = {*asked_options(self.sheet.instrument, question, self.sheet.facts.answers)}
        if self.data is not None:  # and what was on the page, also when a colleague unticked it meanwhile
            asked |= {name.partition(".")[2] for name in self.data if name.startswith(f"{question.code}.")}
        return [option.code for option in self.sheet.instrument.numbered_options(question) if option.code in asked]

    # ---- The page ----------------------------------------------------------------------------------------------------

    @property
    def drawn(self) -> SafeString:
        """All questions."""
        return joined(self.draw(question) for question in self.questions)

    def draw(self, question: Question) -> SafeString:
        """One question, as a piece of the page."""
        given = self.sheet.given(question.code)
        look = Look(
            version=self.sheet.stored_of(question.code).version,
            filled=self._filled(question),
            other_text=self._other_text(question),
            error=self.errors.get(question.code, ""),
            other_error=self.errors.get(f"{question.code}.{OTHER_TEXT}", ""),
            check=self.checks.get(question.code, ""),
            total="" if self.data is not None else _total(given),
            then=_then(self.sheet, question),
            beside=joined([_prefill(self.sheet, question), _last_year(self.sheet, question)]),
        )
        return draw(self.sheet.compiled, question, look)

    @cached_property
    def checks(self) -> dict[str, str]:
        """What the checks say of the answers as stored, by question; hard ones first, explained ones not at all."""
        found: dict[str, list[str]] = {}
        for finding in sorted(self.sheet.findings_in(self.section), key=lambda one: one.severity is not Severity.HARD):
            if not finding.school and (finding.severity is Severity.HARD or not self.sheet.explanation(finding)):
                question = self.sheet.instrument.questions[finding.question]
                found.setdefault(finding.question, []).append(finding_message(question, finding))
                if finding.severity is Severity.SOFT:
                    found[finding.question].append(_("You can explain it under “Review and submit”."))
        return {question: " ".join(messages) for question, messages in found.items()}

    @property
    def seen_text(self) -> str:
        """The hidden field of the page as it is shown now."""
        return write_seen({q.code: self.sheet.stored_of(q.code).version for q in self.questions})

    def error_list(self) -> list[dict[str, str]]:
        """What could not be read, for the summary at the top of the page: id to jump to, label, message."""
        result = []
        for name, message in self.errors.items():
            code, _dot, other = name.partition(".")
            question = self.sheet.instrument.questions[code]
            id_ = f"div_id_{name}" if is_group(question) and not other else f"id_{name}"
            option = _other_option(question) if other else None
            label = option.text.rstrip(":") if option else question.text
            result.append({"id": id_, "label": label, "message": message})
        return result


def _other_option(question: Question) -> Option | None:
    """The option that asks what it is."""
    return next((option for option in question.options if option.has_text), None)


def _with_other(question: Question, value: Value | None) -> Value | None:
    """The choice with "other" ticked, for who wrote what that is and forgot the tick; as it is when that can't be."""
    other = next(option.code for option in question.options if option.has_text)
    if question.type is Type.SINGLE:
        return value or other
    chosen = value if isinstance(value, tuple) else ()
    if any(question.option_by_code[code].is_exclusive for code in chosen):
        return value
    return tuple(option.code for option in question.options if option.code in {*chosen, other})


def _total(given: Given) -> str:
    """The sum of a number per option, as it was saved."""
    total = given.number_sum
    return "" if total is None else typed_number(total)


def _prefill(sheet: Sheet, question: Question) -> SafeString:
    """What is known of the answer from elsewhere, until that is the answer, and the button that confirms it."""
    known = sheet.prefills.get((question.code, ""))
    if known is None or known.given.value == sheet.given(question.code).value:
        return NOTHING
    words = _("Known at the KB: %(answer)s (source: %(source)s)") % {
        "answer": on_one_line(sheet.instrument, question, known.given),
        "source": known.source,
    }
    return beside(question, [words], Button("confirm", question.code, _("That is right, take it over")))


def _last_year(sheet: Sheet, question: Question) -> SafeString:
    """Last year's answer, and the button that takes it over."""
    last = sheet.last_wave
    then = last.given(question.code) if last else None
    if last is None or then is None:
        return NOTHING
    earlier = last.earlier[question.code]
    is_same = sheet.same_as_last_wave(question) is None
    lines = [_last_year_words(sheet, last, question, then, is_same=is_same)]
    if earlier.is_limited:
        lines.append(limited_words(earlier))
    return beside(question, lines, None if is_same else Button("same", question.code, same_label(last)))


def _last_year_words(sheet: Sheet, last: LastWave, question: Question, then: Given, *, is_same: bool) -> str:
    year = last.school_year
    if is_same and sheet.given(question.code).value == then.value:
        words = _("The same as last year (%(year)s).") if last.is_last_year else _("The same as last time (%(year)s).")
        return words % {"year": year}
    total = _total(then)
    if total:  # the numbers themselves stand beside their fields
        total = f"{total} {question.unit}".strip()
        words = (
            _("Last year (%(year)s): %(total)s in all")
            if last.is_last_year
            else _("Last time (%(year)s): %(total)s in all")
        )
        return words % {"year": year, "total": total}
    words = _("Last year (%(year)s): %(answer)s") if last.is_last_year else _("Last time (%(year)s): %(answer)s")
    return words % {"year": year, "answer": last_answer(last, question, then)}


def _then(sheet: Sheet, question: Question) -> dict[str, str]:
    """Last year's numbers, by option, where they differ from now's."""
    last = sheet.last_wave if question.type is Type.NUMBER_PER_OPTION else None
    then = last.given(question.code) if last else None
    if last is None or then is None or not isinstance(then.value, Mapping):
        return {}
    now = sheet.given(question.code).value
    now = now if isinstance(now, Mapping) else {}
    words = _("last year: %(number)s") if last.is_last_year else _("last time: %(number)s")
    return {
        code: words % {"number": typed_number(number)}
        for code, number in then.value.items()
        if isinstance(number, Decimal) and number != now.get(code)
    }


def on_one_line(instrument: Instrument, question: Question, given: Given) -> str:
    """An answer in words, on one line that is not too long."""
    return Truncator("; ".join(shown(instrument, question, given).lines)).chars(MAX_BESIDE)


def last_answer(last: LastWave, question: Question, then: Given) -> str:
    """The answer of then on one line, in the words of then."""
    return on_one_line(last.instrument, last.earlier[question.code].question, then)


def limited_words(earlier: Earlier) -> str:
    return _("Not fully comparable: %(reason)s") % {"reason": earlier.reason}


def same_label(last: LastWave) -> str:
    return _("Same as last year") if last.is_last_year else _("Same as last time")
