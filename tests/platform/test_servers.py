"""The embedded servers: where they listen, who may reach them, and that they never stay behind."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tools.servers import AlreadyRunning, Servers, ServersError, erase, folders, postgres
from tools.servers.processes import Account
from tools.servers.valkey import Valkey

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not tmp_path: pytest closes that to all but its owner, and PostgreSQL's account must be able to pass.
    path = Path(tempfile.mkdtemp(prefix="monitor-test-"))
    path.chmod(0o755)
    yield path / "servers"
    erase(path / "servers")
    path.rmdir()


def connect(running: Servers) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(running.database_url)


def shown(running: Servers, setting: str) -> object:
    with connect(running) as connection:
        row = connection.execute("SELECT current_setting(%s)", [setting]).fetchone()
    assert row is not None
    return row[0]


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 15
    while Path(f"/proc/{pid}").exists():
        if "zombie" in Path(f"/proc/{pid}/status").read_text():
            return
        assert time.monotonic() < deadline, f"process {pid} stayed behind"
        time.sleep(0.05)


def test_word_of_a_server_that_was_killed_is_not_taken_for_that_of_the_new_one(tmp_path):
    (tmp_path / "postmaster.pid").write_text("4711\n/data\n1700000000\n5432\n/sockets\n\n1 2\nready   \n")
    assert postgres.is_ready(tmp_path, 4711)
    assert not postgres.is_ready(tmp_path, 4712)


def test_data_stays_over_a_restart_and_durability_is_on(folder):
    with Servers(folder) as running:
        assert shown(running, "fsync") == "on"
        assert shown(running, "synchronous_commit") == "on"
        with connect(running) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    with Servers(folder) as running, connect(running) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_no_port_is_opened_and_only_the_owner_may_enter_the_sockets(folder):
    with Servers(folder, durable=False) as running:
        assert shown(running, "listen_addresses") == ""
        found = re.search(r"redis\+socket://(.*)/valkey\?", running.redis_url)
        assert found is not None
        sockets = Path(found[1])
        assert sockets.stat().st_mode & 0o077 == 0
        assert (sockets / "valkey").is_socket()


def test_a_second_start_of_the_same_folder_is_refused(folder):
    with Servers(folder, durable=False):
        with pytest.raises(AlreadyRunning):
            Servers(folder, durable=False).start()
        with pytest.raises(AlreadyRunning):
            erase(folder)


def test_a_start_that_fails_leaves_nothing_running(folder, monkeypatch):
    pids = []
    starting = Servers(folder, durable=False)

    def failing(_valkey: Valkey, _sockets: Path) -> None:
        assert starting.postgres.process is not None
        pids.append(starting.postgres.process.pid)
        raise ServersError("planted")

    monkeypatch.setattr(Valkey, "start", failing)
    with pytest.raises(ServersError, match="planted"):
        starting.start()
    wait_until_gone(pids[0])
    monkeypatch.undo()
    with Servers(folder, durable=False) as running:
        assert shown(running, "server_encoding") == "UTF8"


def test_sockets_move_to_a_short_folder_when_the_project_lies_deep(folder):
    deep = folder / ("a-long-name-" * 5) / ("another-long-name-" * 5)
    deep.parent.mkdir(parents=True)
    with Servers(deep, durable=False) as running:
        assert str(deep) not in running.redis_url
        assert shown(running, "fsync") == "off"
    erase(deep)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root must hand PostgreSQL to another account")
@pytest.mark.parametrize("durable", [True, False])
def test_root_in_a_closed_folder_keeps_the_data_elsewhere(folder, durable, monkeypatch, tmp_path):
    folder.mkdir(mode=0o700)
    elsewhere = folder.parent.with_name(f"{folder.parent.name}-elsewhere")
    monkeypatch.setattr(folders, "ELSEWHERE", elsewhere)
    inside = folder / "demo"
    with Servers(inside, durable=durable) as running:
        assert (inside / "postgres").is_symlink()
        real = (inside / "postgres").resolve()
        assert real.is_relative_to(elsewhere) == durable
        assert shown(running, "data_directory") == str(real / "data")
    with Servers(inside, durable=durable):
        assert (inside / "postgres").resolve() == real
    erase(inside)
    assert not real.exists()
    if durable:
        elsewhere.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's PostgreSQL runs under that user")
def test_programs_are_copied_when_the_account_can_not_reach_them(folder, monkeypatch):
    def unreachable(self: object, test: str, path: Path) -> bool:
        return test != "-x"

    monkeypatch.setattr(Account, "can", unreachable)
    with Servers(folder, durable=False) as running:
        assert shown(running, "server_version_num")
        assert running.postgres.process is not None
        program = Path(f"/proc/{running.postgres.process.pid}/exe").resolve()
        assert program.is_relative_to((folder / "postgres").resolve())


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
def test_servers_die_with_a_starter_that_is_killed(folder):
    script = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        from tools.servers import Servers
        running = Servers(Path(sys.argv[1]), durable=False)
        running.start()
        print(running.postgres.process.pid, running.valkey.process.pid, flush=True)
        time.sleep(60)
        """
    )
    starter = subprocess.Popen([sys.executable, "-c", script, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    pids = [int(word) for word in starter.stdout.readline().split()]
    assert len(pids) == 2
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    starter.stdout.close()
    for pid in pids:
        wait_until_gone(pid)
    with Servers(folder, durable=False) as running:
        assert shown(running, "fsync") == "off"


def wrapper(*command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tools.servers", "--", *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_the_wrapper_names_its_own_servers_and_returns_the_exit_code(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody-elses/database")
    script = "import os, sys; print(os.environ['DATABASE_URL'], os.environ['REDIS_URL']); sys.exit(3)"
    started = wrapper(sys.executable, "-c", script)
    output, _ = started.communicate(timeout=60)
    assert started.returncode == 3
    assert "somebody-elses" not in output
    folder = re.search(r"redis\+socket://(.*?)/postgres", output)
    assert folder is not None
    assert not Path(folder[1]).exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_wrapper_stops_everything_when_it_is_asked_to_stop(number):
    started = wrapper("sh", "-c", 'echo "$REDIS_URL"; exec sleep 60')
    assert started.stdout is not None
    folder = re.search(r"redis\+socket://(.*?)/postgres", started.stdout.readline())
    assert folder is not None
    assert Path(folder[1]).exists()
    os.killpg(started.pid, number)  # as a terminal does with Ctrl-C
    assert started.wait(timeout=30) == 128 + number
    started.stdout.close()
    assert not Path(folder[1]).exists()
