"""A small Web on this machine, for tests: routes, what they answer, and a list of what was asked.

An answer is the bytes of a whole HTTP response, or a function of the request that returns such bytes or yields them
piece by piece; after the pieces the connection is closed.
"""

import contextlib
import gzip
import socketserver
import threading
from dataclasses import dataclass, field

from registry.settings import Settings
from tests.support.waiting import LONG


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]

    @property
    def host(self):
        return self.headers.get("host", "")


def answer(body=b"", status=200, **headers):
    """Return a response; header names are written with `_` for `-`. `content_length=None` leaves that one out."""
    data = body.encode() if isinstance(body, str) else body
    fields = {"content_length": str(len(data)), **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in fields.items() if value is not None]
    return "\r\n".join([f"HTTP/1.1 {status} Test", *lines, "", ""]).encode() + data


def zipped(body, **headers):
    return answer(gzip.compress(body), content_encoding="gzip", **headers)


def redirect(location, status=302):
    return answer(status=status, location=location)


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        with contextlib.suppress(OSError):
            while request := self._request():
                response = self.server.web.respond(request)
                pieces = [response] if isinstance(response, bytes) else response
                for piece in pieces:
                    self.wfile.write(piece)
                    if self.server.web.closing.is_set():
                        return
                if not isinstance(response, bytes):
                    return

    def _request(self):
        lines = []
        while (line := self.rfile.readline().decode().strip()) != "":
            lines.append(line)
        if not lines:
            return None
        fields = (line.partition(":") for line in lines[1:])
        return Request(lines[0].split()[1], {name.lower(): value.strip() for name, _, value in fields})


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128
    tls = None

    def get_request(self):
        connection, peer = super().get_request()
        self.web.connections.append(peer)
        if self.tls is None:
            return connection, peer
        try:
            return self.tls.wrap_socket(connection, server_side=True), peer
        except OSError:  # the other side did not like our certificate
            connection.close()
            raise

    def handle_error(self, request, client_address):
        """The client went away: that is what many tests are about."""


@dataclass
class Web:
    """Routes by "path" or "host/path"; what is not there is 404."""

    routes: dict = field(default_factory=dict)
    requests: list = field(default_factory=list)
    connections: list = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    def respond(self, request):
        self.requests.append(request)
        route = self.routes.get(request.host + request.path, self.routes.get(request.path))
        if route is None:
            return answer(status=404)
        return route(request) if callable(route) else route

    @property
    def paths(self):
        """What was asked, robots.txt aside."""
        return [request.path for request in self.requests if request.path != "/robots.txt"]

    def settings(self, *hosts, **changes):
        """Return settings in which these hosts are this Web, files are short, and nothing is too slow."""
        at = f"127.0.0.1:{self.port}"
        patient = {"connect_seconds": LONG, "fetch_seconds": LONG, "reader_seconds": LONG}
        usual = {"delay_seconds": 0.0, "max_bytes": 2000, **patient}
        resolve = dict.fromkeys(hosts or ("a.example",), at)
        return Settings(**{**usual, "allow_networks": ("127.0.0.1/32",), "resolve": resolve, **changes})


@contextlib.contextmanager
def web(routes=None, tls=None):
    """Serve these routes on a free port of the loopback interface."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.tls = tls
        server.web = Web(dict(routes or {}), port=server.server_address[1])
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield server.web
        finally:
            server.web.closing.set()
            server.shutdown()
