"""Home pages and names, as real lists write them."""

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
