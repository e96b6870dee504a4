"""The errors of the publication side. Commands turn them into words for people."""

from dataclasses import dataclass


class ReportsError(Exception):
    """Something refused. The message is a full sentence for the person who asked."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault in a file that somebody offers: where it stands and what is wrong with it."""

    file: str
    line: int
    reason: str
    column: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}"
        return f"{place}: {self.column}: {self.reason}" if self.column else f"{place}: {self.reason}"


class FileRefused(ReportsError):
    """A file that is refused as a whole; nothing of it was stored."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class RunSuperseded(ReportsError):
    """Trying a run again that a newer one took the place of: nothing would come of it."""
