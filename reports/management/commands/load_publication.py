"""Load a publication from a folder with publication.yaml and Markdown files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from reports.errors import FileRefused
from reports.services.loading import publication_load


class Command(BaseCommand):
    help = "Load or update the texts of a publication; readers see them when it is published."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path)
        parser.add_argument("--school-year", default="", help="Make the report for another wave of the survey.")
        parser.add_argument(
            "--publishes-itself",
            action="store_true",
            default=None,
            help="Publish right after each aggregation of the wave.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            publication, is_changed = publication_load(
                directory=options["directory"],
                school_year=options["school_year"],
                publishes_itself=options["publishes_itself"],
            )
        except FileRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        outcome = _("loaded") if is_changed else _("unchanged")
        self.stdout.write(f"{publication.slug}: {outcome}")
