"""Rows for tests, with traits for states, and the few steps every test of a wave takes.

wave = open_wave(questionnaire("routing"), libraries=[library_a, library_b])
entry = entry_of(wave, library_a)
answer(entry, by=anna, has_targets="yes", target_count=3)
submit(entry, by=anna)
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import factory
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone
from factory.django import DjangoModelFactory

from surveys import definition, models
from surveys.access import response_of
from surveys.instrument import NUMBER_TYPES, SET_TYPES, Given, Instrument, Question, State, Type
from surveys.services.questionnaires import questionnaire_load
from surveys.services.responses import (
    Edit,
    ExplanationEdit,
    Saved,
    answers_save,
    explanations_save,
    response_submit,
)
from surveys.services.schools import roster_confirm
from surveys.services.waves import wave_close, wave_open
from surveys.sheets import Sheet, sheet_of

QUESTIONNAIRES = Path(__file__).parent / "questionnaires"
PASSWORD = "Wachtwoord-voor-proef-1"
ANY_OPEN = 999_999  # submitting however many questions are open


class SupportOrganisationFactory(DjangoModelFactory[models.SupportOrganisation]):
    class Meta:
        model = models.SupportOrganisation

    name = factory.Sequence(lambda n: f"Ondersteuning {n}")


class LibraryFactory(DjangoModelFactory[models.Library]):
    """A middle-sized library in Gelderland without adviser. Traits: `small`, `large`, `xl`, `merged`."""

    class Meta:
        model = models.Library

    class Params:
        small = factory.Trait(inhabitants=12_000)
        large = factory.Trait(inhabitants=150_000)
        xl = factory.Trait(inhabitants=400_000)
        merged = factory.Trait(
            successor=factory.SubFactory("tests.factories.LibraryFactory"), merged_on=date(2020, 1, 1)
        )

    code = factory.Sequence(lambda n: f"F{n:03d}")
    name = factory.LazyAttribute(lambda library: f"Bibliotheek {library.code}")
    province = models.Province.GELDERLAND
    inhabitants = 50_000


class SchoolFactory(DjangoModelFactory[models.School]):
    """A primary school of the register. Traits: `secondary`, `special`, `vanished` (from the register)."""

    class Meta:
        model = models.School

    class Params:
        secondary = factory.Trait(kind=models.School.Kind.VO)
        special = factory.Trait(kind=models.School.Kind.SBO)
        vanished = factory.Trait(is_open=False)

    code = factory.Sequence(lambda n: f"{n:04d}00")
    name = factory.LazyAttribute(lambda school: f"School {school.code}")
    kind = models.School.Kind.BO
    municipality = "Ons Dorp"
    pupils = 200
    library = factory.SubFactory(LibraryFactory)


class UserFactory(DjangoModelFactory[models.User]):
    """A person who can log in with PASSWORD. Traits: `staff` (may do everything), `inactive`."""

    class Meta:
        model = models.User

    class Params:
        staff = factory.Trait(is_staff=True, is_superuser=True)
        inactive = factory.Trait(is_active=False)

    email = factory.Sequence(lambda n: f"persoon{n}@example.nl")
    name = factory.Sequence(lambda n: f"Persoon {n}")
    password = PASSWORD

    @classmethod
    def _create(cls, model_class: type[models.User], *args: Any, **kwargs: Any) -> models.User:
        return models.User.objects.create_user(*args, **kwargs)


class MembershipFactory(DjangoModelFactory[models.Membership]):
    """Somebody who fills in for a library. Traits: `submitter`, `reader`."""

    class Meta:
        model = models.Membership

    class Params:
        submitter = factory.Trait(role=models.Membership.Role.SUBMITTER)
        reader = factory.Trait(role=models.Membership.Role.READER)

    user = factory.SubFactory(UserFactory)
    library = factory.SubFactory(LibraryFactory)
    role = models.Membership.Role.EDITOR


class SupportMembershipFactory(DjangoModelFactory[models.SupportMembership]):
    class Meta:
        model = models.SupportMembership

    user = factory.SubFactory(UserFactory)
    organisation = factory.SubFactory(SupportOrganisationFactory)


class WaveFactory(DjangoModelFactory[models.Wave]):
    """A draft wave, in the questionnaire's own school year. For one that is open: `open_wave`."""

    class Meta:
        model = models.Wave

    questionnaire = factory.LazyFunction(lambda: questionnaire("small"))
    survey = factory.SelfAttribute("questionnaire.survey")
    school_year = factory.SelfAttribute("questionnaire.school_year")
    reference_date = factory.LazyAttribute(lambda wave: date(int(wave.school_year[-4:]), 7, 31))


def questionnaire(name: str) -> models.Questionnaire:
    """The questionnaire of tests/questionnaires/NAME.yaml, as rows."""
    path = QUESTIONNAIRES / f"{name}.yaml"
    return questionnaire_load(text=path.read_text(encoding="utf-8"), file=path.name)[0]


def instrument(name: str) -> Instrument:
    """The questionnaire of tests/questionnaires/NAME.yaml, as the rules read it; no rows are made."""
    path = QUESTIONNAIRES / f"{name}.yaml"
    return definition.parse(path.read_text(encoding="utf-8"), path.name)


