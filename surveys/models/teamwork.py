"""How the people of a library divide the work: who takes which section, and who was invited by whom."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from surveys.models.libraries import Library
from surveys.models.waves import FrameEntry

NOTE_LENGTH = 500


class SectionAssignment(models.Model):
    """A section of one library's questionnaire that one colleague takes care of. `done_at` is what that person says."""

    entry = models.ForeignKey(
        FrameEntry, on_delete=models.CASCADE, related_name="assignments", verbose_name=_("expected library")
    )
    section_code = models.CharField(_("section"), max_length=60)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="section_assignments",
        verbose_name=_("colleague"),
    )
    note = models.CharField(_("note"), max_length=NOTE_LENGTH, blank=True)
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    assigned_at = models.DateTimeField(_("assigned at"))
    done_at = models.DateTimeField(_("ready at"), null=True, blank=True)

    class Meta:
        verbose_name = _("assigned section")
        verbose_name_plural = _("assigned sections")
        constraints = (models.UniqueConstraint(fields=("entry", "section_code"), name="section_assigned_once"),)

    def __str__(self) -> str:
        return f"{self.entry_id} {self.section_code}"


class Invitation(models.Model):
    """One mail that invited a person to a library; never changed.

    Until the person signs in, the library's pages show them by the `name` typed here and not by that of their account:
    an account that somebody has elsewhere is nobody's business.
    """

    library = models.ForeignKey(
        Library, on_delete=models.CASCADE, related_name="invitations", verbose_name=_("library")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="invitations", verbose_name=_("user")
    )
    name = models.CharField(_("name"), max_length=150)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    invited_at = models.DateTimeField(_("invited at"), auto_now_add=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return f"{self.library_id} {self.user_id}"
