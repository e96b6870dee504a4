"""The form of one section: its library questions that apply. Parses and cleans; never saves, never judges."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.html import escape
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from surveys.cells import OTHER_TEXT
from surveys.forms import fields
from surveys.instrument import Given, Question, Section, Severity, State, Type, Value
from surveys.lastwave import Earlier, LastWave
from surveys.rules import TOP3_LIMIT, Finding, asked_options
from surveys.sheets import Sheet
from surveys.wording import finding_message, shown

# The hidden field that says which questions were on the page, and which version of each answer: "partners:3,kpi:0".
SEEN = "seen"
MAX_VERSION_DIGITS = 9
MAX_LAST_YEAR = 300


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


def given_after(before: Given, value: Value | None, other_text: str = "") -> Given:
    """The answer after this was typed. Where nothing changed, the stored one, with its state (an estimate, say).

    An empty field leaves "unknown" and "not applicable" as they are: forms have no place to type these.
    """
    is_stateful = before.state in (State.UNKNOWN, State.NOT_APPLICABLE)
    if value == before.value and (is_stateful or other_text == before.other_text):
        return before
    return Given(value, other_text=other_text)


def write_seen(versions: Mapping[str, int]) -> str:
    return ",".join(f"{code}:{version}" for code, version in versions.items())


class SectionForm(forms.Form):
    """The questions of one section that apply to this library, bound to `data` when something was typed."""

    def __init__(self, sheet: Sheet, section: Section, data: QueryDict | None = None) -> None:
        self.sheet = sheet
        self.seen = read_seen(data.get(SEEN, "")) if data is not None else {}
        super().__init__(data, label_suffix="")
        self.questions = [question for question in section.library_questions if self._is_shown(question)]
        findings: dict[str, list[Finding]] = {}
        for finding in sheet.findings:
            if not finding.school:
                findings.setdefault(finding.question, []).append(finding)
        for question in self.questions:
            self._add(question, findings.get(question.code, []))

    def _is_shown(self, question: Question) -> bool:
        """On the page: what applies, and what was on the page that is now sent in."""
        known = self.seen if self.is_bound else self.sheet.route.questions
        return question.code in known

    def _add(self, question: Question, findings: list[Finding]) -> None:
        given = self.sheet.given(question.code)
        field = self._field(question, given)
        field.label = question.text
        field.help_text = escape(question.help)
        field.initial = fields.initial_of(given)
        _dress(field, self.sheet, question, findings)
        self.fields[question.code] = field
        for option in question.options:
            if option.has_text:
                detail = fields.TextField(rows=1)
                detail.label = option.text.rstrip(":")
                detail.initial = given.other_text
                detail.is_detail = True
                self.fields[f"{question.code}.{OTHER_TEXT}"] = detail

    def _field(self, question: Question, given: Given) -> forms.Field:
        match question.type:
            case Type.SINGLE:
                return fields.SingleField(question, is_answered=given.value is not None)
            case Type.MULTIPLE | Type.TOP3:
                return fields.SetField(question)
            case Type.TEXT:
                return fields.TextField()
            case Type.MATRIX:
                return fields.MatrixField(question)
            case Type.NUMBER_PER_OPTION:
                return fields.NumbersField(question, self._numbered(question))
            case _:
                return fields.NumberField(question)

    def _numbered(self, question: Question) -> list[tuple[str, str]]:
        asked = {*asked_options(self.sheet.instrument, question, self.sheet.facts.answers)}
        if self.is_bound:  # and what was on the page, also when a colleague unticked it meanwhile
            asked |= {name.partition(".")[2] for name in self.data if name.startswith(f"{question.code}.")}
        options = self.sheet.instrument.numbered_options(question)
        return [(option.code, option.text) for option in options if option.code in asked]

    def typed(self) -> list[Typed]:
        """What was given for every question without a format error. Call is_valid() first."""
        result = []
        for question in self.questions:
            detail = f"{question.code}.{OTHER_TEXT}"
            if question.code in self.errors or detail in self.errors:
                continue
            value = self.cleaned_data[question.code]
            if question.type is Type.TEXT:
                value = value or None
            if isinstance(value, dict):
                value = self._with_kept(question, value)
            before = self.sheet.given(question.code)
            text = self.cleaned_data.get(detail, "")
            if text and text != before.other_text:
                value = _with_other(question, value)
            given = given_after(before, value, text if question.asks_text(value) else "")
            result.append(Typed(question.code, "", given, self.seen[question.code]))
        return result

    def clean(self) -> dict[str, Any]:
        """A text beside another answer than "other" is not thrown away: whoever typed it decides."""
        for question in self.questions:
            detail = f"{question.code}.{OTHER_TEXT}"
            text, value = self.cleaned_data.get(detail, ""), self.cleaned_data.get(question.code)
            is_new = text and text != self.sheet.given(question.code).other_text
            if is_new and not question.asks_text(_with_other(question, value)):
                self.add_error(
                    detail, _("This belongs to another answer than the one you chose. Choose it, or empty this.")
                )
        return self.cleaned_data

    def _with_kept(self, question: Question, value: dict[str, Any]) -> dict[str, Any]:
        """Numbers of options that are not chosen now stay stored, as every hidden answer does."""
        before = self.sheet.given(question.code).value
        if question.type is not Type.NUMBER_PER_OPTION or not isinstance(before, Mapping):
            return value
        shown = {code for code, _text in self._numbered(question)}
        return {code: number for code, number in before.items() if code not in shown} | value

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The questions with their fields, the answer first, and the version of the stored answer."""
        return [self.group(question) for question in self.questions]

    def group(self, question: Question) -> dict[str, Any]:
        if self.sheet.last_wave is not None:
            _dress_last_year(self.fields[question.code], self.sheet, self.sheet.last_wave, question)
        names = [question.code, f"{question.code}.{OTHER_TEXT}"]
        return {
            "question": question,
            "fields": [self[name] for name in names if name in self.fields],
            "version": self.sheet.stored_of(question.code).version,
        }

    @property
    def seen_text(self) -> str:
        """The hidden field of the page as it is shown now."""
        return write_seen({q.code: self.sheet.stored_of(q.code).version for q in self.questions})

    def error_list(self) -> list[dict[str, str]]:
        """Format errors for the summary at the top of the page: id to jump to, label, message."""
        return [
            {"id": self._target(name), "label": str(self.fields[name].label), "message": str(message)}
            for name, messages in self.errors.items()
            for message in messages
        ]

    def _target(self, name: str) -> str:
        field = self[name]
        return field.id_for_label or f"div_{field.auto_id}"


