"""Figures of earlier waves that were only published: taken in whole or not at all, and found by the codes we use."""

from decimal import Decimal
from fractions import Fraction
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from reports import selectors
from reports.figures import show
from reports.models import PublishedFigure
from reports.selectors import WaveKey
from reports.services.aggregation import wave_aggregate
from reports.services.published import COLUMNS, CONCORDANCE, CONCORDANCE_COLUMNS, Report, published_import
from surveys.models import Wave
from tests.factories import close, open_wave, questionnaire
from tests.refused import refused

URL = "https://example.nl/rapport"
EARLIER = WaveKey("test", "2022-2023")

MAPPED = """
partners,municipality,percentage,libraries_cooperating,partners,municipality,share,,
partners,municipality,percentage_approx,libraries_cooperating,partners,municipality,share,published as about,
cooperation_locations_share,any,percentage,locations_in_area,cooperating_locations,locations,pooled_share,,
plan_locations,total,count_rounded,libraries_cooperating,plan_locations,,sum,,
plan_locations,low,mean_range_low,libraries_cooperating,plan_locations,,mean,,
staff_fte,mean,mean,libraries_all,hours,,mean,a fte is 36 hours,36
staff_fte,mean,mean,libraries_size_xl_over_200000_inhabitants,hours,,mean,a fte is 36 hours,36
pupils,total,count,libraries_all,,,,a number of the register,
gone,total,count,libraries_all,gone_question,,sum,,
"""


def concordance(rows: str = MAPPED) -> str:
    return "\n".join([",".join(CONCORDANCE_COLUMNS), *(f"test,{row}" for row in rows.strip().splitlines())])


def published(*rows: str, wave: str = "2022-2023") -> str:
    """A file of rows "variable,option,measure,value,n,selection"."""
    lines = [",".join(COLUMNS)]
    for row in rows:
        variable, option, measure, value, n, selection = row.split(",")
        lines.append(f"test,{wave},chapter,{variable},{option},{measure},{value},percent,{n},{selection},{URL}")
    return "\n".join(lines)


MUNICIPALITY = "partners,municipality,percentage,81,135,libraries_cooperating"


def take_in(text: str, mapping: str | None = None) -> Report:
    return published_import(
        text=text, file="file.csv", concordance=mapping or concordance(), concordance_file="concordance.csv"
    )


@pytest.fixture(autouse=True)
def _questions(db):
    """The survey has had a wave, so its questions are known."""
    open_wave(questionnaire("small"))


def test_a_published_total_is_found_under_our_codes():
    report = take_in(published(MUNICIPALITY))
    figure = selectors.figures_of(EARLIER)["partners", "municipality", "national", "share"]
    assert (report.n_new, figure.percent, figure.n, figure.flag, show(figure)) == (1, 81, 135, "published", "81%")
    assert selectors.figures_of(EARLIER).is_published_only
    assert selectors.waves_with_figures("test") == ["2022-2023"]


def test_another_unit_is_converted_and_a_selection_can_be_a_group():
    take_in(
        published(
            "staff_fte,mean,mean,8,,libraries_size_xl_over_200000_inhabitants", "staff_fte,mean,mean,3.5,,libraries_all"
        )
    )
    found = selectors.figures_of(EARLIER)
    national, largest = (found["hours", "", group, "mean"] for group in ("national", "size:xl"))
    assert (national.unit, show(national)) == ("uren per week", "circa 126")
    assert (national.value, largest.value) == (Fraction(126), Fraction(288))


def test_the_same_file_twice_changes_nothing_and_a_corrected_value_is_a_change():
    take_in(published(MUNICIPALITY))
    again = take_in(published(MUNICIPALITY))
    corrected = take_in(published(MUNICIPALITY.replace("81", "82")))
    assert (again.n_new, again.n_changed, again.n_same) == (0, 0, 1)
    assert (corrected.n_new, corrected.n_changed, corrected.n_same) == (0, 1, 0)
    assert PublishedFigure.objects.get().value == 82


def test_an_exact_total_goes_before_an_approximate_one():
    approximate = "partners,municipality,percentage_approx,80,,libraries_cooperating"
    take_in(published(approximate))
    key = ("partners", "municipality", "national", "share")
    assert show(selectors.figures_of(EARLIER)[key]) == "circa 80%"
    take_in(published(approximate, MUNICIPALITY))
    assert show(selectors.figures_of(EARLIER)[key]) == "81%"


def test_a_rounded_count_is_approximate():
    take_in(published("plan_locations,total,count_rounded,2500,,libraries_cooperating"))
    figure = selectors.figures_of(EARLIER)["plan_locations", "", "national", "sum"]
    assert figure.value == 2500
    assert (show(figure), figure.unit) == ("circa 2.500", "schoollocaties")


