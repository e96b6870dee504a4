"""The pages of a library, as its people meet them; without JavaScript."""

import re
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from surveys import models
from surveys.instrument import Given, State
from surveys.models import FrameEntry, Library, User
from surveys.services.schools import roster_confirm
from tests.factories import ANY_OPEN, SchoolFactory, answer, close, entry_of, explain, open_wave, questionnaire, submit

FINDING = re.compile(r'<span class="badge-status[^>]*>([^<]+)</span> <a href="([^"]+)"')
STYLE = re.compile(r'<link rel="stylesheet" href="[^"]*/([^"/]+)"')


@pytest.fixture
def entry(library_a: Library, library_b: Library) -> FrameEntry:
    SchoolFactory(code="01AA00", library=library_a, name="De Springplank")
    SchoolFactory(code="01AA01", library=library_a, name="Het Kompas")
    return entry_of(open_wave(questionnaire("small"), libraries=[library_a, library_b]), library_a)


def url(name: str, entry: FrameEntry, *more: str) -> str:
    return reverse(f"surveys:response-{name}", args=[entry.pk, *more])


def stored(code: str, school: str | None = None) -> object:
    return models.Answer.objects.get(question__code=code, school__code=school).value


def test_start_page_shows_the_open_questionnaire_with_one_button(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    page = client.get(reverse("surveys:start"))
    assert "Kleine vragenlijst" in page.text
    assert url("overview", entry) in page.text
    assert page["Cache-Control"] == "private, no-store"


def test_start_page_without_a_questionnaire_says_so(client: Client, carla: User) -> None:
    client.force_login(carla)
    page = client.get(reverse("surveys:start"))
    assert reverse("reports:index") in page.text
    assert "empty-state" in page.text


def test_saving_a_section_stores_roster_and_goes_on_when_no_new_question_came_up(
    client: Client, entry: FrameEntry, anna: User
) -> None:
    client.force_login(anna)
    section = url("section", entry, "samenwerking")
    data = {
        "seen": "",
        "r.01AA00": "cooperation:0",
        "r.01AA00.cooperation": "yes",
        "r.01AA01": "cooperation:0",
        "r.01AA01.cooperation": "no",
    }
    page = client.post(section, data)
    assert (page.status_code, page["Location"]) == (302, section), "the topics of the first school came up"
    assert (stored("cooperation", "01AA00"), stored("cooperation", "01AA01")) == ("yes", "no")
    page = client.post(
        section,
        {"seen": "", "r.01AA00": "cooperation:1,topics:0", "r.01AA00.cooperation": "yes"}
        | {"r.01AA00.topics": ["digital", "reading"], "r.01AA01": "cooperation:1", "r.01AA01.cooperation": "no"},
    )
    assert page["Location"] == url("section", entry, "beleid")
    assert stored("topics", "01AA00") == ["reading", "digital"]


def test_a_section_without_a_roster_brings_no_styles_but_those_of_every_page(
    client: Client, entry: FrameEntry, anna: User
) -> None:
    client.force_login(anna)
    pages = {code: client.get(url("section", entry, code)).text for code in ("samenwerking", "beleid")}
    styles = {code: set(STYLE.findall(page)) for code, page in pages.items()}
    assert styles["beleid"] == {"bootstrap.min.css", "theme.css"}
    assert styles["samenwerking"] - styles["beleid"] == {"roster.css"}


@pytest.mark.parametrize("name", ["response-review", "schools-overview", "team-overview"])
def test_pages_below_the_sections_are_marked_as_where_you_are(
    client: Client, entry: FrameEntry, anna: User, name: str
) -> None:
    client.force_login(anna)
    address = reverse(f"surveys:{name}", args=[entry.pk])
    beside = client.get(address).text.partition('<ol class="section-list">')[2].partition("</ol>")[0]
    assert re.findall(r'<a href="([^"]+)" aria-current="(?:step|page)">', beside) == [address]


def test_questions_that_do_not_apply_are_not_on_the_page(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    page = client.get(url("section", entry, "beleid")).text
    assert 'name="has_targets"' in page
    assert 'name="partners"' not in page
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "yes"}})
    assert 'name="partners"' in client.get(url("section", entry, "beleid")).text


