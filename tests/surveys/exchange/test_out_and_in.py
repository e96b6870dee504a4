"""What goes out comes in as it was."""

import csv
from pathlib import Path
from typing import Any

import pytest

from surveys import models
from surveys.instrument import Given, State
from surveys.models import Library, Response, User, Wave
from surveys.services.exchange import wave_export, wave_import
from surveys.services.reopening import response_reopen
from tests.factories import answer, entry_of, explain, open_wave, questionnaire, sheet, snapshots, submit
from tests.surveys.exchange.files import RESPONSES, SCHOOLS, Import, changed, everything, hashes, next_wave


def round_trip(wave: Wave, folder: Path) -> Wave:
    """Export the wave and import it into another; the same submissions, and the same bytes when exported again."""
    first = wave_export(wave=wave, folder=folder / "first")
    other = next_wave(wave)
    wave_import(wave=other, responses=first[0], schools=first[1], rosters=first[3])
    assert snapshots(other) == snapshots(wave)
    assert hashes(other) == hashes(wave) != {}
    second = wave_export(wave=other, folder=folder / "second")
    assert [path.read_bytes() for path in second] == [path.read_bytes() for path in first]
    return other


def test_exported_files_are_those_that_were_imported(load: Import, wave: Wave, tmp_path: Path) -> None:
    load()
    responses, schools, codebook, rosters = wave_export(wave=wave, folder=tmp_path / "new" / "out")
    assert responses.read_text(encoding="utf-8") == RESPONSES
    assert schools.read_text(encoding="utf-8") == SCHOOLS
    assert codebook.name == "codebook.csv"
    assert rosters.read_text(encoding="utf-8").splitlines()[1:] == []
    round_trip(wave, tmp_path)


def test_importing_an_export_into_its_own_wave_changes_nothing(load: Import, wave: Wave, tmp_path: Path) -> None:
    load()
    responses, schools, _codebook, rosters = wave_export(wave=wave, folder=tmp_path / "out")
    before = everything()
    assert wave_import(wave=wave, responses=responses, schools=schools, rosters=rosters).unchanged == ["A001", "B001"]
    assert everything() == before


@pytest.mark.parametrize(
    "text",
    [
        "=SUM(A1:A9)",
        "+31 6 1234",
        "-",
        "@allen",
        "'=1+1",
        "''@x",
        "'s ochtends",
        "'unknown",
        "unknown",
        "not_applicable",
        "*",
        "＝1",  # noqa: RUF001  # the full-width form
        'zegt "ja", of; nee',
        "twee\nregels\n\nen nog een",
        "élève 😀",
        "café ; thee",
    ],
)
def test_any_text_goes_out_and_comes_in_as_it_was(
    wave: Wave, library_a: Library, anna: User, tmp_path: Path, text: str
) -> None:
    entry = entry_of(wave, library_a)
    answer(
        entry,
        by=anna,
        schools={"01AA00": {"cooperation": "yes"}},
        has_targets="yes",
        target_topics=text,
        partners=Given(("other",), other_text=text),
    )
    submit(entry, anna)
    other = round_trip(wave, tmp_path)
    stored = sheet(entry_of(other, library_a))
    assert stored.given("target_topics") == Given(text)
    assert stored.given("partners").other_text == text
    with (tmp_path / "first" / "responses.csv").open(encoding="utf-8", newline="") as lines:
        cells = next(csv.DictReader(lines))
    assert cells["target_topics"][0] not in "=+-@＝"  # noqa: RUF001


