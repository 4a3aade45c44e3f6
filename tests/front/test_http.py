"""HTTP as the web server speaks it, on raw connections to a real one."""

import json
import socket
from urllib.parse import quote

import pytest

from tests.hostile.attacks import answer, connect, head, is_closed, read_all
from tests.support.serving import filled, served
from tests.support.sites import get
from tests.support.waiting import until


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = filled(tmp_path_factory.mktemp("registry"))
    with served(folder, trusted_proxies=["127.0.9.0/24"], request_log='"json"') as found:
        yield found


def asked(site, sent, method="GET", of="127.0.0.1"):
    with connect(site.place, of) as one:
        one.sendall(sent)
        return answer(one, method)


def test_a_query_of_all_the_bytes_that_are_promised_comes_by_get_however_it_is_escaped(site):
    text = "ASK { } # " + "x" * (8192 - 10)
    escaped = "".join(f"%{byte:02X}" for byte in text.encode())
    status, _, body = asked(site, head(f"/sparql?query={escaped}"))
    assert (status, json.loads(body)["boolean"]) == (200, True)
    status, _, body = asked(site, head(f"/sparql?query={escaped}%20"))
    assert status == 413
    assert b"8192" in body


def test_a_longer_line_or_header_is_refused_with_the_limit_and_the_way(site):
    for sent in (head("/sparql?query=" + "x" * 40_000), head("/", "X-Long: " + "x" * 40_000)):
        status, _, body = asked(site, sent)
        assert status == 431
        assert b"32768 bytes: send queries by POST" in body


def test_a_head_of_too_many_fields_or_bytes_is_refused_with_the_limit(site):
    fields = [f"X{number}: 1" for number in range(127)]  # and Host
    assert asked(site, head("/-/health", *fields))[0] == 200
    status, _, body = asked(site, head("/-/health", *fields, "X: 1"))
    assert (status, b"more than 128 fields" in body) == (431, True)
    with connect(site.place) as one:
        one.sendall(head("/", *(f"X{number}: {'x' * 20_000}" for number in range(4)))[:-2])
        status, _, body = answer(one)
    assert (status, b"longer than 65536 bytes" in body) == (431, True)


def test_a_client_that_still_sends_can_read_why_it_is_refused(site):
    for sent in (b"GET /" + b"x" * 500_000, b"GET / HTTP/1.1\r\n" + b"X: 1\r\n" * 50_000, b"\x16\x03" + b"x" * 500_000):
        with connect(site.place) as one:
            one.sendall(sent)
            status, headers, body = answer(one)
            assert status in (400, 431)
            assert (headers["Connection"], body[:3]) == ("close", str(status).encode())
            one.sendall(b"x" * 1000)
            assert one.recv(1) == b""  # it ends, and is not reset


def test_a_client_that_ends_its_side_after_a_whole_request_is_answered(site):
    form = b"query=ASK%20%7B%7D"
    lines = "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(form)}"
    posted = head("/sparql", *lines, method="POST") + form
    with connect(site.place) as one:
        one.sendall(head("/nowhere") + head("/offices?q=a") + posted + head("/compare.csv"))
        one.shutdown(socket.SHUT_WR)
        answers = [answer(one) for _ in range(4)]
        assert one.recv(1) == b""
    assert [status for status, _, _ in answers] == [404, 200, 200, 200]
    assert all(int(headers["Content-Length"]) == len(body) > 0 for _, headers, body in answers)
    for part in (b"", head("/-/health")[:-2], posted[:-1]):
        with connect(site.place) as one:
            one.sendall(part)
            one.shutdown(socket.SHUT_WR)
            assert read_all(one) == b""


def test_a_method_that_nobody_knows_is_not_implemented_and_an_older_protocol_is_refused(site):
    for method in ("BREW", "FOO", "get", "PROPFIND", "CONNECT"):
        status, _, body = asked(site, head("/compare", method=method))
        assert (status, b"the methods are GET, HEAD, POST, OPTIONS" in body) == (501, True)
    for sent in (b"GET /\r\n\r\n", b"GET / HTTP/0.9\r\n\r\n", b"GET / HTTP/3.1\r\nHost: a\r\n\r\n", b"BREW\r\n\r\n"):
        status, headers, _ = asked(site, sent)
        assert (status, headers["Content-Type"]) == (400, "text/plain; charset=utf-8")


def test_a_body_is_announced_asked_for_and_answered(site):
    form = b"query=ASK%20%7B%7D"
    lines = "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(form)}", "Expect: 100-continue"
    with connect(site.place) as one:
        one.sendall(head("/sparql", *lines, method="POST"))
        assert one.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        one.sendall(form)
        assert answer(one)[0] == 200


