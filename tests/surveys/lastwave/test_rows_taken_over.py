""" "Same as last year" for a row of the roster, and for all that is open."""

import pytest
from django.test import Client

from surveys.instrument import Given
from surveys.models import AnswerOrigin, FrameEntry, Library, User
from tests.factories import (
    SchoolFactory,
    a_year_later,
    answer,
    close,
    entry_of,
    open_wave,
    questionnaire,
    stored,
    submit,
)
from tests.surveys.lastwave.later import SCHOOLS, page, section, value


def test_a_row_takes_over_its_open_cells_in_the_order_of_the_route(
    client: Client, entry: FrameEntry, anna: User
) -> None:
    client.force_login(anna)
    data = {
        "seen": "",
        **{f"r.{school}": "cooperation:0" for school in SCHOOLS},
        f"r.{SCHOOLS[1]}.cooperation": "yes",
        "same": f"r.{SCHOOLS[0]}",
    }
    answered = client.post(section(entry, "samenwerking"), data)
    assert answered["Location"].endswith(f"#rij-{SCHOOLS[0]}")
    cooperation, topics = stored(entry, "cooperation", SCHOOLS[0]), stored(entry, "topics", SCHOOLS[0])
    assert cooperation
    assert topics
    assert (cooperation.value, cooperation.origin) == ("yes", AnswerOrigin.CONFIRMED)
    assert (topics.value, topics.origin) == (["reading", "digital"], AnswerOrigin.CONFIRMED)
    other = stored(entry, "cooperation", SCHOOLS[1])
    assert other
    assert (other.value, other.origin) == ("yes", AnswerOrigin.TYPED), "typed on the same page, in another row"


@pytest.mark.parametrize("shows", ["show.state", "show.order"])
def test_where_a_row_that_is_done_goes_away_the_page_goes_on_at_the_next_one(
    client: Client, entry: FrameEntry, anna: User, shows: str
) -> None:
    client.force_login(anna)
    answered = {
        school: client.post(
            section(entry, "samenwerking"),
            {"seen": "", f"r.{school}": "cooperation:0", "same": f"r.{school}", shows: "open"},
        )["Location"]
        for school in SCHOOLS
    }
    address = f"{section(entry, 'samenwerking')}?{shows}=open"
    assert answered == {SCHOOLS[0]: f"{address}#rij-{SCHOOLS[1]}", SCHOOLS[1]: address}


def test_a_row_takes_over_the_text_of_other(client: Client, library_a: Library, anna: User) -> None:
    SchoolFactory(code=SCHOOLS[0], library=library_a)
    wave = open_wave(questionnaire("other_text"), libraries=[library_a])
    then = Given("other", other_text="De conciërge")
    answer(entry_of(wave, library_a), by=anna, schools={SCHOOLS[0]: {"contact": then}})
    submit(entry_of(wave, library_a), by=anna)
    close(wave)
    entry = a_year_later(wave, library_a)
    client.force_login(anna)
    data = {"seen": "", f"r.{SCHOOLS[0]}": "contact:0", "same": f"r.{SCHOOLS[0]}"}
    client.post(section(entry, "scholen"), data)
    contact = stored(entry, "contact", SCHOOLS[0])
    assert contact
    assert (contact.value, contact.other_text, contact.origin) == ("other", "De conciërge", AnswerOrigin.CONFIRMED)


def test_the_whole_roster_takes_over_only_what_is_open(client: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={SCHOOLS[1]: {"cooperation": "yes"}})
    text = page(client, anna, entry, "samenwerking")
    assert "Alle open locaties overnemen van vorig jaar (1)" in text
    data = {"seen": "", f"r.{SCHOOLS[0]}": "cooperation:0", "same": "r"}
    data |= {f"r.{SCHOOLS[1]}": "cooperation:1,topics:0", f"r.{SCHOOLS[1]}.cooperation": "yes"}
    client.post(section(entry, "samenwerking"), data)
    assert (value(entry, "cooperation", SCHOOLS[0]), value(entry, "cooperation", SCHOOLS[1])) == ("yes", "yes")
    assert value(entry, "topics", SCHOOLS[1]) is None, "it was not asked of this school last year"
    assert "overnemen van vorig jaar" not in page(client, anna, entry, "samenwerking")
