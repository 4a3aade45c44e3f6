"""The rules of authority and rank, each on descriptions small enough to read."""

from datetime import UTC, datetime

import pytest
from pyoxigraph import NamedNode, RdfFormat, parse

from registry.authority.claims import records
from registry.authority.identity import families
from registry.authority.ledger import Ledger
from registry.authority.resolve import resolve
from registry.iri.names import term
from registry.merging import merge as merging
from registry.model import Layer, Outcome, Source, SourceKind, SourceState

BASE = "https://atlas.example"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
EMPTY = Ledger()
PREFIXES = """
@prefix ospo: <https://w3id.org/ospo/ns#> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix dcterms: <http://purl.org/dc/terms/> .
@prefix org: <http://www.w3.org/ns/org#> . @prefix c: <https://w3id.org/ospo/concept/> .
"""
OFFICE = (
    """<#a> a ospo:Office ; foaf:homepage <https://code.gouv.fr> ; skos:prefLabel "{name}" ; ospo:countryCode "FR" ."""
)


def described(
    identifier,
    turtle,
    *,
    at="https://list.example/all.yaml",
    layer=Layer.IMPORTED,
    rank=100,
    added=NOW,
    named_by="",
    kind=SourceKind.LIST,
):
    source = Source(identifier, at, kind, layer=layer, rank=rank)
    accepted = {"accepted_at": NOW, "accepted_address": at, "named_by": named_by}
    state = SourceState(source, added, NOW, Outcome.ACCEPTED, NOW, **accepted)
    graph = f"{BASE}/sources/{identifier}/description"
    return records(state, [quad.triple for quad in parse(PREFIXES + turtle, RdfFormat.TURTLE, base_iri=graph)])


def merge(sources, base=BASE, aliases=None, ledger=EMPTY):
    return merging.merge(resolve(sources, aliases or {}, ledger), sources, base)


def pieces(sources, base=BASE, aliases=None):
    return merging.pieces(resolve(sources, aliases or {}, EMPTY), sources, base)


def values(triples, subject, predicate):
    return {t.object.value for t in triples if t.subject.value == subject and t.predicate == term(predicate)}


def things(triples, kind):
    wanted = term(kind)
    return sorted(t.subject.value for t in triples if t.object == wanted)


def test_the_same_home_page_in_two_lists_is_one_office_with_both_sources():
    one = described("one", OFFICE.format(name="One"), rank=10)
    two = described("two", OFFICE.format(name="Two").replace("code.gouv.fr", "www.code.gouv.fr/"), rank=20)
    triples = merge([two, one], BASE)
    assert things(triples, "ospo:Office") == [f"{BASE}/id/office/code-gouv-fr"]
    office = f"{BASE}/id/office/code-gouv-fr"
    assert values(triples, office, "skos:prefLabel") == {"One"}
    assert values(triples, office, "dcterms:source") == {f"{BASE}/sources/one", f"{BASE}/sources/two"}
    assert len(values(triples, office, "prov:wasDerivedFrom")) == 2


def test_self_published_comes_before_lists_and_lists_before_what_is_compiled_here():
    own = described("own", OFFICE.format(name="Own"), at="https://code.gouv.fr/.well-known/ospo-meta", rank=900)
    listed = described("list", OFFICE.format(name="Listed"), rank=500)
    compiled = described("compiled", OFFICE.format(name="Compiled"), layer=Layer.COMPILED, rank=1)
    office = f"{BASE}/id/office/code-gouv-fr"
    assert values(merge([compiled, listed, own], BASE), office, "skos:prefLabel") == {"Own"}
    assert values(merge([compiled, listed], BASE), office, "skos:prefLabel") == {"Listed"}
    assert values(merge([compiled], BASE), office, "skos:prefLabel") == {"Compiled"}


def test_a_property_that_only_a_lesser_source_states_is_kept():
    one = described("one", OFFICE.format(name="One"), rank=10)
    two = described("two", OFFICE.format(name="Two").replace(" .", ' ; dcterms:description "Said by two" .'), rank=20)
    office = f"{BASE}/id/office/code-gouv-fr"
    assert values(merge([one, two], BASE), office, "dcterms:description") == {"Said by two"}


def test_two_offices_of_one_name_stay_two():
    other = OFFICE.format(name="One").replace("code.gouv.fr", "other.example")
    triples = merge([described("one", OFFICE.format(name="One")), described("two", other)], BASE)
    assert len(things(triples, "ospo:Office")) == 2


def test_an_alias_on_the_own_host_joins_two_pages_of_one_office():
    own = described(
        "own",
        OFFICE.format(name="Own").replace(" .", " ; ospo:alias <https://code.gouv.fr/mission> ."),
        at="https://code.gouv.fr/.well-known/ospo-meta",
    )
    listed = described("list", OFFICE.format(name="Listed").replace("code.gouv.fr", "code.gouv.fr/mission"))
    assert len(things(merge([own, listed], BASE), "ospo:Office")) == 1


