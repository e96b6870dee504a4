"""Checks on one answer, on sums and counts, on change since the last wave and on whole rows; and what people see."""

import re
from dataclasses import replace
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from hypothesis import given as for_all
from hypothesis import strategies as st

from surveys import checks, models, rules, snapshot
from surveys.admin.words import check_words
from surveys.checks import Fault, Finding, measure
from surveys.compiled import compiled
from surveys.errors import QuestionnaireFrozen
from surveys.instrument import BLANK, Check, Given, Severity, State, Value
from surveys.models import FrameEntry, Library, User
from surveys.rules import Facts
from surveys.services.questionnaires import questionnaire_dump, questionnaire_load
from surveys.wording import finding_message
from tests.factories import (
    QUESTIONNAIRES,
    SchoolFactory,
    answer,
    close,
    entry_of,
    explain,
    instrument,
    open_wave,
    questionnaire,
    sheet,
    submit,
)

UNKNOWN = Given(None, State.UNKNOWN)
NOT_APPLICABLE = Given(None, State.NOT_APPLICABLE)
MISSING = [BLANK, UNKNOWN, NOT_APPLICABLE]
SMALL, SUMS, CHANGE, WHOLE_ROW = map(instrument, ("small", "sums", "change", "complete_row"))


def findings(kind: Any, facts: Facts) -> list[Finding]:
    return checks.findings(kind, facts, rules.path(kind, facts))


def codes(kind: Any, facts: Facts) -> list[str]:
    return [finding.code for finding in findings(kind, facts)]


# ---- On one answer ---------------------------------------------------------------------------------------------------


ONE_COOPERATES = {"a": {"cooperation": Given("yes")}}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"hours": Given(Decimal("1"))}, []),
        ({"hours": Given(Decimal("0.5"))}, ["hours_unusual"]),
        ({"hours": Given(Decimal("201"))}, ["hours_unusual"]),
        ({"hours": Given(Decimal("-1"))}, [Fault.NEGATIVE, "hours_unusual"]),
        ({"plan_locations": Given(1)}, []),
        ({"plan_locations": Given(2)}, ["plan_at_most_cooperating"]),
        ({"partners": Given(("poi", "none"))}, [Fault.EXCLUSIVE]),
        ({"partners": Given(("other",))}, [Fault.TEXT_NEEDED]),
        ({"partners": Given(("other",), other_text="het museum")}, []),
        ({"hours": Given(None, State.UNKNOWN)}, []),
    ],
)
def test_checks(answers: dict[str, Given], expected: list[str]) -> None:
    assert codes(SMALL, Facts(answers=answers, rows=ONE_COOPERATES)) == expected


def test_check_on_an_answer_off_the_path_is_quiet() -> None:
    facts = Facts(answers={"plan_locations": Given(9)}, rows={"a": {"cooperation": Given("no")}})
    assert codes(SMALL, facts) == []


def test_top_three_allows_three() -> None:
    top3 = instrument("top3")
    question = next(iter(top3.questions.values()))
    options = tuple(option.code for option in question.options if not (option.is_exclusive or option.has_text))
    assert codes(top3, Facts(answers={question.code: Given(options[:3])})) == []
    assert codes(top3, Facts(answers={question.code: Given(options[:4])})) == [Fault.TOO_MANY]


def test_number_of_an_option_that_is_no_longer_chosen_stands_in_nobodys_way() -> None:
    kind = instrument("number_per_option")
    hours = Given({"specialist": Decimal(8), "consultant": Decimal(-1)})
    both = {"functions": Given(("specialist", "consultant")), "hours": hours}
    assert [finding.fault for finding in findings(kind, Facts(answers=both))] == [Fault.NEGATIVE]
    assert findings(kind, Facts(answers={"functions": Given(("specialist",)), "hours": hours})) == []


# ---- What is compared ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        *((missing, None) for missing in MISSING),
        (Given(Decimal("3"), State.UNKNOWN), None),
        (Given(0), Decimal(0)),
        (Given(12), Decimal(12)),
        (Given(12, State.ESTIMATE), Decimal(12)),
        (Given(Decimal("9.5")), Decimal("9.5")),
        (Given({"a": Decimal(2), "b": Decimal("0.5")}), Decimal("2.5")),
        (Given({}), None),
        (Given(("a", "b")), Decimal(2)),
        (Given(()), Decimal(0)),
        (Given({"row": "much"}), None),
        (Given("yes"), None),
    ],
)
def test_measure_is_the_number_the_sum_or_how_many_are_chosen(given: Given, expected: Decimal | None) -> None:
    assert measure(given) == expected


