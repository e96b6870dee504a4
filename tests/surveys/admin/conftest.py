"""A desk in the administration, and a wave to look at."""

from typing import Any

import pytest
from django.test import Client

from surveys.models import Library, User, Wave
from tests.factories import answer, entry_of, log_in_just_now, open_wave, questionnaire


@pytest.fixture(autouse=True)
def _settings(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = False
    settings.EMAIL_BACKEND = "surveys.emails.NoticeBackend"  # Django's test runner puts another one in its place


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    """A browser in which staff is logged in; staff without Django's superuser, who may still do everything."""
    staff.is_superuser = False
    staff.save()
    return log_in_just_now(client, staff)


@pytest.fixture
def wave(library_a: Library, library_b: Library) -> Wave:
    """An open wave in which library A is busy and B has not started."""
    opened = open_wave(questionnaire("small"), libraries=[library_a, library_b])
    answer(entry_of(opened, library_a), hours="9.5", has_targets="yes")
    return opened
