"""A browser of library A, and a database that takes no notices."""

import pytest
from django.test import Client

from surveys.models import Notice, User


@pytest.fixture
def visitor(client: Client, anna: User) -> Client:
    """Anna's, in which she is logged in."""
    client.force_login(anna)
    return client


@pytest.fixture
def notices_fail(monkeypatch: pytest.MonkeyPatch) -> type[Exception]:
    """No notice can be written; what that raises."""

    class Full(OSError):
        pass

    def full(**_row: object) -> None:
        raise Full

    monkeypatch.setattr(Notice.objects, "create", full)
    return Full