def test_a_body_beyond_the_limit_is_refused_before_it_is_sent(site):
    with connect(site.place) as one:
        one.sendall(head("/sparql", "Content-Length: 10000000", "Expect: 100-continue", method="POST"))
        status, _, body = answer(one)
        assert (status, b"at most 90112 bytes" in body) == (413, True)
        until(lambda: is_closed(one))
    chunked = head("/sparql", "Transfer-Encoding: chunked", method="POST") + b"20000\r\n" + b"x" * 0x20000 + b"\r\n"
    assert asked(site, chunked)[0] == 413


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET / HTTP/1.1\nHost: a\n\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"hello\r\n\r\n",
    ],
)
def test_what_is_framed_wrongly_is_refused_and_closed(site, sent):
    with connect(site.place) as one:
        one.sendall(sent)
        received = read_all(one)
    assert received.split(b" ", 2)[1] == b"400"
    assert b"aiohttp" not in received
    assert b"Traceback" not in received


def test_a_broken_chunk_is_refused(site):
    sent = head("/sparql", "Transfer-Encoding: chunked", method="POST") + b"zz\r\nxx\r\n"
    with connect(site.place) as one:
        one.sendall(sent)
        assert read_all(one).split(b" ", 2)[1] == b"400"


def test_head_and_options_have_no_body(site):
    for path in ("/compare", "/compare", "/-/health", "/compare.csv"):
        status, headers, _ = asked(site, head(path, method="HEAD"), "HEAD")
        assert status == 200
        assert headers["Content-Length"] == asked(site, head(path))[1]["Content-Length"]
    status, headers, body = asked(site, head("/sparql", method="OPTIONS"), "OPTIONS")
    assert (status, body) == (204, b"")
    assert "POST" in headers["Allow"]
    assert asked(site, head("/compare", method="DELETE"), "DELETE")[0] == 405
    assert asked(site, head("/compare", method="TRACE"), "TRACE")[0] == 501


def test_requests_one_after_the_other_on_a_connection(site):
    with connect(site.place) as one:
        one.sendall(head("/-/health") + head("/compare", method="HEAD") + head("/nowhere"))
        assert [answer(one, method)[0] for method in ("GET", "HEAD", "GET")] == [200, 200, 404]


def test_headers_that_come_twice_are_joined_and_bytes_of_any_kind_do_no_harm(site):
    status, _, body = asked(site, head("/sparql?query=ASK%7B%7D", "Accept: text/x-no", "Accept: text/csv"))
    assert (status, body) == (200, b"true\n")
    sent = b"GET /offices?q=%FF\xe9 HTTP/1.1\r\nHost: \xe9\r\nX: \xff\xfe\r\nAccept-Language: \xe9, fr\r\n\r\n"
    assert asked(site, sent)[0] in (200, 400)
    assert asked(site, head(f"/offices/{quote('é')}"))[0] == 404
    assert asked(site, head("http://a.example/-/health"))[0] == 200


def test_an_answer_that_is_kept_is_the_one_that_was_made(site):
    path = "/compare?country=FR"
    (first, _, made), (second, headers, kept) = (asked(site, head(path)) for _ in range(2))
    assert (first, made) == (second, kept)
    for name in ("Content-Security-Policy", "X-Content-Type-Options", "Vary", "Content-Language", "ETag"):
        assert headers[name]
    status, headers, body = asked(site, head(path, f"If-None-Match: {headers['ETag']}"))
    assert (status, body) == (304, b"")
    assert "Content-Type" not in headers
    french = asked(site, head(path, "Accept-Language: fr"))
    assert french[1]["Content-Language"] == "fr"
    assert french[2] != kept
    assert asked(site, head(path, "Accept-Language: fr"))[2] == french[2]


def test_the_address_that_a_proxy_tells_counts_only_where_the_proxy_is_trusted(site):
    said = "X-Forwarded-For: 192.0.2.1, 198.51.100.7"
    for of, client in (("127.0.9.5", "198.51.100.7"), ("127.0.3.5", "127.0.3.5")):
        path = f"/nowhere?of={of}"
        assert asked(site, head(path, said), of=of)[0] == 404
        lines = until(lambda path=path: [line for line in logged(site) if line["path"] == path])
        assert [line["client"] for line in lines] == [client]
        assert (lines[0]["status"], lines[0]["room"], lines[0]["method"]) == (404, "pages", "GET")


def logged(site):
    lines = (site.folder / "log").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]


def test_what_is_published_is_shown(site):
    before = json.loads(get(site.site, "/-/health"))["revision"]
    assert site.counted("ospo_revision") == site.counted("ospo_revision_published") == before
    assert site.counted("ospo_published_timestamp_seconds") > 1e9
