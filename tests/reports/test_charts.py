"""Charts: which rows and waves, in which order, with which bars, captions and notes."""

from dataclasses import replace
from decimal import Decimal

import pytest

from reports import charts
from reports.charts import Chart, Table
from reports.figures import Figure, Kind, Measure
from reports.livetext import Choice, Earlier, Lookup, Prose, Variable, check, parse, render

THIS, LAST, BEFORE = "2021-2022", "2020-2021", "2019-2020"


def share(question: str, option: str, k: int, n: int = 135) -> Figure:
    return Figure(question, option, "national", Measure.SHARE, "libraries", k, n, 0, n, n_libraries=n)


def published(question: str, option: str, value: int, is_approximate: bool = False) -> Figure:
    return Figure(
        *(question, option, "national", Measure.SHARE, "libraries", 0, 0, 0, 0),
        flag="published",
        published_value=Decimal(value),
        is_approximate=is_approximate,
    )


INSTRUMENTS = Variable(
    "instruments",
    Kind.SEVERAL,
    "Welke instrumenten gebruikt u?",
    "instrumenten",
    options=(
        Choice("none", "Geen", "geen", is_rest=True),
        Choice("other", "Anders", "andere", is_rest=True),
        Choice("talks", "Gesprekken", "gesprekken"),
        Choice("local", "Lokaal rapport", "het lokale rapport", parent="monitor"),
        Choice("national", "Landelijk rapport", "het landelijke rapport", parent="monitor"),
        Choice("monitor", "Monitor", "de Monitor"),
    ),
    selection="bibliotheken die samenwerken met het po",
    earlier={LAST: Earlier("instruments"), BEFORE: Earlier("tools", True, "de vraag is veranderd.")},
)
NOW = [
    share("instruments", option, k)
    for option, k in {"none": 5, "other": 130, "talks": 85, "local": 70, "national": 98, "monitor": 120}.items()
]


def lookup(variable: Variable = INSTRUMENTS, *now: Figure, **earlier: list[Figure]) -> Lookup:
    waves = {THIS: list(now) or NOW, LAST: earlier.get("last", []), BEFORE: earlier.get("before", [])}
    return Lookup(
        (THIS, LAST, BEFORE),
        {variable.code: variable},
        {},
        {wave: {figure.key: figure for figure in figures} for wave, figures in waves.items()},
    )


def drawn(variable: Variable = INSTRUMENTS, *now: Figure, **earlier: list[Figure]) -> Chart:
    found = charts.chart(variable, lookup(variable, *now, **earlier))
    assert isinstance(found, Chart)
    return found


def test_rows_go_by_value_with_rest_last_and_children_under_their_parent() -> None:
    rows = [(row.label, row.indent) for row in drawn().rows]
    assert rows == [
        ("Monitor", 0),
        ("Landelijk rapport", 1),
        ("Lokaal rapport", 1),
        ("Gesprekken", 0),
        ("Geen", 0),
        ("Anders", 0),
    ]


def test_caption_is_the_question_the_selection_and_n() -> None:
    chart = drawn()
    assert chart.title == "Instrumenten"
    assert chart.caption == (
        "Welke instrumenten gebruikt u? (Selectie: bibliotheken die samenwerken met het po, N: 135)"
    )
    assert chart.unit_note == "Meer dan één antwoord mogelijk."


def test_caption_counts_libraries_also_when_locations_are_counted() -> None:
    variable = replace(INSTRUMENTS, kind=Kind.ONE, is_per_school=True)
    figures = [replace(share("instruments", "talks", 4000, 5298), unit="locations", n_libraries=135)]
    assert drawn(variable, *figures).caption.endswith("N: 135 bibliotheken, 5.298 schoollocaties)")


def test_bar_label_and_length_are_the_same_number_as_in_the_text() -> None:
    """85 of 136 is 62.5%: 63 everywhere."""
    figures = [share("instruments", "talks", 85, 136)]
    [row] = [row for row in drawn(INSTRUMENTS, *figures).rows if row.label == "Gesprekken"]
    assert (row.cells[0].text, row.cells[0].width) == ("63%", 63)
    [part] = render(parse("## Kop [[instruments.talks]]"), lookup(INSTRUMENTS, *figures))
    assert isinstance(part, Prose)
    assert part.html == "<h2>Kop 63%</h2>\n"


@pytest.mark.parametrize(
    ("k", "n", "text", "width", "flag"),
    [
        (5, 9, "5 van de 9", None, "[u]"),
        (5, 10, "50%", 50, "[u]"),
        (15, 29, "52%", 52, "[u]"),
        (15, 30, "50%", 50, ""),
        (1, 1000, "<1%", 0, ""),
        (999, 1000, ">99%", 100, ""),
    ],
)
def test_small_base_gives_a_flag_and_below_ten_counts_without_bar(
    k: int, n: int, text: str, width: int | None, flag: str
) -> None:
    chart = drawn(INSTRUMENTS, share("instruments", "talks", k, n))
    [row] = [row for row in chart.rows if row.label == "Gesprekken"]
    cell = row.cells[0]
    assert (cell.text, cell.width, cell.flag) == (text, width, flag)
    assert ("[u] klein aantal." in chart.unit_note) == bool(flag)


def test_earlier_waves_stand_behind_this_one_and_a_break_is_marked() -> None:
    chart = drawn(
        last=[published("instruments", "talks", 60, True)],
        before=[published("tools", "talks", 40)],
    )
    assert [wave.label for wave in chart.waves] == [THIS, LAST, BEFORE]
    [row] = [row for row in chart.rows if row.label == "Gesprekken"]
    assert [(cell.text, cell.css, cell.flag) for cell in row.cells] == [
        ("63%", "bar-now", ""),
        ("ongeveer 60%", "bar-was-1", ""),
        ("40%", "bar-was-2", "[b]"),
    ]
    assert "Niet vergelijkbaar met 2019-2020: de vraag is veranderd. [b] trendbreuk." in chart.unit_note


