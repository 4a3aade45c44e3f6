"""The child process of the sandbox: `python -m registry.sandbox.worker reader|query MEGABYTES`.

It takes memory and network from itself, then answers one request after the other. Whatever kills it kills
nothing else.
"""

from __future__ import annotations

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
    kind, megabytes = sys.argv[1], int(sys.argv[2])
    answers = os.dup(1)
    os.dup2(2, 1)  # what a library prints must not look like an answer
    handle = _reader() if kind == "reader" else _query()
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


def _reader() -> Callable[[Request, bytes], Answer]:
    from registry.model import Report, SourceKind
    from registry.reading.describe import describe  # each kind of worker loads only what it needs
    from registry.validation.validate import validate

    def handle(request: Request, body: bytes) -> Answer:
        description = describe(body, **request)
        # the shapes are about offices and policies; of a catalogue nothing but its addresses is left
        report = Report() if request["mapping"] == SourceKind.REGISTRY else validate(description)
        lines = [[subject, predicate, line] for (subject, predicate), line in description.lines.items()]
        findings = [[getattr(finding, name) for name in FINDING] for finding in report.findings]
        said = {"graph": description.graph, "format": description.format, "lines": lines, "notes": description.notes}
        return said | {"findings": findings, "total": report.total}, description.triples

    return handle


FINDING = ("focus", "path", "severity", "shape", "value", "messages", "line")


def _query() -> Callable[[Request, bytes], Answer]:
    from pyoxigraph import Store

    from registry.endpoint.results import run

    opened: dict[str, Any] = {"revision": None, "store": Store()}

    def handle(request: Request, body: bytes) -> Answer:
        if request["revision"] != opened["revision"]:
            opened["store"] = Store.read_only(request["store"]) if request["revision"] else Store()
            opened["revision"] = request["revision"]
        limits = request["max_rows"], request["max_bytes"]
        text, graph = body.decode(), request["default_graph"]
        answer = run(opened["store"], text, request["media_type"], graph, *limits, dataset=request["dataset"])
        return {"media_type": answer.media_type, "truncated": answer.truncated}, answer.body

    return handle


if __name__ == "__main__":
    main()
