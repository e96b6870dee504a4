"""The administration of the publication side."""

from reports.admin import publications, runs

__all__ = ["publications", "runs"]
