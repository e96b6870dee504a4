"""When a question applies, in words for paper: made from its condition, the labels of totals and the texts of options.

No database. On screen the rules do the routing; on paper the reader does, so a sentence must be exact, and must name
the question to look at by its number.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from surveys.cells import read_number
from surveys.instrument import Instrument, Level, Operator, Question, SourceKind, Term, Total, walk_terms
from surveys.wording import number_text


def routing_text(instrument: Instrument, question: Question) -> str:
    """One sentence that says for whom or for which school locations the question is; empty when it always applies."""
    if not question.condition:
        return ""
    of_schools = any(_is_about_school(instrument, term) for term in walk_terms(question.condition))
    again = _(", or where ") if of_schools else _(", or if ")
    groups = again.join(_all_of([_clause(instrument, term) for term in group]) for group in question.condition)
    if of_schools:
        return _("Only for school locations where %(clauses)s.") % {"clauses": groups}
    return _("Only if %(clauses)s.") % {"clauses": groups}


def _is_about_school(instrument: Instrument, term: Term) -> bool:
    return term.kind is SourceKind.QUESTION and instrument.questions[term.source].level is Level.SCHOOL


def _clause(instrument: Instrument, term: Term) -> str:
    match term.kind:
        case SourceKind.QUESTION:
            source = instrument.questions[term.source]
            where = _("question %(number)s") % {"number": instrument.number_of[source.code]}
            return _answer_clause(source, where, term)
        case SourceKind.LAST_WAVE:
            # The earlier questionnaire is not at hand; a question that stayed has its words in this one.
            kept = instrument.questions.get(term.source)
            named = kept.text if kept else term.source
            return _answer_clause(kept, _("“%(question)s” in the previous wave") % {"question": named}, term)
        case SourceKind.TOTAL:
            return _number_clause(_total_words(instrument, instrument.total_by_code[term.source]), term)
        case SourceKind.LIBRARY:
            return _library_clause(term)


def _total_words(instrument: Instrument, total: Total) -> str:
    """ "the number of school locations that … (see question 1.1)"; the questions it counts are those to look at."""
    counted = {term.source for term in walk_terms(total.condition) if term.kind is SourceKind.QUESTION}
    counted |= {total.sum_of} if total.sum_of else set()
    words = _("the number of %(label)s") % {"label": total.label}
    if not counted:
        return words
    numbers = _list([number for code, number in instrument.number_of.items() if code in counted], _("and"))
    return _("%(total)s (see question %(numbers)s)") % {"total": words, "numbers": numbers}


def _library_clause(term: Term) -> str:
    match term.source:
        case "inhabitants":
            return _number_clause(_("the number of inhabitants of your work area"), term)
        case "locations":
            return _number_clause(_("the number of school locations in your work area"), term)
        case "province":
            words = _("your library is in %(places)s"), _("your library is not in %(places)s")
        case _:
            words = _("your library's size class is %(places)s"), _("your library's size class is not %(places)s")
    return words[term.operator is Operator.NOT_IN] % {"places": _list(term.values, _("or"))}


def _number_clause(what: str, term: Term) -> str:
    match term.operator:
        case Operator.AT_LEAST:
            return _("%(what)s is at least %(number)s") % {"what": what, "number": _number(term)}
        case Operator.AT_MOST:
            return _("%(what)s is at most %(number)s") % {"what": what, "number": _number(term)}
        case Operator.ANSWERED:
            return _("%(what)s is known") % {"what": what}
        case Operator.NOT_ANSWERED:
            return _("%(what)s is not known") % {"what": what}
        case _:
            values = {"what": what, "numbers": _list(term.values, _("or"))}
            if term.operator is Operator.NOT_IN:
                return _("%(what)s is not %(numbers)s") % values
            return _("%(what)s is %(numbers)s") % values


def _answer_clause(source: Question | None, where: str, term: Term) -> str:
    match term.operator:
        case Operator.ANSWERED:
            return _("you have answered %(where)s") % {"where": where}
        case Operator.NOT_ANSWERED:
            return _("you leave %(where)s open") % {"where": where}
        case Operator.AT_LEAST | Operator.AT_MOST:
            return _number_clause(_("your answer to %(where)s") % {"where": where}, term)
    options = {code: option.text for code, option in source.option_by_code.items()} if source else {}
    named = [options.get(code, code) for code in term.values]
    others = [text for code, text in options.items() if code not in term.values]
    match term.operator:
        case Operator.NOT_IN:
            words = _("you choose something other than %(options)s at %(where)s")
        case Operator.LACKS:
            words = _("you choose something, but not %(options)s, at %(where)s")
        case _ if 0 < len(others) < len(named):
            # As exact, and shorter to read: all options but these.
            named = others
            if term.operator is Operator.CONTAINS:
                words = _("you choose, perhaps among others, something other than %(options)s at %(where)s")
            else:
                words = _("you choose something other than %(options)s at %(where)s")
        case _:
            words = _("you choose %(options)s at %(where)s")
    return words % {"options": _list([f"“{text}”" for text in named], _("or")), "where": where}


def _number(term: Term) -> str:
    return number_text(read_number(term.values[0], term.source))


def _all_of(clauses: Sequence[str]) -> str:
    return _list(clauses, _("and"))


def _list(items: Sequence[str], last: str) -> str:
    """ "a, b or c"."""
    head, tail = items[:-1], items[-1]
    return f"{', '.join(head)} {last} {tail}" if head else tail