BOTH = Given(("specialist", "consultant"))
HOURS = Given({"specialist": Decimal(20), "consultant": Decimal(10)})


@pytest.mark.parametrize(
    ("answers", "fires"),
    [
        # The sum of the numbers and of what is added, against the other question.
        ({"functions": BOTH, "hours": HOURS, "all_hours": Given(Decimal(30))}, False),
        ({"functions": BOTH, "hours": HOURS, "all_hours": Given(Decimal(29))}, True),
        ({"functions": BOTH, "hours": HOURS, "extra_hours": Given(Decimal(1)), "all_hours": Given(Decimal(30))}, True),
        # What is missing adds nothing and bounds nothing; without the checked answer there is nothing to check.
        *(
            ({"functions": BOTH, "hours": HOURS, "extra_hours": missing, "all_hours": Given(Decimal(30))}, False)
            for missing in MISSING
        ),
        *(({"functions": BOTH, "hours": HOURS, "all_hours": missing}, False) for missing in MISSING),
        *(
            ({"functions": BOTH, "hours": missing, "extra_hours": Given(9), "all_hours": Given(1)}, False)
            for missing in MISSING
        ),
        # Hours of a function that is no longer chosen are hidden, and so is the question when none is chosen.
        ({"functions": Given(("specialist",)), "hours": HOURS, "all_hours": Given(Decimal(20))}, False),
        ({"hours": HOURS, "all_hours": Given(Decimal(1))}, False),
    ],
)  # fmt: skip
def test_a_sum_is_at_most_another_answer(answers: dict[str, Given], fires: bool) -> None:
    assert ("hours_at_most_all" in codes(SUMS, Facts(answers=answers))) is fires


@pytest.mark.parametrize(
    ("people", "fires"), [(Given(2), False), (Given(1), True), *((missing, False) for missing in MISSING)]
)
def test_how_many_are_chosen_is_at_most_another_answer(people: Given, fires: bool) -> None:
    facts = Facts(answers={"functions": BOTH, "people": people})
    assert ("functions_at_most_people" in codes(SUMS, facts)) is fires


# ---- Change since the last wave --------------------------------------------------------------------------------------


def changed(now: dict[str, Given], then: dict[str, Given], school: str = "") -> list[Finding]:
    """The findings, with `then` as what last wave's answers compare with; what is not in it does not compare."""

    def compared(question: str, of: str) -> Given | None:
        return then.get(question) if of == school else None

    return findings(
        CHANGE, Facts(answers={} if school else now, rows={school: now} if school else {}, compared=compared)
    )


@pytest.mark.parametrize(
    ("then", "now", "fires"),
    [
        (1000, 1000, False),
        (1000, 1250, False),  # exactly the percentage
        (1000, 1251, True),
        (1000, 749, True),
        (1000, 750, False),
        (100, 200, False),  # over the percentage, at the floor
        (100, 201, True),
        (10, 110, False),
        (10_000, 10_200, False),  # over the floor, under the percentage
        (0, 100, False),
        (0, 101, True),  # any change of zero is over any percentage
        (101, 0, True),
    ],
)
def test_change_is_judged_by_percentage_and_by_floor(then: int, now: int, fires: bool) -> None:
    found = changed({"members": Given(now)}, {"members": Given(then)})
    expected = [("members_changed", Decimal(then), Decimal(now))] if fires else []
    assert [(one.code, one.before, one.now) for one in found] == expected


@pytest.mark.parametrize("missing", MISSING)
def test_without_two_numbers_there_is_no_change(missing: Given) -> None:
    assert changed({"members": missing}, {"members": Given(1)}) == []
    assert changed({"members": Given(9000)}, {"members": missing}) == []
    assert changed({"members": Given(9000)}, {}) == [], "does not compare"


