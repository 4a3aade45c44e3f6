"""The rule of authority: which source speaks for an office, and by what layer it speaks."""

from datetime import UTC, datetime

import pytest
from pyoxigraph import Literal, NamedNode, Triple

from registry.authority.claims import HOME, OFFICE, records
from registry.authority.rules import layer, may_speak_for_office
from registry.iri.names import RDF_TYPE
from registry.model import Layer, Outcome, Source, SourceState

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
HOMEPAGE = "https://www.office.example/"


def state(accepted="https://office.example/.well-known/ospo-meta", layer=Layer.IMPORTED, **known):
    source = Source("s", "https://asked.example/", layer=layer)
    return SourceState(source, NOW, NOW, Outcome.ACCEPTED, NOW, accepted_address=accepted, **known)


CASES = [
    (state(), HOMEPAGE, "well-known"),
    (state("https://office.example/.well-known/ospo-meta.ttl"), HOMEPAGE, "well-known"),
    (state("http://WWW.office.example:80/x.yaml"), HOMEPAGE, "own-path"),
    (state("https://office.example/a/x.yaml"), "https://office.example/a", "own-path"),
    (state("https://office.example/a.yaml"), "https://office.example/a.html", "own-path"),
    (state("https://office.example/ab/x.yaml"), "https://office.example/a", "own-host"),
    (state("https://office.example/~b/x.yaml"), "https://office.example/~a/", "own-host"),
    (state("https://office.example:8443/x.yaml"), HOMEPAGE, ""),  # another port, another service
    (state("https://files.office.example/x.yaml"), HOMEPAGE, ""),
    (state("https://office.example/x.yaml", copied_from="peer"), HOMEPAGE, ""),
    (state("https://files.office.example/x.yaml", named_by="https://office.example"), HOMEPAGE, "back-link"),
    (state("https://files.office.example/x.yaml", named_by="https://office.example/other"), HOMEPAGE, ""),
    (state("https://files.office.example/x", named_by="https://office.example", copied_from="p"), HOMEPAGE, ""),
    (state(), "", ""),
    (state(accepted=""), "", ""),
    (state(accepted="mailto:x@office.example"), "mailto:x@office.example", ""),  # no host on either side
    (state("http://xn--mnchen-3ya.example/.well-known/ospo-meta"), "https://münchen.example", "well-known"),
]


@pytest.mark.parametrize(("known", "homepage", "expected"), CASES)
def test_a_source_speaks_for_an_office_on_its_own_host_or_whose_page_names_it(known, homepage, expected):
    assert may_speak_for_office(known, homepage) == expected


@pytest.mark.parametrize(
    ("own", "authority", "expected"),
    [
        (Layer.IMPORTED, True, Layer.SELF_DECLARED),
        (Layer.COMPILED, True, Layer.SELF_DECLARED),
        (Layer.IMPORTED, False, Layer.IMPORTED),
        (Layer.COMPILED, False, Layer.COMPILED),
        (Layer.SELF_DECLARED, False, Layer.IMPORTED),  # an operator's word gives no authority
    ],
)
def test_authority_alone_makes_what_is_said_self_declared(own, authority, expected):
    assert layer(Source("s", "https://a.example/", layer=own), authority=authority) is expected


@pytest.mark.parametrize(("known", "homepage", "expected"), CASES)
def test_records_ask_the_same_rule(known, homepage, expected):
    node = NamedNode("https://asked.example/#office")
    triples = [Triple(node, RDF_TYPE, NamedNode(OFFICE)), Triple(node, NamedNode(HOME), Literal(homepage))]
    (office,) = records(known, triples).offices
    assert office.authority is (expected != "")
