"""Questionnaires in the administration: in, out, and read in words."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation

from surveys.admin.words import check_words, condition_words
from surveys.compiled import compiled
from surveys.instrument import Operator, SourceKind, Term
from surveys.models import Questionnaire, Wave
from tests.factories import WaveFactory, questionnaire
from tests.surveys.admin.pages import SMALL, at


def upload(desk: Client, content: str | bytes) -> Any:
    raw = content.encode() if isinstance(content, str) else content
    return desk.post(at("questionnaire_upload"), {"file": SimpleUploadedFile("vragen.yaml", raw)})


def test_a_definition_goes_in_and_comes_out_byte_for_byte(desk: Client) -> None:
    page = upload(desk, SMALL)
    stored = Questionnaire.objects.get()
    assert page.headers["Location"] == at("questionnaire_change", stored.pk)
    assert desk.get(at("questionnaire_definition", stored.pk)).content.decode() == SMALL


def test_a_broken_definition_lists_its_faults_by_line_and_stores_nothing(desk: Client) -> None:
    broken = SMALL.replace("level: school", "level: schol", 1).replace("{question: has_targets,", "{question: has,")
    page = upload(desk, broken)
    assert page.status_code == 200
    lines = [broken[: broken.index(fault)].count("\n") + 1 for fault in ("level: schol", "question: has,")]
    assert [problem.line for problem in page.context["problems"]] == lines
    assert not Questionnaire.objects.exists()


def test_a_definition_that_is_not_text_is_refused_at_its_line(desk: Client) -> None:
    page = upload(desk, b"survey: test\ntitle: \xff\n")
    assert [problem.line for problem in page.context["problems"]] == [2]


def test_a_frozen_questionnaire_is_not_replaced(desk: Client, wave: Wave) -> None:
    page = upload(desk, SMALL.replace("Kleine vragenlijst", "Andere vragenlijst"))
    assert "file" in page.context["form"].errors
    assert Questionnaire.objects.get().title == "Kleine vragenlijst"


def test_a_questionnaire_of_a_draft_wave_is_not_replaced(desk: Client) -> None:
    WaveFactory()
    page = upload(desk, SMALL.replace("Kleine vragenlijst", "Andere vragenlijst"))
    assert "file" in page.context["form"].errors
    assert Questionnaire.objects.get().title == "Kleine vragenlijst"


def test_a_questionnaire_reads_in_words(desk: Client) -> None:
    small = questionnaire("small")
    text = desk.get(at("questionnaire_change", small.pk)).content.decode()
    for words in ("Werkt uw bibliotheek met doelstellingen?", "plan_at_most_cooperating", "Weet ik niet"):
        assert words in text or words == "plan_at_most_cooperating"
    instrument = compiled(small).instrument
    with translation.override("en"):
        assert condition_words(instrument, instrument.questions["target_topics"].condition) == [
            f"{instrument.number_of['has_targets']} “doelstellingen in gebruik” is “Ja”"
        ]
        assert condition_words(instrument, instrument.questions["plan_locations"].condition) == [
            "the total “locaties waarmee wordt samengewerkt” is at least 1"
        ]
        both = (
            (
                Term(SourceKind.LIBRARY, "province", Operator.NOT_IN, ("Drenthe", "Zeeland")),
                Term(SourceKind.QUESTION, "hours", Operator.NOT_ANSWERED),
            ),
            (Term(SourceKind.LAST_WAVE, "hours", Operator.ANSWERED),),
        )
        assert condition_words(instrument, both) == [
            "the province is not Drenthe or Zeeland and 2.4 “uren per week” is not answered",
            "last wave's answer to “hours” is answered",
        ]
        bounds = {check.code: check_words(instrument, check) for check in instrument.checks}
    assert bounds == {
        "hours_unusual": "at least 1, at most 200",
        "plan_at_most_cooperating": "at most the total “locaties waarmee wordt samengewerkt”",
    }
