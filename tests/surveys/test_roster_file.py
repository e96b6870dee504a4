"""The roster as a workbook: what is in it, what comes back out of it, and what is refused."""

import io
import re
import time
import zipfile
import zlib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from surveys import models
from surveys.definition import parse
from surveys.instrument import Given, Instrument, State
from surveys.models import FrameEntry, Library, User
from surveys.services import rosters
from surveys.services.questionnaires import questionnaire_load
from surveys.services.schools import school_leave
from surveys.spreadsheet import opening
from surveys.spreadsheet.columns import MARKS, as_file, columns
from surveys.spreadsheet.opening import WorkbookRefused
from surveys.spreadsheet.reading import RosterFile, read_roster
from surveys.spreadsheet.writing import CONTENT_TYPE, SchoolLine, write_roster
from tests.factories import SchoolFactory, answer, close, entry_of, open_wave, questionnaire, sheet, submit

SHEET = "Schoollocaties"
FIRST = 3  # the row of the first school

EVERY_KIND = """
survey: test
school_year: 2024-2025
version: '1.0'
title: Alle soorten
intro: Een vraag van elke soort.
school_kinds: [bo]
sections:
- code: een
  title: Een
  questions:
  - code: approach
    level: school
    type: single
    text: Welke aanpak volgt u
    label: aanpak
    column: Aanpak
    options:
    - {code: dbos, text: 'De, Bibliotheek', label: '=1+1'}
    - {code: other, text: 'Anders, namelijk', label: anders, has_text: true}
  - {code: pupils, level: school, type: integer, text: 'Hoeveel?', label: leerlingen, column: Aantal}
  - {code: share, level: school, type: percentage, text: 'Welk deel?', label: deel, column: Aantal}
"""


@pytest.fixture
def entry(library_a: Library, library_b: Library) -> FrameEntry:
    """Library A with two schools in an open wave, a question of three kinds about each."""
    SchoolFactory(code="01AA00", library=library_a, name="De Springplank", municipality="Aalst")
    SchoolFactory(code="01AA01", library=library_a, name="Het Kompas", municipality="Bree")
    SchoolFactory(code="02BB00", library=library_b)
    return entry_of(open_wave(questionnaire("roster"), libraries=[library_a, library_b]), library_a)


def download(client: Client, entry: FrameEntry) -> bytes:
    page = client.get(reverse("surveys:roster-download", args=[entry.pk]))
    assert page.status_code == 200
    assert page["Content-Type"] == CONTENT_TYPE
    return page.content


def upload(client: Client, entry: FrameEntry, content: bytes, name: str = "scholen.xlsx"):
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("surveys:roster-file", args=[entry.pk]), {"file": file})


def store(client: Client, entry: FrameEntry, preview, mine: tuple[str, ...] = ()):
    signed = preview.context["signed"]
    return client.post(reverse("surveys:roster-file-store", args=[entry.pk]), {"signed": signed, "mine": list(mine)})


def changed(content: bytes, change: Callable[[Workbook], object]) -> bytes:
    """The workbook as it is after somebody opened, changed and saved it."""
    book = load_workbook(io.BytesIO(content))
    change(book)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def filled(content: bytes, **cells: Any) -> bytes:
    def fill(book: Workbook) -> None:
        for name, value in cells.items():
            book[SHEET][name] = value

    return changed(content, fill)


def plain(text: str) -> str:
    """The text with straight quotation marks."""
    return re.sub("[\u2018\u2019]", "'", text)


def stored(code: str, school: str) -> object:
    found = models.Answer.objects.filter(question__code=code, school__code=school).first()
    return found.value if found else None


# --- The file -----------------------------------------------------------------------------------------------------


