"""The commands of the collection side: their answers, their refusals, and exit code 1 without a traceback."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command, execute_from_command_line
from django.db import connections

from surveys.models import Library, Questionnaire, Response, School, Submission, Survey, Wave
from tests.factories import (
    QUESTIONNAIRES,
    LibraryFactory,
    SchoolFactory,
    WaveFactory,
    answer,
    entry_of,
    open_wave,
    questionnaire,
    sheet,
    submit,
)

Run = Callable[..., str]

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command; what it printed."""

    def run_command(*arguments: object) -> str:
        call_command(*(str(argument) for argument in arguments))
        return capsys.readouterr().out

    return run_command


@pytest.fixture
def fail(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command as manage.py does; it ends with exit code 1 and prints this, without a traceback."""
    # manage.py is done with the database after a command; the test is not.
    monkeypatch.setattr(type(connections), "close_all", lambda self: None)

    def run_command(*arguments: object) -> str:
        with pytest.raises(SystemExit) as ended:
            execute_from_command_line(["manage.py", *(str(argument) for argument in arguments)])
        printed = capsys.readouterr()
        assert ended.value.code == 1
        assert printed.out == ""
        assert "Traceback" not in printed.err
        return printed.err

    return run_command


# --- Questionnaires -------------------------------------------------------------------------------------------------


def test_a_questionnaire_goes_in_and_comes_out_byte_for_byte(run: Run, tmp_path: Path) -> None:
    source = QUESTIONNAIRES / "small.yaml"
    assert run("load_questionnaire", source) == "Kleine vragenlijst (1.0): geladen\n"
    assert run("load_questionnaire", source) == "Kleine vragenlijst (1.0): ongewijzigd\n"
    out = tmp_path / "out.yaml"
    run("dump_questionnaire", "test-2024-2025", "--out", out)
    assert out.read_bytes() == source.read_bytes()
    assert run("dump_questionnaire", "test-2024-2025") == source.read_text(encoding="utf-8")


def test_dump_takes_the_newest_version_or_the_one_asked_for(run: Run, tmp_path: Path) -> None:
    text = (QUESTIONNAIRES / "small.yaml").read_text(encoding="utf-8")
    for version in ("1.9", "1.10", "1.2"):
        path = tmp_path / f"{version}.yaml"
        path.write_text(text.replace("'1.0'", f"'{version}'"), encoding="utf-8")
        run("load_questionnaire", path)
    assert "version: '1.10'" in run("dump_questionnaire", "test-2024-2025")
    assert "version: '1.2'" in run("dump_questionnaire", "test-2024-2025", "--version", "1.2")


def test_dump_of_an_unknown_questionnaire_names_those_there_are(fail: Run) -> None:
    questionnaire("small")
    assert "Er is geen vragenlijst po-2021-2022. Vragenlijsten: test-2024-2025." in fail(
        "dump_questionnaire", "po-2021-2022"
    )
    assert "test-2024-2025 heeft geen versie 2.0. Versies: 1.0." in fail(
        "dump_questionnaire", "test-2024-2025", "--version", "2.0"
    )


def test_a_broken_definition_is_refused_with_its_place(fail: Run, tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    text = (QUESTIONNAIRES / "routing.yaml").read_text(encoding="utf-8")
    term = "{question: has_targets, in: ['yes']}"
    line = text[: text.index(term)].count("\n") + 1
    path.write_text(text.replace(term, term.replace("has_targets", "has_target"), 1), encoding="utf-8")
    assert f"{path}:{line}: " in fail("load_questionnaire", path)
    assert not Questionnaire.objects.exists()
    assert not Survey.objects.exists()


@pytest.mark.parametrize("content", [b"survey: \xff", b"survey: a\x00b", b"", b"\xff\xfes\x00"])
def test_a_definition_that_is_no_text_is_refused(fail: Run, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.yaml"
    path.write_bytes(content)
    assert f"{path}:1: " in fail("load_questionnaire", path)


def test_a_changed_definition_of_an_opened_version_is_refused(fail: Run, tmp_path: Path) -> None:
    open_wave(questionnaire("small"))
    path = tmp_path / "small.yaml"
    text = (QUESTIONNAIRES / "small.yaml").read_text(encoding="utf-8")
    path.write_text(text.replace("Kleine vragenlijst", "Andere vragenlijst"), encoding="utf-8")
    assert "1.0" in fail("load_questionnaire", path)
    assert Questionnaire.objects.get().title == "Kleine vragenlijst"


# --- Registers ------------------------------------------------------------------------------------------------------


def test_registers_are_imported_and_the_outcome_is_told(run: Run, tmp_path: Path) -> None:
    libraries, schools = tmp_path / "libraries.csv", tmp_path / "schools.csv"
    libraries.write_text(
        "code,name,province,inhabitants,support_organisation,successor,merged_on\nL1,Aal,Zeeland,9,West,,\n",
        encoding="utf-8",
    )
    schools.write_text("code,name,kind,municipality,pupils,library\n01AA00,De Uil,bo,Aal,9,L1\n", encoding="utf-8")
    LibraryFactory(code="L0")
    SchoolFactory(code="00AA00", library__code="L2")
    assert run("import_libraries", libraries) == (
        "bibliotheken: 1 nieuw, 0 gewijzigd, 0 ongewijzigd, 2 niet in het bestand\n"
        "  nieuw: L1\n"
        "  niet in het bestand: L0, L2\n"
        "  let op: nieuwe POI: West; klopt de naam?\n"
    )
    assert run("import_schools", schools) == (
        "schoollocaties: 1 nieuw, 0 gewijzigd, 0 ongewijzigd, 1 niet in het bestand\n"
        "  nieuw: 01AA00\n"
        "  niet in het bestand: 00AA00\n"
    )
    again = "schoollocaties: 0 nieuw, 0 gewijzigd, 1 ongewijzigd, 0 niet in het bestand\n"
    assert run("import_schools", schools) == again


@pytest.mark.parametrize("command", ["import_libraries", "import_schools"])
def test_a_refused_register_lists_every_problem(fail: Run, tmp_path: Path, command: str) -> None:
    path = tmp_path / "register.csv"
    path.write_text("code,naam\n", encoding="utf-8")
    told = fail(command, path).splitlines()
    assert f"{path}:1: name: deze kolom ontbreekt" in [line.removeprefix("CommandError: ") for line in told]
    assert len(told) == 6 if command == "import_schools" else 7
    nothing = tmp_path / "none.csv"
    assert fail(command, nothing).endswith(
        f"{nothing}:1: het bestand kan niet worden gelezen: dit bestand of deze map is er niet\n"
    )
    assert not Library.objects.exists()
    assert not School.objects.exists()


# --- Waves ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> list[object]:
    """Answers of library A and its school, as arguments of import_wave."""
    (tmp_path / "responses.csv").write_text("library,hours,partners\nA001,10,poi\n", encoding="utf-8")
    (tmp_path / "schools.csv").write_text("library,school,cooperation\nA001,01AA00,yes\n", encoding="utf-8")
    return ["--responses", tmp_path / "responses.csv", "--schools", tmp_path / "schools.csv"]


@pytest.fixture
def wave(library_a: Library) -> Wave:
    """A draft wave for library A with one school."""
    SchoolFactory(code="01AA00", library=library_a)
    draft: Wave = WaveFactory(questionnaire=questionnaire("small"))
    return draft


def test_a_wave_from_opening_to_export(run: Run, wave: Wave, files: list[object], tmp_path: Path) -> None:
    assert run("open_wave", "test", "2024-2025") == "TEST 2024-2025 is open voor 1 bibliotheek.\n"
    assert run("import_wave", "test", "2024-2025", *files) == (
        "TEST 2024-2025: bibliotheken: 1 nieuw, 0 gewijzigd, 0 ongewijzigd, 0 niet in het bestand\n  nieuw: A001\n"
    )
    assert "1 ongewijzigd" in run("import_wave", "test", "2024-2025", *files)
    assert (
        run("close_wave", "test", "2024-2025") == "TEST 2024-2025 is gesloten: 1 van 1 bibliotheek heeft ingediend.\n"
    )
    wave.refresh_from_db()
    assert wave.state == Wave.State.CLOSED
    out = tmp_path / "out"
    assert run("export_wave", "test", "2024-2025", "--out", out).split() == [
        str(out / name) for name in ("responses.csv", "schools.csv", "codebook.csv", "roster.csv")
    ]
    assert Submission.objects.get().snapshot["answers"]["partners"] == "poi"


def test_a_draft_import_submits_nothing(run: Run, wave: Wave, files: list[object], library_a: Library) -> None:
    run("open_wave", "test", "2024-2025")
    run("import_wave", "test", "2024-2025", *files, "--draft")
    assert not Submission.objects.exists()
    assert sheet(entry_of(wave, library_a)).given("partners").value == ("poi",)


@pytest.mark.parametrize("command", ["open_wave", "close_wave", "import_wave", "export_wave"])
def test_an_unknown_wave_is_told_with_those_there_are(
    fail: Run, wave: Wave, files: list[object], tmp_path: Path, command: str
) -> None:
    more: dict[str, list[object]] = {"import_wave": files, "export_wave": ["--out", tmp_path / "out"]}
    told = fail(command, "test", "2030-2031", *more.get(command, []))
    assert "Er is geen meting test 2030-2031. Metingen: test 2024-2025." in told


def test_a_refused_import_lists_every_problem_and_stores_nothing(fail: Run, files: list[object], wave: Wave) -> None:
    call_command("open_wave", "test", "2024-2025", stdout=StringIO())
    Path(str(files[1])).write_text("library,hours,partners\nA001,veel,gemeente\n", encoding="utf-8")
    told = fail("import_wave", "test", "2024-2025", *files)
    assert f"{files[1]}:2: hours: “veel” is geen getal" in told
    assert f"{files[1]}:2: partners: “gemeente” is geen antwoordoptie" in told
    assert not Response.objects.exists()


@pytest.mark.parametrize("command", ["open_wave", "close_wave"])
def test_a_wave_that_is_not_ready_for_it_is_left_as_it_was(fail: Run, wave: Wave, command: str) -> None:
    if command == "open_wave":
        Wave.objects.update(state=Wave.State.CLOSED)
    state = Wave.objects.get().state
    assert fail(command, "test", "2024-2025").startswith("CommandError: ")
    assert Wave.objects.get().state == state


def test_answers_for_a_wave_that_is_not_open_are_refused(fail: Run, wave: Wave, files: list[object]) -> None:
    assert fail("import_wave", "test", "2024-2025", *files).startswith("CommandError: ")
    assert not Response.objects.exists()


def test_export_to_a_place_that_cannot_be_written_is_told(fail: Run, wave: Wave, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert str(tmp_path / "file") in fail("export_wave", "test", "2024-2025", "--out", tmp_path / "file" / "out")


def test_a_command_without_its_arguments_says_which(wave: Wave) -> None:
    with pytest.raises(CommandError, match="--responses"):
        call_command("import_wave", "test", "2024-2025")


def test_closing_counts_only_those_who_submitted(run: Run, library_a: Library, library_b: Library) -> None:
    wave = open_wave(questionnaire("small"), libraries=[library_a, library_b])
    answer(entry_of(wave, library_a), hours=10)
    submit(entry_of(wave, library_a))
    answer(entry_of(wave, library_b), hours=10)
    assert "1 van 2 bibliotheken hebben ingediend" in run("close_wave", "test", "2024-2025")
