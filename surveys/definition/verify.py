"""What makes a definition a questionnaire: its codes, questions, totals, checks and links."""

import re

from surveys.definition.conditions import judge_condition, judge_total_condition
from surveys.definition.nodes import Document, Path
from surveys.definition.scope import Scope
from surveys.hints import did_you_mean
from surveys.instrument import (
    BEFORE,
    CHOICE_TYPES,
    NOW,
    NUMBER_TYPES,
    SET_TYPES,
    Check,
    Comparability,
    Instrument,
    Level,
    Link,
    Option,
    Question,
    Total,
    Type,
)

SCHOOL_KINDS = ("bo", "sbo", "so", "so_vso", "vo", "vso", "unknown")

# Words with a meaning of their own in figures (a group, the union of options) or in the header of a file.
RESERVED_CODES = ("national", "any", "library", "school")
RESERVED_OPTIONS = ("any", "positive", "other_text")
# The one total that may bear this name counts every row of the roster.
ALL_LOCATIONS = "locations"

# Answers that do not fit in one cell of the roster.
TYPES_OF_LIBRARY = frozenset({Type.TEXT, Type.MATRIX, Type.NUMBER_PER_OPTION})

# What checks can measure: a number, a sum of numbers, how many options are chosen. And what is a row in itself.
MEASURED_TYPES = NUMBER_TYPES | SET_TYPES | {Type.NUMBER_PER_OPTION}
ROW_TYPES = frozenset({Type.MATRIX, Type.NUMBER_PER_OPTION})
# For which the table has room.
MAX_PERCENT = 9999


def verify(instrument: Instrument, document: Document) -> None:
    """Report what is wrong with a definition as it was read.

    Parts that could not be read (an empty code, a faulty type) were reported then, and are passed over here.
    """
    scope = Scope(instrument, document)
    for k, kind in enumerate(instrument.school_kinds):
        scope.knows(kind, SCHOOL_KINDS, "kind of school", ("school_kinds", k))
    _judge_codes(scope)
    for t, total in enumerate(instrument.totals):
        _judge_total(scope, total, ("totals", t))
    for position, (question, path) in enumerate(scope.in_order):
        _judge_question(scope, question, position, path)
    for c, check in enumerate(instrument.checks):
        _judge_check(scope, check, ("checks", c))


def _judge_codes(scope: Scope) -> None:
    instrument = scope.instrument
    totals: list[tuple[str, Path]] = [(t.code, ("totals", i)) for i, t in enumerate(instrument.totals)]
    questions = [(question.code, path) for question, path in scope.in_order]
    scope.report_repeated([*totals, *questions], "code")
    scope.report_repeated([(s.code, ("sections", i)) for i, s in enumerate(instrument.sections)], "section")
    scope.report_repeated([(c.code, ("checks", i)) for i, c in enumerate(instrument.checks)], "check")
    for code, path in [*totals, *questions]:
        if code in RESERVED_CODES:
            scope.report((*path, "code"), f'"{code}" is a reserved word: choose another code')
    for code, path in questions:
        if code == ALL_LOCATIONS:
            scope.report((*path, "code"), f'"{code}" is the name of the total of all locations')


# Totals


def _judge_total(scope: Scope, total: Total, path: Path) -> None:
    if total.code == ALL_LOCATIONS and (total.condition or total.sum_of):
        scope.report(path, f'"{ALL_LOCATIONS}" counts all rows: it has no count_where and no sum_of')
    judge_total_condition(scope, total, path)
    if scope.knows(total.sum_of, scope.codes_of(Level.SCHOOL), "question", (*path, "sum_of")):
        summed = scope.questions[total.sum_of]
        if summed.type not in NUMBER_TYPES and summed.code not in scope.doubtful:
            scope.report((*path, "sum_of"), f'"{summed.code}" is no number: only numbers can be summed')
    for i, code in enumerate(total.share_of):
        place = (*path, "share_of", i)
        if scope.knows(code, scope.totals, "total", place):
            base = scope.totals[code]
            if total.code in _bases(scope, base):
                scope.report(place, f'"{total.code}" would be a share of itself')
            elif bool(total.sum_of) != bool(base.sum_of):
                scope.report(place, f'one of "{total.code}" and "{code}" is a sum, the other a count')
    _judge_links(scope, total.links, path)


def _bases(scope: Scope, total: Total) -> set[str]:
    """The total itself and all that following share_of leads to."""
    found: set[str] = set()
    ahead = [total.code]
    while ahead:
        code = ahead.pop()
        if code in scope.totals and code not in found:
            found.add(code)
            ahead += scope.totals[code].share_of
    return found


# Questions