def test_file_has_locked_keys_a_column_per_question_and_the_answers(
    client: Client, entry: FrameEntry, anna: User
) -> None:
    answer(
        entry,
        by=anna,
        schools={"01AA00": {"cooperation": "structural", "topics": ["digital"], "books_per_pupil": "9.5"}},
    )
    client.force_login(anna)
    book = load_workbook(io.BytesIO(download(client, entry)))
    assert book.sheetnames == [SHEET, "Uitleg", MARKS]
    roster = book[SHEET]
    rows = [[cell.value for cell in row] for row in roster.iter_rows(min_row=2)]
    more = ["Onderwerpen: Leesbevordering", "Onderwerpen: Digitale geletterdheid", "Boeken per leerling"]
    assert rows == [
        [*["Code", "Naam", "Gemeente", "Soort school", "Samenwerking"], *more],
        ["01AA00", "De Springplank", "Aalst", "basisonderwijs", "Ja, structureel", None, "ja", 9.5],
        ["01AA01", "Het Kompas", "Bree", "basisonderwijs", None, None, None, None],
    ]
    assert roster["E1"].value == "1.1 Werkt u met deze schoollocatie samen?"
    assert (roster.protection.sheet, roster.protection.password) == (True, None)
    assert [roster.cell(FIRST, place).protection.locked for place in range(1, 9)] == [True] * 4 + [False] * 4
    assert roster.freeze_panes == "E3"
    assert book[MARKS].sheet_state == "veryHidden"


def test_choices_are_lists_and_cells_not_asked_are_grey(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    book = load_workbook(io.BytesIO(download(client, entry)))
    rules = {str(rule.sqref): rule for rule in book[SHEET].data_validations.dataValidation}
    area = re.fullmatch(r"'?Uitleg'?!(\$C\$\d+:\$C\$\d+)", rules["E3:E4"].formula1)
    assert area
    assert [cell[0].value for cell in book["Uitleg"][area[1].replace("$", "")]] == [
        "Ja, structureel",
        "Ja, zonder afspraken",
        "Nee",
    ]
    assert (rules["F3:F4"].type, rules["F3:F4"].formula1) == ("list", '"ja"')
    assert (rules["H3:H4"].type, rules["H3:H4"].operator) == ("decimal", "greaterThanOrEqual")
    grey, white = book[SHEET]["F3"].fill.fgColor.rgb, book[SHEET]["E3"].fill.fgColor.rgb
    assert (grey, white) == ("FFD0D0D0", "00000000")


# --- The round trip -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("resaved", [False, True])
def test_untouched_file_changes_nothing(client: Client, entry: FrameEntry, anna: User, resaved: bool) -> None:
    row = {"cooperation": "structural", "topics": ["reading", "digital"], "books_per_pupil": "9.4"}
    answer(entry, by=anna, schools={"01AA00": row, "01AA01": {"cooperation": State.UNKNOWN}})
    client.force_login(anna)
    content = download(client, entry)
    page = upload(client, entry, filled(content) if resaved else content)
    assert page.status_code == 200
    assert page.context["errors"] == page.context["changes"] == page.context["conflicts"] == []
    assert "Er is niets op te slaan" in page.text
    assert 'name="signed"' not in page.text


def test_changes_are_shown_before_they_are_stored(client: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "none"}})
    client.force_login(anna)
    content = filled(download(client, entry), E3="Structureel", F3="ja", H3=12.5, E4="zonder afspraken", G4="X")
    page = upload(client, entry, content)
    assert [(row["cell"], row["school"].name, row["before"], row["after"]) for row in page.context["changes"]] == [
        ("E3", "De Springplank", "Nee", "Ja, structureel"),
        ("F3", "De Springplank", "", "Leesbevordering"),
        ("H3", "De Springplank", "", "12,5 boeken"),
        ("E4", "Het Kompas", "", "Ja, zonder afspraken"),
        ("G4", "Het Kompas", "", "Digitale geletterdheid"),
    ]
    assert "5 wijzigingen opslaan" in page.text
    assert stored("cooperation", "01AA00") == "none"
    for _twice in range(2):
        assert store(client, entry, page).status_code == 302
    assert stored("cooperation", "01AA00") == "structural"
    assert stored("topics", "01AA01") == ["digital"]
    assert stored("books_per_pupil", "01AA00") == "12.5"
    change = models.AnswerChange.objects.get(version=2)
    assert (change.answer.question.code, change.changed_by) == ("cooperation", anna)
    assert models.AnswerChange.objects.count() == 6


