"""Where a questionnaire begins and ends: the start page, its first page, the receipt, and sections in between."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from surveys import models
from surveys.errors import DomainError
from surveys.models import FrameEntry, Library, Notice, SectionAssignment, User, Wave
from surveys.services.waves import wave_results_expect
from tests.factories import (
    MembershipFactory,
    SchoolFactory,
    WaveFactory,
    answer,
    close,
    entry_of,
    open_wave,
    questionnaire,
    submit,
)

START = reverse("surveys:start")
ALL_SCHOOLS = {"01AA00": {"cooperation": "no"}, "01AA01": {"cooperation": "no"}}


@pytest.fixture(autouse=True)
def without_second_factor(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def entry(library_a: Library, library_b: Library) -> FrameEntry:
    SchoolFactory(code="01AA00", library=library_a, name="De Springplank")
    SchoolFactory(code="01AA01", library=library_a, name="Het Kompas")
    wave = open_wave(
        questionnaire("small"), libraries=[library_a, library_b], closes_at=timezone.now() + timedelta(days=30)
    )
    return entry_of(wave, library_a)


def url(name: str, entry: FrameEntry, *more: str) -> str:
    return reverse(f"surveys:{name}", args=[entry.pk, *more])


def section(entry: FrameEntry, code: str) -> str:
    return url("response-section", entry, code)


def primary(text: str) -> list[tuple[str, str]]:
    """The address and the words of each primary button that is a link."""
    links = re.findall(r'<a class="btn btn-primary" href="([^"]+)">(.*?)</a>', text, re.S)
    return [(address, re.sub(r"<span.*?</span>", "", words)) for address, words in links]


def assign(entry: FrameEntry, code: str, to: User, by: User, note: str = "") -> SectionAssignment:
    return SectionAssignment.objects.create(
        entry=entry, section_code=code, member=to, note=note, assigned_by=by, assigned_at=timezone.now()
    )


# --- The beginning --------------------------------------------------------------------------------------------------


def test_overview_says_what_is_asked_per_section_and_how_long_it_takes(
    client: Client, entry: FrameEntry, anna: User
) -> None:
    client.force_login(anna)
    text = client.get(url("response-overview", entry)).text
    assert "2 vragen per schoollocatie" in text
    assert "5 vragen" in text
    assert "minuten" not in text, "nobody said how long this one takes"


def test_minutes_are_said_on_the_card_and_on_the_first_page(client: Client, library_a: Library, anna: User) -> None:
    small = questionnaire("small")
    models.Questionnaire.objects.filter(pk=small.pk).update(minutes=90)
    small.refresh_from_db()
    entry = entry_of(open_wave(small, libraries=[library_a]), library_a)
    client.force_login(anna)
    for address in (START, url("response-overview", entry)):
        assert "ongeveer 90 minuten; u kunt tussendoor stoppen" in client.get(address).text


def test_who_begins_has_one_clear_button(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    assert primary(client.get(START).text) == [(url("response-overview", entry), "Beginnen")]
    assert primary(client.get(url("response-overview", entry)).text) == [
        (section(entry, "samenwerking"), "Beginnen met Samenwerking")
    ]


def test_who_goes_on_lands_in_the_section_they_last_worked_in(
    client: Client, entry: FrameEntry, anna: User, emma: User
) -> None:
    answer(entry, by=anna, has_targets="no")
    answer(entry, by=emma, schools={"01AA00": {"cooperation": "no"}})
    for user, code, title in ((anna, "beleid", "Beleid en middelen"), (emma, "samenwerking", "Samenwerking")):
        client.force_login(user)
        for address in (START, url("response-overview", entry)):
            assert primary(client.get(address).text) == [(section(entry, code), f"Verder met {title}")]


def test_who_has_not_worked_yet_lands_in_their_own_section_and_else_in_the_first_open_one(
    client: Client, entry: FrameEntry, anna: User, emma: User
) -> None:
    answer(entry, by=anna, has_targets="no")
    client.force_login(emma)
    assert primary(client.get(START).text)[0][0] == section(entry, "samenwerking")
    assign(entry, "beleid", emma, by=anna)
    assert primary(client.get(START).text)[0][0] == section(entry, "beleid")


def test_a_finished_section_is_passed_and_a_finished_questionnaire_leads_to_the_review(
    client: Client, entry: FrameEntry, anna: User
) -> None:
    answer(entry, by=anna, schools=ALL_SCHOOLS)
    client.force_login(anna)
    assert primary(client.get(START).text)[0][0] == section(entry, "beleid")
    answer(entry, by=anna, has_targets="no", hours="9.5")
    for address in (START, url("response-overview", entry)):
        assert primary(client.get(address).text) == [(url("response-review", entry), "Controleren en indienen")]


def test_who_only_reads_is_offered_to_read(client: Client, entry: FrameEntry, anna: User, bram: User) -> None:
    answer(entry, by=anna, has_targets="no")
    client.force_login(bram)
    text = client.get(START).text
    assert primary(text) == []
    assert url("response-read", entry) in text


def test_first_page_says_who_works_on_it_who_submits_and_whose_sections_are(
    client: Client, entry: FrameEntry, anna: User, emma: User
) -> None:
    answer(entry, by=emma, has_targets="no")
    assign(entry, "samenwerking", emma, by=anna)
    client.force_login(anna)
    page = client.get(url("response-overview", entry))
    team = {person.name: person for person in page.context["team"]}
    assert [person.name for person in page.context["submitters"]] == ["Anna"]
    assert team["Emma"].last_change is not None
    assert team["Anna"].last_change is None
    rows = {row.section.code: row for row in page.context["rows"]}
    assert (rows["samenwerking"].taker, rows["samenwerking"].is_own) == ("Emma", False)
    assert rows["beleid"].last.changed_by == "Emma"
    assert "vult in en dient in" in page.text
    assert "Laatst gewijzigd door Emma" in client.get(START).text
    client.force_login(emma)
    assert "Aan u toegewezen:" in client.get(START).text


def test_first_page_says_how_many_answers_of_last_year_can_be_taken_over(
    client: Client, entry: FrameEntry, library_a: Library, anna: User
) -> None:
    answer(entry, by=anna, has_targets="no", hours="9.5", schools={"01AA00": {"cooperation": "no"}})
    submit(entry, by=anna)
    close(entry.wave)
    again = open_wave(entry.wave.questionnaire, school_year="2025-2026", libraries=[library_a])
    client.force_login(anna)
    text = client.get(url("response-overview", entry_of(again, library_a))).text
    assert "Bij 3 van de 7 vragen" in text
    assert url("response-receipt", entry) in text


@pytest.mark.parametrize("n_cards", [1, 4])
def test_start_page_costs_two_queries_per_open_questionnaire(
    client: Client, anna: User, entry: FrameEntry, n_cards: int, django_assert_num_queries: Any
) -> None:
    for _ in range(n_cards - 1):
        library = MembershipFactory(user=anna, library__name="Nog een").library
        models.FrameEntry.objects.create(
            wave=entry.wave, library=library, province="Gelderland", inhabitants=1, size_class="small"
        )
    for mine in models.FrameEntry.objects.filter(library__memberships__user=anna):
        answer(entry_of(mine.wave, mine.library), by=anna, has_targets="no")
    client.force_login(anna)
    client.get(START)
    # Session, user, entries, whether an adviser; roster and answers of each.
    with django_assert_num_queries(3 + 2 * n_cards):
        client.get(START)


@pytest.mark.parametrize("n_colleagues", [2, 20])
def test_first_page_costs_the_same_for_any_number_of_colleagues(
    client: Client, entry: FrameEntry, anna: User, n_colleagues: int, django_assert_num_queries: Any
) -> None:
    for membership in MembershipFactory.create_batch(n_colleagues, library=entry.library):
        answer(entry, by=membership.user, hours=str(membership.pk))
    client.force_login(anna)
    client.get(url("response-overview", entry))
    # Session, user, entry, roster, answers, changes, members.
    with django_assert_num_queries(6):
        client.get(url("response-overview", entry))
    assign(entry, "beleid", anna, by=anna)
    with django_assert_num_queries(7):
        client.get(url("response-overview", entry))


# --- Whose section it is --------------------------------------------------------------------------------------------


def test_a_section_says_who_takes_it_with_the_note_and_the_way_to_change_it(
    client: Client, entry: FrameEntry, anna: User, emma: User
) -> None:
    assign(entry, "beleid", emma, by=anna, note="Vraag <b>financiën</b>")
    client.force_login(anna)
    text = client.get(section(entry, "beleid")).text
    assert "Toegewezen aan <strong>Emma</strong>" in text
    assert "Vraag &lt;b&gt;financiën&lt;/b&gt;" in text
    assert url("team-assign", entry, "beleid") in text
    assert "Mijn deel is klaar" not in text
    assert "own-section" not in text
    assert "Toegewezen aan" not in client.get(section(entry, "samenwerking")).text


def test_who_takes_a_section_sees_so_in_the_navigation_and_says_there_that_it_is_ready(
    client: Client, entry: FrameEntry, anna: User, emma: User
) -> None:
    assign(entry, "beleid", emma, by=anna)
    client.force_login(emma)
    text = client.get(section(entry, "beleid")).text
    assert "Anna heeft dit onderdeel aan <strong>u</strong> toegewezen" in text
    assert len(re.findall(r'class="own-section"', text)) == 1
    page = client.post(url("team-mark", entry, "beleid"), {"back": "", "done": ""})
    assert page["Location"] == section(entry, "beleid")
    assert SectionAssignment.objects.get().done_at is not None
    assert "Toch nog niet klaar" in client.get(section(entry, "beleid")).text


def test_a_save_keeps_the_sign_in_the_navigation(client: Client, entry: FrameEntry, anna: User) -> None:
    assign(entry, "beleid", anna, by=anna)
    client.force_login(anna)
    page = client.post(url("answer-save", entry, "beleid"), {"seen": "has_targets:0", "has_targets": "no"})
    assert "own-section" in page.json()["html"]


def test_an_invited_colleague_is_named_as_the_library_wrote_them(
    client: Client, entry: FrameEntry, anna: User, carla: User
) -> None:
    MembershipFactory(user=carla, library=entry.library)
    models.Invitation.objects.create(library=entry.library, user=carla, name="Mevrouw C.", invited_by=anna)
    assign(entry, "beleid", carla, by=anna)
    client.force_login(anna)
    text = client.get(section(entry, "beleid")).text
    assert "Mevrouw C." in text
    assert "Carla" not in text


def test_a_section_page_costs_queries_for_the_assignment_only_where_there_is_one(
    client: Client, entry: FrameEntry, anna: User, emma: User, django_assert_num_queries: Any
) -> None:
    answer(entry, by=anna, has_targets="no")
    client.force_login(anna)
    client.get(section(entry, "beleid"))
    with django_assert_num_queries(4):  # session with its user, entry, roster, answers
        client.get(section(entry, "beleid"))
    assign(entry, "samenwerking", emma, by=anna)
    with django_assert_num_queries(4):
        client.get(section(entry, "beleid"))
    assign(entry, "beleid", emma, by=anna)
    with django_assert_num_queries(6):  # and the assignment, and the name that the library knows
        client.get(section(entry, "beleid"))


# --- Who gave an answer ---------------------------------------------------------------------------------------------


def test_answers_say_who_gave_them_and_lead_to_their_history(
    client: Client, entry: FrameEntry, anna: User, emma: User, dirk: User
) -> None:
    answer(entry, by=emma, hours="9.5", schools={"01AA00": {"cooperation": "no"}})
    client.force_login(anna)
    text = client.get(url("response-read", entry)).text
    history = url("team-history", entry)
    assert text.count("Emma, ") == 2
    assert f"{history}?vraag=hours" in text
    assert f"{history}?school=01AA00" in text
    assert f"{history}?vraag=has_targets" not in text, "nobody answered it"
    client.force_login(dirk)
    followed = client.get(url("follow-response", entry)).text
    assert "9,5" in followed
    assert history not in followed, "advisers have no history page"


# --- The end --------------------------------------------------------------------------------------------------------


def test_receipt_says_when_results_come_and_so_does_its_mail(client: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, has_targets="no")
    submit(entry, by=anna)
    client.force_login(anna)
    text = client.get(url("response-receipt", entry)).text
    assert "zodra de KB de antwoorden heeft gecontroleerd" in text
    assert reverse("reports:index") in text
    assert "zodra de KB" in Notice.objects.get(recipient=anna.email).body
    Wave.objects.update(results_on=date(2027, 3, 1))
    assert "vanaf 1 maart 2027 bij de publicaties" in client.get(url("response-receipt", entry)).text


def test_receipt_names_the_mail_the_pdf_and_what_was_left_open(
    client: Client, entry: FrameEntry, anna: User, bram: User
) -> None:
    answer(entry, by=anna, has_targets="no", schools={"01AA00": {"cooperation": "no"}})
    submit(entry, by=anna)
    client.force_login(bram)
    page = client.get(url("response-receipt", entry))
    assert anna.email in page.text
    assert reverse("surveys:response-receipt-pdf", args=[entry.pk, 1]) in page.text
    left = {item["question"].code: item["n_schools"] for group in page.context["left_open"] for item in group["items"]}
    assert left == {"cooperation": 1, "hours": 0}


def test_receipt_of_a_complete_questionnaire_lists_nothing_open(client: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, has_targets="no", hours="9.5", schools=ALL_SCHOOLS)
    submit(entry, by=anna)
    client.force_login(anna)
    page = client.get(url("response-receipt", entry))
    assert page.context["left_open"] == []
    assert "Wat u open liet" not in page.text


# --- The day of the results, in the administration -------------------------------------------------------------------


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


def at(name: str, wave: Wave) -> str:
    return reverse(f"admin:surveys_wave_{name}", args=[wave.pk])


@pytest.mark.parametrize("end", [None, close])
def test_staff_change_the_day_of_the_results_of_a_wave_that_was_opened(
    desk: Client, entry: FrameEntry, end: Callable[[Wave], Wave] | None
) -> None:
    wave = end(entry.wave) if end else entry.wave
    day = timezone.localdate() + timedelta(days=100)
    assert at("results", wave) in desk.get(at("change", wave)).text
    assert desk.post(at("results", wave), {"results_on": day.isoformat()}).status_code == 302
    wave.refresh_from_db()
    assert wave.results_on == day
    desk.post(at("results", wave), {"results_on": ""})
    wave.refresh_from_db()
    assert wave.results_on is None


def test_results_cannot_come_before_the_wave_closes(desk: Client, entry: FrameEntry, staff: User) -> None:
    with pytest.raises(DomainError):
        wave_results_expect(wave=entry.wave, on=timezone.localdate() + timedelta(days=30), by=staff)
    assert (
        wave_results_expect(wave=entry.wave, on=timezone.localdate() + timedelta(days=31), by=staff).results_on
        is not None
    )
    draft = WaveFactory(questionnaire=entry.wave.questionnaire, school_year="2030-2031")
    data = {
        "survey": draft.survey_id,
        "school_year": draft.school_year,
        "questionnaire": draft.questionnaire_id,
        "reference_date": "2031-07-31",
        "closes_at": datetime(2031, 12, 1, 12, 0).strftime("%Y-%m-%dT%H:%M"),  # noqa: DTZ001 - as a form sends it
        "results_on": "2031-11-30",
    }
    page = desk.post(at("change", draft), data)
    assert "results_on" in page.context["adminform"].form.errors
    assert desk.post(at("change", draft), data | {"results_on": "2032-03-01"}).status_code == 302
    draft.refresh_from_db()
    assert draft.results_on == date(2032, 3, 1)
