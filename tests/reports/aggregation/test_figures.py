"""From submissions in the database to figures: what is counted, and how the rest reads it."""

import pytest
from django.db import IntegrityError, transaction

from reports import selectors
from reports.figures import Figure
from reports.livetext import words
from reports.models import FigureRow, Run
from reports.services import aggregation
from surveys.instrument import State
from surveys.models import Wave
from tests.factories import LibraryFactory, answer, close, entry_of, open_wave, questionnaire, submit
from tests.reports.aggregation.counted import WAVE, aggregate, find


def test_a_closed_wave_gets_its_figures(wave):
    run = aggregate()
    found = selectors.figures_of(WAVE)
    assert (run.state, run.n_submissions, found.run_id) == (Run.State.DONE, 3, run.pk)
    assert find(found, "response", "", "national", "share") == (3, 4, 0, 4)
    assert find(found, "response", "", "province:Zeeland", "share") == (1, 2, 0, 2)
    assert find(found, "partners", "municipality", "national", "share") == (2, 2, 0, 2)
    assert find(found, "partners", "any", "size:klein", "share") == (1, 1, 0, 1)
    assert find(found, "has_targets", "unknown", "national", "share") == (1, 3, 0, 4)
    assert find(found, "hours", "", "national", "sum") == (185, 2, 1, 4)
    assert find(found, "cooperation", "yes", "national", "share") == (2, 6, 0, 8)
    assert find(found, "cooperating_locations", "", "national", "share") == (2, 3, 0, 4)
    assert find(found, "cooperating_locations", "locations", "national", "pooled_share") == (2, 6, 0, 8)
    assert find(found, "plan_locations", "cooperating_locations", "national", "pooled_share") == (1, 1, 1, 2)
    assert found["hours", "", "national", "mean"].scale == 10
    wave.refresh_from_db()
    assert wave.state == Wave.State.AGGREGATED


def test_an_unknown_number_is_missing_from_its_option_and_from_the_sum(db):
    libraries = LibraryFactory.create_batch(3)
    wave = open_wave(questionnaire("number_per_option"), libraries=libraries)
    for library, incidental in zip(libraries, ("5", State.UNKNOWN, State.NOT_APPLICABLE), strict=True):
        answer(entry_of(wave, library), municipalities={"structural": "2", "incidental": incidental})
        submit(entry_of(wave, library))
    close(wave)
    aggregate()
    found = selectors.figures_of(WAVE)
    assert find(found, "municipalities", "structural", "national", "sum") == (6, 3, 0, 3)
    assert find(found, "municipalities", "incidental", "national", "sum") == (5, 1, 2, 3)
    assert find(found, "municipalities", "", "national", "sum") == (9, 2, 1, 3)
    assert words.shown(found["municipalities", "", "national", "sum"]) == "ten minste 9"
    assert find(found, "municipalities", "structural", "national", "pooled_share") == (4, 9, 0, 9)
    assert find(found, "municipalities", "incidental", "national", "pooled_share") == (5, 9, 0, 9)


def test_a_wave_without_submissions_is_aggregated_too(db):
    close(open_wave(questionnaire("small")))
    run = aggregate()
    assert (run.state, run.n_submissions) == (Run.State.DONE, 0)
    assert find(selectors.figures_of(WAVE), "response", "", "national", "share") == (0, 1, 0, 1)


def test_chunks_give_the_figures_of_the_whole(wave, monkeypatch):
    aggregate()
    whole = dict(selectors.figures_of(WAVE))
    Run.objects.all().delete()
    Wave.objects.update(state=Wave.State.CLOSED)
    monkeypatch.setattr(aggregation, "CHUNK_SIZE", 1)
    run = aggregate()
    assert run.chunks.count() == 3
    assert dict(selectors.figures_of(WAVE)) == whole


def test_a_share_outside_its_base_cannot_be_stored(wave):
    run = aggregate()
    row = FigureRow.objects.filter(measure="share")[0]
    for wrong in ({"k": 5, "n": 4, "n_eligible": 9}, {"k": -1}, {"n_eligible": -1}, {"measure": "guess"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            FigureRow.objects.filter(pk=row.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.filter(pk=run.pk).update(state=Run.State.RUNNING)


def test_every_figure_that_a_wave_can_have_is_known_beforehand(wave):
    aggregate()
    national = {key for key in selectors.figures_of(WAVE) if key[2] == "national"}
    assert set(selectors.known_figures("test")) == national


def test_texts_say_what_was_asked_and_of_whom(wave):
    texts = selectors.question_texts(WAVE)
    assert [section.code for section in texts.sections] == ["samenwerking", "beleid"]
    partners = texts.by_code["partners"]
    assert (partners.text, partners.number) == ("Met welke partners werkt uw bibliotheek samen?", "2.1")
    assert "locaties waarmee wordt samengewerkt" in partners.selection
    assert partners.selection == texts.by_code["plan_locations"].selection
    assert [option.label for option in partners.options][:2] == ["de gemeente", "de POI"]
    assert (texts.by_code["topics"].is_per_school, texts.by_code["hours"].disclosure) == (True, "total_only")
    assert texts.by_code["cooperating_locations"].bases == ("locations",)


def test_comparability_is_read_from_the_register_and_never_guessed(wave):
    assert selectors.comparability(WAVE, "partners", "2024-2025").comparability == "same"
    assert selectors.comparability(WAVE, "partners", "2019-2020").comparability == "none"
    assert selectors.comparability(WAVE, "no_such_question", "2024-2025").comparability == "none"


def test_reading_the_figures_costs_two_queries(wave, django_assert_num_queries):
    aggregate()
    with django_assert_num_queries(2):
        found = selectors.figures_of(WAVE)
    assert all(isinstance(figure, Figure) for figure in found.values())
