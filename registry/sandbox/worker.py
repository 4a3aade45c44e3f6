"""The program of a worker: `python -m registry.sandbox.worker PACKAGE.MODULE:FUNCTION LIMITS` (in JSON).

It imports the function and calls it, which gives the function that answers requests; limits its own memory and gives up
the network; and then answers one request after the other on standard input and output.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import Any

from registry.errors import QueryError, ReadingError, StoreError, is_disk_full
from registry.sandbox import protocol
from registry.sandbox.seccomp import deny_network

_ORPHAN_SECONDS = 2.0  # beyond its time, before a worker ends itself: its parent, which would have, is gone
MAX_MESSAGE = 600  # characters of an error about a document

Request = dict[str, Any]
Answer = tuple[dict[str, Any], bytes]


def main() -> None:
    """Answer requests from standard input until it ends."""
    module, _, function = sys.argv[1].partition(":")
    limits = json.loads(sys.argv[2])
    os.nice(limits["niceness"])
    answers = os.dup(1)
    os.dup2(2, 1)  # what a library prints must not look like an answer
    handle: Callable[[Request, bytes], Answer] = getattr(importlib.import_module(module), function)()
    memory = limits["megabytes"] * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not limits["network"]:
        deny_network()
    protocol.send(answers, {"ready": True})
    while True:
        try:
            request, body = protocol.receive(0)
        except EOFError:
            return
        # the kernel ends the process, in native code too, which no handler in Python would interrupt
        signal.setitimer(signal.ITIMER_REAL, limits["seconds"] + _ORPHAN_SECONDS)
        protocol.send(answers, *_answer(handle, request, body))
        signal.setitimer(signal.ITIMER_REAL, 0)


def _answer(handle: Callable[[Request, bytes], Answer], request: Request, body: bytes) -> Answer:
    """Return the answer, or the error that `Readers` and `LocalEndpoint` raise again in the parent."""
    try:
        return handle(request, body)
    except ReadingError as error:
        messages = {language: _short(text) for language, text in error.messages.items()}
        place = {"line": error.line, "column": error.column}
        return {"error": "reading", "messages": messages, "code": error.code, **place}, b""
    except QueryError as error:
        return {"error": "query", "message": str(error)}, b""
    except StoreError as error:
        return {"error": "store", "message": str(error)}, b""
    except MemoryError:
        return {"error": "memory"}, b""
    except OSError as error:
        if not is_disk_full(error):
            raise
        return {"error": "full", "message": str(error)}, b""


def _short(message: str) -> str:
    """Return a message, which may quote a document, cut to `MAX_MESSAGE` and with control characters escaped.

    It is cut in the middle, since it begins with what is wrong and ends with how to fix it.
    """
    if len(message) > MAX_MESSAGE:
        message = f"{message[: MAX_MESSAGE // 2]}…{message[-MAX_MESSAGE // 2 :]}"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in message)


if __name__ == "__main__":
    main()
