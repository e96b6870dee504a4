"""What is the same on many pages is drawn once per process."""

from collections.abc import Mapping
from typing import Any

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_form
from django import forms, template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token, token_kwargs
from django.template.loader_tags import BlockNode
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

MOST = 1000  # drawn pieces that one place of a template keeps


class OnceNode(Node):
    def __init__(self, nodelist: NodeList, values: Mapping[str, FilterExpression]) -> None:
        self.nodelist = nodelist
        self.values = values
        self.drawn: dict[tuple[Any, ...], SafeString] = {}

    def render(self, context: template.Context) -> SafeString:
        values = {name: value.resolve(context) for name, value in self.values.items()}
        # With their types, as a text that is safe to show may equal one that isn't.
        key = (get_language(), *values.values(), *map(type, values.values()))
        drawn = self.drawn.get(key)
        if drawn is None:
            if len(self.drawn) >= MOST:
                self.drawn.clear()
            drawn = self.drawn[key] = self.nodelist.render(context.new(values))
        return drawn


@register.tag
def once(parser: Parser, token: Token) -> OnceNode:
    """{% once %}…{% endonce %} around texts, addresses and files that never differ.

    {% once id=entry.pk title=section.title %} around what differs with these values alone: it is drawn once for each
    of them. Inside there are no other variables; the values are texts, numbers and yes or no.
    """
    words = token.split_contents()[1:]
    values = token_kwargs(words, parser)
    if words:
        raise template.TemplateSyntaxError(f"once takes values by name, such as id=entry.pk, and not {words[0]}.")
    nodelist = parser.parse(("endonce",))
    parser.delete_first_token()
    if nodelist.get_nodes_by_type(BlockNode):
        raise template.TemplateSyntaxError("A block differs from page to page: it cannot stand in {% once %}.")
    return OnceNode(nodelist, values)


_empty_forms: dict[tuple[type[forms.BaseForm], str | None], SafeString] = {}


@register.filter
def crispy_once(form: forms.BaseForm) -> SafeString:
    """As `crispy`; a form that nobody has filled in yet is drawn once per process.

    Only for forms that ask everybody the same.
    """
    if form.is_bound or form.initial:
        return SafeString(as_crispy_form(form))
    key = type(form), get_language()
    if key not in _empty_forms:
        _empty_forms[key] = SafeString(as_crispy_form(form))
    return _empty_forms[key]
