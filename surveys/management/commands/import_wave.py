from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from surveys.management.commands._wave import WaveCommand
from surveys.models import Wave
from surveys.services.exchange import wave_import


class Command(WaveCommand):
    help = "Store and submit the answers in files, in an open wave. Every problem is told; with one, nothing is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--responses", type=Path, required=True, metavar="FILE.csv")
        parser.add_argument("--schools", type=Path, metavar="FILE.csv")
        parser.add_argument("--rosters", type=Path, metavar="FILE.csv", help="roster.csv: schools that came and went")
        parser.add_argument("--draft", action="store_true", help="store the answers without submitting them")

    def handle_wave(self, wave: Wave, **options: Any) -> None:
        report = wave_import(
            wave=wave,
            responses=options["responses"],
            schools=options["schools"],
            rosters=options["rosters"],
            draft=options["draft"],
        )
        self.stdout.write(_("%(wave)s: libraries: %(report)s") % {"wave": wave, "report": report})
