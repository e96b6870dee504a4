"""Reading YAML by hand: every value with the line it stands on, every problem collected instead of raised.

What a questionnaire means is not known here, only mappings, lists, texts, codes, numbers and flags.
"""

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

import yaml

from surveys.errors import FileRefused, Problem
from surveys.hints import did_you_mean, printable
from surveys.translation import gettext as _

# Where something stands in the document: ("sections", 0, "questions", 2, "options", 1).
Path = tuple[str | int, ...]
Choice = TypeVar("Choice", bound=StrEnum)

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 16  # the deepest value of a real definition stands at 11

STRING = "tag:yaml.org,2002:str"
NULL = "tag:yaml.org,2002:null"
BOOLEAN = "tag:yaml.org,2002:bool"

# Codes end up in URLs, file headers and figure ids. Those of options may start with a digit (scale 1 to 5).
CODE = re.compile(r"[a-z][a-z0-9_]{0,59}", re.ASCII)
OPTION_CODE = re.compile(r"[a-z0-9][a-z0-9_]{0,59}", re.ASCII)
NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,2})?", re.ASCII)
# The lengths for which the tables have room.
SHORT, LINE, SENTENCES, TEXT = 60, 200, 300, 5000


class Document:
    """One file being judged: the line of every value in it, and the problems found so far."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: dict[Problem, None] = {}  # in order of finding, each once
        self.problem_paths: set[Path] = set()
        self.lines: dict[Path, int] = {(): 1}
        self.names: dict[Path, str] = {}

    def report(self, path: Path, reason: str, line: int | None = None) -> None:
        """Collect a problem at `path`, or at the nearest value around it that the file does hold."""
        self.problem_paths.add(path)
        known = path
        while known not in self.lines:
            known = known[:-1]
        problem = Problem(self.file, line or self.lines[known], reason, self._place(path))
        self.problems[problem] = None

    def _place(self, path: Path) -> str:
        """A path in words: the innermost code and the key in it ("partners.applies_when")."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.names:
                keys = [part for part in path[end:] if isinstance(part, str)]
                return ".".join([self.names[path[:end]], *keys[:1]])
        return ".".join(part for part in path[:1] if isinstance(part, str))

    def refuse_if_faulty(self) -> None:
        if self.problems:
            raise FileRefused(list(self.problems))


class _TooDeep(yaml.MarkedYAMLError):
    """Nested deeper than any definition needs."""


