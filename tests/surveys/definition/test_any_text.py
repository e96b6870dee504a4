"""Whatever the text, it is read or refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.definition import dump, parse
from surveys.errors import FileRefused, Problem
from tests.surveys.definition.whole import WHOLE


@given(st.text(max_size=300))
@settings(database=None, deadline=None, max_examples=150)
def test_any_text_is_read_or_refused(text: str):
    read_or_refuse(text)


PIECES = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["[", "]", "{", "}", ": ", "\n", "\n  - ", "'", '"', "&a ", "*a", "!!int ", "|", "? ", "#", "- ", "null"]
    ),
    st.sampled_from([line + "\n" for line in WHOLE.splitlines()]),
    st.sampled_from(["yes", "none", "plans", "0", "-1", "1e9", "2024-01-01", "total", "question", "in", "matrix"]),
)  # fmt: skip


@given(st.data())
@settings(database=None, deadline=None, max_examples=300)
def test_any_change_to_a_definition_is_read_or_refused(data: st.DataObject):
    text = WHOLE
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 40)))
        text = text[:start] + data.draw(PIECES) + text[end:]
    read_or_refuse(text)


@given(st.data())
@settings(database=None, deadline=None, max_examples=150)
def test_any_lines_left_out_or_swapped_are_read_or_refused(data: st.DataObject):
    lines = WHOLE.splitlines(keepends=True)
    for _ in range(data.draw(st.integers(1, 5))):
        here, there = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        if data.draw(st.booleans()):
            del lines[here]
        else:
            lines[here], lines[there] = lines[there], lines[here]
    read_or_refuse("".join(lines))


def read_or_refuse(text: str) -> None:
    """A text is refused at lines that it has, or read to what can be written and read again."""
    problems: list[Problem] = []
    try:
        instrument = parse(text, "a.yaml")
    except FileRefused as refused:
        problems = refused.problems
        if not problems:
            pytest.fail("refused without a reason")
    n_lines = len(text.splitlines()) + 1
    assert all(1 <= problem.line <= n_lines for problem in problems)
    if problems:
        return
    canonical = dump(instrument)
    assert parse(canonical, "b.yaml") == instrument
    assert dump(parse(canonical, "b.yaml")) == canonical
