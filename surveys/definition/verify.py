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
from surveys.translation import gettext as _

SCHOOL_KINDS = ("bo", "sbo", "so", "so_vso", "vo", "vso", "unknown")

# Words with a meaning of their own in figures (a group, the union of options) or in the header of a file.
# What fields of a section's page are called that are no questions (`forms`).
FIELD_NAMES = ("seen", "shown", "show", "stay", "same", "confirm", "many", "undo", "r", "csrfmiddlewaretoken")
RESERVED_CODES = ("national", "any", "library", "school", *FIELD_NAMES)
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
        scope.knows(kind, SCHOOL_KINDS, _("unknown kind of school “%(word)s”"), ("school_kinds", k))
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
    scope.report_repeated([*totals, *questions], _("code “%(code)s” is used twice (first on line %(line)s)"))
    sections: list[tuple[str, Path]] = [(s.code, ("sections", i)) for i, s in enumerate(instrument.sections)]
    scope.report_repeated(sections, _("section “%(code)s” is used twice (first on line %(line)s)"))
    checks: list[tuple[str, Path]] = [(c.code, ("checks", i)) for i, c in enumerate(instrument.checks)]
    scope.report_repeated(checks, _("check “%(code)s” is used twice (first on line %(line)s)"))
    for code, path in [*totals, *questions]:
        if code in RESERVED_CODES:
            scope.report((*path, "code"), _reserved(code))
    for code, path in questions:
        if code == ALL_LOCATIONS:
            reason = _("“%(code)s” is the name of the total of all locations: choose another code")
            scope.report((*path, "code"), reason % {"code": code})


def _reserved(code: str) -> str:
    return _("“%(code)s” is a reserved word: choose another code") % {"code": code}


# Totals


def _judge_total(scope: Scope, total: Total, path: Path) -> None:
    if total.code == ALL_LOCATIONS and (total.condition or total.sum_of):
        reason = _("“%(code)s” counts all rows: it has no count_where and no sum_of")
        scope.report(path, reason % {"code": ALL_LOCATIONS})
    judge_total_condition(scope, total, path)
    if scope.knows_question(total.sum_of, scope.codes_of(Level.SCHOOL), (*path, "sum_of")):
        summed = scope.questions[total.sum_of]
        if summed.type not in NUMBER_TYPES and summed.code not in scope.doubtful:
            reason = _("“%(code)s” is no number: only numbers can be summed")
            scope.report((*path, "sum_of"), reason % {"code": summed.code})
    for i, code in enumerate(total.share_of):
        place = (*path, "share_of", i)
        if scope.knows_total(code, place):
            base = scope.totals[code]
            if total.code in _bases(scope, base):
                scope.report(place, _("“%(code)s” would be a share of itself") % {"code": total.code})
            elif bool(total.sum_of) != bool(base.sum_of):
                reason = _("one of “%(code)s” and “%(base)s” is a sum, the other a count")
                scope.report(place, reason % {"code": total.code, "base": code})
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
    scope.knows_total(question.share_of, (*path, "share_of"))
    if question.code in scope.doubtful:
        return
    _judge_parts(scope, question, path)
    _judge_options_from(scope, question, position, path)
    if question.column and question.level is not Level.SCHOOL:
        scope.report((*path, "column"), _("only a question about schools has a column"))
    if question.level is Level.SCHOOL and question.type in TYPES_OF_LIBRARY:
        reason = _("%(type)s does not fit in one cell of the table of schools")
        scope.report((*path, "type"), reason % {"type": question.type})
    is_library_number = question.type in NUMBER_TYPES and question.level is Level.LIBRARY
    if question.share_of and not is_library_number:
        scope.report((*path, "share_of"), _("only a number asked of the library is a share of a total"))


