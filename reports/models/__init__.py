"""Everything that reports keep: runs and their figures, published totals, publications."""

from reports.models.publications import Chapter, Page, Publication, Release
from reports.models.runs import FigureRow, PublishedFigure, Run, RunChunk

__all__ = ["Chapter", "FigureRow", "Page", "Publication", "PublishedFigure", "Release", "Run", "RunChunk"]
