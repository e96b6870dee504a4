"""A broken definition is refused, with every problem at its line."""

import ast
import re
from pathlib import Path

import pytest

from surveys import definition
from surveys.definition.nodes import MAX_CHARACTERS
from surveys.definition.verify import RESERVED_CODES
from surveys.forms.many import MANY, UNDO
from surveys.forms.roster import PREFIX
from surveys.forms.roster_table import SHOW
from surveys.forms.same import OFFERS
from surveys.forms.section import SEEN
from surveys.views.autosave import SHOWN
from tests.surveys.definition.whole import WHOLE, refusal

# Each case: what is replaced in WHOLE, by what (the faulty line ends in "# <-"), and a part of the reason.
FAULTS = {
    # codes
    "code twice": ("code: new_plans\n", "code: plans # <-\n", "code “plans” is used twice (first on line"),
    "code of a total and a question": ("code: new_plans\n", "code: books # <-\n", "“books” is used twice"),
    "code with capitals": ("code: remarks", "code: Remarks # <-", "“Remarks” is no code"),
    "code too long": ("code: remarks", f"code: {'r' * 61} # <-", "is no code"),
    "reserved code": ("code: remarks", "code: national # <-", "“national” is a reserved word"),
    "name of another field": ("code: remarks", "code: seen # <-", "“seen” is a reserved word"),
    "locations as question": (
        "code: remarks",
        "code: locations # <-",
        "code “locations” is used twice",
    ),
    "locations with a condition": (
        "- code: locations\n  label: schoollocaties\n",
        "- code: locations # <-\n  label: x\n  count_where: [[{question: cooperation, answered: true}]]\n",
        "counts all rows",
    ),
    "section twice": ("- code: bibliotheek", "- code: scholen # <-", "section “scholen” is used twice"),
    "check twice": ("code: plans_unusual", "code: new_at_most_plans # <-", "check “new_at_most_plans” is used"),
    "option twice": (
        "{code: other, text: Anders, label: andere, has_text: true}",
        "{code: specialist, text: Anders, label: andere} # <-",
        "option “specialist” is used twice",
    ),
    "row twice": (
        "- {code: media, text: Media, label: media}",
        "- {code: media, text: Media, label: media}\n    - {code: media, text: M, label: m} # <-",
        "row “media” is used twice",
    ),
    "reserved option": ("{code: other,", "{code: any, # <-\n      ", "“any” is a reserved word"),
    # keys and kinds of values
    "unknown key": ("column: Samen", "colum: Samen # <-", "unknown key “colum”; did you mean “column”?"),
    "key twice": ("label: plannen", "label: plannen\n    label: plan # <-", "key “label” is used twice"),
    "merge key": ("label: plannen", "label: plannen\n    <<: x # <-", "unknown key “<<”"),
    "missing key": ("  - code: remarks\n    level: library\n", "  - code: remarks # <-\n", "key “level” is missing"),
    "list for text": ("title: Alles", "title: [Alles] # <-", "expected one text"),
    "text for list": ("school_kinds: [bo, sbo]", "school_kinds: bo # <-", "expected a list"),
    "text for mapping": ("- {code: media, text: Media, label: media}", "- media # <-", "expected keys and values"),
    "empty text": ("title: Alles", "title: # <-", "this text is empty"),
    "empty list": ("positive: ['2']", "positive: [] # <-", "this list is empty"),
    "bare yes": ("{code: none, text: Nee,", "{code: no, # <-\n      text: Nee,", "between quotes: 'no'"),
    "bare number": ("version: '1.0'", "version: 1.0 # <-", "between quotes: '1.0'"),
    "text too long": ("title: Alles", f"title: {'a' * 151} # <-", "there is room for 150"),
    "control character": ("title: Alles", 'title: "a\\0b" # <-', "control character"),
    "lone surrogate": ("title: Alles", 'title: "a\\ud800b" # <-', "control character"),
    "word as number": ("maximum: 20", "maximum: veel # <-", "must be a number"),
    "infinite number": ("maximum: 20", "maximum: .inf # <-", "must be a number"),
    "flag that says no": ("has_text: true", "has_text: false # <-\n      ", "is true or left out"),
    "unknown type": ("type: matrix", "type: matrx # <-", "unknown type “matrx”; did you mean “matrix”?"),
    "unknown disclosure": ("disclosure: open", "disclosure: secret # <-", "known: open, network, total_only"),
    "version in words": ("version: '1.0'", "version: een # <-", "is not a version such as '1.0'"),
    "school year in words": ("school_year: 2024-2025", "school_year: dit jaar # <-", "is not a school year"),
    "link to no code": ("question: functions, comp", "question: Fun, # <-\n      comp", "“Fun” is not a code"),
    "school year": ("2024-2025", "2024-2026 # <-", "not two years in a row"),
    "kind of school": ("[bo, sbo]", "[bo, sboo] # <-", "unknown kind of school “sboo”; did you mean “sbo”?"),
    # conditions
    "unknown question": (
        "{question: functions, lacks: [none]}",
        "{question: function, lacks: [none]} # <-",
        "unknown question “function”; did you mean “functions”?",
    ),
    "later question": (
        "{total: cooperating, at_least: 1}",
        "{question: plans, at_least: 1} # <-",
        "“plans” stands later",
    ),
    "question on itself": (
        "{question: functions, lacks: [none]}",
        "{question: remarks, answered: true} # <-",
        "“remarks” would depend on itself",
    ),
    "unknown constant": ("lacks: [none]", "lacks: [nonee] # <-\n       ", "unknown option “nonee” of “functions”"),
    "operator for another type": ("lacks: [none]", "not_in: [none] # <-\n       ", "use one of contains, lacks"),
    "comparison of options": ("lacks: [none]", "at_least: 1 # <-\n       ", "at_least does not fit"),
    "set operator on a single choice": (
        "    - - {question: cooperation, in: [structural]}\n- code: bib",
        "    - - {question: cooperation, contains: [structural]} # <-\n- code: bib",
        "contains does not fit “cooperation” (single)",
    ),
    "school question from the library": (
        "{question: functions, lacks: [none]}",
        "{question: cooperation, in: [none]} # <-",
        "refer to it through a total",
    ),
    "unknown total": ("{total: cooperating,", "{total: cooperatin, # <-\n       ", "did you mean “cooperating”?"),
    "total as question": ("{total: cooperating,", "{question: cooperating, # <-\n       ", "is a total: write total:"),
    "total that stands later": (
        "    - - {question: cooperation, in: [structural]}\n- code: bib",
        "    - - {total: books, at_least: 1} # <-\n- code: bib",
        "“books” looks at “n_books”, which does not stand earlier",
    ),
    "operator for a total": ("at_least: 1}", "in: ['1']} # <-", "in does not fit total"),
    "unknown property": ("library: size_class", "library: size # <-\n       ", "unknown property of a library “size”"),
    "unknown size class": ("in: [xl]", "in: [xxl] # <-\n       ", "unknown size class “xxl”"),
    "unknown last wave": ("last_wave: plans", "last_wave: plan # <-\n       ", "unknown question “plan”"),
    "two sources": ("{total: cooperating,", "{total: cooperating, library: province, # <-\n", "exactly one of quest"),
    "no operator": ("{total: cooperating, at_least: 1}", "{total: cooperating} # <-", "exactly one of in"),
    "two operators": ("at_least: 1}", "at_least: 1, at_most: 2} # <-", "exactly one of in"),
    "unknown operator": ("at_least: 1}", "at_leest: 1} # <-", "did you mean “at_least”?"),
    "empty group": ("- - {last_wave: plans, at_least: 2.5}", "- [] # <-", "this list is empty"),
    # totals
    "total over a library question": (
        "count_where:\n  - - {question: cooperation, in: [structural]}",
        "count_where:\n  - - {question: plans, at_least: 1} # <-",
        "“plans” is no question about schools",
    ),
    "total over a total": (
        "count_where:\n  - - {question: cooperation, in: [structural]}",
        "count_where:\n  - - {total: locations, at_least: 1} # <-",
        "only at questions about schools",
    ),
    "sum of no number": ("sum_of: n_books", "sum_of: cooperation # <-", "no number"),
    "sum of a library question": ("sum_of: n_books", "sum_of: plans # <-", "unknown question “plans”"),
    "share of itself": ("share_of: [locations]", "share_of: [cooperating] # <-", "would be a share of itself"),
    "share in a circle": (
        "- code: locations\n  label: schoollocaties\n",
        "- code: locations\n  label: schoollocaties\n  share_of: [cooperating] # <-\n",
        "“locations” would be a share of itself",
    ),
    "share of a sum": ("share_of: [locations]", "share_of: [books] # <-", "is a sum, the other a count"),
    "share of a choice": (
        "    label: functies\n",
        "    label: functies\n    share_of: cooperating # <-\n",
        "is a share of a total",
    ),
    "share of nothing": ("share_of: cooperating\n", "share_of: cooperatin # <-\n", "unknown total “cooperatin”"),
    # the shape of questions
    "matrix without rows": (
        "  - code: attention\n",
        "  - code: empty # <-\n    level: library\n    type: matrix\n    text: x\n    label: x\n"
        "    options:\n    - {code: a, text: A, label: a}\n    - {code: b, text: B, label: b}\n  - code: attention\n",
        "a matrix has rows",
    ),
    "choice without options": ("type: text", "type: single", 'at least two options'),
    "options of a text": (
        "    label: opmerkingen\n",
        "    label: opmerkingen\n    options: # <-\n    - {code: a, text: A, label: a}\n",
        "options does not go with type text",
    ),
    "rows of a number": (
        "    label: nieuwe plannen\n",
        "    label: nieuwe plannen\n    rows: # <-\n    - {code: a, text: A, label: a}\n",
        "rows does not go with type integer",
    ),
    "unit of a text": ("label: opmerkingen", "label: opmerkingen\n    unit: uren # <-", "does not go with type text"),
    "positive outside the scale": ("positive: ['2']", "positive: ['3'] # <-", "unknown scale code “3”"),
    "column of a library question": ("label: plannen", "label: plannen\n    column: P # <-", "has a column"),
    "text per school": ("type: integer\n    text: Hoeveel b", "type: text # <-\n    text: Hoeveel b", "one cell"),
    "unknown parent": ("parent: specialist", "parent: specialst # <-\n      ", "unknown option “specialst”"),
    "parent below": ("parent: specialist", "parent: other # <-\n      ", "“other” stands later"),
    "parent of itself": ("parent: specialist", "parent: consultant # <-\n      ", "cannot stand below itself"),
    "three layers": (
        "label: andere, has_text: true",
        "label: andere, parent: consultant # <-\n      ",
        "two layers at most",
    ),
    "option below another in a single choice": (
        "{code: none, text: Nee, label: geen}",
        "{code: none, text: Nee, label: geen, parent: structural} # <-",
        "only goes with multiple",
    ),
    "text at the options of a matrix": (
        "{code: '2', text: Veel, label: veel}",
        "{code: '2', text: Veel, label: veel, has_text: true} # <-",
        "an option with text does not go with type matrix",
    ),
    "exclusive parent": (
        "label: consulent, parent: specialist}",
        "label: consulent, exclusive: true, parent: specialist} # <-",
        "has no parent and no children",
    ),
    "exclusive in a single choice": (
        "{code: none, text: Nee, label: geen}",
        "{code: none, text: Nee, label: geen, exclusive: true} # <-",
        "only goes with multiple and top3",
    ),
    "options from nowhere": ("options_from: functions", "options_from: function # <-", "unknown question “func"),
    "options from a later question": ("options_from: functions", "options_from: plans # <-", "“plans” stands later"),
    "options from a question per school": (
        "options_from: functions",
        "options_from: cooperation # <-",
        "options come from multiple or top3",
    ),
    "options of its own and from elsewhere": (
        "  - code: hours\n",
        "  - code: hours # <-\n    options: [{code: a, text: A, label: a}]\n",
        "has either options or options_from",
    ),
    "exceptions to nothing": (
        "label: nieuwe plannen\n",
        "label: nieuwe plannen\n    options_except: [none] # <-\n",
        "options_except only goes with options_from",
    ),
    "unknown exception": ("options_except: [consultant]", "options_except: [x] # <-", "unknown option “x” of “func"),
    # checks
    "check of an unknown question": ("question: new_plans", "question: newplans # <-", "did you mean “new_plans”?"),
    "check of a text": ("question: new_plans", "question: remarks # <-", "“remarks” is no number (text)"),
    "check without a bound": (
        "- code: new_at_most_plans\n  severity: hard\n  question: new_plans\n  at_most_question: plans\n",
        "- code: new_at_most_plans # <-\n  severity: hard\n  question: new_plans\n",
        "a check has a bound",
    ),
    "bounds the wrong way round": ("minimum: 0.5", "minimum: 30 # <-", "minimum is above maximum"),
    "minutes in words": ("minutes: 30", "minutes: lang # <-", "must be a number"),
    "no minutes": ("minutes: 30", "minutes: 0 # <-", "a whole number from 1 to 1000"),
    "half minutes": ("minutes: 30", "minutes: 2.5 # <-", "a whole number from 1 to 1000"),
    "more than a day": ("minutes: 30", "minutes: 1001 # <-", "a whole number from 1 to 1000"),
    "unknown addition": ("plus: [new_plans, functions]", "plus: [newplans] # <-", "did you mean “new_plans”?"),
    "addition of a text": ("plus: [new_plans, functions]", "plus: [remarks] # <-", "“remarks” is no number (text)"),
    "addition of a matrix": ("plus: [new_plans, functions]", "plus: [attention] # <-", "is no number (matrix)"),
    "addition to itself": ("plus: [new_plans, functions]", "plus: [plans] # <-", "“plans” is added to itself"),
    "addition twice": ("[new_plans, functions]", "[functions, functions] # <-", "“functions” is named twice"),
    "addition across levels": ("plus: [new_plans, functions]", "plus: [n_books] # <-", "differ in level"),
    "addition that is its own bound": (
        "plus: [new_plans, functions]",
        "plus: [new_plans]\n  at_most_question: new_plans # <-",
        "“new_plans” is compared with itself",
    ),
    "addition without a bound": (
        "- code: plans_unusual\n  severity: soft\n  question: plans\n  minimum: 0.5\n  maximum: 20\n",
        "- code: plans_unusual # <-\n  severity: soft\n  question: plans\n  plus: [new_plans]\n",
        "a check has a bound",
    ),
    "change without a floor": (
        "change_percent: 12.5\n  change_floor: 0\n",
        "change_percent: 12.5 # <-\n",
        "go together",
    ),
    "floor without a change": (
        "  change_percent: 12.5\n  change_floor: 0\n",
        "  change_floor: 0 # <-\n",
        "go together",
    ),
    "change below zero": ("change_percent: 12.5", "change_percent: -1 # <-", "change_percent is not below zero"),
    "floor below zero": ("change_floor: 0", "change_floor: -1 # <-", "change_floor is not below zero"),
    "change beyond reason": ("change_percent: 12.5", "change_percent: 10000 # <-", "is at most 9999"),
    "change of a choice": ("question: plans\n  plus", "question: cooperation # <-\n  plus", "is no number (single)"),
    "unknown word in a message": ("Van {vorig} naar", "Van {toen} naar # <-", "unknown {toen} in the message"),
    "last wave in another message": (
        "message: Klopt dit?",
        "message: Klopt {vorig}? # <-",
        "{vorig} is only known to a check with change_percent",
    ),
    "row that is no row": (
        "question: hours\n  complete_row: true",
        "question: plans\n  complete_row: true # <-",
        "is for a question per school, a matrix or a number per option",
    ),
    "row of an unknown question": ("question: hours\n  comp", "question: hour # <-\n  comp", "did you mean “hours”?"),
    "row of one question": (
        "checks:\n",
        "- code: alleen\n  title: A\n  questions:\n"
        "  - {code: alone, level: school, type: integer, text: Hoeveel, label: aantal}\n"
        "checks:\n- code: alone\n  severity: soft\n  question: alone\n  complete_row: true # <-\n  message: x\n",
        "is the only question per school in its section",
    ),
    "row that says no": ("complete_row: true", "complete_row: false # <-", "is true or left out"),
    "row with a bound": ("complete_row: true", "maximum: 3 # <-\n  complete_row: true", "looks at nothing else"),
    "row with an addition": ("complete_row: true", "plus: [plans] # <-\n  complete_row: true", "looks at nothing else"),
    "check across levels": ("at_most_question: plans", "at_most_question: n_books # <-", "differ in level"),
    "check against itself": ("at_most_question: plans", "at_most_question: new_plans # <-", "compared with itself"),
    "check against an unknown total": ("at_most_question: plans", "at_most_total: x # <-", "unknown total “x”"),
    "check of a school against a total": (
        "question: new_plans\n  at_most_question: plans",
        "question: n_books\n  at_most_total: books # <-",
        "compares with a total",
    ),
    # links
    "break without a reason": ("comparability: same}", "comparability: break} # <-", "that is break gives its reason"),
    "link to the future": ("school_year: 2023-2024", "school_year: 2024-2025 # <-\n     ", "is not before 2024-2025"),
    "link twice": (
        "    - {school_year: 2023-2024, question: functions, comparability: same}",
        "    - {school_year: 2023-2024, question: functions, comparability: same}\n"
        "    - {school_year: 2023-2024, question: hours, comparability: same} # <-",
        "2023-2024 is linked twice",
    ),
    # YAML
    "anchor": ("title: Alles", "title: &t Alles # <-", "leave out &t"),
    "alias": ("school_kinds: [bo, sbo]", "school_kinds: &k [bo]\nreason: *k # <-", "write *k out"),
    "tag": ("title: Alles", "title: !!python/name:os.system Alles # <-", "tags are not used here"),
    "broken YAML": ("school_kinds: [bo, sbo]", "school_kinds: [bo, sbo\ntotals: # <-", "not valid YAML"),
    "deep nesting": ("title: Alles", f"title: {'[' * 40}{']' * 40} # <-", "nested too deeply"),
}  # fmt: skip


