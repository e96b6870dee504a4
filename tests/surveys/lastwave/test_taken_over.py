""" "Same as last year" for an answer: what is stored, as whose, and what is not taken over."""

from decimal import Decimal

from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from surveys import models
from surveys.instrument import BLANK, Given, State
from surveys.lastwave import same_as
from surveys.models import AnswerOrigin, FrameEntry, Library, User, Wave
from surveys.services.questionnaires import questionnaire_load
from tests.factories import (
    a_year_later,
    answer,
    close,
    entry_of,
    instrument,
    open_wave,
    questionnaire,
    sheet,
    stored,
    submit,
)
from tests.surveys.lastwave.later import SCHOOLS, later_text, page, section, value


def test_one_press_stores_last_years_answer_as_confirmed_and_the_rest_of_the_page_as_typed(
    client: Client, entry: FrameEntry, anna: User
) -> None:
    client.force_login(anna)
    data = {"seen": "has_targets:0,hours:0", "has_targets": "no", "hours": "", "same": "hours"}
    answered = client.post(section(entry), data)
    assert answered["Location"] == f"{section(entry)}#vraag-hours"
    hours, targets = stored(entry, "hours"), stored(entry, "has_targets")
    assert hours
    assert targets
    assert (hours.value, hours.origin, hours.changed_by) == ("9.5", AnswerOrigin.CONFIRMED, anna)
    assert (targets.value, targets.origin) == ("no", AnswerOrigin.TYPED)
    change = hours.changes.get()
    assert (change.origin, change.changed_by) == (AnswerOrigin.CONFIRMED, anna)
    text = page(client, anna, entry)
    assert "1 antwoord overgenomen en opgeslagen." in text
    assert 'name="same" value="hours"' not in text, "it is the same now"
    client.post(section(entry), {"seen": "has_targets:1,hours:1", "has_targets": "no", "hours": "9,5", "same": "hours"})
    assert hours.changes.count() == 1, "pressed twice is pressed once"


def test_the_text_of_other_comes_along(client: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={SCHOOLS[0]: {"cooperation": "yes"}})
    client.force_login(anna)
    client.post(section(entry), {"seen": "partners:0", "same": "partners"})
    partners = stored(entry, "partners")
    assert partners
    assert (partners.value, partners.other_text) == (["municipality", "other"], "De stichting")


def test_a_question_that_does_not_apply_or_does_not_exist_is_not_taken_over(
    client: Client, entry: FrameEntry, anna: User
) -> None:
    client.force_login(anna)
    for act in ("target_topics", "cooperation", "nonsense", "r.99XX99", "r."):
        assert client.post(section(entry), {"seen": "", "same": act}).status_code == 302
    assert not models.Answer.objects.filter(response__entry=entry).exists()


def test_an_option_that_no_longer_exists_is_not_taken_over(
    client: Client, before: Wave, library_a: Library, anna: User
) -> None:
    text = later_text(partners="same", has_targets="same")
    text = text.replace("{code: municipality,", "{code: state,").replace(
        "{code: 'yes', text: Ja", "{code: jazeker, text: Ja"
    )
    text = text.replace("in: ['yes']", "in: [jazeker]")
    later = questionnaire_load(text=text, file="options.yaml")[0]
    entry = entry_of(open_wave(later, libraries=[library_a]), library_a)
    answer(entry, by=anna, schools={SCHOOLS[0]: {"cooperation": "jazeker"}})
    text = page(client, anna, entry)
    assert "Vorig jaar (2024-2025): Ja" in text
    assert 'name="same" value="has_targets"' not in text
    client.post(section(entry), {"seen": "partners:0,has_targets:0", "same": "has_targets"})
    assert stored(entry, "has_targets") is None
    client.post(section(entry), {"seen": "partners:0", "same": "partners"})
    assert value(entry, "partners") == ["other"], "what still exists is"


def test_a_colleagues_newer_answer_is_not_replaced(client: Client, entry: FrameEntry, anna: User, emma: User) -> None:
    answer(entry, by=emma, hours="20")
    client.force_login(anna)
    answered = client.post(section(entry), {"seen": "hours:0", "hours": "", "same": "hours"})
    assert answered.status_code == 422
    assert value(entry, "hours") == "20"
    assert 'value="9,5"' in answered.text, "what would have been taken over, to save or not"


