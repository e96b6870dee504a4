"""What the measuring tools count, and how they read what they are told. Their figures are in docs/filling-in.md."""

import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from surveys.instrument import BLANK, Given, Level, Option, Question, Row, Type
from tools.bench.project import Unexpected
from tools.bench.table import markdown
from tools.effort.library import Copies
from tools.effort.served import Served, served
from tools.effort.steps import Choose, Click, Write, actions, column_steps, steps
from tools.lighthouse import read
from tools.weight import linked, named, nginx_level

ROOT = Path(__file__).resolve().parent.parent.parent


def question(kind: Type, *options: str, rows: tuple[Row, ...] = ()) -> Question:
    return Question(
        code="q",
        level=Level.LIBRARY,
        type=kind,
        text="Wat?",
        label="wat",
        options=tuple(Option(code, code, code, has_text=code == "other") for code in options),
        rows=rows,
    )


# --- Clicks and keys -------------------------------------------------------------------------------------------------


def test_a_choice_is_one_click_and_two_in_a_list_that_unfolds():
    single = question(Type.SINGLE, "yes", "no")
    assert steps(single, "q", BLANK, Given("yes")) == [Click("q", "yes")]
    made = steps(single, "r.1.q", Given("no"), Given("yes"), in_roster=True)
    assert made == [Choose("r.1.q", "yes")]
    assert actions(made) == 2
    assert steps(single, "q", Given("yes"), Given("yes")) == []


def test_only_the_boxes_that_differ_are_clicked():
    several = question(Type.MULTIPLE, "a", "b", "c", "other")
    made = steps(several, "q", Given(("a", "b")), Given(("b", "other"), other_text="d'r bij"))
    assert made == [Click("q", "a"), Click("q", "other"), Write("q.other_text", "d'r bij")]
    assert actions(made) == 2 + 1 + 7


def test_a_text_takes_a_click_and_a_key_per_character_and_two_more_to_select_what_stands_there():
    number = question(Type.DECIMAL)
    assert actions(steps(number, "q", BLANK, Given(Decimal("6.5")))) == 1 + 3
    assert actions(steps(number, "q", Given(Decimal("5")), Given(Decimal("6.5")))) == 1 + 2 + 3
    assert actions(steps(number, "q", Given(Decimal("6.5")), BLANK)) == 1 + 2 + 1


def test_the_next_number_of_an_answer_is_a_tab_away():
    hours = question(Type.NUMBER_PER_OPTION, "a", "b", "c")
    wanted = Given({"a": Decimal(1), "b": Decimal(2), "c": Decimal(3)})
    assert [step.keys + step.clicks for step in steps(hours, "q", BLANK, wanted)] == [2, 2, 2]
    made = steps(hours, "q", Given({"b": Decimal(2)}), wanted)
    assert [(step.name, getattr(step, "key", "")) for step in made] == [("q.a", ""), ("q.c", "")]


def test_only_the_rows_of_a_matrix_that_differ_are_clicked():
    matrix = question(Type.MATRIX, "little", "much", rows=(Row("x", "X", "x"), Row("y", "Y", "y")))
    made = steps(matrix, "q", Given({"x": "much"}), Given({"x": "much", "y": "little"}))
    assert made == [Click("q.y", "little")]


def test_a_column_of_numbers_is_walked_with_enter_unless_a_click_is_less():
    def cells(*pairs: tuple[int, int]) -> list[tuple[str, Given, Given]]:
        return [(f"r.{n}.q", Given(Decimal(now)), Given(Decimal(then))) for n, (now, then) in enumerate(pairs)]

    made = column_steps(cells((1, 2), (1, 3), (1, 1), (1, 4), (1, 1), (1, 1), (1, 1), (1, 5)))
    assert [(one.name, one.key, one.times) for one in made] == [
        ("r.0.q", "", 1),
        ("r.1.q", "Enter", 1),
        ("r.3.q", "Enter", 2),
        ("r.7.q", "", 1),
    ]
    assert actions(list(made)) == (1 + 2 + 1) + (1 + 1) + (2 + 1) + (1 + 2 + 1)


def test_the_whole_questionnaire_is_filled_in_and_submitted_as_meant():
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    command = [sys.executable, "-m", "tools.effort", "--quick"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line.strip("| ").split("|") for line in done.stdout.splitlines() if line.startswith("|")]
    counted = {line[0].strip(): line[1].strip() for line in lines[2:]}
    assert int(counted["actions together"]) == int(counted["clicks"]) + int(counted["keys"]) > 100
    assert int(counted["requests: autosave"]) > 10


# --- The server's log, copies of a library ---------------------------------------------------------------------------


