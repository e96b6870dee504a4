"""The demo's answers: they reproduce the published figures, and every row would pass the form's own rules."""

import csv
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from tools.demo import answers
from tools.demo.answers.catalogue import Answers, Question, Value, applies, questions, total
from tools.demo.answers.check import CONCORDANCE, CONTRADICTIONS, MAPPED_BY, NAMED_BY, PUBLISHED, differences, read
from tools.demo.answers.recount import MEMBER_CLASSES, SOME_OR_MUCH, TOTALS

WAVES = {"po-2021-2022": "po", "vo-2022-2023": "vo", "po-open": "po"}
PO_KINDS = {"bo", "sbo", "so", "so_vso", "unknown"}
VO_KINDS = {"vo", "vso", "so_vso"}
DOCS = Path(__file__).parents[2] / "docs" / "published-figures.md"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("answers")
    answers.generate(made)
    return made


@pytest.fixture(params=sorted(WAVES))
def wave(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def parsed(survey: str, level: str, cells: dict[str, str]) -> Answers:
    """One row of a file as answers; empty cells are no answers."""
    result: Answers = {}
    for item in questions(survey):
        if item.level != level:
            continue
        if item.rows:
            per_row = {row: cells[f"{item.code}.{row}"] for row in item.rows if cells[f"{item.code}.{row}"]}
            if per_row:
                result[item.code] = per_row
        elif cells[item.code]:
            result[item.code] = cells[item.code].split(";") if item.is_set else cells[item.code]
        if item.with_text and cells[f"{item.code}.other_text"]:
            result[f"{item.code}.other_text"] = cells[f"{item.code}.other_text"]
    return result


@cache
def all_answers(folder: Path, wave: str) -> list[tuple[Answers, list[Answers]]]:
    """Each library's answers with its roster rows."""
    survey = WAVES[wave]
    rows: dict[str, list[Answers]] = {}
    for cells in read(folder / wave / "schools.csv"):
        rows.setdefault(cells["library"], []).append(parsed(survey, "school", cells))
    return [
        (parsed(survey, "library", cells), rows.get(cells["library"], []))
        for cells in read(folder / wave / "responses.csv")
    ]


def given_answers(folder: Path, wave: str) -> Iterator[tuple[Question, Value, Answers]]:
    """Every answer with its question and the answers beside it."""
    for library, rows in all_answers(folder, wave):
        for item in questions(WAVES[wave]):
            for given in [library] if item.level == "library" else rows:
                if item.code in given:
                    yield item, given[item.code], given


def test_every_published_figure_holds_or_is_an_accepted_contradiction(folder):
    assert answers.check(folder) == []


def test_every_accepted_contradiction_does_differ_and_stands_in_the_docs(folder):
    accepted = {(*(row[name] for name in NAMED_BY), row["differs"]) for row in read(CONTRADICTIONS)}
    assert accepted == {(*found.key, found.part) for found in differences(folder)}
    text = DOCS.read_text(encoding="utf-8")
    assert all(f"{row['variable']}" in text and row["reason"] for row in read(CONTRADICTIONS))


def test_check_notices_one_changed_answer(folder, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    path = copy / "po-2021-2022" / "responses.csv"
    rows = read(path)
    changed = next(row for row in rows if row["partners"].startswith("municipality;poi"))
    changed["partners"] = changed["partners"].removeprefix("municipality;")
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    # 123 of 135 is 91%, not 92%.
    assert [line.split(": ")[0].split(" / ")[3:5] for line in answers.check(copy)] == [["partners", "municipality"]]


def test_another_process_generates_the_same_bytes(folder, tmp_path):
    """Another hash seed too, as the order of a set must not matter."""
    program = f"from pathlib import Path; from tools.demo import answers; answers.generate(Path({str(tmp_path)!r}))"
    root = Path(__file__).parents[2]
    environment = {"PYTHONHASHSEED": "20222023", "PYTHONPATH": str(root)}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment, cwd=root)  # noqa: S603 (our own program)
    files = sorted(path.relative_to(folder) for path in folder.rglob("*.csv"))
    assert len(files) == 10
    assert all((folder / path).read_bytes() == (tmp_path / path).read_bytes() for path in files)


def test_libraries_and_mergers(folder):
    before, after = read(folder / "libraries-2022.csv"), read(folder / "libraries-2023.csv")
    by_code = {row["code"]: row for row in after}
    merged = [row for row in after if row["successor"]]
    assert (len(before), len(after), len(merged)) == (137, 137, 3)
    assert len({row["name"] for row in before}) == 137
    assert len({row["province"] for row in before}) == 12
    assert not any(row["successor"] or row["merged_on"] for row in before)
    for row in merged:
        successor = by_code[row["successor"]]
        assert successor["province"] == row["province"]
        assert not successor["successor"]
        assert "2022-08-01" <= row["merged_on"] <= "2022-12-31"


def test_register_has_the_published_numbers_of_locations(folder):
    before, after = read(folder / "schools-2022.csv"), read(folder / "schools-2023.csv")
    kinds = Counter(row["kind"] for row in before)
    assert kinds["bo"] == 6017
    assert kinds["sbo"] + kinds["so"] + kinds["so_vso"] == 427
    assert kinds["unknown"] == 146
    for register in (before, after):
        assert len({row["code"] for row in register}) == len(register)
        assert sum(row["kind"] in VO_KINDS for row in register) == 1838
    active = {row["code"] for row in read(folder / "libraries-2023.csv") if not row["successor"]}
    assert {row["library"] for row in after} == active
    assert len({row["library"] for row in after if row["kind"] in VO_KINDS}) == 132
    assert len({row["library"] for row in before if row["kind"] in PO_KINDS}) == 137


def test_demo_libraries(folder):
    by_code = {row["code"]: row for row in read(folder / "libraries-2023.csv")}
    assert by_code[answers.DEMO_LIBRARY]["province"] == "Gelderland"
    assert 30_000 <= int(by_code[answers.DEMO_LIBRARY]["inhabitants"]) < 100_000
    assert answers.SECOND_LIBRARY in by_code
    for year in ("2022", "2023"):
        rows = read(folder / f"schools-{year}.csv")
        assert sum(row["library"] == answers.DEMO_LIBRARY and row["kind"] in PO_KINDS for row in rows) == 48


def test_files_have_the_libraries_and_schools_of_their_frame(folder):
    for wave, year, kinds, n_libraries in (
        ("po-2021-2022", "2022", PO_KINDS, 137),
        ("vo-2022-2023", "2023", VO_KINDS, 134),
        ("po-open", "2023", PO_KINDS, 134),
    ):
        register = {
            (row["library"], row["code"]) for row in read(folder / f"schools-{year}.csv") if row["kind"] in kinds
        }
        assert {(row["library"], row["school"]) for row in read(folder / wave / "schools.csv")} == register
        assert len(read(folder / wave / "responses.csv")) == n_libraries


def test_columns_stand_in_catalogue_order(folder, wave):
    for name, level, keys in (("responses", "library", ["library"]), ("schools", "school", ["library", "school"])):
        asked = [item for item in questions(WAVES[wave]) if item.level == level]
        with (folder / wave / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
            assert next(csv.reader(lines)) == [*keys, *(column for item in asked for column in item.columns)]


def test_no_answer_is_off_its_path(folder, wave):
    survey = WAVES[wave]
    asked = {item.code: item for item in questions(survey)}
    for library, rows in all_answers(folder, wave):
        for given in (library, *rows):
            for code in given:
                item = asked[code.removesuffix(".other_text")]
                assert applies(survey, item, given, rows), code


def test_open_wave_answers_all_questions_on_path(folder):
    for library, rows in all_answers(folder, "po-open"):
        for item in questions("po"):
            for given in [library] if item.level == "library" else rows:
                assert (item.code in given) == applies("po", item, given, rows), item.code


def test_closed_waves_leave_open_only_what_the_published_bases_ask_for(folder):
    """Two silent PO libraries, one without topics; uncounted books; nine VO libraries that know a municipal share."""
    for wave, expected in (
        (
            "po-2021-2022",
            dict.fromkeys(
                (
                    *("partners", "kpi_or_targets_used", "staff_functions", "reading_campaigns", "reading_services"),
                    *("digital_campaigns", "media_plan_offered", "funding_sources", "funding_municipalities"),
                    *("monitoring_instruments", "successes_top3", "bottlenecks_top3"),
                ),
                2,
            )
            | {"digital_services": 1, "digital_aspects_attention": 1},
        ),
        ("vo-2022-2023", {"funding_structural_budget_municipal_share": 71}),
    ):
        survey = WAVES[wave]
        still_open = Counter(
            item.code
            for library, rows in all_answers(folder, wave)
            for item in questions(survey)
            if item.level == "library" and item.type != "text"
            if item.code not in library and applies(survey, item, library, rows)
        )
        assert still_open == expected


def test_choices_are_known_in_order_and_within_their_rules(folder, wave):
    for item, value, given in given_answers(folder, wave):
        if item.type == "single":
            assert value in item.options
        if not item.is_set:
            continue
        assert value == [code for code in item.options if code in value], item.code
        assert len(value) == 1 or not item.exclusive & set(value), item.code
        assert item.type != "top3" or len(value) <= 3
        for parent, children in item.parents.items():
            assert (parent in value) == bool(set(children) & set(value))
        assert ("other" in value and bool(item.with_text)) == (f"{item.code}.other_text" in given)


def test_numbers_pass_hard_and_soft_checks(folder, wave):
    survey = WAVES[wave]
    for library, rows in all_answers(folder, wave):
        for code, bound in (
            ("members_active_4_12", library.get("members_4_12")),
            ("members_new_4_12", library.get("members_4_12")),
            ("reading_plan_locations", total(survey, "reading_locations", rows)),
            ("media_plan_locations", total(survey, "cooperating_locations", rows)),
        ):
            assert code not in library or 0 <= int(str(library[code])) <= int(str(bound)), code
        assert Fraction(str(library.get("funding_amount_per_pupil", 0))) <= 25
        assert all(2 <= Fraction(str(row["books_per_pupil"])) <= 24 for row in rows if "books_per_pupil" in row)
    for item, value, _ in given_answers(folder, wave):
        numbers = list(value.values()) if isinstance(value, dict) else [value]
        if item.type in ("integer", "decimal", "percentage", "number_per_option"):
            assert all(Fraction(str(number)) >= 0 for number in numbers)
            assert item.type != "integer" or str(value).isdigit()
            assert item.type != "percentage" or Fraction(str(value)) <= 100


def test_each_chosen_function_has_hours_but_volunteers(folder):
    for wave in ("po-2021-2022", "po-open"):
        for library, _ in all_answers(folder, wave):
            if "staff_functions" in library:
                chosen = [code for code in library["staff_functions"] if code not in ("volunteer", "none")]
                assert list(library["staff_hours"]) == chosen


def test_derived_figures_that_no_single_question_holds(folder):
    """Partly structural funding (87% of 135), growth of volunteers (46% above 416), free reading by library (50%)."""
    libraries = [library for library, _ in all_answers(folder, "po-2021-2022")]
    partly = 0
    for library in libraries:
        municipalities = library.get("funding_municipalities")
        pays = isinstance(municipalities, dict) and int(municipalities["structural"]) > 0
        partly += pays or "structural" in library.get("funding_own_budget_type", ())
    assert round(100 * partly / 135) == 87
    volunteers = sum(int(str(library.get("volunteers", 0))) for library in libraries)
    assert round(100 * (volunteers / 416 - 1)) == 46
    unknown = sum(
        any(row.get("free_reading_in_timetable") == "unknown" for row in rows)
        for _, rows in all_answers(folder, "vo-2022-2023")
    )
    assert unknown * 2 == 122


def test_concordance_covers_every_published_figure_once():
    keys = [tuple(row[name] for name in MAPPED_BY) for row in read(CONCORDANCE)]
    assert len(keys) == len(set(keys))
    assert set(keys) == {tuple(row[name] for name in MAPPED_BY) for row in read(PUBLISHED)}


def test_concordance_names_questions_totals_and_options_that_exist():
    for row in read(CONCORDANCE):
        if not row["question"]:
            assert row["remark"], row
            continue
        totals, asked = TOTALS[row["survey"]], {item.code: item for item in questions(row["survey"])}
        option, measure = row["figure_option"], row["figure_measure"]
        if row["question"] in totals or (measure == "pooled_share" and row["question"] != "funding_municipalities"):
            assert option.removesuffix(".all") in {"", *totals, "members_4_12"}, row
            assert option or measure in ("share", "count", "sum"), row
            continue
        item = asked[row["question"]]
        part, _, scale = option.partition(".")
        assert part in {*item.options, *item.rows, *MEMBER_CLASSES, "any", ""}, row
        assert scale in ("", "positive")
        assert not scale or set(item.options) > SOME_OR_MUCH
