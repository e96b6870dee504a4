"""A later PO year for the demo's open wave: last year's answers, moved a little at random, on path throughout."""

from random import Random

from tools.demo.answers.assign import seeded
from tools.demo.answers.catalogue import Answers, Question, Value, applies, questions, total
from tools.demo.answers.habits import add_other_texts, decimal_text
from tools.demo.answers.libraries import Library
from tools.demo.answers.schools import School
from tools.demo.answers.sheets import Sheet

# Options that a wave may not have offered; nobody takes them up by chance.
LATER_OPTIONS = frozenset({"npo", "masterplan_basisvaardigheden", "onderwijsachterstandenbeleid"})
CHANGED = 0.07
# What a number may not pass: another answer or a named total.
AT_MOST = {
    "members_active_4_12": "members_4_12",
    "members_new_4_12": "members_4_12",
    "reading_plan_locations": "reading_locations",
    "media_plan_locations": "cooperating_locations",
}


def answers_of_a_later_year(earlier: Sheet, libraries: list[Library], schools: list[School]) -> Sheet:
    """Answers of every library in the list; what it left open before, it answers like some other library did."""
    rng = seeded("po-open")
    sheet = Sheet("po", libraries, [school for school in schools if school.in_po])
    asked = questions("po")
    before = {school: row for rows in earlier.rows.values() for school, row in rows.items()}
    donors = _donors(asked, [*earlier.answers.values(), *before.values()])
    for library in sheet.codes:
        # Schools do as other schools of the same library do, so that a library keeps to its topics.
        own = [before[school] for school in sheet.rows[library] if school in before]
        near = {code: values or donors[code] for code, values in _donors(asked, own).items()}
        for school, row in sheet.rows[library].items():
            for item in asked:
                if item.level == "school" and applies("po", item, row, []):
                    row[item.code] = _moved(rng, item, before.get(school, {}), near, row)
        rows = list(sheet.rows[library].values())
        answers = sheet.answers[library]
        for item in asked:
            if item.level == "library" and applies("po", item, answers, rows):
                value = _moved(rng, item, earlier.answers[library], donors, answers)
                answers[item.code] = _at_most(value, item, answers, rows)
    add_other_texts(sheet)
    return sheet


def _donors(asked: tuple[Question, ...], given: list[Answers]) -> dict[str, list[Value]]:
    """All answers that were given to each question."""
    return {item.code: [answers[item.code] for answers in given if item.code in answers] for item in asked}


def _moved(rng: Random, item: Question, earlier: Answers, donors: dict[str, list[Value]], now: Answers) -> Value:
    value = earlier.get(item.code)
    ticks_change = item.is_set and item.level == "library"
    if value is None or (rng.random() < CHANGED and not ticks_change):
        value = rng.choice(donors[item.code])
    if isinstance(value, dict):
        return _moved_cells(rng, item, value, now)
    if isinstance(value, list):
        return _moved_choice(rng, item, value) if ticks_change else value
    if item.type in ("integer", "decimal"):
        return _moved_number(rng, item, value)
    return value


def _moved_cells(rng: Random, item: Question, cells: dict[str, str], now: Answers) -> dict[str, str]:
    """A matrix keeps its cells; numbers follow the options that are chosen now."""
    if item.type == "matrix":
        return cells
    rows = [row for row in item.rows if item.code != "staff_hours" or row in now["staff_functions"]]
    start: dict[str, str] = {row: cells.get(row, "8") for row in rows}
    return {row: _moved_number(rng, item, number) for row, number in start.items()}


def _moved_choice(rng: Random, item: Question, value: list[str]) -> list[str]:
    """Some options come or go; never a later option, never nothing, never `none` beside another."""
    free = [code for code in item.options if code not in item.exclusive and code not in item.parents]
    chosen = {code for code in free if (code in value) != (rng.random() < CHANGED)} - LATER_OPTIONS
    if item.code == "funding_school_contribution_type" or not chosen:
        return value
    if item.type == "top3":
        in_order = [code for code in free if code in chosen]  # a set's own order differs from run to run
        chosen = set(sorted(in_order, key=lambda code: (code not in value, rng.random()))[:3])
    chosen |= {parent for parent, children in item.parents.items() if chosen & set(children)}
    if item.code == "staff_functions" and chosen == {"volunteer"}:
        chosen.add("education_specialist")
    return [code for code in item.options if code in chosen]


def _moved_number(rng: Random, item: Question, text: str) -> str:
    number = float(text) * rng.uniform(0.92, 1.1)
    if item.code == "books_per_pupil":
        return decimal_text(min(240, max(20, round(number * 10))))
    if item.code == "funding_amount_per_pupil":
        return decimal_text(min(250, round(number * 2) * 5))
    if item.code == "staff_hours":
        return decimal_text(max(5, round(number * 2) * 5))
    return str(round(number))


def _at_most(value: Value, item: Question, answers: Answers, rows: list[Answers]) -> Value:
    """A number within the bound that the form checks."""
    if item.code not in AT_MOST or not isinstance(value, str):
        return value
    bound = AT_MOST[item.code]
    highest = answers[bound] if bound in answers else total("po", bound, rows)
    return str(min(int(value), int(str(highest))))
