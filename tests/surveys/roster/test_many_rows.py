"""Filling in many cells of the roster at once: what is stored, what is asked first, and how it is undone."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from surveys import models
from surveys.instrument import Given, State
from surveys.models import FrameEntry, Library, User
from surveys.services.schools import school_leave
from tests.factories import SchoolFactory, answer, close, entry_of, open_wave, questionnaire
from tests.surveys.roster.pages import act, section

CODES = ["01AA00", "01AA01", "01AA02"]
STORED = "ingevuld en opgeslagen"


@pytest.fixture
def entry(library_a: Library) -> FrameEntry:
    for code in CODES:
        SchoolFactory(code=code, library=library_a, name=f"School {code}", municipality=f"Dorp {code[-1]}")
    return entry_of(open_wave(questionnaire("roster"), libraries=[library_a]), library_a)


def undo_fields(html: str) -> dict[str, str]:
    """The hidden fields of a notice."""
    parts = [part.split('"') for part in html.split('name="undo.')[1:]]
    return {f"undo.{part[0]}": part[2] for part in parts}


def stored(code: str) -> dict[str, object]:
    """The values of one column by school, as they are in the database."""
    return dict(models.Answer.objects.filter(question__code=code).values_list("school__code", "value"))


# ---- One answer in many rows ----------------------------------------------------------------------------------------


def test_one_answer_is_filled_in_in_the_ticked_rows_alone(visitor: Client, entry: FrameEntry) -> None:
    result = act(visitor, entry, "set.cooperation", many__cooperation="structural", many__pick=CODES[:2])
    assert result["saved"]
    assert f"2 antwoorden {STORED}" in result["notice"]
    assert stored("cooperation") == {"01AA00": "structural", "01AA01": "structural"}
    assert result["cells"].count('data-version="1"') == 2
    assert 'name="r.01AA00.topics"' in result["cells"], "what comes to apply comes along"
    assert "01AA02" not in result["cells"]
    assert models.AnswerChange.objects.count() == 2


def test_only_cells_that_apply_are_filled_in(visitor: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "structural"}, "01AA01": {"cooperation": "none"}})
    result = act(visitor, entry, "set.topics", many__topics=["digital", "reading"], many__pick=CODES)
    assert stored("topics") == {"01AA00": ["reading", "digital"]}
    assert "2 cellen zijn overgeslagen" in result["notice"]


def test_replacing_answers_is_asked_first_and_says_how_many(visitor: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "none"}, "01AA01": {"cooperation": "structural"}})
    data: dict[str, Any] = {"many__cooperation": "structural", "many__pick": CODES}
    result = act(visitor, entry, "set.cooperation", **data)
    assert not result["saved"]
    assert "1 antwoord dat er al staat" in result["notice"]
    assert 'value="sure.set.cooperation"' in result["notice"]
    assert stored("cooperation")["01AA00"] == "none"
    assert "01AA02" not in stored("cooperation"), "all or nothing, until somebody is sure"
    result = act(visitor, entry, "sure.set.cooperation", **data)
    assert f"2 antwoorden {STORED}" in result["notice"]
    assert "1 stond er al" in result["notice"]
    assert set(stored("cooperation").values()) == {"structural"}


@pytest.mark.parametrize(
    ("many", "data", "words"),
    [
        ("set.cooperation", {"many__cooperation": "structural"}, "Vink eerst"),
        ("set.cooperation", {"many__pick": CODES}, "Kies eerst het antwoord"),
        ("set.books_per_pupil", {"many__pick": CODES, "many__books_per_pupil": "veel"}, "is geen getal"),
        ("set.cooperation", {"many__pick": CODES, "many__cooperation": "nonsense"}, "in de lijst"),
        ("set.unknown", {"many__pick": CODES}, "kan hier niet"),
        ("copy", {"many__pick": CODES}, "Kies eerst de schoollocatie"),
        ("copy", {"many__pick": CODES, "many__from": "01AA00"}, "nog geen antwoorden"),
        ("paste", {}, "niets dat in deze cellen hoort"),
    ],
)
def test_what_cannot_be_done_says_why(
    visitor: Client, entry: FrameEntry, many: str, data: dict[str, Any], words: str
) -> None:
    result = act(visitor, entry, many, **data)
    assert not result["saved"]
    assert words in result["notice"]
    assert not models.Answer.objects.exists()


def test_a_colleagues_newer_answer_stays_and_is_listed(
    visitor: Client, entry: FrameEntry, anna: User, emma: User
) -> None:
    answer(entry, by=emma, schools={"01AA01": {"cooperation": "none"}})
    seen = {f"r__{code}": "cooperation:0" for code in CODES}
    data = {"many__cooperation": "structural", "many__pick": CODES} | seen
    result = act(visitor, entry, "sure.set.cooperation", **data)
    assert stored("cooperation") == {"01AA00": "structural", "01AA01": "none", "01AA02": "structural"}
    assert "1 cel is intussen door een collega gewijzigd" in result["notice"]
    assert "Emma antwoordde “Nee”; u wilde “Ja, structureel”." in result["notice"]
    assert 'href="#cel-01AA01-cooperation"' in result["notice"]
    assert "undo.01AA01" not in result["notice"]
    assert 'id="cel-01AA01-cooperation"' in result["cells"], "their answer takes its place on the page"


# ---- A row to others, and emptying ----------------------------------------------------------------------------------


def test_a_row_is_copied_with_what_comes_to_apply(visitor: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "structural"}})
    answer(entry, by=anna, schools={"01AA00": {"topics": ["reading"], "books_per_pupil": Given(None, State.UNKNOWN)}})
    result = act(visitor, entry, "copy", many__from="01AA00", many__pick=CODES)
    assert f"6 antwoorden {STORED}" in result["notice"]
    assert stored("topics") == {code: ["reading"] for code in CODES}
    states = models.Answer.objects.filter(question__code="books_per_pupil").values_list("state", flat=True)
    assert list(states) == ["unknown"] * 3


def test_an_answer_off_the_route_is_not_copied(visitor: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "structural"}})
    answer(entry, by=anna, schools={"01AA00": {"topics": ["reading"]}})
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "none"}})
    act(visitor, entry, "copy", many__from="01AA00", many__pick=CODES)
    assert stored("topics") == {"01AA00": ["reading"]}


def test_a_column_or_everything_is_emptied_after_asking(visitor: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={code: {"cooperation": "structural"} for code in CODES})
    answer(entry, by=anna, schools={code: {"topics": ["reading"]} for code in CODES})
    assert not act(visitor, entry, "clear.topics", many__pick=CODES[:1])["saved"]
    act(visitor, entry, "sure.clear.topics", many__pick=CODES[:1])
    assert stored("topics")["01AA00"] is None
    act(visitor, entry, "sure.clear", many__pick=CODES[1:2])
    assert (stored("cooperation")["01AA01"], stored("topics")["01AA01"]) == (None, None)
    assert stored("topics")["01AA02"] == ["reading"]


# ---- Undoing --------------------------------------------------------------------------------------------------------


def test_undoing_puts_every_answer_back(visitor: Client, entry: FrameEntry, anna: User) -> None:
    before = Given(None, State.UNKNOWN)
    answer(entry, by=anna, schools={code: {"cooperation": "structural"} for code in CODES})
    answer(entry, by=anna, schools={"01AA00": {"books_per_pupil": "3"}, "01AA01": {"books_per_pupil": before}})
    result = act(visitor, entry, "sure.set.books_per_pupil", many__books_per_pupil="4,5", many__pick=CODES)
    assert set(stored("books_per_pupil").values()) == {"4.5"}
    back = act(visitor, entry, "undo", **undo_fields(result["notice"]))
    assert "3 antwoorden zijn weer zoals ze waren." in back["notice"]
    assert stored("books_per_pupil") == {"01AA00": "3", "01AA01": None, "01AA02": None}
    assert models.Answer.objects.get(question__code="books_per_pupil", school__code="01AA01").state == "unknown"
    assert 'data-version="3"' in back["cells"]


def test_undoing_leaves_what_was_changed_since(visitor: Client, entry: FrameEntry, emma: User) -> None:
    result = act(visitor, entry, "set.cooperation", many__cooperation="structural", many__pick=CODES)
    answer(entry, by=emma, schools={"01AA01": {"cooperation": "general"}})
    back = act(visitor, entry, "undo", **undo_fields(result["notice"]))
    assert stored("cooperation") == {"01AA00": None, "01AA01": "general", "01AA02": None}
    assert "Emma antwoordde" in back["notice"]


def test_undoing_nonsense_changes_nothing(visitor: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "structural"}})
    fields = {"undo__01AA00": "cooperation:7,unknown:1,topics:x", "undo__99ZZ99": "cooperation:1"}
    act(visitor, entry, "undo", **fields)
    assert stored("cooperation") == {"01AA00": "structural"}


# ---- Pasting --------------------------------------------------------------------------------------------------------


def test_a_block_is_read_as_people_write(visitor: Client, entry: FrameEntry) -> None:
    block = {
        "r__01AA00__cooperation": "Ja, structureel",
        "r__01AA00__topics": "leesbevordering; Digitale geletterdheid",
        "r__01AA00__books_per_pupil": " 4,5 ",
        "r__01AA01__cooperation": "zonder afspraken",
        "r__01AA01__topics": "reading",
        "r__01AA02__cooperation": "NONE",
    }
    result = act(visitor, entry, "paste", **block)
    assert f"6 antwoorden {STORED}" in result["notice"]
    assert stored("cooperation") == {"01AA00": "structural", "01AA01": "general", "01AA02": "none"}
    assert stored("topics") == {"01AA00": ["reading", "digital"], "01AA01": ["reading"]}
    assert stored("books_per_pupil") == {"01AA00": "4.5"}


def test_what_cannot_be_read_is_listed_and_nothing_is_stored(visitor: Client, entry: FrameEntry) -> None:
    block = {"r__01AA00__cooperation": "Jawel <b>", "r__01AA01__cooperation": "Nee"}
    result = act(visitor, entry, "paste", **block)
    assert not result["saved"]
    assert "1 cel kan niet worden gelezen." in result["notice"]
    assert "School 01AA00, Samenwerking" in result["notice"]
    assert "“Jawel &lt;b&gt;” is hier geen antwoord" in result["notice"]
    assert not models.Answer.objects.exists()
    result = act(visitor, entry, "sure.paste", **block)
    assert stored("cooperation") == {"01AA01": "none"}
    assert "1 cel kon niet worden gelezen." in result["notice"]


def test_what_is_pasted_where_nothing_is_asked_is_left_out_and_said(visitor: Client, entry: FrameEntry) -> None:
    block = {"r__01AA00__cooperation": "Nee", "r__01AA00__books_per_pupil": "4", "many__beyond": "7"}
    result = act(visitor, entry, "paste", **block)
    assert stored("cooperation") == {"01AA00": "none"}
    assert stored("books_per_pupil") == {}
    assert "1 cel is overgeslagen" in result["notice"]
    assert "7 geplakte cellen vallen buiten de tabel." in result["notice"]


# ---- Without JavaScript ---------------------------------------------------------------------------------------------


def test_without_script_the_same_act_saves_what_was_typed_first(visitor: Client, entry: FrameEntry) -> None:
    typed = {f"r.{code}": "cooperation:0" for code in CODES} | {"r.01AA02.cooperation": "general", "seen": ""}
    form = {"many": "set.cooperation", "many.cooperation": "structural", "many.pick": CODES[:2]}
    page = visitor.post(section(entry), typed | form)
    assert page.status_code == 200
    assert f"2 antwoorden {STORED}" in page.text
    assert stored("cooperation") == {"01AA00": "structural", "01AA01": "structural", "01AA02": "general"}
    assert 'name="many.pick" value="01AA00" checked' in page.text
    undo = {"many": "undo", "seen": ""} | undo_fields(page.text)
    page = visitor.post(section(entry), undo)
    assert "2 antwoorden zijn weer zoals ze waren." in page.text
    assert stored("cooperation")["01AA00"] is None


def test_without_script_all_rows_that_are_shown_can_be_meant(visitor: Client, entry: FrameEntry) -> None:
    form = {"many": "set.cooperation", "many.cooperation": "none", "many.all": "1", "show.municipality": "Dorp 1"}
    visitor.post(section(entry), form | {"seen": ""})
    assert stored("cooperation") == {"01AA01": "none"}


def test_without_script_replacing_is_asked_first_too(visitor: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "none"}})
    form = {"many": "set.cooperation", "many.cooperation": "structural", "many.pick": CODES, "seen": ""}
    form |= {"r.01AA00": "cooperation:1", "r.01AA00.cooperation": "none"}  # what stands in the table
    page = visitor.post(section(entry), form)
    assert page.status_code == 422
    assert '<option value="structural" selected>' in page.text, "the answer that was chosen still stands there"
    visitor.post(section(entry), form | {"many": "sure.set.cooperation"})
    assert set(stored("cooperation").values()) == {"structural"}


def test_nothing_is_filled_in_while_something_typed_cannot_be_read(
    visitor: Client, entry: FrameEntry, anna: User
) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "structural"}})
    typed = {"r.01AA00": "books_per_pupil:0", "r.01AA00.books_per_pupil": "veel", "seen": ""}
    page = visitor.post(
        section(entry), typed | {"many": "set.cooperation", "many.cooperation": "none", "many.pick": CODES}
    )
    assert page.status_code == 422
    assert stored("cooperation") == {"01AA00": "structural"}


def test_a_closed_wave_refuses_an_act(visitor: Client, entry: FrameEntry) -> None:
    close(entry.wave)
    url = reverse("surveys:roster-many", args=[entry.pk, "samenwerking"])
    page = visitor.post(url, {"many": "set.cooperation", "many.cooperation": "none", "many.pick": CODES})
    assert page.status_code == 409
    assert not models.Answer.objects.exists()


def test_a_reader_cannot_fill_in_many(client: Client, entry: FrameEntry, bram: User) -> None:
    client.force_login(bram)
    url = reverse("surveys:roster-many", args=[entry.pk, "samenwerking"])
    page = client.post(url, {"many": "set.cooperation", "many.cooperation": "none", "many.pick": CODES})
    assert page.status_code == 403


def test_no_answer_is_replaced_that_nobody_was_asked_about(client: Client, library_a: Library, anna: User, emma: User):
    for code in ("01AA00", "01AA01"):
        SchoolFactory(code=code, library=library_a)
    entry = entry_of(open_wave(questionnaire("roster"), libraries=[library_a]), library_a)
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "structural"}, "01AA01": {"cooperation": "none"}})
    answer(entry, by=anna, schools={"01AA00": {"topics": ["reading"]}})
    client.force_login(anna)
    url = reverse("surveys:roster-many", args=[entry.pk, "samenwerking"])
    page = {
        "many.topics": ["digital"],
        "many.pick": ["01AA00", "01AA01"],
        "r.01AA00": "cooperation:1,topics:1,books_per_pupil:0",
        "r.01AA01": "cooperation:1",
    }
    asked = client.post(url, {"many": "set.topics"} | page).json()
    assert not asked["saved"]
    answer(entry, by=emma, schools={"01AA01": {"cooperation": "structural"}})
    answer(entry, by=emma, schools={"01AA01": {"topics": ["reading"]}})
    done = client.post(url, {"many": "sure.set.topics"} | page).json()
    stored = models.Answer.objects.filter(question__code="topics")
    assert stored.get(school__code="01AA00").value == ["digital"]
    assert stored.get(school__code="01AA01").value == ["reading"]
    assert "Emma" in done["notice"]


@pytest.mark.parametrize("act", ["paste", "set.cooperation"])
def test_a_school_that_left_meanwhile_is_named_and_not_passed_over(
    client: Client, library_a: Library, anna: User, act: str
):
    for code in ("01AA00", "01AA01"):
        SchoolFactory(code=code, library=library_a, name=f"School {code}")
    entry = entry_of(open_wave(questionnaire("roster"), libraries=[library_a]), library_a)
    school_leave(entry=entry, school=entry.schools.get(code="01AA00"), status="closed", by=anna)
    client.force_login(anna)
    url = reverse("surveys:roster-many", args=[entry.pk, "samenwerking"])
    page = {
        "many.pick": ["01AA00", "01AA01"],
        "many.cooperation": "none",
        "r.01AA00": "cooperation:0",
        "r.01AA01": "cooperation:0",
        "r.01AA00.cooperation": "Nee",
        "r.01AA01.cooperation": "Nee",
    }
    asked = client.post(url, {"many": act} | page).json()
    assert not asked["saved"]
    assert "niet meer op uw lijst" in asked["notice"]
    assert "School 01AA00" in asked["notice"]
    client.post(url, {"many": f"sure.{act}"} | page)
    assert list(models.Answer.objects.values_list("school__code", flat=True)) == ["01AA01"]
