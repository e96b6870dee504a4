"""Sections are assigned to colleagues, who say when they are ready."""

from collections.abc import Callable

import pytest
from django.conf import settings as site
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from surveys.errors import DomainError
from surveys.models import FrameEntry, Notice, SectionAssignment, User
from surveys.services import teamwork
from tests.factories import answer, close, entry_of, sheet, submit
from tests.surveys.team.pages import EDITOR, assign, colleague, invite, member, release, stamp, url

HOSTILE = "<script>alert('x')</script> =1+1 {{ 7 }} \u202e😀"


def test_assigned_section_is_shown_and_mailed_with_note_deadline_and_link(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, emma: User
) -> None:
    page = assign(as_user(anna), entry, emma, "Vraag de cijfers bij financiën.")
    assert page["Location"] == url("overview", entry)
    shown = as_user(emma).get(url("overview", entry)).text
    assert "Vraag de cijfers bij financiën." in shown
    assert "Mijn deel is klaar" in shown
    notice = Notice.objects.get(recipient=emma.email)
    assert "Vraag de cijfers bij financiën." in notice.body
    assert f"{site.SITE_URL}{reverse('surveys:response-section', args=[entry.pk, 'beleid'])}" in notice.body
    assert timezone.localtime(entry.wave.closes_at).strftime("%H:%M") in notice.body
    assert "Anna" in notice.body


def test_assignment_and_its_mail_are_stored_together_or_not_at_all(entry: FrameEntry, anna: User, emma: User) -> None:
    section = sheet(entry).instrument.section_by_code["beleid"]

    def assigned_and_undone(*, is_undone: bool) -> None:
        with transaction.atomic():
            teamwork.section_assign(entry=entry, section=section, to=colleague(emma, entry), note="", by=anna, seen="")
            transaction.set_rollback(is_undone)

    assigned_and_undone(is_undone=True)
    assert (SectionAssignment.objects.count(), Notice.objects.count()) == (0, 0)
    assigned_and_undone(is_undone=False)
    assert (SectionAssignment.objects.count(), Notice.objects.count()) == (1, 1)


def test_assigning_the_same_again_mails_nobody_and_another_colleague_takes_over(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, emma: User
) -> None:
    client = as_user(anna)
    assign(client, entry, emma, "Graag")
    assign(client, entry, emma, "Graag")
    assert Notice.objects.count() == 1
    assign(client, entry, anna)
    assert SectionAssignment.objects.get().member == anna
    assert Notice.objects.count() == 1, "who takes a section needs no mail about it"


def test_nobody_undoes_what_a_colleague_assigned_meanwhile(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, emma: User
) -> None:
    client = as_user(anna)
    assign(client, entry, anna)
    old = stamp(entry)
    assert f'name="seen" value="{old}"' in client.get(url("release", entry, "beleid")).text
    assign(as_user(emma), entry, emma)
    page = client.post(url("release", entry, "beleid"), {"seen": old}, follow=True)
    assert "Een collega heeft dit onderdeel intussen aan iemand anders toegewezen." in page.text
    page = assign(client, entry, anna, "Toch ik", seen=old)
    assert page.status_code == 422
    assert "Een collega heeft dit onderdeel intussen aan iemand anders toegewezen." in page.text
    assert "Toch ik" in page.text, "what was typed stays"
    assert SectionAssignment.objects.get().member == emma
    assert f'name="seen" value="{stamp(entry)}"' in page.text, "who sends it again has seen it"
    assign(client, entry, anna, "Toch ik")
    assert SectionAssignment.objects.get().member == anna


def test_two_who_assign_at_once_do_not_overwrite_each_other(entry: FrameEntry, anna: User, emma: User) -> None:
    section = sheet(entry).instrument.section_by_code["beleid"]
    teamwork.section_assign(entry=entry, section=section, to=colleague(emma, entry), note="", by=emma, seen="")
    with pytest.raises(DomainError):
        teamwork.section_assign(entry=entry, section=section, to=colleague(anna, entry), note="", by=anna, seen="")
    teamwork.section_assign(entry=entry, section=section, to=colleague(emma, entry), note="", by=emma, seen="")
    assert SectionAssignment.objects.get().member == emma


