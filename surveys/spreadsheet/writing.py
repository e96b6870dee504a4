"""The workbook that a library downloads: its school locations with their answers, and what is asked."""

import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_rowcol_to_cell

from surveys.instrument import BLANK, Given, Instrument, Question, State, Type
from surveys.rules import Answers
from surveys.spreadsheet.columns import (
    FORMAT,
    MARKS,
    Column,
    Kind,
    columns,
    content,
    key_headers,
    labels,
    sheet_title,
    tick,
)
from surveys.wording import no_number_words, typed_number

TEXTS, HEADERS, FIRST = 0, 1, 2  # rows of the sheet, from 0
KEY_WIDTHS = (9, 30, 16, 18)
WIDTHS = {Kind.CHOICE: 24, Kind.TICK: 16, Kind.NUMBER: 14, Kind.OTHER: 30}

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class SchoolLine:
    """A school with what the file shows of it. `seen` are the versions of its answers by question code."""

    code: str
    name: str
    municipality: str
    kind: str
    answers: Answers
    asked: Collection[str]
    seen: Mapping[str, int]


def write_roster(
    instrument: Instrument, school_year: str, library: str, entry_id: int, schools: list[SchoolLine]
) -> bytes:
    """The workbook as bytes. Text stays text, whatever it begins with, and numbers are numbers."""
    target = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"title": f"{sheet_title()} {school_year}", "subject": library})
        _Writer(book, instrument, school_year, library, schools).write()
        _write_marks(book, instrument, entry_id, schools)
    return target.getvalue()


def _write_marks(book: Any, instrument: Instrument, entry_id: int, schools: list[SchoolLine]) -> None:
    """What the file belongs to, and which version of each answer it shows. Nobody sees this sheet."""
    sheet = book.add_worksheet(MARKS)
    sheet.very_hidden()
    for row, mark in enumerate((FORMAT, instrument.code, instrument.version, str(entry_id))):
        _write_text(sheet, row, 0, mark)
    for row, school in enumerate(schools, start=4):
        _write_text(sheet, row, 0, school.code)
        _write_text(sheet, row, 1, ",".join(f"{code}:{version}" for code, version in school.seen.items() if version))


def _write_text(sheet: Any, row: int, place: int, text: str, look: Any = None) -> None:
    # xlsxwriter takes a text between these two tags for markup of its own and doesn't escape it; a space stops that.
    is_like_markup = text.startswith("<r>") and text.endswith("</r>")
    sheet.write_string(row, place, f"{text} " if is_like_markup else text, look)


