"""Values that the KB knows from elsewhere, out of a file, for libraries to confirm (`surveys/prefills.py`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from surveys import cells, checks, models
from surveys.compiled import Compiled, compiled_by_id
from surveys.errors import DomainError, FileRefused, Problem
from surveys.files import Line, Report, Table, read_csv, unprotect
from surveys.hints import did_you_mean, printable
from surveys.instrument import NO_VALUE, Given, Level, Question, State
from surveys.models import Answer, AnswerOrigin, FrameSchool, Prefill, Wave
from surveys.wording import fault_reason

BATCH = 2000
MAX_SOURCE = 200
COLUMNS = LIBRARY, QUESTION, VALUE = ("library", "question", "value")
SCHOOL = "school"
security_log = structlog.get_logger("security")

# Library, school (or empty) and question code.
Key = tuple[str, str, str]


@dataclass(slots=True)
class _Told:
    """What the file says about one answer: cells by column, with the line on which it begins."""

    line: int
    question: Question
    cells: dict[str, str] = field(default_factory=dict)


@transaction.atomic
def prefills_import(*, wave: Wave, path: Path, source: str, by: models.User | None = None) -> Report:
    """Put the values of a file beside the questions of an open wave; none of them is an answer until it is confirmed.

    A line has a library, a question, with a school where the question is about schools, and the value as a cell; a
    table or numbers per option have a line per row or option (`staff_hours.administrative`). The same file again
    changes nothing, and what it lacks stays. Refused as a whole with every problem (FileRefused). Raises DomainError
    when the wave is not open or no source is given.
    """
    source = source.strip()
    if not source or len(source) > MAX_SOURCE:
        raise DomainError(_("Say where the values come from, in at most %(count)s signs.") % {"count": MAX_SOURCE})
    _lock_open(wave)
    known = compiled_by_id(wave.questionnaire_id)
    entries = dict(wave.frame.values_list("library__code", "pk"))
    schools = _schools(wave)
    problems: list[Problem] = []
    table = read_csv(path, required=COLUMNS, optional=(SCHOOL,), problems=problems)
    told = _told(table, known, entries, schools, problems)
    wanted = {key: _value(known, table.file, key, one, problems) for key, one in told.items()}
    if problems:
        raise FileRefused(problems)
    stored = _stored(wave)
    report = Report(vanished=[_name(key) for key in sorted(stored.keys() - wanted.keys())])
    rows = []
    for key, value in wanted.items():
        before = stored.get(key)
        if before == (value, source):
            report.unchanged.append(_name(key))
            continue
        (report.new if before is None else report.changed).append(_name(key))
        library, school, question = key
        rows.append(
            Prefill(
                entry_id=entries[library],
                school_id=schools[library, school] if school else None,
                question_id=known.question_ids[question],
                value=value,
                source=source,
            )
        )
    Prefill.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=("entry", "question", "school"),
        update_fields=("value", "source"),
    )
    security_log.info("prefills_imported", wave=wave.pk, user=by.pk if by else None, values=len(rows))
    return report


def prefills_removable(prefills: QuerySet[Prefill]) -> QuerySet[Prefill]:
    """Those of them that may still go: of an open wave, and not confirmed by the library."""
    # A question is asked of the library or per school, so one of the two never finds anything.
    is_about_the_same = Q(school=OuterRef("school")) | Q(school=None)
    confirmed = Answer.objects.filter(
        is_about_the_same,
        response__entry=OuterRef("entry"),
        question=OuterRef("question"),
        origin=AnswerOrigin.CONFIRMED,
        value__isnull=False,
    )
    return prefills.filter(~Exists(confirmed), entry__wave__state=Wave.State.OPEN)


@transaction.atomic
def prefills_remove(*, prefills: QuerySet[Prefill], by: models.User | None) -> int:
    """Take away those that may go, and say how many went. Answers stay, also one that is confirmed meanwhile."""
    keys = list(prefills_removable(prefills).values_list("pk", flat=True))
    Prefill.objects.filter(pk__in=keys).delete()
    security_log.info("prefills_removed", user=by.pk if by else None, values=len(keys))
    return len(keys)


def _lock_open(wave: Wave) -> None:
    """Hold off closing. Libraries go on filling in meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT state FROM surveys_wave WHERE id = %s FOR SHARE", [wave.pk])
        (state,) = cursor.fetchone()
    if state != Wave.State.OPEN:
        raise DomainError(_("Values from elsewhere can only be put beside the questions of an open wave."))


