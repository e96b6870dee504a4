from typing import Any

from django.utils.translation import ngettext

from surveys.management.commands._wave import WaveCommand
from surveys.models import Wave
from surveys.services.waves import wave_open


class Command(WaveCommand):
    help = (
        "Open a draft wave: fix its questionnaire and who is expected, with the schools of the register as it is now."
    )

    def handle_wave(self, wave: Wave, **options: Any) -> None:
        opened = wave_open(wave=wave, by=None)
        expected = opened.frame.count()
        text = ngettext(
            "%(wave)s is open for %(count)s library.", "%(wave)s is open for %(count)s libraries.", expected
        )
        self.stdout.write(text % {"wave": opened, "count": expected})
