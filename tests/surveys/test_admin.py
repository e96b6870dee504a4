"""The administration: waves and their board, questionnaires, people, mails. Accessibility: tests/browser."""

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from surveys.admin.words import check_words, condition_words
from surveys.compiled import compiled
from surveys.errors import DomainError, WaveNotOpen
from surveys.instrument import Operator, SourceKind, Term
from surveys.models import (
    Library,
    Membership,
    Notice,
    Province,
    Questionnaire,
    ResponseEvent,
    User,
    Wave,
)
from surveys.services.board import BoardQuery, board_counts, board_entries, board_rows
from surveys.services.questionnaires import questionnaire_load
from surveys.services.waves import draft_save, frame_preview, wave_open
from tests.factories import (
    QUESTIONNAIRES,
    LibraryFactory,
    SchoolFactory,
    SupportOrganisationFactory,
    UserFactory,
    WaveFactory,
    answer,
    close,
    entry_of,
    log_in_just_now,
    open_wave,
    questionnaire,
    sheet,
    submit,
)

SMALL = (QUESTIONNAIRES / "small.yaml").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _settings(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = False
    settings.EMAIL_BACKEND = "surveys.emails.NoticeBackend"  # Django's test runner puts another one in its place


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    """A browser in which staff is logged in; staff without Django's superuser, who may still do everything."""
    staff.is_superuser = False
    staff.save()
    return log_in_just_now(client, staff)


@pytest.fixture
def wave(library_a: Library, library_b: Library) -> Wave:
    """An open wave in which library A is busy and B has not started."""
    opened = open_wave(questionnaire("small"), libraries=[library_a, library_b])
    answer(entry_of(opened, library_a), hours="9.5", has_targets="yes")
    return opened


def at(name: str, *args: object) -> str:
    return reverse(f"admin:surveys_{name}", args=args)


def another_questionnaire() -> Questionnaire:
    """All tiny ones have the same code; this one has a version of its own."""
    return questionnaire_load(text=SMALL.replace("'1.0'", "'2.0'"), file="small.yaml")[0]


def said(page: Any) -> str:
    return " ".join(str(message) for message in get_messages(page.wsgi_request))


def moment(value: datetime) -> str:
    return timezone.localtime(value).strftime("%Y-%m-%dT%H:%M")


# --- Everywhere -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "user",
        "library",
        "school",
        "supportorganisation",
        "questionnaire",
        "wave",
        "responseevent",
        "submission",
        "notice",
    ],
)
def test_every_list_opens_for_plain_staff_and_searches(desk: Client, wave: Wave, library_a: Library, name: str) -> None:
    submit(entry_of(wave, library_a))
    assert desk.get(at(f"{name}_changelist")).status_code == 200
    assert desk.get(at(f"{name}_changelist"), {"q": "aal"}).status_code == 200


def test_members_of_a_library_are_sent_away(client: Client, wave: Wave, anna: User) -> None:
    client.force_login(anna)
    for url in (at("wave_changelist"), at("wave_board", wave.pk), at("wave_close", wave.pk)):
        assert client.get(url).status_code == 302
        assert client.post(url, {"x": "1"}).status_code == 302
    wave.refresh_from_db()
    assert wave.is_open


