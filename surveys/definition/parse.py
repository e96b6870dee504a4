"""From the text of a definition file to an `Instrument`. Here: its shape. What it means is for `verify`."""

import re

from surveys.definition.nodes import (
    CODE,
    LINE,
    OPTION_CODE,
    SENTENCES,
    SHORT,
    Document,
    Item,
    read,
    unknown_key,
)
from surveys.definition.verify import verify
from surveys.instrument import (
    Check,
    Comparability,
    Condition,
    Disclosure,
    Instrument,
    Level,
    Link,
    Operator,
    Option,
    Question,
    Row,
    Section,
    Severity,
    SourceKind,
    Term,
    Total,
    Type,
)
from surveys.translation import gettext as _

SCHOOL_YEAR = re.compile(r"20[0-9]{2}-20[0-9]{2}", re.ASCII)
MAX_MINUTES = 1000
VERSION = re.compile(r"[0-9]{1,4}\.[0-9]{1,4}", re.ASCII)

# Stands in for a faulty term, so that the others keep their place; it never leaves `parse`.
FAULTY_TERM = Term(SourceKind.QUESTION, "", Operator.ANSWERED)


def parse(text: str, file: str) -> Instrument:
    """Read a definition; `file` is its name in messages.

    Raises `FileRefused` with every problem in it, each at its line.
    """
    document = Document(file)
    instrument = _instrument(read(text, document))
    verify(instrument, document)
    document.refuse_if_faulty()
    return instrument


def _instrument(item: Item) -> Instrument:
    instrument = Instrument(
        survey=item.code("survey"),
        school_year=_school_year(item),
        version=item.matching("version", VERSION, _("“%(text)s” is not a version such as '1.0'")),
        reason=item.text("reason", is_required=False),
        title=item.text("title", limit=150),
        intro=item.text("intro", is_required=False),
        minutes=_minutes(item),
        school_kinds=item.texts("school_kinds", is_required=True),
        totals=tuple(_total(total) for total in item.items("totals")),
        sections=tuple(_section(section) for section in item.items("sections", is_required=True)),
        checks=tuple(_check(check) for check in item.items("checks")),
    )
    item.close()
    return instrument


def _minutes(item: Item) -> int | None:
    number = item.decimal("minutes")
    if number is None:
        return None
    if number != int(number) or not 1 <= number <= MAX_MINUTES:
        item.report("minutes", _("minutes is a whole number from 1 to %(most)s") % {"most": MAX_MINUTES})
        return None
    return int(number)


def _school_year(item: Item) -> str:
    year = item.matching("school_year", SCHOOL_YEAR, _("“%(text)s” is not a school year such as 2021-2022"))
    if year and int(year[5:]) != int(year[:4]) + 1:
        item.report("school_year", _("“%(year)s” is not two years in a row") % {"year": year})
    return year


def _total(item: Item) -> Total:
    total = Total(
        code=item.code("code"),
        label=item.text("label", limit=LINE),
        condition=_condition(item, "count_where"),
        sum_of=item.text("sum_of", is_required=False),
        unit=item.text("unit", is_required=False, limit=SHORT),
        share_of=item.texts("share_of"),
        links=_links(item),
    )
    item.close()
    return total


def _section(item: Item) -> Section:
    section = Section(
        code=item.code("code"),
        title=item.text("title", limit=150),
        help=item.text("help", is_required=False),
        questions=tuple(_question(question) for question in item.items("questions", is_required=True)),
    )
    item.close()
    return section


def _question(item: Item) -> Question:
    question = Question(
        code=item.code("code"),
        level=item.choice("level", Level.LIBRARY, is_required=True),
        type=item.choice("type", Type.TEXT, is_required=True),
        text=item.text("text"),
        label=item.text("label", limit=LINE),
        help=item.text("help", is_required=False),
        column=item.text("column", is_required=False, limit=SHORT),
        unit=item.text("unit", is_required=False, limit=SHORT),
        options=tuple(_option(option) for option in item.items("options")),
        rows=tuple(_row(row) for row in item.items("rows")),
        positive=item.texts("positive"),
        options_from=item.text("options_from", is_required=False),
        options_except=item.texts("options_except"),
        share_of=item.text("share_of", is_required=False),
        condition=_condition(item, "applies_when"),
        disclosure=item.choice("disclosure", Disclosure.NETWORK),
        links=_links(item),
    )
    item.close()
    return question


def _option(item: Item) -> Option:
    option = Option(
        code=item.code("code", OPTION_CODE),
        text=item.text("text", limit=SENTENCES),
        label=item.text("label", limit=LINE),
        is_exclusive=item.flag("exclusive"),
        has_text=item.flag("has_text"),
        parent=item.text("parent", is_required=False),
    )
    item.close()
    return option


def _row(item: Item) -> Row:
    row = Row(
        code=item.code("code"),
        text=item.text("text", limit=SENTENCES),
        label=item.text("label", limit=LINE),
    )
    item.close()
    return row


def _links(item: Item) -> tuple[Link, ...]:
    return tuple(_link(link) for link in item.items("links"))


def _link(item: Item) -> Link:
    link = Link(
        school_year=_school_year(item),
        question=item.matching("question", CODE, _("“%(text)s” is not a code")),
        comparability=item.choice("comparability", Comparability.SAME, is_required=True),
        reason=item.text("reason", is_required=False),
    )
    item.close()
    return link


def _check(item: Item) -> Check:
    check = Check(
        code=item.code("code"),
        severity=item.choice("severity", Severity.HARD, is_required=True),
        question=item.text("question"),
        message=item.text("message", limit=SENTENCES),
        minimum=item.decimal("minimum"),
        maximum=item.decimal("maximum"),
        at_most_question=item.text("at_most_question", is_required=False),
        at_most_total=item.text("at_most_total", is_required=False),
        plus=item.texts("plus"),
        change_percent=item.decimal("change_percent"),
        change_floor=item.decimal("change_floor"),
        is_complete_row=item.flag("complete_row"),
    )
    item.close()
    return check


def _condition(item: Item, key: str) -> Condition:
    return tuple(tuple(_term(term) for term in group) for group in item.groups(key))


def _term(item: Item) -> Term:
    """One comparison: exactly one key that says what is looked at, and exactly one that says how."""
    if not item.is_readable:
        return FAULTY_TERM
    kinds = [kind for kind in SourceKind if kind in item]
    operators = [operator for operator in Operator if operator in item]
    known = [*SourceKind, *Operator]
    for key in item.values:
        if key not in known:
            item.report(key, unknown_key(key, map(str, known)))
            return FAULTY_TERM
    one_of = _("a term has exactly one of %(keys)s")
    if len(kinds) != 1:
        item.document.report(item.path, one_of % {"keys": ", ".join(SourceKind)})
    if len(operators) != 1:
        item.document.report(item.path, one_of % {"keys": ", ".join(Operator)})
    if len(kinds) != 1 or len(operators) != 1:
        return FAULTY_TERM
    kind, operator = kinds[0], operators[0]
    source = item.text(kind)
    match operator:
        case Operator.IN | Operator.NOT_IN | Operator.CONTAINS | Operator.LACKS:
            values = item.texts(operator, may_be_single=True)
        case Operator.AT_LEAST | Operator.AT_MOST:
            values = (item.number(operator),)
        case Operator.ANSWERED | Operator.NOT_ANSWERED:
            item.flag(operator)
            values = ()
    return Term(kind, source, operator, values)
