"""The errors that the domain raises. Views and commands turn them into words for people."""

from dataclasses import dataclass


class DomainError(Exception):
    """Something the domain refuses. The message is a full (translatable) sentence for the person who asked."""


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


class FileRefused(DomainError):
    """A file that is refused as a whole; nothing of it was stored."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class WaveNotOpen(DomainError):
    """Saving or submitting in a wave that is not open (any more) for this library."""


class QuestionnaireFrozen(DomainError):
    """Changing a questionnaire that a wave has been opened with."""


class NotAllowed(DomainError):
    """A member who may see this, but may not do this."""


class SubmissionRefused(DomainError):
    """Submitting while a hard check fails or a soft check is unexplained."""
