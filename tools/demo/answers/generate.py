"""Writes all files of the demo into one folder: registers of two years, two closed waves and one open wave."""

from pathlib import Path

from tools.demo.answers import po, vo
from tools.demo.answers.libraries import Library, active, libraries_2022, libraries_2023
from tools.demo.answers.po_open import answers_of_a_later_year
from tools.demo.answers.schools import School, libraries_without_vo, schools_2022, schools_2023
from tools.demo.answers.sheets import write_csv


def generate(folder: Path) -> None:
    """Write the demo's files; the same bytes each time."""
    folder.mkdir(parents=True, exist_ok=True)
    before = libraries_2022()
    after = libraries_2023(before)
    register_before = schools_2022(before, libraries_without_vo(after))
    register_after = schools_2023(register_before, after)
    _write_libraries(folder / "libraries-2022.csv", before)
    _write_libraries(folder / "libraries-2023.csv", after)
    _write_schools(folder / "schools-2022.csv", register_before)
    _write_schools(folder / "schools-2023.csv", register_after)
    primary = po.answers_2021_2022(before, register_before)
    primary.write(folder / "po-2021-2022")
    vo.answers_2022_2023(active(after), register_after).write(folder / "vo-2022-2023")
    answers_of_a_later_year(primary, active(after), register_after).write(folder / "po-open")


def _write_libraries(path: Path, libraries: list[Library]) -> None:
    write_csv(
        path,
        ["code", "name", "province", "inhabitants", "support_organisation", "successor", "merged_on"],
        (
            [
                library.code,
                library.name,
                library.province,
                str(library.inhabitants),
                library.support_organisation,
                library.successor,
                library.merged_on,
            ]
            for library in libraries
        ),
    )


def _write_schools(path: Path, schools: list[School]) -> None:
    write_csv(
        path,
        ["code", "name", "kind", "municipality", "pupils", "library"],
        (
            [school.code, school.name, school.kind, school.municipality, str(school.pupils), school.library]
            for school in schools
        ),
    )
