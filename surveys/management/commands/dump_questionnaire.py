from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from surveys.files import system_refusal
from surveys.models import Questionnaire
from surveys.services.questionnaires import questionnaire_dump


class Command(BaseCommand):
    help = "Write the definition file of a questionnaire, byte for byte as load_questionnaire reads it."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # Our --version, of the questionnaire, takes the place of the one that tells Django's.
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", help="survey and school year: po-2021-2022")
        parser.add_argument("--version", help="the newest one, when left out")
        parser.add_argument("--out", type=Path, metavar="FILE.yaml", help="standard output, when left out")

    def handle(self, *args: Any, **options: Any) -> None:
        text = questionnaire_dump(questionnaire=_find(options["code"], options["version"]))
        out: Path | None = options["out"]
        if out is None:
            self.stdout.write(text, ending="")
            return
        try:
            out.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise CommandError(f"{out}: {system_refusal(error)}") from error
        self.stdout.write(str(out))


def _find(code: str, version: str | None) -> Questionnaire:
    known = list(Questionnaire.objects.select_related("survey"))
    ours = [row for row in known if f"{row.survey.code}-{row.school_year}" == code]
    if not ours:
        codes = ", ".join(sorted({f"{row.survey.code}-{row.school_year}" for row in known})) or _("none")
        message = _("There is no questionnaire %(code)s. Questionnaires: %(known)s.")
        raise CommandError(message % {"code": code, "known": codes})
    wanted = [row for row in ours if version in (None, row.version)]
    if not wanted:
        versions = ", ".join(sorted(row.version for row in ours))
        message = _("%(code)s has no version %(version)s. Versions: %(known)s.")
        raise CommandError(message % {"code": code, "version": version, "known": versions})
    return max(wanted, key=lambda row: [(len(part), part) for part in row.version.split(".")])
