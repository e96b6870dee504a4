"""Values from elsewhere: they come in from a file, stand beside the question, and are no answer until confirmed."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from surveys import models
from surveys.errors import DomainError
from surveys.files import Report
from surveys.instrument import Given
from surveys.models import AnswerOrigin, FrameEntry, Library, Prefill, User, Wave
from surveys.prefills import Known
from surveys.services.exchange import wave_export
from surveys.services.prefills import prefills_import, prefills_remove
from surveys.services.questionnaires import questionnaire_load
from tests.factories import (
    QUESTIONNAIRES,
    SchoolFactory,
    answer,
    close,
    entry_of,
    open_wave,
    questionnaire,
    sheet,
    stored,
    submit,
)
from tests.refused import refused

SOURCE = "Datawarehouse, 1 september 2026"
SCHOOLS = ("01AA00", "01AA01")
VALUES = """\
library,question,school,value
A001,hours,,"12,5"
A001,partners,,municipality;poi
A001,cooperation,01AA00,yes
A001,topics,01AA00,reading
"""

Import = Callable[..., Report]


@pytest.fixture
def wave(library_a: Library, library_b: Library) -> Wave:
    for code in SCHOOLS:
        SchoolFactory(code=code, library=library_a)
    return open_wave(questionnaire("small"), libraries=[library_a, library_b])


@pytest.fixture
def entry(wave: Wave, library_a: Library) -> FrameEntry:
    return entry_of(wave, library_a)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """A file with this text."""

    def write_file(text: str) -> Path:
        path = tmp_path / "values.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write_file


@pytest.fixture
def load(wave: Wave, write: Callable[[str], Path]) -> Import:
    def load_file(text: str = VALUES, source: str = SOURCE) -> Report:
        return prefills_import(wave=wave, path=write(text), source=source)

    return load_file


def section(entry: FrameEntry, code: str = "beleid") -> str:
    return reverse("surveys:response-section", args=[entry.pk, code])


# ---- The file --------------------------------------------------------------------------------------------------------


def test_a_file_is_stored_once_and_again_changes_nothing(load: Import, entry: FrameEntry) -> None:
    names = ["A001 hours", "A001 partners", "A001 01AA00 cooperation", "A001 01AA00 topics"]
    assert load().new == names
    again = load()
    assert (again.new, again.changed, again.unchanged, again.vanished) == ([], [], names, [])
    rows = Prefill.objects.order_by("question__position", "school__code")
    assert [(row.question.code, row.school and row.school.code, row.value, row.source) for row in rows] == [
        ("cooperation", "01AA00", "yes", SOURCE),
        ("topics", "01AA00", ["reading"], SOURCE),
        ("partners", None, ["municipality", "poi"], SOURCE),
        ("hours", None, "12.5", SOURCE),
    ]


def test_another_value_or_source_changes_it_and_what_the_file_lacks_stays(load: Import) -> None:
    load()
    report = load("library,question,value\nA001,hours,13\n")
    assert (report.new, report.changed, len(report.vanished)) == ([], ["A001 hours"], 3)
    report = load("library,question,value\nA001,hours,13\n", source="Eigen telling")
    assert report.changed == ["A001 hours"]
    assert Prefill.objects.count() == 4
    assert Prefill.objects.get(question__code="hours").source == "Eigen telling"


@pytest.fixture
def load_into(write: Callable[[str], Path], library_a: Library) -> Callable[[str, str], Report]:
    """Load values into an open wave of another questionnaire."""

    def load_file(name: str, text: str) -> Report:
        wave = Wave.objects.first() or open_wave(questionnaire(name), libraries=[library_a])
        return prefills_import(wave=wave, path=write(text), source=SOURCE)

    return load_file


def test_numbers_per_option_have_a_line_each(load_into: Callable[[str, str], Report]) -> None:
    lines = 'library,question,value\nA001,municipalities.structural,2\nA001,municipalities.incidental,"0,5"\n'
    assert load_into("number_per_option", lines).new == ["A001 municipalities"]
    [row] = Prefill.objects.all()
    assert row.value == {"structural": "2", "incidental": "0.5"}


def test_no_option_of_a_number_may_be_unknown(load_into: Callable[[str, str], Report]) -> None:
    lines = "library,question,value\nA001,hours.specialist,9.5\nA001,hours.consultant,unknown\n"
    [problem] = refused(lambda: load_into("number_per_option", lines))
    assert problem.reason == "unknown is no value: leave the line out"


def test_an_answer_of_a_matrix_may_be_named_as_a_state(write: Callable[[str], Path], library_a: Library) -> None:
    text = (QUESTIONNAIRES / "matrix.yaml").read_text(encoding="utf-8").replace("code: none", "code: unknown")
    wave = open_wave(questionnaire_load(text=text, file="matrix.yaml")[0], libraries=[library_a])
    lines = "library,question,value\nA001,attention.ict_skills,unknown\nA001,attention.media_literacy,some\n"
    assert prefills_import(wave=wave, path=write(lines), source=SOURCE).new == ["A001 attention"]
    assert Prefill.objects.get().value == {"media_literacy": "some", "ict_skills": "unknown"}


def test_a_matrix_has_a_line_per_row(load_into: Callable[[str, str], Report]) -> None:
    [problem] = refused(lambda: load_into("matrix", "library,question,value\nA001,attention,none\n"))
    assert "write a line for each of attention.media_literacy" in problem.reason


def test_some_rows_of_a_matrix_may_be_known(load_into: Callable[[str, str], Report]) -> None:
    assert load_into("matrix", "library,question,value\nA001,attention.ict_skills,none\n").new == ["A001 attention"]
    assert Prefill.objects.get().value == {"ict_skills": "none"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Z999,hours,,12", "library: “Z999” is not a library that this wave expects"),
        ("A001,hour,,12", "question: unknown question “hour”; did you mean"),
        ("A001,partners.other_text,,De kerk", "question: unknown question “partners.other_text”"),
        ("A001,locations,,12", "question: unknown question “locations”"),
        ("A001,hours,01AA00,12", "school: hours is asked of the library"),
        ("A001,cooperation,,yes", "school: cooperation is asked per school"),
        ("A001,cooperation,09ZZ99,yes", "school: “09ZZ99” is not on the roster of A001"),
        ("B001,cooperation,01AA00,yes", "school: “01AA00” is not on the roster of B001"),
        ("A001,hours,,", "value: there is no value"),
        ("A001,hours,,veel", "value: “veel” is not a number"),
        ("A001,hours,,-3", "value: the number is negative"),
        ("A001,hours,,unknown", "value: unknown is no value"),
        ("A001,hours,,not_applicable", "value: not_applicable is no value"),
        ("A001,partners,,church", "value: “church” is not an option"),
        ("A001,partners,,poi;none", "value: this option cannot be chosen together"),
        ("A001,hours,,12,13", "the line has 5 cells, the header has 4"),
    ],
)
def test_a_faulty_line_is_told_and_nothing_is_stored(load: Import, line: str, reason: str) -> None:
    [problem] = refused(lambda: load(f"library,question,school,value\nA001,topics,01AA00,reading\n{line}\n"))
    assert problem.line == 3
    assert reason in str(problem)
    assert not Prefill.objects.exists()


def test_all_problems_are_told_at_once(load: Import) -> None:
    problems = refused(lambda: load(f"{VALUES}A001,hours,,12\nZ999,hours,,1\nA001,plan_locations,,veel\n"))
    assert [problem.line for problem in problems] == [6, 7, 8]
    assert problems[0].reason == "hours of this library is in the file twice, from line 2"


def test_a_school_that_left_the_roster_is_not_on_it(load: Import, entry: FrameEntry) -> None:
    models.FrameSchool.objects.filter(entry=entry, code=SCHOOLS[0]).update(status=models.FrameSchool.Status.CLOSED)
    assert {problem.reason for problem in refused(load)} == {"“01AA00” is not on the roster of A001"}


def test_a_wave_that_is_not_open_is_refused(load: Import, wave: Wave) -> None:
    close(wave)
    with pytest.raises(DomainError, match="open meting"):
        load()


@pytest.mark.parametrize("source", ["", "  ", "x" * 201])
def test_the_source_is_told(load: Import, source: str) -> None:
    with pytest.raises(DomainError, match="waar de waarden vandaan komen"):
        load(source=source)


def test_the_command_reports_and_refuses(wave: Wave, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "values.csv"
    path.write_text(VALUES, encoding="utf-8")
    call_command("import_prefills", "test", "2024-2025", str(path), "--source", SOURCE)
    assert "4 nieuw, 0 gewijzigd, 0 ongewijzigd" in capsys.readouterr().out
    path.write_text("library,question,value\nA001,uren,3\n", encoding="utf-8")
    with pytest.raises(CommandError, match=r"values\.csv:2: question: onbekende vraag “uren”"):
        call_command("import_prefills", "test", "2024-2025", str(path), "--source", SOURCE)


# ---- No answer until it is confirmed ---------------------------------------------------------------------------------


def test_a_value_from_elsewhere_counts_nowhere(
    client: Client, load: Import, entry: FrameEntry, anna: User, tmp_path: Path
) -> None:
    load()
    now = sheet(entry)
    assert now.prefills["cooperation", SCHOOLS[0]] == Known(Given("yes"), SOURCE)
    assert (now.facts.answers, now.overall.answered) == ({}, 0)
    assert now.route.totals["cooperating_locations"] is None
    assert "partners" not in now.route.questions, "nor does it open the way to other questions"
    answer(entry, by=anna, has_targets="no")
    submission = submit(entry, by=anna)
    assert submission.snapshot["answers"]["hours"] == ""
    assert submission.snapshot["answers"]["cooperating_locations"] is None
    assert submission.snapshot["columns"]["cooperation"] == ["", ""]
    wave_export(wave=entry.wave, folder=tmp_path / "out")
    for name, column in (("responses", "hours"), ("schools", "cooperation")):
        with (tmp_path / "out" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
            assert {row[column] for row in csv.DictReader(lines)} == {""}


def test_the_review_page_lists_what_is_known_and_not_confirmed(
    client: Client, load: Import, entry: FrameEntry, anna: User
) -> None:
    load()
    client.force_login(anna)
    review = reverse("surveys:response-review", args=[entry.pk])
    text = client.get(review).text
    assert "bij de KB bekend: 12,5 uren per week; bevestig het" in text
    assert "bij de KB bekend voor 1 schoollocatie; bevestig het" in text
    assert f'href="{section(entry)}#vraag-hours"' in text
    client.post(section(entry), {"seen": "hours:0", "confirm": "hours"})
    assert "12,5 uren per week; bevestig" not in client.get(review).text


def test_one_press_makes_it_an_answer_that_is_logged_as_confirmed(
    client: Client, load: Import, entry: FrameEntry, anna: User
) -> None:
    load()
    client.force_login(anna)
    data = {"seen": "has_targets:0,hours:0", "has_targets": "no", "hours": "", "confirm": "hours"}
    answered = client.post(section(entry), data, follow=True)
    assert answered.redirect_chain[0][0] == f"{section(entry)}#vraag-hours"
    assert "1 antwoord bevestigd en opgeslagen." in answered.text
    hours, targets = stored(entry, "hours"), stored(entry, "has_targets")
    assert hours
    assert targets
    assert (hours.value, hours.origin, hours.changed_by) == ("12.5", AnswerOrigin.CONFIRMED, anna)
    assert (targets.value, targets.origin) == ("no", AnswerOrigin.TYPED)
    assert hours.changes.get().origin == AnswerOrigin.CONFIRMED
    data = {"seen": "has_targets:1,hours:1", "has_targets": "no", "hours": "12,5", "confirm": "hours"}
    assert "Er was niets meer te bevestigen." in client.post(section(entry), data, follow=True).text
    assert hours.changes.count() == 1


def test_a_confirmed_value_is_submitted(load: Import, client: Client, entry: FrameEntry, anna: User) -> None:
    load()
    client.force_login(anna)
    client.post(section(entry), {"seen": "hours:0", "confirm": "hours"})
    assert submit(entry, by=anna).snapshot["answers"]["hours"] == "12.5"


def test_a_row_confirms_what_is_open_in_it_and_never_what_was_typed(
    client: Client, load: Import, entry: FrameEntry, anna: User
) -> None:
    load(f"{VALUES}A001,cooperation,01AA01,yes\n")
    client.force_login(anna)
    rows = {f"r.{school}": "cooperation:0" for school in SCHOOLS}
    data = {"seen": "", **rows, f"r.{SCHOOLS[1]}.cooperation": "no", "confirm": "r"}
    client.post(section(entry, "samenwerking"), data)
    found = {
        (code, school): answer and (answer.value, answer.origin)
        for code in ("cooperation", "topics")
        for school in SCHOOLS
        for answer in [stored(entry, code, school)]
    }
    assert found == {
        ("cooperation", SCHOOLS[0]): ("yes", AnswerOrigin.CONFIRMED),
        ("topics", SCHOOLS[0]): (["reading"], AnswerOrigin.CONFIRMED),
        ("cooperation", SCHOOLS[1]): ("no", AnswerOrigin.TYPED),
        ("topics", SCHOOLS[1]): None,
    }


def test_what_was_typed_is_replaced_only_by_naming_the_question(
    client: Client, load: Import, entry: FrameEntry, anna: User
) -> None:
    load()
    client.force_login(anna)
    client.post(section(entry), {"seen": "hours:0", "hours": "9", "stay": ""})
    client.post(section(entry), {"seen": "hours:1", "hours": "9", "confirm": "r"})
    hours = stored(entry, "hours")
    assert hours
    assert (hours.value, hours.origin) == ("9", AnswerOrigin.TYPED)
    client.post(section(entry), {"seen": "hours:1", "hours": "9", "confirm": "hours"})
    hours.refresh_from_db()
    assert (hours.value, hours.origin) == ("12.5", AnswerOrigin.CONFIRMED)


def test_a_colleagues_answer_is_not_replaced_unseen(
    client: Client, load: Import, entry: FrameEntry, anna: User, emma: User
) -> None:
    load()
    answer(entry, by=emma, hours="20")
    client.force_login(anna)
    assert client.post(section(entry), {"seen": "hours:0", "hours": "", "confirm": "hours"}).status_code == 422
    hours = stored(entry, "hours")
    assert hours
    assert hours.value == "20"


def test_a_reader_cannot_confirm(client: Client, load: Import, entry: FrameEntry, bram: User) -> None:
    load()
    client.force_login(bram)
    assert client.post(section(entry), {"seen": "hours:0", "confirm": "hours"}).status_code == 403
    assert stored(entry, "hours") is None


def test_what_is_not_known_or_does_not_apply_is_not_confirmed(
    client: Client, load: Import, entry: FrameEntry, anna: User
) -> None:
    load()
    client.force_login(anna)
    for act in ("partners", "target_topics", "cooperation", "nonsense", "r.99XX99"):
        assert client.post(section(entry), {"seen": "", "confirm": act}).status_code == 302
    assert not models.Answer.objects.filter(response__entry=entry).exists()


# ---- In the administration -------------------------------------------------------------------------------------------


def test_staff_see_what_waits_and_what_was_confirmed(
    client: Client,
    load: Import,
    entry: FrameEntry,
    anna: User,
    staff: User,
    settings: Any,
    write: Callable[[str], Path],
) -> None:
    settings.STAFF_SECOND_FACTOR = False
    load()
    client.force_login(anna)
    client.post(section(entry), {"seen": "hours:0", "confirm": "hours"})
    client.force_login(staff)
    address = reverse("admin:surveys_prefill_changelist")
    text = client.get(address).text
    assert "12,5 uren per week" in text
    assert SOURCE in text
    assert text.count('class="field-answer">bevestigd') == 1
    assert text.count('class="field-answer">open') == 3
    assert client.get(reverse("admin:surveys_prefill_add")).status_code == 403
    later = open_wave(entry.wave.questionnaire, school_year="2025-2026")
    prefills_import(wave=later, path=write("library,question,value\nB001,hours,3\n"), source="Een ander")
    for wave, count in ((entry.wave, 4), (later, 1)):
        assert client.get(address, {"entry__wave__id__exact": wave.pk}).context["cl"].result_count == count


def test_the_list_takes_as_many_queries_for_many_values(
    client: Client, load: Import, library_a: Library, staff: User, settings: Any, django_assert_max_num_queries: Any
) -> None:
    settings.STAFF_SECOND_FACTOR = False
    client.force_login(staff)
    address = reverse("admin:surveys_prefill_changelist")
    load("library,question,value\nA001,hours,3\n")
    client.get(address)
    with django_assert_max_num_queries(9) as few:
        client.get(address)
    load()
    with django_assert_max_num_queries(len(few)):
        client.get(address)


def test_staff_take_wrong_values_away_and_what_was_confirmed_stays(
    client: Client, load: Import, entry: FrameEntry, anna: User, staff: User, settings: Any
) -> None:
    settings.STAFF_SECOND_FACTOR = False
    load()
    client.force_login(anna)
    client.post(section(entry), {"seen": "hours:0", "confirm": "hours"})
    client.force_login(staff)
    address = reverse("admin:surveys_prefill_changelist")
    keys = list(Prefill.objects.order_by("pk").values_list("pk", flat=True))
    selected = {"action": "remove_selected", "select_across": "1", "_selected_action": keys[:1]}
    asked = client.post(address, selected)
    assert "3 waarden gaan weg" in asked.text
    assert "1 waarde blijft" in asked.text
    assert Prefill.objects.count() == 4, "nothing goes before it is confirmed"
    sent = {name: asked.context["confirmation"].form[name].initial for name in (*selected, "confirmed")}
    assert sent == {**selected, "_selected_action": [str(key) for key in keys[:1]], "confirmed": "1"}
    done = client.post(address, sent, follow=True)
    assert "3 waarden zijn verwijderd." in done.text
    assert Prefill.objects.get().question.code == "hours"
    hours = stored(entry, "hours")
    assert hours
    assert hours.origin == AnswerOrigin.CONFIRMED
    assert "Geen van deze waarden" in client.post(address, {**selected, "_selected_action": keys}, follow=True).text


def test_only_selected_values_go_and_those_of_a_closed_wave_stay(load: Import, wave: Wave, staff: User) -> None:
    load()
    assert prefills_remove(prefills=Prefill.objects.filter(question__code="partners"), by=staff) == 1
    assert set(Prefill.objects.values_list("question__code", flat=True)) == {"hours", "cooperation", "topics"}
    close(wave)
    assert prefills_remove(prefills=Prefill.objects.all(), by=staff) == 0
    assert Prefill.objects.count() == 3


def test_a_value_confirmed_for_one_school_does_not_hold_that_of_another(
    load: Import, entry: FrameEntry, anna: User, client: Client
) -> None:
    load(f"{VALUES}A001,cooperation,01AA01,yes\n")
    client.force_login(anna)
    client.post(
        section(entry, "samenwerking"), {"seen": "", f"r.{SCHOOLS[0]}": "cooperation:0", "confirm": f"r.{SCHOOLS[0]}"}
    )
    prefills_remove(prefills=Prefill.objects.filter(question__code="cooperation"), by=None)
    confirmed = stored(entry, "cooperation", SCHOOLS[0])
    assert confirmed
    assert list(Prefill.objects.filter(question__code="cooperation").values_list("school__code", flat=True)) == [
        SCHOOLS[0]
    ]