def _judge_parts(scope: Scope, question: Question, path: Path) -> None:
    """Judge which parts this type of question must have, and which it cannot have."""
    kind = question.type
    has_options = kind in CHOICE_TYPES or kind is Type.MATRIX
    is_per_option = kind is Type.NUMBER_PER_OPTION
    if has_options and len(question.options) < 2:
        scope.report(path, _("a question of type %(type)s has at least two options") % {"type": kind})
    if kind is Type.MATRIX and not question.rows:
        scope.report(path, _("a matrix has rows"))
    if is_per_option and bool(question.options) == bool(question.options_from):
        scope.report(path, _("a question of type %(type)s has either options or options_from") % {"type": kind})
    unfit = {
        "options": question.options and not (has_options or is_per_option),
        "rows": question.rows and kind is not Type.MATRIX,
        "positive": question.positive and kind is not Type.MATRIX,
        "options_from": question.options_from and not is_per_option,
        "unit": question.unit and not (kind in NUMBER_TYPES or is_per_option),
    }
    for key, is_unfit in unfit.items():
        if is_unfit:
            scope.report((*path, key), _("%(key)s does not go with type %(type)s") % {"key": key, "type": kind})
    if question.options_except and not question.options_from:
        scope.report((*path, "options_except"), _("options_except only goes with options_from"))
    for p, code in enumerate(question.positive):
        scope.knows(code, question.option_by_code, _("unknown scale code “%(word)s”"), (*path, "positive", p))


def _judge_options(scope: Scope, question: Question, path: Path) -> None:
    options = [(option, (*path, "options", o)) for o, option in enumerate(question.options)]
    codes = [(option.code, place) for option, place in options]
    scope.report_repeated(codes, _("option “%(code)s” is used twice (first on line %(line)s)"))
    rows = [(row.code, (*path, "rows", r)) for r, row in enumerate(question.rows)]
    scope.report_repeated(rows, _("row “%(code)s” is used twice (first on line %(line)s)"))
    earlier: dict[str, Option] = {}
    for option, place in options:
        if option.code in RESERVED_OPTIONS:
            scope.report((*place, "code"), _reserved(option.code))
        if option.parent:
            _judge_parent(scope, question, option, earlier, (*place, "parent"))
        if question.code not in scope.doubtful:
            _judge_option_fit(scope, question, option, place)
        earlier.setdefault(option.code, option)


def _judge_parent(scope: Scope, question: Question, option: Option, earlier: dict[str, Option], path: Path) -> None:
    if option.parent == option.code:
        scope.report(path, _("“%(code)s” cannot stand below itself") % {"code": option.code})
    elif option.parent in question.option_by_code and option.parent not in earlier:
        reason = _("“%(code)s” stands later: a parent stands before its children")
        scope.report(path, reason % {"code": option.parent})
    elif scope.knows_option(option.parent, earlier, question, path):
        parent = earlier[option.parent]
        if parent.parent:
            reason = _("“%(code)s” stands below “%(parent)s” itself: two layers at most")
            scope.report(path, reason % {"code": parent.code, "parent": parent.parent})
        if parent.is_exclusive or option.is_exclusive:
            scope.report(path, _("an exclusive option has no parent and no children"))


def _judge_option_fit(scope: Scope, question: Question, option: Option, path: Path) -> None:
    if option.is_exclusive and question.type not in SET_TYPES:
        scope.report((*path, "exclusive"), _("an exclusive option only goes with multiple and top3"))
    if option.parent and question.type is not Type.MULTIPLE:
        scope.report((*path, "parent"), _("an option below another only goes with multiple"))
    if option.has_text and question.type not in CHOICE_TYPES:
        reason = _("an option with text does not go with type %(type)s")
        scope.report((*path, "has_text"), reason % {"type": question.type})


def _judge_options_from(scope: Scope, question: Question, position: int, path: Path) -> None:
    place = (*path, "options_from")
    if not scope.knows_question(question.options_from, scope.questions, place):
        return
    source = scope.questions[question.options_from]
    if scope.position[source.code] >= position:
        reason = _("“%(code)s” stands later: options come from an earlier question")
        scope.report(place, reason % {"code": source.code})
    if source.code in scope.doubtful:
        return
    if source.type not in SET_TYPES:
        reason = _("“%(code)s” is %(type)s: options come from multiple or top3")
        scope.report(place, reason % {"code": source.code, "type": source.type})
    scope.report_other_level(question, source, place)
    for e, code in enumerate(question.options_except):
        scope.knows_option(code, source.option_by_code, source, (*path, "options_except", e))


# The comparability register


