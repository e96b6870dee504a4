"""What cells hold: every kind of question, what people type, and hostile text."""

import io
import zipfile
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from surveys.definition import parse
from surveys.instrument import Given, Instrument
from surveys.spreadsheet.columns import as_file, columns
from surveys.spreadsheet.reading import RosterFile, read_roster
from surveys.spreadsheet.writing import SchoolLine, write_roster
from tests.surveys.roster_file.workbook import SHEET, changed, filled, plain

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


def instrument() -> Instrument:
    return parse(EVERY_KIND, "every_kind.yaml")


def round_trip(answers: dict[str, Given], **cells: object) -> RosterFile:
    line = SchoolLine("01AA00", "=2+3", "@SUM(1)", "+1", answers, ["approach"], {"pupils": 3})
    content = write_roster(instrument(), "2024-2025", "<r>Bibliotheek</r>", 7, [line])
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
    expected = as_file(instrument().questions["approach"], answers["approach"])
    assert given_of(round_trip(answers), "approach") == expected
    assert expected.other_text == ("A" if text == "_x0041_" else text)
    line = SchoolLine("01AA00", text[:200], text[:100], text[:20], answers, [], {})
    content = write_roster(instrument(), "2024-2025", text[:100], 7, [line])
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


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.5, "50"), (0.125, "12.5"), (0.1234, "12.34"), (0.07, "7"), (0.12340000000000001, "12.34"), (10, "1000")],
)
def test_percentage_cell_in_percents_is_taken_as_it_looks(value: float, shown: str) -> None:
    line = SchoolLine("01AA00", "School", "Dorp", "bo", {}, [], {})

    def fill(book: Workbook) -> None:
        book[SHEET]["H3"] = value
        book[SHEET]["H3"].number_format = "0.00%"

    content = changed(write_roster(instrument(), "2024-2025", "Bibliotheek", 7, [line]), fill)
    assert given_of(read_roster(instrument(), 7, ["01AA00"], content), "share").value == Decimal(shown)


@pytest.mark.parametrize(
    ("cell", "value", "told"),
    [
        ("G3", 1.5, "'1,5' is geen heel getal"),
        ("G3", 1.234, "'1,234' is geen heel getal"),  # no point between thousands
        ("G3", 0.125, "'0,125' is geen heel getal"),
        ("H3", 12.345, "'12,345' is geen getal met hoogstens twee decimalen"),
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

    content = changed(write_roster(instrument(), "2024-2025", "Bibliotheek", 7, [line]), fill)
    file = read_roster(instrument(), 7, ["01AA00"], content)
    assert "datum" in file.errors[0].message


def test_columns_with_the_same_name_get_their_number() -> None:
    assert [column.header for column in columns(instrument())] == [
        "Aanpak",
        "Aanpak, namelijk",
        "Aantal (1.2)",
        "Aantal (1.3)",
    ]
