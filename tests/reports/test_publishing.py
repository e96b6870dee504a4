"""Publishing: all pages or none, versions that stay, and texts that come from a folder."""

import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reports.errors import FileRefused
from reports.models import Chapter, Page, Publication, Release
from reports.selectors import WaveKey
from reports.services.loading import publication_load
from reports.services.publishing import (
    PublicationRefused,
    publication_check,
    publication_publish,
    publish_after_aggregation,
)
from surveys.models import User
from surveys.services.questionnaires import questionnaire_load
from tests.factories import open_wave
from tests.reports.published import CHAPTER, PARTNERS, WAVE, counted, publication, small_wave, store

ROOT = Path(__file__).resolve().parents[2]
DEFINITIONS = ROOT / "reports" / "definitions"

pytestmark = pytest.mark.django_db


@pytest.fixture
def report() -> Publication:
    """A publication with one good chapter, of a wave with figures."""
    small_wave()
    store(counted())
    return publication()


def html_of(publication: Publication, path: str = "een") -> str:
    publication.refresh_from_db()
    assert publication.current is not None
    return publication.current.pages.get(path=path).html


def test_publishing_stores_every_page_with_its_numbers(report: Publication, staff: User) -> None:
    release = publication_publish(publication=report, note="Eerste versie", by_id=staff.pk)
    assert (release.version, release.note, release.published_by) == (1, "Eerste versie", staff)
    assert {page.path for page in release.pages.all()} == {"", "een"}
    assert "Vrijwel alle bibliotheken hebben partners" in html_of(report)
    assert "de gemeente (92%) en de POI (79%)" in html_of(report)
    assert "135 van de 137 bibliotheken deden mee." in html_of(report, "")


def test_publishing_again_without_change_makes_no_version(report: Publication) -> None:
    first = publication_publish(publication=report)
    assert publication_publish(publication=report) == first
    assert Release.objects.count() == 1


def test_new_figures_make_a_new_version_and_the_old_one_stays(report: Publication) -> None:
    first = publication_publish(publication=report)
    store(counted(PARTNERS | {"municipality": 126}))
    second = publication_publish(publication=report, note="Correctie")
    assert second.version == 2
    assert "de gemeente (93%)" in html_of(report)
    assert "de gemeente (92%)" in first.pages.get(path="een").html


def test_fault_in_one_chapter_publishes_nothing() -> None:
    small_wave()
    store(counted())
    report = publication(CHAPTER, "Eerste regel.\n\nWij noemen [[partnrs.poi]].")
    with pytest.raises(PublicationRefused) as refused:
        publication_publish(publication=report)
    [fault] = refused.value.faults
    assert (fault.where, fault.fault.line, fault.fault.column) == ("Hoofdstuk twee", 3, 12)
    assert "bedoelde u 'partners'?" in fault.fault.message
    assert "Hoofdstuk twee, regel 3, kolom 12" in str(refused.value)
    assert not Release.objects.exists()
    assert not Page.objects.exists()


def test_fault_keeps_the_current_version(report: Publication) -> None:
    publication_publish(publication=report)
    Chapter.objects.update(markdown="[[nergens]]")
    with pytest.raises(PublicationRefused):
        publication_publish(publication=report)
    assert "Vrijwel alle bibliotheken" in html_of(report)


def test_wave_without_figures_is_not_published() -> None:
    small_wave()
    report = publication()
    with pytest.raises(PublicationRefused):
        publication_publish(publication=report)
    assert publication_check(publication=report) == []


def test_published_chapter_cannot_vanish(report: Publication) -> None:
    publication_publish(publication=report)
    Chapter.objects.update(slug="anders")
    with pytest.raises(PublicationRefused, match="een"):
        publication_publish(publication=report)


