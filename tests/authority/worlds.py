"""Random worlds of sources for property-based tests: who describes which office and policy, from where, and how badly.

A world is a list of `Origin`s in the order of their arrival. Hosts, pages, names and identifiers come from small pools,
so that sources meet; a part of what they say is hostile: aliases, sameAs, the registry's own predicates, links to
things and nodes of others.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Triple

from registry.authority.claims import FLOSS_POLICY, OFFICE, STATEMENT, records
from registry.authority.ledger import Ledger
from registry.authority.resolve import resolve
from registry.iri.names import RDF_TYPE, concept_iri, term
from registry.merging.merge import merge
from registry.model import Layer, Outcome, Source, SourceKind, SourceState

BASE = "https://atlas.example"
START = datetime(2026, 1, 1, tzinfo=UTC)
HOSTS = ("a.example", "b.example", "evil.example", "gov\u043e.example")
PATHS = ("", "/ospo", "/~x", "/~y", "/ospo-34e921d9")
PAGES = ("http://a.example/law", "http://b.example/ospo/p", "http://law.example/1", "http://evil.example/p", "")
IDS = ("", "law", "open-source-policy", "open-source-policy-7060f271", "open-source-policy--2")
TITLES = ("Open source policy", "Law", "")
COUNTRIES = ("FR", "DE", "XX")
FORCES = ("required", "encouraged")
# What a publisher may not bring into the merged graph, whatever it means.
OURS = (
    "dcterms:source prov:wasDerivedFrom prov:generatedAtTime ospo:assessmentKind ospo:office ospo:issuerName "
    "ospo:jurisdiction ospo:heard ospo:mintedFor dcterms:isReplacedBy owl:sameAs skos:exactMatch ospo:revision"
).split()


@dataclass(frozen=True)
class Origin:
    """A source as it is served: its state, and what its description says."""

    state: SourceState
    triples: tuple[Triple, ...]

    @property
    def records(self):
        return records(self.state, self.triples)


@st.composite
def offices(draw):
    return {
        "home": f"http://{draw(st.sampled_from(HOSTS))}{draw(st.sampled_from(PATHS))}",
        "name": draw(st.sampled_from(("Office", "Ministry", "Evil"))),
        "country": draw(st.sampled_from(COUNTRIES)),
        "email": draw(st.sampled_from(("", "a@a.example", "evil@evil.example"))),
        "alias": draw(st.sampled_from(("", "http://a.example", "http://a.example/ospo", "http://b.example/~x"))),
        "policy_page": draw(st.sampled_from(PAGES)),
    }


@st.composite
def policies(draw):
    return {
        "page": draw(st.sampled_from(PAGES)),
        "id": draw(st.sampled_from(IDS)),
        "title": draw(st.sampled_from(TITLES)),
        "country": draw(st.sampled_from(COUNTRIES)),
        "force": draw(st.sampled_from(FORCES)),
        "issuer": draw(st.integers(-1, 2)),
        "ours": draw(st.sampled_from(("", *OURS))),
    }


@st.composite
def descriptions(draw):
    return draw(st.lists(offices(), max_size=3)), draw(st.lists(policies(), max_size=3))


@st.composite
def origins(draw, number, *, hostile=False):
    """An origin; a hostile one is a stranger's description: no list of the operator, nothing compiled here."""
    host = draw(st.sampled_from(HOSTS))
    kinds = (
        [("description", Layer.IMPORTED, "")]
        if hostile
        else [
            ("description", Layer.IMPORTED, ""),
            ("list", Layer.IMPORTED, ""),
            ("list", Layer.IMPORTED, "peer"),
            ("description", Layer.COMPILED, ""),
        ]
    )
    kind, layer, peer = draw(st.sampled_from(kinds))
    path = draw(st.sampled_from(("/.well-known/ospo-meta", "/ospo.yaml", "/~x/ospo.yaml")))
    named_by = draw(st.sampled_from(("", "", f"http://{host}/~y")))
    rank = draw(st.sampled_from((10, 100)))
    offices, policies = draw(descriptions())
    return origin(number, f"http://{host}{path}", offices, policies, kind, layer, peer, rank, named_by)


