"""A server that behaves as badly as the cases say: `python -m tests.hostile.server` starts it to be watched.

Each case has a host of its own, NAME.hostile.example; the crawler finds it through the setting `resolve`. While the
server is `calm`, every host gives a good description instead.
"""

import asyncio
import contextlib
import csv
import itertools
import re
import socket
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from tests.hostile import generated
from tests.hostile.behaviours import BEHAVIOURS
from tests.support.waiting import LONG
from tests.support.web import answer

HERE = Path(__file__).parent
DOMAIN = "hostile.example"
GOOD = tuple(f"good-{number}.example" for number in range(6))
SECONDS = 300  # for one connection, so that a crawler without limits does not keep the server for ever

TYPES = {
    "yaml": "application/yaml",
    "json": "application/json",
    "jsonld": "application/ld+json",
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "nq": "application/n-quads",
    "trig": "application/trig",
    "rdf": "application/rdf+xml",
    "html": "text/html",
    "bin": "application/octet-stream",
}


@dataclass(frozen=True)
class Case:
    """One row of cases.csv. `outcomes` are those that are right; `words` stand in the reason.

    The outcome `not-declared` says that no operator can declare a source at this address.
    """

    name: str
    url: str
    outcomes: tuple[str, ...]
    words: str
    what: str

    @property
    def host(self):
        return f"{self.name}.{DOMAIN}"

    @property
    def is_address(self):
        """True where the address is all that there is: no server is asked."""
        return self.name.startswith("address-")


def cases():
    with (HERE / "cases.csv").open(encoding="utf-8", newline="") as file:
        return [
            Case(row["name"], row["url"], tuple(row["outcomes"].split()), row["words"], row["what"])
            for row in csv.DictReader(file)
        ]


def documents():
    """Return {name of the case: (body, media type)} of the files, and of what is too large for one."""
    found = {path.stem: (path.read_bytes(), TYPES[path.suffix[1:]]) for path in (HERE / "documents").iterdir()}
    return found | {name: (make, TYPES[kind]) for name, (make, kind) in generated.DOCUMENTS.items()}


@dataclass
class Exchange:
    """One request, and the means to answer it."""

    host: str
    path: str
    headers: list
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    filled: object

    def good(self):
        return f"url: http://{self.host}/\nname: Office of {self.host}\ncountry: FR\n"

    async def send(self, data):
        for start in range(0, len(data), 1 << 16):
            self.writer.write(data[start : start + (1 << 16)])
            await self.writer.drain()

    async def drip(self, pieces):
        for piece in pieces:
            await self.send(piece)
            await asyncio.sleep(0.2)

    async def flood(self, piece):
        while True:
            await self.send(piece)


