from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from surveys.errors import DomainError
from surveys.files import read_text
from surveys.services.questionnaires import questionnaire_load


class Command(BaseCommand):
    help = "Store the questionnaire of a definition file. A version that a wave was opened with cannot change any more."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.yaml")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            questionnaire, is_changed = questionnaire_load(text=read_text(path), file=str(path))
        except DomainError as error:
            raise CommandError(str(error)) from error
        outcome = _("loaded") if is_changed else _("unchanged")
        self.stdout.write(f"{questionnaire}: {outcome}")
