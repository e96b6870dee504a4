"""A library with two schools in an open wave, and a browser for each colleague."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from surveys.models import FrameEntry, Library, User
from tests.factories import SchoolFactory, entry_of, log_in_just_now, open_wave, questionnaire


@pytest.fixture
def entry(library_a: Library, library_b: Library) -> FrameEntry:
    SchoolFactory(code="01AA00", library=library_a, name="De Springplank")
    SchoolFactory(code="01AA01", library=library_a, name="Het Kompas")
    return entry_of(
        open_wave(
            questionnaire("small"),
            libraries=[library_a, library_b],
            closes_at=timezone.now() + timedelta(days=30),
        ),
        library_a,
    )


@pytest.fixture
def as_user(client: Client) -> Callable[[User], Client]:
    """A browser in which this user is logged in and has just shown who they are."""

    def log_in(user: User) -> Client:
        return log_in_just_now(client, user)

    return log_in
