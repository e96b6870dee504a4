"""The roster goes down as a workbook and comes up changed; the changes are seen before they are stored."""

import io
import re

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from surveys import models
from surveys.instrument import State
from surveys.models import FrameEntry, User
from surveys.spreadsheet.columns import MARKS
from tests.factories import answer, sheet
from tests.surveys.roster_file.workbook import FIRST, SHEET, changed, download, filled, plain, store, stored, upload

# --- The file -----------------------------------------------------------------------------------------------------


def test_file_has_locked_keys_a_column_per_question_and_the_answers(
    client: Client, entry: FrameEntry, anna: User
) -> None:
    answer(
        entry,
        by=anna,
        schools={"01AA00": {"cooperation": "structural", "topics": ["digital"], "books_per_pupil": "9.5"}},
    )
    client.force_login(anna)
    book = load_workbook(io.BytesIO(download(client, entry)))
    assert book.sheetnames == [SHEET, "Uitleg", MARKS]
    roster = book[SHEET]
    rows = [[cell.value for cell in row] for row in roster.iter_rows(min_row=2)]
    more = ["Onderwerpen: Leesbevordering", "Onderwerpen: Digitale geletterdheid", "Boeken per leerling"]
    assert rows == [
        [*["Code", "Naam", "Gemeente", "Soort school", "Samenwerking"], *more],
        ["01AA00", "De Springplank", "Aalst", "basisonderwijs", "Ja, structureel", None, "ja", 9.5],
        ["01AA01", "Het Kompas", "Bree", "basisonderwijs", None, None, None, None],
    ]
    assert roster["E1"].value == "1.1 Werkt u met deze schoollocatie samen?"
    assert (roster.protection.sheet, roster.protection.password) == (True, None)
    assert [roster.cell(FIRST, place).protection.locked for place in range(1, 9)] == [True] * 4 + [False] * 4
    assert roster.freeze_panes == "E3"
    assert book[MARKS].sheet_state == "veryHidden"


def test_file_is_named_after_the_wave_also_when_its_questionnaire_is_of_an_earlier_year(
    client: Client, entry: FrameEntry, anna: User
) -> None:
    models.Wave.objects.filter(pk=entry.wave_id).update(school_year="2026-2027")
    client.force_login(anna)
    page = client.get(reverse("surveys:roster-download", args=[entry.pk]))
    assert page["Content-Disposition"] == 'attachment; filename="schoollocaties-test-2026-2027-a001.xlsx"'
    book = load_workbook(io.BytesIO(page.content))
    titles = (book["Uitleg"]["A1"].value, book.properties.title)
    assert titles == ("Lijst: vragen per schoollocatie 2026-2027", "Schoollocaties 2026-2027")


def test_choices_are_lists_and_cells_not_asked_are_grey(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    book = load_workbook(io.BytesIO(download(client, entry)))
    rules = {str(rule.sqref): rule for rule in book[SHEET].data_validations.dataValidation}
    area = re.fullmatch(r"'?Uitleg'?!(\$C\$\d+:\$C\$\d+)", rules["E3:E4"].formula1)
    assert area
    assert [cell[0].value for cell in book["Uitleg"][area[1].replace("$", "")]] == [
        "Ja, structureel",
        "Ja, zonder afspraken",
        "Nee",
    ]
    assert (rules["F3:F4"].type, rules["F3:F4"].formula1) == ("list", '"ja"')
    assert rules["H3:H4"].type == "custom"
    assert rules["H3:H4"].formula1 == 'IF(ISNUMBER(H3),AND(H3>=0),OR(H3="onbekend",H3="nvt"))'
    grey, white = book[SHEET]["F3"].fill.fgColor.rgb, book[SHEET]["E3"].fill.fgColor.rgb
    assert (grey, white) == ("FFD0D0D0", "00000000")


# --- The round trip -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("resaved", [False, True])
def test_untouched_file_changes_nothing(client: Client, entry: FrameEntry, anna: User, resaved: bool) -> None:
    row = {"cooperation": "structural", "topics": ["reading", "digital"], "books_per_pupil": "9.4"}
    unknown = {"cooperation": State.UNKNOWN, "books_per_pupil": State.NOT_APPLICABLE}
    answer(entry, by=anna, schools={"01AA00": row, "01AA01": unknown})
    client.force_login(anna)
    content = download(client, entry)
    assert load_workbook(io.BytesIO(content))[SHEET]["H4"].value == "nvt"
    page = upload(client, entry, filled(content) if resaved else content)
    assert page.status_code == 200
    assert page.context["errors"] == page.context["changes"] == page.context["conflicts"] == []
    assert "Er is niets op te slaan" in page.text
    assert 'name="signed"' not in page.text


def test_changes_are_shown_before_they_are_stored(client: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "none"}})
    client.force_login(anna)
    content = filled(download(client, entry), E3="Structureel", F3="ja", H3=12.5, E4="zonder afspraken", G4="X")
    page = upload(client, entry, content)
    assert [(row["cell"], row["school"].name, row["before"], row["after"]) for row in page.context["changes"]] == [
        ("E3", "De Springplank", "Nee", "Ja, structureel"),
        ("F3", "De Springplank", "", "Leesbevordering"),
        ("H3", "De Springplank", "", "12,5 boeken"),
        ("E4", "Het Kompas", "", "Ja, zonder afspraken"),
        ("G4", "Het Kompas", "", "Digitale geletterdheid"),
    ]
    assert "5 wijzigingen opslaan" in page.text
    assert stored("cooperation", "01AA00") == "none"
    for _twice in range(2):
        assert store(client, entry, page).status_code == 302
    assert stored("cooperation", "01AA00") == "structural"
    assert stored("topics", "01AA01") == ["digital"]
    assert stored("books_per_pupil", "01AA00") == "12.5"
    change = models.AnswerChange.objects.get(version=2)
    assert (change.answer.question.code, change.changed_by) == ("cooperation", anna)
    assert models.AnswerChange.objects.count() == 6


