"""What hostile servers do: one function for each case, named like it; it is called for every request to its host.

robots.txt is answered with 404 for the host of a case, unless the name of the case begins with `robots-`.
"""

import asyncio
import gzip
import itertools
import zlib

from tests.support.web import answer, redirect, zipped

BEHAVIOURS = {}
LINE = b"HTTP/1.1 200 OK\r\n"
CHUNKED = LINE + b"Transfer-Encoding: chunked\r\n\r\n"
PAGE = "text/html; charset=utf-8"
LATE = 0.6  # seconds; four times that is more than TIME_SECONDS of tests/whole/test_hostile.py


def behaviour(function):
    BEHAVIOURS[function.__name__.strip("_").replace("_", "-")] = function
    return function


def fixed(**cases):
    """Add cases whose answer is always the same; `_` stands for `-` in the names."""
    for name, data in cases.items():

        async def always(exchange, data=data):
            await exchange.send(exchange.filled(data.replace(b"@HOST@", exchange.host.encode())))

        BEHAVIOURS[name.replace("_", "-")] = always


def chunk(data):
    return b"%x\r\n%b\r\n" % (len(data), data)


def page(head, body="", **headers):
    return answer(f"<!doctype html><html><head>{head}</head><body>{body}", content_type=PAGE, **headers)


