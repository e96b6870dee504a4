"""The pages of an adviser: all libraries of the province, whether they began or not."""

from typing import Any

import pytest
from django.test import Client

from surveys.models import Library, User
from tests.factories import LibraryFactory, answer, entry_of, open_wave, questionnaire


@pytest.fixture(autouse=True)
def without_second_factor(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = False


def test_list_shows_who_began_and_who_did_not(
    client: Client, library_a: Library, library_b: Library, anna: User, dirk: User
) -> None:
    quiet = LibraryFactory(name="Bibliotheek Stilwater", support_organisation=library_a.support_organisation)
    wave = open_wave(questionnaire("small"), libraries=[library_a, library_b, quiet])
    answer(entry_of(wave, library_a), by=anna, has_targets="yes")
    client.force_login(dirk)
    page = client.get("/volgen/").text
    assert "Bezig" in page
    assert "Bibliotheek Stilwater" in page
    assert "Niet begonnen" in page
    assert library_b.name not in page


@pytest.mark.parametrize("n_libraries", [1, 20])
def test_list_costs_the_same_for_few_and_many(
    client: Client, library_a: Library, dirk: User, n_libraries: int, django_assert_num_queries
) -> None:
    organisation = library_a.support_organisation
    libraries = [LibraryFactory(support_organisation=organisation) for _ in range(n_libraries)]
    open_wave(questionnaire("small"), libraries=libraries)
    client.force_login(dirk)
    with django_assert_num_queries(3):  # session with its user, whether an adviser, the libraries
        client.get("/volgen/")
