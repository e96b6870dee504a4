"""A number that nobody knows, or that does not apply: typed where the number would stand, and taken away again."""

import pytest
from django.test import Client

from surveys import models
from surveys.instrument import State
from surveys.models import User
from tests.factories import answer, sheet
from tests.surveys.roster.pages import act
from tests.surveys.without_value.pages import Open, save, stored, url

UNKNOWN, NOT_APPLICABLE = State.UNKNOWN, State.NOT_APPLICABLE


@pytest.mark.parametrize("code", ["volunteers", "hours", "share"])
@pytest.mark.parametrize(
    ("typed", "state", "word"),
    [
        ("onbekend", UNKNOWN, "onbekend"),
        (" Onbekend. ", UNKNOWN, "onbekend"),
        ("?", UNKNOWN, "onbekend"),
        ("weet ik  niet", UNKNOWN, "onbekend"),
        ("unknown", UNKNOWN, "onbekend"),
        ("nvt", NOT_APPLICABLE, "nvt"),
        ("N.v.t.", NOT_APPLICABLE, "nvt"),
        ("niet van toepassing", NOT_APPLICABLE, "nvt"),
        ("not_applicable", NOT_APPLICABLE, "nvt"),
    ],
)
def test_what_is_typed_for_no_number_is_stored_and_comes_back(
    visitor: Client, opened: Open, code: str, typed: str, state: State, word: str
) -> None:
    entry = opened("decimals")
    assert save(visitor, entry, **{code: typed})["errors"] == {}
    assert stored(code) == (None, state, 1)
    assert f'value="{word}"' in visitor.get(url(entry)).text
    assert [one.question for one in sheet(entry).open_questions].count(code) == 0
    words = "Onbekend" if state is UNKNOWN else "Niet van toepassing"
    assert words in visitor.get(url(entry, "response-read")).text
    save(visitor, entry, **{code: word})
    assert stored(code) == (None, state, 1), "saved unchanged, it changes nothing"


@pytest.mark.parametrize("typed", ["onbekent", "geen idee", "nv", "-"])
def test_a_near_miss_is_told_what_may_be_typed(visitor: Client, opened: Open, typed: str) -> None:
    entry = opened("decimals")
    errors = save(visitor, entry, volunteers=typed, hours=typed)["errors"]
    assert errors == {
        "volunteers": f"\u2018{typed}\u2019 is geen heel getal. Gebruik alleen cijfers, bijvoorbeeld 12."
        " Of typ \u2018onbekend\u2019 of \u2018nvt\u2019.",
        "hours": f"\u2018{typed}\u2019 is geen getal met hoogstens twee decimalen. Schrijf bijvoorbeeld 12,5."
        " Of typ \u2018onbekend\u2019 of \u2018nvt\u2019.",
    }
    assert not models.Answer.objects.exists()


def test_emptying_the_field_takes_it_away_with_its_history(visitor: Client, opened: Open, anna: User) -> None:
    entry = opened("decimals")
    save(visitor, entry, hours="onbekend")
    assert save(visitor, entry, hours="")["versions"] == {"hours": 2}
    assert stored("hours") == (None, "value", 2)
    assert "hours" in [one.question for one in sheet(entry).open_questions]
    history = models.AnswerChange.objects.filter(answer__question__code="hours").order_by("version")
    assert list(history.values_list("state", "changed_by")) == [("unknown", anna.pk), ("value", anna.pk)]


def test_what_the_page_did_not_show_or_an_older_page_showed_is_not_taken_away(
    visitor: Client, opened: Open, anna: User
) -> None:
    entry = opened("decimals")
    answer(entry, by=anna, hours=UNKNOWN)
    visitor.post(url(entry), {"seen": "volunteers:0", "volunteers": "3"})
    assert stored("hours") == (None, "unknown", 1)
    reply = visitor.post(url(entry, "answer-save"), {"seen": "hours:0", "hours": ""}).json()
    assert stored("hours") == (None, "unknown", 1)
    assert [conflict["name"] for conflict in reply["conflicts"]] == ["hours"]
    assert "Onbekend" in reply["conflicts"][0]["html"]


def test_a_choice_that_is_unknown_stays_so_when_nothing_is_chosen(visitor: Client, opened: Open, anna: User) -> None:
    entry = opened("matrix")
    answer(entry, by=anna, attention=UNKNOWN)
    save(visitor, entry, attention__media_literacy="")
    assert stored("attention") == (None, "unknown", 1)


