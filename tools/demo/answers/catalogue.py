"""The question catalogue as this generator needs it: questions in order, their options, file columns and routing.

A copy of the catalogue stands beside this module, so that answers can be made and judged without a database.
"""

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# One answer: option code, number or text as written; option codes; or row/option -> cell.
Value = str | list[str] | dict[str, str]
Answers = dict[str, Value]

CATALOGUE = Path(__file__).with_name("question-catalogue.csv")

# What "cooperates" counts in the roster of each survey.
COOPERATION = {"po": ("structural", "general_without_contract"), "vo": ("yes",)}
TOPIC_OF_TOTAL = {
    "reading_locations": "reading_promotion",
    "digital_locations": "digital_literacy",
    "culture_locations": "culture_education",
}


@dataclass(frozen=True)
class Question:
    code: str
    level: str
    type: str
    options: tuple[str, ...]
    exclusive: frozenset[str]
    parents: Mapping[str, tuple[str, ...]]
    rows: tuple[str, ...]
    with_text: frozenset[str]
    applies_when: str

    @property
    def is_set(self) -> bool:
        return self.type in ("multiple", "top3")

    @property
    def columns(self) -> list[str]:
        if self.rows:
            return [f"{self.code}.{row}" for row in self.rows]
        return [self.code, f"{self.code}.other_text"] if self.with_text else [self.code]


@cache
def questions(survey: str) -> tuple[Question, ...]:
    """The questions of one survey in questionnaire order."""
    with CATALOGUE.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["survey"] == survey]
    found: dict[str, Question] = {}
    for row in rows:
        found[row["code"]] = _question(row, found)
    return tuple(found.values())


def question(survey: str, code: str) -> Question:
    return next(item for item in questions(survey) if item.code == code)


def _question(row: dict[str, str], earlier: Mapping[str, Question]) -> Question:
    text = row["options"]
    rows: tuple[str, ...] = ()
    if row["type"] == "matrix":
        items, _, text = text.removeprefix("rows ").partition(" / scale ")
        rows = tuple(items.split(";"))
    elif text.startswith("options chosen in "):
        source, _, left_out = text.removeprefix("options chosen in ").partition(" except ")
        asked = earlier[source]
        rows = tuple(code for code in asked.options if code not in asked.exclusive and code != left_out)
        text = ""
    elif row["type"] == "number_per_option":
        rows, text = tuple(text.split(";")), ""
    parents = {parent: tuple(inner.split(";")) for parent, inner in re.findall(r"([a-z0-9_]+)\{([^}]*)\}", text)}
    marked = re.findall(r"([a-z0-9_]+)(\+text|!)?", text) if text else []
    return Question(
        code=row["code"],
        level=row["level"],
        type=row["type"],
        options=tuple(code for code, _ in marked),
        exclusive=frozenset(code for code, mark in marked if mark == "!"),
        parents=parents,
        rows=rows,
        with_text=frozenset(code for code, mark in marked if mark == "+text"),
        applies_when=row["applies_when"],
    )


def total(survey: str, name: str, rows: list[Answers]) -> int | None:
    """A named total over one library's roster; None when no row answers what it looks at.

    Where every row says that there is no cooperation, nobody is asked for topics: that is a 0, not a gap.
    """
    cooperating = [row for row in rows if row.get("cooperation") in COOPERATION[survey]]
    if not any("cooperation" in row for row in rows):
        return None
    if name == "cooperating_locations":
        return len(cooperating)
    answered = [row for row in cooperating if "cooperation_topics" in row]
    if cooperating and not answered:
        return None
    return sum(TOPIC_OF_TOTAL[name] in row["cooperation_topics"] for row in answered)


# Longest text first: each starts with the one after it.
_COOPERATES = (
    ("library cooperates on digital literacy", "digital_locations"),
    ("library cooperates on reading promotion", "reading_locations"),
    ("library cooperates", "cooperating_locations"),
)


def applies(survey: str, item: Question, answers: Answers, rows: list[Answers]) -> bool:
    """Whether the question is on the path. `answers` are the library's, or those of one row for a school question.

    Expects answers that are themselves on the path: an answer off the path must not be there.
    """
    text = item.applies_when
    if not text or text == "library has a vo location in its work area":
        return True
    for start, name in _COOPERATES:
        if text.startswith(start):
            count = total(survey, name, rows)
            return count is not None and count >= 1
    return _condition(text)(answers)


@cache
def _condition(text: str) -> Callable[[Answers], bool]:
    if match := re.fullmatch(r"(\w+) answered and not none", text):
        source = match[1]
        return lambda answers: source in answers and "none" not in answers[source]
    if match := re.fullmatch(r"(\w+) contains (\w+)", text):
        source, wanted = match.groups()
        return lambda answers: wanted in answers.get(source, ())
    if match := re.fullmatch(r"(\w+) = (\w+)", text):
        source, wanted = match.groups()
        return lambda answers: answers.get(source) == wanted
    if match := re.fullmatch(r"(\w+) (not )?in \(([^)]*)\)", text):
        source, negated, listed = match[1], bool(match[2]), {code.strip() for code in match[3].split(";")}
        return lambda answers: source in answers and (answers[source] in listed) != negated
    raise ValueError(f"cannot read the condition {text!r}")