def test_a_number_may_be_unknown_and_a_near_miss_is_told(client: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={code: {"cooperation": "structural"} for code in ("01AA00", "01AA01")})
    client.force_login(anna)
    page = upload(client, entry, filled(download(client, entry), H3="Weet ik niet", H4="nb"))
    assert [(row["cell"], row["before"], row["after"]) for row in page.context["changes"]] == [("H3", "", "Onbekend")]
    [error] = page.context["errors"]
    assert (error.cell, error.message.endswith("Of typ \u2018onbekend\u2019 of \u2018nvt\u2019.")) == ("H4", True)
    page = upload(client, entry, filled(download(client, entry), H3="Weet ik niet"))
    store(client, entry, page)
    answers = models.Answer.objects.filter(question__code="books_per_pupil")
    assert list(answers.values_list("school__code", "value", "state")) == [("01AA00", None, "unknown")]


def test_emptied_cell_takes_the_answer_away(client: Client, entry: FrameEntry, anna: User) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "none"}})
    client.force_login(anna)
    page = upload(client, entry, filled(download(client, entry), E3=None))
    assert [(row["before"], row["after"]) for row in page.context["changes"]] == [("Nee", "")]
    store(client, entry, page)
    assert stored("cooperation", "01AA00") is None
    assert models.Answer.objects.get().version == 2


def test_answer_to_a_question_that_is_not_asked_is_named_and_kept(
    client: Client, entry: FrameEntry, anna: User
) -> None:
    client.force_login(anna)
    page = upload(client, entry, filled(download(client, entry), E3="geen samenwerking", H3=7))
    assert [row["cell"] for row in page.context["changes"]] == ["E3"]
    assert [row["cell"] for row in page.context["not_asked"]] == ["H3"]
    store(client, entry, page)
    assert stored("books_per_pupil", "01AA00") == "7"
    assert not sheet(entry).route.holds("books_per_pupil", "01AA00")


def test_sorted_rows_and_moved_columns_are_found_again(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)

    def shuffle(book: Workbook) -> None:
        roster = book[SHEET]
        roster.delete_rows(1)
        roster.move_range("A3:H3", rows=5)  # the second school, some rows down
        roster["E8"] = "structureel"
        roster.move_range("H1:H8", cols=3)
        roster["K8"] = 3
        roster["M1"] = "Eigen notities"
        roster["M8"] = "Nog bellen"

    page = upload(client, entry, changed(download(client, entry), shuffle))
    assert [(row["cell"], row["school"].code) for row in page.context["changes"]] == [
        ("E8", "01AA01"),
        ("K8", "01AA01"),
    ]
    assert page.context["ignored"] == ["Eigen notities"]


