"""A section of tests/questionnaires/hide_and_show.yaml as it stands open in a browser, read and filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

from surveys.instrument import Given
from tests.surveys.properties.answers import NUMBERS, WORDS, Key, given_of


@dataclass
class Page:
    """A section as it stands open in somebody's browser: its fields, and the versions of the answers on it."""

    section: str
    fields: dict[str, list[str]]
    versions: dict[Key, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, values in self.fields.items():
            if name == "seen" or (name.startswith("r.") and name.count(".") == 1):
                for part in filter(None, values[0].split(",")):
                    question, _colon, version = part.partition(":")
                    self.versions[question, name.removeprefix("seen").removeprefix("r.")] = int(version)

    def inputs(self, key: Key) -> list[str]:
        """The names of the fields of one answer."""
        question, school = key
        name = f"r.{school}.{question}" if school else question
        if question == "hours":
            return [known for known in self.fields if known.startswith("hours.")]
        return [name]

    def typed(self, key: Key, fields: Mapping[str, list[str]]) -> Given:
        """The answer that these fields hold."""
        states = {word: state for state, word in WORDS.items()}
        texts = {name: [text for text in fields.get(name, []) if text] for name in self.inputs(key)}
        if key[0] == "hours":
            typed = {name.partition(".")[2]: given[0].replace(",", ".") for name, given in texts.items() if given}
            return given_of({code: states.get(text) or Decimal(text) for code, text in typed.items()})
        [found] = texts.values()
        if key[0] in ("topics", "functions"):
            return Given(tuple(found) or None)
        if key[0] in NUMBERS and found:
            return given_of(states.get(found[0]) or int(found[0].replace(".", "")))
        return Given(found[0].replace("\r\n", "\n") if found else None)

    def with_value(self, key: Key, value: Any) -> dict[str, list[str]]:
        """The fields after somebody gave one answer."""
        fields = dict(self.fields)
        for name in self.inputs(key):
            one = value.get(name.partition(".")[2]) if isinstance(value, dict) else value
            if key[0] in ("topics", "functions"):
                fields[name] = [*one] if one else []  # boxes without a tick send nothing
            else:
                fields[name] = ["" if one is None else WORDS.get(one) or str(one).replace(".", ",")]
        return fields

    def only(self, key: Key, fields: Mapping[str, list[str]]) -> dict[str, list[str]]:
        """What the browser sends to save this answer alone."""
        question, school = key
        seen = {f"r.{school}" if school else "seen": [f"{question}:{self.versions[key]}"]}
        return seen | {name: fields[name] for name in self.inputs(key) if name in fields}


class FormReader(HTMLParser):
    """The fields of the page's form, as a browser would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self.is_inside = False
        self.select = self.textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        self.is_inside = "data-autosave" in given if tag == "form" else self.is_inside
        if not self.is_inside:
            return
        if tag == "input" and name and ("checked" in given or given.get("type") not in ("checkbox", "radio")):
            self.fields.setdefault(name, []).append(given.get("value", ""))
        elif tag == "select":
            self.select = name
        elif tag == "option" and "selected" in given:
            self.fields.setdefault(self.select, []).append(given["value"])
        elif tag == "textarea":
            self.textarea = name
            self.fields[name] = [""]

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.fields[self.textarea][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_inside = False
        if tag == "textarea":
            self.fields[self.textarea] = [self.fields[self.textarea][0].removeprefix("\r\n").removeprefix("\n")]
            self.textarea = ""


def fields_of(html: str) -> dict[str, list[str]]:
    reader = FormReader()
    reader.feed(html)
    return reader.fields