def test_unreadable_answer_is_named_and_the_others_are_stored(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    data = {"seen": "has_targets:0,hours:0", "has_targets": "yes", "hours": "veel"}
    page = client.post(url("section", entry, "beleid"), data)
    assert page.status_code == 422
    assert "veel" in page.text
    assert "error-summary" in page.text
    assert stored("has_targets") == "yes"
    assert not models.Answer.objects.filter(question__code="hours").exists()


def test_dutch_numbers_are_understood(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    client.post(url("section", entry, "beleid"), {"seen": "hours:0", "hours": "12,5"})
    assert stored("hours") == "12.5"
    assert 'value="12,5"' in client.get(url("section", entry, "beleid")).text


def test_colleague_in_between_is_shown_and_nothing_is_overwritten(
    client: Client, entry: FrameEntry, anna: User, emma: User
) -> None:
    client.force_login(anna)
    answer(entry, by=emma, has_targets="no")
    data = {"seen": "has_targets:0", "has_targets": "yes"}
    page = client.post(url("section", entry, "beleid"), data)
    assert page.status_code == 422
    assert str(emma) in page.text
    assert stored("has_targets") == "no"
    assert 'value="has_targets:1' in page.text or "has_targets:1" in page.text
    client.post(url("section", entry, "beleid"), {"seen": "has_targets:1", "has_targets": "yes"})
    assert stored("has_targets") == "yes"


def test_hostile_text_comes_back_as_text(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    hostile = '<script>alert("x")</script> =1+1 \u202e 😀'
    client.post(
        url("section", entry, "beleid"),
        {"seen": "has_targets:0,target_topics:0", "has_targets": "yes", "target_topics": hostile},
    )
    assert stored("target_topics") == hostile
    page = client.get(url("section", entry, "beleid")).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_text_that_cannot_be_stored_is_refused_with_a_reason(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    data = {"seen": "has_targets:0,target_topics:0", "has_targets": "yes", "target_topics": "a\x00b"}
    page = client.post(url("section", entry, "beleid"), data)
    assert page.status_code == 422
    assert not models.Answer.objects.filter(question__code="target_topics").exists()


def test_review_lists_what_is_open_and_submit_needs_a_confirmation(
    client: Client, entry: FrameEntry, anna: User
) -> None:
    client.force_login(anna)
    roster_confirm(entry=entry, by=anna)
    answer(entry, by=anna, has_targets="no")
    page = client.get(url("review", entry)).text
    assert "accept_open" in page
    assert url("section", entry, "samenwerking") in page
    for few in ("", "0", "één", "9" * 30):
        refused = client.post(url("submit", entry), {"accept_open": few})
        assert refused.status_code == 422
    assert models.Submission.objects.count() == 0
    (shown,) = re.findall(r'id="accept_open" value="(\d+)"', page)
    fewer = client.post(url("submit", entry), {"accept_open": int(shown) - 1})
    assert fewer.status_code == 422, "a colleague emptied an answer after the page was shown"
    accepted = client.post(url("submit", entry), {"accept_open": shown})
    assert accepted["Location"] == url("receipt", entry)
    assert models.Submission.objects.get().submitted_by == anna


def test_soft_check_is_explained_on_the_review_page(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    roster_confirm(entry=entry, by=anna)
    answer(entry, by=anna, hours="400")
    assert "explain.hours_unusual." in client.get(url("review", entry)).text
    assert client.post(url("submit", entry), {"accept_open": ANY_OPEN}).status_code == 422
    client.post(url("explain", entry), {"explain.hours_unusual.": "Groot project"})
    assert client.post(url("submit", entry), {"accept_open": ANY_OPEN}).status_code == 302


def test_review_lists_what_checks_say_once_in_the_order_of_the_questionnaire(
    client: Client, entry: FrameEntry, anna: User, bram: User
) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "yes"}})
    answer(entry, by=anna, partners=["poi", "none"], has_targets="no", hours="400", plan_locations=2)
    client.force_login(anna)
    page = client.get(url("review", entry)).text
    section = url("section", entry, "beleid")
    assert FINDING.findall(page) == [
        ("Moet worden verbeterd", f"{section}#vraag-partners"),
        ("Nakijken of toelichten", f"{section}#vraag-hours"),
        ("Moet worden verbeterd", f"{section}#vraag-plan_locations"),
    ]
    assert "2 punten moet u verbeteren voordat u indient." in page
    assert "1 punt is ongewoon: verbeter het antwoord, of leg uit waarom het klopt." in page
    assert "toegelicht." not in page

    explain(entry, by=anna, hours_unusual="Groot project")
    page = client.get(url("review", entry)).text
    assert FINDING.findall(page)[1] == ("Toegelicht", f"{section}#vraag-hours"), "it keeps its place"
    assert "<summary>Toelichting: Groot project</summary>" in page
    assert "1 punt is toegelicht." in page
    assert "ongewoon:" not in page
    client.force_login(bram)
    assert "Toelichtingen opslaan" not in client.get(url("review", entry)).text


def test_review_offers_to_explain_only_where_that_helps(client: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "yes"}})
    answer(entry, by=anna, partners=["poi", "none"])
    client.force_login(anna)
    page = client.get(url("review", entry)).text
    assert "1 punt moet u verbeteren voordat u indient." in page
    assert "Toelichtingen opslaan" not in page
    answer(entry, by=anna, partners=["poi"])
    assert "Na te kijken" not in client.get(url("review", entry)).text


