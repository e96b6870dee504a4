"""The blank questionnaire and the answers as they stand: one source, so that no paper can drift apart."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils.html import escape

from surveys.instrument import Given, Instrument, State
from surveys.models import FrameEntry, Library, User
from surveys.views.paper import letter_of
from tests.factories import SchoolFactory, answer, explain, sheet, submit
from tests.surveys.paper.reading import loaded, pdf_text, url, with_response, words


def wording(instrument: Instrument) -> Iterator[str]:
    """All that the questionnaire says to who fills it in."""
    yield instrument.title
    for section in instrument.sections:
        yield from (section.title, section.help)
        for question in section.questions:
            yield from (question.text, question.help, question.unit)
            yield instrument.number_of[question.code]
            yield from (option.text for option in question.options)
            yield from (row.text for row in question.rows)
            yield from (option.text for option in instrument.numbered_options(question))


@pytest.mark.parametrize("name", ["small", "matrix", "number_per_option", "hierarchy", "po-2021-2022", "vo-2022-2023"])
def test_all_three_papers_hold_every_word_of_the_questionnaire(
    client: Client, library_a: Library, anna: User, html: list[str], name: str
) -> None:
    entry = loaded(name, library_a)
    submit(with_response(entry), by=anna)
    client.force_login(anna)
    for address in (url("blank", entry), url("answers", entry), url("receipt", entry, 1)):
        page = client.get(address)
        assert page.status_code == 200
        drawn, source = pdf_text(page.content), words(html[-1])
        for text in wording(sheet(entry).instrument):
            assert words(escape(text)) in source, (address, text)
            assert words(text) in drawn, (address, text)


def test_blank_paper_has_boxes_routing_and_the_own_school_list(
    client: Client, entry: FrameEntry, anna: User, html: list[str]
) -> None:
    client.force_login(anna)
    page = client.get(url("blank", entry))
    text = pdf_text(page.content)
    assert words("De Springplank, Aalwaard (01AA00)") in text
    assert words("School van een ander") not in text
    assert words("Alleen bij schoollocaties waar u bij vraag 1.1 “Ja” kiest.") in text
    assert words("Alleen als het aantal locaties waarmee wordt samengewerkt (zie vraag 1.1) ten minste 1 is.") in text
    assert words("U kunt meer dan één antwoord kiezen.") in text
    assert '<span class="box"></span>' in html[-1]
    assert "ticked" not in html[-1]
    assert "Niet beantwoord" not in html[-1]


def test_paper_with_answers_ticks_them_and_marks_what_is_open(
    client: Client, entry: FrameEntry, anna: User, html: list[str]
) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "yes"}, "01AA01": {"cooperation": "no"}})
    answer(entry, by=anna, has_targets="no", hours="12.5")
    answer(entry, by=anna, partners=Given(("poi", "other"), other_text="De molen"))
    client.force_login(anna)
    client.get(url("answers", entry))
    questions = {part.split("</span>")[0]: part for part in html[-1].split('<span class="number">')[1:]}
    assert questions["2.1"].count("ticked") == 4, "two boxes: the class of the line and of the box"
    assert "De molen" in questions["2.1"]
    assert questions["2.2"].count('"box ticked"') == 1
    assert "Niet van toepassing" in questions["2.3"]
    assert "12,5 uren per week" in questions["2.4"]
    assert "Niet beantwoord" in questions["2.5"]
    rows = {row.split(",")[0]: row for row in html[-1].split('<th scope="row">')[1:]}
    assert 'class="open"' in rows["De Springplank"]
    assert "<td></td>" in rows["Het Kompas"], "empty: not asked"
    assert "Leeg: niet gevraagd." in html[-1]


def test_schools_that_a_section_asks_nothing_about_are_left_out_there_and_counted(
    client: Client, library_a: Library, anna: User, html: list[str]
) -> None:
    for place in range(3):
        SchoolFactory(code=f"01AA0{place}", library=library_a)
    entry = loaded("po-2021-2022", library_a)
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "structural"}, "01AA01": {"cooperation": "none"}})
    answer(entry, by=anna, schools={"01AA02": {"cooperation": "none"}})
    client.force_login(anna)
    client.get(url("answers", entry))
    first, second = html[-1].split('<table class="roster">')[1:]
    assert [code in first for code in ("01AA00", "01AA01", "01AA02")] == [True, True, True]
    assert [code in second for code in ("01AA00", "01AA01", "01AA02")] == [True, False, False]
    assert "Weggelaten: 2 locaties waarover hier niets wordt gevraagd." in second
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "none"}})
    client.get(url("answers", entry))
    assert html[-1].count('<table class="roster">') == 1
    assert "Door uw antwoorden wordt hier over geen enkele schoollocatie iets gevraagd." in html[-1]
    client.get(url("blank", entry))
    assert html[-1].split('<table class="roster">')[2].count("(01AA0") == 3, "on the blank paper nothing is known yet"


def test_paper_marks_a_matrix_that_is_half_filled_in(
    client: Client, library_a: Library, anna: User, html: list[str]
) -> None:
    entry = loaded("matrix", library_a)
    answer(entry, by=anna, attention={"media_literacy": "some"})
    client.force_login(anna)
    client.get(url("answers", entry))
    assert "Niet volledig beantwoord" in html[-1]


def test_paper_says_which_number_is_unknown(client: Client, library_a: Library, anna: User, html: list[str]) -> None:
    entry = loaded("number_per_option", library_a)
    answer(entry, by=anna, municipalities={"structural": "3", "incidental": State.UNKNOWN})
    client.force_login(anna)
    client.get(url("answers", entry))
    assert words(html[0]).count("onbekend") == 1
    client.get(url("blank", entry))
    assert "Schrijfdan\u2018onbekend\u2019" in words(html[1])


def test_answers_leave_out_an_explanation_that_is_no_longer_needed(
    client: Client, entry: FrameEntry, anna: User, html: list[str]
) -> None:
    answer(entry, by=anna, hours="900")
    explain(entry, by=anna, hours_unusual="Eenmalig project")
    client.force_login(anna)
    client.get(url("answers", entry))
    answer(entry, by=anna, hours="9")
    client.get(url("answers", entry))
    assert ["Eenmalig project" in page for page in html] == [True, False]


def test_letters_go_on_after_z() -> None:
    assert [letter_of(place) for place in (0, 25, 26, 27, 52)] == ["A", "Z", "AA", "AB", "BA"]
