"""Publish the publication of a wave."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from reports.models import Publication
from reports.services.publishing import PublicationRefused, publication_publish


class Command(BaseCommand):
    help = "Make all pages of a publication and show them to the public; nothing happens when a text has a fault."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("survey")
        parser.add_argument("wave", help="School year, for example 2021-2022.")
        parser.add_argument("--note", default="", help="What changed; shown beside the version.")

    def handle(self, *args: Any, **options: Any) -> None:
        publication = Publication.objects.filter(survey=options["survey"], school_year=options["wave"]).first()
        if publication is None:
            message = _("There is no publication of %(survey)s %(wave)s; load one with load_publication.")
            raise CommandError(message % {"survey": options["survey"], "wave": options["wave"]})
        try:
            release = publication_publish(publication=publication, note=options["note"])
        except PublicationRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{publication.slug}: v{release.version}")