def test_staff_without_a_second_factor_is_sent_to_set_one_up(desk: Client, wave: Wave, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True
    assert desk.post(at("wave_close", wave.pk), {"x": "1"}).status_code == 302
    wave.refresh_from_db()
    assert wave.is_open
    page = desk.get(at("wave_board", wave.pk), follow=True)
    assert page.redirect_chain[-1][0] == reverse("mfa_index")


def test_registers_cannot_be_added_to_or_deleted_from(desk: Client, library_a: Library) -> None:
    assert desk.get(at("library_add")).status_code == 403
    assert desk.post(at("library_delete", library_a.pk), {"post": "yes"}).status_code == 403
    assert Library.objects.filter(pk=library_a.pk).exists()


# --- Waves ----------------------------------------------------------------------------------------------------------


def wave_fields(draft: Wave, **changed: Any) -> dict[str, Any]:
    return {
        "survey": draft.survey_id,
        "school_year": draft.school_year,
        "questionnaire": draft.questionnaire_id,
        "reference_date": "2025-07-31",
        "closes_at": "",
        **changed,
    }


def test_a_draft_is_made_edited_and_deleted(desk: Client) -> None:
    small = questionnaire("small")
    fields = {
        "survey": small.survey_id,
        "school_year": "2026-2027",
        "questionnaire": small.pk,
        "reference_date": "2027-07-31",
        "closes_at": "2027-09-30T17:00",
    }
    assert desk.post(at("wave_add"), fields).status_code == 302
    draft = Wave.objects.get()
    assert draft.state == Wave.State.DRAFT
    assert moment(draft.closes_at) == "2027-09-30T17:00"  # type: ignore[arg-type]  # just given
    assert desk.post(at("wave_change", draft.pk), fields | {"closes_at": ""}).status_code == 302
    draft.refresh_from_db()
    assert draft.closes_at is None
    assert desk.post(at("wave_delete", draft.pk), {"post": "yes"}).status_code == 302
    assert not Wave.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("school_year", "2026-2028"), ("school_year", "2026/2027"), ("school_year", "²⁰²⁶-2027"), ("closes_at", "morgen")],
)
def test_a_draft_with_a_mistake_is_not_stored(desk: Client, field: str, value: str) -> None:
    draft = WaveFactory()
    page = desk.post(at("wave_change", draft.pk), wave_fields(draft, **{field: value}))
    assert page.status_code == 200
    assert field in page.context["adminform"].form.errors


def test_a_questionnaire_of_another_survey_is_refused(desk: Client) -> None:
    draft, other = WaveFactory(), another_questionnaire()
    other.survey = type(draft.survey).objects.create(code="other", slug="other", title="Other")
    other.save()
    page = desk.post(at("wave_change", draft.pk), wave_fields(draft, questionnaire=other.pk))
    assert "questionnaire" in page.context["adminform"].form.errors


def test_an_open_wave_is_neither_edited_nor_deleted(desk: Client, wave: Wave) -> None:
    assert desk.get(at("wave_change", wave.pk)).status_code == 200
    assert desk.post(at("wave_change", wave.pk), wave_fields(wave, school_year="2030-2031")).status_code == 403
    assert desk.post(at("wave_delete", wave.pk), {"post": "yes"}).status_code == 403


def test_saving_a_draft_that_was_opened_meanwhile_leaves_it_open(library_a: Library) -> None:
    draft = WaveFactory()
    wave_open(wave=draft, by=None)
    draft.closes_at = timezone.now()
    with pytest.raises(DomainError):
        draft_save(wave=draft, changed=["closes_at"])
    stored = Wave.objects.get(pk=draft.pk)
    assert stored.is_open
    assert stored.closes_at is None


def test_opening_asks_with_the_very_numbers_it_then_makes(desk: Client, library_a: Library) -> None:
    SchoolFactory.create_batch(3, library=library_a)
    SchoolFactory(library=library_a, secondary=True)
    SchoolFactory(library=library_a, vanished=True)
    LibraryFactory(merged=True)
    draft = WaveFactory()
    foretold = frame_preview(draft)
    page = desk.get(at("wave_open", draft.pk))
    draft.refresh_from_db()
    assert draft.state == Wave.State.DRAFT, "looking must not open"
    assert str(foretold[0]) in page.context["confirmation"].effects[0]
    assert desk.post(at("wave_open", draft.pk), {"x": "1"}).status_code == 302
    counts = board_counts(draft)
    assert foretold == (counts.n_expected, counts.n_locations) == (2, 3)
    assert Questionnaire.objects.get(pk=draft.questionnaire_id).frozen_at is not None


