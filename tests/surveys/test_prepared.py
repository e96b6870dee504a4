"""Prepared queries give what the queryset gives, for every key, with one query."""

from collections.abc import Callable
from typing import Any

from django.db.models import Exists, F, OuterRef, Value

from surveys.models import FrameEntry, Library, Membership, Response, User
from surveys.prepared import Prepared
from tests.factories import entry_of, open_wave, questionnaire


def test_a_row_comes_with_its_annotations_and_related_rows(
    library_a: Library, library_b: Library, anna: User, django_assert_num_queries: Callable[..., Any]
) -> None:
    wave = open_wave(questionnaire("small"), libraries=[library_a, library_b])
    Response.objects.create(entry=entry_of(wave, library_a))
    find = Prepared(
        lambda user_id, entry_id: (
            FrameEntry.objects.filter(pk=entry_id, library__memberships__user=user_id)
            .annotate(
                role=F("library__memberships__role"),
                is_started=Exists(Response.objects.filter(entry=OuterRef("pk"))),
                seven=Value(7),
            )
            .select_related("wave__survey", "library", "response")
        )
    )
    entry, survey = entry_of(wave, library_a), wave.survey
    for _again in range(2):
        with django_assert_num_queries(1):
            (found,) = find(anna.pk, entry.pk)
            assert (found, found.wave.survey, found.library) == (entry, survey, library_a)
            assert found.response.entry is found
        values = vars(found)
        assert (values["role"], values["is_started"], values["seven"]) == (Membership.Role.SUBMITTER, True, 7)
        assert (found.province, found.wave.school_year) == (library_a.province, "2024-2025")
    assert find(anna.pk, entry_of(wave, library_b).pk) == []


def test_a_related_row_may_lack(library_a: Library) -> None:
    entry = entry_of(open_wave(questionnaire("small"), libraries=[library_a]), library_a)
    find = Prepared(lambda entry_id: FrameEntry.objects.filter(pk=entry_id).select_related("response"))
    (found,) = find(entry.pk)
    assert not hasattr(found, "response")
    Response.objects.create(entry=entry)
    (found,) = find(entry.pk)
    assert found.response.entry_id == entry.pk


def test_constants_of_a_query_stay(library_a: Library, library_b: Library) -> None:
    find = Prepared(lambda key: Library.objects.filter(pk__in=[key, library_b.pk]).order_by("pk")[:1])
    assert find(library_a.pk) == [min(library_a, library_b, key=lambda library: library.pk)]
    assert find(library_b.pk) == [library_b]
