"""Hostile and wrong files are refused as a whole."""

import io
import zipfile
import zlib
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl.workbook import Workbook

from surveys import models
from surveys.models import FrameEntry, Library, User
from surveys.spreadsheet import opening
from surveys.spreadsheet.columns import MARKS
from surveys.spreadsheet.opening import WorkbookRefused
from surveys.spreadsheet.writing import write_roster
from tests.factories import entry_of, instrument
from tests.surveys.roster_file.workbook import SHEET, changed, download, filled, upload


def repacked(content: bytes, change: Callable[[str, bytes], bytes], **more: bytes) -> bytes:
    """The archive with its parts changed, and parts added."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, part in more.items():
            new.writestr(name, part)
    return target.getvalue()


def in_roster(change: Callable[[bytes], bytes]) -> Callable[[str, bytes], bytes]:
    return lambda name, part: change(part) if name == "xl/worksheets/sheet1.xml" else part


def lying(content: bytes) -> bytes:
    """The archive says of its roster that it is a thousand bytes, and has the checksum of just those."""
    bomb = repacked(content, in_roster(lambda part: part + b" " * 60 * 1024**2))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        first = archive.read("xl/worksheets/sheet1.xml")[:1000]
    place = bomb.rindex(b"PK\x01\x02", 0, bomb.rindex(b"xl/worksheets/sheet1.xml"))
    entry = bytearray(bomb[place : place + 28])
    entry[16:20], entry[24:28] = zlib.crc32(first).to_bytes(4, "little"), len(first).to_bytes(4, "little")
    return bomb[:place] + entry + bomb[place + 28 :]


ENTITY = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet '
CELLS = b"<c/>" * 600_000
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet '


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda good: b"", "geen Excel-bestand"),
        (lambda good: b"code,naam\n01AA00,School\n", "geen Excel-bestand"),
        (lambda good: b"\xd0\xcf\x11\xe0" + bytes(600), "oud Excel-bestand"),
        (lambda good: good[: len(good) // 2], "geen Excel-bestand"),
        (lambda good: repacked(good, lambda name, part: b"" if name == "xl/workbook.xml" else part), "beschadigd"),
        (lambda good: good + bytes(5 * 1024**2), "groter dan 5 MB"),
        (lambda good: repacked(good, in_roster(lambda part: part + b" " * 60 * 1024**2)), "veel groter"),
        (lambda good: repacked(good, in_roster(lambda part: part + b" " * 8 * 1024**2)), "veel groter"),
        (lambda good: repacked(good, in_roster(lambda part: part + CELLS)), "veel groter"),
        (lying, "beschadigd"),
        (lambda good: repacked(good, in_roster(lambda part: part.replace(b"<worksheet ", ENTITY))), "beschadigd"),
        (lambda good: repacked(good, in_roster(lambda part: part.replace(b"<worksheet ", LAUGHS))), "beschadigd"),
        (lambda good: repacked(good, in_roster(lambda part: part[:-40])), "beschadigd"),
        (lambda good: changed(good, lambda book: book.remove(book[MARKS])), "niet hier gedownload"),
        (lambda good: changed(good, lambda book: book.remove(book[SHEET])), "ontbreekt"),
        (lambda good: filled(good, A2="School"), "rij met de koppen"),
        (lambda good: filled(good, **{f"A{row}": "x" for row in range(5, 11_000)}), "meer dan 10.000 rijen"),
    ],
)  # fmt: skip
def test_file_that_is_not_ours_is_refused_as_a_whole(
    client: Client, entry: FrameEntry, anna: User, make: Callable[[bytes], bytes], told: str
) -> None:
    client.force_login(anna)
    page = upload(client, entry, make(filled(download(client, entry), E3="structureel")))
    assert page.status_code == 422
    assert told in page.context["refusal"]
    assert "Er is niets gewijzigd" in page.text
    assert models.Answer.objects.count() == 0


def test_guards_are_what_stops_a_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the limits the same file is read."""
    good = write_roster(instrument("roster"), "2024-2025", "Bibliotheek", 1, [])
    bomb = repacked(good, in_roster(lambda part: part + b" " * 8 * 1024**2))
    with pytest.raises(WorkbookRefused):
        opening.read_sheets(bomb, (SHEET,))
    monkeypatch.setattr(opening, "MAX_RATIO", 10_000)
    assert SHEET in opening.read_sheets(bomb, (SHEET,))


def test_reading_stops_when_the_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    good = write_roster(instrument("roster"), "2024-2025", "Bibliotheek", 1, [])
    monkeypatch.setattr(opening, "SECONDS", -1)
    with pytest.raises(WorkbookRefused, match="duurt te lang"):
        opening.read_sheets(good, (SHEET,))


def test_macros_and_links_to_elsewhere_are_left_packed(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    more = {"xl/vbaProject.bin": b"macro", "xl/externalLinks/externalLink1.xml": b"<not xml", "evil/../../x": b""}
    content = repacked(filled(download(client, entry), E3="structureel"), lambda name, part: part, **more)
    assert [row["cell"] for row in upload(client, entry, content).context["changes"]] == ["E3"]


def test_file_of_another_library_or_questionnaire_is_refused(
    client: Client, entry: FrameEntry, library_b: Library, anna: User, carla: User
) -> None:
    client.force_login(carla)
    theirs = download(client, entry_of(entry.wave, library_b))
    client.force_login(anna)
    page = upload(client, entry, theirs)
    assert "een andere bibliotheek" in page.context["refusal"]
    assert "Beekduin" not in page.text

    def mark(row: int, text: str) -> Callable[[Workbook], object]:
        return lambda book: book[MARKS].cell(row, 1, text)

    own = download(client, entry)
    assert "een andere vragenlijst" in upload(client, entry, changed(own, mark(2, "test-2019-2020"))).context["refusal"]
    assert "is gewijzigd" in upload(client, entry, changed(own, mark(3, "0.9"))).context["refusal"]


def test_no_file_asks_for_one(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    page = client.post(reverse("surveys:roster-file", args=[entry.pk]))
    assert page.status_code == 422
    assert "Kies eerst een bestand" in page.text
