"""The nastiest text there is walks through every page in a real browser, where nothing of it may run."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, expect

from surveys.instrument import Given
from surveys.models import FrameEntry, Library, User
from tests.factories import SchoolFactory, answer, entry_of, open_wave, questionnaire, sheet, submit

HOSTILE = (
    '</textarea></script></title><script>alert(1)</script>"><img src=x onerror=alert(1)><svg/onload=alert(1)>'
    "' onfocus='alert(1)' autofocus {{ 7*7 }} =1+1 javascript:alert(1) \u202eom\u202c 👩‍👩‍👧‍👦"
)


@pytest.fixture
def entry(transactional_db: None, library_a: Library, anna: User, emma: User) -> FrameEntry:
    """Names of people, of the library and of a school are hostile too."""
    for person in (anna, emma):
        person.name = HOSTILE[:150]
        person.save()
    library_a.name = f"Bieb {HOSTILE}"[:150]
    library_a.save()
    SchoolFactory(code="01AA00", library=library_a, name=HOSTILE[:200], municipality=HOSTILE[:100])
    return entry_of(open_wave(questionnaire("small"), libraries=[library_a]), library_a)


def test_nothing_that_people_typed_runs_on_any_page(
    entry: FrameEntry, anna: User, emma: User, staff: User, browser_page: Page, become: Callable[[User], None]
) -> None:
    page, ran = browser_page, list[str]()

    def opened(dialog: Dialog) -> None:
        ran.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", opened)
    page.on("request", lambda request: ran.append(request.url) if request.url.endswith("/x") else None)

    mine = f"/vragenlijst/{entry.pk}/"
    answer(entry, by=emma, schools={"01AA00": {"cooperation": "yes"}}, hours="900")
    answer(entry, by=emma, has_targets="yes", partners=Given(("other",), other_text=HOSTILE))
    become(anna)
    page.goto(f"{mine}onderdeel/beleid/")
    topics = page.get_by_label("Waarover gaan die doelstellingen?")
    topics.fill(HOSTILE)
    topics.blur()
    expect(page.locator("#bewaarstatus")).to_contain_text("Opgeslagen om")
    assert sheet(entry).given("target_topics") == Given(HOSTILE)
    answer(entry, by=emma, target_topics=f"{HOSTILE} van Emma")
    topics.fill(f"{HOSTILE} van Anna")
    topics.blur()
    expect(page.locator("[id^=conflict-]")).to_contain_text(f"{HOSTILE} van Emma".replace("  ", " ")[-40:])
    page.get_by_role("button", name="mijn", exact=False).first.click()
    expect(page.locator("#bewaarstatus")).to_contain_text("Opgeslagen om")
    page.goto(f"{mine}controle/")
    page.locator("[name^='explain.']").fill(HOSTILE)
    page.get_by_role("button", name="Toelichtingen opslaan").click()
    parts = ("", "onderdeel/samenwerking/", "onderdeel/beleid/", "antwoorden/", "controle/", "scholen/", "collegas/")
    for part in (*parts, "collegas/geschiedenis/", "scholen/excel/"):
        page.goto(f"{mine}{part}")
        assert page.locator("img[src=x], svg[onload], main script:not([src])").count() == 0, part
    submission = submit(entry_of(entry.wave, entry.library), by=anna)
    page.goto(f"{mine}ontvangst/")
    expect(page.get_by_text("javascript:alert(1)").first).to_be_visible()
    page.goto("/")
    become(staff)
    for part in (f"submission/{submission.pk}/change/", "wave/", f"wave/{entry.wave_id}/respons/", "user/"):
        page.goto(f"/beheer/surveys/{part}")
        assert page.locator("img[src=x], svg[onload]").count() == 0, part
    assert ran == []
