"""Every address of the project, for every persona. An address that is not in the table fails the first test."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from surveys.models import FrameEntry, Library, User
from tests.factories import SchoolFactory, answer, entry_of, open_wave, questionnaire, submit


class Expected(NamedTuple):
    """Status per persona: nobody, a member of library A, one of library B, A's adviser, staff of the KB."""

    anonymous: int
    library_a: int
    library_b: int
    adviser: int
    staff: int


LOGIN = 302  # to the log-in page
OWN = Expected(LOGIN, 200, 404, 404, 404)
OWN_POST = Expected(LOGIN, 302, 404, 404, 404)
FOLLOWED = Expected(LOGIN, 404, 404, 200, 404)
SIGNED_IN = Expected(LOGIN, 200, 200, 200, 200)
PUBLIC = Expected(200, 200, 200, 200, 200)
NOT_THERE = Expected(404, 404, 404, 404, 404)
ACCOUNT_ONLY = Expected(LOGIN, 302, 302, 302, 302)

# Library A has submitted; the addresses are those of its frame entry.
TABLE: dict[str, Expected] = {
    "healthz": PUBLIC,
    "surveys:start": SIGNED_IN,
    "surveys:response-overview": OWN,
    "surveys:response-section": Expected(LOGIN, 302, 404, 404, 404),  # submitted, so on to reading
    "surveys:answer-save": Expected(LOGIN, 409, 404, 404, 404),
    "surveys:roster-many": Expected(LOGIN, 404, 404, 404, 404),  # without an act there is nothing to do
    "surveys:response-review": OWN,
    "surveys:response-explain": OWN_POST,
    "surveys:response-submit": Expected(LOGIN, 302, 404, 404, 404),  # submitted already, so to the receipt
    "surveys:response-receipt": OWN,
    "surveys:response-reopen-ask": OWN_POST,
    "surveys:response-read": OWN,
    "surveys:response-blank-pdf": OWN,
    "surveys:response-answers-pdf": OWN,
    "surveys:response-receipt-pdf": OWN,
    "surveys:roster-download": OWN,
    "surveys:roster-file": OWN,
    "surveys:roster-file-store": Expected(LOGIN, 422, 404, 404, 404),
    "surveys:schools-overview": OWN,
    "surveys:schools-confirm": OWN_POST,
    "surveys:schools-add": Expected(LOGIN, 302, 404, 404, 404),  # submitted, so the list stays as it is
    "surveys:schools-leave": Expected(LOGIN, 302, 404, 404, 404),
    "surveys:schools-return": OWN_POST,
    "surveys:team-overview": OWN,
    "surveys:team-invite": OWN,
    "surveys:team-member": OWN,
    "surveys:team-invite-again": OWN_POST,
    "surveys:team-withdraw": OWN,
    "surveys:team-assign": Expected(LOGIN, 302, 404, 404, 404),  # submitted, so nothing to assign
    "surveys:team-release": Expected(LOGIN, 302, 404, 404, 404),
    "surveys:team-mark": Expected(LOGIN, 403, 404, 404, 404),  # assigned to nobody
    "surveys:team-history": OWN,
    "surveys:follow-list": FOLLOWED,
    "surveys:follow-response": FOLLOWED,
    "surveys:follow-answers-pdf": FOLLOWED,
    "reports:index": PUBLIC,
    "reports:publication": NOT_THERE,  # nothing is published here; tests/reports has the published pages
    "reports:version": NOT_THERE,
    "reports:chapter": NOT_THERE,
    "reports:version-chapter": NOT_THERE,
    "account_login": Expected(200, 302, 302, 302, 302),
    "account_signup": Expected(200, 302, 302, 302, 302),  # says that accounts are given by the KB
    "account_logout": Expected(302, 200, 200, 200, 200),
    "account_inactive": PUBLIC,
    "account_reauthenticate": SIGNED_IN,
    "account_email": Expected(LOGIN, 404, 404, 404, 404),  # staff change addresses
    "account_email_verification_sent": PUBLIC,
    "account_change_password": SIGNED_IN,
    "account_set_password": ACCOUNT_ONLY,
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": PUBLIC,  # a bad link says so
    "account_reset_password_from_key_done": PUBLIC,
    "account_confirm_email": PUBLIC,
    "account_confirm_login_code": Expected(302, 302, 302, 302, 302),
    "account_request_login_code": Expected(200, 302, 302, 302, 302),
    "mfa_index": SIGNED_IN,
    "mfa_authenticate": Expected(302, 302, 302, 302, 302),
    "mfa_reauthenticate": Expected(LOGIN, 302, 302, 302, 302),
    "mfa_activate_totp": Expected(LOGIN, 302, 302, 302, 302),  # asks for the password again
    "mfa_deactivate_totp": Expected(LOGIN, 404, 404, 404, 404),  # nobody here has one
    "mfa_view_recovery_codes": Expected(LOGIN, 404, 404, 404, 404),
    "mfa_generate_recovery_codes": Expected(LOGIN, 302, 302, 302, 302),
    "mfa_download_recovery_codes": Expected(LOGIN, 404, 404, 404, 404),
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_add_webauthn": Expected(LOGIN, 302, 302, 302, 302),
    "mfa_reauthenticate_webauthn": Expected(LOGIN, 302, 302, 302, 302),
    "mfa_remove_webauthn": Expected(LOGIN, 302, 302, 302, 302),
    "mfa_edit_webauthn": Expected(LOGIN, 302, 302, 302, 302),
    "mfa_login_webauthn": Expected(302, 302, 302, 302, 302),
}
OPEN_TO_STAFF = {
    "admin:index",
    "admin:surveys_wave_add",
    "admin:surveys_user_add",
    "admin:surveys_questionnaire_upload",
}
POSTED = {
    "surveys:answer-save",
    "surveys:roster-many",
    "surveys:response-explain",
    "surveys:response-submit",
    "surveys:response-reopen-ask",
    "surveys:roster-file-store",
    "surveys:schools-confirm",
    "surveys:schools-return",
    "surveys:team-invite-again",
    "surveys:team-mark",
}
PERSONAS = ("anonymous", "library_a", "library_b", "adviser", "staff")


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name or pattern.pattern}"
        else:
            space = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from patterns(pattern, prefix + space)


