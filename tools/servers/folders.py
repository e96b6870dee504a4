"""Where data and sockets are: in one folder, or where the account of PostgreSQL can come."""

import fcntl
import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO

from tools.servers.processes import Account, ServersError

# sockaddr_un holds 108 bytes on Linux and 104 on macOS; the longest name in the folder is ".s.PGSQL.5432.lock".
LONGEST_SOCKET_FOLDER = 80
# When root works in a folder closed to the account PostgreSQL runs under, such as /root.
ELSEWHERE = Path("/var/lib/bibliotheekmonitor")


class AlreadyRunning(ServersError):
    """Another process has started the servers of this folder and is still alive."""


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


def home_of(folder: Path, account: Account, *, durable: bool) -> Path:
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
        real = Path(tempfile.mkdtemp(prefix="monitor-", dir=short_temp()))
    account.own(real)
    home.unlink(missing_ok=True)  # a link to a folder that is gone
    home.symlink_to(real)
    return real


def short_temp() -> Path:
    temp = Path(tempfile.gettempdir()).resolve()
    return temp if len(os.fsencode(temp)) <= LONGEST_SOCKET_FOLDER - 20 else Path("/tmp").resolve()  # noqa: S108 - mkdtemp in it


def socket_folder(home: Path, account: Account) -> Path:
    sockets = home / "sockets"
    if len(os.fsencode(sockets)) > LONGEST_SOCKET_FOLDER:
        sockets = Path(tempfile.mkdtemp(prefix="monitor-", dir=short_temp()))
    account.own(sockets)
    return sockets
