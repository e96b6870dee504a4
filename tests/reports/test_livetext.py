"""Live text: what a reference prints, what is refused and where, and what HTML comes out."""

from decimal import Decimal

import pytest

from reports.figures import Figure, Kind, Measure
from reports.livetext import Choice, Directive, Earlier, Lookup, Prose, Variable, check, parse, render, words

THIS, LAST, BEFORE = "2021-2022", "2020-2021", "2019-2020"
LIBRARIES = "bibliotheken die samenwerken met het po"


def share(
    question: str, option: str, k: int, n: int = 135, group: str = "national", N: int | None = None, **more: object
) -> Figure:
    return Figure(
        question,
        option,
        group,
        Measure.SHARE,
        "libraries",
        k,
        n,
        0,
        N or n,
        n_libraries=n,
        **more,  # type: ignore[arg-type]
    )


def published(question: str, option: str, value: int, is_approximate: bool = False) -> Figure:
    return Figure(
        *(question, option, "national", Measure.SHARE, "libraries", 0, 0, 0, 0),
        flag="published",
        published_value=Decimal(value),
        is_approximate=is_approximate,
    )


def lookup(*more: Figure) -> Lookup:
    """PO 2021-2022 in small, with the real figures of that year."""
    earlier = {LAST: Earlier("partners"), BEFORE: Earlier("partners")}
    partners = Variable(
        "partners",
        Kind.SEVERAL,
        "Met welke partners werkt u samen?",
        "partners",
        options=(
            Choice("municipality", "Gemeente", "de gemeente"),
            Choice("poi", "POI", "POI's"),
            Choice("schrijverscentrale", "Schrijverscentrale", "de Schrijverscentrale"),
            Choice("cultural", "Culturele instellingen", "culturele instellingen"),
            Choice("other", "Anders", "andere partners", is_rest=True),
            Choice("none", "Geen", "geen partners", is_rest=True),
        ),
        selection=LIBRARIES,
        earlier=earlier,
    )
    targets = Variable(
        "targets",
        Kind.ONE,
        "Gebruikt u KPI's?",
        "KPI's",
        options=(Choice("yes", "Ja", "ja"), Choice("no", "Nee", "nee")),
        selection=LIBRARIES,
        earlier={LAST: Earlier("kpi"), BEFORE: Earlier("kpi")},
    )
    consequences = Variable(
        "consequences",
        Kind.SEVERAL,
        "Wat zijn de gevolgen?",
        "gevolgen",
        options=(Choice("fewer", "Minder scholen", "minder scholen dan gewenst"),),
        selection="bibliotheken met knelpunt financiering",
    )
    broken = Variable(
        "broken",
        Kind.ONE,
        "Is er een plan?",
        "plan",
        options=(Choice("yes", "Ja", "ja"),),
        earlier={LAST: Earlier("broken", is_break=True, reason="de vraag is veranderd")},
    )
    locations = Variable("locations", Kind.TOTAL, "Schoollocaties", "schoollocaties", unit="schoollocaties", bases=())
    cooperating = Variable(
        *("cooperating", Kind.TOTAL, "Locaties waarmee wordt samengewerkt", "locaties"),
        unit="schoollocaties",
        bases=("locations",),
    )
    response = Variable("response", Kind.ONE, "Respons", "respons", is_open=True)
    attention = Variable(
        *("attention", Kind.MATRIX, "Hoeveel aandacht?", "aandacht"),
        options=(Choice("none", "Geen", "geen"), Choice("much", "Veel", "veel")),
        rows=(Choice("media", "Mediawijsheid", "mediawijsheid"), Choice("ict", "ICT", "ICT-vaardigheden")),
        positive=("much",),
    )
    variables = (partners, targets, consequences, broken, locations, cooperating, response, attention)
    now = [
        *(share("partners", option, k) for option, k in PARTNERS.items()),
        share("partners", "municipality", 15, 17, "size:klein"),
        share("partners", "municipality", 6, 7, "province:Zeeland"),
        share("targets", "yes", 53),
        share("targets", "no", 82),
        share("consequences", "fewer", 18, 36),
        share("broken", "yes", 40),
        share("response", "", 135, 137),
        share("attention", "media.positive", 70, 83),
        share("attention", "ict.positive", 41, 83),
        Figure("cooperating", "", "national", "sum", "schoollocaties", 5298, 136, 1, 137, n_libraries=136),
        Figure("cooperating", "", "national", "mean", "schoollocaties", 5298, 136, 1, 137, n_libraries=136),
        Figure("cooperating", "", "national", "share", "libraries", 136, 136, 1, 137, n_libraries=136),
        Figure(
            *("cooperating", "locations", "national", "pooled_share", "schoollocaties", 5298, 6590, 0, 6637),
            n_libraries=136,
        ),
        *more,
    ]
    last = [
        published("partners", "schrijverscentrale", 62),
        published("kpi", "yes", 60, True),
        published("broken", "yes", 70),
    ]
    before = [
        published("partners", "schrijverscentrale", 54),
        published("partners", "municipality", 81),
        published("kpi", "yes", 60, True),
    ]
    waves = {THIS: now, LAST: last, BEFORE: before}
    return Lookup(
        (THIS, LAST, BEFORE),
        {variable.code: variable for variable in variables},
        {"netwerk": ("partners", "targets")},
        {wave: {figure.key: figure for figure in figures} for wave, figures in waves.items()},
    )


