"""The grammar of one reference, read by hand: no evaluation, no attribute access.

[[ CODE(.OPTION) @WAVE :GROUP=VALUE als FORM ARGUMENT ]]        modifiers in any order, each at most once
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from reports.livetext.vocabulary import FORMS

CODE = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
NOUN = re.compile(r"[^\W\d_]+")
NUMBERED = {"reeks": (2, 6), "top": (1, 12)}
SCHOOL_YEAR = "meting"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong and where: line and column count from 1."""

    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"regel {self.line}, kolom {self.column}: {self.message}"


class Refused(Exception):
    """A reference that can't be printed; `offset` is the place of the mistake inside it."""

    def __init__(self, message: str, offset: int = 0) -> None:
        self.message = message
        self.offset = offset
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Reference:
    """What stands between [[ and ]]. `wave` is as written ("deze", "vorige", a school year)."""

    code: str
    option: str = ""
    wave: str = "deze"
    group: tuple[str, str] | None = None
    form: str = ""
    count: int = 0
    noun: str = ""

    @property
    def name(self) -> str:
        return f"{self.code}.{self.option}" if self.option else self.code


def read(text: str) -> Reference:
    """The reference written in `text` (without the brackets), or Refused."""
    words = [(match.group(), match.start()) for match in re.finditer(r"\S+", text)]
    if not words:
        raise Refused("Tussen [[ en ]] staat niets: noem een vraag, bijvoorbeeld [[partners.municipality]].")
    (name, start), *rest = words
    if not CODE.fullmatch(name):
        raise Refused(f"'{name}' is geen code van een vraag of totaal.", start)
    code, _, option = name.partition(".")
    found: dict[str, object] = {}

    def put(key: str, value: object, offset: int) -> None:
        if key in found:
            raise Refused(f"'{text[offset:].split()[0]}' is er één te veel.", offset)
        found[key] = value

    while rest:
        (word, offset), *rest = rest
        if word.startswith("@"):
            put("wave", word[1:], offset)
        elif word.startswith(":"):
            key, equals, value = word[1:].partition("=")
            if not (key and equals and value):
                raise Refused(f"'{word}' is geen groep: schrijf bijvoorbeeld :grootte=klein.", offset)
            put("group", (key, value), offset)
        elif word == "als":
            if not rest:
                raise Refused("Achter 'als' ontbreekt de vorm, bijvoorbeeld 'als van'.", offset)
            (form, offset), *rest = rest
            put("form", form, offset)
            if form not in FORMS:
                raise Refused(f"Onbekende vorm '{form}'{suggest(form, FORMS)}", offset)
            argument = ""
            if rest and rest[0][0] != "als" and rest[0][0][0] not in "@:":
                (argument, offset), *rest = rest
            found |= _argument(form, argument, offset)
        else:
            raise Refused(
                f"'{word}' is hier niet te lezen: verwacht @meting, :groep=waarde of 'als' met een vorm.",
                offset,
            )
    return Reference(code=code, option=option, **found)  # type: ignore[arg-type]  # put() keeps to the field names


def _argument(form: str, argument: str, offset: int) -> dict[str, object]:
    if form in NUMBERED:
        least, most = NUMBERED[form]
        if not argument.isdecimal() or not least <= int(argument) <= most:
            raise Refused(f"Achter '{form}' hoort een getal van {least} tot en met {most}.", offset)
        return {"count": int(argument)}
    if form == "woorden":
        if argument and not NOUN.fullmatch(argument):
            raise Refused("Achter 'woorden' kan één woord staan, bijvoorbeeld 'bibliotheken'.", offset)
        return {"noun": argument}
    if argument:
        raise Refused(f"Achter '{form}' hoort niets meer te staan.", offset)
    return {}


def suggest(word: str, known: Iterable[str]) -> str:
    """ "; bedoelde u 'partners'?", or a full stop when nothing known looks like it."""
    matches = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; bedoelde u '{matches[0]}'?" if matches else "."
