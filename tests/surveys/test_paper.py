"""Paper: the blank questionnaire, the answers as they stand, the receipt; and that the three cannot drift apart."""

import io
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import weasyprint
from allauth.mfa.models import Authenticator
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from pypdf import PdfReader

import surveys
from surveys import models, paper, printing
from surveys.instrument import Given, Instrument, State
from surveys.models import FrameEntry, Library, User
from surveys.printing import STATIC, fetcher
from surveys.services.notices import receipt_notice_write
from surveys.services.questionnaires import questionnaire_load
from surveys.services.reopening import response_reopen
from surveys.views.paper import letter_of
from tests.factories import (
    SchoolFactory,
    answer,
    close,
    entry_of,
    explain,
    open_wave,
    questionnaire,
    sheet,
    submit,
)

DEFINITIONS = Path(surveys.__file__).parent / "definitions"
HOSTILE = (
    "<script>alert(1)</script> =1+1 \u202eom\u202c مرحبا 📚 {{ x }} file:///etc/passwd <img src=http://127.0.0.1/x>"
)


@pytest.fixture
def entry(library_a: Library, library_b: Library) -> FrameEntry:
    SchoolFactory(code="01AA00", library=library_a, name="De Springplank", municipality="Aalwaard")
    SchoolFactory(code="01AA01", library=library_a, name="Het Kompas")
    SchoolFactory(code="02BB00", library=library_b, name="School van een ander")
    return entry_of(open_wave(questionnaire("small"), libraries=[library_a, library_b]), library_a)


