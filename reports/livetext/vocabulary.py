"""What live text can name: questions and totals, their options, groups, waves, and their figures."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reports.figures import ANY, NATIONAL, POSITIVE, PROVINCE, RESPONSE, SIZE, Figure, Key, Kind, Measure

# The values that a filter may have, by its Dutch name, and the start of the group's id in figures.
GROUPS = {
    "grootte": (SIZE, ("klein", "middelgroot", "groot", "xl")),
    "provincie": (
        PROVINCE,
        (
            "Drenthe",
            "Flevoland",
            "Fryslân",
            "Gelderland",
            "Groningen",
            "Limburg",
            "Noord-Brabant",
            "Noord-Holland",
            "Overijssel",
            "Utrecht",
            "Zeeland",
            "Zuid-Holland",
        ),
    ),
}

# Form -> the measure it reads. "" is a reference without "als".
Forms = Mapping[str, Measure]

SHARE_FORMS = ("", "aantal", "van", "woorden", "reeks", "aandeel", "basis")
NUMBER_FORMS: Forms = {
    "som": Measure.SUM,
    "gemiddelde": Measure.MEAN,
    "mediaan": Measure.MEDIAN,
    "aandeel": Measure.SHARE,
    "van": Measure.SHARE,
    "woorden": Measure.SHARE,
    "basis": Measure.MEAN,
}
FORMS = ("aantal", "van", "woorden", "reeks", "top", "basis", "som", "gemiddelde", "mediaan", "aandeel")


@dataclass(frozen=True, slots=True)
class Choice:
    """An option or row: `text` in tables, `label` inside a sentence. `is_rest`: other, none, unknown."""

    code: str
    text: str
    label: str
    parent: str = ""
    is_rest: bool = False


@dataclass(frozen=True, slots=True)
class Earlier:
    """How a question was called in an earlier wave, and how it compares: with the reason when not fully."""

    code: str
    is_break: bool = False
    reason: str = ""


@dataclass(frozen=True)
class Variable:
    """A question or named total of this wave. `selection` says who is asked ("alle bibliotheken")."""

    code: str
    kind: Kind
    text: str
    label: str
    options: tuple[Choice, ...] = ()
    rows: tuple[Choice, ...] = ()
    positive: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    unit: str = ""
    is_per_school: bool = False
    is_open: bool = False
    is_top3: bool = False
    selection: str = ""
    earlier: Mapping[str, Earlier] = field(default_factory=dict)

    @property
    def targets(self) -> dict[str, Forms]:
        """What may follow the code after a dot ("" is the code alone), each with the forms it can take."""
        shares = dict.fromkeys(SHARE_FORMS, Measure.SHARE)
        if self.code == RESPONSE:
            return {"": shares}
        match self.kind:
            case Kind.ONE | Kind.SEVERAL:
                found: dict[str, Forms] = {"": {"top": Measure.SHARE, "basis": Measure.SHARE}}
                found |= {option.code: shares for option in self.options}
                return found | ({ANY: shares} if self.kind is Kind.SEVERAL else {})
            case Kind.MATRIX:
                found = {"": {"top": Measure.SHARE, "basis": Measure.SHARE} if self.positive else {}}
                for row in self.rows:
                    if self.has_mean:
                        found[row.code] = {
                            "": Measure.MEAN,
                            "gemiddelde": Measure.MEAN,
                            "basis": Measure.MEAN,
                        }
                    if self.positive:
                        found[f"{row.code}.{POSITIVE}"] = shares
                    found |= {f"{row.code}.{option.code}": shares for option in self.options}
                return found
            case Kind.NUMBERS:
                parts = {"": Measure.POOLED_SHARE, **NUMBER_FORMS}
                return {"": NUMBER_FORMS} | {option.code: parts for option in self.options}
            case Kind.TEXT:
                return {"": {"aantal": Measure.COUNT}}
            case Kind.NUMBER | Kind.TOTAL:
                pooled = dict.fromkeys(SHARE_FORMS, Measure.POOLED_SHARE)
                return {"": NUMBER_FORMS} | dict.fromkeys(self.bases, pooled) | dict.fromkeys(self.classes, shares)

    @property
    def has_mean(self) -> bool:
        """Whether the scale of a matrix is of numbers."""
        return self.kind is Kind.MATRIX and all(option.code.isdecimal() for option in self.options)

    def ranked(self) -> tuple[tuple[str, Choice], ...]:
        """What "top" chooses from, as (option of the figure, words): no rest options, no children."""
        if self.kind is Kind.MATRIX:
            return tuple((f"{row.code}.{POSITIVE}", row) for row in self.rows)
        return tuple((option.code, option) for option in self.options if not option.is_rest and not option.parent)


@dataclass(frozen=True)
class Lookup:
    """Everything that the text of one wave may name. `waves`: school years, from this wave back.

    `figures` holds per school year that wave's figures; a wave without figures yet has none.
    """

    waves: tuple[str, ...]
    variables: Mapping[str, Variable]
    sections: Mapping[str, tuple[str, ...]]
    figures: Mapping[str, Mapping[Key, Figure]]

    @property
    def this_wave(self) -> str:
        return self.waves[0]

    def figure(self, wave: str, variable: Variable, option: str, measure: str, group: str = NATIONAL) -> Figure | None:
        """The figure, under the code that the question had in that wave."""
        earlier = variable.earlier.get(wave)
        code = earlier.code if earlier else variable.code
        return self.figures.get(wave, {}).get((code, option, group, measure))

    def series(
        self, variable: Variable, option: str, measure: str, group: str = NATIONAL
    ) -> Iterator[tuple[str, Figure]]:
        """The waves with this figure that may stand beside this one, newest first: what the register links.

        A break ends the series: what lies behind it compares with nothing on this side.
        """
        for wave in self.waves:
            if wave != self.this_wave:
                earlier = variable.earlier.get(wave)
                if earlier is not None and earlier.is_break:
                    return
                if earlier is None:
                    continue
            figure = self.figure(wave, variable, option, measure, group)
            if figure is not None and figure.value is not None:
                yield wave, figure

    def base(self, variable: Variable, wave: str) -> Figure | None:
        """A national figure with the base of the question in that wave, or None where it is not known."""
        for option, forms in variable.targets.items():
            for measure in forms.values():
                figure = self.figure(wave, variable, option, measure)
                if figure is not None and figure.n:
                    return figure
        return None
