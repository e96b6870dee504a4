"""What a definition introduces, and looking things up in it. Shared by the modules that judge one."""

from collections.abc import Iterable, Iterator

from surveys.definition.nodes import Document, Path
from surveys.hints import did_you_mean
from surveys.instrument import Condition, Instrument, Level, Question, Term, Total
from surveys.translation import gettext as _

# The parts of a question that say what kind of answer it has.
TELLING_KEYS = ("level", "type", "options", "options_from")


class Scope:
    """The questions and totals of a definition by code. Of two with one code the first counts."""

    def __init__(self, instrument: Instrument, document: Document) -> None:
        self.instrument = instrument
        self.document = document
        self.in_order: list[tuple[Question, Path]] = [
            (question, ("sections", s, "questions", q))
            for s, section in enumerate(instrument.sections)
            for q, question in enumerate(section.questions)
        ]
        self.questions: dict[str, Question] = {}
        self.position: dict[str, int] = {}
        for position, (question, _path) in enumerate(self.in_order):
            if question.code:
                self.questions.setdefault(question.code, question)
                self.position.setdefault(question.code, position)
        self.totals: dict[str, Total] = {}
        for total in instrument.totals:
            self.totals.setdefault(total.code, total)
        self.doubtful = self._doubtful()

    def _doubtful(self) -> frozenset[str]:
        """Questions whose kind is in doubt after a fault: nothing is said about what fits them."""
        paths = {
            fault[:4]
            for fault in self.document.problem_paths
            if len(fault) == 4 or (len(fault) > 4 and fault[4] in TELLING_KEYS)
        }
        return frozenset(question.code for question, path in self.in_order if path in paths)

    def report(self, path: Path, reason: str) -> None:
        self.document.report(path, reason)

    def codes_of(self, level: Level) -> list[str]:
        return [code for code, question in self.questions.items() if question.level is level]

    def knows(self, word: str, known: Iterable[str], reason: str, path: Path, **about: str) -> bool:
        """Whether `word` is one of `known`; another one, but for an empty one, is reported with the reason.

        The reason names it as `%(word)s`, and may name what it is about.
        """
        words = list(known)
        if word and word not in words:
            self.report(path, reason % {"word": word, **about} + did_you_mean(word, words))
        return word in words

    def knows_question(self, word: str, known: Iterable[str], path: Path) -> bool:
        return self.knows(word, known, _("unknown question “%(word)s”"), path)

    def knows_total(self, word: str, path: Path) -> bool:
        return self.knows(word, self.totals, _("unknown total “%(word)s”"), path)

    def knows_option(self, word: str, known: Iterable[str], of: Question, path: Path) -> bool:
        return self.knows(word, known, _("unknown option “%(word)s” of “%(question)s”"), path, question=of.code)

    def report_repeated(self, introduced: Iterable[tuple[str, Path]], reason: str) -> None:
        """Report codes that were used before, with the reason, which names `%(code)s` and the first `%(line)s`."""
        seen: dict[str, Path] = {}
        for code, path in introduced:
            if code and code in seen:
                first = self.document.lines.get((*seen[code], "code"), 1)
                self.report((*path, "code"), reason % {"code": code, "line": first})
            seen.setdefault(code, path)

    def report_other_level(self, question: Question, source: Question, path: Path) -> None:
        """A library has one answer, its schools have many: it can look at them through a total only."""
        if self.doubtful & {question.code, source.code}:
            return
        if question.level is Level.LIBRARY and source.level is Level.SCHOOL:
            reason = _("“%(code)s” is asked per school: refer to it through a total")
            self.report(path, reason % {"code": source.code})


def walk_with_paths(condition: Condition, path: Path) -> Iterator[tuple[Path, Term]]:
    """The terms that could be read, each with its place."""
    for g, group in enumerate(condition):
        for t, term in enumerate(group):
            if term.source:
                yield (*path, g, t), term
