"""Addresses: which may be asked, what a redirect leads to, and how two of them are told to be one site."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yarl import URL

from federation import address
from registry.iri import addresses

PORTS = (80, 443)

# Forms by which a forbidden place has been reached through some client: each is refused by its look alone.
ODD = (
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://0/",
    "http://1.1.1.1.1/",
    "http://256.1.1.1/",
    "http://127.0.0.1.:80/",
    "http://a.example@127.1/",
    "http://user@a.example/",
    "http://user:pass@a.example/",
    "http://user@xn--a/",
    "http://a.example\\@b.example/",
    "http://a.example\\.b.example/",
    "http://a b/",
    "http:///x",
    "http://",
    "http://a..example/",
    "http://-a.example/",
    "http://%31%32%37.0.0.1/",
    "http://a%40b.example/",
    "http://[::1/",
    "http://[fe80::1%25eth0]/",
    "http://a.example:22/",
    "http://a.example:6379/",
    "http://a.example:0/",
    "http://a.example:99999/",
    "https://a.example:8443/",
    "file:///etc/passwd",
    "ftp://a.example/",
    "gopher://a.example/",
    "javascript:alert(1)",
    "data:text/plain,x",
    "//a.example/x",
    "a.example/x",
    "",
    "http://a.example/\r\nHost: b.example",
    "http://a.example/\x00",
    "http://a.example/ospo\x85meta",
    "http://a.example/\ud800",
    "http://" + "a" * 64 + ".example/",
    "http://" + "a." * 130 + "example/",
)


@pytest.mark.parametrize("url", ODD)
def test_an_odd_address_is_refused_with_a_sentence(url):
    assert address.problem(url, PORTS).startswith("the address ")


def test_the_longest_address_is_contacted_and_one_byte_more_is_not():
    url = "http://a.example/".ljust(address.MAX_URL_BYTES, "x")
    assert address.problem(url, PORTS) == ""
    assert "2048 bytes" in address.problem(url + "x", PORTS)


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example",
        "https://a.example:443/b?c=d#e",
        "HTTPS://A.EXAMPLE/",
        "https://straße.example/é",
        "https://xn--strae-oqa.example/",
        "https://a.example./",
        "https://a_b.example/",
        "http://192.0.2.1/",
        "http://[2001:db8::1]/",
    ],
)
def test_an_ordinary_address_has_no_problem(url):
    assert address.problem(url, PORTS) == ""


@pytest.mark.parametrize(("url", "number"), [("http://①②⑦.⓪.⓪.①/", "127.0.0.1"), ("http://127。0。0。1/", "127.0.0.1")])
def test_a_number_in_other_digits_is_seen_as_the_number_that_it_is(url, number):
    assert address.literal(addresses.host_name(url)) == ip_address(number)


# One address of every network that is not reached from everywhere, and those that Python 3.11.7 takes for public.
NOT_PUBLIC = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.8",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "4000::1",
]


@pytest.mark.parametrize("number", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_told(number):
    assert not address.is_public(ip_address(number))


@pytest.mark.parametrize("number", ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1", "::ffff:1.1.1.1"])
def test_a_public_address_is_told(number):
    assert address.is_public(ip_address(number))


def test_an_allowed_network_opens_itself_and_nothing_else():
    allowed = (ip_network("127.0.0.9/32"), ip_network("fd00::/8"))
    public = {number for number in NOT_PUBLIC if address.is_public(ip_address(number), allowed)}
    assert public == {"fd12:3456::1"}
    assert address.is_public(ip_address("127.0.0.9"), allowed)
    assert address.is_public(ip_address("::ffff:127.0.0.9"), allowed)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/x", "http://www.a.example/", True),
        ("https://data.gov.uk/", "https://ospo.gov.uk/", False),  # gov.uk is a public suffix
        ("https://one.github.io/", "https://two.github.io/", False),
        ("https://code.gouv.fr/", "https://numerique.gouv.fr/", False),
        ("https://berlin.de/", "https://ospo.berlin.de./", True),
        ("http://192.0.2.1/", "http://192.0.2.1/x", True),
        ("http://1.192.0.2/", "http://2.192.0.2/", False),
        ("https://a.example/", "https://b.example/", False),
    ],
)
def test_one_site_is_one_registrable_domain(one, other, same):
    assert address.same_site(one, other) is same


# Pieces of which addresses are made whose host two readers might take for another.
PIECES = [
    *"aA.:/@?#%[]\\ -_~é0189",
    "①",
    "。",
    "ﬀ",
    "ß",
    "ü",
    "u\u0308",
    "\u00ad",
    "\u200d",
    "\u043e",
    "\u202e",
    "xn--",
    "www.",
]
PIECES += [
    "%61",
    "%2e",
    "%c3%bc",
    "xn--brger-kva",
    "127.0.0.1",
    "[::1]",
    "[::ffff:1.2.3.4]",
    ":80",
    ":443",
    "a.example",
]


@given(
    st.sampled_from(["http://", "https://", "HTTP://", "http://a.example", "https://www.", ""]),
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
)
@settings(max_examples=1500, deadline=None)
def test_authority_is_decided_on_the_very_host_that_is_contacted(start, rest):
    url = start + rest
    if address.problem(url, PORTS) == "":
        contacted = URL(url).raw_host.removesuffix(".")  # as the HTTP client reads it
        assert addresses.host_name(url) == contacted
        bare = f"[{contacted}]" if ":" in contacted else contacted
        port = URL(url).explicit_port
        usual = {"http": 80, "https": 443}[URL(url).scheme]
        assert addresses.host(url) == bare.removeprefix("www.") + (f":{port}" if port not in (None, usual) else "")


@pytest.mark.parametrize(
    ("url", "onwards", "words"),
    [
        ("https://a.example/", "http://a.example/", "without encryption"),
        ("HTTPS://a.example/", "HTTP://a.example/", "without encryption"),
        ("https://a.example/", "", "Location is missing"),
        ("http://a.example/", "https://b.example/", ""),
        ("http://a.example/", "http://b.example/", ""),
    ],
)
def test_a_redirect_never_leads_out_of_encryption(url, onwards, words):
    problem = address.redirect_problem(url, onwards)
    assert words in problem
    assert bool(words) is bool(problem)
