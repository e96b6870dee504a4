"""The pages of a team, and what is done there."""

from typing import Any
from urllib.parse import urlencode

from django.test import Client
from django.urls import reverse

from surveys.models import FrameEntry, Membership, SectionAssignment, User
from surveys.services import teamwork

SUBMITTER, EDITOR, READER = Membership.Role.SUBMITTER, Membership.Role.EDITOR, Membership.Role.READER


def url(name: str, entry: FrameEntry, *more: object) -> str:
    return reverse(f"surveys:team-{name}", args=[entry.pk, *more])


def member(user: User, entry: FrameEntry) -> Membership:
    return Membership.objects.get(user=user, library=entry.library)


def colleague(user: User, entry: FrameEntry) -> teamwork.Colleague:
    return next(person for person in teamwork.team(entry) if person.user_id == user.pk)


def invite(client: Client, entry: FrameEntry, email: str, name: str = "Gerda", role: str = EDITOR) -> Any:
    return client.post(url("invite", entry), {"email": email, "name": name, "role": role})


def assign(client: Client, entry: FrameEntry, user: User, note: str = "", seen: str | None = None) -> Any:
    """Assign a section from the page as it is now, or as it was when its stamp was `seen`."""
    data = {"colleague": member(user, entry).pk, "note": note, "seen": stamp(entry) if seen is None else seen}
    return client.post(url("assign", entry, "beleid"), data)


def release(client: Client, entry: FrameEntry, seen: str | None = None) -> Any:
    return client.post(url("release", entry, "beleid"), {"seen": stamp(entry) if seen is None else seen})


def stamp(entry: FrameEntry) -> str:
    return teamwork.stamp(SectionAssignment.objects.filter(entry=entry, section_code="beleid").first())


def history(entry: FrameEntry, question: str = "", school: str = "") -> str:
    narrowed = {"vraag": question, "school": school}
    return url("history", entry) + "?" + urlencode({name: value for name, value in narrowed.items() if value})
