"""Questionnaires in and out: a definition becomes rows, and rows become a definition again."""

from django.db import transaction
from django.utils.translation import gettext as _

from surveys import definition, instrument, models
from surveys.compiled import compiled
from surveys.errors import QuestionnaireFrozen
from surveys.instrument import Instrument

SURVEY_SLUGS = {
    "po": ("primair-onderwijs", "Primair onderwijs"),
    "vo": ("voortgezet-onderwijs", "Voortgezet onderwijs"),
}


@transaction.atomic
def questionnaire_load(*, text: str, file: str) -> tuple[models.Questionnaire, bool]:
    """Store the questionnaire of a definition file; says whether anything changed.

    The same definition again changes nothing. A changed definition replaces a version that is not frozen yet, and
    raises QuestionnaireFrozen for one that is: give it a new version number. Raises FileRefused for a broken file.
    """
    wanted = definition.parse(text, file)
    survey = _survey(wanted)
    existing = (
        models.Questionnaire.objects.select_for_update(of=("self",))
        .select_related("survey")
        .filter(survey=survey, school_year=wanted.school_year, version=wanted.version)
        .first()
    )
    if existing is not None:
        if compiled(existing).instrument == wanted:
            return existing, False
        if existing.frozen_at is not None:
            raise QuestionnaireFrozen(
                _(
                    "Questionnaire %(code)s version %(version)s is frozen, because a wave has been opened with it. "
                    "Give the changed definition a new version number."
                )
                % {"code": wanted.code, "version": wanted.version}
            )
        if existing.waves.exists():
            raise QuestionnaireFrozen(
                _("A draft wave uses this version. Choose another questionnaire there, or give this a new version.")
            )
        existing.delete()
    return _store(survey, wanted), True


def questionnaire_dump(*, questionnaire: models.Questionnaire) -> str:
    """The definition file of a questionnaire, byte for byte what loading it started from."""
    return definition.dump(compiled(questionnaire).instrument)


def _survey(wanted: Instrument) -> models.Survey:
    slug, title = SURVEY_SLUGS.get(wanted.survey, (wanted.survey, wanted.survey.upper()))
    return models.Survey.objects.get_or_create(code=wanted.survey, defaults={"slug": slug, "title": title})[0]


def _store(survey: models.Survey, wanted: Instrument) -> models.Questionnaire:
    questionnaire = models.Questionnaire.objects.create(
        survey=survey,
        school_year=wanted.school_year,
        version=wanted.version,
        title=wanted.title,
        intro=wanted.intro,
        reason=wanted.reason,
        minutes=wanted.minutes,
        school_kinds=list(wanted.school_kinds),
    )
    questions = _store_questions(questionnaire, wanted)
    totals = _store_totals(questionnaire, wanted, questions)
    _store_references(wanted, questions, totals)
    models.Check.objects.bulk_create(
        models.Check(
            questionnaire=questionnaire,
            question=questions[check.question],
            code=check.code,
            position=position,
            severity=check.severity,
            message=check.message,
            minimum=check.minimum,
            maximum=check.maximum,
            at_most_question=questions.get(check.at_most_question),
            at_most_total=totals.get(check.at_most_total),
            plus=list(check.plus),
            change_percent=check.change_percent,
            change_floor=check.change_floor,
            is_complete_row=check.is_complete_row,
        )
        for position, check in enumerate(wanted.checks)
    )
    return questionnaire


def _store_questions(questionnaire: models.Questionnaire, wanted: Instrument) -> dict[str, models.Question]:
    sections = models.Section.objects.bulk_create(
        models.Section(
            questionnaire=questionnaire,
            code=section.code,
            title=section.title,
            help=section.help,
            position=position,
        )
        for position, section in enumerate(wanted.sections)
    )
    by_code = {section.code: section for section in sections}
    rows = models.Question.objects.bulk_create(
        models.Question(
            questionnaire=questionnaire,
            section=by_code[wanted.section_of[question.code].code],
            code=question.code,
            position=position,
            level=question.level,
            type=question.type,
            text=question.text,
            label=question.label,
            help=question.help,
            column=question.column,
            unit=question.unit,
            positive=list(question.positive),
            options_except=list(question.options_except),
            disclosure=question.disclosure,
        )
        for position, question in enumerate(wanted.questions.values())
    )
    questions = {row.code: row for row in rows}
    for question in wanted.questions.values():
        _store_options(questions[question.code], question)
    return questions