def _with_other(question: Question, value: Value | None) -> Value | None:
    """The choice with "other" ticked, for who wrote what that is and forgot the tick; as it is when that can't be."""
    other = next(option.code for option in question.options if option.has_text)
    if question.type is Type.SINGLE:
        return value or other
    chosen = value if isinstance(value, tuple) else ()
    if any(question.option_by_code[code].is_exclusive for code in chosen):
        return value
    return tuple(option.code for option in question.options if option.code in {*chosen, other})


def _dress(field: Any, sheet: Sheet, question: Question, findings: list[Finding]) -> None:
    """What the field's template shows around the input."""
    field.number = sheet.instrument.number_of[question.code]
    if question.type is Type.PERCENTAGE:
        field.unit = "%"
    elif question.type is not Type.NUMBER_PER_OPTION:  # there the unit stands behind every number
        field.unit = question.unit
    if question.type is Type.TOP3:
        field.hint = _("Choose %(limit)s at most.") % {"limit": TOP3_LIMIT}
    elif question.type is Type.MULTIPLE:
        field.hint = _("Several answers are possible.")
    hard = [finding_message(question, finding) for finding in findings if finding.severity is Severity.HARD]
    soft = [
        finding_message(question, finding)
        for finding in findings
        if finding.severity is Severity.SOFT and not sheet.explanation(finding)
    ]
    field.soft_check = " ".join(hard + soft)


def _dress_last_year(field: Any, sheet: Sheet, last: LastWave, question: Question) -> None:
    """Last year's answer beside the field, and the button that takes it over."""
    then = last.given(question.code)
    if then is None:
        return
    words = _("Last year (%(year)s): %(answer)s") if last.is_last_year else _("Last time (%(year)s): %(answer)s")
    field.last_year = words % {"year": last.school_year, "answer": last_answer(last, question, then)}
    if last.earlier[question.code].is_limited:
        field.last_year_limit = limited_words(last.earlier[question.code])
    if sheet.same_as_last_wave(question) is not None:
        field.same, field.same_label = question.code, same_label(last)


def last_answer(last: LastWave, question: Question, then: Given) -> str:
    """The answer of then on one line, in the words of then."""
    lines = shown(last.instrument, last.earlier[question.code].question, then).lines
    return Truncator("; ".join(lines)).chars(MAX_LAST_YEAR)


def limited_words(earlier: Earlier) -> str:
    return _("Not fully comparable: %(reason)s") % {"reason": earlier.reason}


def same_label(last: LastWave) -> str:
    return _("Same as last year") if last.is_last_year else _("Same as last time")
