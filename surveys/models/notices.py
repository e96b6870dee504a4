"""Mail that is owed. The row is the queue: a task claims it, sends it and marks it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Notice(models.Model):
    """One mail to one address. `claimed_at` says when a worker last took it up; after three attempts it stops."""

    MAX_ATTEMPTS = 3

    recipient = models.EmailField(_("to"))
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"))
    html = models.TextField(_("HTML"), blank=True)
    created_at = models.DateTimeField(_("written at"), auto_now_add=True)
    claimed_at = models.DateTimeField(_("claimed at"), null=True, editable=False)
    sent_at = models.DateTimeField(_("sent at"), null=True, editable=False)
    n_attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, editable=False)
    error = models.TextField(_("error"), blank=True, editable=False)

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ("-created_at",)
        indexes = (models.Index(fields=("created_at",), condition=models.Q(sent_at=None), name="notice_due"),)

    def __str__(self) -> str:
        return f"{self.subject} → {self.recipient}"
