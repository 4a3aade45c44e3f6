"""Between HTTP and WSGI (PEP 3333): a request as an environment, and what an application returns as an answer; pure."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes

Environ = dict[str, Any]
Headers = tuple[tuple[str, str], ...]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_ABSOLUTE = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_PIECE = 64 * 1024
# Headers that concern one connection only (RFC 9110, section 7.6.1): they are the affair of the server.
_HOP = {"connection", "keep-alive", "proxy-authenticate", "te", "trailer", "transfer-encoding", "upgrade"}
_OF_SERVER = _HOP | {"date"}  # when an answer is sent, which may be long after it was made


@dataclass(frozen=True, slots=True)
class FilePart:
    """A part of a file as the body of an answer: the server sends it from the disk, piece by piece.

    Any other WSGI server iterates over it.
    """

    path: Path
    start: int
    length: int

    def pieces(self, size: int) -> Iterator[bytes]:
        """Yield the bytes in pieces of that size. Raises OSError where the file is gone or shorter."""
        with self.path.open("rb") as file:
            at, end = self.start, self.start + self.length
            while at < end:
                piece = os.pread(file.fileno(), min(size, end - at), at)
                if not piece:
                    raise OSError(f"{self.path.name} is shorter than it was")
                at += len(piece)
                yield piece

    def __iter__(self) -> Iterator[bytes]:
        return self.pieces(_PIECE)


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer; headers are texts of Latin-1 characters, each for a byte (PEP 3333)."""

    status: int
    headers: Headers
    body: bytes | FilePart

    @property
    def length(self) -> int:
        """The bytes of the body."""
        return self.body.length if isinstance(self.body, FilePart) else len(self.body)


class Site(Protocol):
    """What a web server serves."""

    def room(self, path: str) -> str:
        """Return the name of the room in which requests for that path are worked on."""

    def at_once(self, environ: Environ) -> Answer | None:
        """Return an answer that needs neither a place nor a wait, None where there is none. It must not block."""

    def answer(self, environ: Environ) -> Answer:
        """Return the answer of the application; runs in a thread of its room."""

    def start(self) -> None:
        """Begin what goes on in the background; once, in the process that serves."""

    def stop(self) -> None:
        """End at once all processes that answers are made by."""


def environment(
    method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes, client: str, site: tuple[str, int]
) -> Environ:
    """Return the environment of a request.

    `target` is that of the request line (RFC 9112, section 3.2), in which bytes beyond ASCII are surrogate-escaped like
    those of the headers; `client` is the address of the client, `site` host and port at which it was received.
    """
    raw = _ABSOLUTE.sub("", target, count=1) if not target.startswith("/") else target
    path, _, query = raw.partition("#")[0].partition("?")
    environ: Environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(_bytes(path or "/")).decode("latin-1"),
        "QUERY_STRING": _bytes(query).decode("latin-1"),
        "REQUEST_URI": _bytes(raw).decode("latin-1"),
        "SERVER_NAME": site[0],
        "SERVER_PORT": str(site[1]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": client,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in headers:
        if "_" in name or name.lower() in _HOP or name.lower() == "content-length":
            continue  # X_Forwarded_For would become the same variable as X-Forwarded-For
        key = name.upper().replace("-", "_")
        key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
        text = _bytes(value).decode("latin-1")
        glue = "; " if key == "HTTP_COOKIE" else ", "
        environ[key] = f"{environ[key]}{glue}{text}" if key in environ else text
    return environ


def run(application: Application, environ: Environ) -> Answer:
    """Return the answer of a WSGI application, whole."""
    said: list[tuple[str, Sequence[tuple[str, str]]]] = []
    written: list[bytes] = []

    def start_response(status: str, headers: Sequence[tuple[str, str]], error: Any = None) -> Callable[[bytes], None]:
        said.append((status, headers))
        return written.append

    result = application(environ, start_response)
    try:
        body: bytes | FilePart = result if isinstance(result, FilePart) else b"".join([*written, *result])
    finally:
        if callable(close := getattr(result, "close", None)):
            close()
    status, headers = said[-1]
    kept = tuple((name, value) for name, value in headers if name.lower() not in _OF_SERVER)
    return Answer(int(status.split(" ", 1)[0]), kept, body)


def text_answer(status: int, text: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an answer of one line of plain text."""
    named = {"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff", **(headers or {})}
    return Answer(status, tuple(named.items()), f"{text}\n".encode())


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
