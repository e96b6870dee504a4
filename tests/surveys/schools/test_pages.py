"""The pages on which a library keeps its list of schools."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from surveys.models import FrameEntry, FrameSchool, Library, SchoolReport, User, Wave
from surveys.services.schools import roster_confirm, school_add, school_leave
from tests.factories import SchoolFactory, entry_of, open_wave, questionnaire
from tests.surveys.schools.rows import Status, leave, row, url


def test_the_page_lists_searches_and_tells_what_was_said(client: Client, entry: FrameEntry, anna: User) -> None:
    leave(entry, "01AA02", by=anna, status=Status.MOVED, reason="Nu <b>Beekduin</b>")
    client.force_login(anna)
    page = client.get(url("overview", entry)).text
    assert "2 schoollocaties op de lijst" in page
    assert page.index("Het Kompas") < page.index("De Vlieger")
    assert "Nu &lt;b&gt;Beekduin&lt;/b&gt;" in page
    assert "Anna" in page
    found = client.get(url("overview", entry), {"q": "kompas  dorp"}).text
    assert "Het Kompas" in found
    assert "De Springplank" not in found


@pytest.mark.parametrize("n_schools", [5, 60])
def test_the_page_costs_the_same_for_few_schools_and_many(
    client: Client, library_a: Library, anna: User, n_schools: int, django_assert_num_queries: Callable
) -> None:
    entry = entry_of(open_wave(questionnaire("small"), libraries=[library_a], schools=n_schools), library_a)
    for school in list(entry.schools.all())[:3]:
        school_leave(entry=entry, school=school, status=Status.CLOSED, by=anna)
    roster_confirm(entry=entry, by=anna)
    client.force_login(anna)
    client.get(url("overview", entry))  # compiles the questionnaire
    with django_assert_num_queries(6):  # session with its user, entry, roster, answers, reports, who confirmed
        client.get(url("overview", entry))


def test_a_school_leaves_and_comes_back_by_the_pages(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    at = url("leave", entry, row(entry, "01AA00").pk)
    assert "Het Kompas" in client.get(at).text
    assert client.post(at, {"status": "merged"}).status_code == 422
    assert client.post(at, {"status": "moved", "reason": " "}).status_code == 422
    page = client.post(at, {"status": "merged", "successor": row(entry, "01AA01").pk}, follow=True)
    assert "staat niet meer op de lijst" in page.text
    assert row(entry, "01AA00").successor == row(entry, "01AA01")
    assert client.get(at).status_code == 302, "it has left already"
    client.post(url("return", entry, row(entry, "01AA00").pk))
    assert row(entry, "01AA00").status == Status.PRESENT


def test_a_school_is_added_by_code_and_without_by_the_pages(client: Client, entry: FrameEntry, anna: User) -> None:
    SchoolFactory(code="03CC00", name="De Linde")
    client.force_login(anna)
    assert client.get(url("add", entry)).status_code == 200
    assert client.post(url("add", entry), {"known": "", "code": "03CC"}).status_code == 422
    assert (
        "De Linde (03CC00) staat nu op de lijst"
        in client.post(url("add", entry), {"known": "", "code": " 03cc 00"}, follow=True).text
    )
    asked = client.post(url("add", entry), {"known": "", "code": "02BB00"})
    assert (asked.status_code, "Bibliotheek Beekduin" in asked.text) == (409, True)
    client.post(url("add", entry), {"known": "02BB00", "code": "02BB00"})
    new = {"new": "", "name": "De  Nieuwe", "municipality": "Ons Dorp", "kind": "unknown", "pupils": ""}
    client.post(url("add", entry), new)
    assert set(entry.schools.filter(is_added=True).values_list("name", flat=True)) == {
        "De Linde", "De Brug", "De Nieuwe",
    }  # fmt: skip
    assert client.post(url("add", entry), new).status_code == 422
    added = entry.schools.get(name="De Nieuwe")
    client.post(url("leave", entry, added.pk))
    assert row(entry, added.code).status == Status.NOT_OURS
    offered = client.post(url("add", entry), new)
    assert url("return", entry, added.pk) in offered.text


def test_the_pages_ask_before_a_school_goes_back_that_another_library_has(
    client: Client, entry: FrameEntry, anna: User, carla: User, wave: Wave, library_b: Library
) -> None:
    leave(entry, "01AA00", by=anna)
    school_add(entry=entry_of(wave, library_b), code="01AA00", by=carla)
    client.force_login(anna)
    at = url("return", entry, row(entry, "01AA00").pk)
    asked = client.post(at)
    assert (asked.status_code, "staat op de lijst van Bibliotheek Beekduin" in asked.text) == (409, True)
    assert 'name="agreed"' in asked.text
    assert row(entry, "01AA00").status == Status.CLOSED
    assert "staat weer op de lijst" in client.post(at, {"agreed": "1"}, follow=True).text
    assert row(entry, "01AA00").status == Status.PRESENT


def test_who_reads_sees_the_list_and_changes_nothing(client: Client, entry: FrameEntry, bram: User) -> None:
    client.force_login(bram)
    page = client.get(url("overview", entry)).text
    assert "De Springplank" in page
    assert url("add", entry) not in page
    one = row(entry, "01AA00").pk
    for address in (url("confirm", entry), url("leave", entry, one), url("return", entry, one), url("add", entry)):
        assert client.post(address).status_code == 403
    assert not SchoolReport.objects.exists()


def test_rows_of_another_library_do_not_exist(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    theirs = FrameSchool.objects.get(code="02BB00").pk
    assert client.post(url("leave", entry, theirs), {"status": "closed"}).status_code == 404
    assert client.post(url("return", entry, theirs)).status_code == 404


def test_a_questionnaire_that_asks_nothing_about_schools_has_no_list(
    client: Client, library_a: Library, anna: User
) -> None:
    entry = entry_of(open_wave(questionnaire("matrix"), libraries=[library_a]), library_a)
    client.force_login(anna)
    assert client.get(url("overview", entry)).status_code == 404
    assert url("overview", entry) not in client.get(reverse("surveys:response-overview", args=[entry.pk])).text
