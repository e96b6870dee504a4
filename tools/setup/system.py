"""See that the programs and libraries of the system that we use are there. Standard library only.

    python3 tools/setup/system.py [demo]

As root on Debian they are installed, in whatever version Debian has; otherwise one line says what to do. The tests need
them all. The demo needs only what draws PDFs, and does without it: the buttons then say what is missing.
"""

import ctypes
import os
import shutil
import subprocess
import sys

# program -> Debian's package
NEEDED = {"chromium": "chromium", "xgettext": "gettext"}
# library -> Debian's package: what WeasyPrint lays out text with (surveys/paper.py)
PDF_LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}


def missing() -> list[str]:
    return [
        package
        for program, package in NEEDED.items()
        if shutil.which(program) is None and not (program == "chromium" and os.environ.get("CHROMIUM"))
    ] + missing_for_pdf()


def missing_for_pdf() -> list[str]:
    return [package for library, package in PDF_LIBRARIES.items() if not loads(library)]


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def main(kind: str = "tests") -> None:
    packages = missing_for_pdf() if kind == "demo" else missing()
    if not packages:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        if kind == "demo":
            print(
                f"PDFs can't be made without {' and '.join(packages)}: sudo apt install {' '.join(packages)}",
                flush=True,
            )
            return
        sys.exit(
            f"The tests need {' and '.join(packages)}: sudo apt install {' '.join(packages)}"
            " (elsewhere: install them yourself and name the browser in CHROMIUM)."
        )
    print(f"Installing {' and '.join(packages)} …", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    for command in (["apt-get", "update", "-qq"], install):
        done = subprocess.run(
            command, env=quiet, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if done.returncode and kind == "demo":
            print(f"{' '.join(command)} failed, so there will be no PDFs.", flush=True)
            return
        if done.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{done.stdout}")


if __name__ == "__main__":
    main(*sys.argv[1:])
