"""The processes of the web server: some that serve, on one socket, and a parent that starts again the one that dies.

They are forked from a parent that has neither threads nor an open store, and inherit its socket. So a connection waits
for whichever is free, and none is lost with a process that dies.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable

from registry.errors import SettingsError
from registry.front.bridge import Site
from registry.front.front import Front
from registry.front.tally import Tally
from registry.settings import Settings

_BACKLOG = 1024
_SEND_BUFFER = 128 * 1024  # bytes that the kernel holds of an answer (it doubles them); else it would take megabytes
_SWITCH_SECONDS = 0.001  # after which a thread that computes lets the one that accepts and sends go on
_PAUSE_SECONDS = 1.0  # before a process that died at once is started again
_SPARE_FILES = 256  # descriptors beside those of connections
_FAILED = 70  # the exit code of a process that ended by a fault of ours (EX_SOFTWARE)

_log = logging.getLogger(__name__)
MakeSite = Callable[[Tally], Site]


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens there. Raises SettingsError where nothing can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"cannot listen on {host}:{port} ({error.strerror or error}): end what listens there, "
            "or choose another port with --port"
        ) from error
    listener.setblocking(False)
    return listener


def run(settings: Settings, listener: socket.socket, make_site: MakeSite) -> None:
    """Serve with the processes of the settings until SIGTERM or SIGINT; nothing is left behind.

    `make_site` is called in each process, after the fork.
    """
    _raise_file_limit(settings.max_connections)
    tally = Tally(settings.processes)
    family = _Family(settings, listener, make_site, tally)
    signal.signal(signal.SIGTERM, family.stop)
    signal.signal(signal.SIGINT, family.stop)
    family.watch()
    listener.close()


class _Family:
    """The parent's view of the processes that serve."""

    def __init__(self, settings: Settings, listener: socket.socket, make_site: MakeSite, tally: Tally) -> None:
        self._settings, self._listener, self._make_site, self._tally = settings, listener, make_site, tally
        self._numbers: dict[int, int] = {}  # process id → number
        self._begun: dict[int, float] = {}  # number → when it was started last
        self._stopping = False
        # each child sees by it that its parent is gone: the kernel closes the end that only the parent has
        self._alive, self._parents_end = os.pipe()

    def stop(self, *_: object) -> None:
        """Ask all processes to end."""
        self._stopping = True
        for process in self._numbers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGTERM)

    def watch(self) -> None:
        """Start the processes, start again those that die, and return when all have ended after `stop`."""
        for number in range(self._settings.processes):
            self._start(number)
        killing = 0.0
        while self._numbers:
            process, status = os.waitpid(-1, os.WNOHANG)
            if process in self._numbers:
                self._ended(self._numbers.pop(process), os.waitstatus_to_exitcode(status))
                continue
            if self._stopping:
                killing = killing or time.monotonic() + self._settings.stop_seconds + 5
                if time.monotonic() > killing:
                    for process in self._numbers:
                        os.kill(process, signal.SIGKILL)
            time.sleep(0.05 if self._stopping else 0.2)

    def _ended(self, number: int, code: int) -> None:
        own = self._tally.counts(number)
        own.forget_gauges()
        if self._stopping:
            return
        _log.error("the web process %d ended with %d; it is started again", number, code)
        self._tally.counts(self._tally.processes).add("ospo_processes_restarted")
        time.sleep(max(0.0, self._begun[number] + _PAUSE_SECONDS - time.monotonic()))
        if not self._stopping:
            self._start(number)

    def _start(self, number: int) -> None:
        self._begun[number] = time.monotonic()
        sys.stdout.flush()
        sys.stderr.flush()
        process = os.fork()
        if process:
            self._numbers[process] = number
            if self._stopping:  # asked for meanwhile
                self.stop()
            return
        code = _FAILED
        try:
            os.close(self._parents_end)
            code = self._serve(number)
        except BaseException:
            _log.exception("the web process %d ends", number)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)  # whatever thread still works

    def _serve(self, number: int) -> int:
        sys.setswitchinterval(_SWITCH_SECONDS)
        return asyncio.run(self._until_stopped(number))

    async def _until_stopped(self, number: int) -> int:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        for asked in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(asked, stopped.set)
        loop.add_reader(self._alive, stopped.set)
        site = self._make_site(self._tally)
        log = sys.stdout if self._settings.request_log == "json" else None
        front = Front(site, self._settings, self._tally.counts(number), log)
        site.start()
        server = await loop.create_server(front.server, sock=self._listener, backlog=_BACKLOG)
        await stopped.wait()
        loop.remove_reader(self._alive)
        server.close()
        await front.stop()
        return 0


def _raise_file_limit(connections: int) -> None:
    """Raise the number of files that may be open, which is what bounds connections in the end."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        if most < wanted:
            _log.warning("only %d files may be open, too few for max_connections = %d", most, connections)
