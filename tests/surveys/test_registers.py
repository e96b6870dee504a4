"""The registers of libraries and schools from files: what they store, report and refuse."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db.models import QuerySet

from surveys.models import Library, School, SupportOrganisation
from surveys.services.registers import libraries_import, schools_import
from tests.factories import LibraryFactory, SchoolFactory
from tests.refused import refused

LIBRARIES = "code,name,province,inhabitants,support_organisation,successor,merged_on\n"
SCHOOLS = "code,name,kind,municipality,pupils,library\n"
AAL = "L1,Bibliotheek Aal,Gelderland,90000,Oost,,\n"
BEEK = "L2,Bibliotheek Beek,Zeeland,20000,,,\n"

pytestmark = pytest.mark.django_db

Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(content: str | bytes) -> Path:
        path = tmp_path / "file.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


def refusal(path: Path, load: Callable[..., object], rows: QuerySet[Any]) -> list[str]:
    """The problems of a refused file, without the folder; and nothing was stored."""
    before = list(rows.order_by("pk").values())
    problems = refused(lambda: load(path=path))
    assert list(rows.order_by("pk").values()) == before
    return [str(problem).removeprefix(f"{path.parent}/") for problem in problems]


def refusal_of_libraries(path: Path) -> list[str]:
    return refusal(path, libraries_import, Library.objects.all())


def refusal_of_schools(path: Path) -> list[str]:
    return refusal(path, schools_import, School.objects.all())


# --- Libraries ------------------------------------------------------------------------------------------------------


def test_libraries_are_stored_with_their_support_organisation(write: Write) -> None:
    report = libraries_import(path=write(LIBRARIES + AAL + BEEK))
    aal = Library.objects.get(code="L1")
    assert (aal.name, aal.province, aal.inhabitants) == ("Bibliotheek Aal", "Gelderland", 90_000)
    assert str(aal.support_organisation) == "Oost"
    assert Library.objects.get(code="L2").support_organisation is None
    assert report.new == ["L1", "L2"]
    assert report.warnings == ["nieuwe POI: Oost; klopt de naam?"]


def test_the_same_libraries_again_change_nothing(write: Write) -> None:
    path = write(LIBRARIES + AAL + BEEK)
    libraries_import(path=path)
    before = list(Library.objects.order_by("pk").values())
    report = libraries_import(path=path)
    assert (report.new, report.changed, report.unchanged) == ([], [], ["L1", "L2"])
    assert list(Library.objects.order_by("pk").values()) == before
    assert SupportOrganisation.objects.count() == 1


def test_changed_and_vanished_libraries_are_reported_and_vanished_ones_stay(write: Write) -> None:
    libraries_import(path=write(LIBRARIES + AAL + BEEK))
    report = libraries_import(path=write(LIBRARIES + AAL.replace("90000", "91.000")))
    assert (report.changed, report.vanished) == (["L1"], ["L2"])
    assert Library.objects.get(code="L1").inhabitants == 91_000
    assert Library.objects.filter(code="L2").exists()


def test_a_merger_may_name_a_successor_further_down_the_file(write: Write) -> None:
    libraries_import(path=write(LIBRARIES + "L1,Aal,Gelderland,9,,L2,2023-01-01\n" + BEEK))
    merged = Library.objects.get(code="L1")
    assert (merged.successor, merged.merged_on) == (Library.objects.get(code="L2"), date(2023, 1, 1))


def test_a_merger_can_be_taken_back(write: Write) -> None:
    libraries_import(path=write(LIBRARIES + "L1,Aal,Gelderland,9,,L2,2023-01-01\n" + BEEK))
    libraries_import(path=write(LIBRARIES + "L1,Aal,Gelderland,9,,,\n" + BEEK))
    assert Library.objects.get(code="L1").successor is None


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("L1,,Gelderland,9,,,", "file.csv:2: name: this cell is empty"),
        ("L1,Aal,Gelderlnd,9,,,", "file.csv:2: province: “Gelderlnd” is not a province; did you mean “Gelderland”?"),
        ("L1,Aal,Gelderland,veel,,,", "file.csv:2: inhabitants: “veel” is not a whole number"),
        ("L1,Aal,Gelderland,-1,,,", "file.csv:2: inhabitants: -1 is not between 0 and 2147483647"),
        ("L1,Aal,Gelderland,9999999999,,,", "file.csv:2: inhabitants: 9999999999 is not between 0 and 2147483647"),
        ("L 1,Aal,Gelderland,9,,,", "file.csv:2: code: “L 1” is not a code: 1 to 20 letters, digits, points, dashes"),
        (",Aal,Gelderland,9,,,", "file.csv:2: code: “” is not a code: 1 to 20 letters, digits, points, dashes"),
        ("L1,Aal,Gelderland,9,,L9,2023-01-01", "file.csv:2: successor: “L9” is not the code of a library in this file"),
        ("L1,Aal,Gelderland,9,,L1,2023-01-01", "file.csv:2: successor: L1 → L1: a library cannot succeed itself"),
        ("L1,Aal,Gelderland,9,,L2,", "file.csv:2: merged_on: a merger has both a successor and a date"),
        ("L1,Aal,Gelderland,9,,,2023-01-01", "file.csv:2: successor: a merger has both a successor and a date"),
        ("L1,Aal,Gelderland,9,,L2,1-1-2023", "file.csv:2: merged_on: “1-1-2023” is not a date, written as 2026-07-31"),
        (f"L1,{'a' * 151},Gelderland,9,,,", "file.csv:2: name: the text is longer than 150 characters"),
        ("L1,Aal,Gelderland,9,,", "file.csv:2: the line has 6 cells, the header has 7"),
        ("L1,Aal,Gelderland,9,,,,x", "file.csv:2: the line has 8 cells, the header has 7"),
        (
            'L1,"Aal"x,Gelderland,9,,,',
            "file.csv:2: from this line on it is no CSV",
        ),
        (
            'L1,"Aal,Gelderland,9,,,',
            "file.csv:2: from this line on it is no CSV",
        ),
        ("L1,A\x00al,Gelderland,9,,,", "file.csv:2: the line holds a character that cannot be stored (NUL)"),
    ],
)
def test_a_bad_library_is_refused_with_its_place(write: Write, line: str, problem: str) -> None:
    problems = refusal_of_libraries(write(f"{LIBRARIES}{line}\n{BEEK}"))
    assert len(problems) == 1
    assert problems[0].startswith(problem)


def test_a_library_twice_is_refused(write: Write) -> None:
    assert refusal_of_libraries(write(LIBRARIES + AAL + BEEK + AAL)) == [
        "file.csv:4: code: L1 is in the file twice, on line 2 too"
    ]


def test_a_circle_of_successors_is_refused(write: Write) -> None:
    text = LIBRARIES + "L1,Aal,Gelderland,9,,L2,2023-01-01\nL2,Beek,Zeeland,9,,L1,2023-01-01\n"
    assert refusal_of_libraries(write(text)) == [
        "file.csv:2: successor: L1 → L2 → L1: a library cannot succeed itself",
        "file.csv:3: successor: L2 → L1 → L2: a library cannot succeed itself",
    ]


def test_every_problem_is_told_and_good_lines_are_not_stored(write: Write) -> None:
    text = LIBRARIES + AAL + "L2,,Zeland,veel,,,\nL3,Cor,Utrecht,1\n"
    problems = refusal_of_libraries(write(text))
    assert [problem.split(": ")[0] for problem in problems] == ["file.csv:3"] * 3 + ["file.csv:4"]
    assert not Library.objects.exists()
    assert not SupportOrganisation.objects.exists()


def test_the_line_of_a_problem_is_that_of_the_file_also_after_cells_of_several_lines(write: Write) -> None:
    text = LIBRARIES + '\nL1,"Aal\n\naan Zee",Gelderland,9,,,\nL2,,Zeeland,9,,,\n'
    assert refusal_of_libraries(write(text)) == ["file.csv:6: name: this cell is empty"]


# --- Files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        ("\ufeff" + LIBRARIES + AAL).encode(),
        (LIBRARIES + AAL).replace("\n", "\r\n").encode(),
        (LIBRARIES + AAL).replace("\n", "\r").encode(),
        (LIBRARIES + AAL).rstrip("\n").encode(),
        (LIBRARIES + "\n,,,,,,\n" + AAL + "\n\n").encode(),
        b"name,code,merged_on,province,inhabitants,support_organisation,successor\n"
        b"Bibliotheek Aal,L1,,Gelderland,90000,Oost,\n",
    ],
    ids=["byte order mark", "CRLF", "CR", "no newline at the end", "empty lines", "another order"],
)
def test_files_as_programs_write_them_are_read(write: Write, content: bytes) -> None:
    libraries_import(path=write(content))
    assert list(Library.objects.values_list("code", "name", "inhabitants")) == [("L1", "Bibliotheek Aal", 90_000)]


def test_text_that_looks_like_a_formula_stays_text(write: Write) -> None:
    libraries_import(path=write(LIBRARIES + "L1,=1+1,Gelderland,9,@Oost,,\n"))
    library = Library.objects.get()
    assert (library.name, str(library.support_organisation)) == ("=1+1", "@Oost")


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        (b"", ["file.csv:1: the file is empty; a header with the names of the columns is expected"]),
        (
            LIBRARIES.replace("inhabitants,", "").replace("successor,", "").encode(),
            ["file.csv:1: inhabitants: this column is missing", "file.csv:1: successor: this column is missing"],
        ),
        (LIBRARIES.replace("\n", ",name\n").encode(), ["file.csv:1: name: this column is there twice"]),
        (LIBRARIES.replace("\n", ",\n").encode(), ["file.csv:1: column 8 has no name"]),
        (
            LIBRARIES.replace("successor", "succesor").encode(),
            [
                "file.csv:1: successor: this column is missing",
                "file.csv:1: succesor: unknown column; did you mean “successor”?",
            ],
        ),
        (
            LIBRARIES.replace(",", ";").encode(),
            ["file.csv:1: columns are separated by ; and should be separated by commas"],
        ),
        (
            (LIBRARIES + AAL + "L2,Frysl").encode() + b"\xe2n,Zeeland,9,,,\n",
            ["file.csv:3: byte 9 of this line (0xe2) is not UTF-8; save the file as UTF-8"],
        ),
        ((LIBRARIES + AAL).encode("utf-16"), ["file.csv:1: the file is UTF-16; save it as UTF-8"]),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused(write: Write, content: bytes, problems: list[str]) -> None:
    assert refusal_of_libraries(write(content)) == problems


def test_a_file_over_fifty_megabytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    with path.open("wb") as file:
        file.truncate(50 * 1024**2 + 1)
    assert refusal_of_libraries(path) == ["file.csv:1: the file is larger than 50 MB: is it the right one?"]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert refusal_of_libraries(tmp_path / "file.csv") == [
        "file.csv:1: the file cannot be read: there is no such file or folder"
    ]


# --- Schools --------------------------------------------------------------------------------------------------------


def test_schools_are_stored_and_the_same_file_again_changes_nothing(write: Write) -> None:
    library = LibraryFactory(code="L1")
    path = write(SCHOOLS + "03AB00,De Uil,bo,Aaldorp,210,L1\n03AB01,De Kade,sbo,Aaldorp,,L1\n")
    assert schools_import(path=path).new == ["03AB00", "03AB01"]
    rows = School.objects.order_by("code").values_list("code", "name", "kind", "municipality", "pupils", "library")
    assert list(rows) == [
        ("03AB00", "De Uil", "bo", "Aaldorp", 210, library.pk),
        ("03AB01", "De Kade", "sbo", "Aaldorp", None, library.pk),
    ]
    before = list(School.objects.order_by("pk").values())
    assert schools_import(path=path).unchanged == ["03AB00", "03AB01"]
    assert list(School.objects.order_by("pk").values()) == before


def test_schools_that_the_file_lacks_leave_the_register_and_may_come_back(write: Write) -> None:
    library = LibraryFactory(code="L1")
    SchoolFactory(code="01AA00", library=library)
    SchoolFactory(code="01AB00", library=library, vanished=True)
    one = write(SCHOOLS + "02AA00,De Uil,bo,Aaldorp,210,L1\n")
    report = schools_import(path=one)
    assert (report.new, report.vanished) == (["02AA00"], ["01AA00"])
    assert set(School.objects.filter(is_open=True).values_list("code", flat=True)) == {"02AA00"}
    assert schools_import(path=one).vanished == []
    report = schools_import(path=write(SCHOOLS + "02AA00,De Uil,bo,Aaldorp,210,L1\n01AA00,Terug,bo,Aaldorp,10,L1\n"))
    assert (report.changed, report.unchanged) == (["01AA00"], ["02AA00"])
    assert School.objects.get(code="01AA00").is_open


def test_a_school_moves_to_another_library_in_place(write: Write) -> None:
    school = SchoolFactory(code="01AA00", library__code="L1")
    LibraryFactory(code="L2")
    assert schools_import(path=write(SCHOOLS + "01AA00,De Uil,bo,Aaldorp,210,L2\n")).changed == ["01AA00"]
    school.refresh_from_db()
    assert school.library.code == "L2"


def test_schools_of_a_merged_library_are_pointed_out(write: Write) -> None:
    LibraryFactory(code="L1", merged=True)
    report = schools_import(path=write(SCHOOLS + "01AA00,De Uil,bo,Aaldorp,210,L1\n"))
    assert report.warnings == ["1 school hoort bij een bibliotheek die is opgegaan in een andere"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("01AA00,De Uil,bo,Aaldorp,210,L9", "file.csv:2: library: “L9” is not the code of a library in the register"),
        ("01AA00,De Uil,po,Aaldorp,210,L1", "file.csv:2: kind: “po” is not a kind of school"),
        ("01AA00,De Uil,bo,Aaldorp,veel,L1", "file.csv:2: pupils: “veel” is not a whole number"),
        ("01AA00,De Uil,bo,,210,L1", "file.csv:2: municipality: this cell is empty"),
        ("01AA000000000,De Uil,bo,Aaldorp,210,L1", "file.csv:2: code: “01AA000000000” is not a code: 1 to 12"),
        ("02AA00,De Uil,bo,Aaldorp,210,L1", "file.csv:3: code: 02AA00 is in the file twice, on line 2 too"),
    ],
)
def test_a_bad_school_is_refused_with_its_place_and_no_school_vanishes(write: Write, line: str, problem: str) -> None:
    SchoolFactory(code="00ZZ00", library__code="L1")
    problems = refusal_of_schools(write(f"{SCHOOLS}{line}\n02AA00,De Kade,bo,Aaldorp,20,L1\n"))
    assert len(problems) == 1
    assert problems[0].startswith(problem)
    assert School.objects.get(code="00ZZ00").is_open


@pytest.mark.parametrize("n_schools", [2, 40])
def test_importing_schools_takes_the_same_number_of_queries_at_any_size(
    write: Write, django_assert_num_queries: Callable, n_schools: int
) -> None:
    LibraryFactory(code="L1")
    lines = [f"{number:02d}AA00,De Uil,bo,Aaldorp,210,L1\n" for number in range(n_schools)]
    path = write(SCHOOLS + "".join(lines))
    with django_assert_num_queries(6):
        schools_import(path=path)
