"""A wave's answers in memory, and the two files they are written to."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.demo.answers.catalogue import Answers, Question, Value, questions
from tools.demo.answers.libraries import Library
from tools.demo.answers.schools import School


@dataclass
class Sheet:
    """The answers of one wave: per library, and per library and school location, in the order of the register."""

    survey: str
    libraries: list[Library]
    schools: list[School]
    answers: dict[str, Answers] = field(default_factory=dict)
    rows: dict[str, dict[str, Answers]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.answers = {library.code: {} for library in self.libraries}
        self.rows = {library.code: {} for library in self.libraries}
        for school in self.schools:
            self.rows[school.library][school.code] = {}

    @property
    def codes(self) -> list[str]:
        return [library.code for library in self.libraries]

    def put(self, code: str, values: dict[str, str] | dict[str, list[str]] | dict[str, dict[str, str]]) -> None:
        """Set the answers to one library question."""
        for library, value in values.items():
            self.answers[library][code] = value

    def put_rows(self, code: str, values: dict[tuple[str, str], str] | dict[tuple[str, str], list[str]]) -> None:
        """Set the answers to one school question; keys are library and school."""
        for (library, school), value in values.items():
            self.rows[library][school][code] = value

    def with_option(self, code: str, option: str) -> list[str]:
        """The libraries whose answer is, or contains, the option."""
        return [
            library
            for library in self.codes
            if (value := self.answers[library].get(code)) is not None
            and (option in value if isinstance(value, list) else option == value)
        ]

    def row_keys(self, code: str = "", options: Iterable[str] = ()) -> list[tuple[str, str]]:
        """Keys of all rows, or of those whose answer to a choice question is, or holds, one of the options."""
        wanted = set(options)
        return [
            (library, school)
            for library, rows in self.rows.items()
            for school, row in rows.items()
            if not code or wanted & _codes(row.get(code))
        ]

    def write(self, folder: Path) -> None:
        """Write `responses.csv` and `schools.csv`; columns in catalogue order."""
        folder.mkdir(parents=True, exist_ok=True)
        asked = questions(self.survey)
        of_library = [question for question in asked if question.level == "library"]
        of_school = [question for question in asked if question.level == "school"]
        write_csv(
            folder / "responses.csv",
            ["library", *(column for question in of_library for column in question.columns)],
            ([code, *_cells(of_library, answers)] for code, answers in self.answers.items()),
        )
        write_csv(
            folder / "schools.csv",
            ["library", "school", *(column for question in of_school for column in question.columns)],
            (
                [code, school, *_cells(of_school, row)]
                for code, rows in self.rows.items()
                for school, row in rows.items()
            ),
        )


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _codes(value: Value | None) -> set[str]:
    return {value} if isinstance(value, str) else set(value or ())


def _cells(asked: list[Question], answers: Answers) -> list[str]:
    cells: list[str] = []
    for question in asked:
        value = answers.get(question.code, "")
        if question.rows:
            per_row = value if isinstance(value, dict) else {}
            cells += [per_row.get(row, "") for row in question.rows]
            continue
        cells.append(";".join(value) if isinstance(value, list) else str(value))
        if question.with_text:
            cells.append(str(answers.get(f"{question.code}.other_text", "")))
    return cells
