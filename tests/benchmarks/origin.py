"""A server for as many hosts as are asked of it, in a process of its own so that its CPU time is not counted.

Every host has a robots.txt and one description, the same but for the host's name, and one list of 250 offices, with
ETags that never change.
"""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.model import LastResponse, Source, SourceKind
from registry.settings import Settings
from registry.vocabulary import concepts
from tests.support.waiting import LONG

ROOT = Path(__file__).parents[2]
ETAG = '"1"'
_EXAMPLE = concepts.data("ontology/examples/office.ttl")
_HOST = b"opensource.example.gov"
OFFICES_A_LIST = 250
_OFFICE = """https://office{number}.{host}/:
  name: {{en: Open Source Programme Office {number}}}
  country: SE
  level: regional
  description: {{en: Advises the administrations of its region on free software and publishes what they write.}}
  email: office{number}@office{number}.{host}
  created: 2021-11-08
"""
_ROBOTS = b"User-agent: *\nDisallow: /private/\n"


@dataclass(frozen=True, slots=True)
class Origin:
    """Some hosts, all of them on this port of the loopback interface."""

    port: int
    hosts: tuple[str, ...]

    @property
    def sources(self) -> list[Source]:
        """One source a host."""
        return [Source(host.partition(".")[0], f"http://{host}/office.ttl") for host in self.hosts]

    @property
    def lists(self) -> list[Source]:
        """One list of offices a host."""
        return [Source(host.partition(".")[0], f"http://{host}/offices.yaml", SourceKind.LIST) for host in self.hosts]

    @property
    def known(self) -> list[tuple[Source, LastResponse]]:
        """The sources with what conditional requests need."""
        return [(source, LastResponse(source.url, ETAG)) for source in self.sources]

    def settings(self, data: Path, delay: float = 0.0, **others: Any) -> Settings:
        """Return settings that find the hosts here, pause so many seconds, and let nothing be too slow."""
        patient = {"connect_seconds": LONG, "fetch_seconds": LONG, "reader_seconds": LONG}
        here = {"resolve": dict.fromkeys(self.hosts, f"127.0.0.1:{self.port}"), "allow_networks": ("127.0.0.1/32",)}
        return Settings(data=str(data), delay_seconds=delay, **here, **patient, **others)


def hosts(count: int) -> tuple[str, ...]:
    """Return the names of so many hosts."""
    return tuple(f"office{number}.example" for number in range(count))


@contextmanager
def origin(count: int, latency: float = 0.0) -> Iterator[Origin]:
    """Serve that many hosts while the block runs, each answer after so many seconds."""
    _allow_files(count + 500)
    command = [sys.executable, "-m", __name__, str(latency)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as child:
        assert child.stdout
        try:
            yield Origin(int(child.stdout.readline()), hosts(count))
        finally:
            child.kill()


def _allow_files(wanted: int) -> None:
    """Let this process and its children hold a connection to every host at once: all are kept for some seconds."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 < soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def document(host: str) -> bytes:
    """Return the description of a host's office."""
    return _EXAMPLE.replace(_HOST, host.encode())


def offices(host: str) -> bytes:
    """Return a list of offices, each with a home page of its own."""
    return "".join(_OFFICE.format(number=number, host=host) for number in range(OFFICES_A_LIST)).encode()


class _Server(asyncio.Protocol):
    """Answers whole requests without a body after some seconds, and keeps the connection."""

    def __init__(self, latency: float) -> None:
        self._latency = latency

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        *requests, self._received = (self._received + data).split(b"\r\n\r\n")
        for request in requests:
            lines = request.lower().split(b"\r\n")
            fields = dict(line.split(b": ", 1) for line in lines[1:])
            answer = _answer(lines[0].split()[1], fields)
            if self._latency:
                asyncio.get_running_loop().call_later(self._latency, self._transport.write, answer)
            else:
                self._transport.write(answer)


def _answer(path: bytes, fields: dict[bytes, bytes]) -> bytes:
    if path == b"/robots.txt":
        return _written("200 OK", "text/plain", _ROBOTS)
    if b"if-none-match" in fields:
        return f"HTTP/1.1 304 Not Modified\r\nETag: {ETAG}\r\n\r\n".encode()
    host = fields[b"host"].decode()
    if path == b"/offices.yaml":
        return _written("200 OK", "text/yaml", offices(host))
    return _written("200 OK", "text/turtle", document(host))


def _written(status: str, media_type: str, body: bytes) -> bytes:
    fields = f"ETag: {ETAG}\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}"
    return f"HTTP/1.1 {status}\r\n{fields}\r\n\r\n".encode() + body


async def _serve(latency: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Server(latency), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