def origin(
    number, url, offices=(), policies=(), kind="description", layer=Layer.IMPORTED, peer="", rank=100, named_by=""
):
    """Return the origin of that number, which is also its place in the order of arrival."""
    source = Source(f"s{number}", url, SourceKind(kind), layer, rank, peer=peer)
    at = START + timedelta(minutes=number)
    state = SourceState(
        source, at, at, Outcome.ACCEPTED, at, accepted_at=at, accepted_address=source.url, named_by=named_by,
        accepted_record=f"2026/01/{number:09}-x.warc.gz",
    )  # fmt: skip
    return Origin(state, tuple(written(source.id, offices, policies)))


def office(home, **facts):
    """Return what a description says of an office: what `offices` draws, with these facts."""
    return {"home": home, "name": "Office", "country": "FR", "email": "", "alias": "", "policy_page": "", **facts}


def policy(page="", **facts):
    """Return what a description says of a policy, which its first office issues: what `policies` draws."""
    plain = {"id": "", "title": "Open source policy", "country": "FR", "force": "required", "issuer": 0, "ours": ""}
    return {"page": page, **plain, **facts}


def written(identifier, offices, policies):
    """Yield the description of a source as triples."""
    graph = f"{BASE}/sources/{identifier}/description"

    def of(node, **facts):
        for name, value in facts.items():
            if value != "":
                yield Triple(
                    node, term(name.replace("_", ":", 1)), value if not isinstance(value, str) else Literal(value)
                )

    nodes = [NamedNode(f"{graph}#o{place}") for place in range(len(offices))]
    for node, office in zip(nodes, offices, strict=True):
        yield Triple(node, RDF_TYPE, NamedNode(OFFICE))
        yield from of(
            node,
            foaf_homepage=NamedNode(office["home"]),
            skos_prefLabel=office["name"],
            ospo_countryCode=office["country"],
            schema_email=office["email"],
            ospo_alias=NamedNode(office["alias"]) if office["alias"] else "",
            ospo_policyPage=NamedNode(office["policy_page"]) if office["policy_page"] else "",
            owl_sameAs=NamedNode(f"{BASE}/id/office/a-example"),
        )
    for place, policy in enumerate(policies):
        node = NamedNode(f"{graph}#p{place}")
        statement = NamedNode(f"{graph}#s{place}")
        yield Triple(node, RDF_TYPE, NamedNode(FLOSS_POLICY))
        yield from of(
            node,
            dcterms_identifier=policy["id"],
            dcterms_title=policy["title"],
            ospo_countryCode=policy["country"],
            foaf_page=NamedNode(policy["page"]) if policy["page"] else "",
        )
        if 0 <= policy["issuer"] < len(nodes):
            yield Triple(nodes[policy["issuer"]], term("ospo:flossPolicy"), node)
        yield Triple(statement, RDF_TYPE, NamedNode(STATEMENT))
        yield from of(
            statement,
            dcterms_isPartOf=node,
            ospo_activity=NamedNode(concept_iri("activity", "use")),
            ospo_stage=NamedNode(concept_iri("stage", "present")),
            ospo_force=NamedNode(concept_iri("force", policy["force"])),
        )
        if policy["ours"]:
            for subject in (node, statement):
                yield Triple(subject, term(policy["ours"]), Literal("0 day"))
                yield Triple(subject, term(policy["ours"]), NamedNode("https://evil.example/x"))


@st.composite
def worlds(draw, *, most=5):
    """Origins of different sources, in the order of their arrival."""
    return [draw(origins(number)) for number in range(draw(st.integers(1, most)))]


def merged(world, ledger=None):
    """Return the merged graph of a world, what it was made of, and the ledger afterwards."""
    before = ledger or Ledger()
    sources = [origin.records for origin in world]
    resolved = resolve(sources, {}, before)
    return merge(resolved, sources, BASE), resolved, before.with_entries([resolved.entries])


def of_thing(triples, name):
    """Return the triples of a thing and of its statements."""
    iri = f"{BASE}/id/{name}"
    return {triple for triple in triples if triple.subject.value == iri or triple.subject.value.startswith(f"{iri}#")}
