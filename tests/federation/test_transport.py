"""One HTTP request: where it may go, how much and for how long it takes, and how often one host is asked."""

import asyncio
import contextlib
import gzip
import itertools
import shutil
import socket
import ssl
import subprocess
import threading
import time
import zlib
from dataclasses import replace
from ipaddress import ip_address

import aiohttp
import pytest

from federation import dialling
from federation.dialling import Dialling, Forbidden
from federation.transport import Failure, Response, Transport
from registry.model import Outcome
from registry.settings import Settings
from tests.support.waiting import LONG
from tests.support.web import answer, redirect, web, zipped

URL = "http://a.example/x"


def get(settings, url=URL, **options):
    async def run():
        async with Transport(settings) as transport, asyncio.timeout(LONG):
            return await transport.get(url, allowance=transport.allowance(), **options)

    return asyncio.run(run())


def refused(result, words):
    assert isinstance(result, Failure), result
    assert (result.outcome, words in result.reason) == (Outcome.REFUSED, True), result.reason


def unreachable(result, words=""):
    assert isinstance(result, Failure), result
    assert (result.outcome, words in result.reason) == (Outcome.UNREACHABLE, True), result.reason


def test_an_answer_is_returned_whole():
    with web({"/x": answer("text", etag='"1"', content_type="text/turtle")}) as site:
        result = get(site.settings())
    assert (result.status, result.body, result.header("etag")) == (200, b"text", '"1"')
    assert result.header("not-there") == ""


def test_we_say_who_we_are_and_keep_the_name_of_the_host():
    with web({"/x": answer()}) as site:
        get(site.settings(contact="https://b.example/contact"), headers={"If-None-Match": '"1"'})
    [request] = site.requests
    assert request.host == "a.example"
    assert request.headers["user-agent"] == "OSPO-Atlas/0.1 (+https://b.example/contact)"
    assert request.headers["accept-encoding"] == "gzip, identity"
    assert request.headers["if-none-match"] == '"1"'


def test_bytes_in_a_header_that_are_no_text_are_replaced():
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: caf\xe9\r\n\r\n"
    with web({"/x": raw}) as site:
        assert get(site.settings()).header("etag") == "caf\ufffd"


# --- where to ---