def test_assigned_section_is_released_after_a_confirmation(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, emma: User
) -> None:
    client = as_user(anna)
    assign(client, entry, emma)
    assert client.get(url("release", entry, "beleid")).status_code == 200
    assert SectionAssignment.objects.exists(), "looking changes nothing"
    release(client, entry)
    release(client, entry)
    assert not SectionAssignment.objects.exists()


def test_only_the_assigned_colleague_says_that_a_section_is_ready(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, emma: User
) -> None:
    assign(as_user(anna), entry, emma)
    mark = url("mark", entry, "beleid")
    assert as_user(anna).post(mark, {"done": ""}).status_code == 403
    assert SectionAssignment.objects.get().done_at is None
    as_user(emma).post(mark, {"done": ""})
    assert SectionAssignment.objects.get().done_at is not None
    assert "status-done" in as_user(anna).get(url("overview", entry)).text
    as_user(emma).post(mark, {"open": ""})
    assert SectionAssignment.objects.get().done_at is None


def test_a_new_note_asks_anew(as_user: Callable[[User], Client], entry: FrameEntry, anna: User, emma: User) -> None:
    assign(as_user(anna), entry, emma)
    as_user(emma).post(url("mark", entry, "beleid"), {"done": ""})
    assign(as_user(anna), entry, emma, "Nog één ding")
    assert SectionAssignment.objects.get().done_at is None


def test_a_reader_cannot_be_given_a_section(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, bram: User
) -> None:
    assert assign(as_user(anna), entry, bram).status_code == 422
    assert not SectionAssignment.objects.exists()


def test_a_note_of_more_than_500_characters_is_refused(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, emma: User
) -> None:
    assert assign(as_user(anna), entry, emma, "x" * 501).status_code == 422
    assert assign(as_user(anna), entry, emma, "x" * 500).status_code == 302
    assert SectionAssignment.objects.get().note == "x" * 500


@pytest.mark.parametrize("end", ["closed", "submitted"])
def test_nothing_is_assigned_once_nothing_can_be_filled_in(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, emma: User, end: str
) -> None:
    if end == "closed":
        close(entry.wave)
    else:
        answer(entry, by=anna, has_targets="no")
        submit(entry, by=anna)
    page = assign(as_user(anna), entry, emma)
    assert page["Location"] == url("overview", entry)
    assert not SectionAssignment.objects.exists()
    section = sheet(entry).instrument.section_by_code["beleid"]
    fresh = entry_of(entry.wave, entry.library)
    with pytest.raises(DomainError):
        teamwork.section_assign(entry=fresh, section=section, to=colleague(emma, entry), note="", by=anna, seen="")


def test_hostile_names_and_notes_are_text(
    as_user: Callable[[User], Client], entry: FrameEntry, anna: User, emma: User
) -> None:
    emma.name = HOSTILE
    emma.save()
    client = as_user(anna)
    assign(client, entry, emma, HOSTILE)
    invite(client, entry, "gerda@example.nl", name=HOSTILE + "\r\nBcc: x@example.nl")
    for address in (url("overview", entry), url("member", entry, member(emma, entry).pk)):
        page = client.get(address).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page
    assert SectionAssignment.objects.get().note == HOSTILE
    assert HOSTILE in Notice.objects.get(recipient=emma.email).body, "mail is plain text, and nothing is escaped in it"
    assert all("\n" not in notice.subject for notice in Notice.objects.all())


def test_a_line_break_in_a_librarys_name_stays_out_of_the_subject(entry: FrameEntry, anna: User) -> None:
    entry.library.name = "Bibliotheek\r\nBcc: x@example.nl"
    entry.library.save()
    teamwork.colleague_invite(entry=entry, email="gerda@example.nl", name="Gerda", role=EDITOR, by=anna)
    assert len(Notice.objects.get().subject.splitlines()) == 1
