"""The people of every test: anna, emma and bram of library A, carla of B, dirk who advises A, staff."""

import pytest

from surveys.models import Library, Province, User
from tests.factories import (
    LibraryFactory,
    MembershipFactory,
    SupportMembershipFactory,
    SupportOrganisationFactory,
    UserFactory,
)


@pytest.fixture
def library_a(db: None) -> Library:
    return LibraryFactory(
        code="A001",
        name="Bibliotheek Aalwaard",
        province=Province.GELDERLAND,
        inhabitants=90_000,
        support_organisation=SupportOrganisationFactory(name="Ondersteuning Oost"),
    )


@pytest.fixture
def library_b(db: None) -> Library:
    return LibraryFactory(
        code="B001",
        name="Bibliotheek Beekduin",
        province=Province.ZEELAND,
        inhabitants=20_000,
        support_organisation=SupportOrganisationFactory(name="Ondersteuning West"),
    )


@pytest.fixture
def anna(library_a: Library) -> User:
    """Fills in and submits for library A."""
    return _member(library_a, "Anna", submitter=True)


@pytest.fixture
def bram(library_a: Library) -> User:
    """Reads what library A fills in."""
    return _member(library_a, "Bram", reader=True)


@pytest.fixture
def emma(library_a: Library) -> User:
    """Fills in for library A, but doesn't submit."""
    return _member(library_a, "Emma")


@pytest.fixture
def carla(library_b: Library) -> User:
    """Fills in and submits for library B."""
    return _member(library_b, "Carla", submitter=True)


@pytest.fixture
def dirk(library_a: Library) -> User:
    """Advises library A from its support organisation; belongs to no library."""
    user = _user("Dirk")
    SupportMembershipFactory(user=user, organisation=library_a.support_organisation)
    return user


@pytest.fixture
def staff(db: None) -> User:
    """Runs the surveys at the KB; may do everything."""
    return _user("Staff", staff=True)


def _user(name: str, **traits: bool) -> User:
    return UserFactory(email=f"{name.lower()}@example.nl", name=name, **traits)


def _member(library: Library, name: str, **traits: bool) -> User:
    user = _user(name)
    MembershipFactory(user=user, library=library, **traits)
    return user
