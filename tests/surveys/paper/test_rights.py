"""Who may see the papers of a library."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from surveys.models import FrameEntry, User
from tests.factories import submit
from tests.surveys.paper.reading import url, with_response


def test_outsiders_get_404_and_who_reads_along_sees_all_of_the_own_library(
    client: Client, entry: FrameEntry, anna: User, carla: User, bram: User, settings: Any
) -> None:
    settings.STAFF_SECOND_FACTOR = False
    submit(with_response(entry), by=anna)
    own = [url("blank", entry), url("answers", entry), url("receipt", entry, 1)]
    followed = reverse("surveys:follow-answers-pdf", args=[entry.pk])
    client.force_login(carla)
    assert [client.get(address).status_code for address in [*own, followed]] == [404] * 4
    client.force_login(bram)
    assert [client.get(address).status_code for address in [*own, followed]] == [200, 200, 200, 404]


def test_adviser_needs_a_second_step(client: Client, entry: FrameEntry, dirk: User, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True
    followed = reverse("surveys:follow-answers-pdf", args=[entry.pk])
    client.force_login(dirk)
    assert client.get(followed)["Location"] == "/account/2fa/"
    Authenticator.objects.create(user=dirk, type=Authenticator.Type.TOTP, data={})
    assert client.get(followed)["Content-Type"] == "application/pdf"
    assert client.get(url("blank", entry)).status_code == 404
