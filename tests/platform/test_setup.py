"""`make` installs what is needed once, and not again when the other command has installed more."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import messages
from tools.setup import environment, system

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Pretend that an environment exists; write what was installed in it."""
    monkeypatch.setattr(environment, "STAMP", tmp_path / "installed")
    monkeypatch.setattr(environment, "PYTHON", Path(sys.executable))
    files = {kind: tmp_path / f"{kind}.txt" for kind in environment.FILES}
    for kind, file in files.items():
        file.write_text(kind)
    monkeypatch.setattr(environment, "FILES", files)
    return lambda kind: environment.STAMP.write_text(environment.stamp(kind))


def test_nothing_installed_satisfies_nothing(installed):
    assert not environment.satisfied("runtime")
    assert not environment.satisfied("dev")


def test_the_demo_is_content_with_the_environment_of_the_tests_but_not_the_other_way_round(installed):
    installed("dev")
    assert environment.satisfied("runtime")
    assert environment.satisfied("dev")
    installed("runtime")
    assert environment.satisfied("runtime")
    assert not environment.satisfied("dev")


def test_changed_requirements_are_installed_again(installed):
    installed("dev")
    environment.FILES["dev"].write_text("newer")
    assert not environment.satisfied("dev")
    assert not environment.satisfied("runtime")


def test_an_environment_whose_python_is_gone_is_made_again(installed, monkeypatch, tmp_path):
    installed("dev")
    monkeypatch.setattr(environment, "PYTHON", tmp_path / "gone" / "python")
    assert not environment.satisfied("dev")


def test_an_ordinary_user_without_chromium_gets_one_line_that_says_what_to_install(monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(shutil, "which", lambda program: None if program == "chromium" else f"/usr/bin/{program}")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit, match="sudo apt install chromium ") as refused:
        system.main()
    assert "\n" not in str(refused.value)


def test_nothing_is_installed_when_nothing_is_missing(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda program: f"/usr/bin/{program}")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("it started a program"))
    system.main()
    assert system.missing() == []


def test_every_target_of_make_is_declared_and_explained():
    makefile = (ROOT / "Makefile").read_text()
    wanted = "install run test browser lint format types imports messages seed check lock bench demo demo-reset help"
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in wanted.split():
        assert f"make {target} " in shown
        assert target in makefile.split(".PHONY:")[1].split("\n\n")[0]


def test_ci_calls_make_test():
    assert (ROOT / ".ci" / "run").read_text().strip().endswith("make test")


def test_a_catalogue_is_compiled_when_it_is_newer(tmp_path):
    folder = tmp_path / "nl" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "a"\nmsgstr "é"\n'
    )
    messages.compile_catalogues(tmp_path)
    assert "é".encode() in (folder / "django.mo").read_bytes()
    assert sorted(path.name for path in folder.iterdir()) == ["django.mo", "django.po"]