def test_a_refusal_by_the_domain_is_a_message(desk: Client, wave: Wave) -> None:
    page = desk.post(at("wave_open", wave.pk), {"x": "1"})
    assert page.status_code == 302
    with translation.override("nl"):
        assert said(page)
    assert Wave.objects.get(pk=wave.pk).is_open


def test_closing_and_reopening(desk: Client, staff: User, wave: Wave) -> None:
    assert b"csrfmiddlewaretoken" in desk.get(at("wave_close", wave.pk)).content
    wave.refresh_from_db()
    assert wave.is_open, "looking must not close"
    desk.post(at("wave_close", wave.pk), {"x": "1"})
    wave.refresh_from_db()
    assert wave.state == Wave.State.CLOSED
    assert ResponseEvent.objects.get(kind="wave_closed").by == staff
    later = timezone.now() + timedelta(days=3)
    desk.post(at("wave_reopen", wave.pk), {"closes_at": moment(later)})
    wave.refresh_from_db()
    assert wave.is_open
    assert moment(wave.closes_at) == moment(later)  # type: ignore[arg-type]  # just given


def test_the_closing_moment_moves_but_not_into_the_past(desk: Client, wave: Wave) -> None:
    later = timezone.now() + timedelta(days=3)
    desk.post(at("wave_reschedule", wave.pk), {"closes_at": moment(later)})
    wave.refresh_from_db()
    assert moment(wave.closes_at) == moment(later)  # type: ignore[arg-type]  # just given
    desk.post(at("wave_reschedule", wave.pk), {"closes_at": "2020-01-01T12:00"})
    wave.refresh_from_db()
    assert moment(wave.closes_at) == moment(later)  # type: ignore[arg-type]  # unchanged
    desk.post(at("wave_reschedule", wave.pk), {"closes_at": ""})
    wave.refresh_from_db()
    assert wave.closes_at is None
    assert ResponseEvent.objects.filter(wave=wave, kind="rescheduled").count() == 2


# --- The board ------------------------------------------------------------------------------------------------------


def test_the_board_tells_who_is_how_far(wave: Wave, library_a: Library, library_b: Library, anna: User) -> None:
    third = LibraryFactory()
    assert board_counts(wave).n_expected == 2, "the frame is fixed"
    entry = entry_of(wave, library_a)
    answer(entry, by=anna, partners=["municipality"])
    rows = {row.entry.library: row for row in board_rows(wave, list(board_entries(wave, BoardQuery())))}
    assert third not in rows
    assert rows[library_b].state == "not_started"
    assert rows[library_b].progress is None
    busy = rows[library_a]
    assert (busy.state, busy.changed_by) == ("in_progress", "Anna")
    assert busy.progress == sheet(entry).overall
    submitted = submit(entry, by=anna)
    done = next(iter(board_rows(wave, list(board_entries(wave, BoardQuery(state="submitted"))))))
    assert (done.entry.library, done.submitted_at, done.progress) == (library_a, submitted.submitted_at, None)
    counts = board_counts(wave)
    assert (counts.n_not_started, counts.n_in_progress, counts.n_submitted) == (1, 0, 1)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, "AB"),
        ({"state": "in_progress"}, "A"),
        ({"state": "not_started"}, "B"),
        ({"state": "submitted"}, ""),
        ({"state": "nonsense"}, "AB"),
        ({"province": "Zeeland"}, "B"),
        ({"size": "middelgroot"}, "A"),
        ({"name": "beek"}, "B"),
        ({"name": "A001"}, "A"),
        ({"o": "-name"}, "BA"),
        ({"o": "size"}, "BA"),
        ({"o": "province"}, "AB"),
        ({"o": "-support"}, "BA"),
        ({"o": "state"}, "BA"),
        ({"o": "changed"}, "AB"),
        ({"o": "-changed"}, "AB"),
        ({"o": "submitted"}, "AB"),
        ({"o": "drop table"}, "AB"),
        ({"p": "99"}, "AB"),
    ],
)
def test_the_board_filters_and_sorts(
    desk: Client, wave: Wave, library_a: Library, library_b: Library, query: dict[str, str], found: str
) -> None:
    page = desk.get(at("wave_board", wave.pk), query)
    letters = {library_a.pk: "A", library_b.pk: "B"}
    assert "".join(letters[row.entry.library_id] for row in page.context["rows"]) == found


