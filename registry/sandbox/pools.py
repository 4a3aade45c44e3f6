"""Pools of worker processes, each of which serves one request after the other.

A worker that dies or takes too long is killed, and another one is started for the next request. Workers are started as
new programs, not forked: a fork would share the store that the parent has open.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
from types import TracebackType
from typing import Any, Self

from registry.errors import BusyError, NoWorkerError, WorkerError
from registry.sandbox import protocol

_START_SECONDS = 60.0  # to load its libraries and install its limits
_END_SECONDS = 10.0  # for a worker that has fallen silent to be gone: the kernel first takes back its memory


class _Worker:
    """One child process. Raises WorkerError if it cannot be started."""

    def __init__(self, task: str, megabytes: int) -> None:
        command = [sys.executable, "-m", "registry.sandbox.worker", task, str(megabytes)]
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
            raise NoWorkerError(
                "no worker could be started: it needs Linux with seccomp, and memory; nothing was read"
            ) from error

    def ask(self, header: dict[str, Any], body: bytes, seconds: float) -> tuple[dict[str, Any], bytes]:
        """Send a request and return the answer, within `seconds`. After a WorkerError the worker must be closed."""
        try:
            protocol.send(self._in.fileno(), header, body)
            return protocol.receive(self._out.fileno(), seconds)
        except TimeoutError as error:
            raise WorkerError(f"it took longer than {seconds:g} seconds") from error
        except (OSError, EOFError, ValueError) as error:
            raise WorkerError(self._death()) from error

    def _death(self) -> str:
        """Return why the process ended: the allocator aborts it when it reaches its limit of memory."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        code = self._process.returncode
        if code == -signal.SIGABRT:
            return "it took more memory than is allowed"
        return f"it ended the worker ({signal.Signals(-code).name})" if code and code < 0 else "it ended the worker"

    def close(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._in, self._out):
            with contextlib.suppress(OSError):
                pipe.close()


class Pool:
    """At most `size` workers for one task, each started when it is first needed; safe for threads.

    `task` is "package.module:function". Only the worker imports it; the function returns the one that answers requests.
    `megabytes` limits the memory of one worker, `seconds` the time of one answer.
    """

    def __init__(self, task: str, size: int, megabytes: int, seconds: float) -> None:
        self._task, self._megabytes, self.seconds = task, megabytes, seconds
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

    def ask(self, header: dict[str, Any], body: bytes, wait: float | None = None) -> tuple[dict[str, Any], bytes]:
        """Return the answer of a free worker; `wait` is for how many seconds to wait for one, None for any time.

        Raises BusyError if none became free in time, and WorkerError if the worker died or reached a limit.
        """
        try:
            worker = self._slots.get(timeout=wait)
        except queue.Empty as error:
            raise BusyError("all workers are busy: try again in a few seconds") from error
        try:
            worker = worker or _Worker(self._task, self._megabytes)
            answer = worker.ask(header, body, self.seconds)
            if answer[0].get("error") == "memory":
                raise WorkerError("it took more memory than is allowed")
        except BaseException:
            if worker:
                worker.close()
            self._slots.put(None)
            raise
        self._slots.put(worker)
        return answer
