"""What answers have been: their changes in words, for the library and for staff. Reading only."""

from dataclasses import dataclass

from django.db.models import QuerySet

from surveys import cells
from surveys.compiled import Compiled
from surveys.instrument import Given, Question, State
from surveys.models import AnswerChange, AnswerOrigin, Response
from surveys.wording import Shown, shown

CHANGES_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One entry of an answer's history. `school` is empty for an answer of the library."""

    change: AnswerChange
    question: Question
    number: str
    school: str
    shown: Shown
    origin: str


def changes_of(response: Response | None, question_id: int | None = None, school: str = "") -> QuerySet[AnswerChange]:
    """Every value that answers have had, newest first: of one question or all, of one school of the roster or all."""
    changes = AnswerChange.objects.filter(answer__response=response)
    if response is None:
        changes = changes.none()
    if question_id is not None:
        changes = changes.filter(answer__question_id=question_id)
    if school:
        changes = changes.filter(answer__school__code=school)
    return changes.select_related("answer__school", "changed_by").order_by("-changed_at", "-pk")


def change_line(known: Compiled, change: AnswerChange) -> ChangeLine:
    instrument = known.instrument
    question = instrument.questions[known.code_of[change.answer.question_id]]
    given = Given(cells.from_json(question, change.value), State(change.state), change.other_text)
    return ChangeLine(
        change=change,
        question=question,
        number=instrument.number_of[question.code],
        school=str(change.answer.school or ""),
        shown=shown(instrument, question, given),
        origin=str(AnswerOrigin(change.origin).label),
    )
