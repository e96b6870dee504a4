"""Colleagues are invited."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as site
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from surveys import access
from surveys.models import FrameEntry, Invitation, Notice, User
from surveys.services import teamwork
from tests.factories import UserFactory, answer, said
from tests.surveys.team.pages import EDITOR, READER, SUBMITTER, assign, colleague, invite, member, url


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
    entry: FrameEntry, anna: User, notices_fail: type[Exception]
) -> None:
    with pytest.raises(notices_fail):
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
