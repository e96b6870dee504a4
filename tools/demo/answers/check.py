"""Compares every published figure of the two demo waves with a recount of the written answers."""

import csv
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from tools.demo.answers.recount import Figure, Files

HERE = Path(__file__).parent
PUBLISHED = HERE.parent / "published-figures.csv"
CONTRADICTIONS = HERE / "contradictions.csv"
CONCORDANCE = HERE.parents[2] / "reports" / "definitions" / "concordance.csv"

WAVES = {
    ("po", "2021-2022"): ("po-2021-2022", "libraries-2022.csv"),
    ("vo", "2022-2023"): ("vo-2022-2023", "libraries-2023.csv"),
}
MAPPED_BY = ("survey", "variable", "option", "measure", "selection")
NAMED_BY = ("survey", "wave", "chapter", "variable", "option", "measure", "value", "selection")


@dataclass(frozen=True)
class Difference:
    """A published figure that the answers don't give. `part` is what differs: its value, or only its base."""

    key: tuple[str, ...]
    part: str
    published: str
    recounted: str

    def __str__(self) -> str:
        return f"{' / '.join(self.key)}: {self.part} {self.published} published, {self.recounted} recounted"


def check(folder: Path) -> list[str]:
    """The differences that are not an accepted contradiction; empty when all is well."""
    accepted = {(*(row[name] for name in NAMED_BY), row["differs"]) for row in read(CONTRADICTIONS)}
    return [str(found) for found in differences(folder) if (*found.key, found.part) not in accepted]


def differences(folder: Path) -> list[Difference]:
    """Every difference between the published figures and the files in the folder, in published order."""
    mapping = {tuple(row[name] for name in MAPPED_BY): row for row in read(CONCORDANCE)}
    waves = {wave: Files(wave[0], folder / name, folder / register) for wave, (name, register) in WAVES.items()}
    found: list[Difference] = []
    for row in read(PUBLISHED):
        files = waves.get((row["survey"], row["wave"]))
        target = mapping[tuple(row[name] for name in MAPPED_BY)]
        if files is None or not target["question"]:
            continue
        figure = files.figure(target["question"], target["figure_option"], target["figure_measure"], row["selection"])
        key = tuple(row[name] for name in NAMED_BY)
        value = figure.value / int(target["factor"] or 1)
        if row["unit"] == "percent" and target["figure_measure"] == "mean":
            value /= 100  # a mean of answers that are percentages themselves, not a share
        if not agrees(row, value):
            found.append(Difference(key, "value", row["value"], rounded(row, value)))
        elif row["n"] and int(row["n"]) not in figure.bases:
            found.append(Difference(key, "base", row["n"], _bases(figure)))
    return found


def agrees(row: dict[str, str], value: Fraction) -> bool:
    """Whether the recounted value is the published one, after rounding as the publication did."""
    if row["measure"] == "mean_range_low":
        return value >= Fraction(row["value"])
    if row["measure"] == "mean_range_high":
        return value <= Fraction(row["value"])
    return rounded(row, value) == row["value"]


def rounded(row: dict[str, str], value: Fraction) -> str:
    """The value as the publication writes it: half up, with as many decimals, or zeros at the end."""
    if row["unit"] == "percent":
        value *= 100
    if row["measure"] == "count_rounded":
        step = 10 ** (len(row["value"]) - len(row["value"].rstrip("0")))
        return str(step * _half_up(value / step))
    places = len(row["value"].partition(".")[2])
    digits = str(_half_up(value * 10**places)).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def _bases(figure: Figure) -> str:
    return " or ".join(str(base) for base in sorted(figure.bases))
