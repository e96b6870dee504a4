"""Counting a wave: the run, its chunks, the figures it made; and figures of waves known as published totals only."""

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from reports.figures import Measure

MEASURES = tuple(measure.value for measure in Measure)


class Run(models.Model):
    """One aggregation of one wave. It says which submissions were counted (`content_hash`) by which code."""

    MAX_ATTEMPTS = 3

    class State(models.TextChoices):
        OWED = "owed", _("waiting")
        RUNNING = "running", _("counting")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    LIVE = (State.OWED, State.RUNNING)

    survey = models.CharField(_("survey"), max_length=20)
    school_year = models.CharField(_("school year"), max_length=9)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OWED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.TextField(_("error"), blank=True)
    code_version = models.CharField(_("version of the code"), max_length=64)
    content_hash = models.CharField(_("hash of the submissions"), max_length=64)
    n_submissions = models.PositiveIntegerField(_("submissions"), default=0)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    # When the publications took over the figures; until then that is still owed.
    handed_over_at = models.DateTimeField(_("handed over at"), null=True)
    queued_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("aggregation")
        verbose_name_plural = _("aggregations")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("survey", "school_year", "content_hash", "code_version"),
                condition=models.Q(state__in=("owed", "running")),
                name="run_one_live_per_content",
            ),
            models.CheckConstraint(
                condition=models.Q(state="done", finished_at__isnull=False)
                | (~models.Q(state="done") & models.Q(finished_at=None, handed_over_at=None)),
                name="run_finished_when_done",
            ),
        )
        indexes = (models.Index(fields=("survey", "school_year", "-id"), name="run_newest_of_wave"),)

    def __str__(self) -> str:
        named = {"survey": self.survey.upper(), "school_year": self.school_year, "number": self.pk}
        return gettext("%(survey)s %(school_year)s, aggregation %(number)s") % named


class RunChunk(models.Model):
    """A range of submissions that one worker counts, and the tally it made of them."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="chunks")
    first_id = models.BigIntegerField(_("from"))
    last_id = models.BigIntegerField(_("to"))
    # JSON, written and read whole: as bytes that costs a fifth of what a JSON column does.
    tally = models.BinaryField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    queued_at = models.DateTimeField(null=True, editable=False)
    done_at = models.DateTimeField(_("done at"), null=True)

    class Meta:
        verbose_name = _("part of an aggregation")
        verbose_name_plural = _("parts of an aggregation")
        ordering = ("first_id",)
        constraints = (
            models.UniqueConstraint(fields=("run", "first_id"), name="run_chunk_once"),
            models.CheckConstraint(condition=models.Q(last_id__gte=models.F("first_id")), name="run_chunk_range"),
            models.CheckConstraint(
                condition=models.Q(done_at=None) | models.Q(tally__isnull=False), name="run_chunk_done_has_tally"
            ),
        )

    def __str__(self) -> str:
        return f"{self.run_id}: {self.first_id}-{self.last_id}"


class FigureRow(models.Model):
    """A figure of a run, as integers; `reports.figures.Figure` tells what they mean. `n_eligible` is its N."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="figures")
    question = models.CharField(_("question"), max_length=60)
    option = models.CharField(_("option"), max_length=130, blank=True)
    group = models.CharField(_("group"), max_length=40)
    measure = models.CharField(_("measure"), max_length=12)
    unit = models.CharField(_("unit"), max_length=60)
    k = models.BigIntegerField()
    n = models.PositiveBigIntegerField()
    n_missing = models.PositiveBigIntegerField(_("missing"))
    n_eligible = models.PositiveBigIntegerField("N")
    scale = models.PositiveIntegerField(_("scale"), default=1)
    n_libraries = models.PositiveIntegerField(_("libraries"), default=0)
    flag = models.CharField(_("flag"), max_length=10, blank=True)

    class Meta:
        verbose_name = _("figure")
        verbose_name_plural = _("figures")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("run", "question", "option", "group", "measure"), name="figure_once"),
            models.CheckConstraint(condition=models.Q(measure__in=MEASURES), name="figure_known_measure"),
            models.CheckConstraint(
                condition=~models.Q(measure__in=("share", "count")) | models.Q(k__gte=0, k__lte=models.F("n"), scale=1),
                name="figure_share_within_its_base",
            ),
            models.CheckConstraint(
                condition=models.Q(n_eligible__gte=models.F("n") + models.F("n_missing")),
                name="figure_eligible_holds_its_base",
            ),
            models.CheckConstraint(condition=models.Q(scale__gte=1), name="figure_scale"),
        )

    def __str__(self) -> str:
        return f"{self.question}.{self.option} {self.group} {self.measure}"


class PublishedFigure(models.Model):
    """A figure of an earlier wave as it was published, under our codes and under those of the source."""

    survey = models.CharField(_("survey"), max_length=20)
    school_year = models.CharField(_("school year"), max_length=9)
    question = models.CharField(_("question"), max_length=60)
    option = models.CharField(_("option"), max_length=130, blank=True)
    group = models.CharField(_("group"), max_length=40)
    measure = models.CharField(_("measure"), max_length=12)
    value = models.DecimalField(_("value"), max_digits=14, decimal_places=3, help_text=_("Percents for a share."))
    unit = models.CharField(_("unit"), max_length=60)
    n = models.PositiveBigIntegerField(_("base"), null=True)
    is_approximate = models.BooleanField(_("approximate"), default=False)
    published_variable = models.CharField(_("variable as published"), max_length=100)
    published_option = models.CharField(_("option as published"), max_length=100, blank=True)
    published_measure = models.CharField(_("measure as published"), max_length=40)
    selection = models.CharField(_("selection as published"), max_length=100)
    source_url = models.URLField(_("source"), max_length=500)

    class Meta:
        verbose_name = _("published total")
        verbose_name_plural = _("published totals")
        ordering = ("survey", "-school_year", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=(
                    "survey",
                    "school_year",
                    "published_variable",
                    "published_option",
                    "published_measure",
                    "selection",
                    "source_url",
                ),
                name="published_figure_once",
            ),
            models.CheckConstraint(condition=models.Q(measure__in=MEASURES), name="published_figure_known_measure"),
            models.CheckConstraint(
                condition=~models.Q(measure="share") | models.Q(value__gte=0, value__lte=100),
                name="published_figure_share_is_percents",
            ),
        )

    def __str__(self) -> str:
        return f"{self.survey} {self.school_year} {self.question}.{self.option} {self.measure}"
