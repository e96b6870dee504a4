"""KB staff see what libraries report about schools, and handle it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from surveys.errors import NotAllowed
from surveys.models import FrameEntry, SchoolReport, User
from surveys.services.schools import reports_handle, school_add_new
from tests.surveys.schools.rows import leave


def test_staff_handle_reports_and_take_that_back(entry: FrameEntry, anna: User, staff: User) -> None:
    leave(entry, "01AA00", by=anna)
    report = SchoolReport.objects.get()
    with pytest.raises(NotAllowed):
        reports_handle(reports=[report.pk], by=anna)
    assert [reports_handle(reports=[report.pk], by=staff) for _twice in range(2)] == [1, 0]
    report.refresh_from_db()
    assert (report.handled_by, report.handled_at is not None) == (staff, True)
    assert reports_handle(reports=[report.pk], by=staff, is_handled=False) == 1
    report.refresh_from_db()
    assert (report.handled_by, report.handled_at) == (None, None)


def test_the_administration_lists_filters_and_handles_reports(
    client: Client, entry: FrameEntry, anna: User, staff: User, settings: Any
) -> None:
    settings.STAFF_SECOND_FACTOR = False
    leave(entry, "01AA00", by=anna)
    school_add_new(entry=entry, name="De Nieuwe", kind="bo", municipality="Ons Dorp", by=anna)
    client.force_login(staff)
    listed = reverse("admin:surveys_schoolreport_changelist")
    page = client.get(listed, {"handled": "no", "school__entry__wave__id__exact": str(entry.wave_id)}).text
    assert "De Springplank" in page
    assert "Bibliotheek Aalwaard" in page
    first = SchoolReport.objects.earliest("pk")
    client.post(listed, {"action": "handle_selected", "_selected_action": [first.pk]})
    assert SchoolReport.objects.filter(handled_by=staff).get() == first
    assert "De Springplank" not in client.get(listed, {"handled": "no"}).text
    assert client.get(reverse("admin:surveys_schoolreport_change", args=[first.pk])).status_code == 200
