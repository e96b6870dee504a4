"""The Dutch catalogue: compile it (pure Python, so the demo needs no gettext), update it, check that it is complete.

python -m tools.messages compile | update | check
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
CATALOGUE = Path("nl", "LC_MESSAGES", "django.po")
SOURCES = ("monitor", "surveys", "reports", "templates")  # what has texts people see


def compile_catalogues(locale: Path = LOCALE) -> None:
    """Write the .mo beside each .po that is newer."""
    for source in locale.glob("*/LC_MESSAGES/*.po"):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime <= source.stat().st_mtime:
            unfinished = compiled.with_suffix(f".{os.getpid()}")  # another process may be reading it
            polib.pofile(str(source)).save_as_mofile(str(unfinished))
            unfinished.replace(compiled)


def collect(folder: Path) -> None:
    """Bring folder/locale up to date with the texts in the sources there, by Django's makemessages and xgettext."""
    (folder / "locale").mkdir(exist_ok=True)
    # Without settings, else Django would write to the catalogue the settings name.
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    ignored = [part for name in ("tests", "tools", "static*", "deploy", "docs") for part in ("--ignore", name)]
    command = [sys.executable, "-m", "django", "makemessages", "--locale=nl", "--no-obsolete", *ignored]
    command += ["--add-location=file", "--no-wrap"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr or done.stdout)


def problems() -> list[str]:
    """Name each text that lacks a sure Dutch translation, or whose translation is no longer used."""
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary)
        for name in (*SOURCES, "locale"):
            if (ROOT / name).exists():
                shutil.copytree(ROOT / name, copy / name)
        collect(copy)
        wanted = polib.pofile(str(copy / "locale" / CATALOGUE))
    known = polib.pofile(str(LOCALE / CATALOGUE)) if (LOCALE / CATALOGUE).exists() else polib.POFile()
    return (
        [f"not translated: {entry.msgid}" for entry in wanted.untranslated_entries()]
        + [f"fuzzy: {entry.msgid}" for entry in wanted.fuzzy_entries()]
        + [f"no longer used: {entry.msgid}" for entry in known if not wanted.find(entry.msgid, msgctxt=entry.msgctxt)]
    )


def main() -> int:
    match sys.argv[1:]:
        case ["compile"]:
            compile_catalogues()
        case ["update"]:
            collect(ROOT)
        case ["check"]:
            if found := problems():
                print("\n".join([*found, "`make messages` brings locale/nl up to date."]), file=sys.stderr)
                return 1
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
