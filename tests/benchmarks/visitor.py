"""The web process as a child: it answers each `COUNT PATH` on its input with the seconds that the requests took.

`0 REVISION` is answered with the seconds until that revision is shown.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from werkzeug.test import create_environ, run_wsgi_app

from registry.readmodel.catalogue import Catalogue
from registry.settings import Settings
from registry.web.app import create_app
from tests.benchmarks.origin import ROOT

_BROWSER = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate",
    "Accept-Language": "en-GB,en;q=0.7,fr;q=0.3",
}


class Visitor:
    """The parent's end of the child."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        self._child = child

    def ask(self, path: str, count: int = 1) -> float:
        """Return the CPU seconds that the visitor's thread spends on one of so many requests, one after the other."""
        assert self._child.stdin
        assert self._child.stdout
        print(count, path, file=self._child.stdin, flush=True)
        return float(self._child.stdout.readline()) / max(count, 1)

    def settle(self, revision: int) -> float:
        """Return the seconds until the pages show that revision."""
        return self.ask(str(revision), 0)

    @property
    def cpu_seconds(self) -> float:
        """The CPU time that the child has spent since it began."""
        fields = Path(f"/proc/{self._child.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime and stime, proc(5)

    @property
    def megabytes(self) -> float:
        """The memory that the child holds now (its resident set)."""
        status = Path(f"/proc/{self._child.pid}/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


@contextmanager
def visitor(settings: Settings) -> Iterator[Visitor]:
    """Start the application on the data of the settings in a process of its own while the block runs."""
    command = [sys.executable, "-m", __name__, settings.data]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as child:
        try:
            yield Visitor(child)
        finally:
            child.kill()


def _answer(data: str) -> None:
    application = create_app(Settings(data=data))
    for line in sys.stdin:
        count, path = line.split()
        if count == "0":
            print(_settled(application.config["CATALOGUE"], int(path)), flush=True)
            continue
        environ = create_environ(path, headers=_BROWSER)
        start = time.thread_time()
        for _ in range(int(count)):
            pieces, status, _ = run_wsgi_app(application, environ)
            b"".join(pieces)
        spent = time.thread_time() - start
        assert status == "200 OK", f"{path} answers {status}"
        print(spent, flush=True)


def _settled(catalogue: Catalogue, revision: int) -> float:
    start = time.monotonic()
    while catalogue.revision() != revision:
        time.sleep(0.01)
    return time.monotonic() - start


if __name__ == "__main__":
    _answer(sys.argv[1])
