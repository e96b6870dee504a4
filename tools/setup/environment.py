"""Make .venv with the pinned packages; does nothing when they are there. Standard library only: it runs before .venv.

    python3 tools/setup/environment.py runtime | dev

`dev` holds all that `runtime` holds, so `make demo` is content with what `make test` installed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed"
UV = "uv==0.13.9"
FILES = {"runtime": ROOT / "requirements.txt", "dev": ROOT / "requirements-dev.txt"}


def stamp(kind: str) -> str:
    return f"{kind} {hashlib.sha256(FILES[kind].read_bytes()).hexdigest()}"


def satisfied(kind: str) -> bool:
    if not STAMP.exists() or not works(PYTHON):
        return False
    enough = {stamp("dev")} if kind == "dev" else {stamp("runtime"), stamp("dev")}
    return STAMP.read_text().strip() in enough


def works(python: Path) -> bool:
    """Tell whether the environment still has its Python: it breaks when the system's Python is replaced."""
    try:
        return subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def make_venv() -> None:
    if works(PYTHON):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    command = [sys.executable, "-m", "venv", str(VENV)]
    if subprocess.run(command, check=False, capture_output=True).returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    # Debian keeps venv's pip in a package of its own.
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        sys.exit("Python can't make an environment. On Debian or Ubuntu: sudo apt install python3-venv")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=True, env=quiet)
    subprocess.run(["apt-get", "install", "-y", "-qq", "python3-venv"], check=True, env=quiet)
    subprocess.run(command, check=True)


def install(requirements: Path) -> None:
    pip = [str(PYTHON), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    uv_sync = [str(PYTHON), "-m", "uv", "pip", "sync", "--quiet", "--require-hashes", "--python", str(PYTHON)]
    if (
        subprocess.run([*pip, UV], check=False).returncode == 0
        and subprocess.run([*uv_sync, str(requirements)], check=False).returncode == 0
    ):
        return
    print("uv did not manage; trying pip, which takes about a minute.", flush=True)
    subprocess.run([*pip, "--require-hashes", "-r", str(requirements)], check=True)


def main() -> None:
    kind = sys.argv[1]
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever starts us may have an older one
        sys.exit(f"Python 3.11 or later is needed, this is {sys.version.split()[0]}: make PYTHON=python3.11 …")
    if satisfied(kind):
        return
    started = time.monotonic()
    print(f"Installing the packages of {FILES[kind].name} in .venv …", flush=True)
    STAMP.unlink(missing_ok=True)
    try:
        make_venv()
        install(FILES[kind])
    except subprocess.CalledProcessError as error:
        sys.exit(f"This failed: {' '.join(map(str, error.cmd))}")
    STAMP.write_text(stamp(kind) + "\n")
    print(f"Installed in {time.monotonic() - started:.0f} s.", flush=True)


if __name__ == "__main__":
    main()
