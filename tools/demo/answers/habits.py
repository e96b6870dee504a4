"""How libraries answer, whatever the survey: what they lean to, and how choices become answers."""

from random import Random

from tools.demo.answers.assign import Affinity, choose_one
from tools.demo.answers.libraries import Library
from tools.demo.answers.sheets import Sheet
from tools.demo.answers.texts import OTHER_TEXTS


def inclination(libraries: list[Library], rng: Random, noise: float = 0.8) -> Affinity[str]:
    """How libraries (by code) lean towards options: active and large ones more, provinces each in their own way."""
    by_code = {library.code: library for library in libraries}
    ranked = sorted(libraries, key=lambda library: library.inhabitants)
    size = {library.code: place / len(ranked) - 0.5 for place, library in enumerate(ranked)}
    habits: dict[tuple[str, str], float] = {}

    def affinity(code: str, option: str) -> float:
        library = by_code[code]
        habit = habits.setdefault((library.province, option), rng.gauss(0, 0.35))
        return 0.45 * library.leaning + 0.9 * size[code] + habit + rng.gauss(0, noise)

    return affinity


def with_none(codes: list[str], chosen: dict[str, list[str]]) -> dict[str, list[str]]:
    """The choices, with the exclusive option `none` for those that chose nothing."""
    return {code: chosen.get(code, ["none"]) for code in codes}


def matrix(codes: list[str], aspects: dict[str, dict[str, int]], likes: Affinity[str]) -> dict[str, dict[str, str]]:
    """Answers to a matrix: per row the given number of libraries for each point of the scale (counts: high to low)."""
    per_row: dict[str, dict[str, str]] = {}
    for row, counts in aspects.items():
        score = {code: likes(code, row) for code in codes}
        per_row[row] = _by_score(codes, counts, score)
    return {code: {row: chosen[code] for row, chosen in per_row.items()} for code in codes}


def add_other_texts(sheet: Sheet) -> None:
    """A text wherever "other" was chosen."""
    for place, (code, answers) in enumerate(sheet.answers.items()):
        for question, texts in OTHER_TEXTS.items():
            if "other" in answers.get(question, ()) and f"{question}.other_text" not in answers:
                sheet.answers[code][f"{question}.other_text"] = texts[place % len(texts)]


def decimal_text(tenths: int) -> str:
    """A number of tenths as it is typed: 95 -> "9.5", 120 -> "12"."""
    return str(tenths // 10) if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}"


def _by_score(codes: list[str], counts: dict[str, int], score: dict[str, float]) -> dict[str, str]:
    return choose_one(codes, counts, lambda code, _: score[code])