def test_emptied_cell_takes_the_answer_away(client: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "none"}})
    client.force_login(anna)
    page = upload(client, entry, filled(download(client, entry), E3=None))
    assert [(row["before"], row["after"]) for row in page.context["changes"]] == [("Nee", "")]
    store(client, entry, page)
    assert stored("cooperation", "01AA00") is None
    assert models.Answer.objects.get().version == 2


def test_answer_to_a_question_that_is_not_asked_is_named_and_kept(
    client: Client, entry: FrameEntry, anna: User
) -> None:
    client.force_login(anna)
    page = upload(client, entry, filled(download(client, entry), E3="geen samenwerking", H3=7))
    assert [row["cell"] for row in page.context["changes"]] == ["E3"]
    assert [row["cell"] for row in page.context["not_asked"]] == ["H3"]
    store(client, entry, page)
    assert stored("books_per_pupil", "01AA00") == "7"
    assert not sheet(entry).route.holds("books_per_pupil", "01AA00")


def test_sorted_rows_and_moved_columns_are_found_again(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)

    def shuffle(book: Workbook) -> None:
        roster = book[SHEET]
        roster.delete_rows(1)
        roster.move_range("A3:H3", rows=5)  # the second school, some rows down
        roster["E8"] = "structureel"
        roster.move_range("H1:H8", cols=3)
        roster["K8"] = 3
        roster["M1"] = "Eigen notities"
        roster["M8"] = "Nog bellen"

    page = upload(client, entry, changed(download(client, entry), shuffle))
    assert [(row["cell"], row["school"].code) for row in page.context["changes"]] == [
        ("E8", "01AA01"),
        ("K8", "01AA01"),
    ]
    assert page.context["ignored"] == ["Eigen notities"]


# --- Errors by cell -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "value", "told"),
    [
        (
            "E3",
            "misschien",
            "'misschien' is geen antwoord bij Samenwerking; kies Ja, structureel, Ja, zonder afspraken of Nee",
        ),
        ("E3", 12, "'12' is geen antwoord bij Samenwerking"),
        ("F4", "soms", "'soms' is geen antwoord bij Onderwerpen: Leesbevordering; kies ja"),
        ("H3", "veel", "'veel' is geen getal met hoogstens twee decimalen"),
        ("H3", 9.123, "'9,123' is geen getal met hoogstens twee decimalen"),
        ("H3", "=1+1", "een formule"),
        ("H3", "#N/A", "#N/A"),
        ("A5", "99ZZ99", "99ZZ99 staat niet op uw lijst met schoollocaties"),
        ("A5", "02BB00", "02BB00 staat niet op uw lijst met schoollocaties"),
        ("A5", "01AA00", "01AA00 staat er twee keer, ook in rij 3"),
        ("A3", None, "de code van de school ontbreekt"),
    ],
)
def test_error_names_its_cell_and_nothing_can_be_stored(
    client: Client, entry: FrameEntry, anna: User, cell: str, value: object, told: str
) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "none"}})
    client.force_login(anna)
    right_one = "E4"
    page = upload(client, entry, filled(download(client, entry), **{cell: value, right_one: "geen samenwerking"}))
    assert page.status_code == 422
    assert [error.cell for error in page.context["errors"]] == [cell]
    assert told in plain(page.context["errors"][0].message)
    assert [row["cell"] for row in page.context["changes"]] == [right_one], "the rest is shown all the same"
    assert 'name="signed"' not in page.text
    assert stored("cooperation", "01AA01") is None


