"""Who sees the team, who does what there, and how rights are changed and withdrawn."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from surveys.errors import NotAllowed
from surveys.models import Answer, AnswerChange, FrameEntry, Invitation, Membership, SectionAssignment, User
from surveys.services import teamwork
from tests.factories import PASSWORD, MembershipFactory, answer, sheet
from tests.surveys.team.pages import EDITOR, READER, SUBMITTER, assign, colleague, history, invite, member, url

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
    teamwork.section_assign(
        entry=entry, section=section, to=colleague(people[0].user, entry), note="", by=anna, seen=""
    )
    client.force_login(anna)
    client.get(url("overview", entry))
    with django_assert_num_queries(7):  # session with its user, entry, roster, answers, changes, members, assignments
        client.get(url("overview", entry))
