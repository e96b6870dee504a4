from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from surveys.errors import DomainError
from surveys.services.registers import schools_import


class Command(BaseCommand):
    help = "Make the register of school locations what the file says; schools it lacks are marked as gone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.csv")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = schools_import(path=options["file"])
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(_("school locations: %(report)s") % {"report": report})
