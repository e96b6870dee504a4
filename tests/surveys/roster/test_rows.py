"""The roster of a section page without JavaScript, and what the script gets back: which rows are shown, what is said of
them, and how much of it there is."""

import gzip
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from surveys import models
from surveys.models import FrameEntry, Library, User
from surveys.services.questionnaires import questionnaire_load
from surveys.services.schools import school_leave
from tests.factories import (
    QUESTIONNAIRES,
    SchoolFactory,
    a_year_later,
    answer,
    close,
    entry_of,
    open_wave,
    questionnaire,
    sheet,
    submit,
)
from tests.surveys.roster.pages import save, section

SCHOOLS = {
    "01AA00": {"name": "De Springplank", "municipality": "Aalwaard", "pupils": 300},
    "01AA01": {"name": "Het Kompas", "municipality": "Beekduin", "pupils": 100},
    "02BB00": {"name": "École Zuid", "municipality": "Aalwaard", "pupils": 200},
}


@pytest.fixture
def entry(library_a: Library) -> FrameEntry:
    for code, school in SCHOOLS.items():
        SchoolFactory(code=code, library=library_a, **school)
    return entry_of(open_wave(questionnaire("roster"), libraries=[library_a]), library_a)


def rows(page: Any) -> list[str]:
    """The codes of the rows that are shown, in the order of the page."""
    return [row.school.code for row in page.context["table"].rows if row.school.code in page.context["table"].shown]


# ---- Which rows are shown -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["01AA00", "02BB00", "01AA01"]),
        ("show.text=kompas", ["01AA01"]),
        ("show.text=ECOLE+zuid", ["02BB00"]),
        ("show.text=01aa", ["01AA00", "01AA01"]),
        ("show.municipality=Aalwaard", ["01AA00", "02BB00"]),
        ("show.kind=bo", ["01AA00", "02BB00", "01AA01"]),
        ("show.kind=sbo", []),
        ("show.state=done", ["01AA01"]),
        ("show.state=open", ["01AA00", "02BB00"]),
        ("show.state=remark", []),
        ("show.order=name", ["01AA00", "02BB00", "01AA01"]),
        ("show.order=pupils", ["01AA00", "02BB00", "01AA01"]),
        ("show.order=open", ["01AA00", "02BB00", "01AA01"]),
        ("show.municipality=Aalwaard&show.text=plank", ["01AA00"]),
    ],
)
def test_rows_are_chosen_by_the_address(
    visitor: Client, entry: FrameEntry, anna: User, query: str, expected: list[str]
) -> None:
    answer(entry, by=anna, schools={"01AA01": {"cooperation": "none"}})
    page = visitor.get(f"{section(entry)}?{query}")
    assert rows(page) == expected
    assert page.text.count('<tr role="row" id="rij-') == 3, "a row that is not shown stays in the form"
    assert page.text.count(" hidden><th") == 3 - len(expected)


def test_rows_are_sorted_by_what_is_asked(visitor: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "none"}})
    assert rows(visitor.get(f"{section(entry)}?show.order=open")) == ["02BB00", "01AA01", "01AA00"]
    assert rows(visitor.get(f"{section(entry)}?show.order=pupils"))[0] == "01AA00"


def test_a_negative_number_is_a_remark(visitor: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "structural"}})
    answer(entry, by=anna, schools={"01AA00": {"books_per_pupil": "-1"}})
    assert rows(visitor.get(f"{section(entry)}?show.state=remark")) == ["01AA00"]


def test_showing_other_rows_saves_what_was_typed_first(visitor: Client, entry: FrameEntry) -> None:
    typed = {"r.01AA00": "cooperation:0", "r.01AA00.cooperation": "none", "seen": ""}
    page = visitor.post(section(entry), typed | {"stay": "show", "show.state": "open", "show.text": ""})
    assert page["Location"] == f"{section(entry)}?show.state=open"
    assert models.Answer.objects.get().value == "none"
    page = visitor.post(section(entry), {"seen": "", "stay": "all", "show.state": "open"})
    assert page["Location"] == section(entry)


def test_a_row_that_cannot_be_read_is_never_out_of_sight(visitor: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "structural"}})
    typed = {"r.01AA00": "books_per_pupil:0", "r.01AA00.books_per_pupil": "veel", "seen": "", "stay": "show"}
    page = visitor.post(section(entry), typed | {"show.text": "kompas"})
    assert page.status_code == 422
    assert rows(page) == ["01AA00", "01AA01"]


