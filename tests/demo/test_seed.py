"""The demo as it is filled: what real doors make of the generated answers is what was published."""

import re

import pytest
from django.test import Client

from reports import selectors
from reports.selectors import WaveKey
from surveys.models import Response, Wave
from tools.demo import seed
from tools.demo.answers.check import (
    CONCORDANCE,
    CONTRADICTIONS,
    MAPPED_BY,
    NAMED_BY,
    PUBLISHED,
    WAVES,
    agrees,
    read,
    rounded,
)


def text(client: Client, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 200, address
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


@pytest.mark.django_db
def test_seeded_demo_gives_the_published_figures_on_its_pages(client: Client) -> None:
    seed.seed(lambda _line: None)
    assert_figures_hold()
    assert_pages_say_so(client)
    assert_open_wave_is_half_way()


def assert_figures_hold() -> None:
    """Every published figure of the two waves that belongs to a question, computed by import, run and figures."""
    mapping = {tuple(row[name] for name in MAPPED_BY): row for row in read(CONCORDANCE)}
    contradicted = {tuple(row[name] for name in NAMED_BY) for row in read(CONTRADICTIONS)}
    figures = {wave: selectors.figures_of(WaveKey(*wave)) for wave in WAVES}
    compared, wrong = 0, []
    for row in read(PUBLISHED):
        wave, target = (row["survey"], row["wave"]), mapping[tuple(row[name] for name in MAPPED_BY)]
        if wave not in figures or not target["question"] or tuple(row[name] for name in NAMED_BY) in contradicted:
            continue
        group = "size:xl" if "size_xl" in row["selection"] else "national"
        figure = figures[wave][target["question"], target["figure_option"], group, target["figure_measure"]]
        assert figure.value is not None
        value = figure.value / int(target["factor"] or 1)
        if row["unit"] == "percent" and target["figure_measure"] == "mean":
            value /= 100
        compared += 1
        if not agrees(row, value):
            wrong.append((row["variable"], row["option"], row["value"], rounded(row, value)))
    assert wrong == []
    assert compared > 150


def assert_pages_say_so(client: Client) -> None:
    policy = text(client, "/publicaties/primair-onderwijs-2021-2022/netwerk-en-beleid/")
    for words in (
        "had 97% van de bibliotheken",
        "de gemeente (92%)",
        "(79%)",
        "(75%)",
        "culturele instellingen (73%)",
        "N: 135",
        "van 54% in 2019-2020 en 62% in 2020-2021 naar 75% in 2021-2022",
        "van 81% in 2019-2020 naar 92% in 2021-2022",
        "ongeveer 60% in 2019-2020 en ongeveer 60% in 2020-2021 naar 39% in 2021-2022",
    ):
        assert words in policy, words
    review = text(client, "/publicaties/voortgezet-onderwijs-2022-2023/terugblik/")
    for words in (
        "de manier van samenwerken (70%)",
        "de expertise van de bibliotheek (45%)",
        "van 18% in 2021-2022 naar 27% in 2022-2023",
        "noemt 98% ten minste één knelpunt",
        "van 45% in 2021-2022 naar 57% in 2022-2023",
        "de borging van de samenwerking (43%)",
        "N: 122",
        "bereikt 50% minder scholen",
        "N: 36",
    ):
        assert words in review, words
    assert review.count("(30%)") == 2, "priority in education and funding"


def assert_open_wave_is_half_way() -> None:
    wave = Wave.objects.get(state=Wave.State.OPEN)
    responses = Response.objects.filter(entry__wave=wave)
    submitted = responses.filter(state=Response.State.SUBMITTED).count()
    assert (submitted, responses.count(), wave.frame.count()) == (60, 91, 134)
    assert wave.school_year.endswith(f"-{wave.reference_date:%Y}"), "the day on which the school year ended"
