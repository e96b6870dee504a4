"""A browser of library A."""

import pytest
from django.test import Client

from surveys.models import User


@pytest.fixture
def visitor(client: Client, anna: User) -> Client:
    """Anna's, in which she is logged in."""
    client.force_login(anna)
    return client
