"""The rule of authority: which source speaks for an office, and by what layer it speaks of one."""

from datetime import UTC, datetime

import pytest
from pyoxigraph import Literal, NamedNode, Triple

from registry.authority.claims import HOME, OFFICE, records
from registry.authority.rules import has_authority, layer, layer_of_office
from registry.iri.names import RDF_TYPE
from registry.model import Layer, Outcome, Source, SourceState

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
HOMEPAGE = "https://www.office.example/"


def state(accepted="https://office.example/.well-known/ospo-meta", layer=Layer.IMPORTED, **known):
    source = Source("s", "https://asked.example/", layer=layer)
    return SourceState(source, NOW, NOW, Outcome.ACCEPTED, NOW, accepted_address=accepted, **known)


CASES = [
    (state(), HOMEPAGE, True),
    (state("http://WWW.office.example:80/x.yaml"), HOMEPAGE, True),
    (state("https://office.example:8443/x.yaml"), HOMEPAGE, False),  # another port, another service
    (state("https://files.office.example/x.yaml"), HOMEPAGE, False),
    (state("https://office.example/x.yaml", copied_from="peer"), HOMEPAGE, False),
    (state("https://files.office.example/x.yaml", named_by="https://office.example"), HOMEPAGE, True),
    (state("https://files.office.example/x.yaml", named_by="https://office.example/other"), HOMEPAGE, False),
    (state("https://files.office.example/x", named_by="https://office.example", copied_from="p"), HOMEPAGE, False),
    (state(), "", False),
    (state(accepted=""), "", False),
    (state(accepted="mailto:x@office.example"), "mailto:x@office.example", False),  # no host on either side
]


@pytest.mark.parametrize(("known", "homepage", "expected"), CASES)
def test_a_source_speaks_for_an_office_on_its_own_host_or_whose_page_names_it(known, homepage, expected):
    assert has_authority(known, homepage) is expected


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
def test_records_and_lists_ask_the_same_rule(known, homepage, expected):
    node = NamedNode("https://asked.example/#office")
    triples = [Triple(node, RDF_TYPE, NamedNode(OFFICE)), Triple(node, NamedNode(HOME), Literal(homepage))]
    (office,) = records(known, triples).offices
    assert office.authority is expected
    assert office.layer is layer_of_office(known, homepage)
