"""See that the programs the tests need are there: Chromium, and gettext's xgettext. Standard library only.

As root on Debian they are installed, in whatever version Debian has; otherwise one line says what to do.
"""

import os
import shutil
import subprocess
import sys

# program -> Debian's package
NEEDED = {"chromium": "chromium", "xgettext": "gettext"}


def missing() -> list[str]:
    return [
        package
        for program, package in NEEDED.items()
        if shutil.which(program) is None and not (program == "chromium" and os.environ.get("CHROMIUM"))
    ]


def main() -> None:
    packages = missing()
    if not packages:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
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
        if done.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{done.stdout}")


if __name__ == "__main__":
    main()
