"""Files that are refused: what is said of them, in the English of the code, and that it is said in Dutch."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation

import reports.errors
import surveys.errors


def refused(act: Callable[[], object], own_words: str = "") -> list[Any]:
    """The problems for which this is refused, in English. Staff read each of them in Dutch, at the same place.

    `own_words` is how reasons begin that a questionnaire gives in its own words: these are data, in one language.
    """
    english, dutch = (_problems(act, language) for language in ("en", "nl"))
    assert sorted(map(_place, english)) == sorted(map(_place, dutch))
    same = {problem.reason for problem in english} & {problem.reason for problem in dutch}
    assert not [reason for reason in same if not own_words or not reason.startswith(own_words)]
    return english


def _problems(act: Callable[[], object], language: str) -> list[Any]:
    refusals: Any = (surveys.errors.FileRefused, reports.errors.FileRefused)
    with translation.override(language), pytest.raises(refusals) as refusal:
        act()
    problems: list[Any] = refusal.value.problems
    assert str(refusal.value) == "\n".join(map(str, problems))
    return problems


def _place(problem: Any) -> tuple[str, int]:
    return problem.file, problem.line
