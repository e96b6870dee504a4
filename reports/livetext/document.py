"""Markdown with references: the text as tokens, with the place of each reference and block in the source.

A closed part of Markdown: headings from ##, paragraphs, lists, quotes, tables, links, bold, italic.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from reports.livetext.reference import Fault, Reference, Refused, read, suggest

CHART = "grafiek"
TABLES = "tabellen"
BLOCKS = (CHART, TABLES)
OPEN, CLOSE, FENCE = "[[", "]]", ":::"
BLOCK = re.compile(r":::[ \t]*(?P<kind>\w*)[ \t]*(?P<code>\S*)[ \t]*(?P<title>.*)")


@dataclass(frozen=True, slots=True)
class Directive:
    """A block of its own: the chart of a question or total, or tables of all questions of a section."""

    kind: str
    code: str
    title: str
    line: int


@dataclass(frozen=True, slots=True)
class Mention:
    """A reference and where it stands."""

    reference: Reference
    line: int
    column: int


@dataclass(frozen=True)
class Document:
    """A parsed text. `faults` are those of the syntax; whether the names exist is for `check` to say."""

    tokens: Sequence[Token] = field(repr=False)
    faults: tuple[Fault, ...]


def parse(text: str) -> Document:
    """Read a text; it can be checked and rendered any number of times, for any wave."""
    lines = text.splitlines()
    tokens = MARKDOWN.parse(text)
    faults: list[Fault] = []
    for token in tokens:
        if token.type == "directive":
            faults += _read_directive(token)
        elif token.type == "heading_open" and token.tag == "h1":
            faults.append(Fault(_line(token), 1, "Een kop begint met ##; de titel van het hoofdstuk is de hoofdkop."))
        elif token.type == "inline":
            faults += _read_mentions(token, lines)
    return Document(tokens, tuple(sorted(faults)))


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 1


def _read_directive(token: Token) -> list[Fault]:
    line = _line(token)
    match = BLOCK.fullmatch(token.content)
    kind, code, title = match.group("kind", "code", "title") if match else ("", "", "")
    token.meta = {"directive": Directive(kind, code, title.strip(), line)}
    if token.level:
        return [Fault(line, 1, f"Een blok '::: {kind}' staat op zichzelf, niet in een lijst of citaat.")]
    if kind not in BLOCKS:
        return [Fault(line, 1, f"Onbekend blok '::: {kind}'{suggest(kind, BLOCKS)}")]
    if not code:
        return [Fault(line, 1, f"Achter '::: {kind}' ontbreekt de code.")]
    return []


def _read_mentions(inline: Token, lines: Sequence[str]) -> list[Fault]:
    """Give every reference its place, and read it. An inline token holds its lines without their markers."""
    faults = []
    for child in inline.children or ():
        if child.type != "reference":
            continue
        offset = child.meta["offset"]
        before = inline.content[:offset].split("\n")
        line = _line(inline) + len(before) - 1
        source = lines[line - 1] if line <= len(lines) else ""
        own_line = inline.content.split("\n")[len(before) - 1]
        column = max(source.find(own_line), 0) + len(before[-1]) + 1
        if child.meta["is_open"]:
            faults.append(Fault(line, column, "De verwijzing is niet afgesloten: ]] ontbreekt op deze regel."))
            continue
        try:
            child.meta["mention"] = Mention(read(child.content), line, column)
        except Refused as refusal:
            faults.append(Fault(line, column + len(OPEN) + refusal.offset, refusal.message))
    return faults


def _reference_rule(state: StateInline, silent: bool) -> bool:
    if not state.src.startswith(OPEN, state.pos):
        return False
    start = state.pos + len(OPEN)
    line_end = state.src.find("\n", start)
    end = state.src.find(CLOSE, start, line_end if line_end >= 0 else state.posMax)
    if not silent:
        token = state.push("reference", "", 0)
        token.content = state.src[start:end] if end >= 0 else ""
        token.meta = {"offset": state.pos, "is_open": end < 0}
    state.pos = end + len(CLOSE) if end >= 0 else start
    return True


def _directive_rule(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    start, end = state.bMarks[start_line] + state.tShift[start_line], state.eMarks[start_line]
    if not state.src.startswith(FENCE, start):
        return False
    if not silent:
        token = state.push("directive", "", 0)
        token.content = state.src[start:end].strip()
        token.map = [start_line, start_line + 1]
        state.line = start_line + 1
    return True


def _render_reference(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return escapeHtml(env["texts"][id(tokens[index])])


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.disable(["code", "fence", "html_block", "html_inline", "reference", "lheading"])
    markdown.disable(["backticks", "autolink", "image"])
    markdown.inline.ruler.before("link", "reference", _reference_rule)
    interrupts: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    markdown.block.ruler.before("heading", "directive", _directive_rule, interrupts)
    markdown.add_render_rule("reference", _render_reference)
    return markdown


MARKDOWN = _markdown()
