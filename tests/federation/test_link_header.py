"""Links in a header field, as RFC 8288 writes them, and whatever else may stand there."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.link_header import links
from tests.support.growth import growth


def read(*values):
    return [(link.target, *link.relations) for link in links(("link", value) for value in values)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('</2>; rel="next"', [("/2", "next")]),
        ("</2>;rel=next", [("/2", "next")]),
        ("< /2 > ;\trel = next ", [("/2", "next")]),
        ("</2>; REL=NEXT", [("/2", "next")]),
        ('</2>; rel="last  next\tprev"', [("/2", "last", "next", "prev")]),
        ('</2>; title="pages, two"; rel="next"', [("/2", "next")]),
        ('</2>; title="a; rel=prev"; rel="next"', [("/2", "next")]),
        ('</2>; title="say \\"a, <b>; rel=last\\""; rel=next', [("/2", "next")]),
        ("</2>; title*=UTF-8''p%2C; rel=next", [("/2", "next")]),
        ('</2>; rel="next"; rel="prev"', [("/2", "next")]),
        ('</1>; rel=prev, </3>; rel="next"', [("/1", "prev"), ("/3", "next")]),
        (',, </1>; rel=prev ,\t, </3>; rel="next",', [("/1", "prev"), ("/3", "next")]),
        ("</a,b;c>; rel=next", [("/a,b;c", "next")]),
        ("</2>; rel", [("/2",)]),
        ("</2>; rel=", [("/2",)]),
        ("</2>", [("/2",)]),
        ("<>; rel=next", [("", "next")]),
        ("</2>;;; ;rel=next;", [("/2", "next")]),
        ("</2>; rel=https://a.example/Rel", [("/2", "https://a.example/rel")]),
        ("</2>; nextrel=next", [("/2",)]),
        ("</2>; rel=nextpage", [("/2", "nextpage")]),
        ("</2>; rel='next'", [("/2", "'next'")]),
        ('</2>; rel="next', [("/2", "next")]),
        ('</2>; rel="next\\', [("/2", "next")]),
        ('</2>; rel="next" odd, </3>; rel=last', [("/2", "next")]),
        ("</2; rel=next", []),
        ("/2; rel=next", []),
        ("x, </2>; rel=next", []),
        ("", []),
        ('</2>; rel=next; anchor="#part", </3>; rel=last', [("/3", "last")]),
    ],
)
def test_a_field_is_read_as_the_rfc_says(value, expected):
    assert read(value) == expected


def test_fields_follow_each_other_and_others_are_none():
    found = links([("link", "</1>; rel=a"), ("x-link", "</2>; rel=b"), ("link", "</3>; rel=c")])
    assert [link.target for link in found] == ["/1", "/3"]


def test_parameters_are_given_with_the_first_value_of_each_name():
    (link,) = links([("link", '</1>; Type="text/turtle; charset=utf-8"; rel=describedby; type=text/html; hreflang=fr')])
    assert link.parameters == {"type": "text/turtle; charset=utf-8", "hreflang": "fr"}


TOKENS = st.text("abcxyz-*!", min_size=1, max_size=8)
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=20)


@given(
    st.lists(
        st.tuples(
            st.text('abc/:?,;=" ', max_size=10).map(str.strip),
            st.lists(TOKENS, max_size=3),
            st.dictionaries(TOKENS.filter(lambda name: name not in ("rel", "anchor")), TEXTS, max_size=3),
        ),
        max_size=4,
    )
)
def test_what_is_written_as_the_rfc_says_is_read_again(expected):
    def quoted(text):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    value = " , ".join(
        f"<{target}>"
        + "".join(f"; {name} = {quoted(text)}" for name, text in {**parameters, "rel": " ".join(rels)}.items())
        for target, rels, parameters in expected
    )
    assert [tuple(link) for link in links([("link", value)])] == [
        (target, tuple(rels), parameters) for target, rels, parameters in expected
    ]


@settings(max_examples=300)
@given(st.text('<>;,=\\" \trelnxt', max_size=60))
def test_any_field_is_read_without_an_error_and_yields_no_more_links_than_it_has_brackets(value):
    assert len(read(value)) <= value.count("<")


@pytest.mark.parametrize(
    "piece",
    ["<", "<a>;", "<a>,", ";", '<a>;b="', '<a>;b="\\', "<a>; a = ", "<a>;a=b c", ", ", " \t", "\\", '"', "<a> "],
)
def test_a_long_field_costs_in_proportion_to_a_short_one(piece):
    for begin, end in (("", ""), ("<a>;b=", "\0")):
        small, large = (begin + piece * (length // len(piece)) + end for length in (15_000, 240_000))
        assert growth(read, small, large, 64) <= 64  # sixteen times as long; if it were quadratic, it would be 256