def test_requests_are_counted_by_kind_with_the_time_they_took():
    log = """
2026-11-22T08:53:19Z [info     ] request       [request] method=GET milliseconds=12.5 path=/ status=200 user=1
2026-11-22T08:53:19Z [info     ] request       [request] method=GET milliseconds=1.0 path=/static/css/theme.css
2026-11-22T08:53:20Z [info     ] request       [request] method=POST milliseconds=7.5 path=/vragenlijst/4/onderdeel/a/
2026-11-22T08:53:20Z [info     ] request       [request] method=POST milliseconds=8.0 path=/x/4/onderdeel/a/bewaren/
2026-11-22T08:53:21Z [info     ] something else
"""
    found = served(log.splitlines())
    assert found == {"page": Served(2, 0.02), "autosave": Served(1, 0.008), "static": Served(1, 0.001)}


def test_a_copy_of_a_library_has_schools_of_its_own_and_as_many_as_asked_for(tmp_path: Path):
    source, target = tmp_path / "from.csv", tmp_path / "to.csv"
    source.write_text("library,school,cooperation\nB054,64AA00,yes\nB054,64AB00,no\nB001,60AA00,yes\n")
    Copies(["64AA00", "64AB00"], 3).write(source, target, [0, 1])
    assert target.read_text().splitlines() == [
        "library,school,cooperation",
        "B054-0,10AA0000,yes",
        "B054-0,10AA0001,yes",
        "B054-0,10AB0000,no",
        "B054-1,11AA0000,yes",
        "B054-1,11AA0001,yes",
        "B054-1,11AB0000,no",
    ]


# --- Weight and Lighthouse -------------------------------------------------------------------------------------------


def test_everything_that_a_page_names_is_fetched_and_nothing_that_it_links_to():
    page = """<link rel="preload" href="/static/a.woff2" as="font"><link rel="stylesheet" href="/static/b.css">
        <script type="module" src="/static/c.js"></script><a href="/elders/">x</a><img src="data:image/png;base64,x">
        <link rel="stylesheet" href="/static/b.css">"""
    assert linked(page, "/vragenlijst/1/") == ["/static/a.woff2", "/static/b.css", "/static/c.js"]
    assert named("/static/css/b.css", b"src: url('../fonts/a.woff2'); x: url(data:y)") == ["/static/fonts/a.woff2"]
    assert named("/static/js/c.js", b'import { drop } from "./kept.js"; form["a.from"].b = "/x"') == [
        "/static/js/kept.js"
    ]
    assert named("/static/img/d.svg", b"<svg/>") == []


def test_pages_are_compressed_as_nginx_is_told_to():
    assert nginx_level() in range(1, 10)


def told(score: float) -> dict[str, object]:
    audit = {
        "id": "label",
        "title": "Form elements do not have labels",
        "score": score,
        "details": {"items": [{"node": {"snippet": "<input>"}}]},
    }
    ignored = {"id": "other", "title": "Weighs nothing", "score": 0}
    category = {"score": score, "auditRefs": [{"id": "label", "weight": 3}, {"id": "other", "weight": 0}]}
    return {
        "categories": {"accessibility": category, "best-practices": category},
        "audits": {"label": audit, "other": ignored},
    }


def test_lighthouse_tells_scores_and_what_took_points():
    assert read(told(1)).scores == {"accessibility": 100, "best-practices": 100}
    assert read(told(1)).faults == ()
    assert read(told(0.5)).faults == ("label: Form elements do not have labels <input>",)
    with pytest.raises(Unexpected, match="404"):
        read({"runtimeError": {"message": "404"}})


def test_a_table_is_padded():
    assert markdown([("a", "bb"), ("ccc", "")]) == "| a   | bb |\n| --- | -- |\n| ccc |    |"


# --- What we keep of Bootstrap ---------------------------------------------------------------------------------------

# Names that Bootstrap has: who uses one must find it in our part of Bootstrap or in our own styles.
OF_BOOTSTRAP = re.compile(
    r"(m|p)[tbsexy]?-(\d|auto)|g[xy]?-\d|gap-\d|d-(none|inline|block|flex|grid|inline-block)|col(-[a-z0-9]+)*|row|"
    r"container(-\w+)?|(justify-content|align-items|align-self|flex|order|text|fw|fs|btn|alert|form|table|card|list|"
    r"page|input-group|breadcrumb|visually)-[a-z-]+|pagination|btn|alert|badge|card|table|lead|small"
)


def test_every_class_of_bootstrap_that_a_page_uses_is_in_our_styles():
    sheets = [ROOT / "static" / "vendor" / "bootstrap.min.css", *(ROOT / "static" / "css").glob("*.css")]
    style = "".join(sheet.read_text() for sheet in sheets if sheet.name != "admin.css")
    known = set(re.findall(r"\.([a-zA-Z][\w-]*)", style))
    used = {
        (name, str(path.relative_to(ROOT)))
        for path in [*(ROOT / "templates").rglob("*.html"), *(ROOT / "surveys").rglob("*.py")]
        if "admin" not in path.parts  # which has Django's own styles
        for names in re.findall(r'class="([^"]*)"', path.read_text())
        for name in re.sub(r"\{[%{].*?[%}]\}|\{\w*\}", " ", names).split()
    }
    missing = sorted((name, path) for name, path in used if OF_BOOTSTRAP.fullmatch(name) and name not in known)
    assert missing == []
