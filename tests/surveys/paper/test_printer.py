"""The process that draws: what is missing is said, and it goes on after a failure."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from surveys import paper, printing
from surveys.models import FrameEntry, User
from tests.surveys.paper.reading import DEFINITIONS, pdf_text, url


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


def test_waiting_for_others_who_draw_comes_to_an_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(paper, "LONGEST_SECONDS", 0.2)
    printer = paper.Printer()
    with printer.turn:  # somebody else draws, and goes on for long
        assert printer.draw("<p>een</p>") is None


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