def test_receipt_stays_readable_after_closing(client: Client, entry: FrameEntry, anna: User, bram: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "yes"}}, partners=["poi"], hours="9.5")
    submission = submit(entry, by=anna)
    close(entry.wave)
    client.force_login(bram)
    page = client.get(url("receipt", entry)).text
    assert submission.content_hash in page
    assert "9,5" in page
    assert "POI" in page


def test_closed_wave_keeps_answers_readable_and_refuses_changes(client: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, has_targets="yes")
    close(entry.wave)
    client.force_login(anna)
    assert client.get(url("section", entry, "beleid"))["Location"] == url("read", entry)
    page = client.post(url("section", entry, "beleid"), {"seen": "has_targets:1", "has_targets": "no"}, follow=True)
    assert "alert" in page.text
    assert stored("has_targets") == "yes"


def test_reader_reads_but_does_not_write_and_editor_does_not_submit(
    client: Client, entry: FrameEntry, anna: User, bram: User, emma: User
) -> None:
    answer(entry, by=anna, has_targets="yes")
    roster_confirm(entry=entry, by=anna)
    client.force_login(bram)
    assert client.get(url("read", entry)).status_code == 200
    assert client.post(url("section", entry, "beleid"), {"seen": "has_targets:1"}).status_code == 403
    client.force_login(emma)
    assert client.post(url("submit", entry), {"accept_open": ANY_OPEN}).status_code == 403
    client.force_login(anna)
    assert client.post(url("submit", entry), {"accept_open": ANY_OPEN}).status_code == 302


def test_another_librarys_questionnaire_does_not_exist(client: Client, entry: FrameEntry, carla: User) -> None:
    client.force_login(carla)
    for name in ("overview", "review", "receipt", "read"):
        assert client.get(url(name, entry)).status_code == 404
    assert client.post(url("submit", entry)).status_code == 404


@pytest.mark.parametrize("n_schools", [3, 30])
def test_section_page_costs_the_same_queries_for_any_number_of_schools(
    client: Client, library_a: Library, anna: User, n_schools: int, django_assert_num_queries
) -> None:
    schools = [SchoolFactory(library=library_a) for _ in range(n_schools)]
    entry = entry_of(open_wave(questionnaire("small"), libraries=[library_a]), library_a)
    answer(entry, by=anna, schools={school.code: {"cooperation": "yes"} for school in schools})
    client.force_login(anna)
    client.get(url("section", entry, "samenwerking"))
    with django_assert_num_queries(4):  # session with its user, frame entry, roster, answers
        client.get(url("section", entry, "samenwerking"))