# Whole texts that are no definition, with a part of the reason.
TEXTS = [
    ("", "a questionnaire is a mapping"),
    ("- a\n- b\n", "a questionnaire is a mapping"),
    ("a: 1\n---\nb: 2\n", "not valid YAML: look at indentation"),
    ("? [a]\n: b\n", "a key must be a single word"),
    ("a: '\x07'\n", "a character that is not allowed"),
    ('title: "\\UFFFFFFFF"\n', "out of range"),
    ("title: \ud800\n", "a character that is not allowed"),
    ("#" * (MAX_CHARACTERS + 1), "larger than 1 million characters"),
]


@pytest.mark.parametrize(("old", "new", "reason"), FAULTS.values(), ids=FAULTS)
def test_broken_definition_is_refused_with_file_line_and_reason(old: str, new: str, reason: str):
    assert old in WHOLE
    text = WHOLE.replace(old, new, 1)
    problems = refusal(text, "broken.yaml")
    lines = text.splitlines()
    if "# <-" in new:
        marked = next(number for number, line in enumerate(lines, start=1) if "# <-" in line)
    else:
        marked = 1 + lines.index("  - code: remarks")
    found = [problem for problem in problems if problem.line == marked and reason in problem.reason]
    assert found, f"wanted line {marked}: {reason}; got {[str(problem) for problem in problems]}"
    assert found[0].file == "broken.yaml"


