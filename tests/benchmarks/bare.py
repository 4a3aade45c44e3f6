"""The parts of the pipeline at their fastest, each by the library that does it, and nothing between them."""

from __future__ import annotations

import asyncio
import gzip
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
import pyoxigraph as ox
import shifty
from aiohttp.abc import AbstractResolver, ResolveResult

from registry.vocabulary.messages import shape_triples
from tests.benchmarks.origin import ETAG, Origin, document

PLACES = 20  # requests in flight, as the settings are shipped


def fetch(web: Origin, conditional: bool, delay: float = 0.0) -> None:
    """Ask every host by aiohttp for its robots.txt and, after so many seconds, for its description."""
    asyncio.run(_fetch(web, {"If-None-Match": ETAG} if conditional else {}, delay))


async def _fetch(web: Origin, conditions: dict[str, str], delay: float) -> None:
    connector = aiohttp.TCPConnector(resolver=_Loopback(web.port), use_dns_cache=False, limit=0)
    places, hosts = asyncio.Semaphore(PLACES), iter(web.hosts)
    together = len(web.hosts) if delay else PLACES  # pauses of all at once: as fast as so few places can be
    async with aiohttp.ClientSession(connector=connector) as session:
        await asyncio.gather(*(_work(session, hosts, conditions, delay, places) for _ in range(together)))


async def _work(
    session: aiohttp.ClientSession,
    hosts: Iterator[str],
    conditions: dict[str, str],
    delay: float,
    places: asyncio.Semaphore,
) -> None:
    for host in hosts:
        async with places, session.get(f"http://{host}/robots.txt") as answer:
            await answer.read()
        await asyncio.sleep(delay)
        async with places, session.get(f"http://{host}/office.ttl", headers=conditions) as answer:
            await answer.read()


class _Loopback(AbstractResolver):
    """Finds every host at one port of this machine."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        at = {"host": "127.0.0.1", "port": self._port, "family": socket.AF_INET}
        return [ResolveResult(hostname=host, **at, proto=socket.IPPROTO_TCP, flags=socket.AI_NUMERICHOST)]

    async def close(self) -> None:
        """Do nothing: no resource is held."""


class Documents:
    """The descriptions of so many hosts, and what each part does with them."""

    def __init__(self, hosts: tuple[str, ...]) -> None:
        self._bodies = [document(host) for host in hosts]
        self._quads = [self._parsed(body) for body in self._bodies]
        self._triples = [
            ox.serialize([quad.triple for quad in quads], format=ox.RdfFormat.N_TRIPLES) or b"" for quads in self._quads
        ]
        self._engine = shifty.PreparedValidator(ox.serialize(shape_triples(), format=ox.RdfFormat.N_TRIPLES))

    @staticmethod
    def _parsed(body: bytes) -> list[ox.Quad]:
        return list(ox.parse(body, ox.RdfFormat.TURTLE, base_iri="https://a.example/", rename_blank_nodes=True))

    def archive(self) -> None:
        """Compress each to a file of its own that is on the disk when the next one begins."""
        with TemporaryDirectory() as folder:
            for number, body in enumerate(self._bodies):
                with Path(folder, str(number)).open("wb") as file:
                    file.write(gzip.compress(body))
                    file.flush()
                    os.fsync(file.fileno())

    def read(self) -> None:
        """Parse each."""
        for body in self._bodies:
            self._parsed(body)

    def validate(self) -> None:
        """Validate each."""
        for triples in self._triples:
            self._engine.validate_algebra(triples, infer=False, graph_mode="data")

    def admit(self) -> None:
        """Store each on the disk, in a graph and a transaction of its own."""
        with TemporaryDirectory() as folder:
            store = ox.Store(folder)
            for number, quads in enumerate(self._quads):
                graph = ox.NamedNode(f"https://a.example/{number}")
                store.extend(ox.Quad(quad.subject, quad.predicate, quad.object, graph) for quad in quads)
            del store

    def merge(self) -> None:
        """Store all of them on the disk in one graph at once."""
        with TemporaryDirectory() as folder:
            store = ox.Store(folder)
            store.bulk_extend(quad for quads in self._quads for quad in quads)
            del store
