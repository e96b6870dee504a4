"""Take in figures of earlier waves of which only totals were published."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from reports.errors import FileRefused, Problem
from reports.services.published import CONCORDANCE, published_import


class Command(BaseCommand):
    help = "Stores published totals, so that trends can show them. All or nothing; the same file twice is once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="CSV with survey, wave, variable, option, measure, value …")
        parser.add_argument(
            "--concordance", type=Path, default=CONCORDANCE, help="CSV that says which figure of ours each is"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        file, concordance = options["file"], options["concordance"]
        try:
            report = published_import(
                text=read(file), file=file.name, concordance=read(concordance), concordance_file=concordance.name
            )
        except FileRefused as refusal:
            raise CommandError("\n".join((_("Nothing was stored."), str(refusal)))) from refusal
        for problem in report.unmapped:
            self.stdout.write(_("left out: %(problem)s") % {"problem": problem})
        text = _("%(new)s new, %(changed)s changed, %(same)s the same, %(left_out)s left out")
        counts = {"new": report.n_new, "changed": report.n_changed, "same": report.n_same}
        self.stdout.write(text % {**counts, "left_out": len(report.unmapped)})


def read(path: Path) -> str:
    """The text of a file. Raises FileRefused when it is not UTF-8, CommandError when it is not there."""
    try:
        content = path.read_bytes()
    except OSError as error:
        message = _("%(file)s cannot be read; is it there? (%(reason)s)")
        raise CommandError(message % {"file": path, "reason": error.strerror}) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileRefused([Problem(path.name, line, _("this is not UTF-8 text"))]) from error
