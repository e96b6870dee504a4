"""Answers and findings in the words that people read on screen, on receipts and in what is said of a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from surveys.checks import Fault, Finding
from surveys.instrument import BEFORE, NO_VALUE, NOW, TOP3_LIMIT, Given, Instrument, Question, State, Type, Value


def number_text(number: int | Decimal) -> str:
    """The number as Dutch readers write it: 12.500 and 18,5."""
    if isinstance(number, Decimal):
        whole = number.to_integral_value()
        number = int(whole) if whole == number else number.normalize()
    return number_format(number, use_l10n=True, force_grouping=True)


def typed_number(number: int | Decimal | State) -> str:
    """The number as it stands in an input field: with a comma, without grouping. Or the word for why there is none."""
    if isinstance(number, State):
        return _("unknown") if number is State.UNKNOWN else _("n/a")
    return str(number).replace(".", ",")


# What may be typed in the place of a number, besides the words of `typed_number`.
STATE_WORDS = {
    State.UNKNOWN: (str(State.UNKNOWN), "onbekend", "?", "weet ik niet"),
    State.NOT_APPLICABLE: (str(State.NOT_APPLICABLE), "nvt", "niet van toepassing"),
}


def read_state(text: str) -> State | None:
    """Why there is no number, when that is what was typed."""
    word = " ".join(text.replace(".", "").split()).casefold()
    return next((state for state, words in STATE_WORDS.items() if word in (typed_number(state), *words)), None)


def number_refused(question: Question, text: str) -> str:
    """How to write what cannot be read as a number."""
    if question.type is Type.INTEGER:
        message = _("“%(text)s” is not a whole number. Use digits only, for example 12.")
    else:
        message = _("“%(text)s” is not a number with at most two decimals. Write for example 12,5.")
    return f"{message % {'text': text[:40]}} {no_number_words()}"


def no_number_words() -> str:
    """What to write where there is no number."""
    return _("Or type “unknown” or “n/a”.")


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer in words: one line, several (one per option or row), or none at all."""

    lines: tuple[str, ...]
    note: str = ""

    @property
    def is_blank(self) -> bool:
        return not self.lines


def shown(instrument: Instrument, question: Question, given: Given) -> Shown:
    """What was answered, in the questionnaire's words."""
    if given.state in NO_VALUE:
        return Shown((_state_words(given.state),))
    if given.value is None:
        return Shown(())
    note = _("estimate") if given.state is State.ESTIMATE else ""
    return Shown(tuple(_lines(instrument, question, given.value, given.other_text)), note)


def _state_words(state: State) -> str:
    return _("Unknown") if state is State.UNKNOWN else _("Not applicable")


def _lines(instrument: Instrument, question: Question, value: Value, other_text: str) -> list[str]:
    match value:
        case tuple():
            return [_option_line(question, code, other_text) for code in value]
        case Mapping():
            return _mapping_lines(instrument, question, value)
        case str() if question.type is Type.SINGLE:
            return [_option_line(question, value, other_text)]
        case str():
            return value.splitlines()
        case _:
            return [f"{number_text(value)} {question.unit}".strip()]


def _option_line(question: Question, code: str, other_text: str) -> str:
    option = question.option_by_code[code]
    return f"{option.text}: {other_text}" if option.has_text and other_text else option.text


def _mapping_lines(
    instrument: Instrument, question: Question, value: Mapping[str, str] | Mapping[str, Decimal | State]
) -> list[str]:
    if question.type is Type.MATRIX:
        return [
            f"{row.text}: {question.option_by_code[str(value[row.code])].text}"
            for row in question.rows
            if row.code in value
        ]
    return [
        f"{option.text}: {part_words(value[option.code], question.unit)}"
        for option in instrument.numbered_options(question)
        if option.code in value
    ]


def part_words(part: Decimal | str, unit: str = "") -> str:
    """What stands at one option of a number per option."""
    if isinstance(part, State):
        return _state_words(part).lower()
    return f"{number_text(Decimal(part))} {unit}".strip()


def explanation_anchor(finding: Finding) -> str:
    """The id on the review page of the field in which a soft finding is explained."""
    return "-".join(filter(None, ("uitleg", finding.code, finding.school)))


def finding_message(question: Question, finding: Finding) -> str:
    """What is the matter with an answer, as a sentence that says what to do."""
    if finding.check:
        return _check_message(finding.check.message, finding)
    match finding.fault:
        case Fault.EXCLUSIVE:
            alone = next(option.text for option in question.options if option.is_exclusive)
            return _("“%(option)s” cannot go together with other answers. Choose one or the other.") % {"option": alone}
        case Fault.TOO_MANY:
            return _("Choose three answers at most.")
        case Fault.TEXT_NEEDED:
            other = next(option.text for option in question.options if option.has_text)
            return _("You chose “%(option)s”. Write down what you mean.") % {"option": other}
        case Fault.NEGATIVE:
            return _("The number cannot be below zero.")
        case Fault.PERCENTAGE:
            return _("A percentage cannot be above 100.")
        case None:
            raise ValueError("a finding has a check or a fault")


def fault_reason(fault: Fault) -> str:
    """What is the matter with a cell of a file."""
    match fault:
        case Fault.EXCLUSIVE:
            return _("this option cannot be chosen together with others")
        case Fault.TOO_MANY:
            return _("more than %(most)s options are chosen") % {"most": TOP3_LIMIT}
        case Fault.TEXT_NEEDED:
            return _("the chosen option asks for a text")
        case Fault.NEGATIVE:
            return _("the number is negative")
        case Fault.PERCENTAGE:
            return _("the percentage is over 100")


def _check_message(message: str, finding: Finding) -> str:
    """The check's own words, with the numbers that it compared, and what is missing from a row."""
    if finding.missing:
        still_open = _("Still open: %(missing)s.") % {"missing": ", ".join(finding.missing)}
        return f"{message} {still_open}"
    for word, number in ((BEFORE, finding.before), (NOW, finding.now)):
        if number is not None:
            message = message.replace(word, number_text(number))
    return message
