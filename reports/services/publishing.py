"""Publishing: pages are made all together and stored as one release, or nothing changes."""

import hashlib

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from reports.errors import ReportsError
from reports.models import Page, Publication, Release
from reports.pages import Composer, PageFault, PagesFaulty
from reports.selectors import WaveKey

log = structlog.get_logger(__name__)
security_log = structlog.get_logger("security")


class PublicationRefused(ReportsError):
    """A publication that can't be published; `faults` says where its texts are wrong."""

    def __init__(self, message: str, faults: list[PageFault] | None = None) -> None:
        self.faults = faults or []
        super().__init__("\n".join([message, *map(str, self.faults)]))


def publication_check(*, publication: Publication) -> list[PageFault]:
    """What stands in the way of publishing. While the wave has no figures: what is wrong with the names."""
    return Composer(publication).faults()


@transaction.atomic
def publication_publish(*, publication: Publication, note: str = "", by_id: int | None = None) -> Release:
    """Make all pages and store them as the next version; readers then see that one.

    The same pages as the current version make no new one: that version is returned. Any fault and nothing is
    published (PublicationRefused). Two at once take turns on the row of the publication.
    """
    publication = Publication.objects.select_for_update(of=("self",)).select_related("current").get(pk=publication.pk)
    composer = Composer(publication)
    if not composer.has_values:
        raise PublicationRefused(_("There are no figures of this wave yet: close and aggregate it first."))
    try:
        pages = composer.pages()
    except PagesFaulty as faulty:
        raise PublicationRefused(_("Nothing was published: the texts have faults."), faulty.faults) from faulty
    content_hash = hashlib.sha256("".join(page.etag for page in pages).encode()).hexdigest()
    current = publication.current
    if current is not None and current.content_hash == content_hash:
        return current
    gone = set(current.pages.values_list("path", flat=True)) - {page.path for page in pages} if current else set()
    if gone:
        message = _("Chapters that are published keep their address. Missing: %(slugs)s.")
        raise PublicationRefused(message % {"slugs": ", ".join(sorted(gone))})
    last = publication.releases.order_by("-version").first()
    release = Release.objects.create(
        publication=publication,
        version=last.version + 1 if last else 1,
        title=publication.title,
        note=note,
        published_by_id=by_id,
        content_hash=content_hash,
    )
    Page.objects.bulk_create(
        Page(release=release, path=page.path, title=page.title, html=page.html, etag=page.etag) for page in pages
    )
    publication.current = release
    publication.save(update_fields=["current"])
    security_log.info("published", publication=publication.pk, version=release.version, user=by_id)
    return release


def publish_after_aggregation(wave: WaveKey) -> list[Release]:
    """Publish what wants to be published as soon as the figures of its wave are made. Running it twice is harmless.

    A publication whose texts have faults stays as it is, for staff to see; the others go on.
    """
    releases = []
    waiting = Publication.objects.filter(survey=wave.survey, school_year=wave.school_year, publishes_itself=True)
    for publication in waiting:
        try:
            note = _("Published right after aggregation.")
            releases.append(publication_publish(publication=publication, note=note))
        except PublicationRefused as refusal:
            log.warning(
                "not-published",
                publication=publication.pk,
                n_faults=len(refusal.faults),
                faults=[str(fault) for fault in refusal.faults[:10]],
            )
    return releases
