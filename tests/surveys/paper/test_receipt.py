"""The receipt: of what was submitted and never of what came after, and the mail that leads to it."""

from django.core.mail import EmailMessage
from django.test import Client

from surveys import models
from surveys.models import FrameEntry, User
from surveys.services.notices import receipt_notice_write
from surveys.services.reopening import response_reopen
from tests.factories import answer, close, entry_of, submit
from tests.surveys.paper.reading import pdf_text, url, with_response, words


def test_receipt_is_of_the_snapshot_and_stays_at_its_address(
    client: Client, entry: FrameEntry, anna: User, staff: User
) -> None:
    answer(entry, by=anna, has_targets="yes", target_topics="Het eerste antwoord")
    first = submit(entry, by=anna)
    response_reopen(response=first.response, by=staff, reason="verbetering")
    answer(entry, by=anna, target_topics="Het tweede antwoord")
    close(submit(entry_of(entry.wave, entry.library), by=anna).response.entry.wave)
    client.force_login(anna)
    texts = [pdf_text(client.get(url("receipt", entry, number)).content) for number in (1, 2)]
    assert words("Het eerste antwoord") in texts[0]
    assert words("Het tweede antwoord") not in texts[0]
    assert words("Het tweede antwoord") in texts[1]
    assert first.content_hash in texts[0]
    assert words("Ingediend door Anna") in texts[0]
    assert client.get(url("receipt", entry, 3)).status_code == 404


def test_receipt_keeps_a_school_that_has_left_the_roster(client: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "no"}})
    submit(entry, by=anna)
    models.Answer.objects.all().delete()
    models.FrameSchool.objects.filter(code="01AA00").delete()
    client.force_login(anna)
    text = pdf_text(client.get(url("receipt", entry, 1)).content)
    assert "01AA00" in text
    assert text.index("HetKompas") < text.index("01AA00")


def test_receipt_says_what_was_explained(client: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, has_targets="no", hours="900")
    fresh = entry_of(entry.wave, entry.library)
    models.Explanation.objects.create(
        response=fresh.response,
        check_code="hours_unusual",
        text="Eenmalig project",
        written_by=anna,
        written_at="2026-01-01T00:00Z",
    )
    submit(entry, by=anna)
    client.force_login(anna)
    for address in (url("answers", entry), url("receipt", entry, 1)):
        assert words("Toelichting: Eenmalig project") in pdf_text(client.get(address).content)


def test_mail_after_submitting_links_to_the_receipt_and_holds_no_answers(entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, has_targets="yes", target_topics="Geheim")
    submission = submit(entry, by=anna)
    models.Notice.objects.all().delete()
    notice = receipt_notice_write(submission=submission, entry=submission.response.entry)
    assert notice is not None
    assert models.Notice.objects.get() == notice
    assert notice.recipient == anna.email
    assert f"https://testserver{url('receipt', entry, 1)}" in notice.body
    assert submission.content_hash in notice.body
    assert "Geheim" not in notice.subject + notice.body
    assert EmailMessage(notice.subject, notice.body, to=[notice.recipient]).message()["Subject"]


def test_nobody_is_mailed_about_an_imported_submission(entry: FrameEntry, anna: User) -> None:
    submission = submit(with_response(entry), by=anna)
    models.Notice.objects.all().delete()
    submission.submitted_by = None
    assert receipt_notice_write(submission=submission, entry=submission.response.entry) is None
    assert not models.Notice.objects.exists()