def test_problem_says_in_which_question_and_key():
    [problem] = refusal(WHOLE.replace("lacks: [none]", "lacks: [non]"))
    line = 1 + next(i for i, text in enumerate(WHOLE.splitlines()) if "lacks" in text)
    assert str(problem) == (
        f"a.yaml:{line}: remarks.applies_when: unknown option “non” of “functions”; did you mean “none”?"
    )


def test_all_problems_are_reported_at_once():
    text = (
        WHOLE.replace("type: matrix", "type: matrx")
        .replace("lacks: [none]", "lacks: [nonee]")
        .replace("maximum: 20", "maximum: veel")
        .replace("column: Samen", "colum: Samen")
        .replace("sum_of: n_books", "sum_of: remarks")
    )
    reasons = [problem.reason for problem in refusal(text)]
    assert [reason.split(" ")[:2] for reason in reasons] == [
        ["unknown", "question"],
        ["unknown", "key"],
        ["unknown", "type"],
        ["unknown", "option"],
        ["“maximum”", "must"],
    ]


def test_problems_stand_in_the_order_of_the_file():
    text = WHOLE.replace("question: plans\n  minimum", "question: pans\n  minimum").replace("[xl]", "[xs]")
    lines = [problem.line for problem in refusal(text)]
    assert lines == sorted(lines)
    assert len(lines) == 2


