from typing import Any

from surveys.management.commands._wave import WaveCommand
from surveys.models import Wave
from surveys.services.waves import wave_open


class Command(WaveCommand):
    help = (
        "Open a draft wave: fix its questionnaire and who is expected, with the schools of the register as it is now."
    )

    def handle_wave(self, wave: Wave, **options: Any) -> None:
        opened = wave_open(wave=wave, by=None)
        self.stdout.write(f"{opened} is open for {opened.frame.count()} libraries.")
