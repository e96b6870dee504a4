"""What a soft check asks about is explained, also by two at a time."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from surveys import models, rules, snapshot
from surveys.instrument import Given
from surveys.models import FrameEntry, User
from surveys.rules import Facts
from tests.factories import answer, explain, instrument, submit


def test_an_explanation_is_submitted_only_with_what_it_explains(entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, members=2000, schools={"01AA00": {"books": "12"}})
    explain(entry, by=anna, members_changed="Ledenactie")
    explain(entry, by=anna, school="01AA00", books_changed="Nieuwe collectie")
    answer(entry, by=anna, members=1300)
    submission = submit(entry, by=anna)
    assert submission.snapshot["explanations"] == {"books_changed@01AA00": "Nieuwe collectie"}
    kept = models.Explanation.objects.get(response__entry=entry, check_code="members_changed")
    assert kept.text == "Ledenactie", "it is there again when the answer changes back"


@pytest.fixture
def explaining(entry: FrameEntry, anna: User) -> FrameEntry:
    """Two answers that ask for an explanation: of the members and of the books of a school."""
    answer(entry, by=anna, members=2000, schools={"01AA00": {"books": "12"}})
    return entry


MEMBERS, BOOKS = "explain.members_changed.", "explain.books_changed.01AA00"


def reviewing(entry: FrameEntry, user: User) -> tuple[Client, dict[str, str]]:
    """The review page as this user has it open: the browser, and what its form sends when nothing is typed."""
    client = Client()
    client.force_login(user)
    return client, sent_by(client.get(reverse("surveys:response-review", args=[entry.pk])).text)


def sent_by(page: str) -> dict[str, str]:
    """The fields of the form in which is explained, by name."""
    found = (dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in re.findall(r"<input[^>]*>", page))
    fields = {field["name"]: unescape(field["value"]) for field in found if "explain." in field.get("name", "")}
    assert set(fields) == {MEMBERS, BOOKS, f"shown.{MEMBERS}", f"shown.{BOOKS}"}
    return fields


def save(client: Client, entry: FrameEntry, form: dict[str, str]) -> Any:
    return client.post(reverse("surveys:response-explain", args=[entry.pk]), form)


def explanations(entry: FrameEntry) -> dict[str, tuple[str, User | None]]:
    rows = models.Explanation.objects.filter(response__entry=entry).select_related("written_by")
    return {row.check_code: (row.text, row.written_by) for row in rows}


@pytest.mark.parametrize("first", ["", "Oud"])
def test_an_untouched_field_leaves_what_a_colleague_explained_meanwhile(
    explaining: FrameEntry, anna: User, emma: User, first: str
) -> None:
    explain(explaining, by=anna, members_changed=first)
    client, form = reviewing(explaining, anna)
    explain(explaining, by=emma, members_changed="Door de fusie")
    assert save(client, explaining, form | {BOOKS: "Nieuwe collectie"}).status_code == 302
    assert explanations(explaining) == {
        "members_changed": ("Door de fusie", emma),
        "books_changed": ("Nieuwe collectie", anna),
    }


@pytest.mark.parametrize(("first", "typed"), [("", "Door de actie"), ("Oud", "Door de actie"), ("Oud", "")])
def test_an_explanation_typed_over_a_colleagues_shows_both_and_replaces_it_when_saved_again(
    explaining: FrameEntry, anna: User, emma: User, first: str, typed: str
) -> None:
    explain(explaining, by=anna, members_changed=first)
    client, form = reviewing(explaining, anna)
    explain(explaining, by=emma, members_changed="Door de <fusie>")
    page = save(client, explaining, form | {MEMBERS: typed, BOOKS: "Nieuwe collectie"})
    assert page.status_code == 422
    assert explanations(explaining)["members_changed"] == ("Door de <fusie>", emma)
    assert explanations(explaining)["books_changed"] == ("Nieuwe collectie", anna), "the others are saved"
    assert page.text.count('role="alert"') == 1
    assert f"{emma} schreef deze toelichting op " in page.text
    assert "<blockquote>Door de &lt;fusie&gt;</blockquote>" in page.text
    assert page.text.count("Nakijken of toelichten") == page.text.count("<details><summary>Toelichting: ") == 1
    again = sent_by(page.text)
    assert (again[MEMBERS], again[f"shown.{MEMBERS}"]) == (typed, "Door de <fusie>")
    assert (again[BOOKS], again[f"shown.{BOOKS}"]) == ("Nieuwe collectie", "Nieuwe collectie")
    assert save(client, explaining, again).status_code == 302
    assert explanations(explaining).get("members_changed") == ((typed, anna) if typed else None)


def test_an_explanation_that_a_colleague_took_away_is_not_put_back_unasked(
    explaining: FrameEntry, anna: User, emma: User
) -> None:
    explain(explaining, by=anna, members_changed="Oud")
    client, form = reviewing(explaining, anna)
    explain(explaining, by=emma, members_changed="")
    assert save(client, explaining, form).status_code == 302
    assert explanations(explaining) == {}
    page = save(client, explaining, form | {MEMBERS: "Nieuw"})
    assert page.status_code == 422
    assert "heeft deze toelichting weggehaald" in page.text
    assert save(client, explaining, sent_by(page.text)).status_code == 302
    assert explanations(explaining) == {"members_changed": ("Nieuw", anna)}


def test_the_same_explanation_by_two_is_one_and_saving_twice_is_saving_once(
    explaining: FrameEntry, anna: User, emma: User
) -> None:
    client, form = reviewing(explaining, anna)
    explain(explaining, by=emma, members_changed="Door de fusie")
    written_at = models.Explanation.objects.get().written_at
    for _time in range(2):
        assert save(client, explaining, form | {MEMBERS: " Door de fusie "}).status_code == 302
    assert explanations(explaining) == {"members_changed": ("Door de fusie", emma)}
    assert models.Explanation.objects.get().written_at == written_at


def test_an_explanation_of_several_lines_is_not_changed_by_a_field_of_one(explaining: FrameEntry, anna: User) -> None:
    lines = "Eerst de fusie,\ntoen de actie. " + "x" * 2500  # as an import may bring
    explain(explaining, by=anna, members_changed=lines)
    client, form = reviewing(explaining, anna)
    form = form | {MEMBERS: form[MEMBERS].replace("\n", ""), f"shown.{MEMBERS}": lines.replace("\n", "\r\n")}
    assert save(client, explaining, form).status_code == 302
    assert explanations(explaining) == {"members_changed": (lines, anna)}


def test_a_snapshot_without_findings_has_no_explanations() -> None:
    kind, facts = instrument("change"), Facts(answers={"members": Given(3)})
    content = snapshot.build(kind, facts, rules.path(kind, facts), {("members_changed", ""): "Oud"})
    assert content["explanations"] == {}