def open_wave(
    questionnaire: models.Questionnaire,
    *,
    libraries: Iterable[models.Library] = (),
    schools: int = 2,
    **wave: Any,
) -> models.Wave:
    """An open wave. Libraries without schools get `schools` of them first, of a kind that is on the roster.

    Without `libraries` one is made, unless there are some. The frame holds every library there is.
    """
    known = list(libraries) or list(models.Library.objects.filter(successor=None)) or [LibraryFactory()]
    for library in known:
        if questionnaire.school_kinds and not library.schools.exists():
            SchoolFactory.create_batch(schools, library=library, kind=questionnaire.school_kinds[0])
    return wave_open(wave=WaveFactory(questionnaire=questionnaire, **wave), by=None)


def entry_of(wave: models.Wave, library: models.Library) -> models.FrameEntry:
    """The library's place in the wave, freshly read, as `sheet` and the services want it."""
    return models.FrameEntry.objects.select_related("wave__survey", "library", "response").get(
        wave=wave, library=library
    )


def a_year_later(wave: models.Wave, library: models.Library) -> models.FrameEntry:
    """The library's place in an open wave of the year after, with the same questionnaire."""
    return entry_of(open_wave(wave.questionnaire, school_year="2025-2026", libraries=[library]), library)


def sheet(entry: models.FrameEntry) -> Sheet:
    """The library's answers as they stand now."""
    fresh = entry_of(entry.wave, entry.library)
    return sheet_of(fresh, response_of(fresh))


def stored(entry: models.FrameEntry, code: str, school: str | None = None) -> models.Answer | None:
    """The row of one answer, on the path or not; None when there is none."""
    return models.Answer.objects.filter(response__entry=entry, question__code=code, school__code=school).first()


def answer(
    entry: models.FrameEntry,
    by: models.User | None = None,
    schools: Mapping[str, Mapping[str, Any]] | None = None,
    **library_answers: Any,
) -> Saved:
    """Save answers as somebody who sees the latest ones does; `schools` by school code.

    An answer is written plainly: "yes", ["a", "b"], 12, "9.5", {"row": "much"}, {"volunteer": "4"}; None
    takes it away; a State says so, also at an option; a Given is taken as it is (for the text of "other").
    """
    before = sheet(entry)
    wanted = [("", question, value) for question, value in library_answers.items()]
    for school, answers in (schools or {}).items():
        wanted += [(school, question, value) for question, value in answers.items()]
    edits = [
        Edit(
            code,
            school,
            given(before.instrument.questions[code], value),
            before.stored_of(code, school).version,
        )
        for school, code, value in wanted
    ]
    return answers_save(sheet=before, edits=edits, by=by)


def given(question: Question, value: Any) -> Given:
    """A plainly written answer as the rules see it."""
    if isinstance(value, Given):
        return value
    if isinstance(value, State):
        return Given(None, value)
    if value is None:
        return Given(None)
    if question.type in SET_TYPES:
        return Given(tuple(value))
    if question.type in NUMBER_TYPES - {Type.INTEGER}:
        return Given(Decimal(value))
    if question.type is Type.NUMBER_PER_OPTION:
        return Given({option: n if isinstance(n, State) else Decimal(n) for option, n in value.items()})
    return Given(value)


def explain(entry: models.FrameEntry, by: models.User, school: str = "", **texts: str) -> None:
    """Explain soft checks, by their codes, as somebody who sees the latest explanations does; "" takes one away."""
    before = sheet(entry)
    shown = before.explanations
    edits = [ExplanationEdit(check, school, text, shown.get((check, school), "")) for check, text in texts.items()]
    assert explanations_save(sheet=before, edits=edits, by=by) == []


def submit(entry: models.FrameEntry, by: models.User | None = None) -> models.Submission:
    """Submit what is there, open questions and all, with the roster confirmed. Without `by` a new submitter does it."""
    submitter: models.User = by or MembershipFactory(library=entry.library, submitter=True).user
    if models.Response.objects.filter(entry=entry).exists():  # without one, submitting is refused
        roster_confirm(entry=entry, by=submitter)
    return response_submit(entry=entry, by=submitter, accept_open=ANY_OPEN)


def snapshots(wave: models.Wave) -> dict[str, Any]:
    """What each library of the wave sent in last, by its code."""
    latest = models.Submission.objects.filter(response__entry__wave=wave, is_latest=True)
    return dict(latest.values_list("response__entry__library__code", "snapshot"))


def close(wave: models.Wave) -> models.Wave:
    return wave_close(wave=wave, by=None)


def log_in_just_now(client: Client, user: models.User) -> Client:
    """A browser in which this user is logged in and has just shown who they are."""
    client.force_login(user)
    session = client.session
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [
        {"method": "password", "at": timezone.now().timestamp(), "reauthenticated": True}
    ]
    session.save()
    return client


def said(page: Any) -> str:
    """What the page tells in messages."""
    return " ".join(str(message) for message in get_messages(page.wsgi_request))
