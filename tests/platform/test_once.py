"""What templates draw once per process."""

import pytest
from django.template import Context, Engine, Template, TemplateSyntaxError
from django.utils.safestring import mark_safe
from django.utils.translation import override

from monitor.templatetags import once


def template(text: str) -> Template:
    return Engine.get_default().from_string("{% load i18n once %}" + text)


def test_it_is_drawn_once_for_all_pages() -> None:
    page = template("{{ name }}: {% once %}{% translate 'Sign out' %}{% endonce %}")
    assert page.render(Context({"name": "Anna"})) == "Anna: Uitloggen"
    with override("en"):
        assert page.render(Context({"name": "Bram"})) == "Bram: Sign out"
    assert page.render(Context({"name": "Carla"})) == "Carla: Uitloggen"


def test_what_differs_from_page_to_page_does_not_get_in() -> None:
    page = template("{% once %}{{ name|default:'nobody' }}{% endonce %}")
    assert page.render(Context({"name": "Anna"})) == "nobody"
    with pytest.raises(TemplateSyntaxError, match="block"):
        template("{% once %}{% block a %}{% endblock %}{% endonce %}")


def test_it_is_drawn_once_for_each_of_its_values() -> None:
    page = template("{% once id=entry.id name=name %}{{ name }} ({{ id }}){{ entry.id }}{% endonce %}")
    assert page.render(Context({"entry": {"id": 1}, "name": "Anna"})) == "Anna (1)"
    assert page.render(Context({"entry": {"id": 2}, "name": "Anna"})) == "Anna (2)"
    assert page.render(Context({"entry": {"id": 1}, "name": "Bram"})) == "Bram (1)"
    assert page.render(Context({"entry": {"id": 1}, "name": "Anna"})) == "Anna (1)"
    with pytest.raises(TemplateSyntaxError, match="by name"):
        template("{% once entry.id %}{% endonce %}")


def test_a_text_is_escaped_though_the_same_text_was_safe_before() -> None:
    page = template("{% once name=name %}{{ name }}{% endonce %}")
    assert page.render(Context({"name": mark_safe("<b>A</b>")})) == "<b>A</b>"
    assert page.render(Context({"name": "<b>A</b>"})) == "&lt;b&gt;A&lt;/b&gt;"


def test_it_does_not_keep_more_and_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(once, "MOST", 3)
    page = template("{% once n=n %}{{ n }}{% endonce %}")
    for n in range(10):
        assert page.render(Context({"n": n})) == str(n)
    (node,) = page.nodelist.get_nodes_by_type(once.OnceNode)
    assert isinstance(node, once.OnceNode)
    assert len(node.drawn) <= 3
