"""The life of a roster's rows: leaving, coming back, being added; confirming the list; and who sees to it at the KB."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from surveys import dataset
from surveys.dataset import WaveKey
from surveys.errors import DomainError, FileRefused, NotAllowed, SubmissionRefused, WaveNotOpen
from surveys.models import (
    Answer,
    FrameEntry,
    FrameSchool,
    Library,
    Prefill,
    Question,
    Response,
    School,
    SchoolReport,
    Submission,
    User,
    Wave,
)
from surveys.services.board import BoardQuery, board_entries, board_rows
from surveys.services.exchange import wave_export, wave_import
from surveys.services.questionnaires import questionnaire_load
from surveys.services.registers import schools_import
from surveys.services.reopening import response_reopen
from surveys.services.responses import response_submit
from surveys.services.schools import (
    OnAnotherRoster,
    SchoolRefused,
    reports_handle,
    roster_confirm,
    school_add,
    school_add_new,
    school_identify,
    school_leave,
    school_return,
)
from surveys.services.waves import extension_give
from tests.factories import (
    QUESTIONNAIRES,
    LibraryFactory,
    SchoolFactory,
    answer,
    close,
    entry_of,
    explain,
    open_wave,
    questionnaire,
    sheet,
    submit,
)

Status = FrameSchool.Status


@pytest.fixture
def wave(library_a: Library, library_b: Library) -> Wave:
    """The small questionnaire; A has three schools, B one, in the same municipality."""
    for code, name in (("01AA00", "De Springplank"), ("01AA01", "Het Kompas"), ("01AA02", "De Vlieger")):
        SchoolFactory(code=code, name=name, library=library_a)
    SchoolFactory(code="02BB00", name="De Brug", library=library_b)
    return open_wave(questionnaire("small"), libraries=[library_a, library_b])


@pytest.fixture
def entry(wave: Wave, library_a: Library) -> FrameEntry:
    return entry_of(wave, library_a)


def row(entry: FrameEntry, code: str) -> FrameSchool:
    return entry.schools.get(code=code)


def leave(entry: FrameEntry, code: str, by: User, status: str = Status.CLOSED, **more: Any) -> FrameSchool:
    return school_leave(entry=entry, school=row(entry, code), status=status, by=by, **more)


def n_locations(entry: FrameEntry) -> int:
    return FrameEntry.objects.get(pk=entry.pk).n_locations


def log(entry: FrameEntry) -> list[tuple[str, str, str]]:
    """Everything that was said, oldest first."""
    reports = SchoolReport.objects.filter(school__entry=entry).order_by("pk")
    return list(reports.values_list("school__code", "status", "reason"))


# --- Leaving and coming back ----------------------------------------------------------------------------------------


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


# --- Adding ---------------------------------------------------------------------------------------------------------


def test_a_school_of_the_register_is_added_with_its_name(entry: FrameEntry, anna: User) -> None:
    SchoolFactory(code="03CC00", name="De Linde", municipality="Verderop", vanished=True)
    added = school_add(entry=entry, code="03CC00", by=anna, reason="Komt uit het buurdorp")
    assert (added.name, added.municipality, added.is_added) == ("De Linde", "Verderop", True)
    assert n_locations(entry) == 4
    assert log(entry) == [("03CC00", "present", "Komt uit het buurdorp")]
    answer(entry, by=anna, schools={"03CC00": {"cooperation": "yes"}})
    assert submit(entry, by=anna).snapshot["answers"]["locations"] == "4"


def test_a_school_of_another_library_is_added_only_when_one_says_so(entry: FrameEntry, anna: User) -> None:
    with pytest.raises(OnAnotherRoster, match="Beekduin"):
        school_add(entry=entry, code="02BB00", by=anna)
    assert n_locations(entry) == 3
    school_add(entry=entry, code="02BB00", by=anna, reason="Wij komen er", is_agreed=True)
    assert n_locations(entry) == 4
    assert log(entry) == [("02BB00", "present", "Staat ook op de lijst van Bibliotheek Beekduin. Wij komen er")]


def test_a_school_that_another_library_took_off_its_list_is_free_and_goes_back_only_when_one_says_so(
    entry: FrameEntry, anna: User, carla: User, wave: Wave, library_b: Library
) -> None:
    theirs = entry_of(wave, library_b)
    leave(theirs, "02BB00", by=carla, status=Status.MOVED, reason="Naar Aalwaard")
    assert school_add(entry=entry, code="02BB00", by=anna).name == "De Brug"
    with pytest.raises(OnAnotherRoster, match="Aalwaard"):
        school_return(entry=theirs, school=row(theirs, "02BB00"), by=carla)
    assert (n_locations(theirs), row(theirs, "02BB00").status) == (0, Status.MOVED)
    for _twice in range(2):
        school_return(entry=theirs, school=row(theirs, "02BB00"), by=carla, is_agreed=True)
    assert log(theirs)[1:] == [("02BB00", "present", "Staat ook op de lijst van Bibliotheek Aalwaard.")]
    school_return(entry=entry, school=row(entry, "02BB00"), by=anna)
    assert len(log(entry)) == 1, "what is on the list already needs no agreement"


def test_a_school_on_the_list_of_another_wave_is_not_in_the_way(
    entry: FrameEntry, anna: User, wave: Wave, library_b: Library
) -> None:
    leave(entry_of(wave, library_b), "02BB00", by=anna)
    open_wave(wave.questionnaire, school_year="2030-2031", libraries=[library_b])
    assert school_add(entry=entry, code="02BB00", by=anna).name == "De Brug"


@pytest.mark.parametrize(
    ("code", "words"), [("99ZZ99", "register"), ("04VO00", "voortgezet"), ("01AA00", "op uw lijst")]
)
def test_what_cannot_be_added_is_refused_with_the_reason(entry: FrameEntry, anna: User, code: str, words: str) -> None:
    SchoolFactory(code="04VO00", secondary=True)
    with pytest.raises(SchoolRefused, match=words):
        school_add(entry=entry, code=code, by=anna)
    assert n_locations(entry) == 3


def test_a_school_that_left_is_not_added_again_but_put_back(entry: FrameEntry, anna: User) -> None:
    leave(entry, "01AA00", by=anna)
    acts: list[Callable[[], object]] = [
        lambda: school_add(entry=entry, code="01AA00", by=anna),
        lambda: school_add_new(entry=entry, name="de springplank", kind="bo", municipality="ONS DORP", by=anna),
    ]
    for act in acts:
        with pytest.raises(SchoolRefused) as refused:
            act()
        assert refused.value.row == row(entry, "01AA00")
    assert entry.schools.count() == 3


def test_a_school_without_a_code_gets_a_provisional_one(entry: FrameEntry, anna: User, library_a: Library) -> None:
    added = school_add_new(entry=entry, name="De Nieuwe", kind="bo", municipality="Ons Dorp", pupils=80, by=anna)
    school = added.school
    assert (school.is_provisional, school.is_open, school.library) == (True, True, library_a)
    assert added.code == school.code != ""
    with pytest.raises(SchoolRefused, match="straat"):
        school_add_new(entry=entry, name="De Nieuwe", kind="bo", municipality="Ons Dorp", by=anna)
    answer(entry, by=anna, schools={added.code: {"cooperation": "yes"}})
    assert added.code in submit(entry, by=anna).snapshot["schools"]


def test_next_year_a_provisional_school_is_on_the_list_unless_it_was_taken_off(
    entry: FrameEntry, anna: User, wave: Wave, library_a: Library
) -> None:
    kept, gone = (
        school_add_new(entry=entry, name=name, kind="bo", municipality="Ons Dorp", by=anna) for name in ("Een", "Twee")
    )
    school_leave(entry=entry, school=gone, status=Status.NOT_OURS, by=anna)
    following = entry_of(open_wave(wave.questionnaire, school_year="2030-2031"), library_a)
    codes = set(following.schools.values_list("code", flat=True))
    assert kept.code in codes
    assert gone.code not in codes


def test_a_school_of_unknown_kind_is_on_the_next_list_of_the_same_survey_only(
    entry: FrameEntry, anna: User, staff: User, wave: Wave, library_a: Library
) -> None:
    kept, found, gone = (
        school_add_new(entry=entry, name=name, kind="unknown", municipality="Ons Dorp", by=anna)
        for name in ("Een", "Twee", "Drie")
    )
    school_identify(school=found.school, code="06FF00", by=staff)  # of which the register doesn't tell the kind
    school_leave(entry=entry, school=gone, status=Status.NOT_OURS, by=anna)
    SchoolFactory(code="06FF01", kind="unknown", library=library_a)  # on no list of this survey

    following = open_wave(wave.questionnaire, school_year="2030-2031", libraries=[library_a])
    on_it = set(entry_of(following, library_a).schools.values_list("code", flat=True))
    assert on_it == {"01AA00", "01AA01", "01AA02", kept.code, "06FF00"}
    text = (QUESTIONNAIRES / "small.yaml").read_text("utf-8").replace("survey: test", "survey: other")
    other = open_wave(questionnaire_load(text=text, file="other.yaml")[0], libraries=[library_a])
    assert not entry_of(other, library_a).schools.filter(kind="unknown").exists()


def test_last_years_answers_come_along_by_code_and_not_from_a_school_that_merged(
    entry: FrameEntry, anna: User, wave: Wave, library_a: Library
) -> None:
    told = {code: {"cooperation": "yes"} for code in ("01AA00", "01AA01")}
    answer(entry, by=anna, schools=told)
    submit(entry, by=anna)
    close(wave)
    School.objects.filter(code="01AA01").update(is_open=False)
    now = entry_of(open_wave(wave.questionnaire, school_year="2025-2026"), library_a)
    leave(now, "01AA00", by=anna, status=Status.MERGED, successor=row(now, "01AA02"))
    school_add(entry=now, code="01AA01", by=anna)
    last = sheet(now).last_wave
    assert last is not None
    assert last.given("cooperation", "01AA02") is None
    assert last.given("cooperation", "01AA01") is not None


def together(*acts: Callable[[], object]) -> list[DomainError]:
    """Do all of this at the same moment; what was refused."""
    barrier, refused = Barrier(len(acts)), list[DomainError]()

    def one(act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            act()
        except DomainError as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    threads = [Thread(target=one, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


@pytest.mark.django_db(transaction=True)
def test_two_colleagues_adding_the_same_school_add_it_once(entry: FrameEntry, anna: User, emma: User) -> None:
    SchoolFactory(code="03CC00")
    [refusal] = together(*(partial(school_add, entry=entry, code="03CC00", by=person) for person in (anna, emma)))
    assert isinstance(refusal, SchoolRefused)
    assert (entry.schools.filter(code="03CC00").count(), n_locations(entry)) == (1, 4)


@pytest.mark.django_db(transaction=True)
def test_of_two_libraries_that_want_the_same_school_at_once_the_second_is_asked(
    entry: FrameEntry, anna: User, carla: User, wave: Wave, library_b: Library
) -> None:
    theirs = entry_of(wave, library_b)
    leave(theirs, "02BB00", by=carla)
    [question] = together(
        partial(school_add, entry=entry, code="02BB00", by=anna),
        partial(school_return, entry=theirs, school=row(theirs, "02BB00"), by=carla),
    )
    assert isinstance(question, OnAnotherRoster)
    assert FrameSchool.objects.filter(entry__wave=wave, code="02BB00", status=Status.PRESENT).count() == 1


def test_the_successor_of_a_merged_library_has_the_schools_of_both(library_a: Library, anna: User) -> None:
    gone = LibraryFactory(merged=True, successor=library_a)
    SchoolFactory(code="05EE00", library=gone)
    SchoolFactory(code="01AA00", library=library_a)
    entry = entry_of(open_wave(questionnaire("small")), library_a)
    leave(entry, "05EE00", by=anna, status=Status.NOT_OURS, reason="Valt onder Beekduin")
    assert (n_locations(entry), set(sheet(entry).schools)) == (1, {"01AA00"})
    with pytest.raises(SchoolRefused):
        school_add(entry=entry, code="05EE00", by=anna)


# --- Confirming -----------------------------------------------------------------------------------------------------


def test_a_questionnaire_about_schools_is_not_submitted_before_the_list_is_confirmed(
    entry: FrameEntry, anna: User, emma: User
) -> None:
    answer(entry, by=anna, has_targets="no")
    with pytest.raises(SubmissionRefused, match="schoollocaties"):
        response_submit(entry=entry, by=anna, accept_open=True)
    confirmed = roster_confirm(entry=entry, by=emma)
    assert (confirmed.roster_confirmed_by, confirmed.roster_confirmed_at is not None) == (emma, True)
    assert roster_confirm(entry=entry, by=anna).roster_confirmed_by == emma, "the first time counts"
    leave(entry, "01AA00", by=anna)
    assert response_submit(entry=entry, by=anna, accept_open=True).number == 1, "a change keeps the confirmation"


def test_without_questions_about_schools_nothing_is_confirmed(library_a: Library, anna: User) -> None:
    entry = entry_of(open_wave(questionnaire("matrix"), libraries=[library_a]), library_a)
    answer(entry, by=anna, attention={"media_literacy": "some"})
    assert response_submit(entry=entry, by=anna, accept_open=True).number == 1


def test_without_schools_nothing_is_confirmed(entry: FrameEntry, anna: User) -> None:
    for code in ("01AA00", "01AA01", "01AA02"):
        leave(entry, code, by=anna)
    answer(entry, by=anna, has_targets="no")
    assert response_submit(entry=entry, by=anna, accept_open=True).snapshot["schools"] == []


# --- Pages ----------------------------------------------------------------------------------------------------------


def url(name: str, entry: FrameEntry, *more: int) -> str:
    return reverse(f"surveys:schools-{name}", args=[entry.pk, *more])


def test_the_page_lists_searches_and_tells_what_was_said(client: Client, entry: FrameEntry, anna: User) -> None:
    leave(entry, "01AA02", by=anna, status=Status.MOVED, reason="Nu <b>Beekduin</b>")
    client.force_login(anna)
    page = client.get(url("overview", entry)).text
    assert "2 schoollocaties op de lijst" in page
    assert page.index("Het Kompas") < page.index("De Vlieger")
    assert "Nu &lt;b&gt;Beekduin&lt;/b&gt;" in page
    assert "Anna" in page
    found = client.get(url("overview", entry), {"q": "kompas  dorp"}).text
    assert "Het Kompas" in found
    assert "De Springplank" not in found


@pytest.mark.parametrize("n_schools", [5, 60])
def test_the_page_costs_the_same_for_few_schools_and_many(
    client: Client, library_a: Library, anna: User, n_schools: int, django_assert_num_queries: Callable
) -> None:
    entry = entry_of(open_wave(questionnaire("small"), libraries=[library_a], schools=n_schools), library_a)
    for school in list(entry.schools.all())[:3]:
        school_leave(entry=entry, school=school, status=Status.CLOSED, by=anna)
    roster_confirm(entry=entry, by=anna)
    client.force_login(anna)
    client.get(url("overview", entry))  # compiles the questionnaire
    with django_assert_num_queries(7):  # session, user, entry, roster, answers, reports, who confirmed
        client.get(url("overview", entry))


def test_a_school_leaves_and_comes_back_by_the_pages(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    at = url("leave", entry, row(entry, "01AA00").pk)
    assert "Het Kompas" in client.get(at).text
    assert client.post(at, {"status": "merged"}).status_code == 422
    assert client.post(at, {"status": "moved", "reason": " "}).status_code == 422
    page = client.post(at, {"status": "merged", "successor": row(entry, "01AA01").pk}, follow=True)
    assert "staat niet meer op de lijst" in page.text
    assert row(entry, "01AA00").successor == row(entry, "01AA01")
    assert client.get(at).status_code == 302, "it has left already"
    client.post(url("return", entry, row(entry, "01AA00").pk))
    assert row(entry, "01AA00").status == Status.PRESENT


def test_a_school_is_added_by_code_and_without_by_the_pages(client: Client, entry: FrameEntry, anna: User) -> None:
    SchoolFactory(code="03CC00", name="De Linde")
    client.force_login(anna)
    assert client.get(url("add", entry)).status_code == 200
    assert client.post(url("add", entry), {"known": "", "code": "03CC"}).status_code == 422
    assert (
        "De Linde (03CC00) staat nu op de lijst"
        in client.post(url("add", entry), {"known": "", "code": " 03cc 00"}, follow=True).text
    )
    asked = client.post(url("add", entry), {"known": "", "code": "02BB00"})
    assert (asked.status_code, "Bibliotheek Beekduin" in asked.text) == (409, True)
    client.post(url("add", entry), {"known": "02BB00", "code": "02BB00"})
    new = {"new": "", "name": "De  Nieuwe", "municipality": "Ons Dorp", "kind": "unknown", "pupils": ""}
    client.post(url("add", entry), new)
    assert set(entry.schools.filter(is_added=True).values_list("name", flat=True)) == {
        "De Linde", "De Brug", "De Nieuwe",
    }  # fmt: skip
    assert client.post(url("add", entry), new).status_code == 422
    added = entry.schools.get(name="De Nieuwe")
    client.post(url("leave", entry, added.pk))
    assert row(entry, added.code).status == Status.NOT_OURS
    offered = client.post(url("add", entry), new)
    assert url("return", entry, added.pk) in offered.text


def test_the_pages_ask_before_a_school_goes_back_that_another_library_has(
    client: Client, entry: FrameEntry, anna: User, carla: User, wave: Wave, library_b: Library
) -> None:
    leave(entry, "01AA00", by=anna)
    school_add(entry=entry_of(wave, library_b), code="01AA00", by=carla)
    client.force_login(anna)
    at = url("return", entry, row(entry, "01AA00").pk)
    asked = client.post(at)
    assert (asked.status_code, "staat op de lijst van Bibliotheek Beekduin" in asked.text) == (409, True)
    assert 'name="agreed"' in asked.text
    assert row(entry, "01AA00").status == Status.CLOSED
    assert "staat weer op de lijst" in client.post(at, {"agreed": "1"}, follow=True).text
    assert row(entry, "01AA00").status == Status.PRESENT


def test_who_reads_sees_the_list_and_changes_nothing(client: Client, entry: FrameEntry, bram: User) -> None:
    client.force_login(bram)
    page = client.get(url("overview", entry)).text
    assert "De Springplank" in page
    assert url("add", entry) not in page
    one = row(entry, "01AA00").pk
    for address in (url("confirm", entry), url("leave", entry, one), url("return", entry, one), url("add", entry)):
        assert client.post(address).status_code == 403
    assert not SchoolReport.objects.exists()


def test_rows_of_another_library_do_not_exist(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    theirs = FrameSchool.objects.get(code="02BB00").pk
    assert client.post(url("leave", entry, theirs), {"status": "closed"}).status_code == 404
    assert client.post(url("return", entry, theirs)).status_code == 404


def test_a_questionnaire_that_asks_nothing_about_schools_has_no_list(
    client: Client, library_a: Library, anna: User
) -> None:
    entry = entry_of(open_wave(questionnaire("matrix"), libraries=[library_a]), library_a)
    client.force_login(anna)
    assert client.get(url("overview", entry)).status_code == 404
    assert url("overview", entry) not in client.get(reverse("surveys:response-overview", args=[entry.pk])).text


def test_the_list_is_confirmed_from_every_page_that_asks(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    section = reverse("surveys:response-section", args=[entry.pk, "samenwerking"])
    review = reverse("surveys:response-review", args=[entry.pk])
    answer(entry, by=anna, has_targets="no")
    for address in (section, review, url("overview", entry)):
        assert "Klopt deze lijst van 3 schoollocaties?" in client.get(address).text
    assert "Klopt deze lijst" not in client.get(reverse("surveys:response-section", args=[entry.pk, "beleid"])).text
    assert client.post(reverse("surveys:response-submit", args=[entry.pk]), {"accept_open": "1"}).status_code == 422
    typed = {"seen": "", "r.01AA00": "cooperation:0", "r.01AA00.cooperation": "no", "stay": "roster"}
    assert client.post(section, typed)["Location"] == section
    assert Answer.objects.get(question__code="cooperation").value == "no", "what was typed is saved with it"
    assert FrameEntry.objects.get(pk=entry.pk).roster_confirmed_by == anna
    for address in (section, review, url("overview", entry)):
        assert "Klopt deze lijst" not in client.get(address).text
    assert "Anna" in client.get(url("overview", entry)).text
    FrameEntry.objects.update(roster_confirmed_at=None, roster_confirmed_by=None)
    assert client.post(url("confirm", entry), {"back": "review"})["Location"] == review
    assert client.post(url("confirm", entry))["Location"] == url("overview", entry)


# --- KB staff -------------------------------------------------------------------------------------------------------


def test_staff_handle_reports_and_take_that_back(entry: FrameEntry, anna: User, staff: User) -> None:
    leave(entry, "01AA00", by=anna)
    report = SchoolReport.objects.get()
    with pytest.raises(NotAllowed):
        reports_handle(reports=[report.pk], by=anna)
    assert [reports_handle(reports=[report.pk], by=staff) for _twice in range(2)] == [1, 0]
    report.refresh_from_db()
    assert (report.handled_by, report.handled_at is not None) == (staff, True)
    assert reports_handle(reports=[report.pk], by=staff, is_handled=False) == 1
    report.refresh_from_db()
    assert (report.handled_by, report.handled_at) == (None, None)


def test_the_administration_lists_filters_and_handles_reports(
    client: Client, entry: FrameEntry, anna: User, staff: User, settings: Any
) -> None:
    settings.STAFF_SECOND_FACTOR = False
    leave(entry, "01AA00", by=anna)
    school_add_new(entry=entry, name="De Nieuwe", kind="bo", municipality="Ons Dorp", by=anna)
    client.force_login(staff)
    listed = reverse("admin:surveys_schoolreport_changelist")
    page = client.get(listed, {"handled": "no", "school__entry__wave__id__exact": str(entry.wave_id)}).text
    assert "De Springplank" in page
    assert "Bibliotheek Aalwaard" in page
    first = SchoolReport.objects.earliest("pk")
    client.post(listed, {"action": "handle_selected", "_selected_action": [first.pk]})
    assert SchoolReport.objects.filter(handled_by=staff).get() == first
    assert "De Springplank" not in client.get(listed, {"handled": "no"}).text
    assert client.get(reverse("admin:surveys_schoolreport_change", args=[first.pk])).status_code == 200


def test_a_provisional_school_gets_its_real_code_and_keeps_its_answers(
    client: Client, entry: FrameEntry, anna: User, staff: User, settings: Any
) -> None:
    settings.STAFF_SECOND_FACTOR = False
    added = school_add_new(entry=entry, name="De Nieuwe", kind="bo", municipality="Ons Dorp", by=anna)
    answer(entry, by=anna, schools={added.code: {"cooperation": "yes"}})
    client.force_login(staff)
    at = reverse("admin:surveys_school_change", args=[added.school_id])
    assert "real_code" in client.get(at).text
    client.post(at, {"library": added.school.library_id, "is_open": "on", "real_code": "06ff00"})
    school = School.objects.get(code="06FF00")
    assert (school.is_provisional, school.is_open) == (False, True)
    assert sheet(entry).given("cooperation", "06FF00").value == "yes"
    assert "real_code" not in client.get(at).text


def test_a_provisional_school_gives_way_to_the_one_of_the_register(entry: FrameEntry, anna: User, staff: User) -> None:
    added = school_add_new(entry=entry, name="De Nieuwe", kind="unknown", municipality="Ons Dorp", by=anna)
    answer(entry, by=anna, schools={added.code: {"cooperation": "yes"}})
    known = SchoolFactory(code="06FF00", name="Openbare basisschool De Nieuwe")
    assert school_identify(school=added.school, code="06FF00", by=staff) == known
    now = row(entry, "06FF00")
    assert (now.pk, now.school, now.name, now.kind) == (added.pk, known, known.name, "bo")
    assert sheet(entry).given("cooperation", "06FF00").value == "yes"
    assert not School.objects.get(pk=added.school_id).is_open


def test_a_provisional_school_does_not_become_one_that_another_library_has(
    entry: FrameEntry, anna: User, carla: User, staff: User, wave: Wave, library_b: Library
) -> None:
    added = school_add_new(entry=entry, name="De Nieuwe", kind="bo", municipality="Ons Dorp", by=anna)
    theirs = entry_of(wave, library_b)
    with pytest.raises(DomainError, match="Beekduin"):
        school_identify(school=added.school, code="02BB00", by=staff)
    assert row(entry, added.code).school == added.school
    leave(theirs, "02BB00", by=carla)
    school_identify(school=added.school, code="02BB00", by=staff)
    assert FrameSchool.objects.get(entry__wave=wave, code="02BB00", status=Status.PRESENT).pk == added.pk


def test_lists_of_closed_waves_do_not_keep_a_provisional_school_from_its_code(
    entry: FrameEntry, anna: User, staff: User, wave: Wave
) -> None:
    added = school_add_new(entry=entry, name="De Nieuwe", kind="bo", municipality="Ons Dorp", by=anna)
    close(wave)  # nobody can take it off any more
    school_identify(school=added.school, code="02BB00", by=staff)
    assert row(entry, "02BB00").pk == added.pk


def test_a_code_stays_when_a_submission_names_it_or_it_cannot_be(entry: FrameEntry, anna: User, staff: User) -> None:
    added = school_add_new(entry=entry, name="De Nieuwe", kind="bo", municipality="Ons Dorp", by=anna)
    for code, by in (("01AA00", staff), ("6", staff), ("06FF00", anna)):
        with pytest.raises(DomainError):
            school_identify(school=added.school, code=code, by=by)
    with pytest.raises(DomainError):
        school_identify(school=row(entry, "01AA00").school, code="06FF00", by=staff)
    submission = submit(entry, by=anna)
    response_reopen(response=submission.response, by=staff, reason="")
    with pytest.raises(DomainError, match="ingediend"):
        school_identify(school=added.school, code="06FF00", by=staff)
    assert School.objects.get(pk=added.school_id).code == added.code


def test_a_provisional_school_does_not_vanish_from_the_register(entry: FrameEntry, anna: User, tmp_path: Path) -> None:
    added = school_add_new(entry=entry, name="De Nieuwe", kind="bo", municipality="Ons Dorp", by=anna)
    path = tmp_path / "schools.csv"
    path.write_text("code,name,kind,municipality,pupils,library\n01AA00,Springplank,bo,Ons Dorp,1,A001\n", "utf-8")
    assert added.code not in schools_import(path=path).vanished
    assert School.objects.get(pk=added.school_id).is_open


# --- Out and in again -----------------------------------------------------------------------------------------------


def frame_counts(wave: Wave) -> list[tuple[int, int, int]]:
    cells = dataset.frame(WaveKey(wave.survey.code, wave.school_year))
    return [(cell.n_submitted, cell.n_locations, cell.n_locations_submitted) for cell in cells]


def snapshots(wave: Wave) -> dict[str, Any]:
    latest = Submission.objects.filter(response__entry__wave=wave, is_latest=True)
    return dict(latest.values_list("response__entry__library__code", "snapshot"))


def test_added_and_left_schools_go_out_and_come_in(
    entry: FrameEntry, anna: User, carla: User, staff: User, wave: Wave, library_a: Library, tmp_path: Path
) -> None:
    SchoolFactory(code="03CC00", vanished=True)
    SchoolFactory(code="02BB01", library=Library.objects.get(code="B001"), vanished=True)
    leave(entry, "01AA00", by=anna)
    leave(entry, "01AA01", by=anna, status=Status.MERGED, successor=row(entry, "01AA02"), reason="=samen")
    school_add(entry=entry, code="03CC00", by=anna)
    new = school_add_new(entry=entry, name="-De Nieuwe", kind="bo", municipality="Ons Dorp", by=anna, reason="@nieuw")
    answer(entry, by=anna, schools={new.code: {"cooperation": "yes"}, "01AA02": {"cooperation": "no"}})
    theirs = FrameEntry.objects.exclude(pk=entry.pk).get()
    school_add(entry=theirs, code="02BB01", by=carla)  # who never submits counts as well
    submission = submit(entry, by=anna)
    response_reopen(response=submission.response, by=staff, reason="")
    leave(entry, "01AA02", by=anna)
    school_return(entry=entry, school=row(entry, "01AA00"), by=anna)  # after what counts was sent
    paths = wave_export(wave=wave, folder=tmp_path / "out")
    expected, sent = frame_counts(wave), snapshots(wave)

    # Another installation: it has the register, and knows nothing of the provisional school.
    FrameSchool.objects.filter(school=new.school).update(
        school=SchoolFactory(code="elders", vanished=True, library=library_a)
    )
    new.school.delete()
    other = open_wave(wave.questionnaire, school_year="2030-2031")
    with pytest.raises(FileRefused, match=new.code):
        wave_import(wave=other, responses=paths[0], schools=paths[1])
    wave_import(wave=other, responses=paths[0], schools=paths[1], rosters=paths[3])
    assert snapshots(other) == sent
    mine = entry_of(other, library_a)
    assert row(mine, new.code).school.is_provisional
    assert row(mine, "01AA01").successor == row(mine, "01AA02")
    assert ("01AA01", "merged", "Met De Vlieger (01AA02). =samen") in log(mine)
    assert n_locations(mine) == len(sent["A001"]["schools"]) == 3
    assert frame_counts(other) == expected
    again = wave_import(wave=other, responses=paths[0], schools=paths[1], rosters=paths[3])
    assert again.unchanged == ["A001"]
    assert log(mine).count(("01AA01", "merged", "Met De Vlieger (01AA02). =samen")) == 1


def import_roster(wave: Wave, folder: Path, *lines: str) -> None:
    """An import that is about the rosters: one library answers something, and they become what the lines say."""
    (folder / "responses.csv").write_text("library,hours\nA001,12\n", "utf-8")
    header = "library,school,status,successor,reason,added,name,kind,municipality,pupils"
    (folder / "roster.csv").write_text("\n".join((header, *lines, "")), "utf-8")
    wave_import(wave=wave, responses=folder / "responses.csv", rosters=folder / "roster.csv")


def test_a_roster_file_moves_a_school_and_says_of_one_on_two_lists_that_it_is(
    wave: Wave, entry: FrameEntry, library_b: Library, tmp_path: Path
) -> None:
    moved, both = "A001,02BB00,present,,Komt over,yes,,,,", "B001,02BB00,moved,,Naar Aalwaard,,,,,"
    import_roster(wave, tmp_path, moved, both)
    assert log(entry) == [("02BB00", "present", "Komt over")]
    theirs = entry_of(wave, library_b)
    back = "B001,02BB00,present,,,,,,,"
    for _twice in range(2):
        import_roster(wave, tmp_path, back)
    assert log(theirs)[1:] == [("02BB00", "present", "Staat ook op de lijst van Bibliotheek Aalwaard.")]
    long = f"A001,02BB00,present,,{'x' * 490},yes,,,,"
    with pytest.raises(FileRefused, match="too long"):
        import_roster(wave, tmp_path, long)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("X9,01AA00,closed,,,,,,,", "library: 'X9'"),
        ("A001,99ZZ99,closed,,,,,,,", "school: '99ZZ99' is not on the roster"),
        ("A001,01AA00,weg,,,,,,,", "status: 'weg' is none of"),
        ("A001,01AA00,merged,,,,,,,", "successor: a school that merged"),
        ("A001,01AA00,merged,01AA00,,,,,,", "successor: a school that merged"),
        ("A001,01AA00,closed,01AA01,,,,,,", "successor: a school that merged"),
        ("A001,nieuw-1,present,,,yes,,bo,Ons Dorp,", "name: this cell is empty"),
        ("A001,nieuw-1,present,,,yes,Een,school,Ons Dorp,", "kind: 'school' is not a kind"),
        ("A001,nieuw-1,present,,,yes,Een,bo,Ons Dorp,veel", "pupils: 'veel' is not"),
        ("A001,01AA00,closed,,,,,,,\nA001,01AA00,closed,,,,,,,", "twice, on line 2"),
    ],
)
def test_a_roster_file_that_cannot_be_right_is_refused_as_a_whole(
    wave: Wave, entry: FrameEntry, tmp_path: Path, line: str, problem: str
) -> None:
    with pytest.raises(FileRefused, match=problem):
        import_roster(wave, tmp_path, line)
    assert (n_locations(entry), School.objects.count(), Answer.objects.count()) == (3, 4, 0)
