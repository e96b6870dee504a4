"""What an answer has been: its changes in words, for the library and for staff. Reading only."""

from dataclasses import dataclass

from django.db.models import QuerySet

from surveys import cells
from surveys.instrument import Given, Instrument, Question, State
from surveys.models import AnswerChange, AnswerOrigin, Response
from surveys.wording import Shown, shown

CHANGES_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One entry of an answer's history."""

    change: AnswerChange
    school: str
    shown: Shown
    origin: str


def changes_of(response: Response | None, question_id: int, school: str = "") -> QuerySet[AnswerChange]:
    """Every value that the answer to one question has had, newest first; of one school of the roster, or of all."""
    changes = AnswerChange.objects.filter(answer__response=response, answer__question_id=question_id)
    if response is None:
        changes = changes.none()
    if school:
        changes = changes.filter(answer__school__code=school)
    return changes.select_related("answer__school", "changed_by").order_by("-changed_at", "-pk")


def change_line(instrument: Instrument, question: Question, change: AnswerChange) -> ChangeLine:
    given = Given(cells.from_json(question, change.value), State(change.state), change.other_text)
    school = change.answer.school
    return ChangeLine(
        change=change,
        school=str(school) if school else "",
        shown=shown(instrument, question, given),
        origin=str(AnswerOrigin(change.origin).label),
    )