def test_column_that_is_gone_is_an_error(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    page = upload(client, entry, filled(download(client, entry), G2="Iets anders"))
    assert "Onderwerpen: Digitale geletterdheid" in page.context["errors"][0].message
    assert page.status_code == 422


# --- Colleagues ---------------------------------------------------------------------------------------------------


def test_colleagues_newer_answer_stays_unless_mine_is_chosen(
    client: Client, entry: FrameEntry, anna: User, emma: User
) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "none"}})
    client.force_login(anna)
    content = filled(download(client, entry), E3="structureel", E4="structureel")
    answer(entry, by=emma, schools={"01AA00": {"cooperation": "general"}})
    page = upload(client, entry, content)
    assert [row["cell"] for row in page.context["changes"]] == ["E4"]
    (conflict,) = page.context["conflicts"]
    assert (conflict["before"], conflict["after"]) == ("Ja, zonder afspraken", "Ja, structureel")
    assert "Emma" in page.text
    store(client, entry, page)
    assert (stored("cooperation", "01AA00"), stored("cooperation", "01AA01")) == ("general", "structural")
    store(client, entry, upload(client, entry, content), mine=("01AA00.cooperation",))
    assert stored("cooperation", "01AA00") == "structural"


def test_cell_that_was_not_touched_leaves_a_colleagues_newer_answer_alone(
    client: Client, entry: FrameEntry, anna: User, emma: User
) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "none", "topics": ["reading"]}})
    client.force_login(anna)
    content = download(client, entry)
    answer(
        entry, by=emma, schools={"01AA00": {"cooperation": "general", "topics": []}, "01AA01": {"topics": ["digital"]}}
    )
    page = upload(client, entry, content)
    assert page.context["conflicts"] == page.context["changes"] == []
    # A colleague who typed the same is no conflict either.
    answer(entry, by=emma, schools={"01AA00": {"cooperation": "structural"}})
    page = upload(client, entry, filled(content, E3="structureel"))
    assert page.context["conflicts"] == page.context["changes"] == []


def test_colleague_between_preview_and_storing_is_not_overwritten(
    client: Client, entry: FrameEntry, anna: User, emma: User
) -> None:
    client.force_login(anna)
    page = upload(client, entry, filled(download(client, entry), E3="structureel", E4="structureel"))
    answer(entry, by=emma, schools={"01AA00": {"cooperation": "none"}})
    done = store(client, entry, page)
    assert done.status_code == 409
    assert "Emma" in done.text
    assert "1 antwoord is opgeslagen." in done.text
    assert (stored("cooperation", "01AA00"), stored("cooperation", "01AA01")) == ("none", "structural")


# --- Hostile and wrong files --------------------------------------------------------------------------------------


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
    good = write_roster(instrument(), "Bibliotheek", 1, [])
    bomb = repacked(good, in_roster(lambda part: part + b" " * 8 * 1024**2))
    with pytest.raises(WorkbookRefused):
        opening.read_sheets(bomb, (SHEET,))
    monkeypatch.setattr(opening, "MAX_RATIO", 10_000)
    assert SHEET in opening.read_sheets(bomb, (SHEET,))


def test_reading_stops_when_the_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    good = write_roster(instrument(), "Bibliotheek", 1, [])
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


# --- Every kind of question, and hostile text ---------------------------------------------------------------------


def instrument() -> Instrument:
    return parse(EVERY_KIND, "every_kind.yaml")


def round_trip(answers: dict[str, Given], **cells: object) -> RosterFile:
    line = SchoolLine("01AA00", "=2+3", "@SUM(1)", "+1", answers, ["approach"], {"pupils": 3})
    content = write_roster(instrument(), "<r>Bibliotheek</r>", 7, [line])
    return read_roster(instrument(), 7, ["01AA00"], filled(content, **cells) if cells else content)


