"""A publication from a folder: publication.yaml and a Markdown file per written chapter. All or nothing, repeatable."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.utils.translation import gettext as _

from reports import livetext
from reports.errors import FileRefused, Problem
from reports.lookup import lookup_of
from reports.models import Chapter, Publication
from reports.selectors import WaveKey, has_wave, survey_titles

FILE = "publication.yaml"
SCHOOL_YEAR = "[[meting]]"
REQUIRED = {"survey": str, "school_year": str, "title": str, "lead": str, "chapters": list}
OPTIONAL = {"about": str, "key_figures": list, "selections": dict, "n_waves": int, "publishes_itself": bool}
CHAPTER_KEYS = ({"slug", "title", "file"}, {"slug", "title", "tables", "intro"})


@dataclass(frozen=True)
class Text:
    """A piece of live text with the place where it starts."""

    text: str
    file: str
    line: int


@dataclass(frozen=True)
class ChapterDefinition:
    slug: str
    title: str
    text: Text


@dataclass(frozen=True)
class Definition:
    """What a folder says. `texts` are the live texts of publication.yaml itself."""

    survey: str
    school_year: str
    title: str
    lead: str
    about: str
    key_figures: list[dict[str, str]]
    selections: dict[str, str]
    n_waves: int
    publishes_itself: bool
    chapters: list[ChapterDefinition]
    texts: list[Text] = field(repr=False)
    selection_lines: dict[str, int] = field(repr=False)


def publication_load(
    *, directory: Path, school_year: str = "", publishes_itself: bool | None = None
) -> tuple[Publication, bool]:
    """Store the publication of a folder, and say whether anything changed. A fault anywhere: FileRefused.

    `school_year` makes the same report for another wave of the survey. References are checked against that wave's
    questionnaire; whether there are figures is for publishing to find out. What is published stays as it is.
    """
    definition = read(directory)
    if school_year:
        definition = replace(definition, school_year=school_year)
    if publishes_itself is not None:
        definition = replace(definition, publishes_itself=publishes_itself)
    _check(definition)
    return _store(definition)


@transaction.atomic
def _store(definition: Definition) -> tuple[Publication, bool]:
    survey_slug, _title = survey_titles()[definition.survey]
    wanted = {
        "slug": f"{survey_slug}-{definition.school_year}",
        "title": definition.title.replace(SCHOOL_YEAR, definition.school_year),
        "lead": definition.lead,
        "about": definition.about,
        "key_figures": definition.key_figures,
        "selections": definition.selections,
        "n_waves": definition.n_waves,
        "publishes_itself": definition.publishes_itself,
    }
    publication, is_changed = Publication.objects.select_for_update(of=("self",)).get_or_create(
        survey=definition.survey, school_year=definition.school_year, defaults=wanted
    )
    if any(getattr(publication, name) != value for name, value in wanted.items()):
        Publication.objects.filter(pk=publication.pk).update(**wanted)
        publication.refresh_from_db()
        is_changed = True
    chapters = [
        (rank, chapter.slug, chapter.title, chapter.text.text)
        for rank, chapter in enumerate(definition.chapters, start=1)
    ]
    if list(publication.chapters.values_list("position", "slug", "title", "markdown")) != chapters:
        _keep_published(publication, {chapter.slug for chapter in definition.chapters})
        publication.chapters.exclude(slug__in=[slug for _rank, slug, *_rest in chapters]).delete()
        for position, slug, title, markdown in chapters:
            Chapter.objects.update_or_create(
                publication=publication,
                slug=slug,
                defaults={"position": position, "title": title, "markdown": markdown},
            )
        is_changed = True
    return publication, is_changed


def _keep_published(publication: Publication, slugs: set[str]) -> None:
    if publication.current is None:
        return
    published = set(publication.current.pages.exclude(path="").values_list("path", flat=True))
    if gone := published - slugs:
        reason = _("Chapters that are published keep their address. Missing: %(slugs)s.")
        raise FileRefused([Problem(FILE, 1, reason % {"slugs": ", ".join(sorted(gone))})])


def _check(definition: Definition) -> None:
    """Whether the wave exists, and everything that the texts name."""
    wave = WaveKey(definition.survey, definition.school_year)
    if definition.survey not in survey_titles() or not has_wave(wave):
        reason = _("There is no wave %(year)s of survey %(survey)s.")
        raise FileRefused([Problem(FILE, 1, reason % {"year": wave.school_year, "survey": wave.survey})])
    lookup = lookup_of(wave, {})
    problems = [
        Problem(FILE, line, _("Unknown question: %(code)s.") % {"code": code})
        for code, line in definition.selection_lines.items()
        if code not in lookup.variables
    ]
    for text in [*definition.texts, *(chapter.text for chapter in definition.chapters)]:
        for fault in livetext.check(livetext.parse(text.text), lookup, has_values=False):
            column = _("column %(column)s") % {"column": fault.column}
            problems.append(Problem(text.file, text.line + fault.line - 1, fault.message, column))
    if problems:
        raise FileRefused(problems)


# --- Reading


class _Refused(Exception):
    def __init__(self, line: int, reason: str) -> None:
        self.problem = Problem(FILE, line, reason)


def read(directory: Path) -> Definition:
    """The folder as it is written, or FileRefused."""
    path = directory / FILE
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, yaml.SafeLoader)
    except FileNotFoundError:
        raise FileRefused(
            [Problem(FILE, 1, _("There is no such file in %(folder)s.") % {"folder": directory})]
        ) from None
    except UnicodeDecodeError:
        raise FileRefused([Problem(FILE, 1, _("The file isn't UTF-8 text."))]) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        start = error.context_mark.line + 1 if error.context_mark else max(line - 1, 1)
        reason = _(
            "not valid YAML: look at indentation, quotation marks, colons and brackets "
            "from line %(line)s on (%(reason)s)"
        )
        told = reason % {"line": start, "reason": error.problem}
        raise FileRefused([Problem(FILE, line, told)]) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        reason = _("not valid YAML: the text holds a character that is not allowed")
        raise FileRefused([Problem(FILE, line, reason)]) from None
    try:
        return _definition(directory, _mapping(node, "publication"))
    except _Refused as refused:
        raise FileRefused([refused.problem]) from None


def _definition(directory: Path, found: dict[str, yaml.Node]) -> Definition:
    _keys(found, set(REQUIRED), set(OPTIONAL))
    values = {key: _value(node, {**REQUIRED, **OPTIONAL}[key]) for key, node in found.items()}
    texts = [Text(values[key], FILE, _first_line(found[key])) for key in ("lead", "about") if key in values]
    key_figures = []
    for node in found["key_figures"].value if "key_figures" in found else ():
        parts = _mapping(node, "key_figures")
        _keys(parts, {"value", "label"}, set())
        key_figures.append({key: _value(parts[key], str) for key in ("value", "label")})
        texts += [Text(_value(part, str), FILE, _first_line(part)) for part in parts.values()]
    selections = _mapping(found["selections"], "selections") if "selections" in found else {}
    chapters = [_chapter(directory, _mapping(node, "chapters")) for node in found["chapters"].value]
    slugs = [chapter.slug for chapter in chapters]
    if len(set(slugs)) < len(slugs):
        raise _Refused(_line(found["chapters"]), _("Two chapters have the same slug."))
    return Definition(
        survey=values["survey"],
        school_year=values["school_year"],
        title=values["title"],
        lead=values["lead"],
        about=values.get("about", ""),
        key_figures=key_figures,
        selections={code: _value(node, str) for code, node in selections.items()},
        n_waves=values.get("n_waves", 3),
        publishes_itself=values.get("publishes_itself", False),
        chapters=chapters,
        texts=texts,
        selection_lines={code: _line(node) for code, node in selections.items()},
    )


def _chapter(directory: Path, found: dict[str, yaml.Node]) -> ChapterDefinition:
    """A written chapter (a file of its own) or one with tables of all questions of a section."""
    if set(found) not in CHAPTER_KEYS:
        line = _line(next(iter(found.values())))
        raise _Refused(line, _("A chapter has a slug and a title, and a file, or tables with an intro."))
    slug, title = _value(found["slug"], str), _value(found["title"], str)
    if "tables" in found:
        markdown = f"{_value(found['intro'], str).strip()}\n\n::: tabellen {_value(found['tables'], str)}\n"
        return ChapterDefinition(slug, title, Text(markdown, FILE, _first_line(found["intro"])))
    name = _value(found["file"], str)
    path = directory / name
    if Path(name).name != name or not path.is_file():
        raise _Refused(_line(found["file"]), _("There is no file %(name)s beside this one.") % {"name": name})
    try:
        return ChapterDefinition(slug, title, Text(path.read_text(encoding="utf-8"), name, 1))
    except UnicodeDecodeError:
        raise _Refused(_line(found["file"]), _("The file %(name)s isn't UTF-8 text.") % {"name": name}) from None


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _first_line(node: yaml.Node) -> int:
    """The line of the first word: of a block text ("|", ">") the line below its sign."""
    return _line(node) + (1 if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">") else 0)


def _mapping(node: yaml.Node | None, name: str) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        line = _line(node) if node else 1
        raise _Refused(line, _("%(name)s must be written as key: value.") % {"name": name})
    return {key.value: value for key, value in node.value}


def _keys(found: dict[str, yaml.Node], required: set[str], optional: set[str]) -> None:
    for key, node in found.items():
        if key not in required | optional:
            raise _Refused(_line(node), _("Unknown key: %(key)s.") % {"key": key})
    if missing := sorted(required - set(found)):
        line = _line(next(iter(found.values()))) if found else 1
        raise _Refused(line, _("Missing: %(keys)s.") % {"keys": ", ".join(missing)})


def _value(node: yaml.Node, kind: type) -> Any:
    """The value of a node, which must be of this kind."""
    try:
        value = yaml.SafeLoader("").construct_object(node, deep=True)
    except (yaml.YAMLError, ValueError):  # a tag of another language, a date that does not exist
        value = None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise _Refused(_line(node), _("Expected another kind of value here."))
    return value
