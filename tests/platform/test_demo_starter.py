"""`make demo` from start to Ctrl-C, in a folder of its own and with a stand-in for the demo's data."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.demo.__main__ import DemoError, check_port
from tools.servers import erase

ROOT = Path(__file__).resolve().parent.parent.parent
STARTER = textwrap.dedent(
    """
    import sys, types
    from pathlib import Path
    import tools.demo
    from tools.demo import __main__ as demo

    def seed(say):
        from django.contrib.auth import get_user_model
        get_user_model()(email="anna@voorbeeld.nl").save()
        say("filled")

    stand_in = types.SimpleNamespace(seed=seed, accounts=lambda: [("Bibliotheek", "anna@voorbeeld.nl", "geheim")])
    sys.modules["tools.demo.seed"] = tools.demo.seed = stand_in
    folder = Path(sys.argv.pop(1))
    demo.FOLDER, demo.ENVIRONMENT, demo.SEEDED = folder, folder / "environment", folder / "seeded"
    sys.exit(demo.main())
    """
)


@pytest.fixture
def folder() -> Iterator[Path]:
    above = Path(tempfile.mkdtemp(prefix="monitor-demo-"))
    above.chmod(0o755)  # PostgreSQL's account must be able to pass
    yield above / "demo"
    erase(above / "demo")
    above.rmdir()


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path, port: int, *options: str) -> subprocess.Popen[str]:
    without_ours = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SITE_URL", "DEMO", "DJANGO_SETTINGS_MODULE"}
    }
    return subprocess.Popen(
        [sys.executable, "-c", STARTER, str(folder), "--port", str(port), *options],
        cwd=ROOT,
        env=without_ours,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def lines_until(demo: subprocess.Popen[str], wanted: str) -> str:
    assert demo.stdout is not None
    lines = []
    for line in demo.stdout:
        lines.append(line)
        if wanted in line:
            return "".join(lines)
    pytest.fail("It stopped:\n" + "".join(lines))


def of_this_demo(folder: Path, port: int) -> list[str]:
    """The processes that work for this demo, by what their command line names."""
    shown = subprocess.run(["ps", "-eww", "-o", "pid,args"], capture_output=True, text=True, check=True).stdout
    return [line for line in shown.splitlines() if str(folder) in line or f"--port {port}" in line]


def test_it_starts_answers_refuses_a_second_and_stops_without_a_trace(folder, port):
    demo = start(folder, port)
    try:
        shown = lines_until(demo, "Ctrl-C")
        assert "filled" in shown
        assert f"http://127.0.0.1:{port}/" in shown
        assert "anna@voorbeeld.nl   geheim" in shown
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as page:
            assert page.read() == b'{"status": "ok"}'
        assert (folder / "environment").stat().st_mode & 0o077 == 0

        for option in ([], ["--erase"]):
            second = start(folder, port, *option)
            output, _ = second.communicate(timeout=30)
            assert second.returncode == 1
            assert "The demo is running" in output
        assert (folder / "environment").exists()
        assert len(of_this_demo(folder, port)) > 4
    finally:
        os.killpg(demo.pid, signal.SIGINT)
        rest, _ = demo.communicate(timeout=60)
    assert demo.returncode == 0
    assert "goes on where it was" in rest
    assert not (folder / "environment").exists()
    deadline = time.monotonic() + 10
    while left := of_this_demo(folder, port):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)

    again = start(folder, port, "--seed-only")
    output, _ = again.communicate(timeout=60)
    assert again.returncode == 0
    assert "filled" not in output, "what was filled in must stay"


def test_a_port_that_is_taken_is_named_with_a_way_out(port):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(DemoError, match=rf"Port {port} is not free .*make demo PORT={port + 1}"):
            check_port(port)
