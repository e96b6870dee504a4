"""Saving a section of ten answers, and one answer while somebody types, against a view that updates one row."""

from collections.abc import Callable, Sequence
from functools import partial

from surveys.instrument import Instrument, Question
from surveys.models import AnswerChange, FrameEntry, User
from tools.bench import bare
from tools.bench.project import Unexpected, Visitor, in_turns
from tools.bench.questionnaire import Respondent, fields, open_wave
from tools.bench.table import Rounds, Row

TARGET = 3.0


def measure(*, rounds: int, per_round: int) -> list[Row]:
    """Each turn changes all ten answers; four sections of ten, as in a questionnaire that is half done."""
    instrument, (respondent,) = open_wave("opslaan", sections=4, questions=10, libraries=1)
    visitor = Visitor(User.objects.get(email=respondent.email), urlconf=bare.__name__)
    saver = Saver(visitor, instrument, respondent)
    for section in instrument.sections:
        saver.save(section.code)
    response_id = FrameEntry.objects.get(pk=respondent.entry_id).response.pk

    def against_floor(ours: Callable[[], float]) -> Rounds:
        bare_update = partial(visitor.post, f"/bare/update/{response_id}/", [], expected=204)
        return Rounds(in_turns(bare_update, ours, rounds=rounds, per_round=per_round))

    whole_section = against_floor(lambda: saver.save("s2"))
    one_answer = against_floor(lambda: saver.autosave("s3"))
    if AnswerChange.objects.count() != sum(saver.versions.values()):
        raise Unexpected("Not every answer was stored.")
    return [
        whole_section.row("save a section of 10 answers", TARGET),
        one_answer.row("one autosave against a bare view that updates one row", TARGET),
    ]


class Saver:
    """Posts a section's form, or the field of its first question, with every answer different from the last time."""

    def __init__(self, visitor: Visitor, instrument: Instrument, respondent: Respondent) -> None:
        self.visitor = visitor
        self.instrument = instrument
        self.entry_id = respondent.entry_id
        self.versions: dict[str, int] = {}  # by question

    def save(self, section_code: str) -> float:
        section = self.instrument.section_by_code[section_code]
        return self._post(f"{section_code}/", section.questions, [], expected=302)

    def autosave(self, section_code: str) -> float:
        """As the script of the page does: one question, with the questions that the page shows."""
        questions = self.instrument.section_by_code[section_code].questions
        shown = ",".join(question.code for question in questions)
        return self._post(f"{section_code}/bewaren/", questions[:1], [("shown", shown)], expected=200)

    def _post(self, path: str, questions: Sequence[Question], form: list[tuple[str, str]], *, expected: int) -> float:
        before = {question.code: self.versions.get(question.code, 0) for question in questions}
        form.append(("seen", ",".join(f"{code}:{version}" for code, version in before.items())))
        for question in questions:
            form += fields(question, before[question.code] % 2)
        seconds = self.visitor.post(f"/vragenlijst/{self.entry_id}/onderdeel/{path}", form, expected)
        self.versions |= {code: version + 1 for code, version in before.items()}
        return seconds