@pytest.mark.parametrize(
    ("now", "then", "fires"),
    [
        ({"guests": 10, "members": 9000}, {"guests": 10, "members": 1000}, True),
        ({"guests": 10, "members": 1000}, {"guests": 10, "members": 1000}, False),
        ({"guests": 5000, "members": None}, {"guests": 10, "members": 1000}, True),
        ({"guests": 1000, "members": 1000}, {"guests": 1500, "members": None}, False),
        ({"guests": None, "members": 9000}, {"guests": 10, "members": 1000}, False),
        ({"guests": 9000, "members": 9000}, {"guests": None, "members": 10}, False),
        ({"guests": 9000, "members": 9000}, {"guests": 10}, False),  # half a sum does not compare
    ],
)
def test_change_of_a_sum(now: dict[str, int | None], then: dict[str, int | None], fires: bool) -> None:
    found = changed(
        {code: Given(number) for code, number in now.items()}, {code: Given(number) for code, number in then.items()}
    )
    assert ("together_changed" in [one.code for one in found]) is fires


def test_change_is_judged_per_school() -> None:
    found = changed({"books": Given(Decimal("9.5"))}, {"books": Given(Decimal("4.5"))}, school="01AA00")
    assert [(one.code, one.school) for one in found] == [("books_changed", "01AA00")]
    assert finding_message(CHANGE.questions["books"], found[0]) == "Vorige keer 4,5, nu 9,5."
    assert changed({"books": Given(Decimal("9.5"))}, {}, school="01AA00") == []


NUMBERS = st.one_of(st.none(), st.integers(0, 10_000))


@for_all(NUMBERS, NUMBERS, st.integers(0, 300), st.integers(0, 500))
def test_a_change_fires_exactly_when_both_limits_are_passed(
    then: int | None, now: int | None, percent: int, floor: int
) -> None:
    check = Check("c", Severity.SOFT, "members", "", change_percent=Decimal(percent), change_floor=Decimal(floor))
    facts = Facts(answers={"members": Given(now)}, compared=lambda _question, _school: Given(then))
    is_over = then is not None and now is not None and abs(now - then) > max(floor, percent * then / 100)
    assert bool(findings(replace(CHANGE, checks=(check,)), facts)) is is_over


# ---- Whole rows ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "missing"),
    [
        ({}, None),
        ({"topics": Given(("reading",))}, None),  # does not apply, so it begins nothing
        ({"cooperation": Given("no")}, None),  # the others do not apply
        ({"cooperation": Given("yes")}, ("Onderwerpen", "bezoeken")),
        ({"cooperation": Given("yes"), "topics": Given(("reading",))}, ("bezoeken",)),
        ({"cooperation": Given("yes"), "topics": Given(("reading",)), "visits": Given(0)}, None),
        ({"cooperation": Given("yes"), "topics": UNKNOWN, "visits": NOT_APPLICABLE}, None),
        ({"cooperation": UNKNOWN}, None),
        ({"cooperation": Given("yes"), "topics": BLANK, "visits": Given(1)}, ("Onderwerpen",)),
    ],
)
def test_a_row_that_was_begun_is_complete(row: dict[str, Given], missing: tuple[str, ...] | None) -> None:
    found = findings(WHOLE_ROW, Facts(rows={"a": row, "b": {}}))
    assert [(one.question, one.school, one.severity, one.missing) for one in found] == (
        [("cooperation", "a", Severity.HARD, missing)] if missing else []
    )


@pytest.mark.parametrize(
    ("code", "value", "missing"),
    [
        ("attention", BLANK, None),
        ("attention", UNKNOWN, None),
        ("attention", Given({"media": "much"}), ("ICT-vaardigheden",)),
        ("attention", Given({"media": "much", "ict": "little"}), None),
        ("grants", BLANK, None),
        ("grants", NOT_APPLICABLE, None),
        ("grants", Given({"incidental": Decimal(0)}), ("structureel",)),
        ("grants", Given({"structural": Decimal(1), "incidental": Decimal(0)}), None),
    ],
)
def test_a_matrix_or_numbers_that_were_begun_are_complete(
    code: str, value: Given, missing: tuple[str, ...] | None
) -> None:
    found = findings(WHOLE_ROW, Facts(answers={code: value}))
    assert [(one.code, one.missing) for one in found] == ([(f"{code}_complete", missing)] if missing else [])


def test_the_message_says_what_is_missing() -> None:
    [found] = findings(WHOLE_ROW, Facts(rows={"a": {"cooperation": Given("yes")}}))
    message = finding_message(WHOLE_ROW.questions["cooperation"], found)
    assert message == "Vul de hele rij in. Nog open: Onderwerpen, bezoeken."


