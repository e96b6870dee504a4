"""Whatever is said of a file, a cell or a command goes through gettext. Tests of the refusals see the Dutch itself."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation as django_translation

from surveys import cells, translation
from tests.factories import instrument

ROOT = Path(__file__).resolve().parents[2]

# What carries a message to a person: errors, and what collects problems.
CARRIERS = {"Problem", "CellRefused", "CellError", "CommandError", "DomainError", "FileRefused", "WorkbookRefused"} | {
    *("QuestionnaireFrozen", "ReportsError", "PublicationRefused", "_NoFigure", "_Unreadable"),
    *("report", "refuse", "problem", "answer_problem", "write"),
}
# The language of live text is Dutch itself, and so are its messages.
OWN_DUTCH = "reports/livetext/"
MODULES = [
    path.relative_to(ROOT).as_posix()
    for app in ("surveys", "reports")
    for path in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in path.parts and OWN_DUTCH not in path.as_posix()
]


def bare_texts(module: str) -> Iterator[str]:
    """Sentences that go to a person as they stand in the code."""
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            told = [*node.args, *(keyword.value for keyword in node.keywords)] if name in CARRIERS else []
        elif isinstance(node, ast.Assign):
            told = (
                [node.value] if any(getattr(each, "id", "") in ("reason", "message") for each in node.targets) else []
            )
        else:
            continue
        for text in told:
            parts = text.values if isinstance(text, ast.JoinedStr) else [text]
            for part in parts:
                match part:
                    case ast.Constant(value=str(words)) if re.search(r"[a-z]+ [a-z]+", words):
                        yield f"{module}:{node.lineno}: {words}"


@pytest.mark.parametrize("module", MODULES)
def test_no_message_stays_in_the_language_of_the_code(module: str) -> None:
    assert list(bare_texts(module)) == []


def test_modules_without_django_speak_the_language_of_the_moment() -> None:
    question = instrument("small").questions["hours"]
    said = {}
    for language in ("en", "nl"):
        with django_translation.override(language), pytest.raises(cells.CellRefused) as refusal:
            cells.from_cells(instrument("small"), question, {"hours": "veel"})
        said[language] = str(refusal.value)
    assert said == {"en": "“veel” is not a number, such as 12 or 12.5", "nl": "“veel” is geen getal, zoals 12 of 12,5"}


def test_without_translations_messages_stay_as_they_are() -> None:
    translation.use(translation.ENGLISH)
    try:
        assert translation.gettext("this column is missing") == "this column is missing"
        assert [translation.ngettext("%(n)s row", "%(n)s rows", n) for n in (1, 2)] == ["%(n)s row", "%(n)s rows"]
    finally:
        translation.use(django_translation)