def given_of(file: RosterFile, code: str) -> Given:
    assert not file.errors
    return file.answers["01AA00", code].given


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        '=HYPERLINK("http://example.nl";"klik")',
        "+31",
        "-",
        "@SUM(A1)",
        "＝1",  # noqa: RUF001  # this very character
        "http://example.nl",
        "12",
        "<script>alert(1)</script>",
        "<r><t>x</t></r>",
        "\u202e omgekeerd 😀",
        "een\ntwee",
        "tab\there",
        "_x0041_",
        "x" * 10_000,
    ],
)
def test_hostile_text_stays_text(text: str) -> None:
    answers = {"approach": Given("other", other_text=text)}
    assert given_of(round_trip(answers), "approach") == as_file(answers["approach"])
    assert as_file(answers["approach"]).other_text == ("A" if text == "_x0041_" else text)
    line = SchoolLine("01AA00", text[:200], text[:100], text[:20], answers, [], {})
    content = write_roster(instrument(), text[:100], 7, [line])
    roster = load_workbook(io.BytesIO(content))[SHEET]
    kinds = {cell.data_type for row in roster.iter_rows(min_row=1) for cell in row if cell.value is not None}
    assert kinds == {"s"}, "no formula and no link anywhere"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert b"hyperlink" not in archive.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize(
    ("cell", "value", "code", "expected"),
    [
        ("E3", "de, bibliotheek", "approach", "dbos"),
        ("G3", 12.0, "pupils", 12),
        ("G3", "1.200", "pupils", 1200),
        ("G3", 9.999999999999999999, "pupils", 10),
        ("G3", -2, "pupils", -2),  # readable; that it cannot be is a check's to say
        ("H3", 9.4000000000000004, "share", Decimal("9.4")),
        ("H3", "12,5%", "share", Decimal("12.5")),
        ("H3", "12,5", "share", Decimal("12.5")),
        ("E3", "   ", "approach", None),
        ("G3", None, "pupils", None),
    ],
)
def test_what_people_type_is_understood(cell: str, value: object, code: str, expected: object) -> None:
    file = round_trip({}, **{cell: value})
    assert given_of(file, code).value == expected


def test_percentage_cell_in_percents_is_taken_as_it_looks() -> None:
    line = SchoolLine("01AA00", "School", "Dorp", "bo", {}, [], {})

    def fill(book: Workbook) -> None:
        book[SHEET]["H3"] = 0.5
        book[SHEET]["H3"].number_format = "0%"

    content = changed(write_roster(instrument(), "Bibliotheek", 7, [line]), fill)
    assert given_of(read_roster(instrument(), 7, ["01AA00"], content), "share").value == 50


@pytest.mark.parametrize(
    ("cell", "value", "told"),
    [
        ("G3", 1.5, "'1,5' is geen heel getal"),
        ("G3", "1e3", "geen heel getal"),
        ("F3", "a_x0000_b", "niet kan worden bewaard"),
        ("F3", "x" * 10_001, "langer dan 10000 tekens"),
        ("F3", "iets", "hoort bij een antwoord dat niet gekozen is"),
    ],
)
def test_what_cannot_be_stored_is_an_error(cell: str, value: object, told: str) -> None:
    file = round_trip({}, **{cell: value})
    assert [error.cell for error in file.errors] == [cell]
    assert told in plain(file.errors[0].message)


def test_date_is_an_error() -> None:
    line = SchoolLine("01AA00", "School", "Dorp", "bo", {}, [], {})

    def fill(book: Workbook) -> None:
        book[SHEET]["G3"] = 44_000
        book[SHEET]["G3"].number_format = "dd-mm-yyyy"

    content = changed(write_roster(instrument(), "Bibliotheek", 7, [line]), fill)
    file = read_roster(instrument(), 7, ["01AA00"], content)
    assert "datum" in file.errors[0].message


def test_columns_with_the_same_name_get_their_number() -> None:
    assert [column.header for column in columns(instrument())] == [
        "Aanpak",
        "Aanpak, namelijk",
        "Aantal (1.2)",
        "Aantal (1.3)",
    ]


# --- Access -------------------------------------------------------------------------------------------------------


