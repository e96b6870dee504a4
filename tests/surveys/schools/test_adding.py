"""Schools are added to the roster, out of the register or provisionally, and found on the next one."""

from collections.abc import Callable
from functools import partial

import pytest

from surveys.forms.schools import NewSchoolForm
from surveys.models import FrameEntry, FrameSchool, Library, School, User, Wave
from surveys.services.questionnaires import questionnaire_load
from surveys.services.schools import (
    OnAnotherRoster,
    SchoolRefused,
    school_add,
    school_add_new,
    school_identify,
    school_leave,
    school_return,
)
from tests.factories import (
    QUESTIONNAIRES,
    LibraryFactory,
    SchoolFactory,
    answer,
    close,
    entry_of,
    open_wave,
    questionnaire,
    sheet,
    submit,
)
from tests.surveys.schools.rows import Status, leave, log, n_locations, row
from tests.together import together


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


@pytest.mark.django_db(transaction=True)
def test_two_colleagues_adding_the_same_school_add_it_once(entry: FrameEntry, anna: User, emma: User) -> None:
    SchoolFactory(code="03CC00")
    results = together(*(partial(school_add, entry=entry, code="03CC00", by=person) for person in (anna, emma)))
    assert {type(result) for result in results} == {FrameSchool, SchoolRefused}
    assert (entry.schools.filter(code="03CC00").count(), n_locations(entry)) == (1, 4)


@pytest.mark.django_db(transaction=True)
def test_of_two_libraries_that_want_the_same_school_at_once_the_second_is_asked(
    entry: FrameEntry, anna: User, carla: User, wave: Wave, library_b: Library
) -> None:
    theirs = entry_of(wave, library_b)
    leave(theirs, "02BB00", by=carla)
    results = together(
        partial(school_add, entry=entry, code="02BB00", by=anna),
        partial(school_return, entry=theirs, school=row(theirs, "02BB00"), by=carla),
    )
    assert {type(result) for result in results} == {FrameSchool, OnAnotherRoster}
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


@pytest.mark.parametrize(("typed", "pupils"), [("1.000", 1000), ("1 200", 1200), (" 80 ", 80), ("", None), ("0", 0)])
def test_the_number_of_pupils_is_written_as_elsewhere(typed: str, pupils: int | None) -> None:
    form = NewSchoolForm(["bo"], {"name": "De Nieuwe", "municipality": "Ons Dorp", "kind": "bo", "pupils": typed})
    assert form.is_valid()
    assert form.cleaned_data["pupils"] == pupils


@pytest.mark.parametrize("typed", ["1,5", "veel", "-1", "20.001"])
def test_what_is_no_number_of_pupils_is_refused(typed: str) -> None:
    form = NewSchoolForm(["bo"], {"name": "De Nieuwe", "municipality": "Ons Dorp", "kind": "bo", "pupils": typed})
    assert list(form.errors) == ["pupils"]
