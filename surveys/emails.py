"""Mail goes into the database first: a request never waits for a mail server, and no mail is lost with it."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from surveys.models import Notice


class NoticeBackend(BaseEmailBackend):
    """Django's mail backend for requests: every message becomes a Notice per recipient, in the same transaction."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        notices = [
            Notice(
                recipient=recipient,
                subject=str(message.subject),
                body=str(message.body),
                html=_html(message),
            )
            for message in email_messages
            for recipient in message.recipients()
        ]
        return len(Notice.objects.bulk_create(notices))


def _html(message: EmailMessage) -> str:
    alternatives = getattr(message, "alternatives", [])
    return next((str(content) for content, kind in alternatives if kind == "text/html"), "")