def test_beside_something_unreadable_the_answer_is_taken_over_and_stays_on_the_page(
    client: Client, before: Wave, entry: FrameEntry, anna: User
) -> None:
    client.force_login(anna)
    answered = client.post(section(entry), {"seen": "has_targets:0,hours:0", "hours": "veel", "same": "has_targets"})
    assert answered.status_code == 422
    assert value(entry, "has_targets") == "yes"
    assert "has_targets:1" in answered.text
    assert escape("veel") in answered.text


def test_a_reader_cannot_take_over(client: Client, entry: FrameEntry, bram: User) -> None:
    client.force_login(bram)
    assert client.post(section(entry), {"seen": "hours:0", "same": "hours"}).status_code == 403
    assert stored(entry, "hours") is None


def test_a_matrix_is_taken_over(library_a: Library, anna: User, client: Client) -> None:
    wave = open_wave(questionnaire("matrix"), libraries=[library_a])
    answer(entry_of(wave, library_a), attention={"media_literacy": "much", "ict_skills": "none"})
    submit(entry_of(wave, library_a))
    close(wave)
    entry = a_year_later(wave, library_a)
    client.force_login(anna)
    client.post(section(entry, "digitaal"), {"seen": "attention:0,intensity:0", "same": "attention"})
    assert value(entry, "attention") == {"media_literacy": "much", "ict_skills": "none"}


def test_an_unknown_of_last_year_is_shown_and_not_taken_over(entry: FrameEntry) -> None:
    question = sheet(entry).instrument.questions["hours"]
    assert same_as(question, Given(None, State.UNKNOWN)) is None
    assert same_as(question, BLANK) is None


def test_numbers_of_options_that_are_not_chosen_now_are_not_taken_over(library_a: Library, anna: User) -> None:
    wave = open_wave(questionnaire("number_per_option"), libraries=[library_a])
    answer(entry_of(wave, library_a), functions=["specialist", "consultant"])
    answer(entry_of(wave, library_a), hours={"specialist": "8", "consultant": "4"}, municipalities={"structural": "2"})
    submit(entry_of(wave, library_a))
    close(wave)
    entry = a_year_later(wave, library_a)
    answer(entry, functions=["consultant"], municipalities={"incidental": "1"})
    client = Client()
    client.force_login(anna)
    data = {"seen": "functions:1,hours:0,municipalities:1", "functions": "consultant", "municipalities.incidental": "1"}
    client.post(section(entry, "expertise"), data | {"same": "hours"})
    assert value(entry, "hours") == {"consultant": "4"}
    client.post(section(entry, "expertise"), data | {"same": "municipalities"})
    assert value(entry, "municipalities") == {"structural": "2", "incidental": "1"}


def test_taking_over_keeps_numbers_of_options_that_are_not_chosen_now(client: Client, library_a: Library, anna: User):
    wave = open_wave(questionnaire("number_per_option"), libraries=[library_a])
    before = entry_of(wave, library_a)
    answer(before, by=anna, functions=["specialist"])
    answer(before, by=anna, hours={"specialist": "9"})
    submit(before, by=anna)
    close(wave)
    entry = a_year_later(wave, library_a)
    answer(entry, by=anna, functions=["specialist", "consultant"])
    answer(entry, by=anna, hours={"specialist": "4", "consultant": "20"})
    answer(entry, by=anna, functions=["specialist"])  # hides the 20
    client.force_login(anna)
    sent = {"seen": f"hours:{sheet(entry).stored_of('hours').version}", "hours.specialist": "4", "same": "hours"}
    assert client.post(reverse("surveys:answer-save", args=[entry.pk, "expertise"]), sent).status_code == 200
    stored = models.Answer.objects.get(response__entry=entry, question__code="hours").value
    assert stored == {"specialist": "9", "consultant": "20"}


def test_of_numbers_per_option_only_what_was_known_is_taken_over() -> None:
    question = instrument("number_per_option").questions["municipalities"]
    then: dict[str, Decimal | State] = {"structural": Decimal(3), "incidental": State.UNKNOWN}
    now = {"structural": State.UNKNOWN, "incidental": State.NOT_APPLICABLE}
    same = same_as(question, Given(then), ("structural", "incidental"), Given(now))
    assert same
    assert same.value == {"structural": Decimal(3), "incidental": State.NOT_APPLICABLE}
