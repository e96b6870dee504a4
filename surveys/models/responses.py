"""What libraries answered: the response being filled in, its answers with their history, and what was submitted."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from surveys import instrument
from surveys.models.questionnaires import Question, choices
from surveys.models.waves import FrameEntry, FrameSchool


class Response(models.Model):
    """One library's questionnaire in one wave. It exists from the first answer on."""

    class State(models.TextChoices):
        IN_PROGRESS = "in_progress", _("in progress")
        SUBMITTED = "submitted", _("submitted")

    entry = models.OneToOneField(FrameEntry, on_delete=models.CASCADE, related_name="response")
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.IN_PROGRESS)
    started_at = models.DateTimeField(_("started at"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        verbose_name = _("response")
        verbose_name_plural = _("responses")

    def __str__(self) -> str:
        return str(self.entry)

    @property
    def is_submitted(self) -> bool:
        return self.state == self.State.SUBMITTED


class AnswerOrigin(models.TextChoices):
    TYPED = "typed", _("typed")
    CONFIRMED = "confirmed", _("confirmed")
    STAFF = "staff", _("by staff")
    IMPORTED = "imported", _("imported")


class AnswerValue(models.Model):
    """What an answer and an entry of its history have in common. `value` is encoded by `cells.encode`."""

    value = models.JSONField(_("value"), null=True)
    state = models.CharField(_("state"), max_length=15, choices=choices(instrument.State), default="value")
    other_text = models.TextField(_("other, namely"), blank=True)
    origin = models.CharField(_("origin"), max_length=10, choices=AnswerOrigin.choices)
    version = models.PositiveIntegerField(_("version"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("changed by"),
    )

    class Meta:
        abstract = True


class Answer(AnswerValue):
    """The answer to one question, for the library or for one school of its roster. Versions count up from 1."""

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers")
    school = models.ForeignKey(FrameSchool, on_delete=models.PROTECT, null=True, related_name="answers")
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = (
            models.UniqueConstraint(
                fields=("response", "question", "school"), name="answer_once", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return f"{self.question_id}: {self.value}"


class AnswerChange(AnswerValue):
    """One entry of the append-only history of an answer: what it became, by whom and when."""

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="changes")
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name = _("change of an answer")
        verbose_name_plural = _("history of answers")
        constraints = (models.UniqueConstraint(fields=("answer", "version"), name="answer_change_once"),)

    def __str__(self) -> str:
        return f"{self.answer_id} v{self.version}"


class Explanation(models.Model):
    """Why a value that a soft check questions is right. It is data: it goes along with the submission."""

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="explanations")
    check_code = models.CharField(_("check"), max_length=60)
    school = models.ForeignKey(FrameSchool, on_delete=models.CASCADE, null=True, related_name="+")
    text = models.TextField(_("explanation"))
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    written_at = models.DateTimeField(_("written at"))

    class Meta:
        verbose_name = _("explanation")
        verbose_name_plural = _("explanations")
        constraints = (
            models.UniqueConstraint(
                fields=("response", "check_code", "school"), name="explanation_once", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return self.text


class Submission(models.Model):
    """What was sent in: an immutable snapshot of all that applied. A reopened response gets a next one."""

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="submissions")
    number = models.PositiveSmallIntegerField(_("number"))
    snapshot = models.JSONField(_("snapshot"))
    content_hash = models.CharField(_("hash"), max_length=64)
    submitted_at = models.DateTimeField(_("submitted at"))
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("submitted by")
    )
    is_latest = models.BooleanField(_("counts"), default=True)

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=("response", "number"), name="submission_number_once"),
            models.UniqueConstraint(
                fields=("response",), condition=models.Q(is_latest=True), name="submission_one_latest"
            ),
        )

    def __str__(self) -> str:
        return f"{self.response} #{self.number}"


class ResponseEvent(models.Model):
    """What happened to a wave or response, when and by whom. Written by services, never changed."""

    class Kind(models.TextChoices):
        STARTED = "started", _("started")
        SUBMITTED = "submitted", _("submitted")
        REOPEN_ASKED = "reopen_asked", _("reopening asked")
        REOPEN_REFUSED = "reopen_refused", _("reopening refused")
        REOPENED = "reopened", _("reopened")
        WAVE_OPENED = "wave_opened", _("wave opened")
        WAVE_CLOSED = "wave_closed", _("wave closed")
        WAVE_REOPENED = "wave_reopened", _("wave reopened")
        IMPORTED = "imported", _("imported")
        RESCHEDULED = "rescheduled", _("closing moment changed")
        EXTENDED = "extended", _("extension given")

    kind = models.CharField(_("event"), max_length=15, choices=Kind.choices)
    wave = models.ForeignKey("surveys.Wave", on_delete=models.CASCADE, related_name="events", verbose_name=_("wave"))
    response = models.ForeignKey(Response, on_delete=models.CASCADE, null=True, related_name="events")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"), auto_now_add=True)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("at",)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"