class _Writer:
    def __init__(
        self, book: Any, instrument: Instrument, school_year: str, library: str, schools: list[SchoolLine]
    ) -> None:
        self.instrument = instrument
        self.school_year = school_year
        self.library = library
        self.schools = schools
        self.columns = columns(instrument)
        self.sheet = book.add_worksheet(sheet_title())
        self.guide = book.add_worksheet(_("Instructions"))
        add = book.add_format
        self.header = add({"bold": True, "text_wrap": True, "valign": "top", "bottom": 2, "bg_color": "#E6EEF4"})
        self.small = add({"font_size": 9, "text_wrap": True, "valign": "top", "font_color": "#444444"})
        self.wrapped = add({"text_wrap": True, "valign": "top"})
        self.bold = add({"bold": True, "text_wrap": True, "valign": "top"})
        self.key = add({"num_format": "@", "bg_color": "#F2F2F2"})
        # Text cells have the text format, so that a spreadsheet doesn't make a date of "1-2" or a formula of "=1".
        looks: dict[Kind, dict[str, Any]] = {
            Kind.CHOICE: {"num_format": "@"},
            Kind.TICK: {"num_format": "@", "align": "center"},
            Kind.NUMBER: {},
            Kind.OTHER: {"num_format": "@", "text_wrap": True},
        }
        border: dict[str, Any] = {"locked": False, "border": 1, "border_color": "#BFBFBF"}
        self.asked = {kind: add(border | look) for kind, look in looks.items()}
        self.not_asked = {
            kind: add(border | look | {"bg_color": "#D0D0D0", "font_color": "#333333"}) for kind, look in looks.items()
        }

    def write(self) -> None:
        choices = self._write_guide()
        self._write_heads()
        for row, school in enumerate(self.schools, start=FIRST):
            self._write_school(row, school)
        for place, column in enumerate(self.columns, start=len(KEY_WIDTHS)):
            self._validate(place, column, choices)
        allowed = ("sort", "autofilter", "format_columns", "format_rows", "select_locked_cells")
        self.sheet.protect("", dict.fromkeys(allowed, True))
        self.guide.protect("", {"format_columns": True, "format_rows": True})

    def _write_heads(self) -> None:
        for place, (header, width) in enumerate(zip(key_headers(), KEY_WIDTHS, strict=True)):
            self.sheet.set_column(place, place, width)
            _write_text(self.sheet, HEADERS, place, header, self.header)
        told = ""
        for place, column in enumerate(self.columns, start=len(KEY_WIDTHS)):
            self.sheet.set_column(place, place, WIDTHS[column.kind])
            _write_text(self.sheet, HEADERS, place, column.header, self.header)
            if column.question.code != told:
                _write_text(self.sheet, TEXTS, place, self._numbered(column), self.small)
            told = column.question.code
        self.sheet.set_row(TEXTS, 90)
        self.sheet.freeze_panes(FIRST, len(KEY_WIDTHS))
        last = len(KEY_WIDTHS) + len(self.columns) - 1
        self.sheet.autofilter(HEADERS, 0, HEADERS + len(self.schools), last)
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(HEADERS)

    def _write_school(self, row: int, school: SchoolLine) -> None:
        for place, text in enumerate((school.code, school.name, school.municipality, school.kind)):
            _write_text(self.sheet, row, place, text, self.key)
        for place, column in enumerate(self.columns, start=len(KEY_WIDTHS)):
            given: Given = school.answers.get(column.question.code, BLANK)
            look = (self.asked if column.question.code in school.asked else self.not_asked)[column.kind]
            value = content(column, given)
            if value is None:
                self.sheet.write_blank(row, place, None, look)
            elif isinstance(value, int | Decimal):
                self.sheet.write_number(row, place, value, look)
            else:
                _write_text(self.sheet, row, place, value, look)

    def _validate(self, place: int, column: Column, choices: Mapping[str, str]) -> None:
        rule: dict[str, Any]
        match column.kind:
            case Kind.CHOICE:
                rule = {"validate": "list", "source": choices[column.question.code]}
                message = _("Choose one of the answers in the list.")
            case Kind.TICK:
                rule = {"validate": "list", "source": [tick()]}
                message = _("Choose %(yes)s, or leave the cell empty.") % {"yes": tick()}
            case Kind.NUMBER:
                rule = {"validate": "custom", "value": _number_rule(column.question, xl_rowcol_to_cell(FIRST, place))}
                message = _("Fill in a number, zero or more.")
                if column.question.type is Type.PERCENTAGE:
                    message = _("Fill in a number from 0 to 100.")
                message = f"{message} {no_number_words()}"
            case _:
                return
        rule |= {"ignore_blank": True, "error_title": _("Not an answer"), "error_message": message}
        self.sheet.data_validation(FIRST, place, FIRST + len(self.schools) - 1, place, rule)

    def _write_guide(self) -> dict[str, str]:
        """Instructions, questions and their answers; return where the answers stand, by question code."""
        sheet, row = self.guide, 0
        for place, width in enumerate((30, 70, 40)):
            sheet.set_column(place, place, width)
        _write_text(sheet, row, 0, f"{self.instrument.title} {self.school_year}", self.bold)
        _write_text(sheet, row, 1, self.library, self.wrapped)
        row += 2
        for line in _instructions():
            _write_text(sheet, row, 1, line, self.wrapped)
            row += 1
        row += 1
        for place, header in enumerate((_("Column"), _("Question"), _("Answers"))):
            _write_text(sheet, row, place, header, self.header)
        row += 1
        places = {}
        for question in self.instrument.school_questions:
            own = next(column for column in self.columns if column.question is question)
            _write_text(sheet, row, 0, question.column or question.label, self.bold)
            _write_text(sheet, row, 1, self._numbered(own), self.wrapped)
            if question.help:
                _write_text(sheet, row + 1, 1, question.help, self.small)
            answers = list(labels(question).values())
            for offset, label in enumerate(answers):
                _write_text(sheet, row + offset, 2, label, self.wrapped)
            if answers:
                places[question.code] = f"='{sheet.get_name()}'!$C${row + 1}:$C${row + len(answers)}"
            row += max(len(answers), 2) + 1
        return places

    def _numbered(self, column: Column) -> str:
        unit = f" ({column.question.unit})" if column.question.unit else ""
        return f"{self.instrument.number_of[column.question.code]} {column.question.text}{unit}"


def _number_rule(question: Question, cell: str) -> str:
    """The formula that holds where a cell has a number that may be an answer, or the word for why there is none."""
    bounds = [f"{cell}>=0"]
    if question.type is Type.PERCENTAGE:
        bounds.append(f"{cell}<=100")
    if question.type is Type.INTEGER:
        bounds.append(f"{cell}=INT({cell})")
    words = [f'{cell}="{typed_number(state)}"' for state in (State.UNKNOWN, State.NOT_APPLICABLE)]
    return f"=IF(ISNUMBER({cell}),AND({','.join(bounds)}),OR({','.join(words)}))"


def _instructions() -> list[str]:
    return [
        _("Fill in the sheet %(sheet)s: a row per school location, a column per question.") % {"sheet": sheet_title()},
        _("Choose an answer from the list in the cell. Where several answers are possible, every answer has a column.")
        + " "
        + _("Choose %(yes)s there, or leave the cell empty.") % {"yes": tick()},
        _("Grey cells are not asked now. Another answer in the same row may change that."),
        _("An empty cell means: not answered. A cell that you empty takes the answer away."),
        _("You don't know a number? Type “unknown” instead, or “n/a” if it does not apply."),
        _("Type answers, no formulas. The codes, names and headers are locked."),
        _("Save the file as .xlsx and upload it in the monitor. You then see first what will change."),
    ]
