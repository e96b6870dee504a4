"""The figures of a wave: computed here, or published before."""

from collections.abc import Iterable, Iterator

from reports.figures import PUBLISHED, Figure, FigureSet, Key, figures
from reports.models import FigureRow, PublishedFigure, Run
from reports.selectors.items import items_of
from surveys import dataset
from surveys.dataset import WaveKey


def newest_run(wave: WaveKey) -> Run | None:
    """The newest finished run of the wave."""
    runs = Run.objects.filter(survey=wave.survey, school_year=wave.school_year, state=Run.State.DONE)
    return runs.order_by("-pk").first()


def figures_of(wave: WaveKey) -> FigureSet:
    """The figures of the wave's newest finished run, or, when it has none, what was published of it. Two queries."""
    run = newest_run(wave)
    if run is None:
        return FigureSet(wave.survey, wave.school_year, _first_of_each(_published(wave)))
    found = (_from_row(row) for row in FigureRow.objects.filter(run=run).iterator())
    return FigureSet(wave.survey, wave.school_year, {figure.key: figure for figure in found}, run.pk, run.content_hash)


def waves_with_figures(survey: str) -> list[str]:
    """School years of which there are figures, computed or published, newest first."""
    computed = Run.objects.filter(survey=survey, state=Run.State.DONE)
    published = PublishedFigure.objects.filter(survey=survey)
    years = {*computed.values_list("school_year", flat=True), *published.values_list("school_year", flat=True)}
    return sorted(years, reverse=True)


def known_figures(survey: str) -> dict[Key, Figure]:
    """Every national figure that the survey's waves can have, empty; the newest wave's where they differ."""
    known: dict[Key, Figure] = {}
    for school_year in dataset.all_waves(survey):
        for figure in figures({}, items_of(WaveKey(survey, school_year)), []):
            known.setdefault(figure.key, figure)
    return known


def _from_row(row: FigureRow) -> Figure:
    return Figure(
        row.question,
        row.option,
        row.group,
        row.measure,
        row.unit,
        row.k,
        row.n,
        row.n_missing,
        row.n_eligible,
        row.scale,
        row.n_libraries,
        row.flag,
    )


def _published(wave: WaveKey) -> Iterator[Figure]:
    """Exact before approximate, then as they stood in the file."""
    rows = PublishedFigure.objects.filter(survey=wave.survey, school_year=wave.school_year)
    for row in rows.order_by("is_approximate", "pk"):
        n = row.n or 0
        yield Figure(
            row.question,
            row.option,
            row.group,
            row.measure,
            row.unit,
            0,
            n,
            0,
            n,
            flag=PUBLISHED,
            published_value=row.value,
            is_approximate=row.is_approximate,
        )


def _first_of_each(found: Iterable[Figure]) -> dict[Key, Figure]:
    first: dict[Key, Figure] = {}
    for figure in found:
        first.setdefault(figure.key, figure)
    return first
