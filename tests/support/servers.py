"""Real SPARQL 1.1 servers, each a process of its own on ports of the loopback, with its data in a folder."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from registry.errors import StoreError
from registry.store.protocol import ask, select
from registry.store.remote import RemoteStore
from registry.store.sparql_text import drop
from tests.support.waiting import LONG, until

OWN_GRAPHS = ("http://www.openlinksw.com/", "http://www.w3.org/ns/ldp#", "http://localuriqaserver/", "urn:")
VIRTUOSO = """
[Database]
DatabaseFile = db
TransactionFile = trx
ErrorLogFile = log
LockFile = lock
xa_persistent_file = pxa
[TempDatabase]
DatabaseFile = temporary
TransactionFile = temporary.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DirsAllowed = .
ServerThreads = 20
CheckpointInterval = 0
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 20
[SPARQL]
ResultSetMaxRows = 1000000
"""


@dataclass
class Server:
    """A server with its addresses; `start` and `stop` may follow each other, the data stay."""

    folder: Path
    http: int
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def store(self) -> RemoteStore:
        return RemoteStore(self.query, self.update, timeout_seconds=LONG)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.process = subprocess.Popen(
            self.command(),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(self.answers)

    def answers(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise ChildProcessError(f"{self.command()[0]} ended with {self.process.returncode}")
        with suppress(StoreError):
            return ask(RemoteStore(self.query, timeout_seconds=LONG), "ASK {}")
        return False

    def stop(self) -> None:
        """End it, whatever it is at: its data are to survive that."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(LONG)
            self.process = None

    def empty(self) -> None:
        """Take away every graph but the server's own."""
        store = self.store
        for row in select(store, "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }"):
            if not row["g"].value.startswith(OWN_GRAPHS):
                store.update(drop(row["g"].value))


class Oxigraph(Server):
    """The server of Oxigraph, which its wheel on PyPI ships."""

    name = "oxigraph"
    ends_what_is_left = False  # a query goes on when its asker has gone

    @staticmethod
    def program() -> str | None:
        return shutil.which("oxigraph", path=str(Path(sys.executable).parent)) or shutil.which("oxigraph")

    @property
    def query(self) -> str:
        return f"http://127.0.0.1:{self.http}/query"

    @property
    def update(self) -> str:
        return f"http://127.0.0.1:{self.http}/update"

    def command(self) -> list[str]:
        place = str(self.folder / "data")
        return [str(self.program()), "serve", "--location", place, "--bind", f"127.0.0.1:{self.http}"]


class Virtuoso(Server):
    """Virtuoso 7, of Debian's package virtuoso-opensource-7-bin."""

    name = "virtuoso"
    ends_what_is_left = True

    @staticmethod
    def program() -> str | None:
        return shutil.which("virtuoso-t") if shutil.which("isql-vt") else None

    @property
    def query(self) -> str:
        return f"http://127.0.0.1:{self.http}/sparql"

    update = query

    def command(self) -> list[str]:
        return [str(self.program()), "-f", "-c", "virtuoso.ini"]

    def start(self) -> None:
        """Start it, and allow its endpoint to write."""
        settings = self.folder / "virtuoso.ini"
        if not settings.exists():
            self._sql = free_port()
            settings.write_text(VIRTUOSO.format(sql=self._sql, http=self.http))
        super().start()
        grant = 'exec=grant SPARQL_UPDATE to "SPARQL";'
        subprocess.run(["isql-vt", f"127.0.0.1:{self._sql}", "dba", "dba", grant], check=True, capture_output=True)


SERVERS = (Oxigraph, Virtuoso)
_ATTEMPTS = 5


def free_port() -> int:
    """Return a port of the loopback that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def started(kind: type[Server], folder: Path) -> Server:
    """Return a server that answers; skip the test where its program is not installed."""
    if kind.program() is None:
        pytest.skip(f"{kind.name} is not installed on this machine")
    for attempt in range(_ATTEMPTS):
        server = kind(folder / str(attempt), free_port())
        server.folder.mkdir()
        try:
            server.start()
        except ChildProcessError:  # somebody took the port meanwhile
            continue
        return server
    raise AssertionError(f"{kind.name} does not start")
