"""Who may upload and store a roster file, and until when; what changed meanwhile."""

import io
import time
from collections.abc import Callable

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from surveys import models
from surveys.models import FrameEntry, Library, User
from surveys.services.schools import school_leave
from tests.factories import SchoolFactory, answer, close, entry_of, open_wave, questionnaire, submit
from tests.surveys.roster_file.workbook import SHEET, download, filled, store, stored, upload


def test_reader_downloads_but_does_not_upload(client: Client, entry: FrameEntry, anna: User, bram: User) -> None:
    client.force_login(bram)
    content = filled(download(client, entry), E3="structureel")
    assert 'type="file"' not in client.get(reverse("surveys:roster-file", args=[entry.pk])).text
    assert upload(client, entry, content).status_code == 403
    client.force_login(anna)
    preview = upload(client, entry, content)
    client.force_login(bram)
    assert store(client, entry, preview).status_code == 403
    assert models.Answer.objects.count() == 0


def test_outsiders_find_nothing(client: Client, entry: FrameEntry, anna: User, carla: User, dirk: User) -> None:
    client.force_login(anna)
    content = download(client, entry)
    preview = upload(client, entry, filled(content, E3="structureel"))
    for outsider in (carla, dirk):
        client.force_login(outsider)
        assert client.get(reverse("surveys:roster-download", args=[entry.pk])).status_code == 404
        assert upload(client, entry, content).status_code == 404
        assert store(client, entry, preview).status_code == 404


def test_changes_are_for_who_saw_them_and_for_an_hour(
    client: Client, entry: FrameEntry, anna: User, emma: User
) -> None:
    client.force_login(anna)
    page = upload(client, entry, filled(download(client, entry), E3="structureel"))
    client.force_login(emma)
    assert store(client, entry, page).status_code == 422
    client.force_login(anna)
    with time_machine.travel(time.time() + 3700, tick=False):
        client.force_login(anna)
        refused = store(client, entry, page)
    assert refused.status_code == 422
    assert "ouder dan een uur" in refused.text
    tampered = client.post(
        reverse("surveys:roster-file-store", args=[entry.pk]), {"signed": page.context["signed"][:-1] + "!"}
    )
    assert tampered.status_code == 422
    assert models.Answer.objects.count() == 0
    assert store(client, entry, page).status_code == 302


def test_school_that_left_the_list_meanwhile_is_no_error_of_ours(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    page = upload(client, entry, filled(download(client, entry), E3="structureel"))
    entry.schools.filter(code="01AA00").delete()
    done = store(client, entry, page)
    assert done.status_code == 422
    assert "Uw lijst met schoollocaties is gewijzigd" in done.text


def test_rows_of_schools_that_left_the_list_are_left_out_and_named(
    client: Client, entry: FrameEntry, anna: User
) -> None:
    client.force_login(anna)
    content = filled(download(client, entry), E3="structureel", E4="structureel")
    school_leave(entry=entry, school=entry.schools.get(code="01AA00"), status="closed", by=anna)
    page = upload(client, entry, content)
    assert page.status_code == 200
    assert "staan niet meer op uw lijst en zijn overgeslagen: De Springplank (01AA00)." in page.text
    assert store(client, entry, page).status_code == 302
    assert models.Answer.objects.get().school == entry.schools.get(code="01AA01")
    assert "01AA00" not in str(list(load_workbook(io.BytesIO(download(client, entry)))[SHEET].values))


@pytest.mark.parametrize("end", [submit, lambda entry: close(entry.wave)])
def test_nothing_is_stored_after_closing_or_submitting(
    client: Client, entry: FrameEntry, anna: User, end: Callable[[FrameEntry], object]
) -> None:
    answer(entry, by=anna, schools={"01AA01": {"cooperation": "none"}})
    client.force_login(anna)
    content = filled(download(client, entry), E3="structureel")
    preview = upload(client, entry, content)
    end(entry)
    overview = reverse("surveys:response-overview", args=[entry.pk])
    assert store(client, entry, preview)["Location"] == overview
    assert upload(client, entry, content)["Location"] == overview
    assert stored("cooperation", "01AA00") is None
    assert download(client, entry), "what was answered can still be downloaded"


def test_upload_leaves_a_school_that_left_and_takes_the_others(client: Client, library_a: Library, anna: User):
    for code in ("01AA00", "01AA01"):
        SchoolFactory(code=code, library=library_a)
    entry = entry_of(open_wave(questionnaire("roster"), libraries=[library_a]), library_a)
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "structural"}})
    client.force_login(anna)
    content = filled(download(client, entry), E4="Nee")
    school_leave(entry=entry, school=entry.schools.get(code="01AA00"), status="closed", by=anna)
    page = upload(client, entry, content)
    assert page.status_code == 200
    assert [change["after"] for change in page.context["changes"]] == ["Nee"]