def _judge_question(scope: Scope, question: Question, position: int, path: Path) -> None:
    _judge_options(scope, question, path)
    judge_condition(scope, question, position, path)
    _judge_links(scope, question.links, path)
    scope.knows(question.share_of, scope.totals, "total", (*path, "share_of"))
    if question.code in scope.doubtful:
        return
    _judge_parts(scope, question, path)
    _judge_options_from(scope, question, position, path)
    if question.column and question.level is not Level.SCHOOL:
        scope.report((*path, "column"), "only a question about schools has a column")
    if question.level is Level.SCHOOL and question.type in TYPES_OF_LIBRARY:
        scope.report((*path, "type"), f"{question.type} does not fit in one cell of the table of schools")
    is_library_number = question.type in NUMBER_TYPES and question.level is Level.LIBRARY
    if question.share_of and not is_library_number:
        scope.report((*path, "share_of"), "only a number asked of the library is a share of a total")


def _judge_parts(scope: Scope, question: Question, path: Path) -> None:
    """Judge which parts this type of question must have, and which it cannot have."""
    kind = question.type
    has_options = kind in CHOICE_TYPES or kind is Type.MATRIX
    is_per_option = kind is Type.NUMBER_PER_OPTION
    if has_options and len(question.options) < 2:
        scope.report(path, f"a question of type {kind} has at least two options")
    if kind is Type.MATRIX and not question.rows:
        scope.report(path, "a matrix has rows")
    if is_per_option and bool(question.options) == bool(question.options_from):
        scope.report(path, f"a question of type {kind} has either options or options_from")
    unfit = {
        "options": question.options and not (has_options or is_per_option),
        "rows": question.rows and kind is not Type.MATRIX,
        "positive": question.positive and kind is not Type.MATRIX,
        "options_from": question.options_from and not is_per_option,
        "unit": question.unit and not (kind in NUMBER_TYPES or is_per_option),
    }
    for key, is_unfit in unfit.items():
        if is_unfit:
            scope.report((*path, key), f"{key} does not go with type {kind}")
    if question.options_except and not question.options_from:
        scope.report((*path, "options_except"), "options_except only goes with options_from")
    for p, code in enumerate(question.positive):
        scope.knows(code, question.option_by_code, "scale code", (*path, "positive", p))


def _judge_options(scope: Scope, question: Question, path: Path) -> None:
    options = [(option, (*path, "options", o)) for o, option in enumerate(question.options)]
    scope.report_repeated([(option.code, place) for option, place in options], "option")
    scope.report_repeated([(row.code, (*path, "rows", r)) for r, row in enumerate(question.rows)], "row")
    earlier: dict[str, Option] = {}
    for option, place in options:
        if option.code in RESERVED_OPTIONS:
            scope.report((*place, "code"), f'"{option.code}" is a reserved word: choose another code')
        if option.parent:
            _judge_parent(scope, question, option, earlier, (*place, "parent"))
        if question.code not in scope.doubtful:
            _judge_option_fit(scope, question, option, place)
        earlier.setdefault(option.code, option)


def _judge_parent(scope: Scope, question: Question, option: Option, earlier: dict[str, Option], path: Path) -> None:
    if option.parent == option.code:
        scope.report(path, f'"{option.code}" cannot stand below itself')
    elif option.parent in question.option_by_code and option.parent not in earlier:
        scope.report(path, f'"{option.parent}" stands later: a parent stands before its children')
    elif scope.knows(option.parent, earlier, "option", path):
        parent = earlier[option.parent]
        if parent.parent:
            scope.report(path, f'"{parent.code}" stands below "{parent.parent}" itself: two layers at most')
        if parent.is_exclusive or option.is_exclusive:
            scope.report(path, "an exclusive option has no parent and no children")


def _judge_option_fit(scope: Scope, question: Question, option: Option, path: Path) -> None:
    if option.is_exclusive and question.type not in SET_TYPES:
        scope.report((*path, "exclusive"), "an exclusive option only goes with multiple and top3")
    if option.parent and question.type is not Type.MULTIPLE:
        scope.report((*path, "parent"), "an option below another only goes with multiple")
    if option.has_text and question.type not in CHOICE_TYPES:
        scope.report((*path, "has_text"), f"an option with text does not go with type {question.type}")


def _judge_options_from(scope: Scope, question: Question, position: int, path: Path) -> None:
    place = (*path, "options_from")
    if not scope.knows(question.options_from, scope.questions, "question", place):
        return
    source = scope.questions[question.options_from]
    if scope.position[source.code] >= position:
        scope.report(place, f'"{source.code}" stands later: options come from an earlier question')
    if source.code in scope.doubtful:
        return
    if source.type not in SET_TYPES:
        scope.report(place, f'"{source.code}" is {source.type}: options come from multiple or top3')
    scope.report_other_level(question, source, place)
    for e, code in enumerate(question.options_except):
        scope.knows(code, source.option_by_code, "option", (*path, "options_except", e), source.code)


# The comparability register