def test_one_of_several_numbers_may_be_unknown(visitor: Client, opened: Open, anna: User) -> None:
    entry = opened("number_per_option")
    answer(entry, by=anna, functions=["specialist", "consultant"])
    save(visitor, entry, hours__specialist="onbekend", hours__consultant="")
    assert "hours" in [one.question for one in sheet(entry).open_questions], "one is still open"
    save(visitor, entry, hours__specialist="?", hours__consultant="12,5")
    assert stored("hours") == ({"specialist": "unknown", "consultant": "12.5"}, "value", 2)
    assert "hours" not in [one.question for one in sheet(entry).open_questions]
    page = visitor.get(url(entry)).text
    assert 'value="onbekend"' in page
    assert '<strong class="num">12,5</strong>' in page
    read = visitor.get(url(entry, "response-read")).text
    assert "Onderwijsspecialist: onbekend" in read
    assert "Leesconsulent: 12,5 uren per week" in read
    save(visitor, entry, hours__specialist="onbekend", hours__consultant="12,5")
    assert stored("hours")[2] == 2, "saved unchanged, it changes nothing"
    save(visitor, entry, hours__specialist="", hours__consultant="12,5")
    assert stored("hours") == ({"consultant": "12.5"}, "value", 3)


def test_an_unknown_number_that_is_hidden_for_now_stays(visitor: Client, opened: Open, anna: User) -> None:
    entry = opened("number_per_option")
    answer(entry, by=anna, functions=["consultant"], hours={"specialist": UNKNOWN, "consultant": "4"})
    save(visitor, entry, hours__consultant="5")
    assert stored("hours") == ({"specialist": "unknown", "consultant": "5"}, "value", 2)
    assert "onbekend" not in visitor.get(url(entry, "response-read")).text


def test_no_check_fires_on_it(visitor: Client, opened: Open) -> None:
    entry = opened("sums")
    save(visitor, entry, functions="specialist")
    save(visitor, entry, hours__specialist="99", all_hours="10")
    assert [finding.question for finding in sheet(entry).findings] == ["hours"]
    save(visitor, entry, all_hours="onbekend")
    assert sheet(entry).findings == []
    save(visitor, entry, hours__specialist="onbekend", all_hours="10")
    assert sheet(entry).findings == []


def test_a_cell_of_the_roster_takes_it_typed_set_and_pasted(visitor: Client, opened: Open, anna: User) -> None:
    entry = opened("roster")
    codes = ("01AA00", "01AA01")
    answer(entry, by=anna, schools={code: {"cooperation": "structural"} for code in codes})
    cell = {"r.01AA00": "books_per_pupil:0", "r.01AA00.books_per_pupil": "weet ik niet"}
    assert visitor.post(url(entry, "answer-save"), cell).json()["errors"] == {}
    act(visitor, entry, "set.books_per_pupil", many__books_per_pupil="nvt", many__pick=["01AA01"])
    states = dict(models.Answer.objects.filter(question__code="books_per_pupil").values_list("school__code", "state"))
    assert states == {"01AA00": "unknown", "01AA01": "not_applicable"}
    page = visitor.get(url(entry)).text
    assert 'id="id_r.01AA00.books_per_pupil" value="onbekend"' in page
    assert 'id="id_r.01AA01.books_per_pupil" value="nvt"' in page
    assert act(visitor, entry, "paste", **{f"r__{code}__books_per_pupil": "nvt" for code in codes})["notice"]
    act(visitor, entry, "sure.paste", **{f"r__{code}__books_per_pupil": "N.V.T." for code in codes})
    assert set(models.Answer.objects.filter(question__code="books_per_pupil").values_list("state", flat=True)) == {
        "not_applicable"
    }
    answers = models.Answer.objects.get(question__code="books_per_pupil", school__code="01AA00")
    cell = {"r.01AA00": f"books_per_pupil:{answers.version}", "r.01AA00.books_per_pupil": ""}
    visitor.post(url(entry, "answer-save"), cell)
    answers.refresh_from_db()
    assert (answers.value, answers.state) == (None, "value")


def test_a_page_with_numbers_says_once_what_may_be_typed(visitor: Client, opened: Open) -> None:
    words = "Weet u een getal niet? Typ dan \u2018onbekend\u2019, of \u2018nvt\u2019 als het niet van toepassing is."
    assert visitor.get(url(opened("decimals"))).text.count(words) == 1
