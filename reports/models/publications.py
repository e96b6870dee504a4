"""Publications: the text of their chapters, and the pages of each version as readers see them."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

# Of a publication's address, beside its chapters.
LANDING = ""


class Publication(models.Model):
    """The report on one wave of a survey. What is public is its current release; these texts may be ahead of it."""

    survey = models.SlugField(_("survey"), max_length=20)
    school_year = models.CharField(_("school year"), max_length=9)
    slug = models.SlugField(_("web address"), max_length=80, unique=True, help_text=_("Never changes once published."))
    title = models.CharField(_("title"), max_length=200)
    lead = models.TextField(_("lead"), blank=True, help_text=_("Live text: Markdown with references to figures."))
    about = models.TextField(_("about this research"), blank=True, help_text=_("Live text, below the chapters."))
    # [{"value": "[[partners.any]]", "label": "…"}]: both are live text.
    key_figures = models.JSONField(_("key figures"), default=list, blank=True)
    # Question code -> who is asked, for that question and all that have the same condition.
    selections = models.JSONField(_("names of selections"), default=dict, blank=True)
    n_waves = models.PositiveSmallIntegerField(
        _("waves in charts"), default=3, validators=(MinValueValidator(1), MaxValueValidator(4))
    )
    publishes_itself = models.BooleanField(
        _("publish right after aggregation"),
        default=False,
        help_text=_("A new version appears by itself each time the figures of this wave are made."),
    )
    current = models.OneToOneField(
        "Release", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="current_of"
    )

    class Meta:
        verbose_name = _("publication")
        verbose_name_plural = _("publications")
        ordering = ("-school_year", "survey")
        constraints = (models.UniqueConstraint(fields=("survey", "school_year"), name="publication_once_per_wave"),)

    def __str__(self) -> str:
        return self.title

    @property
    def is_published(self) -> bool:
        return self.current_id is not None


class Chapter(models.Model):
    """One page of a publication, as live text."""

    publication = models.ForeignKey(
        Publication, on_delete=models.CASCADE, related_name="chapters", verbose_name=_("publication")
    )
    slug = models.SlugField(_("web address"), max_length=80, help_text=_("Never changes once published."))
    title = models.CharField(_("title"), max_length=150)
    position = models.PositiveSmallIntegerField(_("position"))
    markdown = models.TextField(_("text"), help_text=_("Live text: Markdown with references to figures."))

    class Meta:
        verbose_name = _("chapter")
        verbose_name_plural = _("chapters")
        ordering = ("publication", "position")
        constraints = (
            models.UniqueConstraint(fields=("publication", "slug"), name="chapter_slug_once"),
            models.UniqueConstraint(
                fields=("publication", "position"), name="chapter_position_once", deferrable=models.Deferrable.DEFERRED
            ),
            # "v3" is the address of the third version.
            models.CheckConstraint(condition=~models.Q(slug__regex=r"^v\d+$"), name="chapter_slug_is_no_version"),
        )

    def __str__(self) -> str:
        return self.title


class Release(models.Model):
    """A published version. It and its pages never change; the publication points to the one that is current."""

    publication = models.ForeignKey(
        Publication, on_delete=models.PROTECT, related_name="releases", verbose_name=_("publication")
    )
    version = models.PositiveIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=200)
    note = models.TextField(_("note"), blank=True)
    published_at = models.DateTimeField(_("published at"), auto_now_add=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published by"),
    )
    content_hash = models.CharField(_("hash"), max_length=64)

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ("publication", "-version")
        constraints = (models.UniqueConstraint(fields=("publication", "version"), name="release_version_once"),)

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"


class Page(models.Model):
    """A page of a release: its content as it was rendered. Header, footer and style are those of today."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="pages")
    path = models.SlugField(_("path"), max_length=80, blank=True)  # LANDING or the slug of a chapter
    title = models.CharField(_("title"), max_length=200)
    html = models.TextField(_("content"))
    etag = models.CharField(_("hash of the content"), max_length=64)

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        constraints = (models.UniqueConstraint(fields=("release", "path"), name="page_path_once"),)

    def __str__(self) -> str:
        return self.title