@dataclass
class Server:
    """`requests` are (host, path, headers as written); `kept` are the hosts that a crawler did not leave by itself."""

    address: str
    fillings: dict = field(default_factory=dict)
    calm: bool = False
    requests: list = field(default_factory=list)
    kept: set = field(default_factory=set)
    port: int = 0

    def __post_init__(self):
        self._documents = documents()

    def filled(self, data):
        """Return an answer in which names stand for addresses that only this run knows; its length is mended."""
        for name, value in self.fillings.items():
            if name.encode() in data:
                head, _, body = data.replace(name.encode(), value.encode()).partition(b"\r\n\r\n")
                head = re.sub(rb"(?<=\r\ncontent-length: )[0-9]+", b"%d" % len(body), head)
                data = head + b"\r\n\r\n" + body
        return data

    async def _handle(self, reader, writer):
        host = ""
        try:
            async with asyncio.timeout(SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                host, path, headers = _parsed(head)
                self.requests.append((host, path, headers))
                await self._answer(Exchange(host, path, headers, reader, writer, self.filled))
        except TimeoutError:
            self.kept.add(host)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _answer(self, exchange):
        name = exchange.host.removesuffix("." + DOMAIN)
        if exchange.path == "/robots.txt" and (self.calm or not name.startswith("robots-")):
            await exchange.send(answer(status=404, connection="close"))
        elif self.calm or exchange.host in GOOD:
            await exchange.send(answer(exchange.good(), content_type="application/yaml", connection="close"))
        elif name in BEHAVIOURS:
            await BEHAVIOURS[name](exchange)
        elif name in self._documents:
            body, media_type = self._documents[name]
            data = body() if callable(body) else body
            await exchange.send(self.filled(answer(data, content_type=media_type)))
        else:
            await exchange.send(answer(status=404))

    async def serve(self, started, stop):
        server = await asyncio.start_server(self._handle, self.address, 0, limit=1 << 16, backlog=512)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await asyncio.to_thread(stop.wait)
        server.close()


def _parsed(head):
    lines = head.decode("latin-1").split("\r\n")
    headers = [line for line in lines[1:] if line]
    host = next((line.partition(":")[2].strip() for line in headers if line.lower().startswith("host:")), "")
    return host.partition(":")[0].lower(), lines[0].split(" ")[1], headers


@contextlib.contextmanager
def hostile(address="127.0.0.1", **fillings):
    """Run a server on this loopback address in a thread of its own."""
    server, started, stop = Server(address), threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(started, stop)), daemon=True)
    thread.start()
    assert started.wait(LONG)
    server.fillings = {f"@{name}@": value for name, value in fillings.items()} | {"@SELF@": f"{address}:{server.port}"}
    try:
        yield server
    finally:
        stop.set()
        thread.join(LONG)


def settings_text(server, chosen_cases, good=GOOD, **changes):
    """Return the settings of a crawl over these cases, with good hosts in between, as TOML."""
    hosts = [*(case.host for case in chosen_cases if not case.is_address), *good]
    lines = [f"{name} = {_toml(value)}" for name, value in changes.items()]
    lines += ["[resolve]", *(f'"{host}" = "{server.address}:{server.port}"' for host in hosts)]
    trap = server.fillings.get("@TRAP@", f"{server.address}:9")
    lines += [f'"pinned.example" = "{trap}"', f'"address-pinned.{DOMAIN}" = "{trap}"']
    mixed = list(itertools.chain.from_iterable(itertools.zip_longest(chosen_cases, good)))
    for item in mixed:
        if isinstance(item, Case):
            url = item.url or f"http://{item.host}/ospo"
            for name, value in server.fillings.items():
                url = url.replace(name, value)
            lines += ["[[sources]]", f'id = "{item.name}"', f"url = {_toml(url.replace('@HOST@', item.host))}"]
        elif item:
            lines += ["[[sources]]", f'id = "{item.partition(".")[0]}"', f'url = "http://{item}/ospo"']
    return "\n".join(lines) + "\n"


def _toml(value):
    if isinstance(value, str):
        return '"' + "".join(f"\\u{ord(c):04x}" if ord(c) < 32 or c in '"\\' else c for c in value) + '"'
    return "[" + ", ".join(map(_toml, value)) + "]" if isinstance(value, list | tuple) else str(value)


def main():
    """Serve until interrupted, and say how to crawl it."""
    with socket.create_server(("127.0.0.1", 0)) as trap:
        at = f"127.0.0.1:{trap.getsockname()[1]}"
        with hostile("127.0.0.9", TRAP=at, PORT=at.rpartition(":")[2], CLOSED="22", CANARY="/etc/hostname") as server:
            file = Path(sys.argv[1] if len(sys.argv) > 1 else "hostile.toml")
            chosen = {"data": "hostile-data", "allow_networks": ["127.0.0.9/32"], "delay_seconds": 0.0}
            file.write_text(settings_text(server, cases(), **chosen), encoding="utf-8")
            for case in cases():
                print(f"{case.url or f'http://{case.host}/ospo'}  {case.what}")
            print(f"all of them at {server.address}:{server.port}; watch: ospo crawl --config {file} --all", flush=True)
            with contextlib.suppress(KeyboardInterrupt):
                threading.Event().wait()


if __name__ == "__main__":
    main()
