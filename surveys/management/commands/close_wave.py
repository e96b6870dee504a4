from typing import Any

from django.utils.translation import ngettext

from surveys.management.commands._wave import WaveCommand
from surveys.models import Submission, Wave
from surveys.services.waves import wave_close


class Command(WaveCommand):
    help = "Close an open wave now. The scheduled task aggregates it; aggregate_wave does so by hand."

    def handle_wave(self, wave: Wave, **options: Any) -> None:
        closed = wave_close(wave=wave, by=None)
        submitted = Submission.objects.filter(response__entry__wave=closed, is_latest=True).count()
        expected = closed.frame.count()
        text = ngettext(
            "%(wave)s is closed: %(submitted)s of %(expected)s library submitted.",
            "%(wave)s is closed: %(submitted)s of %(expected)s libraries submitted.",
            expected,
        )
        self.stdout.write(text % {"wave": closed, "submitted": submitted, "expected": expected})
