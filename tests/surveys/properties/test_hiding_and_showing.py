"""What must hold whatever people do in whatever order, tried with random acts on the real database.

Hiding and showing never changes a stored answer, versions count up by one, totals are what a plain count gives, and a
submission holds nothing that was not asked. `pytest --hypothesis-profile=thorough` tries far more.
"""

from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from surveys import cells, models, snapshot
from surveys.instrument import BLANK, Given, State
from surveys.models import FrameEntry, Library, User
from surveys.services.exchange import wave_export, wave_import
from surveys.services.reopening import response_reopen
from surveys.services.responses import Edit, answers_save
from tests.factories import SchoolFactory, answer, entry_of, open_wave, questionnaire, sheet, submit
from tests.surveys.properties.answers import (
    ASKED_OF_SCHOOLS,
    NUMBERS,
    SCHOOLS,
    SECTIONS,
    VALUES,
    Key,
    Now,
    given_of,
    one_of,
)
from tests.surveys.properties.page import Page, fields_of


class Colleagues(RuleBasedStateMachine):
    """People of one library who fill in the same questionnaire, on pages that may have grown old."""

    def __init__(self, entry: FrameEntry, client: Client, by: User, staff: User) -> None:
        super().__init__()
        self.entry, self.client, self.by, self.staff = entry, client, by, staff
        self.now: dict[Key, Now] = {}
        self.pages: list[Page] = []
        self.sent: list[tuple[int, dict[str, Any], str]] = []
        self.transaction = transaction.atomic()
        self.transaction.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    # --- What should be there, worked out in the plainest way ---

    def value(self, question: str, school: str = "") -> Any:
        return self.now.get((question, school), Now()).given.value

    def expected_path(self) -> tuple[set[Key], dict[str, int | None]]:
        """What applies and the totals, written out for this one questionnaire."""
        applies: set[Key] = {("cooperation", school) for school in SCHOOLS}
        with_us = [school for school in SCHOOLS if self.value("cooperation", school) == "yes"]
        applies |= {("topics", school) for school in with_us}
        topics = {school: self.value("topics", school) or () for school in with_us}
        readers = [school for school in with_us if "reading" in topics[school]]
        applies |= {("n_books", school) for school in readers}
        books = [number for school in readers if (number := self.value("n_books", school)) is not None]
        answers = [self.value("cooperation", school) for school in SCHOOLS]
        digital = sum("digital" in chosen for chosen in topics.values())
        totals = {
            "cooperating": None if answers == [None] * len(SCHOOLS) else len(with_us),
            "digital": digital if any(topics.values()) else 0 if answers == ["no"] * len(SCHOOLS) else None,
            "books": sum(books) if books else None,
        }
        functions: tuple[str, ...] = ()
        if with_us:
            applies.add(("functions", ""))
            functions = self.value("functions") or ()
        if "specialist" in functions or "consultant" in functions:
            applies.add(("hours", ""))
        plan = places = None
        if "specialist" in functions:
            applies.add(("has_plan", ""))
            plan = self.value("has_plan")
        if plan == "yes" and digital:
            applies.add(("plan_places", ""))
            places = self.value("plan_places")
        if plan == "no" or (places is not None and places <= 1):
            applies.add(("why_not", ""))
        return applies, totals

    def store(self, key: Key, after: Given, seen: int) -> bool:
        """Note what one edit should do; says whether it should be a conflict."""
        now = self.now.get(key, Now())
        if after == now.given or not (now.version or after.is_answered):
            return False
        if now.version not in (0, seen):
            return True
        self.now[key] = Now(after, now.version + 1)
        return False

    def send(self, page: Page, fields: Mapping[str, list[str]], keys: list[Key]) -> set[Key]:
        """Note what sending these answers of a page should do; returns the conflicts."""
        conflicts = set()
        for key in keys:
            stored, after = self.now.get(key, Now()).given, page.typed(key, fields)
            if key[0] == "hours":
                shown = {name.partition(".")[2] for name in page.inputs(key)}
                before, typed = (one.value if isinstance(one.value, dict) else {} for one in (stored, after))
                hidden = {code: number for code, number in before.items() if code not in shown}
                after = given_of(hidden | typed)
            keeps_state = key[0] not in NUMBERS and after == BLANK and stored.value is None
            if self.store(key, stored if keeps_state else after, page.versions[key]):
                conflicts.add(key)
        return conflicts

    # --- What people do ---

    @initialize(data=st.data())
    def nearly_everything_is_answered(self, data: st.DataObject) -> None:
        """Begin where there is much to hide."""
        for question, values in VALUES.items():
            for school in SCHOOLS if question in ASKED_OF_SCHOOLS else ("",):
                self.type_in_service((question, school), given_of(data.draw(values.filter(bool))), 0)
        for section in SECTIONS:
            self.open_page(section)

    @rule(data=st.data(), question=st.sampled_from(sorted(VALUES)), age=st.sampled_from((0, 0, 0, 1, 2)))
    def save_by_service(self, data: st.DataObject, question: str, age: int) -> None:
        school = data.draw(st.sampled_from(SCHOOLS)) if question in ASKED_OF_SCHOOLS else ""
        unknown = {"specialist": State.UNKNOWN, "consultant": State.UNKNOWN} if question == "hours" else State.UNKNOWN
        after = given_of(data.draw(one_of(data.draw(VALUES[question]), unknown)))
        self.type_in_service((question, school), after, age)

    def type_in_service(self, key: Key, after: Given, age: int) -> None:
        seen = max(0, self.now.get(key, Now()).version - age)
        saved = answers_save(sheet=sheet(self.entry), edits=[Edit(*key, after, seen)], by=self.by)
        assert bool(saved.conflicts) == self.store(key, after, seen)

    @rule(section=st.sampled_from(sorted(SECTIONS)))
    def open_page(self, section: str) -> None:
        html = self.client.get(self.url("response-section", section)).content.decode()
        opened = Page(section, fields_of(html))
        applies, _totals = self.expected_path()
        asked = {key for key in applies if key[0] in SECTIONS[section]}
        assert opened.versions == {key: self.now.get(key, Now()).version for key in asked}
        for key in asked:  # what was hidden has come back as it was
            stored = self.now.get(key, Now()).given
            if key[0] == "hours":
                numbers = stored.value if isinstance(stored.value, dict) else {}
                stored = given_of({code: numbers[code] for code in self.value("functions") if code in numbers})
            elif stored.value is None and key[0] not in NUMBERS:
                stored = BLANK  # a choice or text has no place for a state
            assert opened.typed(key, opened.fields) == stored
        self.pages.append(opened)

    @rule(data=st.data())
    def save_an_answer_of_a_page(self, data: st.DataObject) -> None:
        """Give one answer on a page that was opened some time ago, and send that answer."""
        page, key, fields = self.answered_page(data)
        sent = page.only(key, fields)
        conflicts = self.send(page, sent, [key])
        reply = self.client.post(self.url("answer-save", page.section), sent)
        assert reply.status_code == 200
        assert len(reply.json()["conflicts"]) == len(conflicts)

    @rule(data=st.data())
    def save_a_whole_page(self, data: st.DataObject) -> None:
        """Give one answer on a page that was opened some time ago, and send the whole page."""
        page, _key, fields = self.answered_page(data)
        conflicts = self.send(page, fields, list(page.versions))
        reply = self.client.post(self.url("response-section", page.section), fields)
        assert reply.status_code == (422 if conflicts else 302)

    def answered_page(self, data: st.DataObject) -> tuple[Page, Key, dict[str, list[str]]]:
        page = data.draw(st.sampled_from([page for page in self.pages if page.versions]))
        key = data.draw(st.sampled_from(sorted(page.versions)))
        return page, key, page.with_value(key, data.draw(VALUES[key[0]]))

    @rule()
    def submit_and_reopen(self) -> None:
        submission = submit(self.entry, by=self.by)
        contents = snapshot.read(sheet(self.entry).instrument, submission.snapshot)
        applies, totals = self.expected_path()
        held = {(code, ""): one for code, one in contents.answers.items()}
        held |= {(code, school): one for school, row in contents.rows.items() for code, one in row.items()}
        visible = {key: self.now.get(key, Now()).given for key in applies}
        if ("hours", "") in visible and visible["hours", ""].value:
            chosen = self.value("functions")
            numbers = {code: number for code, number in self.value("hours").items() if code in chosen}
            visible["hours", ""] = Given(numbers or None)
        assert held == visible
        if any(visible.get(("n_books", school), BLANK).has_unknown for school in SCHOOLS):
            totals["books"] = None
        assert contents.totals == {code: None if n is None else str(n) for code, n in totals.items()}
        self.sent.append((submission.pk, deepcopy(submission.snapshot), submission.content_hash))
        response_reopen(response=submission.response, by=self.staff, reason="verbetering")

    def url(self, name: str, section: str) -> str:
        return reverse(f"surveys:{name}", args=[self.entry.pk, section])

    # --- What must hold after each of these ---

    @invariant()
    def only_what_was_edited_has_changed(self) -> None:
        rows = models.Answer.objects.annotate(n=Count("changes")).select_related("question", "school")
        stored = {
            (row.question.code, row.school.code if row.school else ""): (row.value, row.state, row.version, row.n)
            for row in rows
        }
        assert stored == {
            key: (cells.to_json(now.given.value), now.given.state, now.version, now.version)
            for key, now in self.now.items()
        }

    @invariant()
    def path_and_totals_are_those_of_a_plain_count(self) -> None:
        route = sheet(self.entry).route
        applies, totals = self.expected_path()
        found = {(code, "") for code in route.questions}
        found |= {(code, school) for school, codes in route.rows.items() for code in codes}
        assert found == applies
        assert route.totals == totals

    @invariant()
    def what_was_submitted_stays(self) -> None:
        kept = models.Submission.objects.order_by("number").values_list("pk", "snapshot", "content_hash")
        assert list(kept) == self.sent