VALUES: dict[str, list[Value]] = {"cooperation": ["yes", "no"], "topics": [("reading",)], "visits": [0, 3]}
ROW = st.fixed_dictionaries(
    {},
    optional={
        code: st.one_of(st.sampled_from([*map(Given, values), *MISSING])) for code, values in VALUES.items()
    },
)  # fmt: skip


@for_all(st.dictionaries(st.sampled_from("abc"), ROW))
def test_a_begun_row_is_found_exactly_when_something_in_it_is_open(rows: dict[str, dict[str, Given]]) -> None:
    facts = Facts(rows=rows)
    still_open = {item.school for item in rules.open_questions(WHOLE_ROW, facts, rules.path(WHOLE_ROW, facts))}
    begun = {school for school, row in rows.items() if row.get("cooperation", BLANK).is_answered}
    assert {finding.school for finding in findings(WHOLE_ROW, facts)} == begun & still_open


# ---- Out of the definition and back ----------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["sums", "change", "complete_row"])
def test_checks_are_stored_as_they_stand_in_the_definition(name: str) -> None:
    text = (QUESTIONNAIRES / f"{name}.yaml").read_text(encoding="utf-8")
    assert questionnaire_dump(questionnaire=questionnaire(name)) == text
    assert compiled(questionnaire(name)).instrument == instrument(name)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("plus: [members]", "minimum: 0"),
        ("change_percent: 25", "change_percent: 30"),
        ("change_floor: 2.5", "change_floor: 2"),
        ("minutes: 5", "minutes: 6"),
    ],
)
def test_a_check_of_a_frozen_questionnaire_does_not_change(library_a: Library, old: str, new: str) -> None:
    open_wave(questionnaire("change"), libraries=[library_a])
    text = (QUESTIONNAIRES / "change.yaml").read_text(encoding="utf-8")
    assert questionnaire_load(text=text, file="change.yaml")[1] is False
    assert old in text
    with pytest.raises(QuestionnaireFrozen):
        questionnaire_load(text=text.replace(old, new), file="change.yaml")


def test_checks_read_in_words() -> None:
    with translation.override("en"):
        words = {check.code: check_words(kind, check) for kind in (SUMS, CHANGE, WHOLE_ROW) for check in kind.checks}
    assert words == {
        "hours_at_most_all": "together with “ingehuurde uren”, at most the answer to “uren in totaal”",
        "functions_at_most_people": "at most the answer to “mensen”",
        "members_changed": "at most 25 percent or 100 from the last wave",
        "together_changed": "together with “leden”, at most 50 percent or 1,000 from the last wave",
        "books_changed": "at most 50 percent or 2.5 from the last wave",
        "row_complete": "once this is answered, the whole row is",
        "attention_complete": "once this is answered, the whole row is",
        "grants_complete": "once this is answered, the whole row is",
    }