def test_reader_downloads_but_does_not_upload(client: Client, entry: FrameEntry, anna: User, bram: User) -> None:
    client.force_login(bram)
    content = filled(download(client, entry), E3="structureel")
    assert 'type="file"' not in client.get(reverse("surveys:roster-file", args=[entry.pk])).text
    assert upload(client, entry, content).status_code == 403
    client.force_login(anna)
    preview = upload(client, entry, content)
    client.force_login(bram)
    assert store(client, entry, preview).status_code == 403
    assert models.Answer.objects.count() == 0


def test_outsiders_find_nothing(client: Client, entry: FrameEntry, anna: User, carla: User, dirk: User) -> None:
    client.force_login(anna)
    content = download(client, entry)
    preview = upload(client, entry, filled(content, E3="structureel"))
    for outsider in (carla, dirk):
        client.force_login(outsider)
        assert client.get(reverse("surveys:roster-download", args=[entry.pk])).status_code == 404
        assert upload(client, entry, content).status_code == 404
        assert store(client, entry, preview).status_code == 404


def test_changes_are_for_who_saw_them_and_for_an_hour(
    client: Client, entry: FrameEntry, anna: User, emma: User
) -> None:
    client.force_login(anna)
    page = upload(client, entry, filled(download(client, entry), E3="structureel"))
    client.force_login(emma)
    assert store(client, entry, page).status_code == 422
    client.force_login(anna)
    with time_machine.travel(time.time() + 3700, tick=False):
        client.force_login(anna)
        refused = store(client, entry, page)
    assert refused.status_code == 422
    assert "ouder dan een uur" in refused.text
    tampered = client.post(
        reverse("surveys:roster-file-store", args=[entry.pk]), {"signed": page.context["signed"][:-1] + "!"}
    )
    assert tampered.status_code == 422
    assert models.Answer.objects.count() == 0
    assert store(client, entry, page).status_code == 302


