"""Opening a wave: who is expected, with which schools."""

from datetime import date

import pytest

from surveys.models import FrameSchool, Library
from surveys.services.waves import frame_preview, wave_open
from tests.factories import LibraryFactory, SchoolFactory, WaveFactory, questionnaire


@pytest.mark.parametrize(
    ("merged_on", "rosters"),
    [
        (date(2024, 1, 1), {("A001", "01AA00"), ("A001", "02BB00"), ("A001", "03CC00")}),
        (date(2030, 1, 1), {("A001", "01AA00"), ("B001", "02BB00"), ("B001", "03CC00")}),
    ],
    ids=["merged", "merges later"],
)
def test_schools_of_a_merged_library_are_on_the_roster_of_its_successor(
    library_a: Library, library_b: Library, merged_on: date, rosters: set[tuple[str, str]]
) -> None:
    earlier = LibraryFactory(successor=library_b, merged_on=date(2020, 1, 1))
    for library, code in ((library_a, "01AA00"), (library_b, "02BB00"), (earlier, "03CC00")):
        SchoolFactory(code=code, library=library)
    library_b.successor, library_b.merged_on = library_a, merged_on
    library_b.save()
    draft = WaveFactory(questionnaire=questionnaire("small"))
    n_libraries, n_schools = frame_preview(draft)
    wave = wave_open(wave=draft, by=None)
    assert set(FrameSchool.objects.values_list("entry__library__code", "code")) == rosters
    assert (n_libraries, n_schools) == (wave.frame.count(), len(rosters))
    assert sum(wave.frame.values_list("n_locations", flat=True)) == len(rosters)
