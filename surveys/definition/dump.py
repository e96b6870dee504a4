"""From an `Instrument` to the text of its definition file: one canonical form, the same bytes every time."""

from decimal import Decimal
from typing import Any

import yaml

from surveys.instrument import (
    Check,
    Condition,
    Disclosure,
    Instrument,
    Link,
    Operator,
    Option,
    Question,
    Row,
    Section,
    Term,
    Total,
)

WIDTH = 110
# A small mapping stands on one line when it is at most this long; ten positions are left for its indentation.
ONE_LINE = WIDTH - 10


class _Small(dict[str, Any]):
    """A mapping that stands on one line when it fits."""


class _Words(list[str]):
    """A list of codes, on one line."""


class _Number(str):
    """A number as it stands in the file: no quotes, no binary fraction."""


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        """Write a value that occurs twice twice: definitions have no anchors."""
        return True


class _OneLineDumper(_Dumper):
    """Measures how long a small mapping is on one line."""


def _represent_small(dumper: yaml.SafeDumper, small: _Small) -> yaml.Node:
    line = yaml.dump(small, Dumper=_OneLineDumper, allow_unicode=True, sort_keys=False, width=10**6)
    is_flow = len(line.rstrip("\n")) <= ONE_LINE
    return dumper.represent_mapping("tag:yaml.org,2002:map", small.items(), flow_style=is_flow)


def _represent_on_one_line(dumper: yaml.SafeDumper, small: _Small) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", small.items(), flow_style=True)


def _represent_words(dumper: yaml.SafeDumper, words: _Words) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", words, flow_style=True)


def _represent_number(dumper: yaml.SafeDumper, number: _Number) -> yaml.Node:
    kind = "float" if "." in number else "int"
    return dumper.represent_scalar(f"tag:yaml.org,2002:{kind}", str(number))


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


for each in (_Dumper, _OneLineDumper):
    each.add_representer(_Words, _represent_words)
    each.add_representer(_Number, _represent_number)
    each.add_representer(str, _represent_text)
_Dumper.add_representer(_Small, _represent_small)
_OneLineDumper.add_representer(_Small, _represent_on_one_line)


def dump(instrument: Instrument) -> str:
    """The definition file of a questionnaire, in its one canonical form: `parse(dump(x)) == x`."""
    content = _filled(
        survey=instrument.survey,
        school_year=instrument.school_year,
        version=instrument.version,
        reason=instrument.reason,
        title=instrument.title,
        intro=instrument.intro,
        minutes=instrument.minutes,
        school_kinds=_Words(instrument.school_kinds),
        totals=[_total(total) for total in instrument.totals],
        sections=[_section(section) for section in instrument.sections],
        checks=[_check(check) for check in instrument.checks],
    )
    return str(yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=WIDTH))


def _filled(**values: Any) -> dict[str, Any]:
    """The keys that hold something: empty ones are left out of the file."""
    return {key: value for key, value in values.items() if value}


def _number(value: Decimal | None) -> _Number | None:
    """A bound without the zeros that a database column adds: 2, not 2.00."""
    if value is None:
        return None
    text = format(value, "f")
    return _Number(text.rstrip("0").rstrip(".") if "." in text else text)


def _total(total: Total) -> dict[str, Any]:
    return _filled(
        code=total.code,
        label=total.label,
        count_where=_condition(total.condition),
        sum_of=total.sum_of,
        unit=total.unit,
        share_of=_Words(total.share_of),
        links=[_link(link) for link in total.links],
    )


def _section(section: Section) -> dict[str, Any]:
    return _filled(
        code=section.code,
        title=section.title,
        help=section.help,
        questions=[_question(question) for question in section.questions],
    )


def _question(question: Question) -> dict[str, Any]:
    return _filled(
        code=question.code,
        level=str(question.level),
        type=str(question.type),
        text=question.text,
        label=question.label,
        help=question.help,
        column=question.column,
        unit=question.unit,
        options=[_option(option) for option in question.options],
        rows=[_row(row) for row in question.rows],
        positive=_Words(question.positive),
        options_from=question.options_from,
        options_except=_Words(question.options_except),
        share_of=question.share_of,
        applies_when=_condition(question.condition),
        disclosure="" if question.disclosure is Disclosure.NETWORK else str(question.disclosure),
        links=[_link(link) for link in question.links],
    )


def _option(option: Option) -> _Small:
    return _Small(
        _filled(
            code=option.code,
            text=option.text,
            label=option.label,
            has_text=option.has_text,
            exclusive=option.is_exclusive,
            parent=option.parent,
        )
    )


def _row(row: Row) -> _Small:
    return _Small(_filled(code=row.code, text=row.text, label=row.label))


def _link(link: Link) -> _Small:
    return _Small(
        _filled(
            school_year=link.school_year,
            question=link.question,
            comparability=str(link.comparability),
            reason=link.reason,
        )
    )


def _check(check: Check) -> dict[str, Any]:
    return _filled(
        code=check.code,
        severity=str(check.severity),
        question=check.question,
        plus=_Words(check.plus),
        minimum=_number(check.minimum),
        maximum=_number(check.maximum),
        at_most_question=check.at_most_question,
        at_most_total=check.at_most_total,
        change_percent=_number(check.change_percent),
        change_floor=_number(check.change_floor),
        complete_row=check.is_complete_row,
        message=check.message,
    )


def _condition(condition: Condition) -> list[list[_Small]]:
    return [[_term(term) for term in group] for group in condition]


def _term(term: Term) -> _Small:
    value: Any
    match term.operator:
        case Operator.AT_LEAST | Operator.AT_MOST:
            value = _Number(term.values[0])
        case Operator.ANSWERED | Operator.NOT_ANSWERED:
            value = True
        case _:
            value = _Words(term.values)
    return _Small({str(term.kind): term.source, str(term.operator): value})
