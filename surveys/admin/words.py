"""Conditions, checks and kinds of question in words that staff can judge."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys.instrument import (
    Check,
    Comparability,
    Condition,
    Disclosure,
    Instrument,
    Level,
    Operator,
    SourceKind,
    Term,
    Type,
)
from surveys.wording import number_text

TYPES: Mapping[Type, Promise] = {
    Type.SINGLE: gettext_lazy("one answer"),
    Type.MULTIPLE: gettext_lazy("several answers"),
    Type.TOP3: gettext_lazy("at most three answers"),
    Type.INTEGER: gettext_lazy("whole number"),
    Type.DECIMAL: gettext_lazy("number with decimals"),
    Type.PERCENTAGE: gettext_lazy("percentage"),
    Type.TEXT: gettext_lazy("text"),
    Type.MATRIX: gettext_lazy("table of statements"),
    Type.NUMBER_PER_OPTION: gettext_lazy("number per option"),
}
LEVELS: Mapping[Level, Promise] = {
    Level.LIBRARY: gettext_lazy("per library"),
    Level.SCHOOL: gettext_lazy("per school location"),
}
DISCLOSURES: Mapping[Disclosure, Promise] = {
    Disclosure.OPEN: gettext_lazy("may be published per library"),
    Disclosure.NETWORK: gettext_lazy("per library for the network only"),
    Disclosure.TOTAL_ONLY: gettext_lazy("nothing but totals"),
}
COMPARABILITIES: Mapping[Comparability, Promise] = {
    Comparability.SAME: gettext_lazy("comparable"),
    Comparability.LIMITED: gettext_lazy("comparable with care"),
    Comparability.BREAK: gettext_lazy("break in the series"),
}
_PROPERTIES: Mapping[str, Promise] = {
    "province": gettext_lazy("the province"),
    "size_class": gettext_lazy("the size class"),
    "inhabitants": gettext_lazy("the number of inhabitants"),
    "locations": gettext_lazy("the number of school locations"),
}
_SENTENCES: Mapping[Operator, Promise] = {
    Operator.IN: gettext_lazy("%(source)s is %(values)s"),
    Operator.NOT_IN: gettext_lazy("%(source)s is not %(values)s"),
    Operator.CONTAINS: gettext_lazy("%(source)s includes %(values)s"),
    Operator.LACKS: gettext_lazy("%(source)s does not include %(values)s"),
    Operator.AT_LEAST: gettext_lazy("%(source)s is at least %(values)s"),
    Operator.AT_MOST: gettext_lazy("%(source)s is at most %(values)s"),
    Operator.ANSWERED: gettext_lazy("%(source)s is answered"),
    Operator.NOT_ANSWERED: gettext_lazy("%(source)s is not answered"),
}


def condition_words(instrument: Instrument, condition: Condition) -> list[str]:
    """One line per group; the condition holds when one of the lines does. No lines: it always holds."""
    both = f" {_('and')} "
    return [both.join(_term_words(instrument, term) for term in group) for group in condition]


def _term_words(instrument: Instrument, term: Term) -> str:
    values = [_value_words(instrument, term, value) for value in term.values]
    sentence = str(_SENTENCES[term.operator])
    return sentence % {"source": _source_words(instrument, term), "values": f" {_('or')} ".join(values)}


def _source_words(instrument: Instrument, term: Term) -> str:
    match term.kind:
        case SourceKind.QUESTION:
            question = instrument.questions[term.source]
            return f"{instrument.number_of[question.code]} “{question.label}”"
        case SourceKind.TOTAL:
            return _("the total “%(label)s”") % {"label": instrument.total_by_code[term.source].label}
        case SourceKind.LIBRARY:
            return str(_PROPERTIES[term.source])
        case SourceKind.LAST_WAVE:
            return _("last wave's answer to “%(code)s”") % {"code": term.source}


def _value_words(instrument: Instrument, term: Term, value: str) -> str:
    if term.kind is SourceKind.QUESTION:
        option = instrument.questions[term.source].option_by_code.get(value)
        return f"“{option.text}”" if option else value
    return value


def check_words(instrument: Instrument, check: Check) -> str:
    """The bounds of a check in one line."""
    parts = []
    if check.plus:
        labels = ", ".join(f"“{instrument.questions[code].label}”" for code in check.plus)
        parts.append(_("together with %(labels)s") % {"labels": labels})
    if check.minimum is not None:
        parts.append(_("at least %(number)s") % {"number": number_text(check.minimum)})
    if check.maximum is not None:
        parts.append(_("at most %(number)s") % {"number": number_text(check.maximum)})
    if check.at_most_question:
        label = instrument.questions[check.at_most_question].label
        parts.append(_("at most the answer to “%(label)s”") % {"label": label})
    if check.at_most_total:
        label = instrument.total_by_code[check.at_most_total].label
        parts.append(_("at most the total “%(label)s”") % {"label": label})
    if check.change_percent is not None and check.change_floor is not None:
        words = _("at most %(percent)s percent or %(floor)s from the last wave")
        parts.append(words % {"percent": number_text(check.change_percent), "floor": number_text(check.change_floor)})
    if check.is_complete_row:
        parts.append(_("once this is answered, the whole row is"))
    return ", ".join(parts)
