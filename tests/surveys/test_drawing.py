"""How questions are drawn: the same fields in every state, and hostile text stays text. Needs no database."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from django.http import QueryDict

from surveys import rules
from surveys.compiled import Compiled
from surveys.definition import parse
from surveys.forms.section import SectionForm
from surveys.instrument import Given, Instrument, Question, Type
from surveys.lastwave import Earlier, LastWave
from surveys.prefills import Known
from surveys.sheets import Sheet, Stored

HOSTILE = """<script>alert(1)</script> "'&amp;<b onclick='x'>"""
VOID = {"input", "br"}


def _option(code: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "text": f"Antwoord {code} {HOSTILE}", "label": f"antwoord {code}", **more}


def _question(code: str, **more: Any) -> dict[str, Any]:
    words = {"text": f"Vraag {code} {HOSTILE}?", "label": code, "help": f"Toelichting {HOSTILE}"}
    return {"code": code, "level": "library", **words, **more}


OPTIONS = [_option("a"), _option("b"), _option("other", has_text=True)]
QUESTIONS = [
    _question("single", type="single", options=OPTIONS),
    _question("multiple", type="multiple", options=[*OPTIONS, _option("c", parent="a"), _option("d", exclusive=True)]),
    _question("top3", type="top3", options=[_option("a"), _option("b")]),
    _question("integer", type="integer", unit=f"uren {HOSTILE}"),
    _question("decimal", type="decimal"),
    _question("percentage", type="percentage"),
    _question("text", type="text"),
    _question("matrix", type="matrix", options=OPTIONS[:2], rows=[_option("r1"), _option("r2")], positive=["b"]),
    _question("numbers", type="number_per_option", unit=f"euro {HOSTILE}", options=OPTIONS[:2]),
]
CHECK = {"code": "low", "severity": "soft", "question": "integer", "minimum": 5, "message": f"Klopt dit? {HOSTILE}"}
ANSWERS = {
    "single": Given("other", other_text=HOSTILE),
    "multiple": Given(("a", "other"), other_text=HOSTILE),
    "top3": Given(("a", "b")),
    "integer": Given(2),
    "decimal": Given(Decimal("1200.50")),
    "percentage": Given(Decimal(12)),
    "text": Given(f"\nRegel 1\n\n{HOSTILE}"),
    "matrix": Given({"r1": "b"}),
    "numbers": Given({"a": Decimal("2.5"), "b": Decimal(1000)}),
}
# Something that cannot be read, in the fields of each question.
UNREADABLE = {
    "single": HOSTILE,
    "multiple": HOSTILE,
    "top3": "x",
    "integer": HOSTILE,
    "decimal": "1,234",
    "percentage": "veel",
    "text": f"{HOSTILE}\0",
    "matrix.r1": "x",
    "numbers.a": HOSTILE,
}
CODES = [question["code"] for question in QUESTIONS]


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    sections = [{"code": "s", "title": "Onderdeel", "questions": QUESTIONS}]
    head = {"survey": "test", "school_year": "2024-2025", "version": "1.0", "title": "T", "intro": "I"}
    whole = {**head, "school_kinds": ["bo"], "sections": sections, "checks": [CHECK]}
    return parse(json.dumps(whole), "drawing.yaml")  # JSON is YAML


@pytest.fixture
def blank(instrument: Instrument) -> Sheet:
    """The sheet of a library that has answered nothing."""
    nobody: Any = None
    return Sheet(
        entry=nobody,
        response=None,
        compiled=Compiled(1, instrument, {code: place for place, code in enumerate(instrument.questions)}),
        schools={},
        left={},
        facts=rules.Facts(),
        stored={},
        explanations={},
        find_last_wave=lambda: None,
        find_prefills=dict,
    )


@pytest.fixture
def answered(blank: Sheet) -> Sheet:
    stored = {(code, ""): Stored(3, 1, "Emma", 0.0) for code in ANSWERS}
    return replace(blank, facts=replace(blank.facts, answers=ANSWERS), stored=stored)


def with_last_year(sheet: Sheet, answers: dict[str, Given], reason: str = "") -> Sheet:
    questions = sheet.instrument.questions.items()
    earlier = {code: Earlier(question, bool(reason), reason) for code, question in questions}
    last = LastWave(sheet.instrument, "2023-2024", True, 1, datetime(2024, 1, 1, tzinfo=UTC), earlier, (), True)
    last.__dict__["answers"] = answers  # in place of reading a snapshot
    return replace(sheet, find_last_wave=lambda: last)