def _judge_links(scope: Scope, links: tuple[Link, ...], path: Path) -> None:
    own_year = scope.instrument.school_year
    seen: set[str] = set()
    for i, link in enumerate(links):
        place = (*path, "links", i)
        if own_year and link.school_year >= own_year:
            scope.report((*place, "school_year"), f"{link.school_year} is not before {own_year}")
        if link.school_year and link.school_year in seen:
            scope.report((*place, "school_year"), f"{link.school_year} is linked twice")
        seen.add(link.school_year)
        if link.comparability is not Comparability.SAME and not link.reason:
            scope.report(place, f"a link that is {link.comparability} gives its reason")


# Checks


def _judge_check(scope: Scope, check: Check, path: Path) -> None:
    bounds = {
        "minimum": check.minimum,
        "maximum": check.maximum,
        "at_most_question": check.at_most_question or None,
        "at_most_total": check.at_most_total or None,
        "change_percent": check.change_percent,
        "change_floor": check.change_floor,
    }
    if check.is_complete_row:
        _judge_complete_row(scope, check, [*(key for key, bound in bounds.items() if bound is not None)], path)
    else:
        if all(bound is None for bound in bounds.values()):
            names = "minimum, maximum, at_most_question, at_most_total, change_percent or complete_row"
            scope.report(path, f"a check has a bound: {names}")
        _judge_measures(scope, check, path)
    if check.minimum is not None and check.maximum is not None and check.minimum > check.maximum:
        scope.report((*path, "minimum"), "minimum is above maximum")
    _judge_change(scope, check, path)
    _judge_message(scope, check, path)


def _judge_measures(scope: Scope, check: Check, path: Path) -> None:
    """Judge whether what is checked, added and compared with are numbers, of the same level, and different things."""
    has_total = scope.knows(check.at_most_total, scope.totals, "total", (*path, "at_most_total"))
    question = _measured_question(scope, check.question, (*path, "question"))
    others = [(code, (*path, "plus", place)) for place, code in enumerate(check.plus)]
    others.append((check.at_most_question, (*path, "at_most_question")))
    known = [(_measured_question(scope, code, place), place) for code, place in others]
    if question is None or question.code in scope.doubtful:
        return
    for other, place in known:
        if other is None or other.code in scope.doubtful:
            continue
        if other is question and "plus" in place:
            scope.report(place, f'"{question.code}" is added to itself')
        elif other is question or (other.code in check.plus and "plus" not in place):
            scope.report(place, f'"{other.code}" is compared with itself')
        elif other.level is not question.level:
            scope.report(place, f'"{question.code}" and "{other.code}" differ in level')
    if has_total and question.level is not Level.LIBRARY:
        scope.report((*path, "at_most_total"), "only a number asked of the library compares with a total")


def _measured_question(scope: Scope, code: str, path: Path) -> Question | None:
    """The question with this code, of which checks know what to compare; anything else is reported."""
    if not scope.knows(code, scope.questions, "question", path):
        return None
    question = scope.questions[code]
    if question.type not in MEASURED_TYPES and code not in scope.doubtful:
        scope.report(path, f'"{code}" is no number ({question.type}): checks are about numbers, or how many are chosen')
        return None
    return question


def _judge_change(scope: Scope, check: Check, path: Path) -> None:
    """Judge `change_percent` and `change_floor`. Whether a wave compares is known only when there are two."""
    for key, value, other in (
        ("change_percent", check.change_percent, check.change_floor),
        ("change_floor", check.change_floor, check.change_percent),
    ):
        if value is not None and other is None:
            scope.report((*path, key), "change_percent and change_floor go together: a change is judged by both")
        if value is not None and value < 0:
            scope.report((*path, key), f"{key} is not below zero")
    if check.change_percent is not None and check.change_percent > MAX_PERCENT:
        scope.report((*path, "change_percent"), f"change_percent is at most {MAX_PERCENT}")


def _judge_complete_row(scope: Scope, check: Check, bounds: list[str], path: Path) -> None:
    if bounds or check.plus:
        key = bounds[0] if bounds else "plus"
        scope.report((*path, key), "a check with complete_row looks at nothing else: make two checks of it")
    if not scope.knows(check.question, scope.questions, "question", (*path, "question")):
        return
    question = scope.questions[check.question]
    if question.code in scope.doubtful:
        return
    place = (*path, "complete_row")
    if question.level is Level.LIBRARY and question.type not in ROW_TYPES:
        scope.report(place, "complete_row is for a question per school, a matrix or a number per option")
    elif question.level is Level.SCHOOL and len(scope.instrument.section_of[question.code].school_questions) == 1:
        scope.report(place, f'"{question.code}" is the only question per school in its section: it is the whole row')


def _judge_message(scope: Scope, check: Check, path: Path) -> None:
    for word in re.findall(r"\{\w*\}", check.message):
        if word not in (BEFORE, NOW):
            scope.report((*path, "message"), f"unknown {word} in the message{did_you_mean(word, (BEFORE, NOW))}")
        elif check.change_percent is None:
            scope.report((*path, "message"), f"{word} is only known to a check with change_percent")
