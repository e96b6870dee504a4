"""Reopening what was submitted: the library asks with one click, staff decide with one click."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from surveys.errors import DomainError, NotAllowed, WaveNotOpen
from surveys.models import FrameEntry, Library, Membership, Notice, Response, ResponseEvent, User
from surveys.services.reopening import (
    request_of,
    requests_waiting,
    response_reopen,
    response_reopen_ask,
    response_reopen_refuse,
)
from tests.factories import (
    LibraryFactory,
    UserFactory,
    answer,
    close,
    entry_of,
    open_wave,
    questionnaire,
    submit,
)

Kind = ResponseEvent.Kind


@pytest.fixture(autouse=True)
def without_second_factor(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def entry(library_a: Library, library_b: Library, anna: User, staff: User) -> FrameEntry:
    """Library A, which has submitted. The mail with its receipt is out of the way."""
    wave = open_wave(
        questionnaire("small"), libraries=[library_a, library_b], closes_at=timezone.now() + timedelta(days=9)
    )
    entry = entry_of(wave, library_a)
    answer(entry, by=anna, has_targets="no")
    submit(entry, by=anna)
    Notice.objects.all().delete()
    return entry_of(wave, library_a)


def response(entry: FrameEntry) -> Response:
    return Response.objects.get(entry=entry)


def ask(entry: FrameEntry, by: User, reason: str = "") -> ResponseEvent:
    return response_reopen_ask(entry=entry, reason=reason, by=by)


def receipt(entry: FrameEntry) -> str:
    return reverse("surveys:response-receipt", args=[entry.pk])


def desk_page(name: str, entry: FrameEntry) -> str:
    keys = [entry.wave_id] if name == "board" else [entry.wave_id, entry.pk]
    return reverse(f"admin:surveys_wave_{name}", args=keys)


# --- The library asks -----------------------------------------------------------------------------------------------


def test_one_click_asks_and_staff_get_a_mail_with_the_way_to_decide(
    client: Client, entry: FrameEntry, emma: User, staff: User
) -> None:
    UserFactory(email="weg@example.nl", is_staff=True, inactive=True)
    client.force_login(emma)
    page = client.post(reverse("surveys:response-reopen-ask", args=[entry.pk]))
    assert page["Location"] == receipt(entry)
    asked = ResponseEvent.objects.get(kind=Kind.REOPEN_ASKED)
    assert (asked.by, asked.note, asked.response) == (emma, "", entry.response)
    mail = Notice.objects.get()
    assert mail.recipient == staff.email
    assert entry.library.name in mail.subject
    assert f"{site.SITE_URL}{desk_page('board', entry)}" in mail.body
    assert "Emma" in mail.body
    text = client.get(receipt(entry)).text
    assert "Emma heeft op" in text
    assert "Vraag om heropening</button>" not in text


def test_a_reason_is_shown_to_the_library_and_to_staff_as_text(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    hostile = "<script>alert(1)</script> verkeerd aantal"
    client.post(reverse("surveys:response-reopen-ask", args=[entry.pk]), {"reason": hostile})
    page = client.get(receipt(entry)).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; verkeerd aantal" in page
    assert "<script>alert" not in page
    assert hostile in Notice.objects.get().body, "mail is plain text, and nothing is escaped in it"


@pytest.mark.parametrize("reason", ["x" * 1001, "a\x00b"])
def test_a_reason_that_cannot_be_kept_is_refused_and_stays_on_the_page(
    client: Client, entry: FrameEntry, anna: User, reason: str
) -> None:
    client.force_login(anna)
    page = client.post(reverse("surveys:response-reopen-ask", args=[entry.pk]), {"reason": reason})
    assert page.status_code == 422
    assert not ResponseEvent.objects.filter(kind=Kind.REOPEN_ASKED).exists()


def test_asking_twice_is_asking_once(entry: FrameEntry, anna: User, emma: User) -> None:
    assert ask(entry, emma, "Uren vergeten") == ask(entry, anna, "Nog iets")
    assert ResponseEvent.objects.filter(kind=Kind.REOPEN_ASKED).count() == 1
    assert Notice.objects.count() == 1


def test_readers_and_outsiders_cannot_ask(client: Client, entry: FrameEntry, bram: User, carla: User) -> None:
    for user, status in ((bram, 403), (carla, 404)):
        client.force_login(user)
        assert client.post(reverse("surveys:response-reopen-ask", args=[entry.pk])).status_code == status
    client.force_login(bram)
    assert "Vraag om heropening</button>" not in client.get(receipt(entry)).text
    assert not ResponseEvent.objects.filter(kind=Kind.REOPEN_ASKED).exists()


def test_nothing_is_asked_of_a_closed_wave_unless_the_library_has_an_extension(
    client: Client, entry: FrameEntry, anna: User
) -> None:
    close(entry.wave)
    with pytest.raises(WaveNotOpen):
        ask(entry, anna)
    client.force_login(anna)
    assert "Vraag om heropening</button>" not in client.get(receipt(entry)).text
    FrameEntry.objects.filter(pk=entry.pk).update(extended_until=timezone.now() + timedelta(days=1))
    assert ask(entry, anna).kind == Kind.REOPEN_ASKED


def test_what_was_not_submitted_needs_no_reopening(
    client: Client, entry: FrameEntry, library_b: Library, carla: User
) -> None:
    theirs = entry_of(entry.wave, library_b)
    with pytest.raises(DomainError, match="niet ingediend"):
        ask(theirs, carla)
    answer(theirs, by=carla, has_targets="no")
    client.force_login(carla)
    page = client.post(reverse("surveys:response-reopen-ask", args=[theirs.pk]))
    assert page["Location"] == reverse("surveys:response-overview", args=[theirs.pk])


# --- Staff decide ---------------------------------------------------------------------------------------------------


def test_staff_reopen_with_one_click_on_the_board_and_who_asked_gets_a_mail(
    client: Client, entry: FrameEntry, emma: User, staff: User
) -> None:
    ask(entry, emma, "Uren vergeten")
    client.force_login(staff)
    board = client.get(desk_page("board", entry))
    assert "1 verzoek om heropening" in board.text
    assert "Uren vergeten" in board.text
    page = client.post(desk_page("response_reopen", entry))
    assert page["Location"] == desk_page("board", entry)
    assert not response(entry).is_submitted
    mail = Notice.objects.get(recipient=emma.email)
    assert reverse("surveys:response-overview", args=[entry.pk]) in mail.body
    board = client.get(desk_page("board", entry))
    assert board.context["requests"] == []
    client.force_login(emma)
    assert "heropend" in client.get(receipt(entry)).text


def test_reopening_without_a_request_needs_a_reason_and_mails_nobody(
    client: Client, entry: FrameEntry, staff: User
) -> None:
    client.force_login(staff)
    assert client.post(desk_page("response_reopen", entry)).status_code == 200
    assert response(entry).is_submitted
    client.post(desk_page("response_reopen", entry), {"reason": "Telefonisch gevraagd"})
    assert not response(entry).is_submitted
    assert not Notice.objects.exists()


def test_a_refusal_needs_a_reason_which_who_asked_reads(
    client: Client, entry: FrameEntry, emma: User, bram: User, staff: User
) -> None:
    ask(entry, emma)
    client.force_login(staff)
    assert "zonder reden" in client.get(desk_page("response_refuse", entry)).text
    assert client.post(desk_page("response_refuse", entry), {"reason": " "}).status_code == 200
    assert requests_waiting(entry.wave)
    client.post(desk_page("response_refuse", entry), {"reason": "De cijfers zijn al geteld."})
    assert not requests_waiting(entry.wave)
    assert response(entry).is_submitted
    mail = Notice.objects.get(recipient=emma.email)
    assert "De cijfers zijn al geteld." in mail.body
    client.force_login(bram)
    assert "De cijfers zijn al geteld." in client.get(receipt(entry)).text
    client.force_login(emma)
    assert "Vraag opnieuw om heropening</button>" in client.get(receipt(entry)).text
    ask(entry, emma, "Toch")
    assert [waiting.note for waiting in requests_waiting(entry.wave)] == ["Toch"]


def test_only_what_came_last_decides_whether_a_request_waits(
    entry: FrameEntry, anna: User, emma: User, staff: User
) -> None:
    def waits() -> bool:
        return bool(requests_waiting(entry.wave))

    assert (waits(), request_of(response(entry))) == (False, None)
    ask(entry, emma)
    assert waits()
    response_reopen_refuse(response=response(entry), by=staff, reason="Nee")
    refused = request_of(response(entry))
    assert refused is not None
    assert (waits(), refused.kind, refused.note) == (False, Kind.REOPEN_REFUSED, "Nee")
    ask(entry, emma)
    response_reopen(response=response(entry), by=staff, reason="")
    assert (waits(), request_of(response(entry))) == (False, None)
    submit(entry, by=anna)
    assert (waits(), request_of(response(entry))) == (False, None)
    ask(entry, emma)
    assert waits()


def test_only_staff_decide_and_only_once(entry: FrameEntry, anna: User, staff: User) -> None:
    with pytest.raises(DomainError):
        response_reopen_refuse(response=response(entry), by=staff, reason="Nee")
    ask(entry, anna)
    for decide in (response_reopen, response_reopen_refuse):
        with pytest.raises(NotAllowed):
            decide(response=response(entry), by=anna, reason="Ja")
    response_reopen(response=response(entry), by=staff, reason="")
    with pytest.raises(DomainError):
        response_reopen_refuse(response=response(entry), by=staff, reason="Nee")
    assert Notice.objects.filter(recipient=anna.email).count() == 1


def test_who_lost_access_gets_no_mail_about_the_decision(entry: FrameEntry, emma: User, staff: User) -> None:
    ask(entry, emma)
    Membership.objects.filter(user=emma).delete()
    response_reopen(response=response(entry), by=staff, reason="")
    assert not Notice.objects.filter(recipient=emma.email).exists()


def test_request_and_mail_are_stored_together_or_not_at_all(
    entry: FrameEntry, anna: User, notices_fail: type[Exception]
) -> None:
    with pytest.raises(notices_fail):
        ask(entry, anna)
    assert not ResponseEvent.objects.filter(kind=Kind.REOPEN_ASKED).exists()


def test_a_submission_page_of_staff_shows_the_request(
    client: Client, entry: FrameEntry, anna: User, staff: User
) -> None:
    ask(entry, anna, "Uren vergeten")
    client.force_login(staff)
    latest = response(entry).submissions.get()
    text = client.get(reverse("admin:surveys_submission_change", args=[latest.pk])).text
    assert "Uren vergeten" in text
    assert desk_page("response_refuse", entry) in text


@pytest.mark.parametrize("n_requests", [1, 6])
def test_requests_cost_one_query_however_many(
    staff: User, n_requests: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    libraries = LibraryFactory.create_batch(n_requests)
    wave = open_wave(questionnaire("small"), libraries=libraries)
    for library in libraries:
        answer(entry_of(wave, library), has_targets="no")
        submit(entry_of(wave, library))
        ask(entry_of(wave, library), UserFactory())
    with django_assert_num_queries(1):
        waiting = requests_waiting(wave)
        assert [event.response.entry.library for event in waiting if event.response] == libraries