@contextlib.contextmanager
def listener():
    """Yield a port of the loopback interface, and fail when anybody connected to it meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.setblocking(False)
        yield trap.getsockname()[1]
        with pytest.raises(BlockingIOError):
            trap.accept()


@pytest.mark.parametrize("name", ["127.0.0.1", "[::ffff:127.0.0.1]", "localhost", "①②⑦.⓪.⓪.①"])
def test_a_loopback_address_sees_no_connection(name):
    with listener() as port:
        refused(get(Settings(ports=(port,)), f"http://{name}:{port}/"), "not a public address")


def test_an_address_that_resolve_names_must_be_allowed_too():
    with listener() as port:
        refused(get(Settings(resolve={"a.example": f"127.0.0.1:{port}"})), "127.0.0.1, which is not a public address")


def test_a_name_with_one_bad_address_is_refused_whole(monkeypatch):
    numbers = ["127.0.0.9", "127.0.0.1"]
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, 80)) for number in numbers]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with listener() as port:
        settings = Settings(ports=(port,), allow_networks=("127.0.0.9/32",))
        refused(get(settings, f"http://a.example:{port}/"), "a.example is at 127.0.0.1, which")


def test_the_address_is_looked_up_once_and_that_one_is_dialled(monkeypatch):
    asked = []

    def rebinding(host, *_, **__):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.9" if len(asked) == 1 else "127.0.0.1", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with listener() as port:
        unreachable(get(Settings(ports=(port,), allow_networks=("127.0.0.9/32",)), f"http://a.example:{port}/"))
    assert asked == ["a.example"]


def test_the_socket_itself_is_refused_for_an_address_that_slipped_by():
    async def run(port):
        connector = Dialling(Settings()).connector()
        async with aiohttp.ClientSession(connector=connector) as session:
            await session.get(f"http://127.0.0.1:{port}/")

    with listener() as port, pytest.raises(aiohttp.ClientConnectorError) as caught:
        asyncio.run(run(port))
    assert isinstance(caught.value.__cause__, Forbidden)


@pytest.mark.parametrize("port", [22, 6379])
def test_other_ports_are_refused(port):
    refused(get(Settings(), f"http://a.example:{port}/"), f"port {port}")


def test_neither_proxy_nor_netrc_nor_cookies_are_used(monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine a.example login me password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))

    async def twice(settings):
        async with Transport(settings) as transport:
            for _ in range(2):
                assert isinstance(await transport.get(URL, allowance=transport.allowance()), Response)

    with web({"/x": answer(set_cookie="a=b; Path=/")}) as site, listener() as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        asyncio.run(twice(site.settings()))
    assert len(site.requests) == 2
    assert all("cookie" not in request.headers and "authorization" not in request.headers for request in site.requests)


def test_a_redirect_is_an_answer_and_is_not_followed():
    with web({"/x": redirect("/y"), "/y": answer("y")}) as site:
        result = get(site.settings())
    assert (result.status, result.header("location"), site.paths) == (302, "/y", ["/x"])


# --- how much ---


@pytest.mark.parametrize("make", [answer, zipped])
def test_a_body_may_be_as_large_as_the_limit_and_not_a_byte_larger(make):
    with web({"/n": make(b"x" * 2000), "/more": make(b"x" * 2001)}) as site:
        assert len(get(site.settings(), "http://a.example/n").body) == 2000
        refused(get(site.settings(), "http://a.example/more"), "larger than 2000 bytes")


def test_a_gzip_bomb_stops_at_the_limit():
    bomb = zipped(b"\0" * 30_000_000)
    twice = answer(gzip.compress(gzip.compress(b"\0" * 1_000_000)), content_encoding="gzip, gzip")
    with web({"/x": bomb, "/twice": twice}) as site:
        refused(get(site.settings(max_bytes=100_000)), "larger than 100000 bytes")
        refused(get(site.settings(), "http://a.example/twice"), "'gzip, gzip'")


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "identity, gzip"])
def test_a_compression_that_nobody_asked_for_is_refused(encoding):
    with web({"/x": answer(b"x", content_encoding=encoding)}) as site:
        refused(get(site.settings()), repr(encoding))


@pytest.mark.parametrize("coding", ["gzip, chunked", "identity", "xchunked"])
def test_a_body_in_another_coding_of_transfer_is_not_taken_for_the_file(coding):
    raw = f"HTTP/1.1 200 OK\r\nTransfer-Encoding: {coding}\r\n\r\n1\r\nx\r\n0\r\n\r\n".encode()
    with web({"/x": lambda request: iter([raw])}) as site:
        result = get(site.settings())
    assert isinstance(result, Failure), result
    assert coding in result.reason or "not proper HTTP" in result.reason


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (gzip.compress(b"x" * 99, mtime=0)[:-9], "breaks off"),
        (b"", "breaks off"),
        (b"plain text", "not the gzip data"),
        (zlib.compress(b"zlib"), "not the gzip data"),
        (gzip.compress(b"x", mtime=0) + b"more", "follows the end"),
    ],
)
def test_bad_gzip_is_refused(body, words):
    with web({"/x": answer(body, content_encoding="gzip")}) as site:
        refused(get(site.settings()), words)


def test_with_cut_the_beginning_is_enough():
    with web({"/x": answer(b"x" * 3000)}) as site:
        assert get(site.settings(), max_bytes=100, cut=True).body == b"x" * 100


def chunk(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def test_an_endless_body_stops_at_the_limit():
    def endless(request):
        yield CHUNKED
        yield from itertools.repeat(chunk(b"x" * 1000))

    with web({"/x": endless}) as site:
        refused(get(site.settings()), "larger than 2000 bytes")


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1"])
def test_a_body_without_an_announced_end_is_refused(version):
    with web({"/x": lambda request: iter([f"{version} 200 OK\r\n\r\nhalf".encode()])}) as site:
        refused(get(site.settings()), "where it ends")


HALF = {
    "a length that is too long": answer(b"half", content_length="1000"),
    "a chunk that is cut": CHUNKED + b"64\r\nhalf",
    "no last chunk": CHUNKED + chunk(b"half"),
    "no answer": b"",
    "a head that is cut": b"HTTP/1.1 200 OK\r\nContent-Le",
    "two lengths": HEAD + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nhalf!",
    "a length that is no number": HEAD + b"Content-Length: -4\r\n\r\nhalf",
    "another protocol": b"SSH-2.0-OpenSSH_9.0\r\n",
    "a header of 100 kB": HEAD + b"X: " + b"x" * 100_000 + b"\r\nContent-Length: 0\r\n\r\n",
    "10000 headers": HEAD + b"X: x\r\n" * 10_000 + b"Content-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("raw", HALF.values(), ids=HALF)
def test_half_an_answer_is_none(raw):
    with web({"/x": lambda request: iter([raw])}) as site:
        unreachable(get(site.settings()))


# --- how long: an answer that never ends does, and the reason says at which limit ---

ITS_TIME = "took longer than its time"
ONE_READ = "took longer than the limit for connecting and for each read"


def slowly(head, piece, site):
    def behaviour(request):
        yield head
        while not site.closing.wait(0.02):
            yield piece

    return behaviour


SLOW = {
    "body": (HEAD + b"Content-Length: 1000\r\n\r\n", b"x"),
    "chunks": (CHUNKED, chunk(b"x")),
    "headers": (HEAD, b"X: x\r\n"),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.parametrize(("head", "piece"), SLOW.values(), ids=SLOW)
def test_drops_do_not_outlast_the_time_of_a_fetch(head, piece):
    with web() as site:
        site.routes["/x"] = slowly(head, piece, site)
        unreachable(get(site.settings(fetch_seconds=0.3)), ITS_TIME)


def test_silence_ends_at_the_limit_of_one_read():
    def silent(request):
        site.closing.wait(LONG)
        yield b""

    with web({"/x": silent}) as site:
        unreachable(get(site.settings(connect_seconds=0.2)), ONE_READ)


def test_a_flood_of_1xx_answers_ends_with_the_time():
    def flood(request):
        return itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    with web({"/x": flood}) as site:
        unreachable(get(site.settings(fetch_seconds=0.3)), ITS_TIME)


def test_all_requests_of_a_fetch_share_its_time():
    async def run(settings):
        async with Transport(settings) as transport:
            allowance = transport.allowance()
            left, found = [allowance.left], []
            for _ in range(3):
                found.append(await transport.get(URL, allowance=allowance))
                left.append(allowance.left)
            allowance.left = 0.0
            return left, found, await transport.get(URL, allowance=allowance)

    with web({"/x": answer()}) as site:
        left, found, late = asyncio.run(run(site.settings(fetch_seconds=LONG)))
    assert [result.status for result in found] == [200] * 3
    assert left == sorted(set(left), reverse=True)
    assert left[0] == LONG
    unreachable(late, ITS_TIME)


def test_a_dns_that_hangs_holds_nobody_up(monkeypatch):
    back, looking = threading.Event(), []

    def hanging(*_, **__):
        looking.append(threading.current_thread())
        assert back.wait(LONG)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    try:
        unreachable(get(Settings(connect_seconds=0.2)), ONE_READ)
        assert [thread.is_alive() for thread in looking] == [True]
    finally:
        back.set()
        for thread in looking:
            thread.join(LONG)


def test_an_unknown_name_and_a_closed_port_are_unreachable(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    settings = Settings(resolve={"a.example": f"127.0.0.1:{port}"}, allow_networks=("127.0.0.1/32",))
    unreachable(get(settings), "does not accept a connection")

    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    unreachable(get(replace(settings, resolve={})), "does not resolve")


def test_plain_http_on_the_https_port_is_told_as_a_matter_of_tls():
    with web({"/x": answer()}) as site:
        unreachable(get(site.settings(), "https://a.example/x"), "a.example")


# --- how often ---


def test_one_host_gets_one_request_at_a_time_with_its_pause_between_them():
    busy, most, starts = [], [], []

    def counted(request):
        starts.append(time.monotonic())
        busy.append(request)
        most.append(len(busy))
        site.closing.wait(0.02)
        busy.remove(request)
        return answer()

    async def run(settings):
        async with Transport(settings) as transport:
            transport.pace.set_delay("a.example", 0.1)
            await asyncio.gather(*(transport.get(URL, allowance=transport.allowance()) for _ in range(3)))

    with web({"/x": counted}) as site:
        asyncio.run(run(site.settings()))
    assert max(most) == 1
    assert all(later - earlier >= 0.1 for earlier, later in itertools.pairwise(starts))


def test_a_connection_outlasts_the_pause_between_two_requests(monkeypatch):
    assert Dialling(Settings())._keep_alive > Settings().delay_seconds + 0.5
    monkeypatch.setattr(dialling, "_KEEP_ALIVE_SECONDS", LONG)
    monkeypatch.setattr(dialling, "_MAX_KEEP_ALIVE_SECONDS", LONG)

    async def run(settings):
        async with Transport(settings) as transport:
            for _ in range(3):
                assert (await transport.get(URL, allowance=transport.allowance())).status == 200

    with web({"/x": answer()}) as site:
        asyncio.run(run(site.settings(delay_seconds=0.05)))
        assert len(site.connections) == 1


def test_every_resolved_address_is_in_the_form_that_is_checked():
    settings = Settings(resolve={"A.example.": "[::1]:8080"}, allow_networks=("::1/128",))
    [(number, port)] = asyncio.run(Dialling(settings).lookup("a.example", 80))
    assert (ip_address(number), port) == (ip_address("::1"), 8080)


@pytest.fixture
def certificate(tmp_path):
    """A certificate for a.example that nobody vouches for."""
    if not shutil.which("openssl"):
        pytest.skip("needs the openssl command to make a certificate")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=a.example"
    names = "-addext subjectAltName=DNS:a.example -keyout key.pem -out cert.pem"
    subprocess.run([*command.split(), *names.split()], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path / "cert.pem", tmp_path / "key.pem"


def test_a_certificate_is_verified_and_for_the_name_that_was_asked(certificate, monkeypatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with web({"/x": answer("safe")}, tls=context) as site:
        settings = site.settings("a.example", "b.example")
        unreachable(get(settings, "https://a.example/x"), "no valid TLS certificate")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        assert get(settings, "https://a.example/x").body == b"safe"
        unreachable(get(settings, "https://b.example/x"), "no valid TLS certificate")
    assert site.paths == ["/x"]
