"""What every answer carries, who gets in without logging in, and what /healthz and the logs say."""

import io
import json
import logging
from functools import partial
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path

from monitor import health
from monitor import urls as monitor_urls
from monitor.logging import logging_config
from monitor.security_events import client_address

PASSWORD = "een heel lang wachtwoord"


def closed(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(request.user.pk))


@login_not_required
def public(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("openbaar")


def cached(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("mine", headers={"Cache-Control": "private, max-age=60"})


urlpatterns = [
    path("closed", closed),
    path("public", public),
    path("cached", cached),
    *monitor_urls.urlpatterns,
]
with_our_views = pytest.mark.urls(__name__)


@pytest.fixture
def person(db):
    user = get_user_model()(email="anna@voorbeeld.nl", is_active=True)
    user.set_password(PASSWORD)
    user.save()
    return user


@with_our_views
@pytest.mark.django_db
def test_a_view_is_closed_unless_it_is_marked(client, person):
    page = client.get("/closed?secret=1")
    assert page.status_code == 302
    assert page.url.startswith("/account/login/?next=/closed")
    client.force_login(person)
    page = client.get("/closed")
    assert page.status_code == 200
    assert page.content.decode() == str(person.pk)


@with_our_views
@pytest.mark.django_db
def test_a_public_page_asks_the_database_nothing_even_with_a_session(client, person, django_assert_num_queries):
    client.force_login(person)
    with django_assert_num_queries(0):
        page = client.get("/public")
    assert page.status_code == 200
    assert "Cache-Control" not in page.headers
    assert "Vary" not in page.headers


@with_our_views
def test_security_headers_are_on_every_answer(client):
    for address in ("/public", "/nowhere-at-all"):
        headers = client.get(address).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "base-uri 'none'" in policy
        assert "form-action 'self'" in policy
        assert "object-src 'none'" in policy
        assert "unsafe" not in policy
        assert "*" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Frame-Options"] == "DENY"
        assert "camera=()" in headers["Permissions-Policy"]


@with_our_views
@override_settings(SECURE_HSTS_SECONDS=31_536_000, SECURE_HSTS_INCLUDE_SUBDOMAINS=True)
def test_https_is_remembered(client):
    page = client.get("/public", secure=True)
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


@with_our_views
@pytest.mark.django_db
def test_what_a_logged_in_person_sees_is_stored_nowhere(client, person):
    client.force_login(person)
    assert client.get("/closed").headers["Cache-Control"] == "private, no-store"
    assert client.get("/cached").headers["Cache-Control"] == "private, max-age=60"


@with_our_views
@pytest.mark.django_db
def test_logging_in_works_by_mail_and_does_not_tell_which_accounts_exist(client, person, caplog):
    def attempt(address: str, password: str) -> Any:
        return client.post("/account/login/", {"login": address, "password": password})

    known = attempt(person.email, "een verkeerd wachtwoord")
    unknown = attempt("niemand@voorbeeld.nl", "een verkeerd wachtwoord")
    assert known.status_code == unknown.status_code == 200
    assert [str(error) for error in known.context["form"].non_field_errors()] == [
        str(error) for error in unknown.context["form"].non_field_errors()
    ]
    assert attempt(person.email, PASSWORD).status_code == 302
    assert client.get("/closed").status_code == 200

    trail = [record.msg for record in caplog.records if record.name == "security"]
    assert [event["event"] for event in trail] == ["login-failed", "login-failed", "logged-in"]
    assert trail[0]["account"] != trail[1]["account"]
    assert trail[2]["user"] == person.pk
    assert trail[2]["address"] == "127.0.0.1"
    assert "voorbeeld.nl" not in str(trail)


@with_our_views
@pytest.mark.django_db
def test_sign_up_is_closed(client):
    page = client.post("/account/signup/", {"email": "nieuw@voorbeeld.nl", "password1": PASSWORD})
    assert page.status_code in {200, 403, 404}
    assert not get_user_model().objects.exists()
    assert not EmailAddress.objects.exists()


def test_an_address_is_taken_from_our_own_proxy_only(settings):
    requests = RequestFactory(HTTP_X_FORWARDED_FOR="6.6.6.6, 10.0.0.9", REMOTE_ADDR="10.0.0.1")
    assert client_address(requests.get("/")) == "10.0.0.1"
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert client_address(requests.get("/")) == "10.0.0.9"


# --- /healthz -----------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def fresh_process(monkeypatch):
    """As if /healthz was never asked for in this process."""
    monkeypatch.setattr("monitor.health._IS_MIGRATED", Event())


@pytest.mark.django_db
def test_healthz_is_open_and_says_ok(client):
    page = client.get("/healthz")
    assert (page.status_code, page.json()) == (200, {"status": "ok"})
    assert "no-cache" in page.headers["Cache-Control"]


@pytest.mark.django_db
def test_healthz_looks_at_migrations_once_and_then_asks_one_thing(client):
    client.get("/healthz")
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/healthz").status_code == 200
    assert [query["sql"] for query in queries] == ["SELECT 1"]


@pytest.mark.django_db
def test_healthz_reports_migrations_that_have_not_run(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'mfa' AND name = '0003_authenticator_type_uniq'")
    page = client.get("/healthz")
    assert (page.status_code, page.json()) == (503, {"status": "migrations pending", "pending": 1})


@with_our_views
def test_healthz_says_when_there_is_no_database(client, monkeypatch):
    def broken(_connection: object) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr("monitor.health.MigrationExecutor", broken)
    page = client.get("/healthz")
    assert (page.status_code, page.json()) == (503, {"status": "no database"})
    health._IS_MIGRATED.set()
    monkeypatch.setattr("monitor.health.connection", SimpleNamespace(cursor=partial(broken, None)))
    page = client.get("/healthz")
    assert (page.status_code, page.json()) == (503, {"status": "no database"})


def test_healthz_takes_no_post(client, db):
    assert client.post("/healthz").status_code == 405


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_every_error_has_its_own_page(status):
    # Django looks for these names by itself; without one it answers with a bare line of English.
    assert "<title>" in render_to_string(f"{status}.html")


# --- Logs ---------------------------------------------------------------------------------------------------------


@with_our_views
@pytest.mark.django_db
def test_a_request_is_logged_with_its_id_and_user_but_without_its_query(client, person, caplog):
    client.force_login(person)
    with caplog.at_level(logging.INFO, logger="request"):
        page = client.get("/closed?naam=Anna")
    (line,) = [record.msg for record in caplog.records if record.name == "request"]
    assert line["path"] == "/closed"
    assert line["status"] == 200
    assert line["user"] == str(person.pk)
    assert line["milliseconds"] >= 0
    assert line["request_id"] == page.headers["X-Request-ID"]
    assert "Anna" not in str(line)


@pytest.fixture
def written():
    """Return what a logger writes under the settings of a server, as the lines of JSON it wrote."""
    before = structlog.get_config()
    config: Any = logging_config(readable=False, level="INFO")
    formatter = config["formatters"]["structlog"]
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter["()"](**{name: value for name, value in formatter.items() if name != "()"}))
    logger = logging.getLogger("written")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False

    def lines():
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    yield logger, lines
    logger.removeHandler(handler)
    logger.propagate = True
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()


def test_logs_are_json_and_lines_of_others_join_in(written):
    logger, lines = written
    logger.info("Task %s received", "abc")
    structlog.get_logger("written").warning("published", wave=3)
    first, second = lines()
    assert (first["event"], first["level"], first["logger"]) == ("Task abc received", "info", "written")
    assert (second["event"], second["wave"], second["level"]) == ("published", 3, "warning")
    assert second["timestamp"].endswith("Z")


def test_a_reset_link_does_not_reach_the_logs(written):
    logger, lines = written
    logger.error("Internal Server Error: %s", "/account/password/reset/key/1-set-c0ffee/")
    (line,) = lines()
    assert line["event"] == "Internal Server Error: /account/password/reset/key/…/"


@pytest.mark.django_db
def test_the_row_in_a_database_error_does_not_reach_the_logs(written, person):
    logger, lines = written
    try:
        with transaction.atomic():
            get_user_model()(email=person.email).save()
    except IntegrityError:
        logger.exception("failed")
    (line,) = lines()
    assert "duplicate key value" in line["exception"]
    assert person.email not in line["exception"]