@pytest.mark.parametrize(
    "claim", ["ospo:alias <https://code.gouv.fr>", "<http://www.w3.org/2002/07/owl#sameAs> <https://code.gouv.fr>"]
)
def test_nobody_can_alias_away_somebody_elses_office(claim):
    evil = OFFICE.format(name="Evil").replace("code.gouv.fr", "evil.example").replace(" .", f" ; {claim} .")
    own = described("evil", evil, at="https://evil.example/.well-known/ospo-meta")
    listed = described("list", OFFICE.format(name="Listed"))
    triples = merge([own, listed], BASE)
    assert values(triples, f"{BASE}/id/office/code-gouv-fr", "skos:prefLabel") == {"Listed"}
    assert len(things(triples, "ospo:Office")) == 2


def test_the_page_of_an_office_that_names_a_file_elsewhere_on_its_site_gives_it_authority():
    turtle = OFFICE.format(name="Own").replace("code.gouv.fr", "code.gouv.fr/mission")
    listed = described("list", turtle.replace("Own", "Listed"), rank=10)
    office = f"{BASE}/id/office/code-gouv-fr-mission"
    for named_by, name in (("https://www.code.gouv.fr/mission/", "Own"), ("https://code.gouv.fr/", "Listed")):
        own = described("own", turtle, at="https://files.code.gouv.fr/ospo.yaml", named_by=named_by)
        assert values(merge([own, listed], BASE), office, "skos:prefLabel") == {name}


def test_a_claim_about_another_host_does_not_overtake_a_list():
    evil = described("evil", OFFICE.format(name="Evil"), at="https://evil.example/.well-known/ospo-meta", rank=100)
    listed = described("list", OFFICE.format(name="Listed"), rank=10)
    assert values(merge([evil, listed], BASE), f"{BASE}/id/office/code-gouv-fr", "skos:prefLabel") == {"Listed"}


def test_a_source_cannot_speak_through_the_node_of_another_source_or_of_the_merged_graph():
    listed = described("list", OFFICE.format(name="Listed"))
    graph = f"{BASE}/sources/list/description"
    evil = (
        f"<#b> a ospo:Office ; foaf:homepage <https://evil.example> ; skos:prefLabel 'Evil' ; ospo:countryCode 'FR' ;"
        f" org:unitOf <{BASE}/id/office/code-gouv-fr>, <{graph}#a> ."
        f"<{BASE}/id/office/code-gouv-fr> skos:prefLabel 'Evil twin' . <{graph}#a> skos:prefLabel 'Evil record' ."
    )
    triples = merge([listed, described("evil", evil, at="https://evil.example/x")], BASE)
    assert values(triples, f"{BASE}/id/office/code-gouv-fr", "skos:prefLabel") == {"Listed"}
    assert "Evil record" not in {t.object.value for t in triples}


def test_a_newcomer_cannot_take_over_the_name_of_a_known_policy():
    policy = "<#p> a ospo:FlossPolicy ; dcterms:identifier 'fr-lrn' ; dcterms:title '{0}' ; ospo:countryCode 'FR' ."
    old = described("old", policy.format("Old"), layer=Layer.COMPILED, added=datetime(2025, 1, 1, tzinfo=UTC))
    new = described("new", policy.format("New"), rank=1)
    triples = merge([new, old], BASE)
    assert values(triples, f"{BASE}/id/policy/fr-lrn", "dcterms:title") == {"Old"}
    assert len(things(triples, "ospo:FlossPolicy")) == 2


STATEMENTS = """
<#p> a ospo:FlossPolicy ; dcterms:title "P" ; foaf:page <https://x.example/p> ; ospo:countryCode "EL" ;
  ospo:status c:status\\/in-force ; ospo:evidence <https://x.example/e> .
<#L9> a ospo:PolicyStatement ; dcterms:isPartOf <#p> ; ospo:activity c:activity\\/use ; ospo:stage c:stage\\/present ;
  ospo:coverage c:coverage\\/stated ; ospo:force c:force\\/required .
<#L12> a ospo:PolicyStatement ; dcterms:isPartOf <#p> ; ospo:activity c:activity\\/use ; ospo:stage c:stage\\/present ;
  ospo:coverage c:coverage\\/stated ; ospo:force c:force\\/permitted ; ospo:status c:status\\/expired .
"""


