"""The page of the roster, and what the script gets back for what is done there."""

from typing import Any

from django.test import Client
from django.urls import reverse

from surveys.forms.section import write_seen
from surveys.models import FrameEntry
from tests.factories import sheet


def section(entry: FrameEntry) -> str:
    return reverse("surveys:response-section", args=[entry.pk, "samenwerking"])


def save(client: Client, entry: FrameEntry, **data: Any) -> dict[str, Any]:
    """What the script gets back for a save; names with a double underscore for a point."""
    return _posted(client, reverse("surveys:answer-save", args=[entry.pk, "samenwerking"]), data)


def act(client: Client, entry: FrameEntry, many: str, **data: Any) -> dict[str, Any]:
    """What the script gets back for an act on a page of this moment; names with a double underscore for a point."""
    now = sheet(entry)
    shown = {
        f"r.{school}": write_seen({code: now.stored_of(code, school).version for code in now.route.rows[school]})
        for school in now.schools
    }
    url = reverse("surveys:roster-many", args=[entry.pk, "samenwerking"])
    return _posted(client, url, {"many": many} | shown | data)


def _posted(client: Client, url: str, data: dict[str, Any]) -> dict[str, Any]:
    page = client.post(url, {name.replace("__", "."): value for name, value in data.items()})
    assert page.status_code == 200, page.status_code
    result: dict[str, Any] = page.json()
    return result
