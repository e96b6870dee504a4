"""PostgreSQL and Valkey out of Python wheels, on unix sockets only: for the demo and for the tests.

No port is opened, so nothing collides and nobody else on the machine can connect. A server never outlives the
process that started it. On a real server DATABASE_URL and REDIS_URL are set and nothing here is used.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self
from urllib.parse import quote

import psycopg

from tools.servers.folders import AlreadyRunning, erase, home_of, lock_folder, short_temp, socket_folder
from tools.servers.postgres import DATABASE, Postgres, account_for
from tools.servers.processes import ServersError, die_with_parent
from tools.servers.valkey import Valkey

__all__ = ["AlreadyRunning", "Servers", "ServersError", "die_with_parent", "erase", "private_servers"]


class Servers:
    """The PostgreSQL and the Valkey of one folder; a context manager.

    `durable=False` gives up surviving a power cut for speed: tests only.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder.resolve()
        self.durable = durable
        self.postgres = Postgres(self.folder, durable=durable)
        self.valkey = Valkey(self.folder)
        self._lock: IO[str] | None = None
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
            self.start_postgres()
            self.valkey.start(self._started_sockets())
            self._create_database()
        except BaseException:
            self.stop()
            raise

    def start_postgres(self) -> None:
        """Start it, or start it again after it was killed or stopped."""
        account = account_for(self.folder)
        home = home_of(self.folder, account, durable=self.durable)
        if self._sockets is None:
            self._sockets = socket_folder(home, account)
        self.postgres.start(home, self._sockets, account)

    def stop(self) -> None:
        """Stop what runs; safe to call at any time, also half-way a start."""
        self.valkey.stop()
        self.postgres.stop()
        if self._sockets is not None and self._sockets.parent == short_temp():
            shutil.rmtree(self._sockets, ignore_errors=True)
        self._sockets = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _create_database(self) -> None:
        sockets = str(self._started_sockets())
        with psycopg.connect(host=sockets, user=DATABASE, dbname="postgres", autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")


@contextmanager
def private_servers(*, durable: bool = False) -> Iterator[Servers]:
    """Empty servers in a temporary folder, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="monitor-", dir=short_temp()))
    if os.geteuid() == 0:
        folder.chmod(0o711)  # let PostgreSQL's account pass to its own closed folder
    try:
        with Servers(folder, durable=durable) as servers:
            yield servers
    finally:
        erase(folder)