@pytest.fixture
def html(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The HTML that goes into each PDF, in order."""
    seen: list[str] = []

    def keep(template: str, context: dict[str, Any]) -> str:
        seen.append(render_to_string(template, context))
        return seen[-1]

    monkeypatch.setattr(paper, "render_to_string", keep)
    return seen


def url(kind: str, entry: FrameEntry, *more: int) -> str:
    return reverse(f"surveys:response-{kind}-pdf", args=[entry.pk, *more])


def words(text: str) -> str:
    """Without white space: lines break elsewhere in a PDF. pypdf puts NULs between letters where emoji are about."""
    return re.sub(r"[\s\0]", "", text)


def pdf_text(content: bytes) -> str:
    return words("".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages))


def wording(instrument: Instrument) -> Iterator[str]:
    """All that the questionnaire says to who fills it in."""
    yield instrument.title
    for section in instrument.sections:
        yield from (section.title, section.help)
        for question in section.questions:
            yield from (question.text, question.help, question.unit)
            yield instrument.number_of[question.code]
            yield from (option.text for option in question.options)
            yield from (row.text for row in question.rows)
            yield from (option.text for option in instrument.numbered_options(question))


def loaded(name: str, library: Library) -> FrameEntry:
    path = DEFINITIONS / f"{name}.yaml"
    rows = questionnaire_load(text=path.read_text(), file=path.name)[0] if path.exists() else questionnaire(name)
    return entry_of(open_wave(rows, libraries=[library]), library)


# --- One source -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["small", "matrix", "number_per_option", "hierarchy", "po-2021-2022", "vo-2022-2023"])
def test_all_three_papers_hold_every_word_of_the_questionnaire(
    client: Client, library_a: Library, anna: User, html: list[str], name: str
) -> None:
    entry = loaded(name, library_a)
    submit(with_response(entry), by=anna)
    client.force_login(anna)
    for address in (url("blank", entry), url("answers", entry), url("receipt", entry, 1)):
        page = client.get(address)
        assert page.status_code == 200
        drawn, source = pdf_text(page.content), words(html[-1])
        for text in wording(sheet(entry).instrument):
            assert words(escape(text)) in source, (address, text)
            assert words(text) in drawn, (address, text)


def with_response(entry: FrameEntry) -> FrameEntry:
    """The entry with a response in which nothing is answered."""
    models.Response.objects.get_or_create(entry=entry)
    return entry_of(entry.wave, entry.library)


def test_blank_paper_has_boxes_routing_and_the_own_school_list(
    client: Client, entry: FrameEntry, anna: User, html: list[str]
) -> None:
    client.force_login(anna)
    page = client.get(url("blank", entry))
    text = pdf_text(page.content)
    assert words("De Springplank, Aalwaard (01AA00)") in text
    assert words("School van een ander") not in text
    assert words("Alleen bij schoollocaties waar u bij vraag 1.1 “Ja” kiest.") in text
    assert words("Alleen als het aantal locaties waarmee wordt samengewerkt (zie vraag 1.1) ten minste 1 is.") in text
    assert words("U kunt meer dan één antwoord kiezen.") in text
    assert '<span class="box"></span>' in html[-1]
    assert "ticked" not in html[-1]
    assert "Niet beantwoord" not in html[-1]


def test_paper_with_answers_ticks_them_and_marks_what_is_open(
    client: Client, entry: FrameEntry, anna: User, html: list[str]
) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "yes"}, "01AA01": {"cooperation": "no"}})
    answer(entry, by=anna, has_targets="no", hours="12.5")
    answer(entry, by=anna, partners=Given(("poi", "other"), other_text="De molen"))
    client.force_login(anna)
    client.get(url("answers", entry))
    questions = {part.split("</span>")[0]: part for part in html[-1].split('<span class="number">')[1:]}
    assert questions["2.1"].count("ticked") == 4, "two boxes: the class of the line and of the box"
    assert "De molen" in questions["2.1"]
    assert questions["2.2"].count('"box ticked"') == 1
    assert "Niet van toepassing" in questions["2.3"]
    assert "12,5 uren per week" in questions["2.4"]
    assert "Niet beantwoord" in questions["2.5"]
    rows = {row.split(",")[0]: row for row in html[-1].split('<th scope="row">')[1:]}
    assert 'class="open"' in rows["De Springplank"]
    assert "<td></td>" in rows["Het Kompas"], "empty: not asked"
    assert "Leeg: niet gevraagd." in html[-1]


def test_schools_that_a_section_asks_nothing_about_are_left_out_there_and_counted(
    client: Client, library_a: Library, anna: User, html: list[str]
) -> None:
    for place in range(3):
        SchoolFactory(code=f"01AA0{place}", library=library_a)
    entry = loaded("po-2021-2022", library_a)
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "structural"}, "01AA01": {"cooperation": "none"}})
    answer(entry, by=anna, schools={"01AA02": {"cooperation": "none"}})
    client.force_login(anna)
    client.get(url("answers", entry))
    first, second = html[-1].split('<table class="roster">')[1:]
    assert [code in first for code in ("01AA00", "01AA01", "01AA02")] == [True, True, True]
    assert [code in second for code in ("01AA00", "01AA01", "01AA02")] == [True, False, False]
    assert "Weggelaten: 2 locaties waarover hier niets wordt gevraagd." in second
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "none"}})
    client.get(url("answers", entry))
    assert html[-1].count('<table class="roster">') == 1
    assert "Door uw antwoorden wordt hier over geen enkele schoollocatie iets gevraagd." in html[-1]
    client.get(url("blank", entry))
    assert html[-1].split('<table class="roster">')[2].count("(01AA0") == 3, "on the blank paper nothing is known yet"


def test_paper_marks_a_matrix_that_is_half_filled_in(
    client: Client, library_a: Library, anna: User, html: list[str]
) -> None:
    entry = loaded("matrix", library_a)
    answer(entry, by=anna, attention={"media_literacy": "some"})
    client.force_login(anna)
    client.get(url("answers", entry))
    assert "Niet volledig beantwoord" in html[-1]


# --- The receipt ------------------------------------------------------------------------------------------------------


def test_paper_says_which_number_is_unknown(client: Client, library_a: Library, anna: User, html: list[str]) -> None:
    entry = loaded("number_per_option", library_a)
    answer(entry, by=anna, municipalities={"structural": "3", "incidental": State.UNKNOWN})
    client.force_login(anna)
    client.get(url("answers", entry))
    assert words(html[0]).count("onbekend") == 1
    client.get(url("blank", entry))
    assert "Schrijfdan\u2018onbekend\u2019" in words(html[1])


def test_receipt_is_of_the_snapshot_and_stays_at_its_address(
    client: Client, entry: FrameEntry, anna: User, staff: User
) -> None:
    answer(entry, by=anna, has_targets="yes", target_topics="Het eerste antwoord")
    first = submit(entry, by=anna)
    response_reopen(response=first.response, by=staff, reason="verbetering")
    answer(entry, by=anna, target_topics="Het tweede antwoord")
    close(submit(entry_of(entry.wave, entry.library), by=anna).response.entry.wave)
    client.force_login(anna)
    texts = [pdf_text(client.get(url("receipt", entry, number)).content) for number in (1, 2)]
    assert words("Het eerste antwoord") in texts[0]
    assert words("Het tweede antwoord") not in texts[0]
    assert words("Het tweede antwoord") in texts[1]
    assert first.content_hash in texts[0]
    assert words("Ingediend door Anna") in texts[0]
    assert client.get(url("receipt", entry, 3)).status_code == 404


def test_receipt_keeps_a_school_that_has_left_the_roster(client: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "no"}})
    submit(entry, by=anna)
    models.Answer.objects.all().delete()
    models.FrameSchool.objects.filter(code="01AA00").delete()
    client.force_login(anna)
    text = pdf_text(client.get(url("receipt", entry, 1)).content)
    assert "01AA00" in text
    assert text.index("HetKompas") < text.index("01AA00")


def test_receipt_says_what_was_explained(client: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, has_targets="no", hours="900")
    fresh = entry_of(entry.wave, entry.library)
    models.Explanation.objects.create(
        response=fresh.response,
        check_code="hours_unusual",
        text="Eenmalig project",
        written_by=anna,
        written_at="2026-01-01T00:00Z",
    )
    submit(entry, by=anna)
    client.force_login(anna)
    for address in (url("answers", entry), url("receipt", entry, 1)):
        assert words("Toelichting: Eenmalig project") in pdf_text(client.get(address).content)


def test_answers_leave_out_an_explanation_that_is_no_longer_needed(
    client: Client, entry: FrameEntry, anna: User, html: list[str]
) -> None:
    answer(entry, by=anna, hours="900")
    explain(entry, by=anna, hours_unusual="Eenmalig project")
    client.force_login(anna)
    client.get(url("answers", entry))
    answer(entry, by=anna, hours="9")
    client.get(url("answers", entry))
    assert ["Eenmalig project" in page for page in html] == [True, False]


def test_mail_after_submitting_links_to_the_receipt_and_holds_no_answers(entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, has_targets="yes", target_topics="Geheim")
    submission = submit(entry, by=anna)
    models.Notice.objects.all().delete()
    notice = receipt_notice_write(submission=submission, entry=submission.response.entry)
    assert notice is not None
    assert models.Notice.objects.get() == notice
    assert notice.recipient == anna.email
    assert f"https://testserver{url('receipt', entry, 1)}" in notice.body
    assert submission.content_hash in notice.body
    assert "Geheim" not in notice.subject + notice.body
    assert EmailMessage(notice.subject, notice.body, to=[notice.recipient]).message()["Subject"]


def test_nobody_is_mailed_about_an_imported_submission(entry: FrameEntry, anna: User) -> None:
    submission = submit(with_response(entry), by=anna)
    models.Notice.objects.all().delete()
    submission.submitted_by = None
    assert receipt_notice_write(submission=submission, entry=submission.response.entry) is None
    assert not models.Notice.objects.exists()


# --- The file ---------------------------------------------------------------------------------------------------------


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


def test_machine_without_the_libraries_says_what_is_missing(
    client: Client, entry: FrameEntry, anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(paper.LIBRARIES, "libnowhere.so.9", "libnowhere9")
    client.force_login(anna)
    page = client.get(url("blank", entry))
    assert page.status_code == 503
    assert "libnowhere9" in page.text
    assert "libpango" not in page.text


def test_drawing_goes_on_after_its_process_was_killed_or_could_not_draw(
    client: Client, entry: FrameEntry, anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    printer = paper.Printer()
    monkeypatch.setattr(paper, "_PRINTER", printer)
    client.force_login(anna)
    assert client.get(url("blank", entry)).status_code == 200
    first = printer.process
    assert first is not None
    assert client.get(url("blank", entry)).status_code == 200
    assert printer.process is first, "one process draws them all"
    first.kill()
    first.wait()
    assert client.get(url("blank", entry)).status_code == 200
    monkeypatch.setattr(paper, "LONGEST_SECONDS", 0)
    page = client.get(url("blank", entry))
    assert page.status_code == 503
    assert "Probeer het over een paar minuten opnieuw." in page.text
    monkeypatch.setattr(paper, "LONGEST_SECONDS", 60)
    assert client.get(url("blank", entry)).status_code == 200
    printer.stop()


def test_printing_process_draws_html_after_html_and_goes_on_after_what_it_cannot_draw(tmp_path: Path) -> None:
    asked, answered = tmp_path / "in", tmp_path / "out"
    with asked.open("wb") as stream:
        for content in (b"<p>een", b"\xff", b"<p>twee"):
            printing.send(stream, content)
    command = [sys.executable, "-m", "surveys.printing", *(f"{name}={path}" for name, path in paper.files().items())]
    with asked.open("rb") as html, answered.open("wb") as pdfs:
        made = subprocess.run(  # noqa: S603 - our own program
            command,
            stdin=html,
            stdout=pdfs,
            stderr=subprocess.PIPE,
            cwd=DEFINITIONS.parent.parent,
            check=True,
        )
    with answered.open("rb") as stream:
        replies = [printing.receive(stream) for _ in range(4)]
    assert [pdf_text(reply) if reply else reply for reply in replies] == ["een", printing.FAILED, "twee", None]
    assert b"UnicodeDecodeError" in made.stderr


def test_letters_go_on_after_z() -> None:
    assert [letter_of(place) for place in (0, 25, 26, 27, 52)] == ["A", "Z", "AA", "AB", "BA"]


# --- Who may see it ---------------------------------------------------------------------------------------------------


def test_outsiders_get_404_and_who_reads_along_sees_all_of_the_own_library(
    client: Client, entry: FrameEntry, anna: User, carla: User, bram: User, settings: Any
) -> None:
    settings.STAFF_SECOND_FACTOR = False
    submit(with_response(entry), by=anna)
    own = [url("blank", entry), url("answers", entry), url("receipt", entry, 1)]
    followed = reverse("surveys:follow-answers-pdf", args=[entry.pk])
    client.force_login(carla)
    assert [client.get(address).status_code for address in [*own, followed]] == [404] * 4
    client.force_login(bram)
    assert [client.get(address).status_code for address in [*own, followed]] == [200, 200, 200, 404]


def test_adviser_needs_a_second_step(client: Client, entry: FrameEntry, dirk: User, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True
    followed = reverse("surveys:follow-answers-pdf", args=[entry.pk])
    client.force_login(dirk)
    assert client.get(followed)["Location"] == "/account/2fa/"
    Authenticator.objects.create(user=dirk, type=Authenticator.Type.TOTP, data={})
    assert client.get(followed)["Content-Type"] == "application/pdf"
    assert client.get(url("blank", entry)).status_code == 404


def test_waiting_for_others_who_draw_comes_to_an_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(paper, "LONGEST_SECONDS", 0.2)
    printer = paper.Printer()
    with printer.turn:  # somebody else draws, and goes on for long
        assert printer.draw("<p>een</p>") is None
