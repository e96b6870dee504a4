"""Taking in figures of earlier waves of which only totals were published.

The file names variables, options and measures as they were published; the concordance says which figure of
ours each of them is, or why it is none.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from io import StringIO
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reports import selectors
from reports.errors import FileRefused, Problem
from reports.figures import NATIONAL, SIZE, Figure, Key, Measure
from reports.models import PublishedFigure

COLUMNS = (
    "survey",
    "wave",
    "chapter",
    "variable",
    "option",
    "measure",
    "value",
    "unit",
    "n",
    "selection",
    "source_url",
)
CONCORDANCE_COLUMNS = (
    "survey",
    "variable",
    "option",
    "measure",
    "selection",
    "question",
    "figure_option",
    "figure_measure",
    "remark",
    "factor",
)
CONCORDANCE = Path(__file__).resolve().parent.parent / "definitions" / "concordance.csv"

APPROXIMATE = frozenset({"percentage_approx", "count_rounded"})
RANGES = frozenset({"mean_range_low", "mean_range_high"})
# Selections that are one of our groups.
GROUPS = {"libraries_size_xl_over_200000_inhabitants": f"{SIZE}xl"}
SCHOOL_YEAR = re.compile(r"\d{4}-\d{4}")
MAX_VALUE = Decimal(10) ** 11
MAX_DECIMALS = 3

Line = Mapping[str, str]
# Survey, variable, option, measure and selection, as published.
PublishedAs = tuple[str, ...]


@dataclass(slots=True)
class Report:
    """What the import did: numbers of lines, and for each line that was left out the reason."""

    n_new: int = 0
    n_changed: int = 0
    n_same: int = 0
    unmapped: list[Problem] = field(default_factory=list)


def published_import(*, text: str, file: str, concordance: str, concordance_file: str) -> Report:
    """Store the published figures of a file, all or nothing; the same file again changes nothing.

    A line that is wrong refuses the file. A line that is no figure of ours is left out and reported.
    """
    problems: list[Problem] = []
    targets = _targets(concordance, concordance_file, problems)
    known: dict[str, Mapping[Key, Figure]] = {}
    report = Report()
    found: dict[tuple[str, ...], PublishedFigure] = {}
    for number, line in _lines(text, file, COLUMNS, problems):
        faults = [Problem(file, number, reason, column) for column, reason in _faults(line)]
        problems += faults
        if faults:
            continue
        survey = line["survey"]
        if survey not in known:
            known[survey] = selectors.known_figures(survey)
            if not known[survey]:
                reason = _("there is no wave of a survey “%(survey)s” yet, so its questions are not known")
                problems.append(Problem(file, number, reason % {"survey": survey}, "survey"))
        try:
            figure = _figure(line, targets, known[survey])
        except _NoFigure as none:
            report.unmapped.append(Problem(file, number, str(none), "variable"))
            continue
        if figure.measure == Measure.SHARE and not 0 <= figure.value <= 100:
            reason = _("a share is between 0 and 100, not %(value)s") % {"value": figure.value}
            problems.append(Problem(file, number, reason, "value"))
            continue
        before = found.setdefault(_identity(figure), figure)
        if _content(before) != _content(figure):
            reason = _("the same figure as on an earlier line, but %(value)s instead of %(before)s")
            values = {"value": figure.value, "before": before.value}
            problems.append(Problem(file, number, reason % values, "value"))
    if problems:
        raise FileRefused(problems)
    _store(found, report)
    return report


# --- Reading files


def _lines(text: str, file: str, columns: tuple[str, ...], problems: list[Problem]) -> Iterator[tuple[int, Line]]:
    """The lines of a file by column, each with its number; what cannot be read at all becomes a problem."""
    rows = csv.reader(StringIO(text), strict=True)
    try:
        header = next(rows, [])
        missing = [column for column in columns if column not in header]
        if missing:
            reason = _("the header lacks %(columns)s") % {"columns": ", ".join(missing)}
            problems.append(Problem(file, 1, reason))
            return
        number = rows.line_num + 1
        for row in rows:
            if len(row) != len(header):
                reason = ngettext(
                    "%(cells)s cell, where the header has %(columns)s",
                    "%(cells)s cells, where the header has %(columns)s",
                    len(row),
                )
                problems.append(Problem(file, number, reason % {"cells": len(row), "columns": len(header)}))
            elif any(row):
                yield number, {column: cell.strip() for column, cell in zip(header, row, strict=True)}
            number = rows.line_num + 1
    except csv.Error as error:
        reason = _("from this line on it is no CSV: look at the quotation marks (%(reason)s)") % {"reason": error}
        problems.append(Problem(file, rows.line_num, reason))


def _faults(line: Line) -> Iterator[tuple[str, str]]:
    """What is wrong with a line, as (column, reason)."""
    for column in ("survey", "wave", "variable", "measure", "selection"):
        if not line[column]:
            yield column, _("this cell is empty")
    for column in ("variable", "option", "selection"):
        if len(line[column]) > 100:
            yield column, _("the text is longer than %(most)s characters") % {"most": 100}
    value = _number(line["value"])
    if value is None:
        yield "value", _("“%(text)s” is not a number, such as 92 or 18.5") % {"text": line["value"]}
    elif abs(value) >= MAX_VALUE or value != round(value, MAX_DECIMALS):
        yield "value", _("“%(text)s” has too many digits") % {"text": line["value"]}
    if line["n"] and not (line["n"].isascii() and line["n"].isdigit() and 0 < int(line["n"]) < MAX_VALUE):
        yield "n", _("“%(text)s” is not a number of libraries or locations") % {"text": line["n"]}
    try:
        URLValidator(schemes=("https", "http"))(line["source_url"])
    except ValidationError:
        yield "source_url", _("“%(text)s” is not a web address") % {"text": line["source_url"]}


def _number(cell: str) -> Decimal | None:
    try:
        number = Decimal(cell) if cell.isascii() else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


# --- From published to ours


class _NoFigure(Exception):
    """Something published that is no figure of ours; the message says why."""


@dataclass(frozen=True, slots=True)
class _Target:
    """What the concordance says something is. Without a question it is nothing of ours, for the reason in `remark`.

    What was published times `factor` is in our unit: 3.5 fte is 126 hours.
    """

    question: str
    option: str
    measure: str
    remark: str
    factor: Decimal


def _targets(text: str, file: str, problems: list[Problem]) -> dict[PublishedAs, _Target]:
    targets: dict[PublishedAs, _Target] = {}
    for number, line in _lines(text, file, CONCORDANCE_COLUMNS, problems):
        published_as = _published_as(line)
        if published_as in targets:
            problems.append(Problem(file, number, _("named on an earlier line"), "variable"))
        factor = _number(line["factor"] or "1")
        if factor is None:
            reason = _("“%(text)s” is not a number, such as 92 or 18.5") % {"text": line["factor"]}
            problems.append(Problem(file, number, reason, "factor"))
            continue
        targets[published_as] = _Target(
            line["question"], line["figure_option"], line["figure_measure"], line["remark"], factor
        )
    return targets


def _published_as(line: Line) -> PublishedAs:
    return tuple(line[column] for column in ("survey", "variable", "option", "measure", "selection"))


def _figure(line: Line, targets: Mapping[PublishedAs, _Target], known: Mapping[Key, Figure]) -> PublishedFigure:
    """The figure that a line is; raises _NoFigure for a line that is none of ours."""
    target = targets.get(_published_as(line))
    if target is None:
        raise _NoFigure(_("not in the concordance"))
    if not target.question:
        raise _NoFigure(target.remark or _("no figure of ours"))
    if not SCHOOL_YEAR.fullmatch(line["wave"]):
        raise _NoFigure(_("“%(text)s” is not a school year") % {"text": line["wave"]})
    if line["measure"] in RANGES:
        raise _NoFigure(_("one end of a range is no figure"))
    figure = known.get((target.question, target.option, NATIONAL, target.measure))
    if figure is None:
        name = " ".join(filter(None, (target.question, target.option, target.measure)))
        raise _NoFigure(_("no such figure: %(name)s") % {"name": name})
    return PublishedFigure(
        survey=line["survey"],
        school_year=line["wave"],
        question=figure.question,
        option=figure.option,
        measure=figure.measure,
        unit=figure.unit,
        group=GROUPS.get(line["selection"], NATIONAL),
        value=Decimal(line["value"]) * target.factor,
        n=int(line["n"]) if line["n"] else None,
        is_approximate=line["measure"] in APPROXIMATE or target.factor != 1,
        published_variable=line["variable"],
        published_option=line["option"],
        published_measure=line["measure"],
        selection=line["selection"],
        source_url=line["source_url"],
    )


# --- Storing

IDENTITY = (
    "survey",
    "school_year",
    "published_variable",
    "published_option",
    "published_measure",
    "selection",
    "source_url",
)
CONTENT = ("question", "option", "group", "measure", "unit", "value", "n", "is_approximate")


def _identity(figure: PublishedFigure) -> tuple[str, ...]:
    return tuple(getattr(figure, name) for name in IDENTITY)


def _content(figure: PublishedFigure) -> tuple[object, ...]:
    return tuple(getattr(figure, name) for name in CONTENT)


@transaction.atomic
def _store(found: Mapping[tuple[str, ...], PublishedFigure], report: Report) -> None:
    stored = {_identity(figure): figure for figure in PublishedFigure.objects.select_for_update()}
    new, changed = [], []
    for identity, figure in found.items():
        before = stored.get(identity)
        if before is None:
            new.append(figure)
        elif _content(before) != _content(figure):
            figure.pk = before.pk
            changed.append(figure)
        else:
            report.n_same += 1
    PublishedFigure.objects.bulk_create(new)
    PublishedFigure.objects.bulk_update(changed, CONTENT)
    report.n_new, report.n_changed = len(new), len(changed)
