"""Staff and advisers need a second step; libraries may have one."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from surveys.models import User


@pytest.fixture(autouse=True)
def second_factor(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True


def test_staff_without_a_second_step_are_sent_to_set_one_up(client: Client, staff: User) -> None:
    client.force_login(staff)
    page = client.get("/beheer/", follow=True)
    assert page.redirect_chain[-1][0] == "/account/2fa/"
    Authenticator.objects.create(user=staff, type=Authenticator.Type.TOTP, data={})
    assert client.get("/beheer/").status_code == 200


def test_advisers_without_a_second_step_are_sent_to_set_one_up(client: Client, dirk: User) -> None:
    client.force_login(dirk)
    assert client.get("/volgen/")["Location"] == "/account/2fa/"
    Authenticator.objects.create(user=dirk, type=Authenticator.Type.TOTP, data={})
    assert client.get("/volgen/").status_code == 200


def test_libraries_may_do_without(client: Client, anna: User) -> None:
    client.force_login(anna)
    assert client.get("/").status_code == 200