def test_a_faulty_type_does_not_blame_what_refers_to_the_question():
    [problem] = refusal(WHOLE.replace("type: multiple", "type: mutiple"))
    assert "unknown type “mutiple”" in problem.reason


def test_all_anchors_and_aliases_are_reported():
    problems = refusal("survey: &a test\ntitle: *a\nintro: *a\n")
    assert [problem.line for problem in problems] == [1, 2, 3]


@pytest.mark.parametrize(("text", "reason"), TEXTS)
def test_text_that_is_no_definition_is_refused(text: str, reason: str):
    assert any(reason in problem.reason for problem in refusal(text))


def test_every_message_about_a_definition_has_a_fault_here_that_brings_it():
    """`refusal` sees to it that each of these is told in Dutch; what nothing here brings would go unseen."""
    broken = [WHOLE.replace(old, new, 1) for old, new, _reason in FAULTS.values()]
    told = [problem.reason for text in [*broken, *(text for text, _reason in TEXTS)] for problem in refusal(text)]
    messages = {
        call.args[0].value
        for module in Path(definition.__file__).parent.glob("*.py")
        for call in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "_"
        if isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
    }
    assert len(messages) > 80
    patterns = {message: re.sub(r"%\\\(\w+\\\)s", ".*", re.escape(message)) for message in messages}
    assert [message for message, pattern in patterns.items() if not re.search(pattern, "\n".join(told))] == []


def test_no_question_is_called_as_another_field_of_the_page() -> None:
    assert {SEEN, SHOWN, SHOW.rstrip("."), PREFIX, MANY, UNDO, *OFFERS} <= set(RESERVED_CODES)
