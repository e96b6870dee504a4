"""Judging conditions: what a term may look at, with which comparison, and that it stands earlier."""

from surveys.definition.nodes import Path
from surveys.definition.scope import Scope, walk_with_paths
from surveys.instrument import (
    LIBRARY_PROPERTIES,
    NUMBER_TYPES,
    SET_TYPES,
    Level,
    Operator,
    Question,
    SourceKind,
    Term,
    Total,
    Type,
)
from surveys.translation import gettext as _

SINGLE_OPERATORS = frozenset({Operator.IN, Operator.NOT_IN})
SET_OPERATORS = frozenset({Operator.CONTAINS, Operator.LACKS})
NUMBER_OPERATORS = frozenset({Operator.AT_LEAST, Operator.AT_MOST})
# These go with every source.
ANSWER_OPERATORS = frozenset({Operator.ANSWERED, Operator.NOT_ANSWERED})

OPERATORS_OF_PROPERTY = {
    "province": SINGLE_OPERATORS,
    "size_class": SINGLE_OPERATORS,
    "inhabitants": NUMBER_OPERATORS,
    "locations": NUMBER_OPERATORS,
}
SIZE_CLASSES = ("klein", "middelgroot", "groot", "xl")


def judge_condition(scope: Scope, question: Question, position: int, path: Path) -> None:
    """Judge `applies_when` of the question at this position in the questionnaire."""
    for place, term in walk_with_paths(question.condition, (*path, "applies_when")):
        match term.kind:
            case SourceKind.QUESTION:
                _judge_question_term(scope, question, position, term, place)
            case SourceKind.TOTAL:
                _judge_total_term(scope, position, term, place)
            case SourceKind.LIBRARY:
                _judge_library_term(scope, term, place)
            case SourceKind.LAST_WAVE:
                _judge_last_wave_term(scope, question, term, place)


def judge_total_condition(scope: Scope, total: Total, path: Path) -> None:
    """Judge `count_where` of a total: it looks at rows of the roster only."""
    for place, term in walk_with_paths(total.condition, (*path, "count_where")):
        question = scope.questions.get(term.source)
        if term.kind is not SourceKind.QUESTION:
            scope.report(place, _("a total looks only at questions about schools"))
        elif question is None:
            scope.knows_question(term.source, scope.codes_of(Level.SCHOOL), (*place, "question"))
        elif question.level is not Level.SCHOOL and question.code not in scope.doubtful:
            reason = _("“%(code)s” is no question about schools: a total cannot look at it")
            scope.report(place, reason % {"code": term.source})
        else:
            _judge_fit(scope, term, question, place)


def _judge_question_term(scope: Scope, question: Question, position: int, term: Term, path: Path) -> None:
    place = (*path, "question")
    if term.source in scope.totals and term.source not in scope.questions:
        scope.report(place, _("“%(code)s” is a total: write total: %(code)s") % {"code": term.source})
    elif scope.knows_question(term.source, scope.questions, place):
        source = scope.questions[term.source]
        if scope.position[source.code] == position:
            scope.report(place, _("“%(code)s” would depend on itself") % {"code": source.code})
        elif scope.position[source.code] > position:
            reason = _("“%(code)s” stands later: refer to earlier questions only")
            scope.report(place, reason % {"code": source.code})
        scope.report_other_level(question, source, place)
        _judge_fit(scope, term, source, path)


def _judge_total_term(scope: Scope, position: int, term: Term, path: Path) -> None:
    """A total stands after the last question that it looks at."""
    place = (*path, "total")
    if not scope.knows_total(term.source, place):
        return
    total = scope.totals[term.source]
    sources = [source.source for _place, source in walk_with_paths(total.condition, ())] + [total.sum_of]
    last = max(scope.position.get(source, -1) for source in sources)
    if last >= position:
        code = scope.in_order[last][0].code
        reason = _("“%(total)s” looks at “%(code)s”, which does not stand earlier")
        scope.report(place, reason % {"total": term.source, "code": code})
    _judge_operator(scope, term, NUMBER_OPERATORS, _("total “%(code)s”") % {"code": term.source}, path)


def _judge_library_term(scope: Scope, term: Term, path: Path) -> None:
    unknown = _("unknown property of a library “%(word)s”")
    if scope.knows(term.source, LIBRARY_PROPERTIES, unknown, (*path, "library")):
        operators = OPERATORS_OF_PROPERTY[term.source]
        is_fit = _judge_operator(scope, term, operators, f"“{term.source}”", path)
        if is_fit and term.source == "size_class":
            for value, place in _constants(term, path):
                scope.knows(value, SIZE_CLASSES, _("unknown size class “%(word)s”"), place)


def _judge_last_wave_term(scope: Scope, question: Question, term: Term, path: Path) -> None:
    """Last wave's question has a code of this questionnaire, or one that it links to."""
    place = (*path, "last_wave")
    linked = {link.question for each, _place in scope.in_order for link in each.links}
    if scope.knows_question(term.source, [*scope.questions, *linked], place):
        source = scope.questions.get(term.source)
        if source and source.code not in scope.doubtful:
            scope.report_other_level(question, source, place)
            # Its options may have been others then, so only the operator is judged.
            _judge_operator(scope, term, _operators_of(source), f"“{source.code}”", path)


def _judge_fit(scope: Scope, term: Term, source: Question, path: Path) -> None:
    """Judge operator and constants against the question that the term looks at."""
    if source.code in scope.doubtful:
        return
    what = f"“{source.code}” ({source.type})"
    is_fit = _judge_operator(scope, term, _operators_of(source), what, path)
    if is_fit and term.operator in SINGLE_OPERATORS | SET_OPERATORS:
        for value, place in _constants(term, path):
            scope.knows_option(value, source.option_by_code, source, place)


def _operators_of(question: Question) -> frozenset[Operator]:
    """The comparisons that fit the answers to a question, besides answered and not answered."""
    if question.type is Type.SINGLE:
        return SINGLE_OPERATORS
    if question.type in SET_TYPES:
        return SET_OPERATORS
    return NUMBER_OPERATORS if question.type in NUMBER_TYPES else frozenset()


def _judge_operator(scope: Scope, term: Term, fitting: frozenset[Operator], what: str, path: Path) -> bool:
    allowed = fitting | ANSWER_OPERATORS
    if term.operator not in allowed:
        listing = ", ".join(operator for operator in Operator if operator in allowed)
        reason = _("%(operator)s does not fit %(what)s: use one of %(operators)s")
        about = {"operator": term.operator, "what": what, "operators": listing}
        scope.report((*path, term.operator), reason % about)
    return term.operator in allowed


def _constants(term: Term, path: Path) -> list[tuple[str, Path]]:
    """What the term compares with, each with its place."""
    return [(value, (*path, term.operator, v)) for v, value in enumerate(term.values)]