def test_a_stored_unknown_or_estimate_survives_saving_the_page_unchanged(
    client: Client, entry: FrameEntry, anna: User
) -> None:
    client.force_login(anna)
    estimate = Given(Decimal("9.5"), State.ESTIMATE)
    answer(entry, by=anna, schools={"01AA00": {"cooperation": State.UNKNOWN}}, hours=estimate)
    client.post(
        url("section", entry, "samenwerking"), {"seen": "", "r.01AA00": "cooperation:1", "r.01AA00.cooperation": ""}
    )
    client.post(url("section", entry, "beleid"), {"seen": "hours:1", "hours": "9,5"})
    states = set(models.Answer.objects.values_list("question__code", "state", "version"))
    assert states == {("cooperation", "unknown", 1), ("hours", "estimate", 1)}


def test_who_writes_down_the_other_answer_need_not_tick_it(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "yes"}})
    data = {"seen": "partners:0", "partners": ["poi"], "partners.other_text": "het museum"}
    client.post(url("section", entry, "beleid"), data)
    assert stored("partners") == ["poi", "other"]
    client.post(url("section", entry, "beleid"), data | {"seen": "partners:1"})
    assert stored("partners") == ["poi"], "unticking it again is possible with the text still there"


def test_a_text_beside_another_answer_is_not_thrown_away(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "yes"}})
    data = {"seen": "partners:0", "partners": ["none"], "partners.other_text": "het museum"}
    page = client.post(url("section", entry, "beleid"), data)
    assert page.status_code == 422
    assert "het museum" in page.text


@pytest.mark.parametrize("seen", ["has_targets:" + "9" * 5000, "has_targets:x", ",,:,", "niets:1"])
def test_nonsense_in_the_hidden_field_stores_nothing_and_breaks_nothing(
    client: Client, entry: FrameEntry, anna: User, seen: str
) -> None:
    client.force_login(anna)
    page = client.post(url("section", entry, "beleid"), {"seen": seen, "has_targets": "yes"})
    assert page.status_code == 302
    assert not models.Answer.objects.exists()


def test_an_explanation_that_cannot_be_stored_is_refused_with_a_reason(
    client: Client, entry: FrameEntry, anna: User
) -> None:
    client.force_login(anna)
    answer(entry, by=anna, hours="400")
    page = client.post(url("explain", entry), {"explain.hours_unusual.": "a\x00b"}, follow=True)
    assert "alert" in page.text
    assert not models.Explanation.objects.exists()


def test_a_second_click_on_submit_shows_the_receipt(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    roster_confirm(entry=entry, by=anna)
    answer(entry, by=anna, has_targets="no")
    for _click in range(2):
        assert client.post(url("submit", entry), {"accept_open": ANY_OPEN})["Location"] == url("receipt", entry)
    assert models.Submission.objects.count() == 1


def test_what_was_typed_in_a_roster_cell_stays_beside_a_colleagues_newer_answer(
    client: Client, entry: FrameEntry, anna: User, emma: User
) -> None:
    client.force_login(anna)
    answer(entry, by=emma, schools={"01AA00": {"cooperation": "no"}})
    data = {"seen": "", "r.01AA00": "cooperation:0", "r.01AA00.cooperation": "yes"}
    page = client.post(url("section", entry, "samenwerking"), data)
    assert page.status_code == 422
    assert '<option value="yes" selected>' in page.text


@pytest.mark.parametrize("n_closed", [1, 5])
def test_start_page_costs_the_same_for_any_number_of_closed_waves(
    client: Client, library_a: Library, anna: User, n_closed: int, django_assert_num_queries
) -> None:
    small = questionnaire("small")
    for year in range(2000, 2000 + n_closed):
        close(open_wave(small, libraries=[library_a], school_year=f"{year}-{year + 1}"))
    client.force_login(anna)
    with django_assert_num_queries(3):  # session with its user, entries, whether an adviser
        client.get(reverse("surveys:start"))