@pytest.fixture
def entry(library_a: Library) -> FrameEntry:
    for code in SCHOOLS:
        SchoolFactory(code=code, library=library_a)
    return entry_of(open_wave(questionnaire("hide_and_show"), libraries=[library_a]), library_a)


def test_no_order_of_saving_hiding_and_showing_changes_another_answer(
    client: Client, entry: FrameEntry, anna: User, staff: User
) -> None:
    client.force_login(anna)
    run_state_machine_as_test(
        lambda: Colleagues(entry, client, anna, staff),  # type: ignore[arg-type] # any factory will do
        settings=settings(
            max_examples=max(20, settings().max_examples // 5),
            stateful_step_count=20,
            phases=[Phase.generate],  # shrinking takes minutes; what failed is printed step by step as it is
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_number_that_is_not_on_the_page_stays(client: Client, entry: FrameEntry, anna: User) -> None:
    """Of an option that is not chosen, and of one that a colleague chose since: the random acts found both lost."""
    number = {"consultant": Decimal("9.5")}
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "yes"}}, functions=["specialist"], hours=number)
    client.force_login(anna)
    address = reverse("surveys:response-section", args=[entry.pk, "mensen"])
    page = Page("mensen", fields_of(client.get(address).content.decode()))
    assert page.inputs(("hours", "")) == ["hours.specialist"]
    client.post(address, page.fields)
    assert sheet(entry).given("hours").value == number
    answer(entry, by=anna, functions=["specialist", "consultant"])
    client.post(address, page.with_value(("hours", ""), {"specialist": 4}))
    assert sheet(entry).given("hours").value == number | {"specialist": 4}


def test_importing_what_was_exported_changes_no_number_that_was_hidden(
    entry: FrameEntry, anna: User, tmp_path: Path
) -> None:
    numbers = {"specialist": Decimal("4"), "consultant": Decimal("9.5")}
    answer(entry, by=anna, schools={school: {"cooperation": "yes"} for school in SCHOOLS})
    answer(entry, by=anna, functions=["specialist"], hours=numbers)
    submit(entry, by=anna)
    before = list(models.Answer.objects.order_by("pk").values("value", "version"))
    paths = {path.name: path for path in wave_export(wave=entry.wave, folder=tmp_path)}
    responses, schools = paths["responses.csv"], paths["schools.csv"]
    wave_import(wave=entry.wave, responses=responses, schools=schools)
    assert list(models.Answer.objects.order_by("pk").values("value", "version")) == before
    assert responses.read_text().count(",4,") == 1
    responses.write_text(responses.read_text().replace(",4,", ",5,"))
    wave_import(wave=entry.wave, responses=responses, schools=schools)
    assert sheet(entry).given("hours").value == numbers | {"specialist": 5}
