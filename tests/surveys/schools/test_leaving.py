"""Schools leave the roster, and come back as they were."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from surveys import dataset
from surveys.dataset import WaveKey
from surveys.errors import WaveNotOpen
from surveys.models import Answer, FrameEntry, FrameSchool, Prefill, Question, Response, School, User, Wave
from surveys.services.board import BoardQuery, board_entries, board_rows
from surveys.services.reopening import response_reopen
from surveys.services.schools import SchoolRefused, roster_confirm, school_add, school_add_new, school_return
from surveys.services.waves import extension_give
from tests.factories import answer, close, explain, sheet, submit
from tests.surveys.schools.rows import Status, leave, log, n_locations, row


def test_a_school_that_left_is_asked_and_counted_nowhere_and_comes_back_as_it_was(
    entry: FrameEntry, anna: User, emma: User
) -> None:
    both = {"cooperation": "yes", "topics": ["reading"]}
    answer(entry, by=anna, schools={"01AA00": both, "01AA01": both}, partners=["poi"])
    before = sheet(entry)
    assert (before.route.totals["cooperating_locations"], before.overall.asked) == (2, 9)

    leave(entry, "01AA00", by=emma)
    after = sheet(entry)
    assert set(after.schools) == {"01AA01", "01AA02"}
    assert (after.route.totals["cooperating_locations"], after.route.totals["locations"]) == (1, 2)
    assert after.overall.asked == before.overall.asked - 2
    assert n_locations(entry) == 2
    assert Answer.objects.filter(school__code="01AA00").count() == 2
    content = submit(entry, by=anna).snapshot
    assert content["schools"] == ["01AA01", "01AA02"]
    assert content["answers"]["cooperating_locations"] == "1"
    assert content["counts"]["cooperation"] == {"": 1, "yes": 1}


def test_putting_a_school_back_brings_its_answers_back(entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "yes", "topics": ["digital"]}})
    before = sheet(entry)
    leave(entry, "01AA00", by=anna)
    school_return(entry=entry, school=row(entry, "01AA00"), by=anna)
    after = sheet(entry)
    assert after.facts.rows == before.facts.rows
    assert after.stored == before.stored
    assert n_locations(entry) == 3
    assert log(entry) == [("01AA00", "closed", ""), ("01AA00", "present", "")]


def test_saying_the_same_twice_is_saying_it_once_and_something_else_corrects_it(entry: FrameEntry, anna: User) -> None:
    for _twice in range(2):
        leave(entry, "01AA00", by=anna, status=Status.MOVED, reason="Naar Bibliotheek Beekduin")
    assert log(entry) == [("01AA00", "moved", "Naar Bibliotheek Beekduin")]
    leave(entry, "01AA00", by=anna)
    for _twice in range(2):
        school_return(entry=entry, school=row(entry, "01AA00"), by=anna)
    assert [status for _code, status, _reason in log(entry)] == ["moved", "closed", "present"]
    school_return(entry=entry, school=row(entry, "01AA01"), by=anna)
    assert len(log(entry)) == 3, "nothing was ever said of that one"


def test_a_merger_names_a_school_that_is_on_the_list(entry: FrameEntry, anna: User, wave: Wave) -> None:
    elsewhere = FrameSchool.objects.get(code="02BB00")
    for successor in (None, row(entry, "01AA00"), elsewhere):
        with pytest.raises(SchoolRefused):
            leave(entry, "01AA00", by=anna, status=Status.MERGED, successor=successor)
    merged = leave(entry, "01AA00", by=anna, status=Status.MERGED, successor=row(entry, "01AA01"))
    assert merged.successor == row(entry, "01AA01")
    assert log(entry) == [("01AA00", "merged", "Met Het Kompas (01AA01).")]
    with pytest.raises(SchoolRefused):
        leave(entry, "01AA01", by=anna, status=Status.MERGED, successor=row(entry, "01AA00"))
    assert school_return(entry=entry, school=row(entry, "01AA00"), by=anna).successor is None


@pytest.mark.parametrize("status", [Status.MOVED, Status.NOT_OURS])
def test_moving_and_never_having_been_ours_need_a_reason(entry: FrameEntry, anna: User, status: str) -> None:
    with pytest.raises(SchoolRefused):
        leave(entry, "01AA00", by=anna, status=status)
    assert n_locations(entry) == 3
    leave(entry, "01AA00", by=anna, status=status, reason="Ligt in Beekduin")
    assert n_locations(entry) == 2


def test_the_list_stays_as_it_is_after_submitting_and_after_closing(entry: FrameEntry, anna: User, staff: User) -> None:
    acts: list[Callable[[], object]] = [
        lambda: leave(entry, "01AA00", by=anna),
        lambda: school_return(entry=entry, school=row(entry, "01AA00"), by=anna),
        lambda: school_add(entry=entry, code="02BB00", by=anna, is_agreed=True),
        lambda: school_add_new(entry=entry, name="Nieuw", kind="bo", municipality="Ons Dorp", by=anna),
        lambda: roster_confirm(entry=entry, by=anna),
    ]

    def refused() -> None:
        before = (log(entry), Response.objects.count(), School.objects.count(), n_locations(entry))
        for act in acts:
            with pytest.raises(WaveNotOpen):
                act()
        assert (log(entry), Response.objects.count(), School.objects.count(), n_locations(entry)) == before

    other = FrameEntry.objects.exclude(pk=entry.pk).get()
    answer(entry, by=anna, has_targets="no")
    submission = submit(entry, by=anna)
    refused()
    response_reopen(response=submission.response, by=staff, reason="")
    leave(entry, "01AA00", by=anna)
    close(entry.wave)
    refused()
    with pytest.raises(WaveNotOpen):
        roster_confirm(entry=other, by=anna)
    assert not Response.objects.filter(entry=other).exists(), "a closed wave gets no response"
    extension_give(entry=other, until=timezone.now() + timedelta(days=1), by=staff)
    assert roster_confirm(entry=other, by=anna).roster_confirmed_by == anna


def test_explanations_and_prefills_of_a_school_that_left_are_off_the_sheet_too(entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, has_targets="no")
    question = Question.objects.get(code="cooperation")
    for code in ("01AA00", "01AA01"):
        school = row(entry, code)
        Prefill.objects.create(entry=entry, question=question, school=school, value="yes", source="register")
    explain(entry, by=anna, school="01AA00", hours_unusual="Toelichting")
    leave(entry, "01AA00", by=anna)
    after = sheet(entry)
    assert set(after.prefills) == {("cooperation", "01AA01")}
    assert dict(after.explanations) == {}
    school_return(entry=entry, school=row(entry, "01AA00"), by=anna)
    assert dict(sheet(entry).explanations) == {("hours_unusual", "01AA00"): "Toelichting"}


def test_an_earlier_submission_still_names_the_school_that_left(
    client: Client, entry: FrameEntry, anna: User, staff: User
) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "no"}})
    first = submit(entry, by=anna)
    response_reopen(response=first.response, by=staff, reason="")
    leave(entry, "01AA00", by=anna)
    school_add_new(entry=entry, name="De Nieuwe", kind="bo", municipality="Ons Dorp", by=anna)
    client.force_login(anna)
    page = client.get(reverse("surveys:response-receipt", args=[entry.pk])).text
    assert "De Springplank" in page
    assert "De Nieuwe" not in page
    read = client.get(reverse("surveys:response-read", args=[entry.pk])).text
    assert "De Springplank" not in read
    assert "De Nieuwe" in read


def test_figures_and_board_count_what_is_on_the_list(entry: FrameEntry, anna: User, wave: Wave) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "yes"}, "01AA01": {"cooperation": "no"}})
    leave(entry, "01AA00", by=anna)
    leave(entry, "01AA02", by=anna)
    [busy] = [one for one in board_rows(wave, list(board_entries(wave, BoardQuery()))) if one.progress]
    assert busy.progress == sheet(entry).overall
    submit(entry, by=anna)
    close(wave)
    key = WaveKey(wave.survey.code, wave.school_year)
    cells = dataset.frame(key)
    assert sum(cell.n_locations for cell in cells) == 2
    assert sum(cell.n_locations_submitted for cell in cells) == 1
    [(_province, _size, content)] = dataset.submissions(key, 0, 2**31)
    assert content["schools"] == ["01AA01"]