def _schools(wave: Wave) -> dict[tuple[str, str], int]:
    """The rows of the rosters, by library and school."""
    present = FrameSchool.objects.filter(entry__wave=wave, status=FrameSchool.Status.PRESENT).order_by()
    return {
        (library, school): key for library, school, key in present.values_list("entry__library__code", "code", "pk")
    }


def _stored(wave: Wave) -> dict[Key, tuple[cells.Json, str]]:
    rows = Prefill.objects.filter(entry__wave=wave).values_list(
        "entry__library__code", "school__code", "question__code", "value", "source"
    )
    return {(library, school or "", question): (value, source) for library, school, question, value, source in rows}


def _told(
    table: Table,
    known: Compiled,
    entries: Mapping[str, int],
    schools: Mapping[tuple[str, str], int],
    problems: list[Problem],
) -> dict[Key, _Told]:
    """What the lines say, put together by answer; those about somebody or something unknown become problems."""
    instrument = known.instrument
    columns = {
        column: question for question in instrument.questions.values() for column in instrument.columns(question)
    }
    told: dict[Key, _Told] = {}
    for line in table.lines:
        problem = _misplaced(line, columns, entries, schools)
        if problem:
            problems.append(Problem(table.file, line.number, problem[1], problem[0]))
            continue
        column = line.cells[QUESTION]
        question = columns[column]
        one = told.setdefault(
            (line.cells[LIBRARY], line.cells.get(SCHOOL, ""), question.code), _Told(line.number, question)
        )
        if column in one.cells:
            reason = _("%(column)s of this library is in the file twice, from line %(line)s")
            told_of = reason % {"column": column, "line": one.line}
            problems.append(Problem(table.file, line.number, told_of, QUESTION))
        one.cells[column] = unprotect(line.cells[VALUE])
    return told


def _misplaced(
    line: Line,
    columns: Mapping[str, Question],
    entries: Mapping[str, int],
    schools: Mapping[tuple[str, str], int],
) -> tuple[str, str] | None:
    """The column and reason why a line is about nothing that is asked."""
    library, school, column = line.cells[LIBRARY], line.cells.get(SCHOOL, ""), line.cells[QUESTION]
    if library not in entries:
        return LIBRARY, _("“%(code)s” is not a library that this wave expects") % {"code": printable(library)}
    if column not in columns:
        own = [name for name in columns if name.partition(".")[0] == column]
        if own:
            reason = _("“%(question)s” has several parts: write a line for each of %(columns)s")
            return QUESTION, reason % {"question": column, "columns": ", ".join(own)}
        unknown = _("unknown question “%(word)s”") % {"word": printable(column)}
        return QUESTION, unknown + did_you_mean(column, columns)
    is_of_school = columns[column].level is Level.SCHOOL
    if is_of_school and not school:
        return SCHOOL, _("%(column)s is asked per school: say of which") % {"column": column}
    if not is_of_school and school:
        return SCHOOL, _("%(column)s is asked of the library: leave the school empty") % {"column": column}
    if school and (library, school) not in schools:
        reason = _("“%(school)s” is not on the roster of %(library)s")
        return SCHOOL, reason % {"school": printable(school), "library": library}
    if not line.cells[VALUE]:
        return VALUE, _("there is no value: leave the line out")
    return None


def _value(known: Compiled, file: str, key: Key, told: _Told, problems: list[Problem]) -> cells.Json:
    """The value as it is stored; None for what cannot be an answer, which becomes a problem."""
    try:
        given = cells.from_cells(known.instrument, told.question, told.cells)
    except cells.CellRefused as error:
        problems.append(Problem(file, told.line, str(error), VALUE))
        return None
    reason = _refused(told.question, given)
    if reason:
        problems.append(Problem(file, told.line, reason, VALUE))
    return cells.to_json(given.value)


def _refused(question: Question, given: Given) -> str:
    if given.state in NO_VALUE:
        return _no_value(given.state)
    parts = given.value.values() if isinstance(given.value, Mapping) else ()
    if state := next((part for part in parts if isinstance(part, State)), None):
        return _no_value(state)
    # The text of "other" is for the library to write, after it confirmed that answer.
    wrong = (fault for fault in checks.faults(question, given) if fault is not checks.Fault.TEXT_NEEDED)
    return next(map(fault_reason, wrong), "")


def _no_value(state: State) -> str:
    return _("%(state)s is no value: leave the line out") % {"state": state}


def _name(key: Key) -> str:
    return " ".join(filter(None, key))