def _judge_links(scope: Scope, links: tuple[Link, ...], path: Path) -> None:
    own_year = scope.instrument.school_year
    seen: set[str] = set()
    for i, link in enumerate(links):
        place = (*path, "links", i)
        if own_year and link.school_year >= own_year:
            reason = _("%(year)s is not before %(own_year)s")
            scope.report((*place, "school_year"), reason % {"year": link.school_year, "own_year": own_year})
        if link.school_year and link.school_year in seen:
            scope.report((*place, "school_year"), _("%(year)s is linked twice") % {"year": link.school_year})
        seen.add(link.school_year)
        if link.comparability is not Comparability.SAME and not link.reason:
            reason = _("a link that is %(comparability)s gives its reason")
            scope.report(place, reason % {"comparability": link.comparability})


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
            names = "minimum, maximum, at_most_question, at_most_total, change_percent, complete_row"
            scope.report(path, _("a check has a bound, one of %(keys)s") % {"keys": names})
        _judge_measures(scope, check, path)
    if check.minimum is not None and check.maximum is not None and check.minimum > check.maximum:
        scope.report((*path, "minimum"), _("minimum is above maximum"))
    _judge_change(scope, check, path)
    _judge_message(scope, check, path)


def _judge_measures(scope: Scope, check: Check, path: Path) -> None:
    """Judge whether what is checked, added and compared with are numbers, of the same level, and different things."""
    has_total = scope.knows_total(check.at_most_total, (*path, "at_most_total"))
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
            scope.report(place, _("“%(code)s” is added to itself") % {"code": question.code})
        elif other is question or (other.code in check.plus and "plus" not in place):
            scope.report(place, _("“%(code)s” is compared with itself") % {"code": other.code})
        elif other.level is not question.level:
            reason = _("“%(code)s” and “%(other)s” differ in level")
            scope.report(place, reason % {"code": question.code, "other": other.code})
    if has_total and question.level is not Level.LIBRARY:
        scope.report((*path, "at_most_total"), _("only a number asked of the library compares with a total"))


def _measured_question(scope: Scope, code: str, path: Path) -> Question | None:
    """The question with this code, of which checks know what to compare; anything else is reported."""
    if not scope.knows_question(code, scope.questions, path):
        return None
    question = scope.questions[code]
    if question.type not in MEASURED_TYPES and code not in scope.doubtful:
        reason = _("“%(code)s” is no number (%(type)s): checks are about numbers, or how many are chosen")
        scope.report(path, reason % {"code": code, "type": question.type})
        return None
    return question


def _judge_change(scope: Scope, check: Check, path: Path) -> None:
    """Judge `change_percent` and `change_floor`. Whether a wave compares is known only when there are two."""
    for key, value, other in (
        ("change_percent", check.change_percent, check.change_floor),
        ("change_floor", check.change_floor, check.change_percent),
    ):
        if value is not None and other is None:
            scope.report((*path, key), _("change_percent and change_floor go together: a change is judged by both"))
        if value is not None and value < 0:
            scope.report((*path, key), _("%(key)s is not below zero") % {"key": key})
    if check.change_percent is not None and check.change_percent > MAX_PERCENT:
        scope.report((*path, "change_percent"), _("change_percent is at most %(most)s") % {"most": MAX_PERCENT})


def _judge_complete_row(scope: Scope, check: Check, bounds: list[str], path: Path) -> None:
    if bounds or check.plus:
        key = bounds[0] if bounds else "plus"
        scope.report((*path, key), _("a check with complete_row looks at nothing else: make two checks of it"))
    if not scope.knows_question(check.question, scope.questions, (*path, "question")):
        return
    question = scope.questions[check.question]
    if question.code in scope.doubtful:
        return
    place = (*path, "complete_row")
    if question.level is Level.LIBRARY and question.type not in ROW_TYPES:
        scope.report(place, _("complete_row is for a question per school, a matrix or a number per option"))
    elif question.level is Level.SCHOOL and len(scope.instrument.section_of[question.code].school_questions) == 1:
        reason = _("“%(code)s” is the only question per school in its section: it is the whole row")
        scope.report(place, reason % {"code": question.code})


def _judge_message(scope: Scope, check: Check, path: Path) -> None:
    for word in re.findall(r"\{\w*\}", check.message):
        if word not in (BEFORE, NOW):
            unknown = _("unknown %(word)s in the message") % {"word": word}
            scope.report((*path, "message"), unknown + did_you_mean(word, (BEFORE, NOW)))
        elif check.change_percent is None:
            reason = _("%(word)s is only known to a check with change_percent")
            scope.report((*path, "message"), reason % {"word": word})