def test_wave_that_the_register_does_not_know_is_left_out() -> None:
    variable = replace(INSTRUMENTS, earlier={})
    assert len(drawn(variable, last=[published("instruments", "talks", 60)]).waves) == 1


def test_number_of_waves_can_be_limited() -> None:
    found = lookup(last=[published("instruments", "talks", 60)])
    chart = charts.chart(INSTRUMENTS, found, n_waves=1)
    assert isinstance(chart, Chart)
    assert [wave.label for wave in chart.waves] == [THIS]


def test_matrix_shows_the_named_categories_of_each_row() -> None:
    variable = Variable(
        *("attention", Kind.MATRIX, "Hoeveel aandacht?", "aandacht"),
        options=(Choice("none", "Geen", "geen"), Choice("some", "Enige", "enige"), Choice("much", "Veel", "veel")),
        rows=(Choice("ict", "ICT", "ICT"), Choice("media", "Mediawijsheid", "mediawijsheid")),
        positive=("some", "much"),
        selection="alle bibliotheken",
    )
    figures = [share("attention", "media.positive", 70, 83), share("attention", "ict.positive", 41, 83)]
    chart = drawn(variable, *figures)
    assert [(row.label, row.cells[0].text) for row in chart.rows] == [("Mediawijsheid", "84%"), ("ICT", "49%")]
    assert chart.caption == "Hoeveel aandacht? Getoond: enige of veel. (Selectie: alle bibliotheken, N: 83)"


def test_number_is_a_table_of_measures() -> None:
    variable = Variable(
        *("hours", Kind.NUMBER, "Hoeveel uren?", "uren per week"),
        unit="uren per week",
        bases=("staff",),
        classes=("lt_3000", "3000_5000", "from_8000"),
        selection="alle bibliotheken",
    )
    base = {"n_libraries": 135}
    figures = [
        Figure("hours", "", "national", Measure.SUM, "uren", 24975, 135, 2, 137, 10, **base),  # type: ignore[arg-type]
        Figure("hours", "", "national", Measure.MEAN, "uren", 24975, 135, 2, 137, 10, **base),  # type: ignore[arg-type]
        Figure("hours", "staff", "national", Measure.POOLED_SHARE, "uren", 500, 1000, 0, 1000, **base),  # type: ignore[arg-type]
        share("hours", "lt_3000", 27),
        share("hours", "3000_5000", 27),
        share("hours", "from_8000", 81),
    ]
    table = charts.chart(variable, lookup(variable, *figures))
    assert isinstance(table, Table)
    assert [(row.label, row.cells[0].text) for row in table.rows] == [
        ("Totaal", "ten minste 2.497,5"),
        ("Gemiddeld per bibliotheek", "18,5"),
        ("Aandeel van staff", "50%"),
        ("Aandeel bibliotheken met minder dan 3.000", "20%"),
        ("Aandeel bibliotheken met 3.000 tot 5.000", "20%"),
        ("Aandeel bibliotheken met 8.000 of meer", "60%"),
    ]


def test_open_question_tells_only_how_many_answered() -> None:
    variable = Variable("topics", Kind.TEXT, "Waarover?", "onderwerpen", selection="alle bibliotheken")
    figure = Figure("topics", "", "national", Measure.COUNT, "libraries", 40, 40, 2, 42, n_libraries=40)
    table = charts.chart(variable, lookup(variable, figure))
    assert isinstance(table, Table)
    assert [[cell.text for cell in row.cells] for row in table.rows] == [["40"]]


def test_section_puts_its_totals_in_one_table() -> None:
    total = Variable(
        *("cooperating", Kind.TOTAL, "Locaties", "locaties met samenwerking"),
        bases=("locations",),
        selection="alle bibliotheken",
    )
    figures = [
        Figure("cooperating", "", "national", Measure.SUM, "locations", 5298, 136, 0, 137, n_libraries=136),
        Figure("cooperating", "locations", "national", Measure.POOLED_SHARE, "locations", 5298, 6590, 0, 6590),
        *NOW,
    ]
    found = lookup(INSTRUMENTS, *figures)
    found = replace(found, variables={**found.variables, "cooperating": total})
    first, second = charts.section(["instruments", "cooperating"], found)
    assert isinstance(first, Table)
    assert [cell.text for cell in first.rows[0].cells] == ["5.298", "80%", "\u2013"]
    assert isinstance(second, Chart)


def test_number_of_fewer_than_ten_is_withheld() -> None:
    variable = Variable("part", Kind.NUMBER, "Welk deel?", "deel", unit="procent", selection="alle bibliotheken")
    figures = [
        Figure("part", "", "national", measure, "procent", 504, 9, 0, 9, n_libraries=9)
        for measure in (Measure.SUM, Measure.MEAN, Measure.MAX)
    ]
    table = charts.chart(variable, lookup(variable, *figures))
    assert isinstance(table, Table)
    assert [(row.label, row.cells[0].text, row.cells[0].flag) for row in table.rows] == [
        ("Gemiddeld per bibliotheek", "\u2013", "[c]"),
        ("Hoogste", "\u2013", "[c]"),
    ]
    assert table.note == "[c] te weinig antwoorden om te tonen."
    [fault] = check(parse("[[part als gemiddelde]]"), lookup(variable, *figures))
    assert "minder dan tien antwoorden" in fault.message