def test_statements_are_numbered_in_the_order_of_the_file_and_complete_in_themselves():
    triples = merge([described("compiled", STATEMENTS, layer=Layer.COMPILED)], BASE)
    first, second = f"{BASE}/id/policy/p#use-present-1", f"{BASE}/id/policy/p#use-present-2"
    assert things(triples, "ospo:PolicyStatement") == [first, second]
    concept = "https://w3id.org/ospo/concept"
    assert values(triples, first, "ospo:force") == {f"{concept}/force/required"}
    assert values(triples, first, "ospo:status") == {f"{concept}/status/in-force"}
    assert values(triples, second, "ospo:status") == {f"{concept}/status/expired"}
    assert values(triples, first, "ospo:evidence") == {"https://x.example/e"}
    assert values(triples, first, "ospo:countryCode") == {"GR"}
    assert values(triples, first, "ospo:assessmentKind") == {f"{concept}/assessment-kind/compiled"}
    assert values(triples, first, "dcterms:source") == {f"{BASE}/sources/compiled"}
    assert values(triples, first, "prov:generatedAtTime") == {"2026-11-01T00:00:00Z"}


CODED = """<#p> a ospo:FlossPolicy ; dcterms:title "P" ; ospo:countryCode "DE" ; dcterms:issued "2024" ;
  ospo:territoryCode "DE-SH" ; ospo:nutsCode "DEF" ; ospo:codebook "0.2" ; ospo:copyOf <https://law.example/p> .
<#L1> a ospo:PolicyStatement ; dcterms:isPartOf <#p> ; ospo:activity c:activity\\/use ; ospo:stage c:stage\\/present ;
  ospo:coverage c:coverage\\/stated ; {fields} .
"""
OF_A_STATEMENT = {
    "ospo:duty": "https://w3id.org/ospo/concept/duty/train",
    "ospo:condition": "https://w3id.org/ospo/concept/condition/on-request",
    "ospo:reach": "https://w3id.org/ospo/concept/reach/field",
    "ospo:quote": "Satz.",
    "ospo:changedBy": "Gesetz 1",
    "dcterms:issued": "2025",
    "ospo:territoryCode": "DE-HH",
    "ospo:nutsCode": "DE6",
    "ospo:codebook": "0.3",
    "ospo:copyOf": "https://law.example/s",
}
OF_ITS_POLICY = {
    "ospo:territoryCode": "DE-SH",
    "ospo:nutsCode": "DEF",
    "ospo:codebook": "0.2",
    "ospo:copyOf": "https://law.example/p",
}


@pytest.mark.parametrize("name", OF_A_STATEMENT)
def test_what_a_statement_says_of_itself_is_carried_and_else_what_its_policy_says_for_it(name):
    policy, statement = f"{BASE}/id/policy/p", f"{BASE}/id/policy/p#use-present-1"
    value = OF_A_STATEMENT[name]
    written = f"<{value}>" if ":/" in value else f'"{value}"'
    silent = merge([described("one", CODED.format(fields='ospo:provision "1"'))])
    told = merge([described("one", CODED.format(fields=f"{name} {written}"))])
    assert values(silent, statement, name) == ({OF_ITS_POLICY[name]} if name in OF_ITS_POLICY else set())
    assert values(told, statement, name) == {value}
    assert values(told, policy, name) == values(silent, policy, name)


def test_the_same_policy_told_by_two_sources_is_one_with_the_statements_of_both():
    imported = described("csis", STATEMENTS, at="https://data.example/csis.csv")
    triples = merge([described("compiled", STATEMENTS, layer=Layer.COMPILED), imported], BASE)
    assert len(things(triples, "ospo:FlossPolicy")) == 1
    assert len(things(triples, "ospo:PolicyStatement")) == 4
    kinds = {t.object.value.rpartition("/")[2] for t in triples if t.predicate == term("ospo:assessmentKind")}
    assert kinds == {"compiled", "imported"}


def test_two_policies_of_one_source_that_share_a_page_stay_two():
    twice = STATEMENTS + STATEMENTS.replace("#p>", "#q>").replace("#L", "#M").replace('"P"', '"Q"')
    assert len(things(merge([described("one", twice)], BASE), "ospo:FlossPolicy")) == 2


def test_only_an_office_on_its_own_host_is_self_declared():
    office = OFFICE.format(name="Own").replace(" .", " ; ospo:flossPolicy <#p> .")
    french = STATEMENTS.replace('"EL"', '"FR"')
    own = described("own", office + french, at="https://code.gouv.fr/ospo.ttl", layer=Layer.COMPILED)
    claimed = described("claimed", office + french, at="https://evil.example/ospo.ttl", layer=Layer.SELF_DECLARED)
    of_greece = described("own", office + STATEMENTS, at="https://code.gouv.fr/ospo.ttl", layer=Layer.SELF_DECLARED)
    for source, kind in ((own, "self-declared"), (claimed, "imported"), (of_greece, "imported")):
        triples = merge([source], BASE)
        statement = things(triples, "ospo:PolicyStatement")[0]
        assert values(triples, statement, "ospo:assessmentKind") == {
            f"https://w3id.org/ospo/concept/assessment-kind/{kind}"
        }
        (policy,) = things(triples, "ospo:FlossPolicy")
        assert values(triples, policy, "ospo:issuerName") == {"Own"}


