"""What it costs to have a last year, and to have none: queries and, at 500 rows, time."""

import gzip
import time
from typing import Any

import pytest
from django.test import Client

from surveys import models
from surveys.models import AnswerOrigin, FrameEntry, Library, User
from tests.factories import (
    SchoolFactory,
    a_year_later,
    answer,
    close,
    entry_of,
    open_wave,
    questionnaire,
    sheet,
    submit,
)
from tests.surveys.lastwave.later import page, section


def test_without_a_last_year_there_is_nothing_to_see_and_nothing_to_ask(
    client: Client, library_a: Library, library_b: Library, anna: User, django_assert_num_queries: Any
) -> None:
    # Another library's submission of last year must not make a difference.
    wave = open_wave(questionnaire("small"), libraries=[library_a, library_b])
    answer(entry_of(wave, library_b), hours="4")
    submit(entry_of(wave, library_b))
    close(wave)
    entry = a_year_later(wave, library_a)
    answer(entry, has_targets="no")
    page(client, anna, entry)
    for code in ("beleid", "samenwerking"):
        with django_assert_num_queries(4):  # session with its user, frame entry, roster, answers
            text = client.get(section(entry, code)).text
        assert "orig jaar" not in text
        assert 'name="same"' not in text


def test_with_a_last_year_it_is_one_query_more(
    client: Client, entry: FrameEntry, anna: User, django_assert_num_queries: Any
) -> None:
    answer(entry, by=anna, has_targets="no")
    page(client, anna, entry)
    for code in ("beleid", "samenwerking"):
        with django_assert_num_queries(5):
            client.get(section(entry, code))


def test_500_rows_beside_last_year(
    library_a: Library, anna: User, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = [SchoolFactory(library=library_a).code for _ in range(500)]
    wave = open_wave(questionnaire("roster"), libraries=[library_a])
    answer(entry_of(wave, library_a), schools={code: {"cooperation": "structural"} for code in codes})
    answer(entry_of(wave, library_a), schools={code: {"topics": ["reading"], "books_per_pupil": "5"} for code in codes})
    submit(entry_of(wave, library_a))
    close(wave)
    entry = a_year_later(wave, library_a)
    client.force_login(anna)
    address = section(entry, "samenwerking")
    took = []
    for _ in range(5):
        started = time.perf_counter()
        text = client.get(address).text
        took.append(time.perf_counter() - started)
    assert text.count("Vorig jaar: Ja, structureel") == 500
    data = {"seen": "", "same": "r"} | {f"r.{code}": "cooperation:0" for code in codes}
    started = time.perf_counter()
    client.post(address, data)
    act = time.perf_counter() - started
    assert models.Answer.objects.filter(response__entry=entry, origin=AnswerOrigin.CONFIRMED).count() == 1500
    started = time.perf_counter()
    assert len(sheet(entry).last_wave.rows) == 500  # type: ignore[union-attr]
    reading = time.perf_counter() - started
    with capsys.disabled():
        print(
            f"\n500 rows: page {sorted(took)[2]:.3f} s, {len(gzip.compress(text.encode())) // 1000} kB compressed;",
            end="",
        )
        print(f" taking over {act:.3f} s; reading last year {reading:.3f} s")
