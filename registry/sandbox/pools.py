"""Pools of worker processes, each of which serves one request after the other.

A worker that dies or takes too long is killed, and another one is started for the next request. Workers are started as
new programs, not forked: a fork would share the store that the parent has open.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any, Self

from registry.errors import BusyError, NoWorkerError, WorkerError
from registry.reasons.reasons import reason
from registry.sandbox import cancellation, protocol
from registry.sandbox.cancellation import Cancellation

_log = logging.getLogger(__name__)

_START_SECONDS = 60.0  # to load its libraries and install its limits
_END_SECONDS = 10.0  # for a worker that has fallen silent to be gone: the kernel first takes back its memory


@dataclass(frozen=True, slots=True)
class Limits:
    """What one worker may take: `megabytes` of memory, `seconds` for an answer; a network only where it says so.

    A worker whose parent has gone ends itself a little after those seconds. `niceness` is added to that of the parent.
    """

    megabytes: int
    seconds: float
    network: bool = False
    niceness: int = 0


class _Worker:
    """One child process. Raises WorkerError if it cannot be started."""

    def __init__(self, task: str, limits: Limits) -> None:
        command = [sys.executable, "-m", "registry.sandbox.worker", task, json.dumps(asdict(limits))]
        pipe, null = subprocess.PIPE, subprocess.DEVNULL
        # One arena: the allocator reserves 64 MB of addresses for each, and the limit of memory counts addresses.
        environment = {**os.environ, "MALLOC_ARENA_MAX": "1"}
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=null, env=environment, start_new_session=True
        )
        assert self._process.stdin
        assert self._process.stdout
        self._in, self._out = self._process.stdin, self._process.stdout
        try:
            protocol.receive(self._out.fileno(), _START_SECONDS)
        except (EOFError, TimeoutError, ValueError) as error:
            self.close()
            raise NoWorkerError(reason("worker-missing")) from error

    def ask(self, header: dict[str, Any], body: bytes, seconds: float) -> tuple[dict[str, Any], bytes]:
        """Send a request and return the answer, within `seconds`. After a WorkerError the worker must be closed."""
        try:
            protocol.send(self._in.fileno(), header, body)
            return protocol.receive(self._out.fileno(), seconds)
        except TimeoutError as error:
            raise WorkerError(reason("worker-slow", seconds=f"{seconds:g}")) from error
        except (OSError, EOFError, ValueError) as error:
            raise WorkerError(self._death()) from error

    def _death(self) -> str:
        """Return why the process ended: the allocator aborts it when it reaches its limit of memory."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        code = self._process.returncode
        if code == -signal.SIGABRT:
            return reason("worker-memory")
        if code and code < 0:
            return reason("worker-killed", signal=signal.Signals(-code).name)
        return reason("worker-ended")

    def kill(self) -> None:
        """Kill the process, from any thread: `ask` ends with a WorkerError then."""
        self._process.kill()

    def close(self) -> None:
        """End the process at once, and wait until it is gone."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._in, self._out):
            with contextlib.suppress(OSError):
                pipe.close()


class Pool:
    """At most `size` workers for one task, each started when it is first needed; safe for threads.

    `task` is "package.module:function". Only the worker imports it; the function returns the one that answers requests.
    The Cancellation that governs the asking thread kills the worker that it waits for.
    """

    def __init__(self, task: str, size: int, limits: Limits) -> None:
        self._task, self._limits, self.seconds = task, limits, limits.seconds
        self._running: set[_Worker] = set()
        self._lock = threading.Lock()
        self._slots: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(size):
            self._slots.put(None)
        self._size = size

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End all workers, each when it has answered its request. The pool can be used again."""
        for _ in range(self._size):
            if worker := self._slots.get():
                worker.close()
        for _ in range(self._size):
            self._slots.put(None)

    def kill(self) -> None:
        """Kill the workers that are at work now; those who wait for them get a WorkerError."""
        with self._lock:
            for worker in self._running:
                worker.kill()

    def ask(self, header: dict[str, Any], body: bytes, wait: float | None = None) -> tuple[dict[str, Any], bytes]:
        """Return the answer of a free worker; `wait` is for how many seconds to wait for one, None for any time.

        Raises BusyError if none became free in time, and WorkerError if the worker died, reached a limit or was
        stopped.
        """
        try:
            worker = self._slots.get(timeout=wait)
        except queue.Empty as error:
            raise BusyError(reason("worker-busy")) from error
        order = cancellation.current() or Cancellation()
        try:
            worker = worker or _Worker(self._task, self._limits)
            answer = self._asked(worker, header, body, order)
        except BaseException as error:
            if worker:
                order.ended = _why(error, order)
                worker.close()
            self._slots.put(None)
            if isinstance(error, WorkerError) and order.reason:
                raise WorkerError(order.reason) from error
            raise
        self._slots.put(worker)
        return answer

    def _asked(
        self, worker: _Worker, header: dict[str, Any], body: bytes, order: Cancellation
    ) -> tuple[dict[str, Any], bytes]:
        with self._lock:
            self._running.add(worker)
        try:
            with order.stopping(worker.kill):
                answer = worker.ask(header, body, self.seconds)
        finally:
            with self._lock:
                self._running.discard(worker)
        if answer[0].get("error") == "memory":
            raise WorkerError(reason("worker-memory"))
        if answer[0].get("error") == "full":
            _log.error("a worker cannot write what it made: %s; free space there", answer[0]["message"])
            raise WorkerError(reason("worker-disk"))
        return answer


def _why(error: BaseException, order: Cancellation) -> str:
    """Return why a worker is ended, as `Cancellation.ended` says it."""
    if order.reason:
        return "stopped"
    return "time" if isinstance(error.__cause__, TimeoutError) else "died"