@pytest.mark.parametrize(
    ("names", "name"),
    [
        ('"Amt"@de-AT, "Office"@en-GB, "Bureau"@fr', "Office"),
        ('"Bureau"@fr, "Amt"@de', "Amt"),
        ('"Amt"@de, "Ufficio"', "Ufficio"),
    ],
)
def test_an_issuer_has_the_name_that_readers_of_english_are_given(names, name):
    office = f"<#o> a ospo:Office; foaf:homepage <https://o.example>; skos:prefLabel {names}; ospo:flossPolicy <#p> ."
    policy = '<#p> a ospo:FlossPolicy; dcterms:title "P"@en; foaf:page <https://o.example/p> .'
    triples = merge([described("own", office + policy, at="https://o.example/ospo.ttl")])
    (found,) = [it.object.value for it in triples if it.predicate == term("ospo:issuerName")]
    assert found == name


def test_the_order_of_reading_does_not_matter():
    sources = [
        described("one", OFFICE.format(name="One"), rank=10),
        described("two", OFFICE.format(name="Two"), rank=20),
        described("compiled", STATEMENTS, layer=Layer.COMPILED),
    ]
    assert merge(sources, BASE) == merge(sources[::-1], BASE)


def test_the_unnamed_nodes_of_a_document_come_along():
    office = OFFICE.format(name="One").replace(" .", " ; org:unitOf <#b1> .") + '<#b1> skos:prefLabel "Ministry" .'
    triples = merge([described("one", office)], BASE)
    assert values(triples, f"{BASE}/sources/one/description#b1", "skos:prefLabel") == {"Ministry"}
    assert NamedNode(f"{BASE}/sources/one/description#b1") in {t.object for t in triples}


def test_evidence_described_in_a_node_of_its_own_is_found_by_its_page_too():
    policy = (
        "<#p> a ospo:FlossPolicy ; dcterms:title 'P' ; ospo:countryCode 'FR' ."
        "<#s> a ospo:PolicyStatement ; dcterms:isPartOf <#p> ;"
        " ospo:coverage <https://w3id.org/ospo/concept/coverage/stated> ;"
        " ospo:activity <https://w3id.org/ospo/concept/activity/use> ;"
        " ospo:stage <https://w3id.org/ospo/concept/stage/present> ; ospo:evidence <#b1>, <https://law.example/1> ."
        "<#b1> foaf:page <https://law.example/2> ; ospo:archivedPage <https://archive.example/2> ."
    )
    triples = merge([described("one", policy)], BASE)
    node = f"{BASE}/sources/one/description#b1"
    found = values(triples, things(triples, "ospo:PolicyStatement")[0], "ospo:evidence")
    assert found == {node, "https://law.example/1", "https://law.example/2"}
    assert values(triples, node, "ospo:archivedPage") == {"https://archive.example/2"}


@pytest.mark.parametrize("odd", ["1²3", "٣", "①", "9" * 5_000])
def test_odd_digits_in_a_name_do_no_harm(odd):
    one = described("one", OFFICE.format(name="One").replace("<#a>", f"<https://code.gouv.fr/{odd}>"))
    assert len(things(merge([one], BASE), "ospo:Office")) == 1


def test_the_pieces_are_families_of_an_office_and_its_policies():
    sources = [
        described("compiled", STATEMENTS, layer=Layer.COMPILED),
        *(described(f"own{n}", OFFICE.format(name="Own").replace("code.gouv.fr", f"o{n}.example")) for n in range(3)),
    ]
    found = list(pieces(sources, BASE))
    assert set().union(*found) == merge(sources, BASE)
    things = [
        {t.subject.value.partition("#")[0] for t in piece if t.subject.value.startswith(f"{BASE}/id/")}
        for piece in found
    ]
    assert len(things) > 3
    assert sum(map(len, things)) == len(set().union(*things))  # each thing is in one piece alone
    links = {
        (t.subject.value, t.object.value) for piece in found for t in piece if t.predicate == term("ospo:flossPolicy")
    }
    for office, policy in links:
        assert [office in names for names in things] == [policy in names for names in things]


@pytest.mark.parametrize(
    ("bonds", "expected"),
    [
        ([], ["a", "b", "c", "d"]),
        ([("a", "c"), ("c", "a")], ["ac", "b", "d"]),
        ([("a", "b"), ("c", "d"), ("d", "b")], ["abcd"]),
        ([("a", "x"), ("x", "d")], ["ad", "b", "c"]),
        ([("x", "y")], ["a", "b", "c", "d"]),
    ],
)
def test_families_are_what_bonds_hold_together(bonds, expected):
    assert ["".join(family) for family in families("abcd", bonds)] == expected
