"""The board of a wave: who is how far."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from surveys.models import Library, Province, User, Wave
from surveys.services.board import BoardQuery, board_counts, board_entries, board_rows
from tests.factories import (
    LibraryFactory,
    SupportOrganisationFactory,
    WaveFactory,
    answer,
    entry_of,
    open_wave,
    questionnaire,
    sheet,
    submit,
)
from tests.surveys.admin.pages import at


def test_the_board_tells_who_is_how_far(wave: Wave, library_a: Library, library_b: Library, anna: User) -> None:
    third = LibraryFactory()
    assert board_counts(wave).n_expected == 2, "the frame is fixed"
    entry = entry_of(wave, library_a)
    answer(entry, by=anna, partners=["municipality"])
    rows = {row.entry.library: row for row in board_rows(wave, list(board_entries(wave, BoardQuery())))}
    assert third not in rows
    assert rows[library_b].state == "not_started"
    assert rows[library_b].progress is None
    busy = rows[library_a]
    assert (busy.state, busy.changed_by) == ("in_progress", "Anna")
    assert busy.progress == sheet(entry).overall
    submitted = submit(entry, by=anna)
    done = next(iter(board_rows(wave, list(board_entries(wave, BoardQuery(state="submitted"))))))
    assert (done.entry.library, done.submitted_at, done.progress) == (library_a, submitted.submitted_at, None)
    counts = board_counts(wave)
    assert (counts.n_not_started, counts.n_in_progress, counts.n_submitted) == (1, 0, 1)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, "AB"),
        ({"state": "in_progress"}, "A"),
        ({"state": "not_started"}, "B"),
        ({"state": "submitted"}, ""),
        ({"state": "nonsense"}, "AB"),
        ({"province": "Zeeland"}, "B"),
        ({"size": "middelgroot"}, "A"),
        ({"name": "beek"}, "B"),
        ({"name": "A001"}, "A"),
        ({"o": "-name"}, "BA"),
        ({"o": "size"}, "BA"),
        ({"o": "province"}, "AB"),
        ({"o": "-support"}, "BA"),
        ({"o": "state"}, "BA"),
        ({"o": "changed"}, "AB"),
        ({"o": "-changed"}, "AB"),
        ({"o": "submitted"}, "AB"),
        ({"o": "drop table"}, "AB"),
        ({"p": "99"}, "AB"),
    ],
)
def test_the_board_filters_and_sorts(
    desk: Client, wave: Wave, library_a: Library, library_b: Library, query: dict[str, str], found: str
) -> None:
    page = desk.get(at("wave_board", wave.pk), query)
    letters = {library_a.pk: "A", library_b.pk: "B"}
    assert "".join(letters[row.entry.library_id] for row in page.context["rows"]) == found


def test_the_board_filters_by_support_organisation(desk: Client, wave: Wave, library_b: Library) -> None:
    page = desk.get(at("wave_board", wave.pk), {"support": str(library_b.support_organisation_id)})
    assert [row.entry.library for row in page.context["rows"]] == [library_b]


@pytest.mark.parametrize("n_libraries", [3, 24])
def test_the_board_costs_the_same_for_few_and_many(
    desk: Client, django_assert_num_queries: Callable[..., Any], n_libraries: int
) -> None:
    libraries = LibraryFactory.create_batch(n_libraries, support_organisation=SupportOrganisationFactory())
    wave = open_wave(questionnaire("small"), libraries=libraries)
    for library in libraries[: n_libraries // 3 * 2]:
        answer(entry_of(wave, library), hours="9.5")
    for library in libraries[: n_libraries // 3]:
        submit(entry_of(wave, library))
    desk.get(at("wave_board", wave.pk))  # the questionnaire is remembered from now on
    with django_assert_num_queries(11):
        # Session, user, wave, counts, how many and which rows; requests to reopen; rosters, answers, last
        # answers, submissions; the advisers of the filter.
        page = desk.get(at("wave_board", wave.pk))
    assert len(page.context["rows"]) == n_libraries


@pytest.mark.parametrize("n_waves", [1, 6])
def test_the_list_of_waves_costs_the_same_for_few_and_many(
    desk: Client, library_a: Library, django_assert_num_queries: Callable[..., Any], n_waves: int
) -> None:
    small = questionnaire("small")
    for year in range(2020, 2020 + n_waves):
        open_wave(small, libraries=[library_a], school_year=f"{year}-{year + 1}")
    with django_assert_num_queries(5):
        page = desk.get(at("wave_changelist"))
    assert page.context["cl"].result_count == n_waves


def test_the_board_of_a_draft_says_that_nobody_is_expected_yet(desk: Client) -> None:
    page = desk.get(at("wave_board", WaveFactory().pk))
    assert page.status_code == 200
    assert page.context["counts"].n_expected == 0


def test_the_list_downloads_as_filtered_and_without_formulas(
    desk: Client, wave: Wave, library_a: Library, library_b: Library
) -> None:
    library_a.name = "=HYPERLINK(1)"
    library_a.save()
    page = desk.get(at("wave_board_csv", wave.pk), {"state": "in_progress"})
    assert page["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(page.content.decode("utf-8-sig"))))
    assert len(rows) == 2
    overall = sheet(entry_of(wave, library_a)).overall
    assert rows[1][:3] == ["A001", "'=HYPERLINK(1)", Province.GELDERLAND]
    assert rows[1][6:8] == [str(overall.asked), str(overall.answered)]
