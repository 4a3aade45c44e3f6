"""Home pages and names, as real lists write them."""

import pytest

from registry.iri import addresses


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://opentech.auth.gr/", "https://opentech.auth.gr"),
        ("http://www.recia.fr", "https://recia.fr/"),
        ("https://CODE.gouv.fr:443/#top", "https://code.gouv.fr"),
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


def test_a_name_is_plain_ascii_and_cut_between_words():
    assert addresses.slug("Décret n° 2017-638") == "decret-n-2017-638"
    assert len(addresses.slug("x" * 500)) <= 60
    assert addresses.slug("Политика") != addresses.slug("政策")
