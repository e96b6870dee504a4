from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from surveys.errors import DomainError
from surveys.services.registers import libraries_import


class Command(BaseCommand):
    help = "Make the register of libraries what the file says. With any problem in it, nothing is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.csv")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = libraries_import(path=options["file"])
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(_("libraries: %(report)s") % {"report": report})
