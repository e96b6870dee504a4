"""A wave: one yearly edition of a survey, and the frame of libraries and schools that is fixed when it opens."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from surveys.models.libraries import Library, Province, School, SizeClass
from surveys.models.questionnaires import Question, Questionnaire, Survey


class Wave(models.Model):
    """One edition of a survey. Opening fixes the questionnaire and the frame; closing starts the aggregation."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")
        AGGREGATED = "aggregated", _("aggregated")

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="waves", verbose_name=_("survey"))
    school_year = models.CharField(_("school year"), max_length=9, help_text=_("For example 2026-2027."))
    questionnaire = models.ForeignKey(
        Questionnaire, on_delete=models.PROTECT, related_name="waves", verbose_name=_("questionnaire")
    )
    reference_date = models.DateField(_("reference date"), help_text=_("The date that the answers are about."))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT, editable=False)
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True, editable=False)
    closes_at = models.DateTimeField(
        _("closes at"),
        null=True,
        blank=True,
        help_text=_("From this moment nobody can submit. Leave empty to close by hand."),
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)
    results_on = models.DateField(
        _("results expected on"),
        null=True,
        blank=True,
        help_text=_("Libraries read this when they have submitted. Leave empty when it is not known yet."),
    )

    class Meta:
        verbose_name = _("wave")
        verbose_name_plural = _("waves")
        ordering = ("-school_year", "survey")
        constraints = (
            models.UniqueConstraint(fields=("survey", "school_year"), name="wave_once_per_school_year"),
            models.CheckConstraint(
                condition=models.Q(school_year__regex=r"^\d{4}-\d{4}$"), name="wave_school_year_format"
            ),
        )

    def __str__(self) -> str:
        return f"{self.survey} {self.school_year}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class FrameEntry(models.Model):
    """A library that is expected to respond, with the properties that it had when the wave opened."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="frame", verbose_name=_("wave"))
    library = models.ForeignKey(
        Library, on_delete=models.PROTECT, related_name="frame_entries", verbose_name=_("library")
    )
    province = models.CharField(_("province"), max_length=20, choices=Province.choices)
    inhabitants = models.PositiveIntegerField(_("inhabitants of the work area"))
    size_class = models.CharField(_("size class"), max_length=12, choices=SizeClass.choices)
    n_locations = models.PositiveIntegerField(_("school locations"), default=0)
    extended_until = models.DateTimeField(_("extension until"), null=True, blank=True)
    roster_confirmed_at = models.DateTimeField(_("roster confirmed at"), null=True, blank=True, editable=False)
    roster_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("roster confirmed by"),
    )

    class Meta:
        verbose_name = _("expected library")
        verbose_name_plural = _("population")
        ordering = ("library__name",)
        constraints = (models.UniqueConstraint(fields=("wave", "library"), name="frame_entry_once"),)

    def __str__(self) -> str:
        return f"{self.library} · {self.wave}"


class FrameSchool(models.Model):
    """A row of a library's roster, as the register had it when the wave opened.

    Only rows with status "present" are asked about and counted. The others keep their answers, and `successor` says
    with which row of the same roster a school merged.
    """

    class Status(models.TextChoices):
        PRESENT = "present", _("on the roster")
        CLOSED = "closed", _("closed")
        MERGED = "merged", _("merged with another school")
        MOVED = "moved", _("moved to another work area")
        NOT_OURS = "not_ours", _("never belonged to us")

    entry = models.ForeignKey(FrameEntry, on_delete=models.CASCADE, related_name="schools")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="frame_rows")
    code = models.CharField(_("code"), max_length=12)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=8, choices=School.Kind.choices)
    municipality = models.CharField(_("municipality"), max_length=100)
    pupils = models.PositiveIntegerField(_("pupils"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.PRESENT)
    successor = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("merged with")
    )
    is_added = models.BooleanField(_("added by the library"), default=False)

    class Meta:
        verbose_name = _("school location on the roster")
        verbose_name_plural = _("roster")
        ordering = ("municipality", "name", "code")
        constraints = (models.UniqueConstraint(fields=("entry", "school"), name="frame_school_once"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class SchoolReport(models.Model):
    """What a library said of a row of its roster: that it is new, gone, or there after all. Never changed.

    But for `handled_at`: when KB staff have seen to it that the register says so too.
    """

    school = models.ForeignKey(
        FrameSchool, on_delete=models.CASCADE, related_name="reports", verbose_name=_("school location")
    )
    status = models.CharField(_("status"), max_length=8, choices=FrameSchool.Status.choices)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    reported_at = models.DateTimeField(_("at"))
    handled_at = models.DateTimeField(_("handled at"), null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("handled by"),
    )

    class Meta:
        verbose_name = _("report about a school")
        verbose_name_plural = _("reports about schools")
        ordering = ("-reported_at", "-pk")

    def __str__(self) -> str:
        return f"{self.school}: {self.get_status_display()}"


class Prefill(models.Model):
    """What the KB knows from elsewhere about an answer. It stands beside the question, and is no answer until somebody
    of the library confirms it. `source` says where it comes from ("Datawarehouse Bibliotheken, 1 september 2026")."""

    entry = models.ForeignKey(FrameEntry, on_delete=models.CASCADE, related_name="prefills")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="+")
    school = models.ForeignKey(FrameSchool, on_delete=models.CASCADE, null=True, related_name="+")
    value = models.JSONField(_("value"))
    source = models.CharField(_("source"), max_length=200)

    class Meta:
        verbose_name = _("value known from elsewhere")
        verbose_name_plural = _("values known from elsewhere")
        constraints = (
            models.UniqueConstraint(fields=("entry", "question", "school"), name="prefill_once", nulls_distinct=False),
        )

    def __str__(self) -> str:
        return f"{self.question_id}: {self.value}"
