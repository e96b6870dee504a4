"""People in the administration: accounts, invitations, addresses."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from surveys.models import Library, Membership, Notice, User
from tests.factories import UserFactory
from tests.surveys.admin.pages import at

NO_INLINES = {
    "memberships-TOTAL_FORMS": 0,
    "memberships-INITIAL_FORMS": 0,
    "support_memberships-TOTAL_FORMS": 0,
    "support_memberships-INITIAL_FORMS": 0,
}


def test_a_new_person_gets_no_password_but_a_mail_to_choose_one(desk: Client, library_a: Library) -> None:
    fields = NO_INLINES | {
        "email": "Nieuw@Example.nl",
        "name": "Nieuw",
        "invite": "on",
        "memberships-TOTAL_FORMS": 1,
        "memberships-0-library": library_a.pk,
        "memberships-0-role": "submitter",
    }
    assert desk.post(at("user_add"), fields).status_code == 302
    person = User.objects.get(email="nieuw@example.nl")
    assert not person.has_usable_password()
    assert Membership.objects.get(user=person).may_submit
    assert "/account/password/reset/key/" in Notice.objects.get(recipient=person.email).body


def test_without_a_tick_nobody_is_mailed(desk: Client) -> None:
    desk.post(at("user_add"), NO_INLINES | {"email": "stil@example.nl", "name": ""})
    assert User.objects.filter(email="stil@example.nl").exists()
    assert not Notice.objects.exists()


def test_an_address_is_used_once_whatever_its_case(desk: Client, anna: User) -> None:
    page = desk.post(at("user_add"), NO_INLINES | {"email": anna.email.upper(), "name": "Nog een"})
    assert "email" in page.context["adminform"].form.errors


def test_an_invitation_is_sent_again_but_not_to_who_is_inactive(desk: Client, anna: User) -> None:
    assert desk.get(at("user_invite", anna.pk)).status_code == 200
    assert not Notice.objects.exists(), "looking must not send"
    desk.post(at("user_invite", anna.pk), {"x": "1"})
    assert Notice.objects.filter(recipient=anna.email).count() == 1
    inactive = UserFactory(inactive=True)
    desk.post(at("user_invite", inactive.pk), {"x": "1"})
    assert not Notice.objects.filter(recipient=inactive.email).exists()


def test_nobody_locks_themselves_out(desk: Client, staff: User) -> None:
    page = desk.post(at("user_change", staff.pk), NO_INLINES | {"email": staff.email, "name": staff.name})
    assert set(page.context["adminform"].form.errors) == {"is_staff", "is_active"}
    staff.refresh_from_db()
    assert staff.is_staff


def test_a_former_address_no_longer_opens_the_account(desk: Client, anna: User) -> None:
    password = anna.password
    EmailAddress.objects.create(user=anna, email=anna.email, primary=True, verified=True)
    fields = NO_INLINES | {"email": "nieuw@example.nl", "name": "Anna", "is_active": "on"}
    memberships = anna.memberships.all()
    for number, membership in enumerate(memberships):
        fields |= {
            f"memberships-{number}-id": membership.pk,
            f"memberships-{number}-user": anna.pk,
            f"memberships-{number}-library": membership.library_id,
            f"memberships-{number}-role": membership.role,
        }
    fields |= {"memberships-TOTAL_FORMS": len(memberships), "memberships-INITIAL_FORMS": len(memberships)}
    assert desk.post(at("user_change", anna.pk), fields).status_code == 302
    anna.refresh_from_db()
    assert (anna.email, anna.password) == ("nieuw@example.nl", password)
    assert not EmailAddress.objects.filter(user=anna).exists()


@pytest.mark.parametrize("n_people", [2, 20])
def test_the_list_of_people_costs_the_same_for_few_and_many(
    desk: Client, library_a: Library, django_assert_num_queries: Callable[..., Any], n_people: int
) -> None:
    for person in UserFactory.create_batch(n_people):
        Membership.objects.create(user=person, library=library_a)
    with django_assert_num_queries(7):
        page = desk.get(at("user_changelist"))
    assert page.context["cl"].result_count == n_people + 1
