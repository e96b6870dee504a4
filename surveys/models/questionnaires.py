"""The questionnaire in rows: what staff see and answers point to. The rules read the compiled `Instrument`.

References inside a questionnaire are RESTRICT: they go together with the whole, never one by one.
"""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _

from surveys import instrument


def choices(enum: type[StrEnum]) -> list[tuple[str, str]]:
    return [(member.value, member.value) for member in enum]


class Survey(models.Model):
    """A recurring study: PO or VO."""

    code = models.SlugField(_("code"), max_length=20, unique=True)
    slug = models.SlugField(_("web address"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=150)

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.title


class Questionnaire(models.Model):
    """One version of what is asked. Frozen from the moment a wave opens with it."""

    survey = models.ForeignKey(
        Survey, on_delete=models.PROTECT, related_name="questionnaires", verbose_name=_("survey")
    )
    school_year = models.CharField(_("school year"), max_length=9)
    version = models.CharField(_("version"), max_length=10)
    title = models.CharField(_("title"), max_length=200)
    intro = models.TextField(_("introduction"), blank=True)
    reason = models.TextField(_("reason of this version"), blank=True)
    school_kinds = models.JSONField(_("kinds of school on the roster"), default=list, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes it takes"), null=True, blank=True)
    frozen_at = models.DateTimeField(_("frozen at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("questionnaire")
        verbose_name_plural = _("questionnaires")
        ordering = ("survey", "-school_year", "-version")
        constraints = (
            models.UniqueConstraint(fields=("survey", "school_year", "version"), name="questionnaire_version_once"),
        )

    def __str__(self) -> str:
        return f"{self.title} ({self.version})"


class Section(models.Model):
    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.CASCADE, related_name="sections")
    code = models.CharField(_("code"), max_length=60)
    title = models.CharField(_("title"), max_length=150)
    help = models.TextField(_("help"), blank=True)
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=("questionnaire", "code"), name="section_code_once"),
            models.UniqueConstraint(fields=("questionnaire", "position"), name="section_position_once"),
        )

    def __str__(self) -> str:
        return self.title


class Question(models.Model):
    """A question. Its code is the same in every wave that asks it."""

    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.CASCADE, related_name="questions")
    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="questions")
    code = models.CharField(_("code"), max_length=60)
    position = models.PositiveSmallIntegerField(_("position"))
    level = models.CharField(_("level"), max_length=10, choices=choices(instrument.Level))
    type = models.CharField(_("type"), max_length=20, choices=choices(instrument.Type))
    text = models.TextField(_("text"))
    label = models.CharField(_("label"), max_length=200)
    help = models.TextField(_("help"), blank=True)
    column = models.CharField(_("column header"), max_length=60, blank=True)
    unit = models.CharField(_("unit"), max_length=60, blank=True)
    positive = models.JSONField(_("scale codes that count as positive"), default=list, blank=True)
    options_from = models.ForeignKey("self", on_delete=models.RESTRICT, null=True, blank=True, related_name="+")
    options_except = models.JSONField(_("options left out"), default=list, blank=True)
    share_of = models.ForeignKey("Total", on_delete=models.RESTRICT, null=True, blank=True, related_name="+")
    disclosure = models.CharField(_("disclosure"), max_length=10, choices=choices(instrument.Disclosure))

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=("questionnaire", "code"), name="question_code_once"),
            models.UniqueConstraint(fields=("questionnaire", "position"), name="question_position_once"),
        )

    def __str__(self) -> str:
        return self.text


class Option(models.Model):
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="options")
    code = models.CharField(_("code"), max_length=60)
    text = models.CharField(_("text"), max_length=300)
    label = models.CharField(_("label"), max_length=200)
    position = models.PositiveSmallIntegerField(_("position"))
    is_exclusive = models.BooleanField(_("stands alone"), default=False)
    has_text = models.BooleanField(_("asks for an explanation"), default=False)
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="children")

    class Meta:
        verbose_name = _("option")
        verbose_name_plural = _("options")
        ordering = ("position",)
        constraints = (models.UniqueConstraint(fields=("question", "code"), name="option_code_once"),)

    def __str__(self) -> str:
        return self.text


