"""A variable our template doesn't get fails the test; silence stays where it was meant."""

import pytest
from django.template import Context, Engine, Template
from django.template.base import Origin

from tests.unresolved import TEMPLATES, FailWhenUnresolved, UnresolvedVariable

ENGINE = Engine(string_if_invalid=FailWhenUnresolved())


def render(source: str, *, name: str = str(TEMPLATES / "page.html")) -> str:
    return Template(source, Origin(name), engine=ENGINE).render(Context({"known": {"part": 1}}))


@pytest.mark.parametrize(
    "source", ["{{ missing }}", "{{ known.missing }}", "{{ missing|upper }}", "{% if known %}{{ missing }}{% endif %}"]
)
def test_a_variable_our_template_does_not_get_fails(source):
    with pytest.raises(UnresolvedVariable, match="missing"):
        render(source)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{{ known.part }}", "1"),
        ("{% if missing %}x{% endif %}", ""),
        ('{{ missing|default:"nothing" }}', "nothing"),
    ],
)
def test_what_may_lack_is_silent(source, shown):
    assert render(source) == shown


def test_templates_of_others_keep_their_silence():
    assert render("{{ missing }}", name="/usr/lib/django/admin/page.html") == ""