def deflated_zeros(megabytes):
    """Return so many megabytes of zeros as gzip, without its end, in no time: a block that repeats itself."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(b"\0" * 1_048_576) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + block * megabytes


# --- slow and endless ---


@behaviour
async def slow_body(exchange):
    await exchange.send(LINE + b"Content-Length: 1000\r\n\r\n")
    await exchange.drip(itertools.repeat(b"x"))


@behaviour
async def slow_chunks(exchange):
    await exchange.send(CHUNKED)
    await exchange.drip(itertools.repeat(chunk(b"x")))


@behaviour
async def slow_headers(exchange):
    await exchange.send(LINE)
    await exchange.drip(b"X-%d: x\r\n" % number for number in itertools.count())


@behaviour
async def slow_status(exchange):
    await exchange.drip(bytes([byte]) for byte in LINE * 9)


@behaviour
async def slow_continue(exchange):
    await exchange.drip(itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n"))


@behaviour
async def slow_every_hop(exchange):
    await asyncio.sleep(LATE)
    await exchange.send(redirect("/next" if exchange.path == "/ospo" else exchange.path + "x"))


@behaviour
async def silent(exchange):
    await exchange.reader.read()  # until the other side has had enough


@behaviour
async def silent_after_head(exchange):
    await exchange.send(LINE + b"Content-Length: 1000\r\n\r\n")
    await exchange.reader.read()  # until the other side has had enough


@behaviour
async def endless_body(exchange):
    await exchange.send(CHUNKED)
    await exchange.flood(chunk(b"x" * 8192))


@behaviour
async def endless_body_with_a_length(exchange):
    await exchange.send(LINE + b"Content-Length: 999999999999\r\n\r\n")
    await exchange.flood(b"x" * 8192)


@behaviour
async def endless_headers(exchange):
    await exchange.send(LINE)
    await exchange.flood(b"X: x\r\n" * 1000)


@behaviour
async def endless_header(exchange):
    await exchange.send(LINE + b"X: ")
    await exchange.flood(b"x" * 8192)


@behaviour
async def endless_status_line(exchange):
    await exchange.send(b"HTTP/1.1 200 ")
    await exchange.flood(b"x" * 8192)


@behaviour
async def endless_continue(exchange):
    await exchange.flood(b"HTTP/1.1 100 Continue\r\n\r\n" * 300)


@behaviour
async def endless_early_hints(exchange):
    await exchange.flood(b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=describedby\r\n\r\n" * 100)


@behaviour
async def endless_chunk_extension(exchange):
    await exchange.send(CHUNKED + b"1;")
    await exchange.flood(b"x" * 8192)


@behaviour
async def endless_trailers(exchange):
    await exchange.send(CHUNKED + chunk(b"x") + b"0\r\n")
    await exchange.flood(b"X: x\r\n" * 1000)


@behaviour
async def endless_blank_lines(exchange):
    await exchange.flood(b"\r\n" * 4000)


@behaviour
async def chunks_of_one_byte(exchange):
    await exchange.send(CHUNKED)
    await exchange.flood(chunk(b"x") * 1000)


@behaviour
async def error_page_without_end(exchange):
    await exchange.send(b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n")
    await exchange.flood(chunk(b"x" * 8192))


# --- compressed ---


@behaviour
async def gzip_bomb(exchange):
    bomb = deflated_zeros(1024)
    await exchange.send(answer(bomb, content_encoding="gzip"))


@behaviour
async def gzip_without_output(exchange):
    await exchange.send(LINE + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
    await exchange.send(chunk(b"\x1f\x8b\x08\0\0\0\0\0\0\xff"))
    await exchange.flood(chunk(b"\0\0\0\xff\xff" * 1600))  # empty stored blocks


@behaviour
async def gzip_name_without_end(exchange):
    await exchange.send(LINE + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
    await exchange.send(chunk(b"\x1f\x8b\x08\x08\0\0\0\0\0\xff"))
    await exchange.flood(chunk(b"x" * 8000))


fixed(
    gzip_stacked=answer(gzip.compress(gzip.compress(b"\0" * 9_000_000)), content_encoding="gzip, gzip"),
    gzip_in_two_headers=answer(gzip.compress(gzip.compress(b"x")), content_encoding="gzip\r\nContent-Encoding: gzip"),
    gzip_in_gzip=zipped(gzip.compress(b"\0" * 9_000_000)),
    gzip_members=answer(gzip.compress(b"a: b\n") * 1000, content_encoding="gzip"),
    gzip_lie=answer("url: https://a.example\n", content_encoding="gzip"),
    gzip_truncated=answer(gzip.compress(b"url: https://a.example\n" * 999)[:-9], content_encoding="gzip"),
    gzip_tail=answer(gzip.compress(b"url: https://a.example\n") + b"more", content_encoding="gzip"),
    gzip_by_transfer=LINE + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + chunk(gzip.compress(b"x")) + b"0\r\n\r\n",
    brotli=answer(b"\x5b\xff\xff\xff\x03", content_encoding="br"),
    zstd=answer(b"\x28\xb5\x2f\xfd", content_encoding="zstd"),
    deflate=answer(zlib.compress(b"\0" * 9_000_000), content_encoding="deflate"),
    compress_unknown=answer(b"x", content_encoding="x" * 8000),
)

# --- half, torn and smuggled ---


@behaviour
async def closed_at_once(exchange):
    """Send nothing."""


@behaviour
async def reset(exchange):
    await exchange.send(LINE)
    exchange.writer.transport.abort()


fixed(
    length_too_long=answer("url: https://a.example\n", content_length="1000"),
    length_negative=answer("x", content_length="-1"),
    length_of_words=answer("x", content_length="many"),
    length_enormous=answer("x", content_length="9" * 400),
    two_lengths=LINE + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nhalf!",
    length_and_chunks=LINE + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(b"x") + b"0\r\n\r\n",
    unframed=LINE + b"\r\nurl: https://a.example\n",
    unframed_http10=b"HTTP/1.0 200 OK\r\n\r\nurl: https://a.example\n",
    chunk_cut=CHUNKED + b"64\r\nhalf",
    chunk_last_missing=CHUNKED + chunk(b"url: https://a.example\n"),
    chunk_enormous=CHUNKED + b"ffffffffffffffff\r\nx",
    chunk_negative=CHUNKED + b"-1\r\nx",
    header_huge=LINE + b"X: " + b"x" * 5_000_000 + b"\r\nContent-Length: 0\r\n\r\n",
    header_many=LINE + b"X: x\r\n" * 200_000 + b"Content-Length: 0\r\n\r\n",
    header_with_nul=LINE + b"X: a\0b\r\nContent-Length: 1\r\n\r\nx",
    header_without_colon=LINE + b"hello\r\nContent-Length: 1\r\n\r\nx",
    header_folded=LINE + b"X: a\r\n b\r\nContent-Length: 1\r\n\r\nx",
    header_space_before_colon=LINE + b"Content-Length : 1\r\n\r\nx",
    http_09=b"url: https://a.example\n",
    http_2=b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    http_99=b"HTTP/99.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
    ssh=b"SSH-2.0-OpenSSH_9.0\r\n",
    tls_alert=b"\x15\x03\x01\x00\x02\x02\x46",
    status_of_four_digits=b"HTTP/1.1 2000 OK\r\nContent-Length: 1\r\n\r\nx",
    status_zero=b"HTTP/1.1 000 Nothing\r\nContent-Length: 1\r\n\r\nx",
    status_999=answer(status=999),
    status_101=b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\nPRI",
    status_206=answer("url: https://a.example\n", status=206, content_range="bytes 0-22/99"),
    status_204_with_a_body=answer("x", status=204),
    status_300=answer(status=300, location="/other"),
    status_304_unasked=answer(status=304, content_length=None),
    status_401=answer(status=401, www_authenticate='Basic realm="give me your password", Negotiate, NTLM'),
    status_407=answer(status=407, proxy_authenticate="Basic"),
    status_410=answer(status=410),
    status_500=answer(b"Traceback (most recent call last):", status=500),
    later_for_ever=answer(status=429, retry_after="9" * 300),
    later_in_words=answer(status=503, retry_after="Fri, 31 Dec 9999 23:59:59 GMT"),
)

# --- redirects ---

fixed(
    redirect_to_itself=redirect("/ospo"),
    redirect_to_file=redirect("file:///etc/passwd"),
    redirect_to_ftp=redirect("ftp://127.0.0.1/"),
    redirect_to_gopher=redirect("gopher://127.0.0.1:@PORT@/_GET"),
    redirect_to_script=redirect("javascript:alert(1)"),
    redirect_to_data=redirect("data:text/yaml,url:%20https://a.example"),
    redirect_to_loopback=redirect("http://@TRAP@/"),
    redirect_to_localhost=redirect("http://localhost:@PORT@/"),
    redirect_to_v6=redirect("http://[::1]:@PORT@/"),
    redirect_to_mapped_v6=redirect("http://[::ffff:127.0.0.1]:@PORT@/"),
    redirect_to_decimal=redirect("http://2130706433:@PORT@/"),
    redirect_to_hex=redirect("http://0x7f.1:@PORT@/"),
    redirect_to_circled=redirect("http://①②⑦.⓪.⓪.①:@PORT@/"),
    redirect_to_nat64=redirect("http://[64:ff9b::7f00:1]:@PORT@/"),
    redirect_to_metadata=redirect("http://169.254.169.254/latest/meta-data/"),
    redirect_to_pinned=redirect("http://pinned.example/"),
    redirect_to_other_port=redirect("http://@HOST@:@CLOSED@/"),
    redirect_to_own_number=redirect("http://@SELF@/"),
    redirect_with_password=redirect("http://user:secret@@HOST@/"),
    redirect_with_backslash=redirect("http://@HOST@\\@127.0.0.1:@PORT@/"),
    redirect_with_fraction=redirect("http://@HOST@#@127.0.0.1:@PORT@/"),
    redirect_without_location=answer(status=302),
    redirect_of_8000=redirect("/" + "x" * 8000),
    redirect_that_forges_a_step=redirect("http://[\u2028200 http://good.example/ 99 bytes"),
    redirect_to_two_places=redirect("file:///etc/passwd\r\nLocation: http://@TRAP@/"),
    refresh_by_header=page("", refresh="0; url=http://@TRAP@/"),
    refresh_by_meta=page('<meta http-equiv="refresh" content="0; url=http://@TRAP@/">'),
)


@behaviour
async def redirect_between_two(exchange):
    await exchange.send(redirect("/two" if exchange.path == "/ospo" else "/ospo"))


@behaviour
async def redirect_that_grows(exchange):
    await exchange.send(redirect(exchange.path + "x" * 500))


@behaviour
async def redirect_chain_of_four(exchange):
    step = int(exchange.path[2:]) if exchange.path.startswith("/r") else 0
    await exchange.send(redirect(f"/r{step + 1}") if step < 4 else answer(exchange.good()))


# --- robots.txt ---

ROBOTS = {
    "robots-deny": answer("User-agent: *\nDisallow: /\n"),
    "robots-deny-with-bom": answer("\ufeffUser-agent: *\nDisallow: /\n"),
    "robots-deny-with-nul": answer("User-agent: *\n\0Disallow: /\n"),
    "robots-deny-with-cr": answer("User-agent: *\rDisallow: /\r"),
    "robots-500": answer(status=500),
    "robots-429": answer(status=429, retry_after="9"),
    "robots-loop": redirect("/robots.txt"),
    "robots-to-loopback": redirect("http://@TRAP@/robots.txt"),
    "robots-to-file": redirect("file:///etc/passwd"),
    "robots-bomb": answer(deflated_zeros(64), content_encoding="gzip"),
    "robots-html": page("<title>Disallow: /</title>"),
    "robots-binary": answer(bytes(range(256)) * 64),
    "robots-delay": answer("User-agent: *\nCrawl-delay: 1e9\n"),
    "robots-delay-nan": answer("User-agent: *\nCrawl-delay: nan\nCrawl-delay: -inf\n"),
    "robots-wildcards": answer("User-agent: *\n" + ("Disallow: /" + "*o" * 900 + "$\n") * 280),
    "robots-groups": answer("".join(f"User-agent: b{number}\n" for number in range(30_000)) + "Disallow: /\n"),
    "robots-rules": answer("User-agent: *\n" + "".join(f"Disallow: /{number}\n" for number in range(24_000))),
    "robots-one-line": answer("User-agent: *\nDisallow: /" + "x" * 900_000),
    "robots-same-agent": answer("User-agent: a\nUser-agent: b\nDisallow: /x\n" * 12_000),
}


def _robots(name):
    async def robots(exchange):
        reply = ROBOTS[name] if exchange.path == "/robots.txt" else answer(exchange.good())
        await exchange.send(exchange.filled(reply))

    return robots


BEHAVIOURS.update({name: _robots(name) for name in ROBOTS})


@behaviour
async def robots_slow(exchange):
    await exchange.send(LINE + b"Content-Length: 1000\r\n\r\n")
    await exchange.drip(itertools.repeat(b"#"))


@behaviour
async def robots_endless(exchange):
    await exchange.send(CHUNKED if exchange.path == "/robots.txt" else answer(exchange.good()))
    if exchange.path == "/robots.txt":
        await exchange.flood(chunk(b"# " + b"x" * 8000 + b"\n"))


@behaviour
async def robots_with_a_second_answer(exchange):
    """Send another answer behind that to robots.txt, to be taken for the one to the next request."""
    good = answer(exchange.good())
    if exchange.path == "/robots.txt":
        await exchange.send(answer() + answer(exchange.good() + "alt_name: poison\n"))
        await asyncio.sleep(1)
    else:
        await exchange.send(good)


# --- discovery ---

fixed(
    page_everywhere=page("<title>Home</title>"),
    page_that_names_itself=page('<link rel="describedby" href="/ospo">'),
    page_that_names_a_file=page('<link rel="describedby" href="file:///etc/passwd">'),
    page_that_names_loopback=page('<link rel="describedby" href="http://@TRAP@/">'),
    page_that_names_many=page(
        "".join(
            f'<link rel="describedby" href="{url}">'
            for url in (
                "http://@TRAP@/",
                "http://[::1]:@PORT@/",
                "http://pinned.example/y",
                "file:///etc/passwd",
                "x:y",
            )
        )
    ),
    page_that_names_a_script=page('<link rel="describedby" href="javascript:alert(1)">'),
    page_with_a_base=page('<base href="http://@TRAP@/"><link rel="describedby" href="x">'),
    page_of_a_megabyte=page("", "<p>" * 349_000),
    page_too_large=page("", "<p>" * 400_000),
    page_of_comments=page("<!--" * 200_000),
    page_of_sections=page("<![<" * 200_000),
    page_of_attributes=page("<a " + "b='c' " * 100_000),
    page_of_quotes=page("<a b='" * 150_000),
    page_with_a_data_block=page('<script type="application/ld+json">{"@context": "http://@TRAP@/ctx"}</script>'),
    page_with_a_deep_data_block=page('<script type="application/ld+json">' + '{"@graph":' * 6_000 + "</script>"),
    page_with_a_bomb_of_ours=page(
        '<script type="application/ld+json">{"@context": "https://w3id.org/ospo/ns/context.jsonld", "a":'
        + "[" * 9_000
        + "]" * 9_000
        + "}</script>"
    ),
    page_with_many_data_blocks=page('<script type="application/ld+json">{}</script>' * 1_400),
    link_to_loopback=page("", link='<http://@TRAP@/>; rel="describedby"'),
    link_bomb=page("", link="\r\nLink: ".join(["<x>" + ";a" * 3_900, "<" * 7_900, "<x>;" + ' a="' * 1_900])),
    link_that_is_long=page("", link="<" + "x" * 7_900 + ">; rel=describedby"),
)


def index(*urls):
    """Return a description of offices, whose home pages would be looked at, too."""
    offices = (
        f"- {{url: '{url}', name: Trap, country: FR, description: {{en: A trap.}}, email: a@a.example}}\n"
        for url in urls
    )
    return answer("offices:\n" + "".join(offices), content_type="application/yaml")


fixed(  # of few offices each: a longer one would be held back when it becomes short again
    index_of_numbers=index("http://@TRAP@/", "http://[::1]:@PORT@/", "http://[::ffff:127.0.0.1]:@PORT@/"),
    index_of_names=index("http://localhost:@PORT@/", "http://pinned.example/", "https://pinned.example:@PORT@/"),
    index_of_our_own=index("http://bundled.ospo-atlas.example/", "http://hostile.example:@PORT@/", "https://@TRAP@/"),
)


@behaviour
async def page_after_page(exchange):
    await exchange.send(page(f'<link rel="describedby" href="{exchange.path}x">'))


@behaviour
async def well_known_loop(exchange):
    there = exchange.path.startswith("/.well-known/")
    await exchange.send(redirect("/") if there else page("<title>Home</title>"))


@behaviour
async def well_known_redirects(exchange):
    await exchange.send(page("") if exchange.path == "/" else redirect(exchange.path + "x"))


@behaviour
async def well_known_slow(exchange):
    if exchange.path != "/":
        await asyncio.sleep(LATE)
    await exchange.send(page("") if exchange.path == "/" else answer(status=404))


# --- what is told about a body, and what is left behind ---


@behaviour
async def type_of_a_picture(exchange):
    await exchange.send(answer(exchange.good(), content_type="image/png"))


@behaviour
async def type_of_8000(exchange):
    await exchange.send(answer(exchange.good(), content_type="text/" + "x" * 8000))


@behaviour
async def type_with_a_false_charset(exchange):
    await exchange.send(answer(exchange.good(), content_type="text/yaml; charset=utf-7"))


@behaviour
async def etag_odd(exchange):
    etag = '"' + "é\u2028\u202e" * 900 + "\t"
    await exchange.send(answer(exchange.good(), etag=etag, last_modified="\x0b never \ufeff"))


@behaviour
async def cookies(exchange):
    jar = "a=b; Path=/; Domain=hostile.example\r\nSet-Cookie: " + "c=" + "d" * 4000
    await exchange.send(answer(exchange.good(), set_cookie=jar, alt_svc='h3="127.0.0.1:1"', clear_site_data='"*"'))


@behaviour
async def file_name_that_climbs(exchange):
    name = 'attachment; filename="../../../../tmp/evil"'
    await exchange.send(answer(exchange.good(), content_disposition=name, content_location="http://good.example/"))