PARTNERS = {
    "municipality": 124,
    "poi": 107,
    "schrijverscentrale": 101,
    "cultural": 99,
    "other": 130,
    "none": 4,
    "any": 131,
}


def written(text: str, *more: Figure) -> str:
    """The text as printed, of one paragraph below a chart of the partners (so that 135 is the base of the block)."""
    document = parse(f"zin {text}\n\n::: grafiek partners")
    assert check(document, lookup(*more)) == []
    first = render(document, lookup(*more))[0]
    assert isinstance(first, Prose)
    return first.html.removeprefix("<p>zin ").removesuffix("</p>\n")


@pytest.mark.parametrize(
    ("reference", "printed"),
    [
        ("partners.municipality", "92%"),
        ("partners.any", "97%"),
        ("partners.municipality als aantal", "124"),
        ("partners.municipality als van", "124 van de 135"),
        ("partners.municipality als woorden", "ruim negen op de tien"),
        ("partners.municipality als woorden bibliotheken", "ruim negen op de tien bibliotheken"),
        ("partners.municipality @2019-2020", "81%"),
        ("partners.schrijverscentrale @vorige", "62%"),
        ("partners.schrijverscentrale @deze", "75%"),
        (
            "partners.schrijverscentrale als reeks 3",
            "van 54% in 2019-2020 en 62% in 2020-2021 naar 75% in 2021-2022",
        ),
        ("partners.schrijverscentrale als reeks 2", "van 62% in 2020-2021 naar 75% in 2021-2022"),
        (
            "targets.yes als reeks 3",
            "van ongeveer 60% in 2019-2020 en ongeveer 60% in 2020-2021 naar 39% in 2021-2022",
        ),
        (
            "partners als top 4",
            "de gemeente (92%), POI's (79%), de Schrijverscentrale (75%) en culturele instellingen (73%)",
        ),
        ("partners als basis", "N: 135"),
        ("cooperating als som", "ten minste 5.298 (N: 136)"),
        ("cooperating als gemiddelde", "39,0 (N: 136)"),
        ("cooperating als aandeel", "100% (N: 136)"),
        ("cooperating.locations", "80% (N: 6.590 schoollocaties)"),
        ("cooperating.locations als van", "5.298 van de 6.590"),
        ("response als van", "135 van de 137"),
        ("attention als top 1", "mediawijsheid (84%) (N: 83)"),
        ("meting", "2021-2022"),
        ("meting @vorige", "2020-2021"),
    ],
)
def test_reference_prints(reference: str, printed: str) -> None:
    assert written(f"[[{reference}]]") == printed


@pytest.mark.parametrize(
    ("k", "n", "printed"),
    [
        (5, 9, "5 van de 9"),
        (1, 9, "1 van de 9"),
        (6, 10, "60% (N: 10)"),
        (15, 29, "52% (N: 29)"),
        (18, 36, "50% (N: 36)"),
        (85, 136, "63% (N: 136)"),
        (1, 500, "&lt;1% (N: 500)"),
        (499, 500, "&gt;99% (N: 500)"),
        (68, 135, "50%"),
    ],
)
def test_base_decides_what_is_printed(k: int, n: int, printed: str) -> None:
    assert written("[[consequences.fewer]]", share("consequences", "fewer", k, n)) == printed


def test_differing_base_is_told_once_a_paragraph() -> None:
    text = written("[[consequences.fewer]] en [[consequences.fewer]]")
    assert text == "50% (N: 36) en 50%"
    assert written("[[consequences.fewer als van]], dus [[consequences.fewer]]") == "18 van de 36, dus 50%"


def test_heading_prints_no_base_and_block_without_chart_tells_it() -> None:
    document = parse("## Kop [[targets.yes]]\n\nHet is [[targets.yes]], of [[partners.poi]].")
    [part] = render(document, lookup())
    assert isinstance(part, Prose)
    assert part.html == "<h2>Kop 39%</h2>\n<p>Het is 39% (N: 135), of 79%.</p>\n"