def test_hostile_names_stay_text(client: Client, library_a: Library, anna: User) -> None:
    SchoolFactory(code="01AA00", library=library_a, name='<b>"De Tweeling"</b>', municipality="<i>Dorp")
    entry = entry_of(open_wave(questionnaire("roster"), libraries=[library_a]), library_a)
    client.force_login(anna)
    text = client.get(section(entry)).text
    assert "<b>" not in text
    assert "<i>Dorp" not in text
    assert "&lt;b&gt;&quot;De Tweeling&quot;&lt;/b&gt;" in text


# ---- How far it is --------------------------------------------------------------------------------------------------


def test_each_row_and_the_whole_say_how_far_they_are(visitor: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "structural"}, "01AA01": {"cooperation": "none"}})
    text = visitor.get(section(entry)).text
    assert "1 van 3 schoollocaties klaar" in text
    assert '<div id="stand-01AA00" class="row-state"><span class="section-count">1 van 3</span></div>' in text
    assert '<div id="stand-01AA01" class="row-state"><span class="section-count done">klaar</span></div>' in text


def test_a_save_tells_what_it_changed_in_its_row_and_no_more(visitor: Client, entry: FrameEntry) -> None:
    result = save(
        visitor, entry, r__01AA00="cooperation:0", r__01AA00__cooperation="structural", shown__01AA00="cooperation"
    )
    assert result["versions"] == {"r.01AA00.cooperation": 1}
    assert result["cells"].count("<td") == 2
    assert 'name="r.01AA00.topics"' in result["cells"]
    assert "0 van 3 schoollocaties klaar" in result["html"]
    assert "1 van 3" in result["html"]
    assert "01AA01" not in str(result)
    result = save(
        visitor,
        entry,
        r__01AA00="cooperation:1",
        r__01AA00__cooperation="none",
        shown__01AA00="cooperation,topics,books_per_pupil",
    )
    assert result["cells"].count("niet gevraagd") == 2
    assert "1 van 3 schoollocaties klaar" in result["html"]


def test_a_save_tells_what_a_check_says_of_the_cell(visitor: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "structural"}})
    result = save(visitor, entry, r__01AA00="books_per_pupil:0", r__01AA00__books_per_pupil="-1")
    assert "niet lager zijn dan nul" in result["remarks"]["r.01AA00.books_per_pupil"]
    result = save(visitor, entry, r__01AA00="books_per_pupil:1", r__01AA00__books_per_pupil="1")
    assert result["remarks"]["r.01AA00.books_per_pupil"] == ""


def test_what_can_no_longer_be_taken_over_is_said_after_a_save(client: Client, library_a: Library, anna: User) -> None:
    SchoolFactory(code="01AA00", library=library_a)
    wave = open_wave(questionnaire("small"), libraries=[library_a])
    then = entry_of(wave, library_a)
    answer(then, by=anna, schools={"01AA00": {"cooperation": "no"}}, hours="9.5")
    submit(then, by=anna)
    close(wave)
    entry = a_year_later(wave, library_a)
    client.force_login(anna)
    assert 'name="same" value="r.01AA00"' in client.get(section(entry)).text
    result = save(client, entry, r__01AA00="cooperation:0", r__01AA00__cooperation="yes")
    assert 'name="same"' not in result["html"]
    url = reverse("surveys:answer-save", args=[entry.pk, "beleid"])
    assert client.post(url, {"seen": "hours:0", "hours": "8"}).json()["offers"] == {"hours": ["same"]}
    assert client.post(url, {"seen": "hours:1", "hours": "9,5"}).json()["offers"] == {"hours": []}


def test_what_the_kb_knows_of_a_school_stands_in_its_row(visitor: Client, entry: FrameEntry, anna: User) -> None:
    question = models.Question.objects.get(code="cooperation")
    row = entry.schools.get(code="01AA00")
    models.Prefill.objects.create(entry=entry, question=question, school=row, value="none", source="Register <2024>")
    text = visitor.get(section(entry)).text
    assert "Register &lt;2024&gt;: Nee" in text
    assert 'name="confirm" value="r.01AA00"' in text
    assert not models.Answer.objects.exists(), "it counts only after somebody confirmed it"
    visitor.post(section(entry), {"seen": "", "r.01AA00": "cooperation:0", "confirm": "r.01AA00"})
    assert models.Answer.objects.get().origin == models.AnswerOrigin.CONFIRMED
    assert "Register &lt;2024&gt;" not in visitor.get(section(entry)).text


