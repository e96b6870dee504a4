"""Rosters out of one wave and into another: what libraries said of their schools goes along."""

from pathlib import Path

import pytest

from surveys import dataset
from surveys.dataset import WaveKey
from surveys.errors import FileRefused
from surveys.models import Answer, FrameEntry, FrameSchool, Library, School, User, Wave
from surveys.services.exchange import wave_export, wave_import
from surveys.services.reopening import response_reopen
from surveys.services.schools import school_add, school_add_new, school_return
from tests.factories import SchoolFactory, answer, entry_of, open_wave, snapshots, submit
from tests.refused import refused
from tests.surveys.schools.rows import Status, leave, log, n_locations, row


def frame_counts(wave: Wave) -> list[tuple[int, int, int]]:
    cells = dataset.frame(WaveKey(wave.survey.code, wave.school_year))
    return [(cell.n_submitted, cell.n_locations, cell.n_locations_submitted) for cell in cells]


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
    [problem] = refused(lambda: import_roster(wave, tmp_path, long))
    assert problem.reason == "with the name of the other library that has the school, this cell is too long"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("X9,01AA00,closed,,,,,,,", "library: “X9”"),
        ("A001,99ZZ99,closed,,,,,,,", "school: “99ZZ99” is not on the roster"),
        ("A001,01AA00,weg,,,,,,,", "status: “weg” is none of"),
        ("A001,01AA00,merged,,,,,,,", "successor: a school that merged"),
        ("A001,01AA00,merged,01AA00,,,,,,", "successor: a school that merged"),
        ("A001,01AA00,closed,01AA01,,,,,,", "successor: a school that merged"),
        ("A001,nieuw-1,present,,,yes,,bo,Ons Dorp,", "name: this cell is empty"),
        ("A001,nieuw-1,present,,,yes,Een,school,Ons Dorp,", "kind: “school” is not a kind"),
        ("A001,nieuw-1,present,,,yes,Een,bo,Ons Dorp,veel", "pupils: “veel” is not"),
        ("A001,01AA00,closed,,,,,,,\nA001,01AA00,closed,,,,,,,", "twice, on line 2"),
    ],
)
def test_a_roster_file_that_cannot_be_right_is_refused_as_a_whole(
    wave: Wave, entry: FrameEntry, tmp_path: Path, line: str, problem: str
) -> None:
    assert problem in "\n".join(map(str, refused(lambda: import_roster(wave, tmp_path, line))))
    assert (n_locations(entry), School.objects.count(), Answer.objects.count()) == (3, 4, 0)