def test_the_board_filters_by_support_organisation(desk: Client, wave: Wave, library_b: Library) -> None:
    page = desk.get(at("wave_board", wave.pk), {"support": str(library_b.support_organisation_id)})
    assert [row.entry.library for row in page.context["rows"]] == [library_b]


@pytest.mark.parametrize("n_libraries", [3, 24])
def test_the_board_costs_the_same_for_few_and_many(
    desk: Client, django_assert_num_queries: Callable[..., Any], n_libraries: int
) -> None:
    libraries = LibraryFactory.create_batch(n_libraries, support_organisation=SupportOrganisationFactory())
    wave = open_wave(questionnaire("small"), libraries=libraries)
    for library in libraries[: n_libraries // 3 * 2]:
        answer(entry_of(wave, library), hours="9.5")
    for library in libraries[: n_libraries // 3]:
        submit(entry_of(wave, library))
    desk.get(at("wave_board", wave.pk))  # the questionnaire is remembered from now on
    with django_assert_num_queries(12):
        # Session, user, wave, counts, how many and which rows; requests to reopen; rosters, answers, last
        # answers, submissions; the advisers of the filter.
        page = desk.get(at("wave_board", wave.pk))
    assert len(page.context["rows"]) == n_libraries


@pytest.mark.parametrize("n_waves", [1, 6])
def test_the_list_of_waves_costs_the_same_for_few_and_many(
    desk: Client, library_a: Library, django_assert_num_queries: Callable[..., Any], n_waves: int
) -> None:
    small = questionnaire("small")
    for year in range(2020, 2020 + n_waves):
        open_wave(small, libraries=[library_a], school_year=f"{year}-{year + 1}")
    with django_assert_num_queries(6):
        page = desk.get(at("wave_changelist"))
    assert page.context["cl"].result_count == n_waves


def test_the_board_of_a_draft_says_that_nobody_is_expected_yet(desk: Client) -> None:
    page = desk.get(at("wave_board", WaveFactory().pk))
    assert page.status_code == 200
    assert page.context["counts"].n_expected == 0


def test_the_list_downloads_as_filtered_and_without_formulas(
    desk: Client, wave: Wave, library_a: Library, library_b: Library
) -> None:
    library_a.name = "=HYPERLINK(1)"
    library_a.save()
    page = desk.get(at("wave_board_csv", wave.pk), {"state": "in_progress"})
    assert page["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(page.content.decode("utf-8-sig"))))
    assert len(rows) == 2
    overall = sheet(entry_of(wave, library_a)).overall
    assert rows[1][:3] == ["A001", "'=HYPERLINK(1)", Province.GELDERLAND]
    assert rows[1][6:8] == [str(overall.asked), str(overall.answered)]


# --- One library ----------------------------------------------------------------------------------------------------


def test_reopening_needs_a_reason_and_keeps_it(desk: Client, wave: Wave, library_a: Library, anna: User) -> None:
    entry = entry_of(wave, library_a)
    first = submit(entry, by=anna)
    url = at("wave_response_reopen", wave.pk, entry.pk)
    assert desk.post(url, {"reason": ""}).status_code == 200
    assert entry_of(wave, library_a).response.is_submitted
    assert desk.post(url, {"reason": "Verkeerd aantal scholen"}).status_code == 302
    assert not entry_of(wave, library_a).response.is_submitted
    assert ResponseEvent.objects.get(kind="reopened").note == "Verkeerd aantal scholen"
    first.refresh_from_db()
    assert first.is_latest, "it counts until the next one"
    row = board_rows(wave, [entry_of(wave, library_a)])[0]
    assert row.is_reopened
    assert "Verkeerd aantal scholen" in desk.get(at("wave_answers", wave.pk, entry.pk)).content.decode()


def test_nothing_to_reopen_is_a_message(desk: Client, wave: Wave, library_b: Library) -> None:
    url = at("wave_response_reopen", wave.pk, entry_of(wave, library_b).pk)
    page = desk.post(url, {"reason": "x"})
    assert page.status_code == 302
    assert not ResponseEvent.objects.filter(kind="reopened").exists()


def test_an_extension_opens_a_closed_wave_for_one_library(
    desk: Client, wave: Wave, library_a: Library, library_b: Library
) -> None:
    close(wave)
    entry = entry_of(wave, library_a)
    with pytest.raises(WaveNotOpen):
        answer(entry, hours="12")
    until = timezone.now() + timedelta(days=2)
    assert desk.post(at("wave_extension", wave.pk, entry.pk), {"until": moment(until)}).status_code == 302
    assert answer(entry, hours="12").changed
    with pytest.raises(WaveNotOpen):
        answer(entry_of(wave, library_b), hours="12")
    assert ResponseEvent.objects.get(kind="extended").response == entry.response


@pytest.mark.parametrize("days", [-1, 2])
def test_an_extension_that_changes_nothing_is_refused(desk: Client, wave: Wave, library_a: Library, days: int) -> None:
    wave.closes_at = timezone.now() + timedelta(days=5)
    wave.save()
    entry = entry_of(wave, library_a)
    desk.post(at("wave_extension", wave.pk, entry.pk), {"until": moment(timezone.now() + timedelta(days=days))})
    assert entry_of(wave, library_a).extended_until is None


def test_staff_reads_answers_with_who_gave_them(desk: Client, wave: Wave, library_a: Library, anna: User) -> None:
    entry = entry_of(wave, library_a)
    answer(entry, by=anna, target_topics="<script>alert(1)</script>", hours="300")
    text = desk.get(at("wave_answers", wave.pk, entry.pk)).content.decode()
    assert "&lt;script&gt;" in text
    assert "<script>alert" not in text
    assert "Anna" in text
    assert "Dit aantal uren is ongewoon" in text
    answer(entry, by=anna, has_targets="no")  # target_topics is off the route now
    page = desk.get(at("wave_answers", wave.pk, entry.pk))
    kept = [line for section in page.context["sections"] for line in section.lines if not line.cell.is_asked]
    assert [line.question.code for line in kept] == ["target_topics"]


def test_the_answers_of_another_wave_are_not_under_this_one(desk: Client, wave: Wave, library_a: Library) -> None:
    other = open_wave(another_questionnaire(), libraries=[library_a], school_year="2030-2031")
    entry = entry_of(other, library_a)
    for name in ("wave_answers", "wave_extension", "wave_response_reopen"):
        assert desk.get(at(name, wave.pk, entry.pk)).status_code == 404


def test_history_shows_every_value_of_an_answer(desk: Client, wave: Wave, library_a: Library, anna: User) -> None:
    entry = entry_of(wave, library_a)
    answer(entry, by=anna, hours="12")
    page = desk.get(at("wave_history", wave.pk, entry.pk, "hours"))
    assert [line.change.value for line in page.context["lines"]] == ["12", "9.5"]
    assert desk.get(at("wave_history", wave.pk, entry.pk, "nonsense")).status_code == 404
    first, second = entry.schools.all()
    answer(entry, schools={school.code: {"cooperation": "yes"} for school in (first, second)})
    url = at("wave_history", wave.pk, entry.pk, "cooperation")
    assert len(desk.get(url).context["lines"]) == 2
    assert [line.school for line in desk.get(url, {"school": first.code}).context["lines"]] == [str(first)]


def test_a_submission_is_shown_as_it_was_sent_in(desk: Client, wave: Wave, library_a: Library) -> None:
    entry = entry_of(wave, library_a)
    submission = submit(entry)
    text = desk.get(at("submission_change", submission.pk)).content.decode()
    assert submission.content_hash in text
    assert "9,5 uren per week" in text
    assert desk.post(at("submission_change", submission.pk), {"number": "9"}).status_code == 200
    submission.refresh_from_db()
    assert submission.number == 1


# --- Questionnaires -------------------------------------------------------------------------------------------------


def upload(desk: Client, content: str | bytes) -> Any:
    raw = content.encode() if isinstance(content, str) else content
    return desk.post(at("questionnaire_upload"), {"file": SimpleUploadedFile("vragen.yaml", raw)})


def test_a_definition_goes_in_and_comes_out_byte_for_byte(desk: Client) -> None:
    page = upload(desk, SMALL)
    stored = Questionnaire.objects.get()
    assert page.headers["Location"] == at("questionnaire_change", stored.pk)
    assert desk.get(at("questionnaire_definition", stored.pk)).content.decode() == SMALL


def test_a_broken_definition_lists_its_faults_by_line_and_stores_nothing(desk: Client) -> None:
    broken = SMALL.replace("level: school", "level: schol", 1).replace("{question: has_targets,", "{question: has,")
    page = upload(desk, broken)
    assert page.status_code == 200
    lines = [broken[: broken.index(fault)].count("\n") + 1 for fault in ("level: schol", "question: has,")]
    assert [problem.line for problem in page.context["problems"]] == lines
    assert not Questionnaire.objects.exists()


def test_a_definition_that_is_not_text_is_refused_at_its_line(desk: Client) -> None:
    page = upload(desk, b"survey: test\ntitle: \xff\n")
    assert [problem.line for problem in page.context["problems"]] == [2]


def test_a_frozen_questionnaire_is_not_replaced(desk: Client, wave: Wave) -> None:
    page = upload(desk, SMALL.replace("Kleine vragenlijst", "Andere vragenlijst"))
    assert "file" in page.context["form"].errors
    assert Questionnaire.objects.get().title == "Kleine vragenlijst"


def test_a_questionnaire_of_a_draft_wave_is_not_replaced(desk: Client) -> None:
    WaveFactory()
    page = upload(desk, SMALL.replace("Kleine vragenlijst", "Andere vragenlijst"))
    assert "file" in page.context["form"].errors
    assert Questionnaire.objects.get().title == "Kleine vragenlijst"


def test_a_questionnaire_reads_in_words(desk: Client) -> None:
    small = questionnaire("small")
    text = desk.get(at("questionnaire_change", small.pk)).content.decode()
    for words in ("Werkt uw bibliotheek met doelstellingen?", "plan_at_most_cooperating", "Weet ik niet"):
        assert words in text or words == "plan_at_most_cooperating"
    instrument = compiled(small).instrument
    with translation.override("en"):
        assert condition_words(instrument, instrument.questions["target_topics"].condition) == [
            f"{instrument.number_of['has_targets']} “doelstellingen in gebruik” is “Ja”"
        ]
        assert condition_words(instrument, instrument.questions["plan_locations"].condition) == [
            "the total “locaties waarmee wordt samengewerkt” is at least 1"
        ]
        both = (
            (
                Term(SourceKind.LIBRARY, "province", Operator.NOT_IN, ("Drenthe", "Zeeland")),
                Term(SourceKind.QUESTION, "hours", Operator.NOT_ANSWERED),
            ),
            (Term(SourceKind.LAST_WAVE, "hours", Operator.ANSWERED),),
        )
        assert condition_words(instrument, both) == [
            "the province is not Drenthe or Zeeland and 2.4 “uren per week” is not answered",
            "last wave's answer to “hours” is answered",
        ]
        bounds = {check.code: check_words(instrument, check) for check in instrument.checks}
    assert bounds == {
        "hours_unusual": "at least 1, at most 200",
        "plan_at_most_cooperating": "at most the total “locaties waarmee wordt samengewerkt”",
    }


# --- People ---------------------------------------------------------------------------------------------------------

NO_INLINES = {
    "memberships-TOTAL_FORMS": 0,
    "memberships-INITIAL_FORMS": 0,
    "support_memberships-TOTAL_FORMS": 0,
    "support_memberships-INITIAL_FORMS": 0,
}


def test_a_new_person_gets_no_password_but_a_mail_to_choose_one(desk: Client, library_a: Library) -> None:
    fields = NO_INLINES | {
        "email": "Nieuw@Example.nl",
        "name": "Nieuw",
        "invite": "on",
        "memberships-TOTAL_FORMS": 1,
        "memberships-0-library": library_a.pk,
        "memberships-0-role": "submitter",
    }
    assert desk.post(at("user_add"), fields).status_code == 302
    person = User.objects.get(email="nieuw@example.nl")
    assert not person.has_usable_password()
    assert Membership.objects.get(user=person).may_submit
    assert "/account/password/reset/key/" in Notice.objects.get(recipient=person.email).body


def test_without_a_tick_nobody_is_mailed(desk: Client) -> None:
    desk.post(at("user_add"), NO_INLINES | {"email": "stil@example.nl", "name": ""})
    assert User.objects.filter(email="stil@example.nl").exists()
    assert not Notice.objects.exists()


def test_an_address_is_used_once_whatever_its_case(desk: Client, anna: User) -> None:
    page = desk.post(at("user_add"), NO_INLINES | {"email": anna.email.upper(), "name": "Nog een"})
    assert "email" in page.context["adminform"].form.errors


def test_an_invitation_is_sent_again_but_not_to_who_is_inactive(desk: Client, anna: User) -> None:
    assert desk.get(at("user_invite", anna.pk)).status_code == 200
    assert not Notice.objects.exists(), "looking must not send"
    desk.post(at("user_invite", anna.pk), {"x": "1"})
    assert Notice.objects.filter(recipient=anna.email).count() == 1
    inactive = UserFactory(inactive=True)
    desk.post(at("user_invite", inactive.pk), {"x": "1"})
    assert not Notice.objects.filter(recipient=inactive.email).exists()


def test_nobody_locks_themselves_out(desk: Client, staff: User) -> None:
    page = desk.post(at("user_change", staff.pk), NO_INLINES | {"email": staff.email, "name": staff.name})
    assert set(page.context["adminform"].form.errors) == {"is_staff", "is_active"}
    staff.refresh_from_db()
    assert staff.is_staff


def test_a_former_address_no_longer_opens_the_account(desk: Client, anna: User) -> None:
    password = anna.password
    EmailAddress.objects.create(user=anna, email=anna.email, primary=True, verified=True)
    fields = NO_INLINES | {"email": "nieuw@example.nl", "name": "Anna", "is_active": "on"}
    memberships = anna.memberships.all()
    for number, membership in enumerate(memberships):
        fields |= {
            f"memberships-{number}-id": membership.pk,
            f"memberships-{number}-user": anna.pk,
            f"memberships-{number}-library": membership.library_id,
            f"memberships-{number}-role": membership.role,
        }
    fields |= {"memberships-TOTAL_FORMS": len(memberships), "memberships-INITIAL_FORMS": len(memberships)}
    assert desk.post(at("user_change", anna.pk), fields).status_code == 302
    anna.refresh_from_db()
    assert (anna.email, anna.password) == ("nieuw@example.nl", password)
    assert not EmailAddress.objects.filter(user=anna).exists()


@pytest.mark.parametrize("n_people", [2, 20])
def test_the_list_of_people_costs_the_same_for_few_and_many(
    desk: Client, library_a: Library, django_assert_num_queries: Callable[..., Any], n_people: int
) -> None:
    for person in UserFactory.create_batch(n_people):
        Membership.objects.create(user=person, library=library_a)
    with django_assert_num_queries(8):
        page = desk.get(at("user_changelist"))
    assert page.context["cl"].result_count == n_people + 1


# --- Libraries ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("merger", "faulty"),
    [
        ({"successor": "", "merged_on": ""}, set()),
        ({"successor": "b", "merged_on": "2026-01-01"}, set()),
        ({"successor": "b", "merged_on": ""}, {"merged_on"}),
        ({"successor": "", "merged_on": "2026-01-01"}, {"successor"}),
        ({"successor": "a", "merged_on": "2026-01-01"}, {"successor"}),
    ],
)
def test_a_merger_has_a_successor_and_a_date(
    desk: Client, library_a: Library, library_b: Library, merger: dict[str, str], faulty: set[str]
) -> None:
    keys = {"a": library_a.pk, "b": library_b.pk}
    fields = {
        "name": "Bibliotheek Aalwaard",
        "province": "Gelderland",
        "inhabitants": 90_000,
        "merged_on": merger["merged_on"],
        "successor": keys.get(merger["successor"], ""),
    }
    page = desk.post(at("library_change", library_a.pk), fields)
    assert page.status_code == (200 if faulty else 302)
    if faulty:
        assert set(page.context["adminform"].form.errors) == faulty


def test_two_libraries_cannot_merge_into_each_other(desk: Client, library_a: Library, library_b: Library) -> None:
    library_b.successor, library_b.merged_on = library_a, timezone.localdate()
    library_b.save()
    fields = {
        "name": library_a.name,
        "province": "Gelderland",
        "inhabitants": 1,
        "successor": library_b.pk,
        "merged_on": "2026-01-01",
    }
    page = desk.post(at("library_change", library_a.pk), fields)
    assert set(page.context["adminform"].form.errors) == {"successor"}


# --- Mails ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_demo", [True, False])
def test_the_text_of_a_mail_is_shown_in_the_demo_only(desk: Client, settings: Any, is_demo: bool) -> None:
    settings.DEMO = is_demo
    notice = Notice.objects.create(recipient="anna@example.nl", subject="Inlogcode", body="Je code is ABC-DEF")
    text = desk.get(at("notice_change", notice.pk)).content.decode()
    assert "anna@example.nl" in text
    assert ("ABC-DEF" in text) is is_demo


def test_a_mail_that_was_given_up_is_tried_again(desk: Client) -> None:
    kept = Notice.objects.create(recipient="a@example.nl", subject="A", body="a", n_attempts=3, error="refused")
    sent = Notice.objects.create(recipient="b@example.nl", subject="B", body="b", n_attempts=1, sent_at=timezone.now())
    found = desk.get(at("notice_changelist"), {"state": "failed"}).context["cl"].queryset
    assert list(found) == [kept]
    desk.post(at("notice_retry", kept.pk), {"x": "1"})
    desk.post(at("notice_retry", sent.pk), {"x": "1"})
    kept.refresh_from_db()
    sent.refresh_from_db()
    assert (kept.n_attempts, sent.n_attempts) == (0, 1)
    Notice.objects.filter(pk=kept.pk).update(n_attempts=3)
    action = {"action": "retry_selected", "_selected_action": [kept.pk, sent.pk]}
    assert desk.post(at("notice_changelist"), action).status_code == 302
    kept.refresh_from_db()
    assert kept.n_attempts == 0


def test_changing_rights_and_exporting_ask_for_the_password_again(
    client: Client, staff: User, anna: User, wave: Wave
) -> None:
    client.force_login(staff)  # some time ago
    change = at("user_change", anna.pk)
    assert client.get(change).status_code == 200
    for page in (client.post(change, {"is_staff": "on"}), client.get(at("wave_board_csv", wave.pk))):
        assert page.status_code == 302
        assert page["Location"].startswith("/account/reauthenticate/")
    anna.refresh_from_db()
    assert not anna.is_staff
