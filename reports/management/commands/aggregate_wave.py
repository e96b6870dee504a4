"""Count a closed wave here and now, as the scheduled tasks do."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from reports import selectors
from reports.errors import ReportsError
from reports.services.aggregation import wave_aggregate
from reports.services.publishing import publish_after_aggregation


class Command(BaseCommand):
    help = "Makes the figures of a closed wave, and lets its publication take them over. Twice is once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("survey", help="po or vo")
        parser.add_argument("wave", help="its school year, such as 2021-2022")

    def handle(self, *args: Any, **options: Any) -> None:
        wave = selectors.WaveKey(options["survey"], options["wave"])
        if not selectors.has_wave(wave):
            raise CommandError(_("There is no wave %(wave)s of %(survey)s.") % options)
        try:
            run = wave_aggregate(wave=wave, publish=publish_after_aggregation)
        except ReportsError as refusal:
            raise CommandError(str(refusal)) from refusal
        counts = {"run": run, "submissions": run.n_submissions, "figures": run.figures.count()}
        self.stdout.write(_("%(run)s: submissions: %(submissions)s, figures: %(figures)s") % counts)