def test_school_that_left_the_list_meanwhile_is_no_error_of_ours(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    page = upload(client, entry, filled(download(client, entry), E3="structureel"))
    entry.schools.filter(code="01AA00").delete()
    done = store(client, entry, page)
    assert done.status_code == 422
    assert "Uw lijst met schoollocaties is gewijzigd" in done.text


def test_rows_of_schools_that_left_the_list_are_left_out_and_named(
    client: Client, entry: FrameEntry, anna: User
) -> None:
    client.force_login(anna)
    content = filled(download(client, entry), E3="structureel", E4="structureel")
    school_leave(entry=entry, school=entry.schools.get(code="01AA00"), status="closed", by=anna)
    page = upload(client, entry, content)
    assert page.status_code == 200
    assert "staan niet meer op uw lijst en zijn overgeslagen: De Springplank (01AA00)." in page.text
    assert store(client, entry, page).status_code == 302
    assert models.Answer.objects.get().school == entry.schools.get(code="01AA01")
    assert "01AA00" not in str(list(load_workbook(io.BytesIO(download(client, entry)))[SHEET].values))


@pytest.mark.parametrize("end", [submit, lambda entry: close(entry.wave)])
def test_nothing_is_stored_after_closing_or_submitting(
    client: Client, entry: FrameEntry, anna: User, end: Callable[[FrameEntry], object]
) -> None:
    answer(entry, by=anna, schools={"01AA01": {"cooperation": "none"}})
    client.force_login(anna)
    content = filled(download(client, entry), E3="structureel")
    preview = upload(client, entry, content)
    end(entry)
    overview = reverse("surveys:response-overview", args=[entry.pk])
    assert store(client, entry, preview)["Location"] == overview
    assert upload(client, entry, content)["Location"] == overview
    assert stored("cooperation", "01AA00") is None
    assert download(client, entry), "what was answered can still be downloaded"


# --- Size ---------------------------------------------------------------------------------------------------------


def test_500_schools_and_8_questions_go_down_and_up(client: Client, library_a: Library, anna: User) -> None:
    """Prints what it takes (`-s` shows it); what is asserted is that every answer arrives, in few queries."""
    schools = SchoolFactory.create_batch(500, library=library_a)
    path = Path(models.__file__).parent.parent / "definitions" / "po-2021-2022.yaml"
    wave = open_wave(questionnaire_load(text=path.read_text(), file=path.name)[0], libraries=[library_a])
    entry = entry_of(wave, library_a)
    client.force_login(anna)
    clock = Clock()
    empty = download(client, entry)
    clock.lap(f"download, {len(empty) / 1024:.0f} kB")

    def fill(book: Workbook) -> None:
        roster = book[SHEET]
        places = {str(cell.value): place for place, cell in enumerate(roster[2], start=1)}
        for row in range(FIRST, FIRST + len(schools)):
            answers: dict[str, Any] = {
                "Samenwerking": "structurele samenwerking",
                "Gebieden: Leesbevordering": "ja",
                "Gebieden: Cultuureducatie": "ja",
                "Aanpak": "de Bibliotheek op school",
                "Collectie is van": "de school",
                "Collectieadvies": "nee",
                "Mee naar huis": "boeken mogen mee naar huis",
                "Boeken per leerling": 5 + row % 20 / 10,
                "Verkennende gesprekken": "ja",
            }
            for header, value in answers.items():
                roster.cell(row, places[header], value)

    content = changed(empty, fill)
    clock.lap(f"fill in by openpyxl, {len(content) / 1024:.0f} kB")
    page = upload(client, entry, content)
    clock.lap(f"preview, {len(page.content) / 1024:.0f} kB, signed {len(page.context['signed']) / 1024:.0f} kB")
    assert len(page.context["changes"]) == 7 * len(schools)
    assert len(page.context["not_asked"]) == len(schools)
    assert store(client, entry, page).status_code == 302
    clock.lap("store")
    assert models.Answer.objects.count() == 8 * len(schools)
    full = download(client, entry)
    clock.lap(f"download, {len(full) / 1024:.0f} kB")
    assert upload(client, entry, full).context["changes"] == []
    clock.lap("preview without changes")


class Clock:
    def __init__(self) -> None:
        self.before = time.perf_counter()

    def lap(self, what: str) -> None:
        now = time.perf_counter()
        print(f"{what}: {(now - self.before) * 1000:.0f} ms")
        self.before = time.perf_counter()


def test_more_than_fits_in_a_form_is_refused(
    entry: FrameEntry, anna: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rosters, "MAX_PROPOSAL", 20)
    client.force_login(anna)
    page = upload(client, entry, filled(download(client, entry), E3="structureel"))
    assert page.status_code == 422
    assert "in delen" in page.context["refusal"]


def test_preview_costs_the_same_queries_whatever_changes(
    client: Client, entry: FrameEntry, anna: User, emma: User, django_assert_num_queries
) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "none"}})
    client.force_login(anna)
    content = filled(download(client, entry), E3="structureel", E4="structureel")
    with django_assert_num_queries(5):  # session, user, frame entry, roster, answers
        upload(client, entry, content)
    answer(entry, by=emma, schools={"01AA00": {"cooperation": "general"}})
    with django_assert_num_queries(6):  # and the history
        upload(client, entry, content)


def test_upload_leaves_a_school_that_left_and_takes_the_others(client: Client, library_a: Library, anna: User):
    for code in ("01AA00", "01AA01"):
        SchoolFactory(code=code, library=library_a)
    entry = entry_of(open_wave(questionnaire("roster"), libraries=[library_a]), library_a)
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "structural"}})
    client.force_login(anna)
    content = filled(download(client, entry), E4="Nee")
    school_leave(entry=entry, school=entry.schools.get(code="01AA00"), status="closed", by=anna)
    page = upload(client, entry, content)
    assert page.status_code == 200
    assert [change["after"] for change in page.context["changes"]] == ["Nee"]
