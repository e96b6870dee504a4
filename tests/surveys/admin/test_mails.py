"""Mails in the administration: read, and tried again."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from surveys.models import Notice
from tests.surveys.admin.pages import at


@pytest.mark.parametrize("is_demo", [True, False])
def test_the_text_of_a_mail_is_shown_in_the_demo_only(desk: Client, settings: Any, is_demo: bool) -> None:
    settings.DEMO = is_demo
    notice = Notice.objects.create(recipient="anna@example.nl", subject="Inlogcode", body="Je code is ABC-DEF")
    text = desk.get(at("notice_change", notice.pk)).content.decode()
    assert "anna@example.nl" in text
    assert ("ABC-DEF" in text) is is_demo


def test_a_mail_that_was_given_up_is_tried_again(desk: Client) -> None:
    kept = Notice.objects.create(recipient="a@example.nl", subject="A", body="a", n_attempts=3, error="refused")
    sent = Notice.objects.create(recipient="b@example.nl", subject="B", body="b", n_attempts=1, sent_at=timezone.now())
    found = desk.get(at("notice_changelist"), {"state": "failed"}).context["cl"].queryset
    assert list(found) == [kept]
    desk.post(at("notice_retry", kept.pk), {"x": "1"})
    desk.post(at("notice_retry", sent.pk), {"x": "1"})
    kept.refresh_from_db()
    sent.refresh_from_db()
    assert (kept.n_attempts, sent.n_attempts) == (0, 1)
    Notice.objects.filter(pk=kept.pk).update(n_attempts=3)
    action = {"action": "retry_selected", "_selected_action": [kept.pk, sent.pk]}
    assert desk.post(at("notice_changelist"), action).status_code == 302
    kept.refresh_from_db()
    assert kept.n_attempts == 0
