"""A published page, against a view that returns as many bytes."""

from reports.models import Page, Publication, Release
from reports.views import DOCUMENTS
from tools.bench import bare
from tools.bench.project import Visitor, in_turns
from tools.bench.table import Rounds, Row

TARGET = 1.3
PATH = "/publicaties/meten/hoofdstuk/"


def measure(*, rounds: int, per_round: int) -> list[Row]:
    """A page of about 40 kB as readers get it: kept in the process for a second, not modified, and not kept."""
    _publish()
    visitor = Visitor(urlconf=bare.__name__)
    visitor.get(PATH)
    etag = visitor.headers["ETag"]
    bare.CONSTANTS["page"] = visitor.body

    def floor() -> float:
        return visitor.get("/bare/constant/")

    def not_kept() -> float:
        DOCUMENTS.clear()
        return visitor.get(PATH)

    measured = (
        ("published page", lambda: visitor.get(PATH), TARGET),
        ("published page, 304 not modified", lambda: visitor.get(PATH, 304, HTTP_IF_NONE_MATCH=etag), TARGET),
        ("published page, the first reader in a second", not_kept, None),
    )
    return [
        Rounds(in_turns(floor, ours, rounds=rounds, per_round=per_round)).row(what, target)
        for what, ours, target in measured
    ]


def _publish() -> None:
    publication = Publication.objects.create(survey="meten", school_year="2024-2025", slug="meten", title="Om te meten")
    release = Release.objects.create(publication=publication, version=1, title=publication.title, content_hash="0")
    html = "<p>Een alinea van een hoofdstuk, met een cijfer: 97%. N: 135 bibliotheken.</p>\n" * 500
    Page.objects.create(release=release, path="hoofdstuk", title="Een hoofdstuk", html=html, etag="0")
    publication.current = release
    publication.save()
