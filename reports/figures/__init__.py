"""From answers to figures: shares, sums, means, pooled shares …, each with its base and its missing.

Pure: no Django, no database. `counting` tallies the cells of submissions and adds tallies up; `measures`
reads every figure off a merged tally; `figure` is the number itself, its rounding and how readers see it.
"""

from reports.figures.counting import Class, Item, Kind, Tally, merge, tally
from reports.figures.figure import (
    ALL,
    ANY,
    FULL_BASE,
    LIBRARIES,
    LOCATIONS,
    NATIONAL,
    OPTIONS,
    POSITIVE,
    PROVINCE,
    PUBLISHED,
    RESPONSE,
    SHARES,
    SIZE,
    SMALLEST_PERCENT_BASE,
    Figure,
    FigureSet,
    Key,
    Measure,
    dutch,
    half_up,
    percent,
    show,
    show_of,
    show_percent,
)
from reports.figures.measures import FrameCell, figures

__all__ = [
    "ALL",
    "ANY",
    "FULL_BASE",
    "LIBRARIES",
    "LOCATIONS",
    "NATIONAL",
    "OPTIONS",
    "POSITIVE",
    "PROVINCE",
    "PUBLISHED",
    "RESPONSE",
    "SHARES",
    "SIZE",
    "SMALLEST_PERCENT_BASE",
    "Class",
    "Figure",
    "FigureSet",
    "FrameCell",
    "Item",
    "Key",
    "Kind",
    "Measure",
    "Tally",
    "dutch",
    "figures",
    "half_up",
    "merge",
    "percent",
    "show",
    "show_of",
    "show_percent",
    "tally",
]
