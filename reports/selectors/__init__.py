"""What reports read: waves, codebooks and submissions from surveys, and the figures of a wave.

The only package here that imports surveys, and of it only `surveys.dataset`.
"""

from reports.selectors.comparisons import Comparison, comparability
from reports.selectors.figures import figures_of, known_figures, newest_run, waves_with_figures
from reports.selectors.items import items_of
from reports.selectors.waves import (
    all_waves,
    closed_waves,
    content_hash,
    counted,
    frame,
    has_wave,
    is_closed,
    mark_aggregated,
    submission_chunks,
    submissions,
    survey_titles,
)
from reports.selectors.words import LinkText, OptionText, QuestionText, SectionText, Texts, question_texts
from surveys.dataset import FrameCell, WaveKey

__all__ = [
    "Comparison",
    "FrameCell",
    "LinkText",
    "OptionText",
    "QuestionText",
    "SectionText",
    "Texts",
    "WaveKey",
    "all_waves",
    "closed_waves",
    "comparability",
    "content_hash",
    "counted",
    "figures_of",
    "frame",
    "has_wave",
    "is_closed",
    "items_of",
    "known_figures",
    "mark_aggregated",
    "newest_run",
    "question_texts",
    "submission_chunks",
    "submissions",
    "survey_titles",
    "waves_with_figures",
]
