"""A small wave with figures as if counted, and a publication about it."""

from typing import Any

from django.utils import timezone

from reports.figures import Figure, Measure
from reports.models import Chapter, FigureRow, Publication, PublishedFigure, Run
from reports.selectors import WaveKey
from surveys.models import Wave
from tests.factories import open_wave, questionnaire

WAVE = WaveKey("test", "2024-2025")
PARTNERS = {"municipality": 124, "poi": 107, "other": 12, "none": 4, "any": 131}
CHAPTER = """## [[partners.any als woorden bibliotheken]] hebben partners

Het vaakst noemen zij [[partners als top 2]].

::: grafiek partners Met wie bibliotheken samenwerken
"""


def small_wave() -> Wave:
    """The wave of tests/questionnaires/small.yaml."""
    return open_wave(questionnaire("small"))


def share(question: str, option: str, k: int, n: int = 135, group: str = "national") -> Figure:
    return Figure(question, option, group, Measure.SHARE, "libraries", k, n, 0, n, n_libraries=n)


def counted(partners: dict[str, int] = PARTNERS) -> list[Figure]:
    """Figures of 135 libraries that work with 5.298 of 6.590 school locations."""
    number: dict[str, Any] = {"n_libraries": 135}
    return [
        Figure("response", "", "national", Measure.SHARE, "libraries", 135, 137, 0, 137, n_libraries=137),
        *(share("partners", option, k) for option, k in partners.items()),
        *(share("has_targets", option, k) for option, k in {"yes": 53, "no": 70, "unknown": 12}.items()),
        Figure("hours", "", "national", Measure.SUM, "uren", 24975, 135, 0, 137, 10, **number),
        Figure("hours", "", "national", Measure.MEAN, "uren", 24975, 135, 0, 137, 10, **number),
        Figure("hours", "", "national", Measure.MEDIAN, "uren", 180, 135, 0, 137, 10, **number),
        Figure("cooperating_locations", "", "national", Measure.SUM, "locations", 5298, 135, 0, 137, **number),
        Figure(
            *("cooperating_locations", "locations", "national", Measure.POOLED_SHARE, "locations"),
            *(5298, 6590, 0, 6590),
            **number,
        ),
        Figure(
            *("cooperation", "yes", "national", Measure.SHARE, "locations", 5298, 6590, 0, 6590),
            **number,
        ),
    ]


def store(figures: list[Figure], wave: WaveKey = WAVE) -> Run:
    """The figures of a finished run."""
    run = Run.objects.create(
        survey=wave.survey,
        school_year=wave.school_year,
        state=Run.State.DONE,
        finished_at=timezone.now(),
        code_version="test",
        content_hash=f"{Run.objects.count()}",
    )
    FigureRow.objects.bulk_create(
        FigureRow(
            run=run,
            question=figure.question,
            option=figure.option,
            group=figure.group,
            measure=figure.measure,
            unit=figure.unit,
            k=figure.k,
            n=figure.n,
            n_missing=figure.n_missing,
            n_eligible=figure.N,
            scale=figure.scale,
            n_libraries=figure.n_libraries,
        )
        for figure in figures
    )
    return run


def published_before(question: str, option: str, value: int, school_year: str) -> PublishedFigure:
    """A total of a wave that was never held here."""
    return PublishedFigure.objects.create(
        survey="test",
        group="national",
        school_year=school_year,
        question=question,
        option=option,
        measure=Measure.SHARE,
        value=value,
        unit="percent",
        published_variable=question,
        published_option=option,
        published_measure="percentage",
        selection="all",
        source_url="https://example.nl/rapport",
    )


def publication(*chapters: str, **more: Any) -> Publication:
    """A publication of the small wave with these chapter texts ("een", "twee" …), one by default."""
    found = Publication.objects.create(
        survey=WAVE.survey,
        school_year=WAVE.school_year,
        slug="proef-2024-2025",
        title="Samenwerking 2024-2025",
        **{
            "lead": "[[response als van]] bibliotheken deden mee.",
            "key_figures": [{"value": "[[partners.poi]]", "label": "noemt de POI ([[partners als basis]])"}],
            **more,
        },
    )
    slugs = ["een", "twee", "drie"]
    for position, markdown in enumerate(chapters or [CHAPTER], start=1):
        slug = slugs[position - 1]
        Chapter.objects.create(
            publication=found, slug=slug, title=f"Hoofdstuk {slug}", position=position, markdown=markdown
        )
    return found