def admin_names() -> list[str]:
    return sorted({name for name in patterns(get_resolver()) if name.startswith("admin:")})


def test_every_address_is_in_the_table() -> None:
    names = {name for name in patterns(get_resolver()) if not name.startswith("admin:")}
    assert names == set(TABLE)


@pytest.fixture
def entry(library_a: Library, library_b: Library, anna: User) -> FrameEntry:
    """Library A, which has submitted."""
    SchoolFactory(code="01AA00", library=library_a)
    entry = entry_of(open_wave(questionnaire("small"), libraries=[library_a, library_b]), library_a)
    answer(entry, by=anna, has_targets="no")
    submit(entry, by=anna)
    return entry


@pytest.fixture(autouse=True)
def without_second_factor(settings: Any) -> None:
    """Who may see what does not depend on it; tests/surveys/test_second_factor.py has it on."""
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def clients(anna: User, carla: User, dirk: User, staff: User) -> dict[str, Client]:
    users = {"library_a": anna, "library_b": carla, "adviser": dirk, "staff": staff}
    clients = {"anonymous": Client()}
    for persona, user in users.items():
        clients[persona] = Client()
        clients[persona].force_login(user)
    return clients


def address(name: str, entry: FrameEntry) -> str:
    choices: list[dict[str, object]] = [
        {},
        {"entry_id": entry.pk},
        {"entry_id": entry.pk, "section_code": "beleid"},
        {"entry_id": entry.pk, "membership_id": entry.library.memberships.earliest("pk").pk},
        {"entry_id": entry.pk, "row_id": entry.schools.earliest("pk").pk},
        {"entry_id": entry.pk, "number": 1},
        {"slug": "niet-2020-2021"},
        {"slug": "niet-2020-2021", "version": 1},
        {"slug": "niet-2020-2021", "path": "beleid"},
        {"slug": "niet-2020-2021", "version": 1, "path": "beleid"},
        {"uidb36": "1", "key": "geen-sleutel"},
        {"key": "geen-sleutel"},
        {"pk": 1},
    ]
    for kwargs in choices:
        try:
            return reverse(name, kwargs=kwargs)
        except NoReverseMatch:
            continue
    raise AssertionError(f"no arguments fit {name}")


@pytest.mark.parametrize("name", TABLE)
def test_address_answers_each_persona_as_the_table_says(
    name: str, entry: FrameEntry, clients: dict[str, Client]
) -> None:
    url = address(name, entry)
    found = []
    for persona in PERSONAS:
        send = clients[persona].post if name in POSTED else clients[persona].get
        found.append(send(url).status_code)
    assert Expected(*found) == TABLE[name], url


@pytest.mark.parametrize("name", admin_names())
def test_administration_is_for_staff_alone(name: str, entry: FrameEntry, clients: dict[str, Client]) -> None:
    try:
        url = reverse(name)
    except NoReverseMatch:
        url = admin_address(name)
    for persona in PERSONAS[:-1]:
        status = clients[persona].get(url).status_code
        assert status in (302, 403, 404), (persona, url)
        posted = clients[persona].post(url).status_code
        assert posted in (302, 403, 404, 405), (persona, url)
    status = clients["staff"].get(url).status_code
    if name in OPEN_TO_STAFF or name.endswith("_changelist"):
        assert status == 200, url
    else:
        assert status in (200, 301, 302, 403, 404, 405), url


def admin_address(name: str) -> str:
    """The address with keys of rows that need not exist: what counts is that no outsider gets that far."""
    pattern = next(
        pattern
        for resolver in get_resolver().url_patterns
        if isinstance(resolver, URLResolver) and resolver.namespace == "admin"
        for pattern in leaves(resolver)
        if f"admin:{pattern.name or pattern.pattern}" == name
    )
    kwargs: dict[str, object] = dict.fromkeys(pattern.pattern.converters, 1)
    kwargs = kwargs or dict.fromkeys(pattern.pattern.regex.groupindex, "auth")
    try:
        return reverse(name, kwargs=kwargs)
    except NoReverseMatch:
        return "/beheer/" + str(pattern.pattern).replace("<path:object_id>", "1").replace("(?P<url>.*)$", "niets")


def leaves(resolver: URLResolver) -> Iterator[URLPattern]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield pattern
        else:
            yield from leaves(pattern)


@pytest.mark.parametrize("persona", ["library_a", "adviser"])
def test_withdrawn_rights_take_effect_on_the_next_request(
    entry: FrameEntry, clients: dict[str, Client], anna: User, dirk: User, persona: str
) -> None:
    name = "surveys:response-overview" if persona == "library_a" else "surveys:follow-response"
    url = reverse(name, args=[entry.pk])
    assert clients[persona].get(url).status_code == 200
    anna.memberships.all().delete()
    dirk.support_memberships.all().delete()
    assert clients[persona].get(url).status_code == 404
    User.objects.update(is_active=False)
    assert clients[persona].get(url).status_code == 302
