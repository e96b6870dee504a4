"""Libraries in the administration: mergers."""

import pytest
from django.test import Client
from django.utils import timezone

from surveys.models import Library
from tests.surveys.admin.pages import at


@pytest.mark.parametrize(
    ("merger", "faulty"),
    [
        ({"successor": "", "merged_on": ""}, set()),
        ({"successor": "b", "merged_on": "2026-01-01"}, set()),
        ({"successor": "b", "merged_on": ""}, {"merged_on"}),
        ({"successor": "", "merged_on": "2026-01-01"}, {"successor"}),
        ({"successor": "a", "merged_on": "2026-01-01"}, {"successor"}),
    ],
)
def test_a_merger_has_a_successor_and_a_date(
    desk: Client, library_a: Library, library_b: Library, merger: dict[str, str], faulty: set[str]
) -> None:
    keys = {"a": library_a.pk, "b": library_b.pk}
    fields = {
        "name": "Bibliotheek Aalwaard",
        "province": "Gelderland",
        "inhabitants": 90_000,
        "merged_on": merger["merged_on"],
        "successor": keys.get(merger["successor"], ""),
    }
    page = desk.post(at("library_change", library_a.pk), fields)
    assert page.status_code == (200 if faulty else 302)
    if faulty:
        assert set(page.context["adminform"].form.errors) == faulty


def test_two_libraries_cannot_merge_into_each_other(desk: Client, library_a: Library, library_b: Library) -> None:
    library_b.successor, library_b.merged_on = library_a, timezone.localdate()
    library_b.save()
    fields = {
        "name": library_a.name,
        "province": "Gelderland",
        "inhabitants": 1,
        "successor": library_b.pk,
        "merged_on": "2026-01-01",
    }
    page = desk.post(at("library_change", library_a.pk), fields)
    assert set(page.context["adminform"].form.errors) == {"successor"}
