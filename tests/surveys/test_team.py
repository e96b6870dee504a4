"""Working together: who takes which section, inviting, rights, and the history of an answer."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as site
from django.contrib.messages import get_messages
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from surveys import access
from surveys.errors import DomainError, NotAllowed
from surveys.models import (
    Answer,
    AnswerChange,
    FrameEntry,
    Invitation,
    Library,
    Membership,
    Notice,
    SectionAssignment,
    User,
)
from surveys.services import teamwork
from tests.factories import (
    PASSWORD,
    MembershipFactory,
    SchoolFactory,
    UserFactory,
    answer,
    close,
    entry_of,
    log_in_just_now,
    open_wave,
    questionnaire,
    sheet,
    submit,
)

HOSTILE = "<script>alert('x')</script> =1+1 {{ 7 }} \u202e😀"
SUBMITTER, EDITOR, READER = Membership.Role.SUBMITTER, Membership.Role.EDITOR, Membership.Role.READER


@pytest.fixture
def entry(library_a: Library, library_b: Library) -> FrameEntry:
    SchoolFactory(code="01AA00", library=library_a, name="De Springplank")
    SchoolFactory(code="01AA01", library=library_a, name="Het Kompas")
    return entry_of(
        open_wave(
            questionnaire("small"),
            libraries=[library_a, library_b],
            closes_at=timezone.now() + timedelta(days=30),
        ),
        library_a,
    )


@pytest.fixture
def as_user(client: Client) -> Callable[[User], Client]:
    """A browser in which this user is logged in and has just shown who they are."""

    def log_in(user: User) -> Client:
        return log_in_just_now(client, user)

    return log_in


def url(name: str, entry: FrameEntry, *more: object) -> str:
    return reverse(f"surveys:team-{name}", args=[entry.pk, *more])


def member(user: User, entry: FrameEntry) -> Membership:
    return Membership.objects.get(user=user, library=entry.library)


def colleague(user: User, entry: FrameEntry) -> teamwork.Colleague:
    return next(person for person in teamwork.team(entry) if person.user_id == user.pk)


def said(page: Any) -> str:
    return " ".join(str(message) for message in get_messages(page.wsgi_request))


def invite(client: Client, entry: FrameEntry, email: str, name: str = "Gerda", role: str = EDITOR) -> Any:
    return client.post(url("invite", entry), {"email": email, "name": name, "role": role})


def assign(client: Client, entry: FrameEntry, user: User, note: str = "") -> Any:
    data = {"colleague": member(user, entry).pk, "note": note}
    return client.post(url("assign", entry, "beleid"), data)


# --- Sections -------------------------------------------------------------------------------------------------------


def test_assigned_section_is_shown_and_mailed_with_note_deadline_and_link(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, emma: User
) -> None:
    page = assign(as_user(anna), entry, emma, "Vraag de cijfers bij financiën.")
    assert page["Location"] == url("overview", entry)
    shown = as_user(emma).get(url("overview", entry)).text
    assert "Vraag de cijfers bij financiën." in shown
    assert "Mijn deel is klaar" in shown
    notice = Notice.objects.get(recipient=emma.email)
    assert "Vraag de cijfers bij financiën." in notice.body
    assert f"{site.SITE_URL}{reverse('surveys:response-section', args=[entry.pk, 'beleid'])}" in notice.body
    assert timezone.localtime(entry.wave.closes_at).strftime("%H:%M") in notice.body
    assert "Anna" in notice.body


def test_assignment_and_its_mail_are_stored_together_or_not_at_all(entry: FrameEntry, anna: User, emma: User) -> None:
    section = sheet(entry).instrument.section_by_code["beleid"]

    def assigned_and_undone(*, is_undone: bool) -> None:
        with transaction.atomic():
            teamwork.section_assign(entry=entry, section=section, to=colleague(emma, entry), note="", by=anna)
            transaction.set_rollback(is_undone)

    assigned_and_undone(is_undone=True)
    assert (SectionAssignment.objects.count(), Notice.objects.count()) == (0, 0)
    assigned_and_undone(is_undone=False)
    assert (SectionAssignment.objects.count(), Notice.objects.count()) == (1, 1)


def test_assigning_the_same_again_mails_nobody_and_another_colleague_takes_over(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, emma: User
) -> None:
    client = as_user(anna)
    assign(client, entry, emma, "Graag")
    assign(client, entry, emma, "Graag")
    assert Notice.objects.count() == 1
    assign(client, entry, anna)
    assert SectionAssignment.objects.get().member == anna
    assert Notice.objects.count() == 1, "who takes a section needs no mail about it"


def test_assigned_section_is_released_after_a_confirmation(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, emma: User
) -> None:
    client = as_user(anna)
    assign(client, entry, emma)
    assert client.get(url("release", entry, "beleid")).status_code == 200
    assert SectionAssignment.objects.exists(), "looking changes nothing"
    client.post(url("release", entry, "beleid"))
    client.post(url("release", entry, "beleid"))
    assert not SectionAssignment.objects.exists()


def test_only_the_assigned_colleague_says_that_a_section_is_ready(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, emma: User
) -> None:
    assign(as_user(anna), entry, emma)
    mark = url("mark", entry, "beleid")
    assert as_user(anna).post(mark, {"done": ""}).status_code == 403
    assert SectionAssignment.objects.get().done_at is None
    as_user(emma).post(mark, {"done": ""})
    assert SectionAssignment.objects.get().done_at is not None
    assert "status-done" in as_user(anna).get(url("overview", entry)).text
    as_user(emma).post(mark, {"open": ""})
    assert SectionAssignment.objects.get().done_at is None


def test_a_new_note_asks_anew(as_user: Callable[[User], Client], entry: FrameEntry, anna: User, emma: User) -> None:
    assign(as_user(anna), entry, emma)
    as_user(emma).post(url("mark", entry, "beleid"), {"done": ""})
    assign(as_user(anna), entry, emma, "Nog één ding")
    assert SectionAssignment.objects.get().done_at is None


def test_a_reader_cannot_be_given_a_section(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, bram: User
) -> None:
    assert assign(as_user(anna), entry, bram).status_code == 422
    assert not SectionAssignment.objects.exists()


def test_a_note_of_more_than_500_characters_is_refused(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, emma: User
) -> None:
    assert assign(as_user(anna), entry, emma, "x" * 501).status_code == 422
    assert assign(as_user(anna), entry, emma, "x" * 500).status_code == 302
    assert SectionAssignment.objects.get().note == "x" * 500


@pytest.mark.parametrize("end", ["closed", "submitted"])
def test_nothing_is_assigned_once_nothing_can_be_filled_in(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, emma: User, end: str
) -> None:
    if end == "closed":
        close(entry.wave)
    else:
        answer(entry, by=anna, has_targets="no")
        submit(entry, by=anna)
    page = assign(as_user(anna), entry, emma)
    assert page["Location"] == url("overview", entry)
    assert not SectionAssignment.objects.exists()
    section = sheet(entry).instrument.section_by_code["beleid"]
    fresh = entry_of(entry.wave, entry.library)
    with pytest.raises(DomainError):
        teamwork.section_assign(entry=fresh, section=section, to=colleague(emma, entry), note="", by=anna)


def test_hostile_names_and_notes_are_text(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, emma: User
) -> None:
    emma.name = HOSTILE
    emma.save()
    client = as_user(anna)
    assign(client, entry, emma, HOSTILE)
    invite(client, entry, "gerda@example.nl", name=HOSTILE + "\r\nBcc: x@example.nl")
    for address in (url("overview", entry), url("member", entry, member(emma, entry).pk)):
        page = client.get(address).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page
    assert SectionAssignment.objects.get().note == HOSTILE
    assert HOSTILE in Notice.objects.get(recipient=emma.email).body, "mail is plain text, and nothing is escaped in it"
    assert all("\n" not in notice.subject for notice in Notice.objects.all())


def test_a_line_break_in_a_librarys_name_stays_out_of_the_subject(entry: FrameEntry, anna: User) -> None:
    entry.library.name = "Bibliotheek\r\nBcc: x@example.nl"
    entry.library.save()
    teamwork.colleague_invite(entry=entry, email="gerda@example.nl", name="Gerda", role=EDITOR, by=anna)
    assert len(Notice.objects.get().subject.splitlines()) == 1


# --- Inviting -------------------------------------------------------------------------------------------------------


def test_a_new_colleague_gets_an_account_without_password_and_a_link_to_choose_one(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User
) -> None:
    invite(as_user(anna), entry, "Gerda@Example.nl")
    gerda = User.objects.get(email="gerda@example.nl")
    assert not gerda.has_usable_password()
    assert member(gerda, entry).role == EDITOR
    body = Notice.objects.get(recipient=gerda.email).body
    link = re.search(rf"{re.escape(site.SITE_URL)}(/account/password/reset/key/\S+)", body)
    assert link is not None
    assert "Anna" in body
    assert entry.library.name in body
    visitor = Client()
    form = visitor.get(link[1], follow=True)
    new = "een-lang-genoeg-wachtwoord"
    visitor.post(form.request["PATH_INFO"], {"password1": new, "password2": new})
    gerda.refresh_from_db()
    assert gerda.check_password(new)
    assert "werkt niet meer" in Client().get(link[1], follow=True).text, "the link works once"


def test_the_link_in_an_invitation_ends(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, settings: Any
) -> None:
    invite(as_user(anna), entry, "gerda@example.nl")
    link = re.search(r"/account/password/reset/key/\S+", Notice.objects.get().body)
    assert link is not None
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "werkt niet meer" in Client().get(link[0], follow=True).text


def test_somebody_of_another_library_gets_access_too_and_keeps_their_password(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, carla: User
) -> None:
    password = carla.password
    invite(as_user(anna), entry, carla.email.upper(), role=READER)
    carla.refresh_from_db()
    assert carla.password == password
    assert member(carla, entry).role == READER
    body = Notice.objects.get(recipient=carla.email).body
    assert "password/reset/key" not in body
    assert as_user(carla).get(url("overview", entry)).status_code == 200


def test_an_invitation_does_not_tell_whether_the_address_had_an_account(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, carla: User
) -> None:
    UserFactory(email="weg@example.nl", name="Verborgen naam", inactive=True)
    User.objects.filter(pk=carla.pk).update(last_login=timezone.now(), name="Verborgen naam")
    EmailAddress.objects.create(user=carla, email=carla.email)  # as allauth notes down once somebody asked for a mail
    client = as_user(anna)
    invite(client, entry, "eerste@example.nl")  # what is loaded once, is loaded
    pages, counts = {}, {}
    for email in ("onbekend@example.nl", carla.email, "weg@example.nl"):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = invite(client, entry, email, name="Gerda")
        counts[email] = [re.sub(r"\W.*", "", query["sql"]) for query in queries]
        message = [str(message) for message in get_messages(page.wsgi_request)][-1]
        pages[email] = (page.status_code, page["Location"], message.replace(email, "…"))
        row = next(person for person in teamwork.team(entry) if person.email == email)
        assert (row.name, row.last_change, row.invited_at is None) == ("Gerda", None, False)
    assert len(set(pages.values())) == 1
    assert len({tuple(counted) for counted in counts.values()}) == 1, "the same statements take the same time"
    for name in ("surveys:team-overview", "surveys:response-overview"):
        assert "Verborgen naam" not in client.get(reverse(name, args=[entry.pk])).text
    assert Notice.objects.count() == 4


def test_who_has_access_already_is_not_invited_again(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, emma: User
) -> None:
    page = invite(as_user(anna), entry, emma.email, role=SUBMITTER)
    assert "heeft al toegang" in said(page)
    assert member(emma, entry).role == EDITOR
    assert not Notice.objects.exists()


def test_a_waiting_invitation_is_sent_again_with_another_link_until_the_first_log_in(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User
) -> None:
    client = as_user(anna)
    invite(client, entry, "gerda@example.nl")
    gerda = User.objects.get(email="gerda@example.nl")
    again = url("invite-again", entry, member(gerda, entry).pk)
    client.post(again)
    assert Notice.objects.filter(recipient=gerda.email).count() == 2
    User.objects.filter(pk=gerda.pk).update(last_login=timezone.now())
    page = client.post(again)
    assert "geen uitnodiging open" in said(page)
    assert Notice.objects.count() == 2


def test_who_signed_in_is_shown_by_their_own_name(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, carla: User
) -> None:
    invite(as_user(anna), entry, carla.email, name="Mevrouw C.")
    assert colleague(carla, entry).name == "Mevrouw C."
    assert carla not in [membership.user for membership in access.colleagues(entry)]
    Client().force_login(carla)
    assert colleague(carla, entry).name == "Carla"
    assert carla in [membership.user for membership in access.colleagues(entry)]


def test_at_most_twenty_invitations_per_library_per_day(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, emma: User
) -> None:
    Invitation.objects.bulk_create(
        Invitation(library=entry.library, user=emma, name="x") for _ in range(teamwork.INVITATIONS_PER_DAY - 1)
    )
    client = as_user(anna)
    invite(client, entry, "twintig@example.nl")
    assert User.objects.filter(email="twintig@example.nl").exists()
    page = invite(client, entry, "te-veel@example.nl")
    assert "20 uitnodigingen" in said(page)
    assert not User.objects.filter(email="te-veel@example.nl").exists()
    Invitation.objects.update(invited_at=timezone.now() - timedelta(days=1, minutes=1))
    invite(client, entry, "morgen@example.nl")
    assert User.objects.filter(email="morgen@example.nl").exists()


def test_a_look_alike_address_is_refused(as_user: Callable[[User], Client], entry: FrameEntry, anna: User) -> None:
    assert invite(as_user(anna), entry, "m\u0131ke@example.nl").status_code == 422
    assert not Invitation.objects.exists()


def test_an_invitation_that_fails_leaves_no_account_and_no_mail(
    entry: FrameEntry, anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_row: object) -> None:
        raise OSError

    monkeypatch.setattr(Notice.objects, "create", full)
    with pytest.raises(OSError):  # noqa: PT011 - the one above
        teamwork.colleague_invite(entry=entry, email="gerda@example.nl", name="Gerda", role=EDITOR, by=anna)
    assert not User.objects.filter(email="gerda@example.nl").exists()
    assert not Invitation.objects.exists()


def test_no_mail_holds_answers(as_user: Callable[[User], Client], entry: FrameEntry, anna: User, emma: User) -> None:
    answer(entry, by=anna, has_targets="yes", target_topics="Geheim doel")
    client = as_user(anna)
    assign(client, entry, emma, "Graag")
    invite(client, entry, "gerda@example.nl")
    assert Notice.objects.count() == 2
    assert not Notice.objects.filter(body__contains="Geheim").exists()


# --- Rights ---------------------------------------------------------------------------------------------------------


def test_changing_rights_asks_for_the_password_again_and_then_goes_on(
    client: Client, entry: FrameEntry, anna: User
) -> None:
    client.force_login(anna)
    page = invite(client, entry, "gerda@example.nl")
    assert page["Location"].startswith(reverse("account_reauthenticate"))
    assert not Invitation.objects.exists()
    client.post(page["Location"], {"password": PASSWORD, "next": url("invite", entry)})
    assert User.objects.filter(email="gerda@example.nl").exists()


def test_role_is_changed_and_who_only_reads_loses_the_open_sections(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, emma: User
) -> None:
    client = as_user(anna)
    assign(client, entry, emma)
    page = client.post(url("member", entry, member(emma, entry).pk), {"role": READER})
    assert page["Location"] == url("overview", entry)
    assert member(emma, entry).role == READER
    assert not SectionAssignment.objects.exists()


def test_withdrawn_access_ends_at_the_next_request(
    entry: FrameEntry, as_user: Callable[[User], Client], anna: User, emma: User
) -> None:
    hers = Client()
    hers.force_login(emma)
    assert hers.get(url("overview", entry)).status_code == 200
    client = as_user(anna)
    assign(client, entry, emma)
    withdraw = url("withdraw", entry, member(emma, entry).pk)
    assert client.get(withdraw).status_code == 200
    assert hers.get(url("overview", entry)).status_code == 200, "looking changes nothing"
    client.post(withdraw)
    assert hers.get(url("overview", entry)).status_code == 404
    assert not SectionAssignment.objects.exists()


def test_the_last_who_may_submit_stays(as_user: Callable[[User], Client], entry: FrameEntry, anna: User) -> None:
    client = as_user(anna)
    own = member(anna, entry).pk
    client.post(url("withdraw", entry, own))
    client.post(url("member", entry, own), {"role": EDITOR})
    assert member(anna, entry).may_submit
    invite(client, entry, "gerda@example.nl", role=SUBMITTER)
    client.post(url("withdraw", entry, own))
    assert member(anna, entry).may_submit, "who has not signed in yet does not count"
    User.objects.filter(email="gerda@example.nl").update(last_login=timezone.now())
    page = client.post(url("withdraw", entry, own))
    assert page["Location"] == reverse("surveys:start")
    assert not Membership.objects.filter(user=anna).exists()


def test_a_right_that_was_lost_meanwhile_is_no_longer_used(entry: FrameEntry, anna: User, emma: User) -> None:
    """Two who may submit withdraw each other: the second finds its own right gone."""
    Membership.objects.filter(user=emma).update(role=SUBMITTER)
    annas, emmas = colleague(anna, entry), colleague(emma, entry)
    teamwork.access_withdraw(entry=entry, colleague=emmas, by=anna)
    with pytest.raises(NotAllowed):
        teamwork.access_withdraw(entry=entry, colleague=annas, by=emma)
    with pytest.raises(NotAllowed):
        teamwork.colleague_invite(entry=entry, email="x@example.nl", name="X", role=EDITOR, by=emma)
    assert member(anna, entry).may_submit


def test_changed_rights_are_in_the_security_trail_with_ids_alone(
    as_user: Callable[[User], Client],
    entry: FrameEntry,
    anna: User,
    django_capture_on_commit_callbacks: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trail: list[tuple[str, dict[str, object]]] = []

    class Trail:
        def info(self, event: str, **ids: object) -> None:
            trail.append((event, ids))

    monkeypatch.setattr(teamwork, "security_log", Trail())
    with django_capture_on_commit_callbacks(execute=True):
        invite(as_user(anna), entry, "gerda@example.nl")
        gerda = User.objects.get(email="gerda@example.nl")
        teamwork.access_withdraw(entry=entry, colleague=colleague(gerda, entry), by=anna)
    assert [event for event, _ids in trail] == ["invited", "rights-changed", "rights-changed"]
    assert all(ids["user"] == gerda.pk and ids["by"] == anna.pk for _event, ids in trail)
    assert "gerda" not in str(trail).lower()


# --- Who sees and does what -----------------------------------------------------------------------------------------


def test_outsiders_find_nothing(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, carla: User, dirk: User, staff: User
) -> None:
    own = member(anna, entry).pk
    addresses = [
        url("overview", entry),
        url("invite", entry),
        url("member", entry, own),
        url("withdraw", entry, own),
        url("assign", entry, "beleid"),
        url("release", entry, "beleid"),
        history(entry, "has_targets"),
    ]
    for outsider in (carla, dirk, staff):
        client = as_user(outsider)
        assert [client.get(address).status_code for address in addresses] == [404] * len(addresses)
        posts = [*addresses[1:-1], url("mark", entry, "beleid"), url("invite-again", entry, own)]
        assert [client.post(address).status_code for address in posts] == [404] * len(posts)


def test_a_colleague_of_another_library_is_not_reached_through_ours(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, carla: User
) -> None:
    theirs = Membership.objects.get(user=carla).pk
    client = as_user(anna)
    for name in ("member", "withdraw", "invite-again"):
        assert client.post(url(name, entry, theirs), {"role": READER}).status_code == 404
    assert client.post(url("assign", entry, "beleid"), {"colleague": theirs}).status_code == 422
    assert Membership.objects.get(user=carla).may_submit


def test_readers_see_and_editors_assign_but_neither_decides_on_access(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, bram: User, emma: User
) -> None:
    own = member(anna, entry).pk
    rights = [url("invite", entry), url("member", entry, own), url("withdraw", entry, own)]
    reader = as_user(bram)
    page = reader.get(url("overview", entry))
    assert "Anna" in page.text
    assert not [address for address in (*rights, url("assign", entry, "beleid")) if address in page.text]
    assert reader.get(url("assign", entry, "beleid")).status_code == 403
    assert assign(reader, entry, emma).status_code == 403
    assert reader.post(url("mark", entry, "beleid"), {"done": ""}).status_code == 403
    editor = as_user(emma)
    assert assign(editor, entry, emma).status_code == 302
    for client in (editor, as_user(bram)):
        assert [client.get(address).status_code for address in rights] == [403] * len(rights)
        assert [client.post(address).status_code for address in rights] == [403] * len(rights)


def test_the_page_says_who_may_submit_and_who_last_changed_what(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, emma: User, bram: User
) -> None:
    answer(entry, by=emma, has_targets="yes")
    answer(entry, by=anna, hours="9.5")
    later = timezone.now() + timedelta(minutes=1)  # the database's time stands still within a test
    for table in (Answer, AnswerChange):
        table.objects.filter(changed_by=anna).update(changed_at=later)
    last = teamwork.last_changes(entry)
    assert set(last) == {anna.pk, emma.pk}
    assert last[anna.pk] == later > last[emma.pk]
    assert teamwork.submitters(entry) == ["Anna"]
    sections = teamwork.last_change_by_section(sheet(entry))
    assert {code: stored.changed_by for code, stored in sections.items()} == {"beleid": "Anna"}
    page = as_user(bram).get(url("overview", entry)).text
    assert "Deze collega mag indienen:" in page
    assert "<strong>Anna</strong>" in page


@pytest.mark.parametrize("n_colleagues", [2, 20])
def test_the_page_costs_the_same_queries_for_any_number_of_colleagues(
    client: Client, entry: FrameEntry, anna: User, n_colleagues: int, django_assert_num_queries: Any
) -> None:
    section = sheet(entry).instrument.section_by_code["beleid"]
    people = MembershipFactory.create_batch(n_colleagues, library=entry.library)
    answer(entry, by=people[0].user, has_targets="yes")
    teamwork.section_assign(entry=entry, section=section, to=colleague(people[0].user, entry), note="", by=anna)
    client.force_login(anna)
    client.get(url("overview", entry))
    with django_assert_num_queries(8):  # session, user, entry, roster, answers, changes, members, assignments
        client.get(url("overview", entry))


# --- History --------------------------------------------------------------------------------------------------------


def history(entry: FrameEntry, question: str = "", school: str = "") -> str:
    narrowed = {"vraag": question, "school": school}
    return url("history", entry) + "?" + urlencode({name: value for name, value in narrowed.items() if value})


def test_history_lists_every_value_in_words_with_who_and_how(
    client: Client, entry: FrameEntry, anna: User, emma: User, bram: User
) -> None:
    answer(entry, by=anna, hours="9.5")
    answer(entry, by=emma, hours="12")
    answer(entry, by=anna, hours=None)
    client.force_login(bram)
    page = client.get(history(entry, "hours"))
    cells = re.findall(r"<tr><th scope=\"row\">.*?</tr>", page.text, re.S)
    assert ["Anna" in row for row in cells] == [True, False, True]
    assert "9,5" in cells[2]
    assert "12" in cells[1]
    assert "geen antwoord" in cells[0]
    assert all("getypt" in row for row in cells)


def test_history_of_one_school_leaves_out_the_others(client: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "yes"}, "01AA01": {"cooperation": "no"}})
    client.force_login(anna)
    everything = client.get(history(entry, "cooperation")).text
    assert "?vraag=cooperation&amp;school=01AA00" in everything
    assert "Het Kompas" in everything
    for narrowed in (history(entry, "cooperation", "01AA00"), history(entry, school="01AA00")):
        text = client.get(narrowed).text
        assert "De Springplank" in text
        assert "Het Kompas" not in text


def test_history_of_all_answers_says_which_question_each_was(client: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, hours="9.5", has_targets="yes", schools={"01AA00": {"cooperation": "yes"}})
    client.force_login(anna)
    lines = client.get(history(entry)).context["lines"]
    assert {line.question.code for line in lines} == {"hours", "has_targets", "cooperation"}
    assert {line.school for line in lines} == {"", "De Springplank (01AA00)"}


def test_history_keeps_a_school_that_left_the_roster(client: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "yes"}})
    entry.schools.filter(code="01AA00").update(status="closed")
    client.force_login(anna)
    assert "De Springplank" in client.get(history(entry, school="01AA00")).text
    assert len(client.get(history(entry, "cooperation")).context["lines"]) == 1


@pytest.mark.parametrize("n_changes", [1, 5])
def test_history_costs_the_same_for_few_and_many(
    client: Client, entry: FrameEntry, anna: User, n_changes: int, django_assert_num_queries: Any
) -> None:
    for hours in range(n_changes):
        answer(entry, by=anna, hours=str(hours), schools={"01AA00": {"cooperation": "no" if hours % 2 else "yes"}})
    client.force_login(anna)
    client.get(history(entry))
    with django_assert_num_queries(7):  # session, user, entry, roster, answers, how many changes, which
        client.get(history(entry))


def test_history_of_what_is_not_there(client: Client, entry: FrameEntry, anna: User, carla: User) -> None:
    client.force_login(anna)
    assert "nooit beantwoord" in client.get(history(entry, "hours")).text
    assert client.get(history(entry, "nonsense")).status_code == 404
    assert client.get(history(entry, "hours", "01AA00")).status_code == 404, "not asked per school"
    assert client.get(history(entry, "cooperation", "99ZZ99")).status_code == 404
    client.force_login(carla)
    assert client.get(history(entry, "hours")).status_code == 404