def test_only_what_publishes_itself_follows_an_aggregation(report: Publication) -> None:
    assert publish_after_aggregation(WAVE) == []
    Publication.objects.update(publishes_itself=True)
    [release] = publish_after_aggregation(WAVE)
    assert publish_after_aggregation(WAVE) == [release]
    assert publish_after_aggregation(WaveKey("test", "2023-2024")) == []
    assert Release.objects.count() == 1


def test_publishing_by_itself_leaves_a_faulty_publication_alone(report: Publication) -> None:
    Publication.objects.update(publishes_itself=True)
    Chapter.objects.update(markdown="[[nergens]]")
    assert publish_after_aggregation(WAVE) == []
    assert not Release.objects.exists()


def test_publish_command(report: Publication, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("publish", "test", "2024-2025", note="Met de hand")
    assert capsys.readouterr().out == "proef-2024-2025: v1\n"
    with pytest.raises(CommandError):
        call_command("publish", "test", "1999-2000")
    Chapter.objects.update(markdown="Zie [[nergens]].")
    with pytest.raises(CommandError, match="regel 1, kolom 5"):
        call_command("publish", "test", "2024-2025")


def test_number_of_queries_does_not_grow_with_chapters() -> None:
    small_wave()
    store(counted())
    report = publication(CHAPTER)
    with CaptureQueriesContext(
        connection,
    ) as one:
        publication_publish(publication=report)
    for position, slug in enumerate(("twee", "drie", "vier", "vijf"), start=2):
        Chapter.objects.create(publication=report, slug=slug, title=slug, position=position, markdown=CHAPTER)
    with CaptureQueriesContext(connection) as five:
        publication_publish(publication=report)
    assert len(five) <= len(one) + 1  # the paths of the release before


# --- Texts from a folder

YAML = """survey: test
school_year: 2024-2025
title: Rapport [[meting]]
lead: |
  Over [[meting]].
  Met [[partners als top 2]].
key_figures:
- value: '[[partners.poi]]'
  label: noemt de POI
selections:
  partners: bibliotheken met scholen
chapters:
- slug: netwerk
  title: Netwerk
  file: netwerk.md
- slug: samenwerking
  title: Samenwerking
  tables: samenwerking
  intro: Alles over samenwerking.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "publication.yaml").write_text(YAML, encoding="utf-8")
    (tmp_path / "netwerk.md").write_text(CHAPTER, encoding="utf-8")
    return tmp_path


def test_loading_twice_changes_nothing_the_second_time(folder: Path) -> None:
    small_wave()
    publication, is_changed = publication_load(directory=folder)
    assert is_changed
    assert publication.title == "Rapport 2024-2025"
    assert publication.slug.endswith("-2024-2025")
    assert list(publication.chapters.values_list("slug", "position")) == [("netwerk", 1), ("samenwerking", 2)]
    assert publication_load(directory=folder) == (publication, False)


def test_loading_a_changed_text_keeps_what_is_published(folder: Path) -> None:
    small_wave()
    store(counted())
    publication, _ = publication_load(directory=folder)
    publication_publish(publication=publication)
    (folder / "netwerk.md").write_text("Anders.", encoding="utf-8")
    assert publication_load(directory=folder)[1]
    assert "Vrijwel alle bibliotheken" in html_of(publication, "netwerk")
    publication_publish(publication=publication)
    assert "Anders." in html_of(publication, "netwerk")


@pytest.mark.parametrize(
    ("wrong", "right", "place"),
    [
        ("partners als top 2", "partnrs als top 2", "publication.yaml:6: \\w+ 5: Onbekende vraag"),
        ("'[[partners.poi]]'", "'[[partners.po]]'", "publication.yaml:8: \\w+ 1: "),
        ("  partners: bib", "  partner: bib", "publication.yaml:11: "),
        ("tables: samenwerking", "tables: samen", "publication.yaml:"),
        ("file: netwerk.md", "file: ../netwerk.md", "publication.yaml:15: "),
        ("file: netwerk.md", "file: nergens.md", "publication.yaml:15: "),
        ("slug: samenwerking", "slug: netwerk", "publication.yaml:13: "),
        ("title: Netwerk\n", "titel: Netwerk\n", "publication.yaml:13: "),
        ("title: Rapport [[meting]]", "title: [1, 2]", "publication.yaml:3: "),
        ("title: Rapport [[meting]]", "title: 2024-13-45", "publication.yaml:3: "),
        ("title: Rapport [[meting]]", "title: !!python/name:os.system x", "publication.yaml:3: "),
        ("title: Rapport [[meting]]", "title: \x07", "publication.yaml:3: hier klopt de YAML niet"),
        ("key_figures:", "kerncijfers:", "publication.yaml:8: "),
        ("chapters:", "chapters: {", r"publication.yaml:\d+: hier klopt de YAML niet"),
        ("school_year: 2024-2025", "school_year: 1999-2000", "publication.yaml:1: "),
    ],
)
def test_mistake_is_refused_with_its_place(folder: Path, wrong: str, right: str, place: str) -> None:
    small_wave()
    assert wrong in YAML
    (folder / "publication.yaml").write_text(YAML.replace(wrong, right), encoding="utf-8")
    with pytest.raises(FileRefused) as refused:
        publication_load(directory=folder)
    assert re.search(place, str(refused.value))
    assert not Publication.objects.exists()


def test_mistake_in_a_chapter_names_its_file(folder: Path) -> None:
    small_wave()
    (folder / "netwerk.md").write_text("Goed.\n\nFout: [[partners.geen]].\n", encoding="utf-8")
    with pytest.raises(CommandError, match=r"netwerk.md:3: \w+ 7: 'partners' heeft geen 'geen'"):
        call_command("load_publication", str(folder))


def test_a_chapter_that_is_no_text_is_refused(folder: Path) -> None:
    small_wave()
    (folder / "netwerk.md").write_bytes(b"Goed.\xff")
    with pytest.raises(CommandError, match=r"publication.yaml:15: Het bestand netwerk\.md is geen tekst in UTF-8"):
        call_command("load_publication", str(folder))


def test_published_chapter_cannot_be_loaded_away(folder: Path) -> None:
    small_wave()
    store(counted())
    publication, _ = publication_load(directory=folder)
    publication_publish(publication=publication)
    (folder / "publication.yaml").write_text(YAML.replace("slug: netwerk", "slug: partners"), encoding="utf-8")
    with pytest.raises(FileRefused, match="netwerk"):
        publication_load(directory=folder)


@pytest.mark.parametrize("name", ["po-2021-2022", "vo-2022-2023"])
def test_real_publication_names_what_its_questionnaire_has(name: str) -> None:
    path = ROOT / "surveys" / "definitions" / f"{name}.yaml"
    questionnaire, *_ = questionnaire_load(text=path.read_text(encoding="utf-8"), file=path.name)
    open_wave(questionnaire)
    publication, _ = publication_load(directory=DEFINITIONS / name)
    assert publication.slug in ("primair-onderwijs-2021-2022", "voortgezet-onderwijs-2022-2023")
    assert publication.chapters.count() >= 10


def test_same_texts_serve_another_wave() -> None:
    path = ROOT / "surveys" / "definitions" / "po-2021-2022.yaml"
    text = path.read_text(encoding="utf-8").replace("school_year: 2021-2022\n", "school_year: 2026-2027\n", 1)
    questionnaire, *_ = questionnaire_load(text=text, file="po-2026-2027.yaml")
    open_wave(questionnaire)
    publication, _ = publication_load(
        directory=DEFINITIONS / "po-2021-2022", school_year="2026-2027", publishes_itself=True
    )
    assert publication.slug == "primair-onderwijs-2026-2027"
    assert publication.title == "Samenwerking met het primair onderwijs 2026-2027"
    assert publication.publishes_itself
    assert "2021-2022" not in publication.lead + publication.about
    assert not any("2021" in chapter.markdown for chapter in publication.chapters.all())
