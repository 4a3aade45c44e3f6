"""Home pages and names, as real lists write them."""

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.iri import addresses


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://opentech.auth.gr/", "https://opentech.auth.gr"),
        ("http://www.recia.fr", "https://recia.fr/"),
        ("https://CODE.gouv.fr:443/#top", "https://code.gouv.fr"),
        ("http://bürger.example/", "https://xn--brger-kva.example"),
        ("http://ＧＯＶ.example", "http://gov.example./"),
        ("https://faß.example", "https://xn--fa-hia.example"),
        ("https://a.example/caf%C3%A9", "https://a.example/caf%c3%a9"),
        ("https://a.example/caf%C3%A9", "https://a.example/café"),
        ("https://a.example/caf%C3%A9", "https://a.example/cafe\u0301"),
        ("https://a.example/caf%C3%A9", "https://a.example/cafe%CC%81"),
        ("https://a.example/caf%C3%A9", "https://a.example/%63af%C3%A9"),
        ("https://a.example/caf%C3%A9", "https://a.example/x/../caf%C3%A9"),
        ("https://a.example/?q=%7Ea", "https://a.example/?q=~a"),
        ("https://user:word@a.example/", "https://a.example/"),
        ("https://a.example//", "https://a.example?"),
        (
            "https://cyber.gouv.fr/enjeux-technologiques/open-source/",
            "https://cyber.gouv.fr/enjeux-technologiques/open-source",
        ),
    ],
)
def test_one_home_page_written_in_two_ways_is_one(one, other):
    assert addresses.home(one) == addresses.home(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://opensource.muenchen.de/ospo.html", "https://opensource.muenchen.de/"),
        ("https://a.example/x", "https://a.example/X"),
        ("https://a.example/?id=1", "https://a.example/?id=2"),
        ("https://a.example:8443/", "https://a.example/"),
        ("https://www.a.example", "https://www2.a.example"),
        ("https://a.example/a%2Fb", "https://a.example/a/b"),
        ("https://a.example/?q=a%26b", "https://a.example/?q=a&b"),
        ("https://a.example/%FF", "https://a.example/%C3%BF"),
        ("http://gov.example", "http://g\u043ev.example"),  # a Cyrillic o
    ],
)
def test_two_pages_stay_two(one, other):
    assert addresses.home(one) != addresses.home(other)


@pytest.mark.parametrize(
    "invalid", ["", "http://[bad", "http://h:99999/", "javascript:alert(1)", "//x", "https://" + "a" * 5000]
)
def test_invalid_addresses_have_a_form_and_never_raise(invalid):
    assert isinstance(addresses.home(invalid), str)
    assert isinstance(addresses.host(invalid), str)


@pytest.mark.parametrize(
    "authority",
    [
        "victim.example;x",
        "victim.example\u2215x",
        "xn--victim-.example",
        "xn--a.example",
        "bad example",
        "bad%20example",
        "vic\u00adtim.example",
        "victim\u200b.example",
        "victim\u200d.example",
        "vic%C2%ADtim.example",
        "vic%09tim.example",
        "a,b.example",
        "a..example",
        ".example",
        "a" * 64 + ".example",
        ".".join(["a" * 60] * 5),
        "2130706433",
        "127.1",
        "0x7f.1",
        "1.2.3.256",
        "[v1.a:b]",
    ],
)
def test_what_no_host_can_be_called_is_no_host(authority):
    for address in (f"http://{authority}/", f"https://www.{authority}", f"http://{authority}:8080/x"):
        if not authority[-1].isdigit() or "www." not in address:
            assert addresses.host(address) == addresses.host_name(address) == ""


@pytest.mark.parametrize(
    "authority", ["localhost", "a_b.example", "-a.example", "ab--cd.example", "1.2.3.4", "[::1]", "1.example"]
)
def test_unusual_hosts_are_hosts(authority):
    assert addresses.host(f"http://{authority}/") == authority


# Soft hyphen, joiners, zero-width space, word joiner, BOM, variation selectors; tab and line ends, which browsers drop
# before they read an address at all (WHATWG URL, section 4.4).
_UNSEEN = "\u00ad\u034f\u180b\u180d\u200b\u200c\u200d\u2060\u2064\ufe00\ufe0f\ufeff\t\n\r"


@given(
    st.sampled_from(["victim.example", "www.victim.example:8080", "b\u00fcrger.example", "xn--brger-kva.example"]),
    st.lists(st.tuples(st.integers(0, 21), st.sampled_from(_UNSEEN), st.booleans()), min_size=1, max_size=4),
)
@settings(max_examples=300, deadline=None)
def test_a_host_with_invisible_characters_is_the_host_without_or_none(plain, inserted):
    odd = plain
    for place, character, is_escaped in inserted:
        place = min(place, len(odd))
        odd = odd[:place] + (quote(character) if is_escaped else character) + odd[place:]
    assert addresses.host(f"https://{odd}/x") in ("", addresses.host(f"https://{plain}/"))


def test_a_reference_is_joined_without_its_fragment_and_an_odd_one_is_kept_to_be_refused():
    assert addresses.join("https://a.example/b/c", "../d?e#f") == "https://a.example/d?e"
    assert addresses.join("https://a.example/", "http://b\\@c/") == "http://b\\@c/"


def test_origin_and_host_name_are_normalised():
    assert addresses.origin("HTTPS://A.Example:443/b?c") == "https://a.example"
    assert addresses.origin("http://a.example.:8080/b") == "http://a.example:8080"
    assert addresses.host_name("http://www.Straße.example./x") == "www.xn--strae-oqa.example"
    assert addresses.host_name("mailto:x@a.example") == ""
    with pytest.raises(ValueError, match="not a valid URL"):
        addresses.origin("http://[bad")


@pytest.mark.parametrize("page", ["https://a.example{}", "https://A.example:443{}#x", "https://a.example/x/..{}"])
def test_a_well_known_address_is_known_in_every_spelling(page):
    for path in ("/.well-known/ospo-meta", "/.well-known/ospo-meta.ttl", "/.well-known/%6fspo-meta"):
        assert addresses.is_well_known(page.format(path))
    for path in (
        "/.well-known/ospo-metadata",
        "/x/.well-known/ospo-meta",
        "/.well-known/",
        "/",
        "?/.well-known/ospo-meta",
    ):
        assert not addresses.is_well_known(page.format(path))


def test_a_name_is_plain_ascii_and_cut_between_words():
    assert addresses.slug("Décret n° 2017-638") == "decret-n-2017-638"
    assert len(addresses.slug("x" * 500)) <= 60
    assert addresses.slug("Политика") != addresses.slug("政策")


@given(
    st.text(alphabet="aA%éß/.:?#@[]\\ \u0301\u200b\u043e0189-_~", max_size=40),
    st.sampled_from(["http://", "https://", "", "HTTP://a.example/", "mailto:"]),
)
@settings(max_examples=300, deadline=None)
def test_the_normal_form_of_an_address_is_a_fixed_point(text, start):
    page = addresses.home(start + text)
    if addresses.host(start + text):
        assert addresses.home(f"https://{page}") == page
        assert addresses.host(f"https://{page}") == addresses.host(start + text)
