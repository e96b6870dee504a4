from typing import Any

from surveys.management.commands._wave import WaveCommand
from surveys.models import Submission, Wave
from surveys.services.waves import wave_close


class Command(WaveCommand):
    help = "Close an open wave now. The scheduled task aggregates it; aggregate_wave does so by hand."

    def handle_wave(self, wave: Wave, **options: Any) -> None:
        closed = wave_close(wave=wave, by=None)
        submitted = Submission.objects.filter(response__entry__wave=closed, is_latest=True).count()
        self.stdout.write(f"{closed} is closed: {submitted} of {closed.frame.count()} libraries submitted.")
