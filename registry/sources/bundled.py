"""The sources that come with the registry: a server on loopback offers their files, and they are crawled like all."""

from __future__ import annotations

import hashlib
import random
import re
import threading
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from importlib.resources.abc import Traversable
from socketserver import TCPServer

from registry.iri.addresses import BUNDLED, BUNDLED_HOST
from registry.model import Layer, Source, SourceKind
from registry.sources.declared import SHIPPED, source_from

CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
_RANK = 1000
# Crawl-delay 0: nobody else is kept waiting by an origin that serves the crawler alone
_ROBOTS = b"User-agent: *\nCrawl-delay: 0\nDisallow:\n"
_TYPES = {"yaml": "application/yaml", "csv": "text/csv; charset=utf-8", "txt": "text/plain"}
_TITLE = re.compile(r"^title:[ ]+(?P<quote>[\"']?)(?P<title>[^\s\"'{\[|>].*?)(?P=quote)[ ]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Bundled:
    """The bundled sources, and the entries that settings need to reach them: in `resolve` and in `allow_networks`."""

    sources: tuple[Source, ...]
    resolve: Mapping[str, str]
    networks: tuple[str, ...]


@contextmanager
def origin(folder: Traversable | None = None) -> Iterator[Bundled]:
    """Serve the YAML files of a folder while the block runs; by default registry/data/sources, and the shipped tables.

    Raises OSError when no port of the loopback interface can be had.
    """
    where = folder or files("registry") / "data" / "sources"
    pages = {item.name: item.read_bytes() for item in where.iterdir() if item.name.endswith(".yaml")}
    tables = () if folder else _tables()
    sources = (*(_source(name, pages[name]) for name in sorted(pages)), *tables)
    pages |= {source.url.removeprefix(BUNDLED): _table(source).read_bytes() for source in tables}
    with _server({**pages, "robots.txt": _ROBOTS}) as server:
        number, port = str(server.server_address[0]), server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="bundled sources", daemon=True)
        thread.start()
        try:
            yield Bundled(sources, {BUNDLED_HOST: f"{number}:{port}"}, (f"{number}/32",))
        finally:
            server.shutdown()
            thread.join()


def _source(name: str, body: bytes) -> Source:
    stem = name.removesuffix(".yaml")
    title = _TITLE.search(body.decode("utf-8", errors="replace"))
    return Source(
        id=source_id(stem),
        url=f"http://{BUNDLED_HOST}/{name}",
        kind=SourceKind.DESCRIPTION,
        layer=Layer.COMPILED,
        rank=_RANK,
        title=title["title"] if title else stem,
        licence=CC0,
    )


def source_id(country: str) -> str:
    """Return the identifier of the bundled source of a country."""
    return f"compiled-{country.lower()}"


def _tables() -> tuple[Source, ...]:
    """Return the sources of the shipped settings that are bundled: tables of others, each in a folder of its own."""
    declared = map(source_from, tomllib.loads(SHIPPED.read_text(encoding="utf-8"))["sources"])
    return tuple(source for source in declared if source.url.startswith(BUNDLED))


def _table(source: Source) -> Traversable:
    return files("registry") / "data" / source.id / "policies.csv"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    pages: Mapping[str, bytes]

    def server_bind(self) -> None:
        """Bind without asking the DNS for the name of this machine, as HTTPServer does: that may hang."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = BUNDLED_HOST, self.server_address[1]


def _server(pages: Mapping[str, bytes]) -> _Server:
    """Return a server on a loopback address that nobody can guess.

    The crawler is allowed to contact that address; on 127.0.0.1 a hostile redirect might find other services.
    """
    address = f"127.{random.randint(1, 254)}.{random.randint(1, 254)}.{random.randint(1, 254)}"
    try:
        server = _Server((address, 0), _Handler)
    except OSError:  # systems that know 127.0.0.1 alone, such as macOS
        server = _Server(("127.0.0.1", 0), _Handler)
    server.pages = pages
    return server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "OSPO-Atlas-bundled"
    sys_version = ""
    timeout = 30.0  # seconds that an idle connection is kept
    server: _Server

    def do_GET(self) -> None:
        """Answer 200, 304 where the visitor has that ETag already, or 404."""
        body = self.server.pages.get(self.path.removeprefix("/"))
        if body is None:
            self._send(404, b"")
            return
        etag = f'"{hashlib.sha256(body).hexdigest()}"'
        unchanged = self.headers.get("If-None-Match") == etag
        self._send(304 if unchanged else 200, b"" if unchanged else body, etag)

    def _send(self, status: int, body: bytes, etag: str = "") -> None:
        self.send_response(status)
        if etag:
            self.send_header("ETag", etag)
        if status != 304:
            self.send_header("Content-Type", _TYPES[self.path.rpartition(".")[2]] if status == 200 else "text/plain")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the crawl reports what it reads."""
