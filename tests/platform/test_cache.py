"""The cache in PostgreSQL: what Django promises of one, and that what has not expired stays."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from monitor import cache as ours

pytestmark = pytest.mark.django_db


def later(seconds: int) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(seconds=seconds), tick=False)


def test_a_value_comes_back_until_it_expires() -> None:
    cache.set("k", {"a": [1, 2]}, timeout=60)
    assert cache.get("k") == {"a": [1, 2]}
    cache.set("k", 3, timeout=60)
    assert cache.get("k") == 3
    with later(61):
        assert cache.get("k") is None


def test_adding_takes_only_a_free_or_expired_key() -> None:
    assert cache.add("lock", 1, timeout=10)
    assert not cache.add("lock", 2, timeout=10)
    assert cache.get("lock") == 1
    with later(11):
        assert cache.add("lock", 2, timeout=10)
        assert cache.get("lock") == 2
    cache.delete("lock")
    assert cache.add("lock", 3)


def test_touching_prolongs_what_is_there() -> None:
    cache.set("k", 1, timeout=10)
    assert cache.touch("k", timeout=100)
    assert not cache.touch("other", timeout=100)
    with later(50):
        assert cache.get("k") == 1
    cache.set("ever", 1, timeout=None)
    with later(10**8):
        assert cache.get("ever") == 1
        assert not cache.touch("k", timeout=100), "what has expired does not come back"


def test_any_number_of_entries_stay_and_those_that_expired_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ours, "CLEAR_EVERY", 1)
    for number in range(400):
        cache.set(f"attempts-{number}", number, timeout=10 if number % 2 else 1000)
    assert cache.get("attempts-0") == 0
    with later(500):
        cache.set("one-more", 1, timeout=10)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM django_cache")
            assert cursor.fetchone() == (201,)


def test_a_change_is_one_statement(django_assert_num_queries: Callable[..., Any], monkeypatch: Any) -> None:
    monkeypatch.setattr(ours, "CLEAR_EVERY", 10**9)
    with django_assert_num_queries(3):
        cache.add("k", 1)
        cache.set("k", 2)
        cache.touch("k")
