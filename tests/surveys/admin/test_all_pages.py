"""Every page of the administration: who gets in, and what is asked of them. Accessibility: tests/browser."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from surveys.models import Library, User, Wave
from tests.factories import entry_of, submit
from tests.surveys.admin.pages import at


@pytest.mark.parametrize(
    "name",
    [
        "user",
        "library",
        "school",
        "supportorganisation",
        "questionnaire",
        "wave",
        "responseevent",
        "submission",
        "notice",
    ],
)
def test_every_list_opens_for_plain_staff_and_searches(desk: Client, wave: Wave, library_a: Library, name: str) -> None:
    submit(entry_of(wave, library_a))
    assert desk.get(at(f"{name}_changelist")).status_code == 200
    assert desk.get(at(f"{name}_changelist"), {"q": "aal"}).status_code == 200


def test_members_of_a_library_are_sent_away(client: Client, wave: Wave, anna: User) -> None:
    client.force_login(anna)
    for url in (at("wave_changelist"), at("wave_board", wave.pk), at("wave_close", wave.pk)):
        assert client.get(url).status_code == 302
        assert client.post(url, {"x": "1"}).status_code == 302
    wave.refresh_from_db()
    assert wave.is_open


def test_staff_without_a_second_factor_is_sent_to_set_one_up(desk: Client, wave: Wave, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True
    assert desk.post(at("wave_close", wave.pk), {"x": "1"}).status_code == 302
    wave.refresh_from_db()
    assert wave.is_open
    page = desk.get(at("wave_board", wave.pk), follow=True)
    assert page.redirect_chain[-1][0] == reverse("mfa_index")


def test_registers_cannot_be_added_to_or_deleted_from(desk: Client, library_a: Library) -> None:
    assert desk.get(at("library_add")).status_code == 403
    assert desk.post(at("library_delete", library_a.pk), {"post": "yes"}).status_code == 403
    assert Library.objects.filter(pk=library_a.pk).exists()


def test_changing_rights_and_exporting_ask_for_the_password_again(
    client: Client, staff: User, anna: User, wave: Wave
) -> None:
    client.force_login(staff)  # some time ago
    change = at("user_change", anna.pk)
    assert client.get(change).status_code == 200
    for page in (client.post(change, {"is_staff": "on"}), client.get(at("wave_board_csv", wave.pk))):
        assert page.status_code == 302
        assert page["Location"].startswith("/account/reauthenticate/")
    anna.refresh_from_db()
    assert not anna.is_staff
