"""Mail that is owed: writing it, and sending it. The row is the queue: claim it, send it, mark it."""

from collections.abc import Mapping
from datetime import timedelta

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from surveys.models import FrameEntry, Notice, Submission
from surveys.services.waves import results_text

log = structlog.get_logger(__name__)

# After this long a mail is tried again, whether its worker died or the mail server refused it: three attempts in one
# second would be one.
CLAIM_LASTS = timedelta(minutes=5)


def notice_write(*, recipient: str, subject: str, template: str, context: Mapping[str, object]) -> Notice:
    """Owe somebody a mail, in the transaction of what it tells about. A subject is one line, whatever names hold."""
    return Notice.objects.create(
        recipient=recipient,
        subject=" ".join(subject.split())[:200],
        body=render_to_string(template, dict(context)),
    )


def site_link(name: str, *args: object) -> str:
    """The address on the site that is set, never on what a request calls us."""
    return f"{settings.SITE_URL}{reverse(name, args=args)}"


def receipt_notice_write(*, submission: Submission, entry: FrameEntry) -> Notice | None:
    """Owe the person who submitted a mail with the way to the receipt; nobody when it was imported.

    Called in the transaction that stores the submission. The answers themselves stay behind the log-in: a mailbox may
    be read by others.
    """
    if submission.submitted_by is None:
        return None
    return notice_write(
        recipient=submission.submitted_by.email,
        subject=_("Receipt: %(wave)s") % {"wave": entry.wave},
        template="emails/receipt.txt",
        context={
            "entry": entry,
            "submission": submission,
            "pdf_url": site_link("surveys:response-receipt-pdf", entry.pk, submission.number),
            "url": site_link("surveys:response-receipt", entry.pk),
            "results": results_text(entry.wave),
            "results_url": site_link("reports:index"),
        },
    )


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
    """Send a claimed mail and mark it; says whether that worked. A failure is kept on the row and tried again later."""
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
    except (OSError, ValueError) as error:  # no mail server, or no proper mail
        Notice.objects.filter(pk=notice.pk).update(error=f"{type(error).__name__}: {error}")
        log.warning("notice.failed", notice=notice.pk, attempt=notice.n_attempts, error=type(error).__name__)
        return False
    Notice.objects.filter(pk=notice.pk).update(sent_at=timezone.now(), claimed_at=None, error="")
    return True


def notice_retry(*, notice: Notice) -> None:
    """Try a mail again that was given up."""
    Notice.objects.filter(pk=notice.pk, sent_at=None).update(n_attempts=0, claimed_at=None)
