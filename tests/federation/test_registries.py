"""Registries among themselves: what one publishes, what another takes from it, and three of them in a ring."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pyoxigraph import RdfFormat, parse

from federation.fetch import fetch
from federation.registries import learn, pages
from federation.robots import Robots
from federation.transport import Transport
from registry.archive import Archive
from registry.errors import ReadingError
from registry.iri.addresses import slug
from registry.merging.peer_listings import listings, reachable
from registry.model import Fetch, LastResponse, Layer, Outcome, PeerListing, Source, SourceKind, SourceState
from registry.operations import crawling, writing
from registry.operations.progress import SilentReporter
from registry.reading import peer_catalogue as catalogue
from registry.reading.describe import describe
from registry.settings import Settings
from registry.sources.state_rdf import states
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import digest, dump, select
from registry.validation.readers import Readers
from registry.web.app import create_app
from registry.writer import Writer
from tests.support.registries import NAMES, archived, catalogue_of, described, dump_of, known, office, ospo, ring
from tests.support.sites import caught_up, get
from tests.support.waiting import LONG
from tests.support.web import answer, web

BASE = "https://atlas.example"
START = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PEER = Source("peer", "https://peer.example/catalogue", SourceKind.REGISTRY)
DCAT, DCTERMS, OSPO_NS = "http://www.w3.org/ns/dcat#", "http://purl.org/dc/terms/", "https://w3id.org/ospo/ns#"
CONCEPT = "https://w3id.org/ospo/concept/"


def record(address, kind="description", outcome="accepted", name=""):
    iri = f"<https://peer.example/sources/{name or abs(hash(address))}>"
    return (
        f"{iri} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{DCAT}CatalogRecord> .\n"
        f"{iri} <{DCTERMS}source> <{address}> .\n"
        f"{iri} <{OSPO_NS}sourceKind> <{CONCEPT}source-kind/{kind}> .\n"
        f"{iri} <{OSPO_NS}outcome> <{CONCEPT}outcome/{outcome}> .\n"
    )


def received(source, body, at=START, content_type="application/n-triples"):
    return Fetch(source, at, source.url, 200, (("content-type", content_type),), body.encode())


def state(source, **changes):
    return SourceState(source, START, START, Outcome.ACCEPTED, START, **changes)


@pytest.fixture(scope="module")
def readers():
    with Readers(Settings(reader_workers=1, reader_seconds=LONG)) as readers:
        yield readers


@pytest.fixture
def writer(settings, readers):
    return Writer(EmbeddedStore(), Archive(settings.data + "/archive"), readers.read, settings)


# ---- What is published

OWN = Source("own", "https://own.example/meta.yaml", title="Own", licence="https://licence.example/")


def site(writer, *fetches):
    for fetched in fetches:
        writer.admit(fetched)
    writer.merge()
    return create_app(Settings(base=BASE), writer._store).test_client()


def many(count):
    sources = [Source(f"s{n:03}", f"https://h{n:03}.example/") for n in range(count)]
    return [Fetch(it, START, it.url, 404, outcome=Outcome.GONE, reason="Nothing.") for it in sources]


def addresses(response):
    return addresses_of(response.data)


def addresses_of(body):
    quads = parse(body, RdfFormat.N_TRIPLES)
    return sorted(quad.object.value for quad in quads if quad.predicate.value == DCTERMS + "source")


def test_a_source_is_a_record_with_its_address_verdict_clocks_and_digest(writer):
    client = site(writer, received(OWN, office("own.example"), content_type="text/yaml"))
    quads = list(parse(client.get("/catalogue").data, RdfFormat.TURTLE))
    facts = {q.predicate.value: q.object.value for q in quads if q.subject.value == f"{BASE}/sources/own"}
    assert facts[DCTERMS + "source"] == OWN.url
    assert facts[DCTERMS + "identifier"] == "own"
    assert f"<{DCTERMS}license> <{OWN.licence}>".encode() in client.get("/catalogue.nt").data
    assert facts[DCTERMS + "modified"] == "2026-11-01T12:00:00Z"
    assert facts[OSPO_NS + "outcome"] == facts[OSPO_NS + "verdict"] == CONCEPT + "outcome/accepted"
    assert facts[OSPO_NS + "sourceKind"] == CONCEPT + "source-kind/description"
    assert facts[OSPO_NS + "bodyDigest"].startswith("sha256:")
    assert facts[OSPO_NS + "revision"] == "1"
    (kind,) = {q.subject.value for q in quads if q.object.value == DCAT + "Catalog"}
    assert kind == f"{BASE}/catalogue"


@pytest.mark.parametrize(
    ("path", "accept", "media_type"),
    [
        ("/catalogue", "", "text/turtle"),
        ("/catalogue", "application/ld+json", "application/ld+json"),
        ("/catalogue", pages.ACCEPT, "application/n-triples"),
        ("/catalogue.ttl", "", "text/turtle"),
        ("/catalogue.nt", "", "application/n-triples"),
        ("/catalogue.jsonld", "", "application/ld+json"),
    ],
)
def test_the_catalogue_is_one_graph_in_every_format(writer, path, accept, media_type):
    client = site(writer, received(OWN, office("own.example"), content_type="text/yaml"))
    response = client.get(path, headers={"Accept": accept} if accept else {})
    assert (response.status_code, response.mimetype) == (200, media_type)
    found = {str(quad.triple) for quad in parse(response.data, RdfFormat.from_media_type(media_type))}
    view = "view", "first", "last", "PartialCollectionView"
    nt = {str(quad.triple) for quad in parse(client.get("/catalogue.nt").data, RdfFormat.N_TRIPLES)}
    assert {t for t in found ^ nt if not any(word in t for word in view)} == set()
    assert len(found) > 15


def test_what_is_not_ours_to_say_or_for_nobody_else_to_read_is_left_out(writer):
    left_out = [
        Source("file", "file:///srv/x.yaml"),
        Source("bundled", "http://bundled.ospo-atlas.example/fr.yaml"),
        Source("learnt", "https://learnt.example/", peer="peer"),
        Source("learnt-registry", "https://other.example/catalogue", SourceKind.REGISTRY, peer="peer"),
        Source("private", "http://10.0.0.1/x.yaml"),
        Source("loopback", "http://localhost/x.yaml"),
        Source("login", "https://me:secret@login.example/x.yaml"),
    ]
    gone = [Fetch(it, START, it.url, 404, outcome=Outcome.GONE, reason="Nothing.") for it in left_out]
    client = site(writer, received(OWN, office("own.example"), content_type="text/yaml"), *gone)
    response = client.get("/catalogue.nt")
    assert addresses(response) == [OWN.url]
    for source in left_out:
        assert source.url.encode() not in response.data
    assert b"secret" not in response.data


def test_a_declared_registry_is_published_by_its_address_alone_whatever_becomes_of_its_catalogue(writer):
    client = site(writer, received(PEER, record("https://x.example/")))
    before = client.get("/catalogue.nt")
    assert addresses(before) == [PEER.url]
    assert b"outcome" not in before.data
    writer.admit(received(PEER, record("https://y.example/"), START + DAY))
    caught_up(client)
    after = client.get("/catalogue.nt", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 304
    assert client.get("/catalogue.nt").data == before.data


def test_what_the_operator_withdrew_is_not_published_any_more(writer):
    client = site(writer, received(OWN, office("own.example"), content_type="text/yaml"))
    writer.withdraw("own", START + DAY)
    assert addresses(client.get("/catalogue.nt")) == []


def test_a_hundred_records_are_a_page_and_each_names_the_next(writer):
    client = site(writer, *many(205))
    found, path, sizes = [], "/catalogue.nt", []
    while path:
        response = client.get(path)
        sizes.append(len(addresses(response)))
        found += addresses(response)
        link = response.headers["Link"]
        path = next((part.split(">")[0][1:] for part in link.split(", ") if part.endswith('rel="next"')), "")
        assert (f"<{BASE}{path}>".encode() in response.data) == bool(path)
    assert sizes == [100, 100, 5]
    assert found == [f"https://h{n:03}.example/" for n in range(205)]
    for wrong in ("0", "4", "-1", "x", "9" * 30):
        assert client.get(f"/catalogue.nt?page={wrong}").status_code == 404


def test_the_tag_of_the_first_page_tells_of_every_change_and_of_nothing_else(writer):
    client = site(writer, *many(150))
    tag = client.get("/catalogue.nt").headers["ETag"]
    assert tag.startswith('W/"')

    def again():
        caught_up(client)
        return client.get("/catalogue.nt", headers={"If-None-Match": tag}).status_code

    assert again() == 304
    last = many(150)[-1].source
    writer.admit(Fetch(last, START + DAY, last.url, 404, outcome=Outcome.GONE, reason="Nothing."))
    assert again() == 304  # read again, the same as before
    writer.admit(received(last, office("h149.example"), START + 2 * DAY, "text/yaml"))
    assert again() == 200
    assert client.get("/catalogue.nt?page=2").headers["ETag"] != tag


def test_a_source_found_unchanged_leaves_the_tag_though_it_was_verified(writer):
    client = site(writer, received(OWN, office("own.example"), content_type="text/yaml"))
    before = client.get("/catalogue.nt")
    writer.admit(Fetch(OWN, START + DAY, OWN.url, 304, outcome=Outcome.UNCHANGED))
    caught_up(client)
    after = client.get("/catalogue.nt")
    assert before.data != after.data
    assert b"2026-11-02T12:00:00Z" in after.data
    assert before.headers["ETag"] == after.headers["ETag"]


def test_changes_since_a_revision_or_a_moment(writer):
    later = Source("later", "https://later.example/")
    client = site(
        writer,
        received(OWN, office("own.example"), content_type="text/yaml"),
        received(later, office("later.example"), START + DAY, "text/yaml"),
    )
    both = [later.url, OWN.url]
    cases = {"0": both, "1": [later.url], "2": [], "2026-11-02": [later.url], "2026-10-01": both}
    for since, wanted in cases.items():
        assert addresses(client.get(f"/catalogue.nt?since={since}")) == wanted, since
    assert addresses(client.get("/catalogue.nt?since=2026-11-02T12:00:00Z")) == []
    assert client.get("/catalogue.nt?since=yesterday").status_code == 400


# ---- What is read of a catalogue


def kept(body, media_type="application/n-triples"):
    graph = "https://us.example/d"
    found = describe(body.encode(), media_type=media_type, url=PEER.url, graph=graph, mapping=SourceKind.REGISTRY)
    return listings(list(found.triples)), found


def test_addresses_kinds_and_verdicts_are_kept_and_nothing_else():
    body = record("https://a.example/") + record("https://b.example/l.yaml", "list", "rejected")
    strange = (
        f"<https://evil.example/> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{OSPO_NS}Office> .\n"
        "<https://evil.example/> <http://www.w3.org/2002/07/owl#sameAs> <https://a.example/> .\n"
    )
    found, description = kept(body + strange)
    assert found == [
        PeerListing("https://a.example/", SourceKind.DESCRIPTION, "accepted"),
        PeerListing("https://b.example/l.yaml", SourceKind.LIST, "rejected"),
    ]
    assert b"evil" not in description.n_triples
    assert description.n_triples == kept(strange + body)[1].n_triples  # whatever the order


def test_tables_and_what_is_no_address_are_left_out_and_counted():
    body = record("https://a.example/")
    body += record("file:///etc/passwd") + record("javascript:alert(1)") + record("https://t.example/x.csv", "table")
    found, description = kept(body + record("https://long.example/" + "x" * 2100))
    assert [item.address for item in found] == ["https://a.example/"]
    assert description.notes == ("4 records were left out: not an address to be read, or too many",)


def test_ten_thousand_addresses_are_kept_and_no_more():
    body = "".join(record(f"https://h{n}.example/", name=f"s{n}") for n in range(catalogue.MAX_ADDRESSES + 1))
    found, description = kept(body)
    assert len(found) == catalogue.MAX_ADDRESSES
    assert description.notes[0].startswith("1 records")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<https://x.example/> <https://y.example/> .\n", "not proper"),
        ("<!doctype html><html></html>", "web page"),
        ("url: https://a.example\n", "N-Triples, Turtle or JSON-LD"),
    ],
)
def test_what_is_no_catalogue_is_an_error(body, message):
    with pytest.raises(ReadingError, match=message):
        kept(body, "text/yaml" if body.startswith("url") else "application/n-triples")


# ---- What becomes a source of ours


def learned(listings, known=(), declared=(), **settings):
    return learn.learned(listings, known, declared, Settings(base=BASE, **settings))


def items(*urls):
    return [PeerListing(url, SourceKind.DESCRIPTION) for url in urls]


def test_an_address_becomes_an_imported_source_that_names_who_lists_it():
    (source,) = learned({"peer": items("https://a.example/meta.yaml")})
    assert source.id == "a-example-meta-yaml"
    assert (source.peer, source.layer, source.kind) == ("peer", Layer.IMPORTED, SourceKind.DESCRIPTION)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "http://[::1]/x",
        "http://169.254.169.254/latest/meta-data",
        "http://2130706433/x",
        "http://localhost/x",
        "http://a.example:22/x",
        "https://me:secret@a.example/",
        "ftp://a.example/x",
        "http://bundled.ospo-atlas.example/fr.yaml",
        f"{BASE}/catalogue",
        f"{BASE}/anything.yaml",
        "https://a b.example/",
    ],
)
def test_a_hostile_address_is_not_learned(url):
    assert learned({"peer": items(url)}, allow_networks=("127.0.0.1/32",)) == []


def test_what_the_registry_has_or_had_is_not_learned_again():
    own = Source("own", "https://own.example/")
    off = replace(state(Source("off", "https://off.example/")), outcome=Outcome.WITHDRAWN)
    found = learned({"peer": items("http://www.own.example", "https://off.example/")}, [off], [own])
    assert found == []


def test_what_two_registries_tell_is_learned_once_and_stays_when_neither_tells_it():
    both = {"b": items("https://x.example/"), "a": items("https://x.example", "https://y.example/")}
    found = learned(both)
    assert [(source.url, source.peer) for source in found] == [("https://x.example", "a"), ("https://y.example/", "a")]
    known = [state(source, accepted_at=START) for source in found]
    assert learned(both, known) == found
    assert learned({}, known) == found
    assert learned({}, [state(source) for source in found]) == []  # it never gave anything, and nobody names it


def test_a_registry_that_tells_the_same_in_other_bytes_has_not_changed(writer):
    listed = record("https://x.example/", name="x") + record("https://y.example/", name="y")
    writer.admit(received(PEER, listed))
    same = writer.admit(received(PEER, f"# made again\n{listed}", START + DAY))
    assert (same.outcome, same.events, same.last_change) == (Outcome.UNCHANGED, 1, START)
    other = writer.admit(received(PEER, listed + record("https://z.example/"), START + 2 * DAY))
    assert (other.outcome, other.events) == (Outcome.ACCEPTED, 2)


def test_a_list_is_followed_to_the_pages_of_its_offices(tmp_path, readers):
    settings = Settings(base=BASE, listed_offices=2)
    registry = Writer(EmbeddedStore(), Archive(tmp_path), readers.read, settings)
    listing = "".join(f"https://{name}.example/:\n  name: {name}\n  country: FR\n" for name in ("own", "a", "b", "c"))
    several = [
        Source("list", "https://own.example/list.yaml", SourceKind.LIST),
        Source("index", "https://own.example/meta.yaml"),
        Source("compiled", "https://x.example/meta.yaml", layer=Layer.COMPILED),
        Source("learned", "https://y.example/meta.yaml", peer="peer"),
    ]
    for source in several:
        body = (
            listing
            if source.kind is SourceKind.LIST
            else "offices:\n"
            + "".join(
                f"  - {{url: https://{name}.example/, name: {name}, country: FR, description: {{en: One.}}, "
                f"email: a@{name}.example}}\n"
                for name in ("own", "a")
            )
        )
        assert registry.admit(received(source, body, content_type="text/yaml")).outcome is Outcome.ACCEPTED
    assert {name: [item.address for item in items] for name, items in registry.leads().items()} == {
        "index": ["https://a.example/"],
        "list": ["https://a.example/", "https://b.example/"],
    }
    found = learned(registry.leads(), registry.states(), several)
    assert [(source.url, source.peer, source.kind) for source in found] == [
        ("https://a.example/", "index", SourceKind.DESCRIPTION),
        ("https://b.example/", "list", SourceKind.DESCRIPTION),
    ]


def test_what_a_list_leads_to_speaks_for_itself_and_is_shown_once(tmp_path, readers):
    """Two pages of one site without a description of their own lead to the file at its well-known address."""
    own = "offices:\n" + "".join(
        f"  - {{url: http://a.example{path}, name: A{path}, country: FR, description: {{en: One.}}, "
        "email: a@a.example}\n"
        for path in ("/x", "/y")
    )
    listing = "".join(f"http://a.example{path}:\n  name: L{path}\n  country: FR\n" for path in ("/x", "/y", "/z"))
    page = answer("<!doctype html><title>Office</title>", content_type="text/html")
    routes = {"l.example/list.yaml": answer(listing), "a.example/.well-known/ospo-meta": answer(own)}
    routes |= {f"a.example{path}": page for path in ("/x", "/y")}
    declared = [Source("list", "http://l.example/list.yaml", SourceKind.LIST)]
    with web(routes) as site:
        settings = site.settings("l.example", "a.example", data=str(tmp_path), base=BASE, reader_workers=1)
        results = crawling.crawl(settings, declared, lambda: START, SilentReporter())
        assert sorted((source.url, str(outcome)) for source, outcome, _ in results) == [
            ("http://a.example/x", "accepted"),
            ("http://a.example/y", "accepted"),
            ("http://a.example/z", "gone"),
            ("http://l.example/list.yaml", "accepted"),
        ]
        later = crawling.crawl(settings, declared, lambda: START + 2 * DAY, SilentReporter())
        assert "http://a.example/z" not in {source.url for source, _, _ in later}  # asked once a week
    store = EmbeddedStore(str(tmp_path / "store"))
    names = (
        "SELECT ?n ?g WHERE { GRAPH ?g { ?o a <https://w3id.org/ospo/ns#Office> ; "
        "<http://www.w3.org/2004/02/skos/core#prefLabel> ?n } }"
    )
    merged_names = sorted(row["n"].value for row in select(store, names) if row["g"].value == f"{BASE}/merged")
    store.close()
    assert merged_names == ["A/x", "A/y", "L/z"]


def test_further_registries_are_learned_once_a_host_and_in_bounded_number():
    listings = [PeerListing(f"https://r{n}.example/catalogue", SourceKind.REGISTRY) for n in range(150)]
    mine = Source("mine", "https://r0.example/", SourceKind.REGISTRY)
    found = learned({"peer": listings}, declared=[mine])
    assert len(found) == learn.MAX_REGISTRIES
    assert "https://r0.example/catalogue" not in {source.url for source in found}
    assert learned({"peer": listings}, [state(source) for source in found], [mine]) == found
    assert learned({}, [state(source) for source in found], [mine]) == []  # named by nobody, so heard no more


def test_a_registry_that_always_tells_of_others_is_not_followed_without_end():
    first = learned({"peer": items(*(f"https://a{n}.example/" for n in range(9_000)))})
    known = [state(source, accepted_at=START) for source in first]
    later = learned({"peer": items(*(f"https://b{n}.example/" for n in range(9_000)))}, known)
    assert len(later) == learn.MAX_ADDRESSES
    assert later[:9_000] == first
    never = [state(source) for source in first]
    assert len(learned({"peer": items(*(f"https://b{n}.example/" for n in range(9_000)))}, never)) == 1_000
    other = {"peer": [], "other": items("https://c.example/")}
    assert learned(other, [state(source) for source in later])[-1].url == "https://c.example/"


def test_a_page_that_names_several_descriptions_is_an_index_of_them(tmp_path):
    page = answer("".join(f'<link rel="describedby" href="/{n}.yaml">' for n in "xyz"), content_type="text/html")
    file = {f"/{n}.yaml": answer(office("a.example").replace("a.example/", f"a.example/{n}")) for n in "xyz"}
    declared = [Source("site", "http://a.example/offices")]
    with web({"/offices": page, **file}) as site:
        settings = site.settings(data=str(tmp_path), base=BASE, reader_workers=1)
        results = crawling.crawl(settings, declared, lambda: START, SilentReporter())
        assert sorted((source.url, source.peer, str(outcome)) for source, outcome, _ in results) == [
            ("http://a.example/offices", "", "accepted"),
            ("http://a.example/y.yaml", "site", "accepted"),
            ("http://a.example/z.yaml", "site", "accepted"),
        ]
        site.routes["/y.yaml"] = page  # what was learned names nothing further
        again = crawling.crawl(settings, declared, lambda: START + 9 * DAY, SilentReporter(), everything=True)
    assert len(again) == 3
    assert writing.rebuild(settings) > 0


def test_no_more_than_a_hundred_sources_of_one_host_are_learned():
    found = learned({"peer": items(*(f"https://a.example/{n}" for n in range(150)), "https://b.example/")})
    assert [source.url for source in found] == [*(f"https://a.example/{n}" for n in range(100)), "https://b.example/"]
    known = [state(source) for source in found]
    assert learned({"peer": items("https://a.example/new", *(source.url for source in found))}, known) == found


def test_a_registry_is_heard_as_long_as_one_that_is_heard_names_it():
    first, second, third, fourth = (
        Source(f"r{n}", f"https://r{n}.example/", SourceKind.REGISTRY, peer="r1" if n > 1 else "") for n in range(1, 5)
    )
    known = [state(source) for source in (first, second, third, fourth)]
    lists = {
        "r1": [PeerListing("https://r2.example/catalogue", SourceKind.REGISTRY)],
        "r2": [
            PeerListing("https://r1.example/", SourceKind.REGISTRY),
            *items("https://a.example/", "https://r3.example/"),
        ],
        "r3": [PeerListing("https://r4.example/", SourceKind.REGISTRY)],
        "r4": [PeerListing("https://r3.example/", SourceKind.REGISTRY)],  # the two name each other alone
    }
    assert reachable(known, lists) == {name: lists[name] for name in ("r1", "r2")}
    assert reachable(known[1:], {name: lists[name] for name in ("r2", "r3", "r4")}) == {}


def test_a_source_that_was_once_of_another_kind_tells_nothing(writer):
    writer.admit(received(OWN, office("own.example"), content_type="text/yaml"))
    same = replace(OWN, kind=SourceKind.REGISTRY)
    writer.admit(Fetch(same, START + DAY, same.url, outcome=Outcome.UNREACHABLE, reason="It did not answer."))
    assert writer.listings() == {"own": []}


def test_two_addresses_of_one_name_are_two_sources():
    first, second = (
        learned({"peer": items("https://a.example/b", "https://a.example/b?")})
        + learned({"peer": items("https://a.example/b-")}, [state(Source("a-example-b", "https://z.example/"))])[:1]
    )
    assert first.id == "a-example-b"
    assert second.id.startswith("a-example-b-")


def test_what_the_operator_declares_takes_the_place_of_what_was_learned():
    (learnt,) = learned({"peer": items("https://x.example/")})
    mine = Source("mine", "https://x.example/")
    assert learned({"peer": items("https://x.example/")}, [state(learnt)], [mine]) == []
    assert learn.superseded([state(learnt)], [mine]) == [learnt.id]
    assert learn.superseded([state(learnt)], [replace(learnt, peer="")]) == []


def test_a_source_says_who_sees_it_and_is_marked_when_nobody_does(writer, settings):
    writer.admit(received(PEER, record("https://x.example/", outcome="rejected")))
    (learnt,) = learn.learned(writer.listings(), writer.states(), [PEER], settings)
    writer.admit(received(learnt, office("x.example"), content_type="text/yaml"))
    client = site(writer)
    page = client.get(f"/sources/{learnt.id}").text
    assert "/sources/peer" in page.split("Listed by")[1]
    assert "2026-11-01" in page.split("Listed by")[1]
    assert "its own verdict: Rejected" in page
    seen = f"<{settings.base}/sources/{learnt.id}> <{OSPO_NS}seenBy> <{settings.base}/sources/peer>"
    assert seen in dump(writer._store).decode()
    assert 'href="/catalogue.ttl' in client.get("/sources").text
    assert addresses(client.get("/catalogue.nt")) == [PEER.url]  # nothing is echoed

    later = writer.admit(received(PEER, record("https://other.example/"), START + DAY))
    assert (later.outcome, later.events) == (Outcome.ACCEPTED, 2)  # other addresses are a change
    writer.merge()
    caught_up(client)
    page = client.get(f"/sources/{learnt.id}").text
    assert "No other registry lists this address any more" in page
    assert "Listed by" not in page
    assert learnt in learn.learned(writer.listings(), writer.states(), [PEER], settings)


def test_the_archive_alone_gives_the_same_learned_sources(writer, readers, settings):
    writer.admit(received(PEER, record("https://x.example/")))
    (learnt,) = learn.learned(writer.listings(), writer.states(), [PEER], settings)
    writer.admit(received(learnt, office("x.example"), content_type="text/yaml"))
    writer.merge()
    again = Writer(EmbeddedStore(), Archive(settings.data + "/archive"), readers.read, settings)
    again.replay()
    again.merge()
    assert digest(again._store) == digest(writer._store)
    assert states(again._store, settings.base)[1].source == learnt


# ---- How a catalogue is fetched


def reading(site, url="http://peer.example/catalogue", known=None):
    async def run():
        settings = site.settings("peer.example")
        async with Transport(settings) as transport:
            source = Source("peer", url, SourceKind.REGISTRY)
            return await fetch(
                source, known, transport=transport, robots=Robots(transport, settings), now=lambda: START
            )

    return asyncio.run(run())


def paged(body, onwards="", **headers):
    # the comma in the title is part of it: one of two parsers once took it for the end of the link
    link = {"link": f'</catalogue>; rel="first", <{onwards}>; title="a, b"; rel="next"'} if onwards else {}
    return answer(body, content_type="application/n-triples", **link, **headers)


def test_all_pages_of_a_catalogue_are_one_body():
    routes = {
        "/catalogue": paged(record("https://a.example/", name="a"), "/catalogue?page=2"),
        "/catalogue?page=2": paged(record("https://b.example/", name="b"), "/catalogue?page=3"),
        "/catalogue?page=3": paged(record("https://c.example/", name="c")),
    }
    with web(routes) as site:
        fetched = reading(site)
    assert [item.address for item in kept(fetched.body.decode())[0]] == [f"https://{x}.example/" for x in "abc"]
    assert site.paths == list(routes)
    assert (fetched.final_url, len(fetched.steps)) == ("http://peer.example/catalogue", 3)
    assert {request.headers["accept"] for request in site.requests if request.path in routes} == {pages.ACCEPT}


def test_a_page_that_cannot_be_had_is_no_shorter_list():
    with web({"/catalogue": paged(record("https://a.example/"), "/catalogue?page=2")}) as site:
        fetched = reading(site)
    assert (fetched.outcome, fetched.body) == (Outcome.UNREACHABLE, b"")
    assert "page=2 answers 404" in fetched.reason


@pytest.mark.parametrize(
    "onwards", ["/catalogue", "http://elsewhere.example/x", "http://peer.example:99/x", "file:///x"]
)
def test_pages_that_go_round_or_elsewhere_are_not_followed(onwards):
    with web({"/catalogue": paged(record("https://a.example/"), onwards)}) as site:
        fetched = reading(site)
    assert fetched.outcome is None
    assert site.paths == ["/catalogue"]
    assert "another site" in fetched.steps[-1].result


def test_two_hundred_pages_are_read_and_no_more():
    def endless(request):
        number = int(request.path.rpartition("=")[2]) if "=" in request.path else 1
        return paged(record(f"https://h{number}.example/"), f"/catalogue?page={number + 1}")

    class Endless(dict):
        def get(self, key, default=None):
            return endless if key.startswith("/catalogue") else default

    with web() as site:
        site.routes = Endless()
        fetched = reading(site)
    assert len(site.paths) == pages.MAX_PAGES
    assert "at most 200 pages" in fetched.steps[-1].result


def test_a_catalogue_is_asked_for_conditionally_and_a_home_page_leads_to_it():
    def conditional(request):
        if request.headers.get("if-none-match") == 'W/"one"':
            return answer(status=304, content_length=None)
        return paged(record("https://a.example/"), etag='W/"one"')

    page = answer("<!doctype html><title>Registry</title>", content_type="text/html")
    with web({"/": page, "/catalogue": conditional}) as site:
        first = reading(site, "http://peer.example/")
        assert first.final_url == "http://peer.example/catalogue"
        again = reading(site, "http://peer.example/", LastResponse(first.final_url, first.header("etag")))
    assert again.outcome is Outcome.UNCHANGED


@pytest.mark.parametrize(
    ("first", "second", "is_conditional"),
    [('W/"list"', 'W/"list"', True), ('"page 1"', '"page 2"', False), ('"page 1"', None, False), (None, None, False)],
)
def test_pages_of_a_catalogue_are_known_by_the_first_only_if_they_have_one_validator(first, second, is_conditional):
    tags = [{"etag": tag} if tag else {} for tag in (first, second)]
    pages = {
        "/catalogue": paged(record("https://a.example/"), "/catalogue?page=2", **tags[0], last_modified="today"),
        "/catalogue?page=2": paged(record("https://b.example/"), **tags[1]),
    }
    with web(pages) as site:
        fetched = reading(site)
    assert bool(fetched.header("etag")) is is_conditional
    assert bool(fetched.header("last-modified")) is is_conditional


def test_robots_txt_of_a_registry_is_kept_to():
    with web({"/robots.txt": answer("User-agent: *\nDisallow: /catalogue\n"), "/catalogue": paged("")}) as site:
        assert reading(site).outcome is Outcome.REFUSED
    assert site.paths == []


# ---- Three of them


def test_three_registries_in_a_ring_know_all_offices_a_round_after_the_first_and_are_quiet_then(tmp_path):
    hosts = [f"office-{name}.example" for name in NAMES]
    offices = {f"{host}/meta.yaml": answer(office(host), content_type="application/yaml") for host in hosts}
    with web(offices) as site, ring(tmp_path, site) as registries:

        def rounds(count):
            for _ in range(count):
                for folder, _ in registries.values():
                    ospo(folder, "crawl", "--all")
            return {name: (known(there), archived(folder)) for name, (folder, there) in registries.items()}

        settled = rounds(2)
        for name, onwards, third in ("abc", "bca", "cab"):
            listed, _ = settled[name]
            base = f"http://registry-{name}.example/sources"
            registry = slug(catalogue_of(third).removeprefix("http://"))
            assert {address: facts[1:] for address, facts in listed.items()} == {
                f"http://office-{name}.example/meta.yaml": ("accepted", ""),
                f"http://office-{onwards}.example/meta.yaml": ("accepted", f"{base}/next"),
                f"http://office-{third}.example/meta.yaml": ("accepted", f"{base}/{registry}"),
                catalogue_of(onwards): ("accepted", ""),
                catalogue_of(third): ("accepted", f"{base}/next"),
            }
            _, there = registries[name]
            assert all(described(there, host) for host in hosts)
            own = [f"http://office-{name}.example/meta.yaml", catalogue_of(onwards)]
            assert addresses_of(get(there, "/catalogue.nt")) == own
        readers = [request.headers["user-agent"] for request in site.requests if request.path == "/meta.yaml"]
        assert len(readers) >= 9  # each registry has read each description at its origin

        quiet = rounds(2)
        for name, (listed, records) in quiet.items():
            before, old = settled[name]
            assert listed == before
            assert records[: len(old)] == old
            assert records[len(old) :] == [Outcome.UNCHANGED] * 10
        folder, _ = registries["a"]
        assert "http://office-b.example/meta.yaml  (learned from next)" in ospo(folder, "sources", "list")
        ospo(folder, "sources", "remove", "office-b-example-meta-yaml")
        assert "office-b" not in ospo(folder, "crawl", "--all")  # it was taken off, and is not learned again
        store = dump_of(folder)
        ospo(folder, "rebuild")
        assert dump_of(folder) == store
