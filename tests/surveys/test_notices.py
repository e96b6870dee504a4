"""Mail that is owed: sent once, and tried again with a pause."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from surveys.models import Notice
from surveys.tasks import send_due_notices

LOCAL = "django.core.mail.backends.locmem.EmailBackend"
SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def notice(db: None) -> Notice:
    return Notice.objects.create(recipient="anna@example.nl", subject="Inlogcode", body="ABC-DEF")


def test_mail_is_sent_once(notice: Notice, settings) -> None:
    settings.NOTICE_BACKEND = LOCAL
    send_due_notices()
    send_due_notices()
    assert [message.to for message in mail.outbox] == [["anna@example.nl"]]
    notice.refresh_from_db()
    assert notice.sent_at is not None


def test_mail_survives_a_mail_server_that_is_away_for_a_while(notice: Notice, settings) -> None:
    settings.NOTICE_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", 1
    send_due_notices()
    send_due_notices()
    notice.refresh_from_db()
    assert (notice.n_attempts, notice.error.partition(":")[0]) == (1, "ConnectionRefusedError")
    settings.NOTICE_BACKEND = LOCAL
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        send_due_notices()
    assert len(mail.outbox) == 1


def test_mail_that_keeps_failing_is_left_for_staff(notice: Notice, settings) -> None:
    settings.NOTICE_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", 1
    for hour in range(5):
        with time_machine.travel(timezone.now() + timedelta(hours=hour)):
            send_due_notices()
    notice.refresh_from_db()
    assert (notice.n_attempts, notice.sent_at) == (Notice.MAX_ATTEMPTS, None)


def test_a_mail_that_cannot_be_put_together_holds_up_no_other(notice: Notice, settings) -> None:
    settings.NOTICE_BACKEND = LOCAL
    Notice.objects.filter(pk=notice.pk).update(subject="two\nlines")
    Notice.objects.create(recipient="carla@example.nl", subject="Inlogcode", body="GHI-JKL")
    send_due_notices()
    assert [message.to for message in mail.outbox] == [["carla@example.nl"]]
    notice.refresh_from_db()
    assert notice.error.startswith("BadHeaderError")
