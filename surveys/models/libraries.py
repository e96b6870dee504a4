"""The organisations that are asked, and the school locations of their work areas."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class SizeClass(models.TextChoices):
    """Classes of inhabitants of the work area; breakdowns and benchmark groups use them."""

    SMALL = "klein", _("small (under 30,000)")
    MEDIUM = "middelgroot", _("medium (30,000 to 99,999)")
    LARGE = "groot", _("large (100,000 to 200,000)")
    XL = "xl", _("XL (over 200,000)")

    @classmethod
    def of(cls, inhabitants: int) -> "SizeClass":
        """The class of a work area with so many inhabitants."""
        if inhabitants < 30_000:
            return cls.SMALL
        if inhabitants < 100_000:
            return cls.MEDIUM
        if inhabitants <= 200_000:
            return cls.LARGE
        return cls.XL


class Province(models.TextChoices):
    DRENTHE = "Drenthe", "Drenthe"
    FLEVOLAND = "Flevoland", "Flevoland"
    FRYSLAN = "Fryslân", "Fryslân"
    GELDERLAND = "Gelderland", "Gelderland"
    GRONINGEN = "Groningen", "Groningen"
    LIMBURG = "Limburg", "Limburg"
    NOORD_BRABANT = "Noord-Brabant", "Noord-Brabant"
    NOORD_HOLLAND = "Noord-Holland", "Noord-Holland"
    OVERIJSSEL = "Overijssel", "Overijssel"
    UTRECHT = "Utrecht", "Utrecht"
    ZEELAND = "Zeeland", "Zeeland"
    ZUID_HOLLAND = "Zuid-Holland", "Zuid-Holland"


class SupportOrganisation(models.Model):
    """A provincial support organisation (POI): follows and helps the libraries of its provinces."""

    name = models.CharField(_("name"), max_length=150, unique=True)

    class Meta:
        verbose_name = _("support organisation")
        verbose_name_plural = _("support organisations")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Library(models.Model):
    """A public library organisation. After a merger it keeps its row and points to its successor."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=150)
    province = models.CharField(_("province"), max_length=20, choices=Province.choices)
    inhabitants = models.PositiveIntegerField(_("inhabitants of the work area"))
    support_organisation = models.ForeignKey(
        SupportOrganisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="libraries",
        verbose_name=_("support organisation"),
    )
    successor = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessors",
        verbose_name=_("merged into"),
    )
    merged_on = models.DateField(_("merged on"), null=True, blank=True)

    class Meta:
        verbose_name = _("library")
        verbose_name_plural = _("libraries")
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(successor=None, merged_on=None)
                | models.Q(successor__isnull=False, merged_on__isnull=False),
                name="library_merger_has_successor_and_date",
            ),
            models.CheckConstraint(
                condition=models.Q(successor=None) | ~models.Q(successor=models.F("id")),
                name="library_does_not_succeed_itself",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def size_class(self) -> SizeClass:
        return SizeClass.of(self.inhabitants)


class School(models.Model):
    """A school location of the national register: its code is BRIN plus two digits for the location."""

    class Kind(models.TextChoices):
        BO = "bo", _("primary school")
        SBO = "sbo", _("special primary school")
        SO = "so", _("special education")
        SO_VSO = "so_vso", _("special education, primary and secondary")
        VSO = "vso", _("special secondary education")
        VO = "vo", _("secondary school")
        UNKNOWN = "unknown", _("kind unknown")

    code = models.CharField(_("code"), max_length=12, unique=True)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    municipality = models.CharField(_("municipality"), max_length=100)
    pupils = models.PositiveIntegerField(_("pupils"), null=True, blank=True)
    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="schools", verbose_name=_("library"))
    is_open = models.BooleanField(_("in the register"), default=True)
    is_provisional = models.BooleanField(
        _("provisional"), default=False, help_text=_("Added by a library; the register has not confirmed it yet.")
    )

    class Meta:
        verbose_name = _("school location")
        verbose_name_plural = _("school locations")
        ordering = ("municipality", "name", "code")

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"

    @property
    def roster_row(self) -> dict[str, Any]:
        """What a row of a roster keeps of the school, as it is known now."""
        kept = ("code", "name", "kind", "municipality", "pupils")
        return {"school": self, **{name: getattr(self, name) for name in kept}}
