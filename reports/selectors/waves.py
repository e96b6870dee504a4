"""The waves of surveys and what was submitted in them."""

from collections.abc import Iterator, Mapping
from typing import Any

from surveys import dataset
from surveys.dataset import FrameCell, WaveKey


def closed_waves() -> list[WaveKey]:
    """Waves that are closed and not aggregated yet, and those in which somebody submitted after closing."""
    return dataset.closed_waves()


def all_waves(survey: str) -> list[str]:
    """The school years in which the survey was held here, newest first."""
    return dataset.all_waves(survey)


def survey_titles() -> dict[str, tuple[str, str]]:
    """Slug and title of each survey, by its code."""
    return dataset.survey_titles()


def has_wave(wave: WaveKey) -> bool:
    return wave.school_year in dataset.all_waves(wave.survey)


def frame(wave: WaveKey) -> list[FrameCell]:
    return dataset.frame(wave)


def submission_chunks(wave: WaveKey, size: int) -> list[tuple[int, int]]:
    return dataset.submission_chunks(wave, size)


def counted(wave: WaveKey, first_id: int, last_id: int) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Province, size class and what is to be counted of each submission."""
    return dataset.counted(wave, first_id, last_id)


def submissions(wave: WaveKey, first_id: int, last_id: int) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Province, size class and snapshot of each, streamed."""
    return dataset.submissions(wave, first_id, last_id)


def content_hash(wave: WaveKey) -> str:
    return dataset.content_hash(wave)


def is_closed(wave: WaveKey, *, hold: bool = False) -> bool:
    """Whether the wave is closed; with `hold` it stays so until the transaction ends."""
    return dataset.is_closed(wave, hold=hold)


def mark_aggregated(wave: WaveKey) -> None:
    dataset.mark_aggregated(wave)
