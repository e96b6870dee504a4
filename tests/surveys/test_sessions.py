"""Sessions: who is signed in, asked with the session itself, and what ends it."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from surveys import tasks
from surveys.models import Session, User


@pytest.fixture
def signed_in(client: Client, anna: User) -> Client:
    client.force_login(anna)
    return client


def is_signed_in(client: Client) -> bool:
    page = client.get("/")
    assert page.status_code == 200 or page.headers["Location"].startswith("/account/login/")
    return page.status_code == 200


def test_the_user_comes_with_the_session(signed_in: Client, anna: User) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert is_signed_in(signed_in)
    about_user = [query["sql"] for query in asked if '"surveys_user"."password"' in query["sql"]]
    assert len(about_user) == 1
    assert '"surveys_session"' in about_user[0]
    assert Session.objects.get().user == anna


def test_nobody_is_signed_in_by_a_session_before_the_log_in(client: Client, anna: User) -> None:
    client.session["seen"] = True
    assert not is_signed_in(client)
    assert set(Session.objects.values_list("user", flat=True)) <= {None}


def test_withdrawn_access_ends_at_the_next_request(signed_in: Client, anna: User) -> None:
    User.objects.filter(pk=anna.pk).update(is_active=False)
    assert not is_signed_in(signed_in)


def test_a_password_changed_elsewhere_ends_the_session(signed_in: Client, anna: User) -> None:
    anna.set_password("iets anders")
    anna.save()
    assert not is_signed_in(signed_in)
    assert not Session.objects.filter(user=anna).exists()


def test_a_session_of_somebody_else_is_not_taken_for_theirs(signed_in: Client, anna: User, emma: User) -> None:
    """Should the row ever name another than the signed session itself, then that one counts."""
    Session.objects.update(user=emma)
    page = signed_in.get("/")
    assert page.context["request"].user == anna


def test_who_is_removed_is_signed_out(signed_in: Client, anna: User) -> None:
    anna.delete()
    assert not Session.objects.exists()
    assert not is_signed_in(signed_in)


def test_an_expired_session_is_none(signed_in: Client) -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not is_signed_in(signed_in)


def test_a_new_secret_key_signs_nobody_out_while_the_old_one_is_named(signed_in: Client, settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "een nieuwe"
    assert is_signed_in(signed_in)
    settings.SECRET_KEY_FALLBACKS = []
    assert is_signed_in(signed_in), "the session was signed anew"
    settings.SECRET_KEY = "weer een andere"
    assert not is_signed_in(signed_in)


def test_signing_out_ends_the_session(signed_in: Client) -> None:
    assert signed_in.post("/account/logout/").status_code == 302
    assert not is_signed_in(signed_in)


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_lost_is_made_again(signed_in: Client) -> None:
    """As after a restart of PostgreSQL: the first question of a request finds out."""
    connection.ensure_connection()
    lost = connection.connection.info.backend_pid
    with psycopg.connect(settings.DATABASE_URL) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [lost])
    assert is_signed_in(signed_in)
    assert connection.connection.info.backend_pid != lost


def test_expired_sessions_are_removed(signed_in: Client, emma: User) -> None:
    Client().force_login(emma)
    Session.objects.filter(user=emma).update(expire_date=timezone.now() - timedelta(seconds=1))
    tasks.clear_sessions()
    assert is_signed_in(signed_in)
    assert not Session.objects.filter(user=emma).exists()
