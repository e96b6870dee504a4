"""What templates draw once per process."""

import pytest
from django.template import Context, Engine, Template, TemplateSyntaxError
from django.utils.translation import override


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
