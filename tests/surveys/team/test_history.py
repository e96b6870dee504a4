"""The history of an answer: who gave what, and when."""

import re
from typing import Any

import pytest
from django.test import Client

from surveys.models import FrameEntry, User
from tests.factories import answer
from tests.surveys.team.pages import history


def test_history_lists_every_value_in_words_with_who_and_how(
    client: Client, entry: FrameEntry, anna: User, emma: User, bram: User
) -> None:
    answer(entry, by=anna, hours="9.5")
    answer(entry, by=emma, hours="12")
    answer(entry, by=anna, hours=None)
    client.force_login(bram)
    page = client.get(history(entry, "hours"))
    cells = re.findall(r"<tr><th scope=\"row\">.*?</tr>", page.text, re.S)
    assert ["Anna" in row for row in cells] == [True, False, True]
    assert "9,5" in cells[2]
    assert "12" in cells[1]
    assert "geen antwoord" in cells[0]
    assert all("getypt" in row for row in cells)


def test_history_of_one_school_leaves_out_the_others(client: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "yes"}, "01AA01": {"cooperation": "no"}})
    client.force_login(anna)
    everything = client.get(history(entry, "cooperation")).text
    assert "?vraag=cooperation&amp;school=01AA00" in everything
    assert "Het Kompas" in everything
    for narrowed in (history(entry, "cooperation", "01AA00"), history(entry, school="01AA00")):
        text = client.get(narrowed).text
        assert "De Springplank" in text
        assert "Het Kompas" not in text


def test_history_of_all_answers_says_which_question_each_was(client: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, hours="9.5", has_targets="yes", schools={"01AA00": {"cooperation": "yes"}})
    client.force_login(anna)
    lines = client.get(history(entry)).context["lines"]
    assert {line.question.code for line in lines} == {"hours", "has_targets", "cooperation"}
    assert {line.school for line in lines} == {"", "De Springplank (01AA00)"}


def test_history_keeps_a_school_that_left_the_roster(client: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "yes"}})
    entry.schools.filter(code="01AA00").update(status="closed")
    client.force_login(anna)
    assert "De Springplank" in client.get(history(entry, school="01AA00")).text
    assert len(client.get(history(entry, "cooperation")).context["lines"]) == 1


@pytest.mark.parametrize("n_changes", [1, 5])
def test_history_costs_the_same_for_few_and_many(
    client: Client, entry: FrameEntry, anna: User, n_changes: int, django_assert_num_queries: Any
) -> None:
    for hours in range(n_changes):
        answer(entry, by=anna, hours=str(hours), schools={"01AA00": {"cooperation": "no" if hours % 2 else "yes"}})
    client.force_login(anna)
    client.get(history(entry))
    with django_assert_num_queries(6):  # session with its user, entry, roster, answers, how many changes, which
        client.get(history(entry))


def test_history_of_what_is_not_there(client: Client, entry: FrameEntry, anna: User, carla: User) -> None:
    client.force_login(anna)
    assert "nooit beantwoord" in client.get(history(entry, "hours")).text
    assert client.get(history(entry, "nonsense")).status_code == 404
    assert client.get(history(entry, "hours", "01AA00")).status_code == 404, "not asked per school"
    for school in ("99ZZ99", "\x00"):
        assert client.get(history(entry, "cooperation", school)).status_code == 404
    client.force_login(carla)
    assert client.get(history(entry, "hours")).status_code == 404
