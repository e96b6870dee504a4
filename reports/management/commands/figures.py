"""Print every figure of a wave."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from reports import selectors
from reports.figures import Figure, show


class Command(BaseCommand):
    help = "Prints every figure of a wave: of its newest aggregation or, when it has none, as published."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("survey", help="po or vo")
        parser.add_argument("wave", help="its school year, such as 2021-2022")
        parser.add_argument("--json", action="store_true", help="as a list of objects")

    def handle(self, *args: Any, **options: Any) -> None:
        found = selectors.figures_of(selectors.WaveKey(options["survey"], options["wave"]))
        if not found:
            raise CommandError(_("There are no figures of wave %(wave)s of %(survey)s.") % options)
        if options["json"]:
            self.stdout.write(json.dumps([as_object(figure) for figure in found.values()], ensure_ascii=False))
            return
        self.stdout.write(LINE.format("figure", "group", "measure", "value", "k", "n", "missing", "N", "flag"))
        for figure in found.values():
            self.stdout.write(
                LINE.format(
                    f"{figure.question}.{figure.option}".rstrip("."),
                    figure.group,
                    figure.measure,
                    show(figure),
                    figure.k,
                    figure.n,
                    figure.n_missing,
                    figure.N,
                    figure.flag,
                ).rstrip()
            )


LINE = "{:<60} {:<24} {:<12} {:>16} {:>9} {:>9} {:>8} {:>9}  {}"


def as_object(figure: Figure) -> dict[str, Any]:
    """The figure as an object of the list. A share's value is in whole percents; k and n are the truth.

    `k` of sums, means and the like is in units of 1/`scale`. Of a published total `k` is not known, and `n`
    and `N` are null where no base was published.
    """
    number = figure.number
    is_unknown = figure.is_published_only
    return {
        "question": figure.question,
        "option": figure.option,
        "group": figure.group,
        "measure": figure.measure,
        "value": None if number is None else int(number) if number == int(number) else float(number),
        "k": None if is_unknown else figure.k,
        "n": None if is_unknown and not figure.n else figure.n,
        "n_missing": None if is_unknown else figure.n_missing,
        "N": None if is_unknown and not figure.N else figure.N,
        "flag": figure.flag,
        "unit": figure.unit,
        "n_libraries": figure.n_libraries,
        "scale": figure.scale,
        "is_approximate": figure.is_approximate,
    }
