"""What commands about one wave have in common."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from surveys.errors import DomainError
from surveys.models import Wave


class WaveCommand(BaseCommand):
    """A command about SURVEY WAVE. What the domain refuses is told in one line, without a traceback."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("survey", help="the survey's code: po, vo")
        parser.add_argument("school_year", metavar="wave", help="the school year: 2021-2022")

    def handle(self, *args: Any, **options: Any) -> None:
        wave = find_wave(options["survey"], options["school_year"])
        try:
            self.handle_wave(wave, **options)
        except DomainError as error:
            raise CommandError(str(error)) from error

    def handle_wave(self, wave: Wave, **options: Any) -> None:
        raise NotImplementedError


def find_wave(survey: str, school_year: str) -> Wave:
    waves = Wave.objects.select_related("survey", "questionnaire")
    wave = waves.filter(survey__code=survey, school_year=school_year).first()
    if wave is None:
        known = ", ".join(f"{row.survey.code} {row.school_year}" for row in waves) or _("none")
        message = _("There is no wave %(survey)s %(year)s. Waves: %(known)s.")
        raise CommandError(message % {"survey": survey, "year": school_year, "known": known})
    return wave