class _Loader(yaml.SafeLoader):
    """Composes nodes; notes what a definition never needs: anchors, aliases, tags, deep nesting."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.notes: list[tuple[int, str]] = []
        self.depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        start, end = event.start_mark, event.end_mark
        line = start.line + 1
        if isinstance(event, yaml.AliasEvent):
            self.get_event()  # type: ignore[no-untyped-call]
            reason = _("aliases are not used here: write %(alias)s out")
            self.notes.append((line, reason % {"alias": f"*{event.anchor}"}))
            return yaml.ScalarNode(NULL, "", start, end)
        if event.anchor:
            reason = _("anchors are not used here: leave out %(anchor)s")
            self.notes.append((line, reason % {"anchor": f"&{event.anchor}"}))
            event.anchor = None
        if event.tag:
            self.notes.append((line, _("tags are not used here: leave out %(tag)s") % {"tag": event.tag}))
            event.tag = None
        if self.depth == MAX_DEPTH:
            raise _TooDeep(problem_mark=start)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def read(text: str, document: Document) -> "Item":
    """The mapping at the top of the file. What is no readable YAML is refused at once."""
    if len(text) > MAX_CHARACTERS:
        limit = {"limit": MAX_CHARACTERS // 1_000_000}
        document.report((), _("the file is larger than %(limit)s million characters: is it the right one?") % limit)
        document.refuse_if_faulty()
    node: yaml.Node | None = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        for line, reason in loader.notes:
            document.report((), reason, line)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        if isinstance(error, _TooDeep):
            reason = _("nested too deeply: a definition has at most %(depth)s layers") % {"depth": MAX_DEPTH}
        else:
            reason = _(
                "not valid YAML: look at indentation, quotation marks, colons and brackets "
                "from line %(line)s on (%(reason)s)"
            )
            # Where it goes wrong is often below where the mistake is: a quotation mark that was never closed.
            start = error.context_mark.line + 1 if error.context_mark else max(line - 1, 1)
            reason %= {"line": start, "reason": printable(error.problem or "")}
        document.report((), reason, line)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        document.report((), _("not valid YAML: the text holds a character that is not allowed"), line)
    except (ValueError, OverflowError):
        # PyYAML passes on what int() and chr() say about numbers in escapes and directives.
        document.report((), _("not valid YAML: a character escape or directive is out of range"))
    document.refuse_if_faulty()
    if not isinstance(node, yaml.MappingNode):
        document.report((), _("a questionnaire is a mapping of keys (survey, school_year, …) to values"))
        document.refuse_if_faulty()
    return Item(document, (), node)


def unknown_key(key: str, known: Iterable[str]) -> str:
    """That there is no such key, with the one that was probably meant."""
    return _("unknown key “%(key)s”") % {"key": printable(key)} + did_you_mean(key, known)


class Item:
    """A mapping of the file, asked for its keys one by one; `close` reports those that nobody asked for.

    A faulty value is reported and read as the empty value of its kind, so that places in lists stay what they
    are and one fault does not hide the others.
    """

    def __init__(self, document: Document, path: Path, node: yaml.Node | None) -> None:
        self.document = document
        self.path = path
        self.values: dict[str, yaml.Node] = {}
        self.asked: set[str] = set()
        if not isinstance(node, yaml.MappingNode):
            document.report(path, _("expected keys and values here (key: value)"))
            self.is_readable = False
            return
        self.is_readable = True
        for key, value in node.value:
            self._add(key, value)

    def _add(self, key: yaml.Node, value: yaml.Node) -> None:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            self.document.report(self.path, _("a key must be a single word"), line)
        elif key.value in self.values:
            self.document.report(self.path, _("key “%(key)s” is used twice") % {"key": printable(key.value)}, line)
        else:
            self.values[key.value] = value
            self.document.lines[(*self.path, key.value)] = line

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def report(self, key: str, reason: str) -> None:
        self.document.report((*self.path, key), reason)

    def close(self) -> None:
        """Report the keys that this kind of thing does not have."""
        unused = sorted(self.asked - self.values.keys())
        for key in self.values:
            if key not in self.asked:
                self.report(key, unknown_key(key, unused))

    def _ask(self, key: str, is_required: bool) -> yaml.Node | None:
        """The value of a key; a missing required key is reported."""
        self.asked.add(key)
        if key not in self.values and is_required and self.is_readable:
            self.document.report(self.path, _("key “%(key)s” is missing") % {"key": key})
        return self.values.get(key)

    def text(self, key: str, *, is_required: bool = True, limit: int = TEXT) -> str:
        node = self._ask(key, is_required)
        text = self._string((*self.path, key), node) if node else ""
        if len(text) > limit:
            reason = _("this text has %(count)s characters: there is room for %(limit)s")
            self.report(key, reason % {"count": len(text), "limit": limit})
        return text

    def code(self, key: str, pattern: re.Pattern[str] = CODE) -> str:
        """A code that this item introduces; it also becomes the name of the item in messages."""
        code = self.text(key)
        if code and not pattern.fullmatch(code):
            reason = _("“%(code)s” is no code: use small letters, digits and _ (at most 60)")
            self.report(key, reason % {"code": code})
            return ""
        if code:
            self.document.names[self.path] = code
        return code

    def matching(self, key: str, pattern: re.Pattern[str], reason: str) -> str:
        """A text of this pattern; another one is reported with the reason, which names it as `%(text)s`."""
        text = self.text(key)
        if text and not pattern.fullmatch(text):
            self.report(key, reason % {"text": text})
            return ""
        return text

    def choice(self, key: str, default: Choice, *, is_required: bool = False) -> Choice:
        """One word of a closed list; `default` stands for a left out or faulty one."""
        word = self.text(key, is_required=is_required)
        known = {str(member): member for member in type(default)}
        if word and word not in known:
            unknown = _("unknown %(key)s “%(word)s”") % {"key": key, "word": word}
            self.report(key, unknown + did_you_mean(word, known))
        return known.get(word, default)

    def flag(self, key: str) -> bool:
        """`true` or left out: there is one way to say no."""
        node = self._ask(key, is_required=False)
        if node is None:
            return False
        if not (isinstance(node, yaml.ScalarNode) and node.tag == BOOLEAN and node.value.lower() == "true"):
            self.report(key, _("“%(key)s” is true or left out") % {"key": key})
        return True

    def number(self, key: str) -> str:
        """A number as the text that stands in the file: no binary fraction comes in between."""
        node = self._ask(key, is_required=False)
        if node is None:
            return ""
        if not isinstance(node, yaml.ScalarNode) or node.style or not NUMBER.fullmatch(node.value):
            self.report(key, _("“%(key)s” must be a number such as 2 or 2.5") % {"key": key})
            return ""
        return str(node.value)

    def decimal(self, key: str) -> Decimal | None:
        number = self.number(key)
        return Decimal(number) if number else None

    def texts(self, key: str, *, is_required: bool = False, may_be_single: bool = False) -> tuple[str, ...]:
        """A list of texts. With `may_be_single` one bare text is a list of one."""
        node = self._ask(key, is_required)
        if node is None:
            return ()
        path = (*self.path, key)
        if may_be_single and isinstance(node, yaml.ScalarNode):
            return (self._string(path, node),)
        words = [self._string(place, child) for place, child in self._children(path, node)]
        for place, word in enumerate(words):
            if word and word in words[:place]:
                self.document.report((*path, place), _("“%(word)s” is named twice") % {"word": word})
        return tuple(words)

    def items(self, key: str, *, is_required: bool = False) -> list["Item"]:
        """A list of mappings."""
        node = self._ask(key, is_required)
        if node is None:
            return []
        return [Item(self.document, place, child) for place, child in self._children((*self.path, key), node)]

    def groups(self, key: str) -> list[list["Item"]]:
        """A list of lists of mappings."""
        node = self._ask(key, is_required=False)
        if node is None:
            return []
        return [
            [Item(self.document, place, child) for place, child in self._children(group_place, group)]
            for group_place, group in self._children((*self.path, key), node)
        ]

    def _children(self, path: Path, node: yaml.Node) -> list[tuple[Path, yaml.Node]]:
        if not isinstance(node, yaml.SequenceNode):
            self.document.report(path, _("expected a list here (lines that start with -, or [a, b])"))
            return []
        if not node.value:
            self.document.report(path, _("this list is empty: leave the key out"))
        children: list[tuple[Path, yaml.Node]] = []
        for index, child in enumerate(node.value):
            place = (*path, index)
            self.document.lines[place] = child.start_mark.line + 1
            children.append((place, child))
        return children

    def _string(self, path: Path, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self.document.report(path, _("expected one text here, not a list or keys"))
            return ""
        if node.tag != STRING and node.tag != NULL:
            # Bare yes, no, 1 and 2021-01-01 are no texts in YAML; readers disagree on them.
            self.document.report(path, _("write this text between quotes: '%(text)s'") % {"text": node.value})
            return ""
        text = node.value.strip()
        if node.tag == NULL or not text:
            self.document.report(path, _("this text is empty: fill it in or leave it out"))
            return ""
        if any(unicodedata.category(sign) in ("Cc", "Cs") and sign != "\n" for sign in text):
            self.document.report(path, _("the text holds a control character: type it again"))
            return ""
        return str(text)
