"""The benchmark runs from end to end. Its figures are for people to read: a test of time would fail on a busy day."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MEASURED = [
    "save a section of 10 answers",
    "published page",
    "304 not modified",
    "aggregate 40 submissions",
    "memory it takes",
    "web CPU per questionnaire",
    "a save over HTTP",
]


def test_benchmark_prints_its_table():
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    command = [sys.executable, "-m", "tools.bench", "--quick"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.splitlines() if line.startswith("|")]
    assert rows[0].split("|")[1].strip() == "What"
    assert [name for name in MEASURED if not any(name in row for row in rows)] == []
