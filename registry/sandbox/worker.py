"""The child process of the sandbox: `python -m registry.sandbox.worker PACKAGE.MODULE:FUNCTION MEGABYTES`.

It loads that function, which returns the one that answers requests; takes memory and network from itself; then answers
one request after the other. Whatever kills it kills nothing else.
"""

from __future__ import annotations

import importlib
import os
import resource
import sys
from collections.abc import Callable
from typing import Any

from registry.errors import QueryError, ReadingError
from registry.sandbox import protocol
from registry.sandbox.seccomp import deny_network

MAX_MESSAGE = 600  # characters

Request = dict[str, Any]
Answer = tuple[dict[str, Any], bytes]


def main() -> None:
    """Serve requests from standard input until it ends."""
    module, _, function = sys.argv[1].partition(":")
    megabytes = int(sys.argv[2])
    answers = os.dup(1)
    os.dup2(2, 1)  # what a library prints must not look like an answer
    handle: Callable[[Request, bytes], Answer] = getattr(importlib.import_module(module), function)()
    memory = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    deny_network()
    protocol.send(answers, {"ready": True})
    while True:
        try:
            request, body = protocol.receive(0)
        except EOFError:
            return
        protocol.send(answers, *_answered(handle, request, body))


def _answered(handle: Callable[[Request, bytes], Answer], request: Request, body: bytes) -> Answer:
    try:
        return handle(request, body)
    except ReadingError as error:
        return {"error": "reading", "message": _fit(error.args[0]), "line": error.line, "column": error.column}, b""
    except QueryError as error:
        return {"error": "query", "message": str(error)}, b""
    except MemoryError:
        return {"error": "memory"}, b""


def _fit(message: str) -> str:
    """Return a message that quotes a document in the form in which it may be kept and shown: escaped, and not long.

    Both ends stay: what is wrong stands at the beginning, and how to mend it at the end.
    """
    if len(message) > MAX_MESSAGE:
        message = f"{message[: MAX_MESSAGE // 2]}…{message[-MAX_MESSAGE // 2 :]}"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in message)


if __name__ == "__main__":
    main()
