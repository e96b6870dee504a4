"""Accounts: no sign-up, and guesses from elsewhere do not lock the owner out."""

import pytest
from django.core import mail
from django.test import Client

from surveys.adapters import network
from surveys.models import User
from tests.factories import PASSWORD


def log_in(client: Client, user: User, password: str, address: str) -> int:
    data = {"login": user.email, "password": password}
    return client.post("/account/login/", data, REMOTE_ADDR=address).status_code


def test_guessing_is_stopped_and_the_owner_elsewhere_still_gets_in(client: Client, anna: User) -> None:
    statuses = [log_in(client, anna, f"gok-nummer-{n}", "198.51.100.7") for n in range(12)]
    assert set(statuses) <= {200, 429}
    assert log_in(client, anna, PASSWORD, "198.51.100.7") != 302, "the guesser's network is paused"
    assert log_in(Client(), anna, PASSWORD, "203.0.113.9") == 302


def test_there_is_no_sign_up(client: Client, db: None) -> None:
    page = client.get("/account/signup/")
    assert page.status_code == 200
    assert "password1" not in page.text


def test_the_link_to_choose_a_password_leads_to_the_configured_address(client: Client, anna: User, settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    client.post("/account/password/reset/", {"email": anna.email}, headers={"host": "elders.example"})
    (message,) = mail.outbox
    assert f"{settings.SITE_URL}/account/password/reset/key/" in message.body
    assert "elders.example/" not in message.body


@pytest.mark.parametrize(
    ("address", "expected"), [("198.51.100.7", "198.51.100.0/24"), ("2001:db8:1:2::3", "2001:db8:1::/48")]
)
def test_network_of_an_address(address: str, expected: str) -> None:
    assert network(address) == expected


def test_a_whole_course_signs_in_from_one_address(anna: User) -> None:
    assert [log_in(Client(), anna, PASSWORD, "198.51.100.7") for _person in range(40)] == [302] * 40


def test_guessing_many_accounts_from_one_address_is_stopped(anna: User, emma: User) -> None:
    for number in range(12):
        guess = {"login": f"iemand-{number}@example.nl", "password": "gok-nummer-1"}
        Client().post("/account/login/", guess, REMOTE_ADDR="198.51.100.7")
    assert log_in(Client(), anna, PASSWORD, "198.51.100.7") != 302
