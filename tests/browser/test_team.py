"""A colleague is invited, chooses a password through the mailed link, and finds the section assigned to them."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from surveys.models import FrameEntry, Notice, User
from tests.browser.pages import fits, sign_out
from tests.factories import PASSWORD, answer

EMAIL, NEW_PASSWORD = "gerda@example.nl", "een-lang-genoeg-wachtwoord"


def mailed_path(subject: str, wanted: str) -> str:
    """The path of the link in the mail; the host in it is that of the settings, not of the test's server."""
    body = Notice.objects.get(recipient=EMAIL, subject__contains=subject).body
    paths = [str(urlsplit(link).path) for link in re.findall(r"https://\S+", body)]
    return next(path for path in paths if wanted in path)


def test_from_invitation_to_assigned_section(
    page: Page, entry: FrameEntry, emma: User, axe: Callable[[Page], None]
) -> None:
    page.goto(f"/vragenlijst/{entry.pk}/collegas/")
    axe(page)
    invite(page, axe)
    assign(page, axe)
    sign_out(page)

    page.goto(mailed_path("Uitnodiging", "/password/reset/key/"))
    axe(page)
    for field in page.locator("input[type=password]").all():
        field.fill(NEW_PASSWORD)
    page.get_by_role("button", name="Nieuw wachtwoord bewaren").click()
    page.goto(mailed_path("wilt u dit invullen", "/onderdeel/"))
    page.get_by_label("E-mailadres").fill(EMAIL)
    page.get_by_label("Wachtwoord", exact=True).fill(NEW_PASSWORD)
    page.get_by_role("button", name="Inloggen", exact=True).click()
    expect(page.get_by_role("button", name="Uitloggen")).to_be_visible()
    assert page.url.endswith("/onderdeel/beleid/")

    page.goto(f"/vragenlijst/{entry.pk}/collegas/")
    expect(page.get_by_text("Vraag de cijfers bij financiën.")).to_be_visible()
    page.get_by_role("button", name=re.compile("Mijn deel is klaar")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("sinds"))).to_be_visible()
    axe(page)
    fits(page)
    answer(entry, by=emma, hours="9.5")
    page.goto(f"/vragenlijst/{entry.pk}/collegas/geschiedenis/?vraag=hours")
    expect(page.get_by_role("cell", name="Emma")).to_be_visible()
    axe(page)
    fits(page)


def invite(page: Page, axe: Callable[[Page], None]) -> None:
    page.get_by_role("link", name="Collega uitnodigen").click()
    axe(page)
    page.get_by_label("Naam").fill("Gerda")
    page.get_by_label("E-mailadres").fill("geen adres")
    page.get_by_role("button", name="Uitnodiging sturen").click()
    expect(page.get_by_role("alert")).to_be_visible()
    axe(page)
    fits(page)
    page.get_by_label("E-mailadres").fill(EMAIL)
    page.get_by_role("button", name="Uitnodiging sturen").click()
    page.get_by_label("Wachtwoord", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Verder").click()
    expect(page.get_by_text(f"onderweg naar {EMAIL}")).to_be_visible()
    axe(page)
    page.get_by_role("link", name=re.compile("Toegang wijzigen.*Gerda")).click()
    axe(page)
    fits(page)
    page.get_by_role("link", name="Toegang intrekken").click()
    axe(page)
    fits(page)
    page.get_by_role("link", name="Annuleren").click()


def assign(page: Page, axe: Callable[[Page], None]) -> None:
    page.get_by_role("link", name=re.compile("^Toewijzen.*[Bb]eleid")).click()
    axe(page)
    fits(page)
    page.get_by_label("Wie vult dit onderdeel in?").select_option("Gerda")
    page.get_by_label("Notitie").fill("Vraag de cijfers bij financiën.")
    page.get_by_role("button", name="Toewijzen").click()
    expect(page.get_by_text("is toegewezen aan Gerda")).to_be_visible()