class Row(models.Model):
    """A row of a matrix question."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="rows")
    code = models.CharField(_("code"), max_length=60)
    text = models.CharField(_("text"), max_length=300)
    label = models.CharField(_("label"), max_length=200)
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        verbose_name = _("row")
        verbose_name_plural = _("rows")
        ordering = ("position",)
        constraints = (models.UniqueConstraint(fields=("question", "code"), name="row_code_once"),)

    def __str__(self) -> str:
        return self.text


class Total(models.Model):
    """A named total over the roster: a count of rows, or the sum of a question over them."""

    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.CASCADE, related_name="totals")
    code = models.CharField(_("code"), max_length=60)
    label = models.CharField(_("label"), max_length=200)
    position = models.PositiveSmallIntegerField(_("position"))
    sum_of = models.ForeignKey(Question, on_delete=models.RESTRICT, null=True, blank=True, related_name="+")
    unit = models.CharField(_("unit"), max_length=60, blank=True)
    share_of = models.JSONField(_("totals that it is a share of"), default=list, blank=True)

    class Meta:
        verbose_name = _("total")
        verbose_name_plural = _("totals")
        ordering = ("position",)
        constraints = (models.UniqueConstraint(fields=("questionnaire", "code"), name="total_code_once"),)

    def __str__(self) -> str:
        return self.label


class Term(models.Model):
    """One comparison of a condition. Terms of one group must all hold; one group that holds is enough."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, null=True, blank=True, related_name="terms")
    total = models.ForeignKey(Total, on_delete=models.CASCADE, null=True, blank=True, related_name="terms")
    group = models.PositiveSmallIntegerField(_("group"))
    position = models.PositiveSmallIntegerField(_("position"))
    operator = models.CharField(_("operator"), max_length=12, choices=choices(instrument.Operator))
    source_question = models.ForeignKey(Question, on_delete=models.RESTRICT, null=True, blank=True, related_name="+")
    source_total = models.ForeignKey(Total, on_delete=models.RESTRICT, null=True, blank=True, related_name="+")
    source_library = models.CharField(_("property of the library"), max_length=20, blank=True)
    source_last_wave = models.CharField(_("answer of the last wave"), max_length=60, blank=True)
    values = models.JSONField(_("values"), default=list, blank=True)

    class Meta:
        verbose_name = _("term")
        verbose_name_plural = _("terms")
        ordering = ("group", "position")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(question__isnull=False, total=None) | models.Q(question=None, total__isnull=False),
                name="term_belongs_to_question_or_total",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    source_question__isnull=False, source_total=None, source_library="", source_last_wave=""
                )
                | models.Q(source_question=None, source_total__isnull=False, source_library="", source_last_wave="")
                | (
                    models.Q(source_question=None, source_total=None, source_last_wave="")
                    & ~models.Q(source_library="")
                )
                | (
                    models.Q(source_question=None, source_total=None, source_library="")
                    & ~models.Q(source_last_wave="")
                ),
                name="term_has_one_source",
            ),
        )

    def __str__(self) -> str:
        source = self.source_question or self.source_total or self.source_library or self.source_last_wave
        return f"{source} {self.operator} {', '.join(map(str, self.values))}"


class Check(models.Model):
    """An edit check on one answer; what each column says stands in `instrument.Check`."""

    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.CASCADE, related_name="checks")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="checks")
    code = models.CharField(_("code"), max_length=60)
    position = models.PositiveSmallIntegerField(_("position"))
    severity = models.CharField(_("severity"), max_length=4, choices=choices(instrument.Severity))
    message = models.CharField(_("message"), max_length=300)
    minimum = models.DecimalField(_("minimum"), max_digits=14, decimal_places=2, null=True, blank=True)
    maximum = models.DecimalField(_("maximum"), max_digits=14, decimal_places=2, null=True, blank=True)
    at_most_question = models.ForeignKey(Question, on_delete=models.RESTRICT, null=True, blank=True, related_name="+")
    at_most_total = models.ForeignKey(Total, on_delete=models.RESTRICT, null=True, blank=True, related_name="+")
    plus = models.JSONField(_("added to it"), default=list, blank=True)
    change_percent = models.DecimalField(_("change in percent"), max_digits=6, decimal_places=2, null=True, blank=True)
    change_floor = models.DecimalField(
        _("smallest change that counts"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    is_complete_row = models.BooleanField(_("the whole row"), default=False)

    class Meta:
        verbose_name = _("check")
        verbose_name_plural = _("checks")
        ordering = ("position",)
        constraints = (models.UniqueConstraint(fields=("questionnaire", "code"), name="check_code_once"),)

    def __str__(self) -> str:
        return self.message


class Link(models.Model):
    """An entry of the comparability register: how a question or total compares with an earlier wave's."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, null=True, blank=True, related_name="links")
    total = models.ForeignKey(Total, on_delete=models.CASCADE, null=True, blank=True, related_name="links")
    position = models.PositiveSmallIntegerField(_("position"))
    school_year = models.CharField(_("school year"), max_length=9)
    earlier_code = models.CharField(_("code in that wave"), max_length=60)
    comparability = models.CharField(_("comparability"), max_length=8, choices=choices(instrument.Comparability))
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("link to an earlier wave")
        verbose_name_plural = _("comparability register")
        ordering = ("position",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(question__isnull=False, total=None) | models.Q(question=None, total__isnull=False),
                name="link_belongs_to_question_or_total",
            ),
            models.CheckConstraint(
                condition=models.Q(comparability="same") | ~models.Q(reason=""), name="link_break_has_reason"
            ),
        )

    def __str__(self) -> str:
        return f"{self.school_year}: {self.comparability}"
