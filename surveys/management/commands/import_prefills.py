from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from surveys.management.commands._wave import WaveCommand
from surveys.models import Wave
from surveys.services.prefills import prefills_import


class Command(WaveCommand):
    help = "Put values that the KB knows from elsewhere beside the questions of an open wave, for libraries to confirm."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "file", type=Path, metavar="FILE.csv", help="columns: library, question, value, and school where needed"
        )
        parser.add_argument("--source", required=True, help='where they come from: "Datawarehouse, 1 september 2026"')

    def handle_wave(self, wave: Wave, **options: Any) -> None:
        report = prefills_import(wave=wave, path=options["file"], source=options["source"])
        self.stdout.write(_("%(wave)s: values: %(report)s") % {"wave": wave, "report": report})
