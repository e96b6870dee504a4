"""Saving a section of ten answers, against a view that updates one row."""

from surveys.instrument import Instrument
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

    pairs = in_turns(
        lambda: visitor.post(f"/bare/update/{response_id}/", [], expected=204),
        lambda: saver.save("s2"),
        rounds=rounds,
        per_round=per_round,
    )
    if AnswerChange.objects.count() != 10 * sum(saver.versions.values()):
        raise Unexpected("Not every save stored ten answers.")
    return [Rounds(pairs).row("save a section of 10 answers", TARGET)]


class Saver:
    """Posts a section's form with every answer different from the last time."""

    def __init__(self, visitor: Visitor, instrument: Instrument, respondent: Respondent) -> None:
        self.visitor = visitor
        self.instrument = instrument
        self.entry_id = respondent.entry_id
        self.versions: dict[str, int] = {}

    def save(self, section_code: str) -> float:
        section = self.instrument.section_by_code[section_code]
        version = self.versions.get(section_code, 0)
        form = [("seen", ",".join(f"{question.code}:{version}" for question in section.questions))]
        for question in section.questions:
            form += fields(question, version % 2)
        path = f"/vragenlijst/{self.entry_id}/onderdeel/{section_code}/"
        seconds = self.visitor.post(path, form, expected=302)
        self.versions[section_code] = version + 1
        return seconds