def with_prefills(sheet: Sheet, answers: dict[str, Given]) -> Sheet:
    known = {(code, ""): Known(given, f"Bron {HOSTILE}") for code, given in answers.items()}
    return replace(sheet, find_prefills=lambda: known)


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def all(self, tag: str = "", **attributes: str) -> Iterator["Element"]:
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        if tag in ("", self.tag) and wanted.items() <= self.attributes.items():
            yield self
        for child in self.children:
            yield from child.all(tag, **attributes)

    def one(self, tag: str = "", **attributes: str) -> "Element":
        (found,) = self.all(tag, **attributes)
        return found

    @property
    def words(self) -> str:
        return " ".join([self.text, *(child.words for child in self.children)]).strip()


class Reader(HTMLParser):
    """Reads a piece of HTML into elements; each that is opened must be closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len({name for name, _value in attrs}), f"an attribute twice: {attrs}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].text += data


def draw(sheet: Sheet, code: str, data: dict[str, str] | None = None) -> Element:
    """The question as drawn, after `data` was typed."""
    section = sheet.instrument.sections[0]
    typed = None
    if data is not None:
        typed = QueryDict(mutable=True)
        typed.update({"seen": f"{code}:3", **{name: text for name, text in data.items() if name.split(".")[0] == code}})
    form = SectionForm(sheet, section, typed)
    reader = Reader()
    reader.feed(form.draw(sheet.instrument.questions[code]))
    reader.close()
    (root,) = reader.open
    (piece,) = root.children
    return piece


def names(piece: Element) -> list[tuple[str, str, str]]:
    """The fields of a question: tag, name, and value where it says which option this is."""
    return [
        (
            one.tag,
            one.attributes["name"],
            one.attributes["value"] if "type" in one.attributes and _is_choice(one) else "",
        )
        for one in piece.all()
        if one.tag in {"input", "textarea"}
    ]


def _is_choice(one: Element) -> bool:
    return one.attributes["type"] in {"radio", "checkbox"}


STATES = ["blank", "answered", "unreadable", "last year", "last year limited", "known elsewhere"]


def in_state(state: str, code: str, blank: Sheet, answered: Sheet) -> Element:
    match state:
        case "blank":
            return draw(blank, code)
        case "answered":
            return draw(answered, code)
        case "unreadable":
            return draw(blank, code, UNREADABLE)
        case "last year":
            return draw(with_last_year(blank, ANSWERS), code)
        case "last year limited":
            return draw(with_last_year(blank, ANSWERS, reason=HOSTILE), code)
        case _:
            return draw(with_prefills(blank, ANSWERS), code)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("code", CODES)
def test_a_question_has_the_same_fields_in_every_state_and_hostile_text_stays_text(
    code: str, state: str, blank: Sheet, answered: Sheet
) -> None:
    piece = in_state(state, code, blank, answered)
    assert not [one.tag for one in piece.all() if one.tag in {"script", "b"}], "text became HTML"
    assert not [one for one in piece.all() if "onclick" in one.attributes]
    assert f"Vraag {code} {HOSTILE}?" in piece.words
    assert (piece.attributes["data-answer"], piece.attributes["id"]) == (code, f"vraag-{code}")
    assert piece.attributes["data-version"] == ("3" if state == "answered" else "0")
    assert names(piece) == names(draw(blank, code))
    ids = [one.attributes["id"] for one in piece.all() if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    for one in piece.all():
        for name in ("aria-describedby", "for"):
            assert set(one.attributes.get(name, "").split()) <= set(ids), f"{name} points nowhere"


@pytest.mark.parametrize("code", CODES)
def test_stored_answers_come_back_in_the_fields(code: str, answered: Sheet) -> None:
    """Sending the page as it is drawn gives the same answer again."""
    piece = draw(answered, code)
    data = QueryDict(mutable=True)
    data["seen"] = f"{code}:3"
    for one in piece.all():
        name = one.attributes.get("name", "")
        if one.tag == "textarea":
            data.appendlist(name, one.text.removeprefix("\n"))  # a browser leaves out the first line break
        elif one.tag == "input" and (not _is_choice(one) or "checked" in one.attributes):
            data.appendlist(name, one.attributes.get("value", ""))
    form = SectionForm(answered, answered.instrument.sections[0], data)
    (typed,) = form.typed()
    stored = ANSWERS[code]
    assert typed.given == (replace(stored, value=str(stored.value).strip()) if code == "text" else stored)


@pytest.mark.parametrize("code", CODES)
def test_what_cannot_be_read_is_said_at_the_question_and_stays_in_its_field(code: str, answered: Sheet) -> None:
    piece = draw(answered, code, UNREADABLE)
    assert "has-error" in piece.children[0].attributes["class"]
    assert piece.one(id=f"id_{code}_error").words
    (typed,) = (text for name, text in UNREADABLE.items() if name.split(".")[0] == code)
    shown = [one.attributes.get("value", one.text) for one in piece.all() if one.tag in {"input", "textarea"}]
    if "options" not in next(one for one in QUESTIONS if one["code"] == code) or code == "numbers":
        assert typed in [text.removeprefix("\n") for text in shown]


def test_an_error_describes_the_field_beside_the_help(blank: Sheet) -> None:
    field = draw(blank, "decimal", UNREADABLE).one("input")
    assert field.attributes["aria-describedby"] == "id_decimal_helptext id_decimal_error controle_id_decimal"
    assert field.attributes["aria-invalid"] == "true"
    group = draw(blank, "single", UNREADABLE)
    described = group.one("fieldset").attributes["aria-describedby"]
    assert described == "id_single_helptext id_single_error controle_id_single"


def test_a_check_has_its_place_and_speaks_only_when_the_answer_does_not_pass(blank: Sheet, answered: Sheet) -> None:
    quiet = draw(blank, "integer").one(id="controle_id_integer")
    assert quiet.attributes["role"] == "status"
    assert not quiet.words
    piece = draw(answered, "integer")
    assert "has-warning" in piece.children[0].attributes["class"]
    note = piece.one(id="controle_id_integer")
    assert note.words == f"Klopt dit? {HOSTILE} Uitleggen kan bij \u2018Controleren en indienen\u2019."


def test_last_years_answer_has_a_button_unless_it_stands_already(blank: Sheet, answered: Sheet) -> None:
    beside = draw(with_last_year(blank, ANSWERS), "integer").one(class_="last-year")
    assert f"Vorig jaar (2023-2024): 2 uren {HOSTILE}" in beside.words
    assert beside.one("button").attributes["name"] == "same"
    assert not list(draw(with_last_year(answered, ANSWERS), "integer").one(class_="last-year").all("button"))
    assert not list(draw(with_last_year(blank, {}), "integer").all(class_="last-year"))


def test_a_value_from_elsewhere_stands_there_until_it_is_the_answer(blank: Sheet, answered: Sheet) -> None:
    known = {"decimal": Given(Decimal("1234.5"))}
    beside = draw(with_prefills(blank, known), "decimal").one(class_="last-year")
    assert "1.234,5" in beside.words
    assert f"Bron {HOSTILE}" in beside.words
    button = beside.one("button")
    assert (button.attributes["name"], button.attributes["value"]) == ("confirm", "decimal")
    assert list(draw(with_prefills(answered, known), "decimal").all("button")), "another answer stands there"
    same = with_prefills(answered, {"decimal": ANSWERS["decimal"]})
    assert not list(draw(same, "decimal").all(class_="last-year"))


def test_a_choice_of_one_has_a_way_back_that_is_never_chosen_beforehand(blank: Sheet, answered: Sheet) -> None:
    for sheet in (blank, answered):
        for code, n_choices in (("single", 1), ("matrix", 2)):
            ways_back = list(draw(sheet, code).all("input", type="radio", value=""))
            assert len(ways_back) == n_choices
            assert not any("checked" in one.attributes for one in ways_back)
        assert not list(draw(sheet, "multiple").all("input", value="")), "a box is unticked itself"


def test_numbers_per_option_show_their_total(blank: Sheet, answered: Sheet) -> None:
    assert "1002,5" in draw(answered, "numbers").one(class_="number-total").words
    assert not list(draw(blank, "numbers").all(class_="number-total"))


def test_a_question_is_sketched_once(blank: Sheet) -> None:
    draw(blank, "matrix")
    before = dict(blank.compiled.sketches)
    draw(blank, "matrix")
    assert before
    assert blank.compiled.sketches == before


def test_every_type_is_drawn_here(instrument: Instrument) -> None:
    drawn: list[Question] = list(instrument.questions.values())
    assert {question.type for question in drawn} == set(Type)
