"""The PDF itself: tagged, in Dutch, with nothing in it but our style, our font and plain text."""

import io
from typing import Any

import pytest
import weasyprint
from django.test import Client
from django.utils.html import escape
from pypdf import PdfReader

from surveys import paper
from surveys.models import FrameEntry, Library, User, Wave
from surveys.printing import STATIC, fetcher
from tests.factories import SchoolFactory, answer, entry_of, open_wave, questionnaire, submit
from tests.surveys.paper.reading import pdf_text, url, words

HOSTILE = (
    "<script>alert(1)</script> =1+1 \u202eom\u202c مرحبا 📚 {{ x }} file:///etc/passwd <img src=http://127.0.0.1/x>"
)


def test_file_is_named_after_the_wave_also_when_its_questionnaire_is_of_an_earlier_year(
    client: Client, entry: FrameEntry, anna: User
) -> None:
    Wave.objects.filter(pk=entry.wave_id).update(school_year="2026-2027")
    client.force_login(anna)
    named = 'attachment; filename="antwoorden-bibliotheek-aalwaard-test-2026-2027.pdf"'
    assert client.get(url("answers", entry))["Content-Disposition"] == named


def test_file_is_tagged_dutch_titled_bookmarked_and_private(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    page = client.get(url("blank", entry))
    assert page["Content-Type"] == "application/pdf"
    assert page["Cache-Control"] == "private, no-store"
    named = 'attachment; filename="vragenlijst-bibliotheek-aalwaard-test-2024-2025.pdf"'
    assert page["Content-Disposition"] == named
    reader = PdfReader(io.BytesIO(page.content))
    catalogue = reader.trailer["/Root"]
    assert catalogue["/Lang"] == "nl"  # type: ignore[index]
    assert catalogue["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert reader.metadata is not None
    assert reader.metadata.title == "Blanco vragenlijst: Kleine vragenlijst 2024-2025, Bibliotheek Aalwaard"
    assert [mark.title for mark in reader.outline] == ["1. Samenwerking", "2. Beleid en middelen"]  # type: ignore[union-attr]
    assert reader.xmp_metadata is not None
    assert b'pdfuaid:part="1"' in reader.xmp_metadata.stream.get_data()
    last = reader.pages[-1].extract_text()
    assert f"{len(reader.pages)} / {len(reader.pages)}" in last
    assert "Bibliotheek Aalwaard" in last, "the running head"


def test_hostile_text_is_plain_text(client: Client, library_a: Library, anna: User, html: list[str]) -> None:
    library_a.name = f"Bieb {HOSTILE}"[:150]
    library_a.save()
    SchoolFactory(code="01AA00", library=library_a, name=HOSTILE)
    entry = entry_of(open_wave(questionnaire("small"), libraries=[library_a]), library_a)
    answer(entry, by=anna, has_targets="yes", target_topics=HOSTILE + "x" * 5000 + " 📚" * 2000)
    submit(entry, by=anna)
    client.force_login(anna)
    for address in (url("answers", entry), url("receipt", entry, 1)):
        page = client.get(address)
        assert page.status_code == 200
        text = pdf_text(page.content)
        assert words("<script>alert(1)</script> =1+1") in text
        assert "x" * 1000 in text
        assert "<script" not in html[-1]
        assert "<img" not in html[-1]
        assert escape(HOSTILE) in html[-1]
        reader = PdfReader(io.BytesIO(page.content))
        assert "JavaScript" not in str(reader.trailer["/Root"])
        assert not any("/Annots" in drawn for drawn in reader.pages), "no link anywhere"


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:5432/",
        "http://static.invalid.example.nl/css/paper.css",
        "https://static.invalid/css/paper.css",
        "file:///etc/passwd",
        "data:text/css,body{}",
        "ftp://example.nl/x",
        STATIC,
        STATIC + "../manage.py",
        STATIC + "css/theme.css",
        STATIC + "/etc/passwd",
        STATIC + "css/../../manage.py",
        STATIC + "css/%2e%2e/%2e%2e/manage.py",
    ],
)
def test_fetcher_gives_nothing_but_our_style_and_font(address: str) -> None:
    with pytest.raises(ValueError, match="only our own"):
        fetcher(paper.files()).fetch(address)


def test_fetcher_gives_the_style_sheet_and_document_asks_for_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    assert b"@page" in fetcher(paper.files()).fetch(STATIC + "css/paper.css").read()
    asked: list[str] = []
    own = fetcher(paper.files())
    real = own.fetch

    def fetch(url: str, headers: Any = None) -> Any:
        asked.append(url)
        return real(url, headers)

    monkeypatch.setattr(own, "fetch", fetch)
    bad = '<link rel="stylesheet" href="http://127.0.0.1:9/x.css"><img src="file:///etc/passwd" alt=""><p>tekst</p>'
    made = weasyprint.HTML(string=bad, base_url=STATIC, url_fetcher=own).write_pdf()
    assert pdf_text(made) == "tekst"
    assert len(asked) == 2, "both were asked of the fetcher, which refused"
