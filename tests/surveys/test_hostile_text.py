"""Whatever people type comes back as they typed it, or is refused with a clear word; and it never runs.

Each text goes in at every door (pages, autosave, workbook, CSV) and is looked for at every place where it comes out.
"""

import csv
import io
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from surveys import models, paper
from surveys.cells import MAX_TEXT
from surveys.instrument import Given
from surveys.models import FrameEntry, Library, User
from surveys.services import rosters
from surveys.services.exchange import wave_export, wave_import
from surveys.services.notices import receipt_notice_write
from surveys.services.questionnaires import questionnaire_load
from surveys.tasks import send_due_notices
from tests.factories import SchoolFactory, answer, entry_of, log_in_just_now, open_wave, sheet, submit

DEFINITION = """
survey: test
school_year: 2024-2025
version: '1.0'
title: Teksten
intro: Een vraag van elke soort waarop met tekst wordt geantwoord.
school_kinds: [bo]
sections:
- code: een
  title: Een
  questions:
  - {code: story, level: library, type: text, text: 'Vertel het.', label: verhaal}
  - code: partner
    level: library
    type: single
    text: Welke partner?
    label: partner
    options:
    - {code: poi, text: POI, label: de POI}
    - {code: other, text: 'Anders, namelijk', label: een andere, has_text: true}
  - {code: hours, level: library, type: decimal, text: 'Hoeveel uren?', label: uren}
- code: twee
  title: Twee
  questions:
  - code: approach
    level: school
    type: single
    text: Welke aanpak?
    label: aanpak
    column: Aanpak
    options:
    - {code: dbos, text: De Bibliotheek op school, label: dbos}
    - {code: other, text: 'Anders, namelijk', label: anders, has_text: true}
checks:
- {code: hours_high, severity: soft, question: hours, maximum: 10, message: 'Klopt dit?'}
"""
SCHOOL = "01AA00"

