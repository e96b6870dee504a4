from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from surveys.files import system_refusal
from surveys.management.commands._wave import WaveCommand
from surveys.models import Wave
from surveys.services.exchange import wave_export


class Command(WaveCommand):
    help = "Write what was submitted in a wave as responses.csv, schools.csv, codebook.csv and roster.csv."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")

    def handle_wave(self, wave: Wave, **options: Any) -> None:
        try:
            paths = wave_export(wave=wave, folder=options["out"])
        except OSError as error:
            raise CommandError(f"{error.filename}: {system_refusal(error)}") from error
        self.stdout.write("\n".join(map(str, paths)))
