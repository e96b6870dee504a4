"""From a wave's questionnaire and figures to what its texts may name: a `livetext.Lookup`."""

from collections.abc import Mapping

from reports.figures import RESPONSE, FigureSet, Kind
from reports.livetext import Choice, Earlier, Lookup, Variable, words
from reports.selectors import (
    OptionText,
    QuestionText,
    Texts,
    WaveKey,
    all_waves,
    comparability,
    figures_of,
    items_of,
    question_texts,
    waves_with_figures,
)

# Single choices don't mark these as exclusive; in charts and rankings they come last all the same.
REST = frozenset({"other", "none", "unknown"})


def lookup_of(wave: WaveKey, selections: Mapping[str, str]) -> Lookup:
    """What texts about the wave may name. `selections`: question code -> who is asked, for all that are asked so."""
    texts = question_texts(wave)
    years = [year for year in waves_with_figures(wave.survey) if year < wave.school_year]
    history = {
        year: question_texts(WaveKey(wave.survey, year)) for year in all_waves(wave.survey) if year < wave.school_year
    }
    called = {texts.by_code[code].selection: name for code, name in selections.items() if code in texts.by_code}
    classes = {item.code: tuple(each.code for each in item.classes) for item in items_of(wave)}
    everybody = called.get(RESPONSE, "alle bibliotheken")
    variables = {RESPONSE: Variable(RESPONSE, Kind.ONE, "Respons", "respons", is_open=True, selection=everybody)}
    for text in texts.by_code.values():
        earlier = _earlier(text, wave, history)
        variables[text.code] = _variable(text, classes.get(text.code, ()), called, earlier)
    figures: dict[str, FigureSet] = {
        year: figures_of(WaveKey(wave.survey, year)) for year in (wave.school_year, *years)
    }
    return Lookup((wave.school_year, *years), variables, _sections(texts), figures)


def _variable(
    text: QuestionText, classes: tuple[str, ...], called: Mapping[str, str], earlier: Mapping[str, Earlier]
) -> Variable:
    return Variable(
        text.code,
        text.kind,
        words.capitalised(text.text),
        text.label,
        options=tuple(_choice(option) for option in text.options),
        rows=tuple(_choice(row) for row in text.rows),
        positive=text.positive,
        bases=text.bases,
        classes=classes,
        unit=words.UNITS.get(text.unit, text.unit),
        is_per_school=text.is_per_school,
        is_open=text.disclosure == "open",
        is_top3=text.is_top3,
        selection=called.get(text.selection, text.selection),
        earlier=earlier,
    )


def _choice(option: OptionText) -> Choice:
    is_rest = option.is_exclusive or option.has_text or option.code in REST
    return Choice(option.code, option.text.removesuffix(", namelijk"), option.label, option.parent, is_rest)


def _earlier(text: QuestionText, wave: WaveKey, history: Mapping[str, Texts]) -> dict[str, Earlier]:
    """The register read back in time: this wave's entries, then those of the waves that it compares with itself."""
    found = {link.school_year: _entry(link.question, link.comparability, link.reason) for link in text.links}
    for year in history:
        if year not in found:
            compared = comparability(wave, text.code, year)
            if compared.comparability != "none":
                found[year] = _entry(compared.question, compared.comparability, compared.reason)
    for year in sorted(found.keys() & history.keys(), reverse=True):
        step = found[year]
        then = history[year].by_code.get(step.code)
        for link in then.links if then else ():
            further = _entry(link.question, link.comparability, link.reason)
            found.setdefault(
                link.school_year,
                Earlier(further.code, step.is_break or further.is_break, further.reason or step.reason),
            )
    return found


def _entry(code: str, compares: str, reason: str) -> Earlier:
    return Earlier(code, compares == "break", "" if compares == "same" else reason)


def _sections(texts: Texts) -> dict[str, tuple[str, ...]]:
    """The questions of each section; the totals over the roster go with the section that asks about schools first."""
    sections = {section.code: [question.code for question in section.questions] for section in texts.sections}
    for section in texts.sections:
        if any(question.is_per_school for question in section.questions):
            sections[section.code] += [total.code for total in texts.totals]
            break
    return {code: tuple(codes) for code, codes in sections.items()}