# What must come back as it was.
TEXTS = {
    "emoji": "boeken 📚 en 👩‍👩‍👧‍👦 en 🏴󠁧󠁢󠁷󠁬󠁳󠁿",
    "right to left": "مرحبا \u202eomgekeerd\u202c שלום \u200f!",
    "combining": "Z\u0351\u036ba\u0334\u030al\u0348go e\u0301 is niet é",
    "script": "<script>alert(1)</script>",
    "attribute": "\"><img src=x onerror=\"alert(1)\"> ' onfocus='alert(1)' autofocus",
    "end of an element": "</textarea></title></style><!-- ]]> <svg/onload=alert(1)>",
    "entities": "&lt;b&gt; &amp;amp; &#x27; &nbsp",
    "template": "{{ 7*7 }} {% now 'Y' %} ${7*7} <%= 7*7 %> %(name)s %s {0}",
    "equals": "=1+1",
    "plus": "+31 6 12345678",
    "minus": "-2+3",
    "at": "@SUM(A1:A9)",
    "command": "=cmd|' /C calc'!A0",
    "hyperlink": '=HYPERLINK("http://127.0.0.1/?x="&A1,"klik")',
    "apostrophe": "'=1+1",
    "full-width": "＝1+1",  # noqa: RUF001 - this very character
    "null": "NULL",
    "separators": "a;b,c\td|e\"f'g\\h",
    "sql": "'; DROP TABLE surveys_answer; --",
    "address": "javascript:alert(1) file:///etc/passwd",
    "without spaces": "x" * 3_000,
}
LONGEST = {"longest": "lang 📚 " * (MAX_TEXT // 7)}
LINES = {"lines": "een\ntwee\n\n  vier"}
# What is refused, with a word that the message holds.
REFUSED = {"NUL": ("een\0twee", "teken"), "too long": ("x" * (MAX_TEXT + 1), "10.000")}


@pytest.fixture
def entry(library_a: Library) -> FrameEntry:
    SchoolFactory(code=SCHOOL, library=library_a, name="De Springplank")
    return entry_of(open_wave(questionnaire_load(text=DEFINITION, file="t.yaml")[0], libraries=[library_a]), library_a)


@pytest.fixture
def page(client: Client, anna: User) -> Client:
    client.raise_request_exception = False  # a refusal must be one, not an error of ours
    return log_in_just_now(client, anna)


def url(name: str, entry: FrameEntry, *more: object) -> str:
    return reverse(f"surveys:{name}", args=[entry.pk, *more])


class Reader(HTMLParser):
    """What a page says and what in it could run."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.runs: list[str] = []
        self.is_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.words += given.values()
        self.runs += [f"{tag} {name}" for name in given if name.startswith("on")]
        places = [given.get(name, "").strip() for name in ("href", "src", "action", "formaction")]
        self.runs += [f"{tag} {place}" for place in places if place.startswith(("javascript:", "file:", "data:"))]
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.runs.append("script")
        if tag in ("img", "svg") and {"onerror", "onload", "src"} & {*given} and given.get("src") == "x":
            self.runs.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def assert_says(html: str, text: str) -> None:
    """The page says the text as it was typed, and nothing of it has become part of the page."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert not reader.runs
    said = "\n".join(reader.words)
    for line in text.splitlines():
        assert line.strip() in said


# --- Answers ----------------------------------------------------------------------------------------------------------


def form_of(text: str) -> dict[str, str]:
    """The first section with this text wherever it takes one."""
    given = {"partner": "other", "partner.other_text": " ".join(text.split("\n")), "hours": "40"}
    given["story"] = text.replace("\n", "\r\n")  # as browsers send it
    return {"seen": "story:0,partner:0,hours:0", **given}


def roster_form(text: str) -> dict[str, str]:
    name = f"r.{SCHOOL}.approach"
    return {f"r.{SCHOOL}": "approach:0", name: "other", f"{name}.other_text": " ".join(text.split("\n"))}


@pytest.mark.parametrize("name", [*TEXTS, *LINES, *LONGEST])
@pytest.mark.parametrize("door", ["response-section", "answer-save"])
def test_answer_comes_back_as_typed_on_every_page_and_in_every_file(
    page: Client,
    entry: FrameEntry,
    anna: User,
    staff: User,
    name: str,
    door: str,
    settings: Any,
    monkeypatch: Any,
    tmp_path: Path,
) -> None:
    text = (TEXTS | LINES | LONGEST)[name].strip()
    line = " ".join(text.split("\n"))
    stored = 302 if door == "response-section" else 200
    assert page.post(url(door, entry, "een"), form_of(text)).status_code == stored
    assert page.post(url(door, entry, "twee"), roster_form(text)).status_code == stored
    explanation = text[:2000].strip()
    page.post(url("response-explain", entry), {"explain.hours_high.": explanation.replace("\n", "\r\n")})
    now = sheet(entry)
    assert now.given("story") == Given(text)
    assert now.given("partner") == Given("other", other_text=line)
    assert now.given("approach", SCHOOL) == Given("other", other_text=line)
    assert dict(now.explanations) == {("hours_high", ""): explanation}

    papers: list[str] = []

    def draw(html: str) -> bytes:
        papers.append(html)
        return b"%PDF"

    monkeypatch.setattr(paper._PRINTER, "draw", draw)
    for address in ("response-read", "response-review", "team-history", "response-answers-pdf"):
        reply = page.get(url(address, entry))
        assert reply.status_code == 200, address
        if address == "response-read":
            assert_says(reply.text, text)
        if address == "response-review":
            assert_says(reply.text, explanation)
        if address == "team-history":
            assert_says(reply.text, text[:40].splitlines()[0].strip())
    for section, wanted in (("een", text), ("twee", line)):
        assert_says(page.get(url("response-section", entry, section)).text, wanted)

    submission = submit(entry, by=anna)
    assert_says(page.get(url("response-receipt", entry)).text, text)
    assert page.get(url("response-receipt-pdf", entry, 1)).status_code == 200
    for html in papers:
        assert_says(html, text)
        assert_says(html, explanation)
    settings.STAFF_SECOND_FACTOR = False
    page.force_login(staff)
    shown = page.get(reverse("admin:surveys_submission_change", args=[submission.pk]))
    assert shown.status_code == 200
    assert_says(shown.text, text)

    # Out as files, in which no cell is a formula, and in again as it was.
    exported = {path.name: path for path in wave_export(wave=entry.wave, folder=tmp_path)}
    for path in exported.values():
        with path.open(encoding="utf-8", newline="") as file:
            cells = [cell for record in csv.reader(file) for cell in record]
        assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r＝")]  # noqa: RUF001
    before = models.Submission.objects.get().content_hash
    wave_import(wave=entry.wave, responses=exported["responses.csv"], schools=exported["schools.csv"])
    again = sheet(entry)
    assert (again.given("story"), again.given("partner")) == (now.given("story"), now.given("partner"))
    assert again.given("approach", SCHOOL) == now.given("approach", SCHOOL)
    assert models.Submission.objects.get(is_latest=True).content_hash == before


@pytest.mark.parametrize("name", ["script", "attribute", "right to left", "end of an element"])
def test_conflict_shows_both_texts_as_text(page: Client, entry: FrameEntry, emma: User, name: str) -> None:
    theirs = TEXTS[name]
    answer(entry, by=emma, story=theirs)
    reply = page.post(url("answer-save", entry, "een"), {"seen": "story:0", "story": f"mijn {theirs}"})
    [conflict] = reply.json()["conflicts"]
    assert_says(conflict["html"], theirs)
    assert_says(conflict["html"], f"mijn {theirs}")
    html = page.post(url("response-section", entry, "een"), {"seen": "story:0", "story": f"mijn {theirs}"})
    assert html.status_code == 422
    assert_says(html.text, theirs)
    assert_says(html.text, f"mijn {theirs}")


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("field", ["story", "partner.other_text", "approach"])
def test_answer_that_cannot_be_stored_is_refused_and_says_why(
    page: Client, entry: FrameEntry, name: str, field: str
) -> None:
    text, word = REFUSED[name]
    section, form = ("twee", roster_form(text)) if field == "approach" else ("een", form_of("goed") | {field: text})
    reply = page.post(url("response-section", entry, section), form)
    assert reply.status_code == 422
    assert word in reply.text
    reply = page.post(url("answer-save", entry, section), form)
    assert reply.status_code == 200
    [message] = reply.json()["errors"].values()
    assert word in message
    code = field.partition(".")[0]
    assert not models.Answer.objects.filter(question__code=code).exists()


@pytest.mark.parametrize("name", REFUSED)
def test_explanation_that_cannot_be_stored_is_refused(page: Client, entry: FrameEntry, name: str) -> None:
    answer(entry, hours="40")
    reply = page.post(url("response-explain", entry), {"explain.hours_high.": REFUSED[name][0]}, follow=True)
    assert reply.status_code == 200
    assert not models.Explanation.objects.exists()


def test_only_spaces_is_no_answer(page: Client, entry: FrameEntry) -> None:
    page.post(url("response-section", entry, "een"), {"seen": "story:0", "story": " \t\r\n\u2003 "})
    assert not models.Answer.objects.exists()


@pytest.mark.parametrize("door", ["response-section", "answer-save"])
def test_broken_bytes_are_no_error_of_ours(page: Client, entry: FrameEntry, door: str) -> None:
    """A lone surrogate and other bytes that are no UTF-8: browsers send none, so it is enough that nothing breaks."""
    body = b"seen=story%3A0&story=een%ED%A0%80twee%FF"
    reply = page.post(url(door, entry, "een"), body, content_type="application/x-www-form-urlencoded")
    assert reply.status_code in (200, 302)
    assert sheet(entry).given("story") == Given("een\ufffd\ufffd\ufffdtwee\ufffd")


# --- The workbook -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*TEXTS])
def test_workbook_gives_texts_back_as_text(page: Client, entry: FrameEntry, name: str) -> None:
    text = TEXTS[name]
    answer(entry, schools={SCHOOL: {"approach": Given("other", other_text=text)}})
    content = rosters.roster_write(sheet=sheet(entry))
    book = load_workbook(io.BytesIO(content))
    cells = [cell for line in book["Schoollocaties"].iter_rows() for cell in line]
    held = [cell for cell in cells if cell.value == text]
    assert [cell.data_type for cell in held] == ["s"], "text, not a formula"
    assert not rosters.roster_read(sheet=sheet(entry), content=content).all_changes
    held[0].value = f"{text} en meer"
    held[0].data_type = "s"
    changed = io.BytesIO()
    book.save(changed)
    proposal = rosters.roster_read(sheet=sheet(entry), content=changed.getvalue())
    assert [change.edit.given for change in proposal.all_changes] == [Given("other", other_text=f"{text} en meer")]


# --- Everything else that people write --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["emoji", "script", "attribute", "right to left", "template", "equals"])
def test_note_name_and_reason_come_back_as_text(page: Client, entry: FrameEntry, emma: User, name: str) -> None:
    text = " ".join(TEXTS[name].split())
    membership = emma.memberships.get()
    page.post(url("team-assign", entry, "een"), {"colleague": membership.pk, "note": text})
    assert models.SectionAssignment.objects.get().note == text
    page.post(url("team-invite", entry), {"name": text, "email": "nieuw@example.nl", "role": "editor"})
    assert models.Invitation.objects.get().name == text
    row = entry.schools.get()
    page.post(url("schools-leave", entry, row.pk), {"status": "moved", "reason": text})
    assert models.SchoolReport.objects.get().reason == text
    for address in ("team-overview", "schools-overview"):
        assert_says(page.get(url(address, entry)).text, text)
    send_due_notices()
    assert mail.outbox
    for message in mail.outbox:
        assert "\n" not in message.subject
        assert message.message().get_content_type() == "text/plain", "in which nothing runs"
        assert message.message()["Subject"]
    assert any(text in " ".join(message.body.split()) for message in mail.outbox)


@pytest.mark.parametrize("bad", ["een\0twee", "x" * 100_000])
def test_note_name_and_reason_that_cannot_be_stored_are_refused(
    page: Client, entry: FrameEntry, emma: User, bad: str
) -> None:
    membership, row = emma.memberships.get(), entry.schools.get()
    replies = [
        page.post(url("team-assign", entry, "een"), {"colleague": membership.pk, "note": bad}),
        page.post(url("team-invite", entry), {"name": bad, "email": "nieuw@example.nl", "role": "editor"}),
        page.post(url("schools-leave", entry, row.pk), {"status": "moved", "reason": bad}),
    ]
    assert [reply.status_code for reply in replies] == [422, 422, 422]
    stored: list[Any] = [models.SectionAssignment, models.Invitation, models.SchoolReport]
    assert not any(kind.objects.exists() for kind in stored)


def test_name_of_a_person_or_library_breaks_no_mail_header(entry: FrameEntry, anna: User) -> None:
    entry.library.name = "Bieb <b>\u202eX\u202c =1+1 📚"
    entry.library.save()
    anna.name = "Anna\u2028Bcc: iemand@example.nl"
    anna.save()
    answer(entry, by=anna, story="x")
    notice = receipt_notice_write(submission=submit(entry_of(entry.wave, entry.library), by=anna), entry=entry)
    assert notice is not None
    send_due_notices()
    assert mail.outbox
    for message in mail.outbox:
        assert message.message()["Bcc"] is None
        assert len(message.recipients()) == 1
