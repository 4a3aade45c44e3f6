"""Worker processes for what is foreign: documents to read and validate, and visitors' queries.

Workers are warm and serve one request after the other; one that dies or overruns its time is killed and replaced.
They are started afresh, never forked: a fork would share an open store.
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

from registry.errors import BusyError, WorkerError
from registry.sandbox import protocol

_START_SECONDS = 30.0


class _Worker:
    """One child process."""

    def __init__(self, task: str, megabytes: int) -> None:
        command = [sys.executable, "-m", "registry.sandbox.worker", task, str(megabytes)]
        pipe, null = subprocess.PIPE, subprocess.DEVNULL
        # The allocator reserves 64 MB of addresses for each thread of the store, which the limit of memory counts.
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
            raise WorkerError(
                "no worker could be started: it needs Linux with seccomp, and memory; nothing was read"
            ) from error

    def ask(self, header: dict[str, Any], body: bytes, seconds: float) -> tuple[dict[str, Any], bytes]:
        """Send a request and return the answer. Raises WorkerError, after which the worker is of no more use."""
        try:
            protocol.send(self._in.fileno(), header, body)
            return protocol.receive(self._out.fileno(), seconds)
        except TimeoutError as error:
            raise WorkerError(f"it took longer than {seconds:g} seconds") from error
        except (OSError, EOFError, ValueError) as error:
            raise WorkerError(self._death()) from error

    def _death(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
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
    """So many workers at one task, started when first needed; safe for threads.

    `task` names the function that a worker runs, as "package.module:function"; it is loaded in the worker alone and
    returns the function that answers a request. `megabytes` limits the memory of one worker, `seconds` one answer.
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
        """End all workers; those still at work, when they are done."""
        for _ in range(self._size):
            if worker := self._slots.get():
                worker.close()
        for _ in range(self._size):
            self._slots.put(None)

    def ask(self, header: dict[str, Any], body: bytes, wait: float | None = None) -> tuple[dict[str, Any], bytes]:
        """Return the answer of a free worker, waited for so many seconds. Raises BusyError and WorkerError."""
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