# --- Errors by cell -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "value", "told"),
    [
        (
            "E3",
            "misschien",
            "'misschien' is geen antwoord bij Samenwerking; kies Ja, structureel, Ja, zonder afspraken of Nee",
        ),
        ("E3", 12, "'12' is geen antwoord bij Samenwerking"),
        ("F4", "soms", "'soms' is geen antwoord bij Onderwerpen: Leesbevordering; kies ja"),
        ("H3", "veel", "'veel' is geen getal met hoogstens twee decimalen"),
        ("H3", 9.123, "'9,123' is geen getal met hoogstens twee decimalen"),
        ("H3", "=1+1", "een formule"),
        ("H3", "#N/A", "#N/A"),
        ("A5", "99ZZ99", "99ZZ99 staat niet op uw lijst met schoollocaties"),
        ("A5", "02BB00", "02BB00 staat niet op uw lijst met schoollocaties"),
        ("A5", "01AA00", "01AA00 staat er twee keer, ook in rij 3"),
        ("A3", None, "de code van de school ontbreekt"),
    ],
)
def test_error_names_its_cell_and_nothing_can_be_stored(
    client: Client, entry: FrameEntry, anna: User, cell: str, value: object, told: str
) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "none"}})
    client.force_login(anna)
    right_one = "E4"
    page = upload(client, entry, filled(download(client, entry), **{cell: value, right_one: "geen samenwerking"}))
    assert page.status_code == 422
    assert [error.cell for error in page.context["errors"]] == [cell]
    assert told in plain(page.context["errors"][0].message)
    assert [row["cell"] for row in page.context["changes"]] == [right_one], "the rest is shown all the same"
    assert 'name="signed"' not in page.text
    assert stored("cooperation", "01AA01") is None


def test_column_that_is_gone_is_an_error(client: Client, entry: FrameEntry, anna: User) -> None:
    client.force_login(anna)
    page = upload(client, entry, filled(download(client, entry), G2="Iets anders"))
    assert "Onderwerpen: Digitale geletterdheid" in page.context["errors"][0].message
    assert page.status_code == 422


# --- Colleagues ---------------------------------------------------------------------------------------------------


def test_colleagues_newer_answer_stays_unless_mine_is_chosen(
    client: Client, entry: FrameEntry, anna: User, emma: User
) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "none"}})
    client.force_login(anna)
    content = filled(download(client, entry), E3="structureel", E4="structureel")
    answer(entry, by=emma, schools={"01AA00": {"cooperation": "general"}})
    page = upload(client, entry, content)
    assert [row["cell"] for row in page.context["changes"]] == ["E4"]
    (conflict,) = page.context["conflicts"]
    assert (conflict["before"], conflict["after"]) == ("Ja, zonder afspraken", "Ja, structureel")
    assert "Emma" in page.text
    store(client, entry, page)
    assert (stored("cooperation", "01AA00"), stored("cooperation", "01AA01")) == ("general", "structural")
    store(client, entry, upload(client, entry, content), mine=("01AA00.cooperation",))
    assert stored("cooperation", "01AA00") == "structural"


def test_cell_that_was_not_touched_leaves_a_colleagues_newer_answer_alone(
    client: Client, entry: FrameEntry, anna: User, emma: User
) -> None:
    answer(entry, by=anna, schools={"01AA00": {"cooperation": "none", "topics": ["reading"]}})
    client.force_login(anna)
    content = download(client, entry)
    answer(
        entry, by=emma, schools={"01AA00": {"cooperation": "general", "topics": []}, "01AA01": {"topics": ["digital"]}}
    )
    page = upload(client, entry, content)
    assert page.context["conflicts"] == page.context["changes"] == []
    # A colleague who typed the same is no conflict either.
    answer(entry, by=emma, schools={"01AA00": {"cooperation": "structural"}})
    page = upload(client, entry, filled(content, E3="structureel"))
    assert page.context["conflicts"] == page.context["changes"] == []


def test_colleague_between_preview_and_storing_is_not_overwritten(
    client: Client, entry: FrameEntry, anna: User, emma: User
) -> None:
    client.force_login(anna)
    page = upload(client, entry, filled(download(client, entry), E3="structureel", E4="structureel"))
    answer(entry, by=emma, schools={"01AA00": {"cooperation": "none"}})
    done = store(client, entry, page)
    assert done.status_code == 409
    assert "Emma" in done.text
    assert "1 antwoord is opgeslagen." in done.text
    assert (stored("cooperation", "01AA00"), stored("cooperation", "01AA01")) == ("none", "structural")
