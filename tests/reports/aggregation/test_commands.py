"""Counting and reading figures by hand."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.reports.aggregation.counted import aggregate


def run_command(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_figures_as_json_are_a_list_of_objects(wave):
    aggregate()
    listed = json.loads(run_command("figures", "test", "2024-2025", "--json"))
    names = ("question", "option", "group", "measure")
    by_key = {tuple(item[name] for name in names): item for item in listed}
    share = by_key["partners", "poi", "national", "share"]
    expected = {"value": 50, "k": 1, "n": 2, "n_missing": 0, "N": 2, "flag": "", "unit": "libraries"}
    assert expected.items() <= share.items()
    assert by_key["hours", "", "national", "mean"]["value"] == 9.25
    assert "partners.poi" in run_command("figures", "test", "2024-2025")


def test_commands_refuse_a_wave_that_is_not_there(db):
    for command in ("figures", "aggregate_wave"):
        with pytest.raises(CommandError, match="2024-2025"):
            call_command(command, "test", "2024-2025")
