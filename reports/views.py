"""The public pages. They touch no session and are the same for everybody."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from reports.http import Document, ShortLived, serve
from reports.livetext import Html
from reports.models import Page, Publication
from reports.models.publications import LANDING

DOCUMENTS = ShortLived()


@login_not_required
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Every publication that has been published."""
    document = DOCUMENTS.get("index", _index)
    if document is None:
        raise Http404
    return serve(request, document)


@login_not_required
@require_safe
def page(request: HttpRequest, slug: str, path: str = LANDING, version: int | None = None) -> HttpResponseBase:
    """A page of the current release, or of an old one at its own address."""
    document = DOCUMENTS.get((slug, version, path), lambda: _page(slug, path, version))
    if document is None:
        raise Http404
    return serve(request, document)


def _index() -> Document:
    publications = Publication.objects.filter(current__isnull=False).select_related("current")
    return Document.of(render_to_string("reports/publication_list.html", {"publications": publications}))


def _page(slug: str, path: str, version: int | None) -> Document | None:
    pages = Page.objects.filter(path=path, release__publication__slug=slug)
    if version is None:
        pages = pages.filter(release__current_of__isnull=False)
    else:
        pages = pages.filter(release__version=version)
    found = pages.select_related("release__publication__current").first()
    if found is None:
        return None
    return Document.of(public_html(found))


def public_html(page: Page) -> str:
    """The frozen content in the frame of today."""
    release = page.release
    context = {
        "title": page.title,
        "path": page.path,
        "content": Html(page.html),
        "release": release,
        "current": release.publication.current,
        "publication": release.publication,
        "versions": release.publication.releases.all() if page.path == LANDING else [],
    }
    return render_to_string("reports/page.html", context)
