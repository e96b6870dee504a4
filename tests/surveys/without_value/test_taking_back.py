"""A choice that was made by mistake is taken back: an emptied answer, stored like any other change."""

from django.test import Client
from django.urls import reverse

from surveys import models
from surveys.models import User
from tests.factories import answer
from tests.surveys.without_value.pages import Open, save, stored


def test_a_row_of_a_matrix_is_taken_back_by_itself(visitor: Client, opened: Open) -> None:
    entry = opened("matrix")
    save(visitor, entry, attention__media_literacy="much", attention__ict_skills="none")
    save(visitor, entry, attention__media_literacy="", attention__ict_skills="none")
    assert stored("attention") == ({"ict_skills": "none"}, "value", 2)
    save(visitor, entry, attention__media_literacy="", attention__ict_skills="")
    assert stored("attention") == (None, "value", 3)


def test_a_choice_is_taken_back_and_what_it_hides_is_kept(visitor: Client, opened: Open, anna: User) -> None:
    entry = opened("small")
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "yes"}})
    answer(entry, by=anna, has_targets="yes")
    answer(entry, by=anna, target_topics="Leesplezier")
    page = reverse("surveys:response-section", args=[entry.pk, "beleid"])
    visitor.post(page, {"seen": "has_targets:1,target_topics:1", "has_targets": "", "target_topics": "Leesplezier"})
    assert stored("has_targets") == (None, "value", 2)
    assert stored("target_topics") == ("Leesplezier", "value", 1)
    reply = visitor.post(page, {"seen": "has_targets:1", "has_targets": "yes"})
    assert reply.status_code == 422, "who saw the older answer hears of it"


def test_taking_back_is_not_choosing_other_because_a_text_stands_there(visitor: Client, opened: Open) -> None:
    entry = opened("other_text")
    errors = save(visitor, entry, main_partner="", main_partner__other_text="het museum")["errors"]
    assert list(errors) == ["main_partner.other_text"]
    assert not models.Answer.objects.exists()
    save(visitor, entry, main_partner="other", main_partner__other_text="het museum")
    save(visitor, entry, main_partner="", main_partner__other_text="het museum")
    assert stored("main_partner") == (None, "value", 2)
