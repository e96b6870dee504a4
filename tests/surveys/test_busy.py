"""A save that has to wait too long for somebody else's work says so, stores nothing, and can be sent again."""

import threading

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from surveys.models import Answer, FrameEntry, Library, User, Wave
from tests.factories import entry_of, open_wave, questionnaire


@pytest.fixture
def entry(transactional_db: None, library_a: Library) -> FrameEntry:
    return entry_of(open_wave(questionnaire("small"), libraries=[library_a]), library_a)


@pytest.mark.parametrize("door", ["answer-save", "response-section"])
def test_save_during_an_import_gets_503_and_goes_well_afterwards(
    client: Client, entry: FrameEntry, anna: User, door: str
) -> None:
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        """What an import does to its wave while it is at work."""
        with transaction.atomic():
            Wave.objects.select_for_update().get()
            held.set()
            done.wait()
        connection.close()

    client.force_login(anna)
    address = reverse(f"surveys:{door}", args=[entry.pk, "beleid"])
    form = {"seen": "has_targets:0", "has_targets": "yes"}
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    try:
        page = client.post(address, form)
    finally:
        done.set()
        holder.join()
    assert page.status_code == 503
    assert page["Retry-After"] == "5"
    assert "nog niet bewaard" in page.text
    assert not Answer.objects.exists()
    assert client.post(address, form).status_code in (200, 302)
    assert Answer.objects.get().value == "yes"
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout")