@pytest.mark.parametrize(
    ("row", "wave", "reason"),
    [
        ("unheard_of,total,count,5,,libraries_all", "2022-2023", "not in the concordance"),
        ("pupils,total,count,5,,libraries_all", "2022-2023", "a number of the register"),
        ("gone,total,count,5,,libraries_all", "2022-2023", "no such figure: gone_question sum"),
        ("plan_locations,low,mean_range_low,5,,libraries_cooperating", "2022-2023", "one end of a range is no figure"),
        (MUNICIPALITY, "2022", "“2022” is not a school year"),
    ],
)
def test_what_is_no_figure_of_ours_is_left_out_with_the_reason(row, wave, reason):
    with translation.override("en"):
        report = take_in(published(row, wave=wave))
    assert [str(problem) for problem in report.unmapped] == [f"file.csv:2: variable: {reason}"]
    assert not PublishedFigure.objects.exists()


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (MUNICIPALITY.replace("81", "veel"), "value"),
        (MUNICIPALITY.replace("81", "NaN"), "value"),
        (MUNICIPALITY.replace("81", "101"), "value"),
        (MUNICIPALITY.replace("81", "0.12345"), "value"),
        (MUNICIPALITY.replace("135", "-1"), "n"),
        (MUNICIPALITY.replace("135", "1.5"), "n"),
        (MUNICIPALITY.replace("libraries_cooperating", ""), "selection"),
        (MUNICIPALITY.replace("partners", "p" * 101), "variable"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_stored(row, column):
    problems = refused(lambda: take_in(published(MUNICIPALITY, row)))
    assert [(problem.file, problem.line, problem.column) for problem in problems] == [("file.csv", 3, column)]
    assert not PublishedFigure.objects.exists()


def test_every_wrong_line_is_named():
    text = published(MUNICIPALITY.replace("81", "x"), MUNICIPALITY, MUNICIPALITY.replace("135", "y"))
    assert [problem.line for problem in refused(lambda: take_in(text))] == [2, 4]


def test_a_file_that_contradicts_itself_is_refused():
    [problem] = refused(lambda: take_in(published(MUNICIPALITY, MUNICIPALITY.replace("81", "82"))))
    assert (problem.line, problem.column) == (3, "value")
    assert problem.reason.endswith("82 instead of 81")


def test_a_survey_without_a_wave_is_refused_once():
    text = published(MUNICIPALITY, MUNICIPALITY).replace("test,", "vo,")
    [problem] = refused(lambda: take_in(text))
    assert str(problem).startswith("file.csv:2: survey: there is no wave of a survey “vo” yet")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("survey,wave\n", "file.csv:1: the header lacks chapter, variable"),
        (f"{published()}\ntest,2022-2023\n", "file.csv:2: 2 cells, where the header has 11"),
        (f'{published()}\n"test', "file.csv:2: from this line on it is no CSV"),
    ],
)
def test_a_file_of_another_form_is_refused(text, problem):
    [found] = refused(lambda: take_in(text))
    assert str(found).startswith(problem)


def test_a_concordance_with_two_answers_is_refused():
    twice = concordance(f"{MAPPED.splitlines()[1]}\n{MAPPED.splitlines()[1]}")
    [problem] = refused(lambda: take_in(published(MUNICIPALITY), twice))
    assert str(problem) == "concordance.csv:3: variable: named on an earlier line"


def test_figures_of_our_own_go_before_published_ones():
    take_in(published(MUNICIPALITY, wave="2024-2025"))
    wave = WaveKey("test", "2024-2025")
    assert selectors.figures_of(wave).is_published_only
    close(Wave.objects.get())
    wave_aggregate(wave=wave, publish=lambda wave: None)
    found = selectors.figures_of(wave)
    assert not found.is_published_only
    assert found["partners", "municipality", "national", "share"].value is None


def test_what_was_published_is_kept_beside_our_codes():
    take_in(published(MUNICIPALITY))
    row = PublishedFigure.objects.get()
    assert (row.value, row.published_variable, row.published_measure, row.selection, row.source_url) == (
        Decimal(81),
        "partners",
        "percentage",
        "libraries_cooperating",
        URL,
    )


# --- The command


def write(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def test_the_command_reports_what_it_did(tmp_path):
    file = write(tmp_path, "file.csv", published(MUNICIPALITY, "pupils,total,count,5,,libraries_all"))
    mapping = write(tmp_path, "concordance.csv", concordance())
    out = StringIO()
    call_command("import_published", file, "--concordance", mapping, stdout=out)
    assert out.getvalue().splitlines() == [
        "overgeslagen: file.csv:3: variable: a number of the register",
        "1 nieuw, 0 gewijzigd, 0 ongewijzigd, 1 overgeslagen",
    ]


def test_the_command_names_the_line_that_is_no_text(tmp_path):
    file = write(tmp_path, "file.csv", published(MUNICIPALITY).encode() + b"\n\xff")
    with pytest.raises(CommandError, match=r"file\.csv:3: dit is geen tekst in UTF-8"):
        call_command("import_published", file, "--concordance", write(tmp_path, "c.csv", concordance()))
    with pytest.raises(CommandError, match=r"nothing\.csv kan niet worden gelezen"):
        call_command("import_published", str(tmp_path / "nothing.csv"))


def test_a_concordance_with_a_wrong_factor_is_refused():
    [problem] = refused(lambda: take_in(published(MUNICIPALITY), concordance(f"{MAPPED.splitlines()[1]}x")))
    assert str(problem).startswith("concordance.csv:2: factor: “x” is not a number")


def test_our_own_concordance_can_be_read():
    report = take_in(published(), CONCORDANCE.read_text(encoding="utf-8"))
    assert report.n_new == 0
    assert not PublishedFigure.objects.exists(), "for the file published nothing"