def test_numbers_are_not_made_text(load: Import, wave: Wave, tmp_path: Path) -> None:
    load()
    path = wave_export(wave=wave, folder=tmp_path / "out")[0]
    assert ",9.5,1\n" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("matrix", {"attention": {"media_literacy": "much"}}),
        ("number_per_option", {"functions": ["specialist", "volunteer"], "hours": {"specialist": "12.5"}}),
        ("number_per_option", {"functions": ["specialist"], "hours": {"specialist": State.UNKNOWN}}),
        ("number_per_option", {"municipalities": {"structural": "3", "incidental": State.NOT_APPLICABLE}}),
        ("top3", {"bottlenecks": ["staffing", "funding"]}),
        ("hierarchy", {"instruments": State.UNKNOWN}),
        ("decimals", {}),
    ],
)
def test_every_kind_of_answer_goes_out_and_comes_in(
    library_a: Library, tmp_path: Path, name: str, answers: dict[str, Any]
) -> None:
    wave = open_wave(questionnaire(name), libraries=[library_a])
    entry = entry_of(wave, library_a)
    answer(entry, **answers)
    submit(entry)
    other = sheet(entry_of(round_trip(wave, tmp_path), library_a))
    assert {code: other.given(code) for code in answers} == {code: sheet(entry).given(code) for code in answers}


def test_explanations_go_out_and_come_in(wave: Wave, library_a: Library, anna: User, tmp_path: Path) -> None:
    entry = entry_of(wave, library_a)
    answer(entry, by=anna, hours="900")
    explain(entry, by=anna, hours_unusual="=veel vrijwilligers")
    submit(entry, anna)
    other = round_trip(wave, tmp_path)
    assert snapshots(other)["A001"]["explanations"] == {"hours_unusual": "=veel vrijwilligers"}
    before = everything()
    responses, schools = (tmp_path / "first" / name for name in ("responses.csv", "schools.csv"))
    assert wave_import(wave=other, responses=responses, schools=schools).unchanged == ["A001"]
    assert everything() == before


def test_an_emptied_explanation_is_taken_away(load: Import) -> None:
    text = "library,hours,explanation.hours_unusual\nA001,900,veel vrijwilligers\n"
    assert load(text, None).warnings == []
    assert load(changed(text, "veel vrijwilligers", ""), None).warnings == ["hours_unusual: 1 keer, zonder toelichting"]
    assert not models.Explanation.objects.exists()


def test_hidden_answers_do_not_go_out(wave: Wave, library_a: Library, anna: User, tmp_path: Path) -> None:
    entry = entry_of(wave, library_a)
    answer(entry, by=anna, has_targets="yes", target_topics="geheim")
    answer(entry, by=anna, has_targets="no")
    submit(entry, anna)
    assert "geheim" not in wave_export(wave=wave, folder=tmp_path)[0].read_text(encoding="utf-8")
    round_trip(wave, tmp_path)


def test_only_what_counts_as_submitted_goes_out(
    wave: Wave, library_a: Library, library_b: Library, anna: User, staff: User, tmp_path: Path
) -> None:
    entry = entry_of(wave, library_a)
    answer(entry, by=anna, hours=10)
    submit(entry, anna)
    response_reopen(response=Response.objects.get(), by=staff, reason="")
    answer(entry, by=anna, hours=11)
    answer(entry_of(wave, library_b), hours=12)
    lines = wave_export(wave=wave, folder=tmp_path)[0].read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[0] for line in lines] == ["library", "A001"]
    assert ",10," in lines[1]


def test_the_codebook_tells_every_column_and_code(load: Import, wave: Wave, tmp_path: Path) -> None:
    paths = wave_export(wave=wave, folder=tmp_path / "out")
    with paths[2].open(encoding="utf-8", newline="") as lines:
        book = list(csv.DictReader(lines))
    for path, keys in ((paths[0], 1), (paths[1], 2)):
        header = path.read_text(encoding="utf-8").splitlines()[0].split(",")[keys:]
        assert list(dict.fromkeys(line["column"] for line in book if line["file"] == path.name)) == header
    meanings = {(line["column"], line["code"]): line["meaning"] for line in book}
    assert meanings["has_targets", "unknown"] == "Weet ik niet"
    assert meanings["hours", ""] == ""