def test_words_begin_a_sentence_with_a_capital() -> None:
    document = parse("[[partners als top 1]] is er. [[partners.any als woorden]] ook; [[partners als top 1]].")
    [part] = render(document, lookup())
    assert isinstance(part, Prose)
    assert part.html == ("<p>De gemeente (92%) (N: 135) is er. Vrijwel alle ook; de gemeente (92%).</p>\n")


@pytest.mark.parametrize(
    ("k", "n", "N", "expected"),
    [
        (137, 137, 137, "alle bibliotheken"),
        (135, 135, 137, "alle deelnemende bibliotheken"),
        (134, 135, 135, "vrijwel alle bibliotheken"),
        (93, 100, 100, "vrijwel alle bibliotheken"),
        (92, 100, 100, "ruim negen op de tien bibliotheken"),
        (85, 100, 100, "ruim vier op de vijf bibliotheken"),
        (75, 100, 100, "driekwart van de bibliotheken"),
        (67, 100, 100, "twee derde van de bibliotheken"),
        (57, 100, 100, "bijna drie op de vijf bibliotheken"),
        (53, 100, 100, "ruim de helft van de bibliotheken"),
        (50, 100, 100, "de helft van de bibliotheken"),
        (39, 100, 100, "twee op de vijf bibliotheken"),
        (23, 100, 100, "bijna een kwart van de bibliotheken"),
        (14, 100, 100, "één op de zeven bibliotheken"),
        (2, 100, 100, "één op de 50 bibliotheken"),
        (0, 100, 100, "geen bibliotheken"),
        (5, 9, 9, "5 van de 9 bibliotheken"),
    ],
)
def test_number_words(k: int, n: int, N: int, expected: str) -> None:
    assert words.share_words(share("q", "o", k, n, N=N), "bibliotheken") == expected


def test_all_is_said_only_with_a_full_response() -> None:
    """Behind a route nobody knows whether those who didn't respond would have been asked."""
    text = "[[consequences.fewer als woorden bibliotheken]]"
    everybody = share("consequences", "fewer", 36, 36)
    assert written(text, everybody) == "alle deelnemende bibliotheken (N: 36)"
    assert written(text, everybody, share("response", "", 137, 137)) == "alle bibliotheken (N: 36)"


def test_number_words_never_say_more_than_the_percentage() -> None:
    """Whatever the share: a bare fraction is at most 2 points off, "ruim" and "bijna" are 1 to 5 and on their side."""
    fractions = {words: value for value, words, _ in words.FRACTIONS}
    for k in range(18, 93):
        said = words.share_words(share("q", "o", k, 100))
        nuance = next((nuance for nuance in ("ruim ", "bijna ") if said.startswith(nuance)), "")
        distance = k - fractions[said.removeprefix(nuance)]
        assert {"": -2 <= distance <= 2, "ruim ": 1 <= distance <= 5, "bijna ": -5 <= distance <= -1}[nuance], k


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("[[partner.poi]]", 5, "bedoelde u 'partners'?"),
        ("[[partners.gemeente]]", 5, "'partners' heeft geen 'gemeente'"),
        ("[[partners.municipalty]]", 5, "bedoelde u 'municipality'?"),
        ("[[partners.poi @2018-2019]]", 5, "Onbekende meting '2018-2019'; bedoelde u '20"),
        ("[[partners.poi @vorig]]", 5, "bedoelde u 'vorige'?"),
        ("[[partners.poi :groote=klein]]", 5, "bedoelde u 'grootte'?"),
        ("[[partners.poi :grootte=kleine]]", 5, "bedoelde u 'klein'?"),
        ("[[partners.poi :provincie=Friesland]]", 5, "Onbekende provincie 'Friesland'"),
        ("[[partners.poi :klein]]", 20, "is geen groep"),
        ("[[partners.poi als percentage]]", 24, "Onbekende vorm 'percentage'"),
        ("[[partners.poi als aantl]]", 24, "bedoelde u 'aantal'?"),
        ("[[partners.poi als som]]", 5, "De vorm 'som' past niet bij 'partners.poi'"),
        ("[[partners]]", 5, "'partners' is geen los getal: noem wat u bedoelt"),
        ("[[cooperating]]", 5, "kies een vorm: als som"),
        ("[[partners.poi als top 3]]", 5, "De vorm 'top' past niet"),
        ("[[partners als top]]", 20, "Achter 'top' hoort een getal van 1 tot en met 12."),
        ("[[partners als top 0]]", 24, "Achter 'top' hoort een getal"),
        ("[[partners.poi als reeks 3]]", 5, "heeft geen eerdere meting"),
        ("[[broken.yes als reeks 2]]", 5, "heeft geen eerdere meting"),
        ("[[partners.poi @vorige]]", 5, "is er geen cijfer in 2020-2021"),
        ("[[partners.schrijverscentrale @vorige als aantal]]", 5, "alleen het percentage bekend"),
        ("[[partners.municipality :provincie=Zeeland]]", 5, "onderdrukt"),
        ("[[partners.municipality :grootte=klein]]", 5, "onderdrukt"),
        ("[[partners.poi @deze @vorige]]", 26, "is er één te veel"),
        ("[[partners.poi als van als van]]", 32, "is er één te veel"),
        ("[[partners.poi vier]]", 20, "'vier' is hier niet te lezen"),
        ("[[__class__.x]]", 5, "Onbekende vraag"),
        ("[[partners.poi", 5, "]] ontbreekt"),
        ("[[]]", 7, "staat niets"),
        ("[[meting als van]]", 5, "kan alleen een @meting staan"),
    ],
)
def test_mistake_is_a_fault_with_its_place(text: str, column: int, message: str) -> None:
    [fault] = check(parse(f"Eerste regel.\n\nzin {text} staat\n"), lookup())
    assert message in fault.message
    assert (fault.line, fault.column) == (3, column)