def test_what_other_is_can_be_written_in_the_cell_and_is_kept(client: Client, library_a: Library, anna: User) -> None:
    SchoolFactory(code="01AA00", library=library_a)
    text = (QUESTIONNAIRES / "roster.yaml").read_text(encoding="utf-8")
    other = "    - {code: other, text: 'Anders, namelijk', label: iets anders, has_text: true}\n"
    text = text.replace("label: geen samenwerking}\n", "label: geen samenwerking}\n" + other)
    made = questionnaire_load(text=text, file="other.yaml")[0]
    entry = entry_of(open_wave(made, libraries=[library_a]), library_a)
    client.force_login(anna)
    name = "r.01AA00.cooperation"
    client.post(section(entry), {"seen": "", "r.01AA00": "cooperation:0", name: "other", f"{name}.other_text": "Soms"})
    stored = models.Answer.objects.get()
    assert (stored.value, stored.other_text) == ("other", "Soms")
    assert 'name="r.01AA00.cooperation.other_text" autocomplete="off" value="Soms"' in client.get(section(entry)).text
    client.post(section(entry), {"seen": "", "r.01AA00": "cooperation:1", name: "other"})
    stored.refresh_from_db()
    assert (stored.version, stored.other_text) == (1, "Soms"), "a page without the field leaves the text alone"
    page = client.post(
        section(entry), {"seen": "", "r.01AA00": "cooperation:1", name: "none", f"{name}.other_text": "Nooit"}
    )
    assert page.status_code == 422


# ---- How much it is -------------------------------------------------------------------------------------------------


def test_the_page_and_a_save_cost_the_same_queries_for_any_number_of_schools(
    visitor: Client, library_a: Library, anna: User
) -> None:
    entries = []
    for n_schools, year in ((2, "2024-2025"), (20, "2025-2026")):
        SchoolFactory.create_batch(n_schools - library_a.schools.count(), library=library_a)
        wave = open_wave(questionnaire("roster"), school_year=year, libraries=[library_a])
        entries.append(entry_of(wave, library_a))
        every = sheet(entries[-1]).schools
        answer(entries[-1], by=anna, schools={code: {"cooperation": "structural"} for code in every})
    n_queries = []
    for entry in (*entries, *entries):
        with CaptureQueriesContext(connection) as queries:
            visitor.get(section(entry))
            school = next(iter(sheet(entry).schools))
            many = reverse("surveys:roster-many", args=[entry.pk, "samenwerking"])
            picked = list(sheet(entry).schools)
            visitor.post(many, {"many": "set.books_per_pupil", "many.books_per_pupil": "4", "many.pick": picked})
            save(visitor, entry, **{f"r__{school}": "cooperation:1", f"r__{school}__cooperation": "none"})
        n_queries.append(len(queries))
    assert n_queries[2] == n_queries[3]


def test_the_page_of_a_large_city_stays_small(visitor: Client, library_a: Library, anna: User) -> None:
    schools = [f"{n:04d}00" for n in range(500)]
    for code in schools:
        SchoolFactory(code=code, library=library_a)
    entry = entry_of(open_wave(questionnaire("roster"), libraries=[library_a]), library_a)
    given: dict[str, dict[str, Any]] = {code: {"cooperation": "structural"} for code in schools}
    answer(entry, by=anna, schools=given)
    content = visitor.get(section(entry)).content
    # Three columns; with eight of the primary questionnaire in one section it is 94 kB and 1.6 MB.
    assert len(gzip.compress(content)) < 60_000
    assert len(content) < 1_000_000


def test_emptying_a_cell_of_a_school_that_left_meanwhile_is_not_said_to_be_saved(
    client: Client, library_a: Library, anna: User
):
    for code in ("01AA00", "01AA01"):
        SchoolFactory(code=code, library=library_a)
    entry = entry_of(open_wave(questionnaire("roster"), libraries=[library_a]), library_a)
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "structural"}})
    answer(entry, by=anna, schools={"01AA00": {"topics": ["reading"]}})
    school_leave(entry=entry, school=entry.schools.get(code="01AA00"), status="closed", by=anna)
    client.force_login(anna)
    url = reverse("surveys:answer-save", args=[entry.pk, "samenwerking"])
    errors = client.post(url, {"r.01AA00": "topics:1"}).json()["errors"]
    assert "niet meer op uw lijst" in errors["r.01AA00.topics"]


def test_conflict_in_a_cell_brings_the_cell_of_the_colleague(
    client: Client, library_a: Library, anna: User, emma: User
):
    SchoolFactory(code="01AA00", library=library_a)
    entry = entry_of(open_wave(questionnaire("roster"), libraries=[library_a]), library_a)
    answer(entry, by=emma, schools={"01AA00": {"cooperation": "structural"}})
    client.force_login(anna)
    url = reverse("surveys:answer-save", args=[entry.pk, "samenwerking"])
    sent = {"r.01AA00": "cooperation:0", "r.01AA00.cooperation": "none"}
    assert "<template><td" in client.post(url, sent).json()["conflicts"][0]["html"]
