"""The people who log in, and what they belong to."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from surveys.models.libraries import Library, SupportOrganisation


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """A user with a normalised address; without a password nobody can log in by password."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. The e-mail address is the name to log in with; accounts are personal."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    is_staff = models.BooleanField(_("staff"), default=False, help_text=_("May use the administration."))
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Untick to withdraw access; the next request is refused.")
    )
    date_joined = models.DateTimeField(_("joined"), auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = (models.UniqueConstraint(Lower("email"), name="user_email_unique_regardless_of_case"),)

    def __str__(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return str(self)

    def get_full_name(self) -> str:
        return str(self)


class Session(AbstractBaseSession):
    """A browser that somebody signed in with, or one that we keep something for until they do."""

    # Without a constraint: a request of somebody who is being removed ends as it would without this.
    user = models.ForeignKey(
        User, null=True, on_delete=models.CASCADE, related_name="+", db_constraint=False, verbose_name=_("user")
    )


class Membership(models.Model):
    """A person's place in a library: what they may do with its questionnaires."""

    class Role(models.TextChoices):
        SUBMITTER = "submitter", _("fills in and submits")
        EDITOR = "editor", _("fills in")
        READER = "reader", _("reads")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("user"))
    library = models.ForeignKey(
        Library, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("library")
    )
    role = models.CharField(_("role"), max_length=12, choices=Role.choices, default=Role.EDITOR)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = (models.UniqueConstraint(fields=("user", "library"), name="membership_once_per_library"),)

    def __str__(self) -> str:
        return f"{self.user} · {self.library}"

    @property
    def may_edit(self) -> bool:
        return self.role in (self.Role.SUBMITTER, self.Role.EDITOR)

    @property
    def may_submit(self) -> bool:
        return self.role == self.Role.SUBMITTER


class SupportMembership(models.Model):
    """An adviser's place in a provincial support organisation: reads what the libraries of its provinces fill in."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="support_memberships", verbose_name=_("user"))
    organisation = models.ForeignKey(
        SupportOrganisation,
        on_delete=models.CASCADE,
        related_name="memberships",
        verbose_name=_("support organisation"),
    )

    class Meta:
        verbose_name = _("adviser")
        verbose_name_plural = _("advisers")
        constraints = (models.UniqueConstraint(fields=("user", "organisation"), name="support_membership_once"),)

    def __str__(self) -> str:
        return f"{self.user} · {self.organisation}"
