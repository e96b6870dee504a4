"""Makes a variable that a template of ours doesn't get an error, where Django would print nothing."""

import sys
from pathlib import Path
from types import FrameType

from django.template import Context
from django.template.base import FilterExpression, Node

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


class UnresolvedVariable(AssertionError):
    pass


class FailWhenUnresolved(str):
    """For `string_if_invalid`. Templates of Django, allauth and crispy rely on silence and keep it.

    A filter `default` or `default_if_none` says that the variable may lack.
    """

    __slots__ = ()

    def __bool__(self) -> bool:
        return True  # Django asks this first

    def __contains__(self, key: object) -> bool:
        return key == "%s"  # then this, to know whether to call __mod__ with the variable

    def __mod__(self, variable: object) -> str:
        resolving, template = _where(sys._getframe(1))
        if resolving is not None:
            expression, context = resolving
            if any(function.__name__ in {"default", "default_if_none"} for function, _ in expression.filters):
                return str(expression.resolve(context, ignore_failures=True))
        if template is None or not Path(template).is_relative_to(TEMPLATES):
            return ""
        raise UnresolvedVariable(f"{template} uses {variable}, which it doesn't get.")


def _where(frame: FrameType | None) -> tuple[tuple[FilterExpression, Context] | None, str | None]:
    """Return the expression being resolved with its context, and the file name of the template it stands in."""
    resolving = None
    while frame is not None:
        this = frame.f_locals.get("self")
        if resolving is None and isinstance(this, FilterExpression):
            resolving = this, frame.f_locals["context"]
        if isinstance(this, Node) and frame.f_code.co_name == "render_annotated":
            return resolving, this.origin.name
        frame = frame.f_back
    return resolving, None
