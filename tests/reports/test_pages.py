"""The public pages as readers get them, and the administration's pages around them."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reports.models import Chapter, Publication, Release
from reports.pages import Composer
from reports.services.publishing import publication_publish
from reports.views import DOCUMENTS
from surveys.models import User
from surveys.services.questionnaires import questionnaire_load
from tests.factories import QUESTIONNAIRES, log_in_just_now, open_wave
from tests.reports.published import CHAPTER, PARTNERS, counted, publication, published_before, small_wave, store

pytestmark = pytest.mark.django_db
LANDING = "/publicaties/proef-2024-2025/"


@pytest.fixture(autouse=True)
def _no_pages_kept() -> Iterator[None]:
    DOCUMENTS.clear()
    yield
    DOCUMENTS.clear()


@pytest.fixture
def report() -> Publication:
    """A published publication with three chapters, one of them with tables of a whole section."""
    small_wave()
    store(counted())
    report = publication(CHAPTER, "Alles.\n\n::: tabellen beleid", "Alles.\n\n::: tabellen samenwerking")
    publication_publish(publication=report)
    return report


@pytest.fixture
def staff_client(client: Client, staff: User, settings: object) -> Client:
    settings.STAFF_SECOND_FACTOR = False  # type: ignore[attr-defined]
    return log_in_just_now(client, staff)


def text_of(client: Client, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 200
    return page.content.decode()


def test_index_lists_what_is_published(client: Client, report: Publication) -> None:
    Publication.objects.create(survey="test", school_year="2025-2026", slug="x-2025-2026", title="Nog niet klaar")
    text = text_of(client, "/publicaties/")
    assert f'<a href="{LANDING}">Samenwerking 2024-2025</a>' in text
    assert "Nog niet klaar" not in text


def test_index_without_publications_says_so(client: Client) -> None:
    assert "empty-state" in text_of(client, "/publicaties/")


def test_landing_page_shows_lead_key_figures_and_chapters(client: Client, report: Publication) -> None:
    text = text_of(client, LANDING)
    assert "<h1>Samenwerking 2024-2025</h1>" in text
    assert "135 van de 137 bibliotheken deden mee." in text
    assert "<dt>noemt de POI (N: 135)</dt><dd>79%</dd>" in text
    assert '<a href="twee/">Hoofdstuk twee</a>' in text


def test_chapter_shows_text_chart_and_its_neighbours(client: Client, report: Publication) -> None:
    text = text_of(client, f"{LANDING}een/")
    assert "<h2>Vrijwel alle bibliotheken hebben partners</h2>" in text
    assert "Het vaakst noemen zij de gemeente (92%) en de POI (79%)." in text
    assert "Met welke partners werkt uw bibliotheek samen? (Selectie:" in text
    assert 'class="bar bar-now w-92"' in text
    assert '<a href="../een/" aria-current="page">Hoofdstuk een</a>' in text
    assert '<a rel="next" href="../twee/">' in text
    assert 'rel="prev"' not in text


def test_tables_of_a_section_hold_every_question(client: Client, report: Publication) -> None:
    text = text_of(client, f"{LANDING}twee/")
    for words in ("Met welke partners", "doelstellingen?", "Waarover gaan", "Hoeveel uren", "leesplan?"):
        assert words in text
    assert "18,5" in text
    text = text_of(client, f"{LANDING}drie/")
    assert "Schoollocaties in cijfers" in text
    assert "5.298" in text
    assert "N: 135 bibliotheken, 6.590 schoollocaties" in text


def test_trend_with_a_wave_known_from_a_publication() -> None:
    link = "    links:\n    - {school_year: 2023-2024, question: targets, comparability: same}\n"
    text = (QUESTIONNAIRES / "small.yaml").read_text(encoding="utf-8")
    text = text.replace("  - code: target_topics\n", f"{link}  - code: target_topics\n")
    open_wave(questionnaire_load(text=text, file="small.yaml")[0])
    store(counted())
    published_before("targets", "yes", 62, "2023-2024")
    report = publication("zin [[has_targets.yes als reeks 3]]\n\n::: grafiek has_targets")
    chapter = Composer(report).page("een")
    assert chapter is not None
    assert "zin van 62% in 2023-2024 naar 39% in 2024-2025" in chapter.html
    assert 'class="bar bar-was-1 w-62"' in chapter.html


def test_page_is_served_with_an_etag_and_then_304(client: Client, report: Publication) -> None:
    first = client.get(f"{LANDING}een/")
    assert first["Cache-Control"] == "public, no-cache"
    assert not first["ETag"].startswith("W/")
    again = client.get(f"{LANDING}een/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert client.get(f"{LANDING}een/", headers={"If-None-Match": '"iets anders"'}).status_code == 200
    head = client.head(f"{LANDING}een/")
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", first["ETag"])
    assert client.post(f"{LANDING}een/").status_code == 405


def test_page_touches_no_session_and_is_the_same_for_everybody(client: Client, anna: User, report: Publication) -> None:
    anonymous = client.get(f"{LANDING}een/")
    client.force_login(anna)
    assert client.get(f"{LANDING}een/").content == anonymous.content
    assert "Cookie" not in anonymous.get("Vary", "")
    assert not anonymous.cookies


def test_page_costs_one_query_a_second(client: Client, report: Publication) -> None:
    with CaptureQueriesContext(connection) as queries:
        client.get(f"{LANDING}een/")
    assert len(queries) == 1
    with CaptureQueriesContext(connection) as queries:
        client.get(f"{LANDING}een/")
    assert len(queries) == 0


def test_new_version_shows_after_a_second_and_the_old_one_keeps_its_address(
    client: Client, report: Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "(92%)" in text_of(client, f"{LANDING}een/")
    store(counted(PARTNERS | {"municipality": 126}))
    publication_publish(publication=report, note="Een cijfer verbeterd")
    monkeypatch.setattr(DOCUMENTS, "seconds", 0)
    assert "(93%)" in text_of(client, f"{LANDING}een/")
    assert "(92%)" in text_of(client, f"{LANDING}v1/een/")
    assert f'<a href="{LANDING}">' in text_of(client, f"{LANDING}v1/")
    assert "Een cijfer verbeterd" in text_of(client, LANDING)


@pytest.mark.parametrize("path", ["nergens/", "v2/", "v2/een/", "v1/nergens/", "een/twee/"])
def test_unknown_page_is_not_there(client: Client, report: Publication, path: str) -> None:
    assert client.get(LANDING + path).status_code == 404
    assert client.get("/publicaties/nergens-2024-2025/").status_code == 404


def test_unpublished_page_is_not_there(client: Client) -> None:
    small_wave()
    publication()
    assert client.get(LANDING).status_code == 404
    assert client.get(f"{LANDING}een/").status_code == 404


def test_page_has_no_script_style_or_token(client: Client, report: Publication) -> None:
    for address in ("/publicaties/", LANDING, f"{LANDING}een/", f"{LANDING}twee/"):
        text = text_of(client, address)
        assert "<script" not in text
        assert "style=" not in text
        assert "csrf" not in text


# --- Administration


def test_staff_sees_state_and_version(staff_client: Client, report: Publication) -> None:
    text = text_of(staff_client, reverse("admin:reports_publication_changelist"))
    assert "Samenwerking 2024-2025" in text
    text = text_of(staff_client, reverse("admin:reports_publication_change", args=(report.pk,)))
    assert f"{LANDING}v1/" in text
    assert "Hoofdstuk een" in text


def test_others_get_no_further_than_the_log_in(client: Client, anna: User, report: Publication) -> None:
    client.force_login(anna)
    for name in ("change", "preview", "publish"):
        page = client.get(reverse(f"admin:reports_publication_{name}", args=(report.pk,)))
        assert page.status_code == 302


def test_chapter_with_faults_is_not_saved_and_the_text_stays(staff_client: Client, report: Publication) -> None:
    chapter = report.chapters.get(slug="een")
    address = reverse("admin:reports_chapter_change", args=(chapter.pk,))
    page = staff_client.post(address, {"title": "Een", "markdown": "Regel.\n\nMijn [[partnrs.poi]] tekst"})
    text = page.content.decode()
    assert page.status_code == 200
    assert "regel 3, kolom 6" in text
    assert "bedoelde u &#x27;partners&#x27;?" in text
    assert "Mijn [[partnrs.poi]] tekst" in text
    chapter.refresh_from_db()
    assert chapter.markdown == CHAPTER


def test_chapter_without_faults_is_saved_but_not_yet_published(staff_client: Client, report: Publication) -> None:
    chapter = report.chapters.get(slug="een")
    address = reverse("admin:reports_chapter_change", args=(chapter.pk,))
    page = staff_client.post(address, {"title": "Een", "markdown": "Nieuw: [[partners.poi]]"})
    assert page.status_code == 302
    chapter.refresh_from_db()
    assert chapter.markdown == "Nieuw: [[partners.poi]]"
    assert "Nieuw:" not in text_of(staff_client, f"{LANDING}een/")
    preview = reverse("admin:reports_publication_preview_chapter", args=(report.pk, "een"))
    assert "Nieuw: 79%" in text_of(staff_client, preview)


def test_publication_with_faults_is_not_saved(staff_client: Client, report: Publication) -> None:
    address = reverse("admin:reports_publication_change", args=(report.pk,))
    form = {
        "title": "Titel",
        "lead": "[[nergens]]",
        "about": "",
        "key_figures": '[{"value": "[[partners.po]]", "label": "x"}]',
        "selections": '{"niets": "x"}',
        "n_waves": "3",
        "chapters-TOTAL_FORMS": "0",
        "chapters-INITIAL_FORMS": "0",
    }
    text = staff_client.post(address, form).content.decode()
    assert text.count("regel 1, kolom 1") == 2
    assert "niets" in text
    good = {**form, "lead": "Goed", "key_figures": "[]", "selections": '{"partners": "wie samenwerkt"}'}
    assert staff_client.post(address, good).status_code == 302
    report.refresh_from_db()
    assert (report.lead, report.selections) == ("Goed", {"partners": "wie samenwerkt"})


def test_preview_lists_the_faults_of_that_page_only(staff_client: Client, report: Publication) -> None:
    Chapter.objects.filter(slug="een").update(markdown="[[nergens]]")
    preview = "admin:reports_publication_preview_chapter"
    assert "regel 1, kolom 1" in text_of(staff_client, reverse(preview, args=(report.pk, "een")))
    assert "Met welke partners" in text_of(staff_client, reverse(preview, args=(report.pk, "twee")))
    assert "deden mee" in text_of(staff_client, reverse("admin:reports_publication_preview", args=(report.pk,)))
    assert staff_client.get(reverse(preview, args=(report.pk, "nergens"))).status_code == 404


def test_publishing_asks_first_and_a_look_changes_nothing(staff_client: Client, report: Publication) -> None:
    Chapter.objects.filter(slug="een").update(markdown="Nieuw: [[partners.poi]]")
    address = reverse("admin:reports_publication_publish", args=(report.pk,))
    assert "<form method" in text_of(staff_client, address)
    assert Release.objects.count() == 1
    page = staff_client.post(address, {"note": "Nieuwe tekst"})
    assert page.status_code == 302
    report.refresh_from_db()
    assert report.current is not None
    assert (report.current.version, report.current.note) == (2, "Nieuwe tekst")


def test_publishing_with_faults_offers_no_button_and_does_nothing(staff_client: Client, report: Publication) -> None:
    Chapter.objects.filter(slug="een").update(markdown="[[nergens]]")
    address = reverse("admin:reports_publication_publish", args=(report.pk,))
    text = text_of(staff_client, address)
    assert "regel 1, kolom 1" in text
    assert 'id="note"' not in text
    staff_client.post(address, {"note": ""})
    assert Release.objects.count() == 1


def test_publish_action_leads_to_the_question(staff_client: Client, report: Publication) -> None:
    address = reverse("admin:reports_publication_changelist")
    page = staff_client.post(address, {"action": "publish_selected", "_selected_action": [report.pk]})
    assert page["Location"] == reverse("admin:reports_publication_publish", args=(report.pk,))
    assert Release.objects.count() == 1