def test_staff_read_how_long_it_takes(client: Client, staff: User, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = False
    client.force_login(staff)
    page = client.get(reverse("admin:surveys_questionnaire_change", args=[questionnaire("change").pk]))
    assert "5 minuten" in page.text
    assert "hoogstens 25 procent of 100 anders dan bij de vorige meting" in page.text


# ---- With the real last wave, on the pages ---------------------------------------------------------------------------


def later(comparability: str = "same") -> models.Questionnaire:
    """The questionnaire of a year later, with the members linked."""
    text = (QUESTIONNAIRES / "change.yaml").read_text(encoding="utf-8").replace("2024-2025", "2025-2026")
    link = f"    links: [{{school_year: 2024-2025, question: %s, comparability: {comparability}, reason: Zo is het}}]\n"
    for code in ("members", "books"):
        text = text.replace(f"  - code: {code}\n", f"  - code: {code}\n{link % code}")
    return questionnaire_load(text=text, file="later.yaml")[0]


@pytest.fixture
def before(library_a: Library, anna: User) -> FrameEntry:
    """Library A in last year's wave, in which it submitted."""
    SchoolFactory(code="01AA00", library=library_a)
    wave = open_wave(questionnaire("change"), libraries=[library_a])
    answer(entry_of(wave, library_a), by=anna, members=1234, guests=5, schools={"01AA00": {"books": "4.5"}})
    submit(entry_of(wave, library_a), by=anna)
    close(wave)
    return entry_of(wave, library_a)


@pytest.fixture
def entry(before: FrameEntry) -> FrameEntry:
    return entry_of(open_wave(later(), libraries=[before.library]), before.library)


def of(entry: FrameEntry) -> list[tuple[str, str]]:
    return [(finding.code, finding.school) for finding in sheet(entry).findings]


def test_a_change_since_the_last_wave_asks_for_an_explanation_with_both_numbers(
    client: Client, entry: FrameEntry, anna: User
) -> None:
    answer(entry, by=anna, members=2000, guests=9000, schools={"01AA00": {"books": "12"}})
    assert of(entry) == [("members_changed", ""), ("books_changed", "01AA00")], "guests are linked to nothing"
    client.force_login(anna)
    text = client.get(reverse("surveys:response-section", args=[entry.pk, "leden"])).text
    assert "Bij de vorige meting 1.234, nu 2.000." in text
    text = client.get(reverse("surveys:response-review", args=[entry.pk])).text
    assert "Bij de vorige meting 1.234, nu 2.000." in text
    assert "Vorige keer 4,5, nu 12." in text
    assert 'id="uitleg-members_changed"' in text
    assert 'id="uitleg-books_changed-01AA00"' in text
    section = reverse("surveys:response-section", args=[entry.pk, "leden"])
    assert f'href="{section}#vraag-members"' in text
    assert f'href="{section}#rij-01AA00"' in text


@pytest.mark.parametrize(("comparability", "expected"), [("limited", [("members_changed", "")]), ("break", [])])
def test_a_break_in_the_series_is_no_change(
    before: FrameEntry, comparability: str, expected: list[tuple[str, str]]
) -> None:
    entry = entry_of(open_wave(later(comparability), libraries=[before.library]), before.library)
    answer(entry, members=9000)
    assert of(entry) == expected


def test_who_was_not_there_last_time_has_not_changed(entry: FrameEntry, library_b: Library) -> None:
    assert sheet(entry).facts.compared("books", "99ZZ99") is None
    wave = open_wave(later(), school_year="2026-2027", libraries=[library_b])
    answer(entry_of(wave, library_b), members=9000)
    assert of(entry_of(wave, library_b)) == []


def test_the_last_wave_is_read_only_where_a_check_looks_at_it(
    entry: FrameEntry, django_assert_num_queries: Any
) -> None:
    fresh = sheet(entry)
    with django_assert_num_queries(0):
        assert fresh.findings == []
    answer(entry, members=1300)
    fresh = sheet(entry)
    with django_assert_num_queries(1):
        assert fresh.findings == []


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
    facts = Facts(answers={"members": Given(3)})
    content = snapshot.build(CHANGE, facts, rules.path(CHANGE, facts), {("members_changed", ""): "Oud"})
    assert content["explanations"] == {}


@pytest.mark.parametrize(
    ("operator", "then", "holds"),
    [
        ("at_least: 1000", 1234, True),
        ("at_least: 2000", 1234, False),
        ("at_most: 2000", 1234, True),
        ("answered: true", 1234, True),
        ("not_answered: true", 1234, False),
        ("at_least: 0", State.UNKNOWN, False),
        ("at_most: 0", State.UNKNOWN, False),
        ("answered: true", State.UNKNOWN, False),
        ("not_answered: true", State.UNKNOWN, True),
        ("at_least: 0", None, False),
        ("not_answered: true", None, True),
    ],
)
def test_a_condition_on_the_last_wave(library_a: Library, operator: str, then: Any, holds: bool) -> None:
    wave = open_wave(questionnaire("change"), libraries=[library_a])
    answer(entry_of(wave, library_a), members=then, guests=1)
    submit(entry_of(wave, library_a))
    close(wave)
    text = (QUESTIONNAIRES / "change.yaml").read_text(encoding="utf-8").replace("2024-2025", "2025-2026")
    condition = f"    applies_when: [[{{last_wave: members, {operator}}}]]\n"
    link = "    links: [{school_year: 2024-2025, question: members, comparability: same}]\n"
    text = text.replace("  - code: guests\n", f"  - code: guests\n{condition}")
    text = text.replace("  - code: members\n", f"  - code: members\n{link}")
    loaded = questionnaire_load(text=text, file="condition.yaml")[0]
    now = sheet(entry_of(open_wave(loaded, libraries=[library_a]), library_a))
    assert ("guests" in now.route.questions) is holds
