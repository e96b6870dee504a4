"""A provisional school gets the code that it has in the register."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from surveys.errors import DomainError
from surveys.models import FrameEntry, FrameSchool, Library, School, User, Wave
from surveys.services.registers import schools_import
from surveys.services.reopening import response_reopen
from surveys.services.schools import school_add_new, school_identify
from tests.factories import SchoolFactory, answer, close, entry_of, sheet, submit
from tests.surveys.schools.rows import Status, leave, row


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


@pytest.mark.parametrize("name", ["answer-save", "response-section"])
def test_what_is_typed_on_a_page_with_the_provisional_code_is_not_said_to_be_saved(
    client: Client, entry: FrameEntry, anna: User, staff: User, name: str
) -> None:
    added = school_add_new(entry=entry, name="De Nieuwe", kind="bo", municipality="Ons Dorp", by=anna)
    code = added.code
    school_identify(school=added.school, code="06FF00", by=staff)
    client.force_login(anna)
    page = client.post(
        reverse(f"surveys:{name}", args=[entry.pk, sheet(entry).instrument.section_of["cooperation"].code]),
        {
            f"r.{code}": "cooperation:0",
            f"r.{code}.cooperation": "yes",
            "r.01AA00.cooperation.other_text": "cooperation:1",
        },
    )
    if name == "answer-save":
        assert list(page.json()["errors"]) == [f"r.{code}.cooperation"]
    else:
        assert (page.status_code, [error["label"][:12] for error in page.context["errors"]]) == (422, [code])
    assert f"{code} staat niet meer op uw lijst" in page.content.decode("unicode_escape")


def test_an_act_on_many_rows_names_the_provisional_code_that_the_page_has(
    client: Client, entry: FrameEntry, anna: User, staff: User
) -> None:
    added = school_add_new(entry=entry, name="De Nieuwe", kind="bo", municipality="Ons Dorp", by=anna)
    code = added.code
    school_identify(school=added.school, code="06FF00", by=staff)
    client.force_login(anna)
    url = reverse("surveys:roster-many", args=[entry.pk, sheet(entry).instrument.section_of["cooperation"].code])
    page = {"many": "set.cooperation", "many.cooperation": "yes", "many.pick": ["01AA00", code]}
    result = client.post(url, page | {"r.01AA00": "cooperation:0", f"r.{code}": "cooperation:0"}).json()
    assert (result["saved"], f"{code} staat niet meer op uw lijst" in result["notice"]) == (False, True)