def _store_options(row: models.Question, question: instrument.Question) -> None:
    stored: dict[str, models.Option] = {}
    for position, option in enumerate(question.options):
        stored[option.code] = models.Option(
            question=row,
            code=option.code,
            text=option.text,
            label=option.label,
            position=position,
            is_exclusive=option.is_exclusive,
            has_text=option.has_text,
        )
    parents = [option for option in question.options if not option.parent]
    children = [option for option in question.options if option.parent]
    models.Option.objects.bulk_create(stored[option.code] for option in parents)
    for option in children:
        stored[option.code].parent = stored[option.parent]
    models.Option.objects.bulk_create(stored[option.code] for option in children)
    models.Row.objects.bulk_create(
        models.Row(question=row, code=item.code, text=item.text, label=item.label, position=position)
        for position, item in enumerate(question.rows)
    )


def _store_totals(
    questionnaire: models.Questionnaire, wanted: Instrument, questions: dict[str, models.Question]
) -> dict[str, models.Total]:
    rows = models.Total.objects.bulk_create(
        models.Total(
            questionnaire=questionnaire,
            code=total.code,
            label=total.label,
            position=position,
            sum_of=questions.get(total.sum_of),
            unit=total.unit,
            share_of=list(total.share_of),
        )
        for position, total in enumerate(wanted.totals)
    )
    return {row.code: row for row in rows}


def _store_references(
    wanted: Instrument, questions: dict[str, models.Question], totals: dict[str, models.Total]
) -> None:
    """Whatever points at questions and totals, now that all of them have a key."""
    terms: list[models.Term] = []
    links: list[models.Link] = []
    for question in wanted.questions.values():
        row = questions[question.code]
        if question.options_from or question.share_of:
            row.options_from = questions.get(question.options_from)
            row.share_of = totals.get(question.share_of)
            row.save(update_fields=("options_from", "share_of"))
        terms += _terms(question.condition, questions, totals, question=row)
        links += _links(question.links, question=row)
    for total in wanted.totals:
        terms += _terms(total.condition, questions, totals, total=totals[total.code])
        links += _links(total.links, total=totals[total.code])
    models.Term.objects.bulk_create(terms)
    models.Link.objects.bulk_create(links)


def _terms(
    condition: instrument.Condition,
    questions: dict[str, models.Question],
    totals: dict[str, models.Total],
    question: models.Question | None = None,
    total: models.Total | None = None,
) -> list[models.Term]:
    kinds = instrument.SourceKind
    return [
        models.Term(
            question=question,
            total=total,
            group=group_number,
            position=position,
            operator=term.operator,
            source_question=questions[term.source] if term.kind is kinds.QUESTION else None,
            source_total=totals[term.source] if term.kind is kinds.TOTAL else None,
            source_library=term.source if term.kind is kinds.LIBRARY else "",
            source_last_wave=term.source if term.kind is kinds.LAST_WAVE else "",
            values=list(term.values),
        )
        for group_number, group in enumerate(condition)
        for position, term in enumerate(group)
    ]


def _links(
    links: tuple[instrument.Link, ...],
    question: models.Question | None = None,
    total: models.Total | None = None,
) -> list[models.Link]:
    return [
        models.Link(
            question=question,
            total=total,
            position=position,
            school_year=link.school_year,
            earlier_code=link.question,
            comparability=link.comparability,
            reason=link.reason,
        )
        for position, link in enumerate(links)
    ]
