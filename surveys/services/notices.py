"""Sending the mail that is owed. The row is the queue: claim it, send it, mark it."""

from datetime import timedelta

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from surveys.models import Notice

log = structlog.get_logger(__name__)

# A worker that died leaves its claim behind; after this long another one takes over.
CLAIM_LASTS = timedelta(minutes=10)


def notice_claim() -> Notice | None:
    """Claim one mail that is due, for this worker only. A mail that failed three times is left for staff."""
    with transaction.atomic():
        notice = (
            Notice.objects.select_for_update(skip_locked=True)
            .filter(sent_at=None, n_attempts__lt=Notice.MAX_ATTEMPTS)
            .filter(Q(claimed_at=None) | Q(claimed_at__lt=timezone.now() - CLAIM_LASTS))
            .order_by("created_at", "pk")
            .first()
        )
        if notice is not None:
            notice.claimed_at = timezone.now()
            notice.n_attempts += 1
            notice.save(update_fields=("claimed_at", "n_attempts"))
        return notice


def notice_send(*, notice: Notice) -> bool:
    """Send a claimed mail and mark it; says whether that worked. A failure is kept on the row and tried again."""
    mail = EmailMultiAlternatives(
        notice.subject,
        notice.body,
        settings.DEFAULT_FROM_EMAIL,
        [notice.recipient],
        connection=get_connection(settings.NOTICE_BACKEND),
    )
    if notice.html:
        mail.attach_alternative(notice.html, "text/html")
    try:
        mail.send()
    except OSError as error:
        Notice.objects.filter(pk=notice.pk).update(claimed_at=None, error=f"{type(error).__name__}: {error}")
        log.warning("notice.failed", notice=notice.pk, attempt=notice.n_attempts, error=type(error).__name__)
        return False
    Notice.objects.filter(pk=notice.pk).update(sent_at=timezone.now(), claimed_at=None, error="")
    return True


def notice_retry(*, notice: Notice) -> None:
    """Try a mail again that was given up."""
    Notice.objects.filter(pk=notice.pk, sent_at=None).update(n_attempts=F("n_attempts") * 0, claimed_at=None)
