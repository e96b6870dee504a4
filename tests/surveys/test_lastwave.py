"""Last year beside the answer: what stands there, "same as last year" as an act, and conditions that look back."""

import gzip
import time
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from surveys import models
from surveys.instrument import BLANK, Given, State
from surveys.lastwave import same_as
from surveys.models import AnswerOrigin, FrameEntry, Library, Questionnaire, User, Wave
from surveys.rules import Progress
from surveys.services.board import board_rows
from surveys.services.questionnaires import questionnaire_load
from tests.factories import (
    QUESTIONNAIRES,
    LibraryFactory,
    SchoolFactory,
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

SCHOOLS = ("01AA00", "01AA01")
LINK = "links: [{school_year: 2024-2025, question: %s, comparability: %s}]"


def following(name: str = "small", **changes: str) -> Questionnaire:
    """The questionnaire of a year later: `question="same"` links a question to itself, other words replace text."""
    text = (QUESTIONNAIRES / f"{name}.yaml").read_text(encoding="utf-8").replace("2024-2025", "2025-2026")
    for code, comparability in changes.items():
        link = LINK % (code, comparability)
        text = text.replace(f"  - code: {code}\n", f"  - code: {code}\n    {link}\n")
    return questionnaire_load(text=text, file="following.yaml")[0]


@pytest.fixture
def schools(library_a: Library) -> list[models.School]:
    return [SchoolFactory(code=code, library=library_a, name=f"School {code[-1]}") for code in SCHOOLS]


@pytest.fixture
def before(library_a: Library, anna: User, schools: list[models.School]) -> Wave:
    """Last year's wave, in which library A submitted."""
    wave = open_wave(questionnaire("small"), libraries=[library_a])
    answer(
        entry_of(wave, library_a),
        by=anna,
        schools={SCHOOLS[0]: {"cooperation": "yes"}, SCHOOLS[1]: {"cooperation": "no"}},
    )
    answer(
        entry_of(wave, library_a),
        by=anna,
        schools={SCHOOLS[0]: {"topics": ["reading", "digital"]}},
        partners=Given(("municipality", "other"), other_text="De stichting"),
        has_targets="yes",
        target_topics="Leesplezier",
        hours="9.5",
        plan_locations=1,
    )
    submit(entry_of(wave, library_a), by=anna)
    return close(wave)


@pytest.fixture
def entry(before: Wave, library_a: Library) -> FrameEntry:
    """This year's, with the same questionnaire."""
    return entry_of(open_wave(before.questionnaire, school_year="2025-2026", libraries=[library_a]), library_a)


def section(entry: FrameEntry, code: str = "beleid") -> str:
    return reverse("surveys:response-section", args=[entry.pk, code])


def page(client: Client, user: User, entry: FrameEntry, code: str = "beleid") -> str:
    client.force_login(user)
    return client.get(section(entry, code)).text


def value(entry: FrameEntry, code: str, school: str | None = None) -> Any:
    found = stored(entry, code, school)
    return found and found.value


# ---- What stands beside a question -----------------------------------------------------------------------------------


def test_last_years_answer_stands_under_the_question(client: Client, entry: FrameEntry, anna: User) -> None:
    text = page(client, anna, entry)
    assert "Vorig jaar (2024-2025): 9,5 uren per week" in text
    assert "Leesplezier" not in text, "what does not apply is not on the page, nor its last year"
    answer(entry, by=anna, schools={SCHOOLS[0]: {"cooperation": "yes"}})
    text = page(client, anna, entry)
    assert "Vorig jaar (2024-2025): Gemeente; Anders, namelijk: De stichting" in text
    assert stored(entry, "hours") is None, "it stands beside the field and counts for nothing"


@pytest.mark.parametrize(
    ("comparability", "shows", "limit"),
    [
        ("same", True, False),
        ("limited, reason: Toen per maand", True, True),
        ("break, reason: Anders gevraagd", False, False),
        (None, False, False),
    ],
)
def test_the_register_decides_what_is_shown(
    client: Client, before: Wave, library_a: Library, anna: User, comparability: str | None, shows: bool, limit: bool
) -> None:
    later = following(hours=comparability) if comparability else following()
    entry = entry_of(open_wave(later, libraries=[library_a]), library_a)
    text = page(client, anna, entry)
    assert ("Vorig jaar (2024-2025): 9,5" in text) is shows
    assert ("Niet helemaal vergelijkbaar: Toen per maand" in text) is limit
    assert ('name="same" value="hours"' in text) is shows


def test_a_renamed_question_and_a_link_to_another_year(before: Wave, library_a: Library) -> None:
    text = (QUESTIONNAIRES / "small.yaml").read_text(encoding="utf-8").replace("2024-2025", "2025-2026")
    text = text.replace("question: hours", "question: week_hours")
    text = text.replace("  - code: hours\n", f"  - code: week_hours\n    {LINK % ('hours', 'same')}\n")
    other = "links: [{school_year: 2023-2024, question: has_targets, comparability: same}]"
    text = text.replace("  - code: has_targets\n", f"  - code: has_targets\n    {other}\n")
    later = questionnaire_load(text=text, file="renamed.yaml")[0]
    last = sheet(entry_of(open_wave(later, libraries=[library_a]), library_a)).last_wave
    assert last is not None
    assert last.given("week_hours") == Given(Decimal("9.5"))
    assert last.given("has_targets") is None


def test_a_wave_without_a_submission_is_passed_over(entry: FrameEntry, library_a: Library) -> None:
    answer(entry, has_targets="no")
    later = open_wave(entry.wave.questionnaire, school_year="2026-2027", libraries=[library_a])
    last = sheet(entry_of(later, library_a)).last_wave
    assert last is not None
    assert (last.school_year, last.is_last_year) == ("2024-2025", False)


def test_the_roster_shows_last_year_only_where_it_differs(client: Client, entry: FrameEntry, anna: User) -> None:
    text = page(client, anna, entry, "samenwerking")
    assert text.count("Vorig jaar: Ja") == 1
    assert text.count("Vorig jaar: Nee") == 1
    answer(entry, by=anna, schools={SCHOOLS[0]: {"cooperation": "yes"}, SCHOOLS[1]: {"cooperation": "yes"}})
    text = page(client, anna, entry, "samenwerking")
    assert "Vorig jaar: Ja" not in text
    assert "Vorig jaar: Nee" in text
    assert "Vorig jaar: Leesbevordering; Digitale geletterdheid" in text


# ---- Libraries that merged, schools that moved -----------------------------------------------------------------------


def merge(old: Library, into: Library) -> None:
    Library.objects.filter(pk=old.pk).update(successor=into, merged_on=date(2025, 7, 1))
    models.School.objects.filter(library=old).update(library=into)


def test_a_merged_library_sees_its_own_answers_and_its_predecessors_schools(
    library_a: Library, library_b: Library, anna: User, schools: list[models.School]
) -> None:
    SchoolFactory(code="09BB00", library=library_b)
    wave = open_wave(questionnaire("small"), libraries=[library_a, library_b])
    answer(entry_of(wave, library_a), hours="9.5", schools={SCHOOLS[0]: {"cooperation": "yes"}})
    answer(entry_of(wave, library_b), hours="4", schools={"09BB00": {"cooperation": "no"}})
    submit(entry_of(wave, library_a))
    submit(entry_of(wave, library_b))
    close(wave)
    merge(library_b, into=library_a)
    now = sheet(entry_of(open_wave(wave.questionnaire, school_year="2025-2026", libraries=[library_a]), library_a))
    assert now.last_wave is not None
    assert now.last_wave.given("hours") == Given(Decimal("9.5"))
    assert now.last_wave.given("cooperation", "09BB00") == Given("no")
    assert now.last_wave.given("cooperation", SCHOOLS[0]) == Given("yes")
    assert now.last_wave.entry_id == entry_of(wave, library_a).pk


@pytest.mark.parametrize(("n_old", "hours"), [(1, Given(Decimal("4"))), (2, None)])
def test_a_new_library_has_the_answers_of_one_predecessor_but_not_of_several(
    library_b: Library, n_old: int, hours: Given | None
) -> None:
    old = [library_b, *LibraryFactory.create_batch(n_old - 1)]
    for number, library in enumerate(old):
        SchoolFactory(code=f"0{number}BB00", library=library)
    wave = open_wave(questionnaire("small"), libraries=old)
    for number, library in enumerate(old):
        answer(entry_of(wave, library), hours="4", schools={f"0{number}BB00": {"cooperation": "no"}})
        submit(entry_of(wave, library))
    close(wave)
    middle, new = LibraryFactory(), LibraryFactory()
    for library in old:
        merge(library, into=middle)
    merge(middle, into=new)
    last = sheet(entry_of(open_wave(wave.questionnaire, school_year="2025-2026"), new)).last_wave
    assert last is not None
    assert last.given("hours") == hours
    assert [last.given("cooperation", f"0{number}BB00") for number in range(n_old)] == [Given("no")] * n_old
    assert last.entry_id is None, "who reads for the new library is no member of the old one"


def test_a_school_of_a_library_that_was_not_taken_over_has_no_last_year(entry: FrameEntry, library_b: Library) -> None:
    SchoolFactory(code="09BB00", library=library_b)
    last = sheet(entry).last_wave
    assert last is not None
    assert last.given("cooperation", "09BB00") is None


# ---- Same as last year -----------------------------------------------------------------------------------------------


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
    text = (QUESTIONNAIRES / "small.yaml").read_text(encoding="utf-8").replace("2024-2025", "2025-2026")
    for code in ("partners", "has_targets"):
        text = text.replace(f"  - code: {code}\n", f"  - code: {code}\n    {LINK % (code, 'same')}\n")
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


def test_a_row_takes_over_its_open_cells_in_the_order_of_the_route(
    client: Client, entry: FrameEntry, anna: User
) -> None:
    client.force_login(anna)
    data = {
        "seen": "",
        **{f"r.{school}": "cooperation:0" for school in SCHOOLS},
        f"r.{SCHOOLS[1]}.cooperation": "yes",
        "same": f"r.{SCHOOLS[0]}",
    }
    answered = client.post(section(entry, "samenwerking"), data)
    assert answered["Location"].endswith(f"#rij-{SCHOOLS[0]}")
    cooperation, topics = stored(entry, "cooperation", SCHOOLS[0]), stored(entry, "topics", SCHOOLS[0])
    assert cooperation
    assert topics
    assert (cooperation.value, cooperation.origin) == ("yes", AnswerOrigin.CONFIRMED)
    assert (topics.value, topics.origin) == (["reading", "digital"], AnswerOrigin.CONFIRMED)
    other = stored(entry, "cooperation", SCHOOLS[1])
    assert other
    assert (other.value, other.origin) == ("yes", AnswerOrigin.TYPED), "typed on the same page, in another row"


def test_a_row_takes_over_the_text_of_other(client: Client, library_a: Library, anna: User) -> None:
    SchoolFactory(code=SCHOOLS[0], library=library_a)
    wave = open_wave(questionnaire("other_text"), libraries=[library_a])
    then = Given("other", other_text="De conciërge")
    answer(entry_of(wave, library_a), by=anna, schools={SCHOOLS[0]: {"contact": then}})
    submit(entry_of(wave, library_a), by=anna)
    close(wave)
    entry = entry_of(open_wave(wave.questionnaire, school_year="2025-2026", libraries=[library_a]), library_a)
    client.force_login(anna)
    data = {"seen": "", f"r.{SCHOOLS[0]}": "contact:0", "same": f"r.{SCHOOLS[0]}"}
    client.post(section(entry, "scholen"), data)
    contact = stored(entry, "contact", SCHOOLS[0])
    assert contact
    assert (contact.value, contact.other_text, contact.origin) == ("other", "De conciërge", AnswerOrigin.CONFIRMED)


def test_the_whole_roster_takes_over_only_what_is_open(client: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={SCHOOLS[1]: {"cooperation": "yes"}})
    text = page(client, anna, entry, "samenwerking")
    assert "Alle open locaties overnemen van vorig jaar (1)" in text
    data = {"seen": "", f"r.{SCHOOLS[0]}": "cooperation:0", "same": "r"}
    data |= {f"r.{SCHOOLS[1]}": "cooperation:1,topics:0", f"r.{SCHOOLS[1]}.cooperation": "yes"}
    client.post(section(entry, "samenwerking"), data)
    assert (value(entry, "cooperation", SCHOOLS[0]), value(entry, "cooperation", SCHOOLS[1])) == ("yes", "yes")
    assert value(entry, "topics", SCHOOLS[1]) is None, "it was not asked of this school last year"
    assert "overnemen van vorig jaar" not in page(client, anna, entry, "samenwerking")


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


def test_numbers_of_options_that_are_not_chosen_now_are_not_taken_over(library_a: Library, anna: User) -> None:
    wave = open_wave(questionnaire("number_per_option"), libraries=[library_a])
    answer(entry_of(wave, library_a), functions=["specialist", "consultant"])
    answer(entry_of(wave, library_a), hours={"specialist": "8", "consultant": "4"}, municipalities={"structural": "2"})
    submit(entry_of(wave, library_a))
    close(wave)
    entry = entry_of(open_wave(wave.questionnaire, school_year="2025-2026", libraries=[library_a]), library_a)
    answer(entry, functions=["consultant"], municipalities={"incidental": "1"})
    client = Client()
    client.force_login(anna)
    data = {"seen": "functions:1,hours:0,municipalities:1", "functions": "consultant", "municipalities.incidental": "1"}
    client.post(section(entry, "expertise"), data | {"same": "hours"})
    assert value(entry, "hours") == {"consultant": "4"}
    client.post(section(entry, "expertise"), data | {"same": "municipalities"})
    assert value(entry, "municipalities") == {"structural": "2", "incidental": "1"}


def test_a_matrix_is_taken_over(library_a: Library, anna: User, client: Client) -> None:
    wave = open_wave(questionnaire("matrix"), libraries=[library_a])
    answer(entry_of(wave, library_a), attention={"media_literacy": "much", "ict_skills": "none"})
    submit(entry_of(wave, library_a))
    close(wave)
    entry = entry_of(open_wave(wave.questionnaire, school_year="2025-2026", libraries=[library_a]), library_a)
    client.force_login(anna)
    client.post(section(entry, "digitaal"), {"seen": "attention:0,intensity:0", "same": "attention"})
    assert value(entry, "attention") == {"media_literacy": "much", "ict_skills": "none"}


def test_an_unknown_of_last_year_is_shown_and_not_taken_over(entry: FrameEntry) -> None:
    question = sheet(entry).instrument.questions["hours"]
    assert same_as(question, Given(None, State.UNKNOWN)) is None
    assert same_as(question, BLANK) is None


def test_of_numbers_per_option_only_what_was_known_is_taken_over() -> None:
    question = instrument("number_per_option").questions["municipalities"]
    then: dict[str, Decimal | State] = {"structural": Decimal(3), "incidental": State.UNKNOWN}
    now = {"structural": State.UNKNOWN, "incidental": State.NOT_APPLICABLE}
    same = same_as(question, Given(then), ("structural", "incidental"), Given(now))
    assert same
    assert same.value == {"structural": Decimal(3), "incidental": State.NOT_APPLICABLE}


# ---- Beginning, conditions and what it costs -------------------------------------------------------------------------


def test_start_and_overview_lead_to_last_years_receipt(
    client: Client, before: Wave, entry: FrameEntry, library_a: Library, anna: User
) -> None:
    client.force_login(anna)
    receipt = reverse("surveys:response-receipt", args=[entry_of(before, library_a).pk])
    for address in (reverse("surveys:start"), reverse("surveys:response-overview", args=[entry.pk])):
        text = client.get(address).text
        assert "Vorig jaar (2024-2025) ingediend op" in text
        assert f'{receipt}">Lees die antwoorden' in text
    assert client.get(receipt).status_code == 200


LOOKS_BACK = """
survey: test
school_year: 2025-2026
version: '1.0'
title: Terugkijken
intro: Wie vorig jaar doelstellingen had, krijgt een vraag erbij.
school_kinds: [bo]
sections:
- code: beleid
  title: Beleid
  questions:
  - code: has_targets
    level: library
    type: single
    text: Werkt uw bibliotheek met doelstellingen?
    label: doelstellingen
    options:
    - {code: 'yes', text: Ja, label: ja}
    - {code: 'no', text: Nee, label: nee}
    links: [{school_year: 2024-2025, question: has_targets, comparability: same}]
  - code: reached
    level: library
    type: text
    text: Zijn de doelstellingen van vorig jaar bereikt?
    label: bereikt
    applies_when:
    - - {last_wave: has_targets, in: ['yes']}
"""


def test_a_condition_on_the_last_wave_holds_on_the_form_and_on_the_board(
    before: Wave, library_a: Library, library_b: Library
) -> None:
    wave = open_wave(questionnaire_load(text=LOOKS_BACK, file="back.yaml")[0], libraries=[library_a, library_b])
    asked = {library.code: sheet(entry_of(wave, library)).route.questions for library in (library_a, library_b)}
    assert asked == {"A001": {"has_targets", "reached"}, "B001": {"has_targets"}}
    for library in (library_a, library_b):
        answer(entry_of(wave, library), has_targets="no")
    entries = [entry_of(wave, library) for library in (library_a, library_b)]
    assert [row.progress for row in board_rows(wave, entries)] == [Progress(2, 1), Progress(1, 1)]


def test_without_a_last_year_there_is_nothing_to_see_and_nothing_to_ask(
    client: Client, library_a: Library, library_b: Library, anna: User, django_assert_num_queries: Any
) -> None:
    # Another library's submission of last year must not make a difference.
    wave = open_wave(questionnaire("small"), libraries=[library_a, library_b])
    answer(entry_of(wave, library_b), hours="4")
    submit(entry_of(wave, library_b))
    close(wave)
    entry = entry_of(open_wave(wave.questionnaire, school_year="2025-2026", libraries=[library_a]), library_a)
    answer(entry, has_targets="no")
    page(client, anna, entry)
    for code in ("beleid", "samenwerking"):
        with django_assert_num_queries(4):  # session with its user, frame entry, roster, answers
            text = client.get(section(entry, code)).text
        assert "orig jaar" not in text
        assert 'name="same"' not in text


def test_with_a_last_year_it_is_one_query_more(
    client: Client, entry: FrameEntry, anna: User, django_assert_num_queries: Any
) -> None:
    answer(entry, by=anna, has_targets="no")
    page(client, anna, entry)
    for code in ("beleid", "samenwerking"):
        with django_assert_num_queries(5):
            client.get(section(entry, code))


def test_500_rows_beside_last_year(
    library_a: Library, anna: User, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = [SchoolFactory(library=library_a).code for _ in range(500)]
    wave = open_wave(questionnaire("roster"), libraries=[library_a])
    answer(entry_of(wave, library_a), schools={code: {"cooperation": "structural"} for code in codes})
    answer(entry_of(wave, library_a), schools={code: {"topics": ["reading"], "books_per_pupil": "5"} for code in codes})
    submit(entry_of(wave, library_a))
    close(wave)
    entry = entry_of(open_wave(wave.questionnaire, school_year="2025-2026", libraries=[library_a]), library_a)
    client.force_login(anna)
    address = section(entry, "samenwerking")
    took = []
    for _ in range(5):
        started = time.perf_counter()
        text = client.get(address).text
        took.append(time.perf_counter() - started)
    assert text.count("Vorig jaar: Ja, structureel") == 500
    data = {"seen": "", "same": "r"} | {f"r.{code}": "cooperation:0" for code in codes}
    started = time.perf_counter()
    client.post(address, data)
    act = time.perf_counter() - started
    assert models.Answer.objects.filter(response__entry=entry, origin=AnswerOrigin.CONFIRMED).count() == 1500
    started = time.perf_counter()
    assert len(sheet(entry).last_wave.rows) == 500  # type: ignore[union-attr]
    reading = time.perf_counter() - started
    with capsys.disabled():
        print(
            f"\n500 rows: page {sorted(took)[2]:.3f} s, {len(gzip.compress(text.encode())) // 1000} kB compressed;",
            end="",
        )
        print(f" taking over {act:.3f} s; reading last year {reading:.3f} s")


def test_taking_over_keeps_numbers_of_options_that_are_not_chosen_now(client: Client, library_a: Library, anna: User):
    wave = open_wave(questionnaire("number_per_option"), libraries=[library_a])
    before = entry_of(wave, library_a)
    answer(before, by=anna, functions=["specialist"])
    answer(before, by=anna, hours={"specialist": "9"})
    submit(before, by=anna)
    close(wave)
    entry = entry_of(open_wave(wave.questionnaire, school_year="2025-2026", libraries=[library_a]), library_a)
    answer(entry, by=anna, functions=["specialist", "consultant"])
    answer(entry, by=anna, hours={"specialist": "4", "consultant": "20"})
    answer(entry, by=anna, functions=["specialist"])  # hides the 20
    client.force_login(anna)
    sent = {"seen": f"hours:{sheet(entry).stored_of('hours').version}", "hours.specialist": "4", "same": "hours"}
    assert client.post(reverse("surveys:answer-save", args=[entry.pk, "expertise"]), sent).status_code == 200
    stored = models.Answer.objects.get(response__entry=entry, question__code="hours").value
    assert stored == {"specialist": "9", "consultant": "20"}