def test_place_is_that_in_the_source_also_inside_lists_and_later_lines() -> None:
    document = parse("- een\n- twee *drie*\n  en [[nope]]\n\n> citaat [[nee]]\n\n| a |\n|---|\n| [[x]] |")
    assert [(fault.line, fault.column) for fault in check(document, lookup())] == [(3, 6), (5, 10), (9, 3)]


def test_group_with_enough_libraries_is_printed_with_its_base() -> None:
    large = share("partners", "municipality", 30, 40, "size:groot")
    assert written("[[partners.municipality :grootte=groot]]", large) == "75% (N: 40)"


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("::: grafiek partner", "bedoelde u 'partners'?"),
        ("::: grafik partners", "bedoelde u 'grafiek'?"),
        ("::: tabellen netwrk", "bedoelde u 'netwerk'?"),
        ("::: grafiek", "ontbreekt de code"),
        ("- ::: grafiek partners", "staat op zichzelf"),
        ("# Kop", "begint met ##"),
    ],
)
def test_mistaken_block_is_a_fault(block: str, message: str) -> None:
    [fault] = check(parse(f"Tekst.\n\n{block}"), lookup())
    assert fault.line == 3
    assert message in fault.message


def test_blocks_come_between_the_prose() -> None:
    parts = render(parse("Voor.\n::: grafiek partners Een kop\nNa.\n\n::: tabellen netwerk"), lookup())
    assert parts == [
        Prose(parts[0].html),  # type: ignore[union-attr]
        Directive("grafiek", "partners", "Een kop", 2),
        Prose(parts[2].html),  # type: ignore[union-attr]
        Directive("tabellen", "netwerk", "", 5),
    ]
    assert parts[0].html == "<p>Voor.</p>\n"  # type: ignore[union-attr]
    assert parts[2].html == "<p>Na.</p>\n"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("<b onclick=x>a</b>", "&lt;b onclick=x&gt;a&lt;/b&gt;"),
        ("[a](javascript:alert(1))", "[a](javascript:alert(1))"),
        ("[a](data:text/html,x)", "[a](data:text/html,x)"),
        ("![a](https://x/y.png)", "<a href"),
        ("**vet** en *schuin*", "<strong>vet</strong> en <em>schuin</em>"),
        ("`[[partners.poi]]`", "`79%`"),
    ],
)
def test_html_is_text_and_only_known_tags_come_out(text: str, html: str) -> None:
    assert html in written(text)


def test_labels_are_escaped() -> None:
    variable = Variable(
        *("evil", Kind.ONE, "?", "?"), options=(Choice("a", "<img src=x>", "<img src=x onerror=alert(1)>"),)
    )
    found = Lookup((THIS,), {"evil": variable}, {}, {THIS: {(f := share("evil", "a", 9, 90)).key: f}})
    [part] = render(parse("[[evil als top 1]]"), found)
    assert isinstance(part, Prose)
    assert "<img" not in part.html


def test_without_figures_only_names_are_judged() -> None:
    found = lookup()
    empty = Lookup(found.waves, found.variables, found.sections, {})
    document = parse("[[partners.poi]] [[partners als top 3]] [[nope]]\n\n::: grafiek partners")
    assert [fault.column for fault in check(document, empty, has_values=False)] == [41]
    assert len(check(document, empty)) == 4


def test_rendering_a_faulty_text_is_refused() -> None:
    with pytest.raises(ValueError, match="Onbekende vraag"):
        render(parse("[[nope]]"), lookup())
