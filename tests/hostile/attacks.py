"""What strangers do to a web server, each as a block in which so many connections do it; all on the loopback.

`place` is (address, port) of the server, `of` the address that the connections come from.
"""

import contextlib
import http.client
import io
import select
import socket
import time
from urllib.parse import quote

import pytest

from tests.support.waiting import LONG

RUNAWAY = """SELECT (COUNT(*) AS ?n) {
  ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(CONCAT(STR(?c), STR(?f), STR(?i)) = 'never')
}"""


def connect(place, of="127.0.0.1", buffer=None):
    """Return a connection from that address; `buffer` bounds what its kernel takes of an answer, in bytes."""
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    connection.settimeout(LONG)
    connection.bind((of, 0))
    connection.connect(place)
    return connection


def head(path, *lines, method="GET"):
    """Return the head of a request."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: a.example", *lines, "", ""]).encode()


def query(text):
    """Return the head of a request for the answer to a query."""
    return head(f"/sparql?query={quote(text)}", "Accept: text/csv")


@contextlib.contextmanager
def connections(place, count, of, sent, buffer=None):
    """Open so many connections, each of which sends these bytes, and close them when the block ends."""
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(connect(place, of, buffer)) for _ in range(count)]
        for one in opened:
            with contextlib.suppress(OSError):  # refused already
                one.sendall(sent)
        yield opened


def half_heads(place, count=50, of="127.0.0.1"):
    """Begin a head and never end it."""
    return connections(place, count, of, head("/compare")[:-4])


def half_bodies(place, count=50, of="127.0.0.1"):
    """Announce a body and send a part of it."""
    lines = "Content-Type: application/x-www-form-urlencoded", "Content-Length: 5000"
    return connections(place, count, of, head("/sparql", *lines, method="POST") + b"query=ASK")


def silent(place, count=200, of="127.0.0.1"):
    """Connect and say nothing."""
    return connections(place, count, of, b"")


def idle(place, count=200, of="127.0.0.1"):
    """Ask once, and keep the connection."""
    return connections(place, count, of, head("/-/health"))


def lingering(place, count=40, of="127.0.0.1"):
    """Ask for the connection to be closed after the answer, and keep this end open."""
    return connections(place, count, of, head("/-/health", "Connection: close"))


def slow_readers(place, path, count=20, of="127.0.0.1"):
    """Ask for something large and read none of it."""
    return connections(place, count, of, head(path), buffer=4096)


def runaways(place, count=30, of="127.0.0.1"):
    """Ask a query that would run for minutes."""
    return connections(place, count, of, query(RUNAWAY))


def answer(connection, method="GET"):
    """Return status, headers and body of the next answer."""
    received = b""
    while not received.endswith(b"\r\n\r\n"):  # a byte at a time, for another answer may come after this one
        byte = connection.recv(1)
        assert byte, f"it was closed after {received}"
        received += byte
    line, _, lines = received.partition(b"\r\n")
    headers = http.client.parse_headers(io.BytesIO(lines))
    length = 0 if method == "HEAD" else int(headers.get("Content-Length", 0))
    body = b""
    while len(body) < length:
        body += connection.recv(length - len(body)) or pytest.fail(f"it was closed after {len(body)} of {length} bytes")
    return int(line.split()[1]), headers, body


def read_all(connection):
    """Return all that the server sends until it closes, b"" where it breaks off."""
    received = b""
    with contextlib.suppress(OSError):
        while piece := connection.recv(1 << 20):
            received += piece
    return received


def is_closed(connection):
    """Return whether the server has closed a connection, once all that it sent is read."""
    try:
        while select.select([connection], [], [], 0)[0]:
            if not connection.recv(1 << 20):
                return True
    except OSError:
        return True
    return False


def is_cut(connection):
    """Return whether the server has closed a connection of which nothing is read."""
    tcp_info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)
    return tcp_info[0] != 1  # TCP_ESTABLISHED


def drip(connections, seconds, byte=b"x"):
    """Send a byte a tenth of a second on each connection."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for one in connections:
            with contextlib.suppress(OSError):
                one.send(byte)
        time.sleep(0.1)
