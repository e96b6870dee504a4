"""The fault runs from end to end, small: nothing is lost, and with a guard taken out something is."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def faults(*options: str) -> tuple[list[list[str]], str, int]:
    """The cells of every line of its tables, all it printed, and its exit code."""
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    command = [sys.executable, "-m", "tools.faults", *options]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False)
    rows = [line.strip("| ").split("|") for line in done.stdout.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows], done.stdout + done.stderr, done.returncode


def test_nothing_is_lost_and_nothing_is_overwritten_unseen():
    rows, printed, code = faults("--quick")
    assert code == 0, printed
    assert {row[0] for row in rows} >= {
        "web server killed",
        "PostgreSQL killed",
        "network cut",
        "session expired",
        "browser killed",
    }
    _name, _through, cycles, acknowledged, lost, unsent, came_back, _seconds = next(
        row for row in rows if row[0] == "together"
    )
    assert (cycles, lost) == ("10", "0")
    assert int(acknowledged) > 50
    assert int(unsent) == int(came_back) > 0
    n, stored, conflicts, overwritten, _seconds = rows[-1]
    assert (n, stored, conflicts, overwritten) == ("40", "40", "40", "0")


def test_each_guard_that_is_taken_out_is_missed():
    rows, printed, code = faults("--quick", "--without-guard")
    assert code == 0, printed
    by_name = {row[0]: row for row in rows}
    *_, unsent, came_back, _seconds = by_name["browser killed"]
    assert int(came_back) < int(unsent), "a browser that keeps nothing"
    assert int(by_name["PostgreSQL killed at once"][4]) > 0, "an acknowledgement before it was written"
    assert int(rows[-1][3]) > 0, "no version check"
