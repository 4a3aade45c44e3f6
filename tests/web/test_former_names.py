"""An address that was ever given out keeps answering: what it names now, or what it named."""

import pytest

from registry.iri.names import term
from registry.model import Source, SourceKind
from registry.store.embedded import EmbeddedStore
from registry.web.app import create_app
from registry.web.text.language import LANGUAGES, catalogue
from tests.support.merged import AT, SETTINGS, received, writer_on

SUFFIXES = ("", ".ttl", ".jsonld", ".rdf", ".nt", ".json")
LISTED = b"""
https://a.example/old: {name: Old, country: FR}
https://b.example/: {name: B, country: FR}
https://c.example/: {name: C, country: FR}
"""
# The same office under its new page, which says so itself; and what was said of its policies.
OWN = b"""
url: https://a.example/
name: A
country: FR
aliases: [https://a.example/old]
policies:
  - {id: plan, title: {en: The plan}, country: FR}
  - {id: law, title: {en: The law}, url: https://a.example/law, country: FR}
  - {id: rule, title: {en: A rule}, url: https://law.example/rule}
"""
LIST = Source("list", "https://list.example/all.yaml", SourceKind.LIST)
SOURCE = Source("a", "https://a.example/.well-known/ospo-meta")
PLACES = [*(f"/offices/{{}}{suffix}" for suffix in SUFFIXES), "/id/office/{}", "/offices/{}/badge.svg"]


class Site:
    """A site on a registry that goes on."""

    def __init__(self):
        self.store = EmbeddedStore()
        self.writer = writer_on(self.store)

    def admit(self, source, body):
        self.writer.admit(received(source, body))
        self.show()

    def withdraw(self, source):
        self.writer.withdraw(source.id, AT)
        self.show()

    def show(self):
        """Merge, and open the site anew: on a busy machine it would show the lists before for a while."""
        self.writer.merge()
        self.application = create_app(SETTINGS, self.store)
        self.application.config["ENDPOINT"].close()

    def get(self, path, **headers):
        return self.application.test_client().get(path, headers=headers)


@pytest.fixture(scope="module")
def moved():
    """A site on which the office of the old page has turned out to be that of the new one, which was named first."""
    site = Site()
    site.admit(SOURCE, OWN.replace(b"aliases: [https://a.example/old]\n", b""))
    site.admit(LIST, LISTED)
    assert site.get("/offices/a-example-old", Accept="text/html").status_code == 200
    site.admit(SOURCE, OWN)
    return site


@pytest.mark.parametrize("place", PLACES)
def test_a_name_whose_thing_has_another_name_now_leads_there(moved, place):
    response = moved.get(place.format("a-example-old") + "?lang=fr&x=1")
    assert response.status_code == 301
    assert response.location == place.format("a-example") + "?lang=fr&x=1"
    assert response.headers["Cache-Control"] == "no-cache"
    assert moved.get(place.format("a-example")).status_code in (200, 303)


@pytest.fixture(scope="module")
def gone():
    """A site whose sources have been withdrawn."""
    site = Site()
    site.admit(LIST, LISTED)
    site.admit(SOURCE, OWN)
    assert {policy.slug for policy in site.application.config["CATALOGUE"].policies()} == {"plan", "law", "rule"}
    site.withdraw(LIST)
    site.withdraw(SOURCE)
    known = site.application.config["CATALOGUE"]
    assert not [*known.policies(), *known.offices()]
    return site


SAID = [
    ("office", "b-example", "the office with the home page b.example."),
    ("policy", "law", "the policy of France on the page a.example/law."),
    ("policy", "plan", "the policy “plan” of the source a."),
]


@pytest.mark.parametrize(("kind", "name", "said"), SAID)
def test_a_name_of_what_no_source_names_any_more_says_what_it_stood_for(gone, kind, name, said):
    plural = {"office": "offices", "policy": "policies"}[kind]
    for path in (f"/id/{kind}/{name}", *(f"/{plural}/{name}{suffix}" for suffix in SUFFIXES)):
        response = gone.get(path)
        assert response.status_code == 410, path
        assert f"This name stood for {said} No source that is read here names it any more." in response.text
    if kind == "office":
        assert gone.get(f"/offices/{name}/badge.svg").status_code == 410
    shown = gone.get(f"/{plural}/{name}", Accept="text/html")
    assert (shown.status_code, shown.mimetype) == (410, "text/html")


@pytest.mark.parametrize("tag", [tag for tag in LANGUAGES if tag != "en"])
def test_it_says_so_in_the_language_of_the_reader(gone, tag):
    words = catalogue(tag)
    named = words["This name stood for the office with the home page %(key)s."] % {"key": "b.example"}
    shown = gone.get("/offices/b-example", **{"Accept-Language": tag, "Accept": "text/html"})
    text = shown.text.replace("&#39;", "'")
    assert f"{named} {words['No source that is read here names it any more.']}" in text
    assert shown.headers["Content-Language"] == tag


@pytest.mark.parametrize(
    "name", ["nobody", "b-example-", "B-EXAMPLE", "x" * 3_000, "%00", "a%3E%20b", "..%2Foffice%2Fb-example"]
)
def test_a_name_that_was_never_given_is_not_found(gone, name):
    for path in (f"/offices/{name}", f"/policies/{name}", f"/offices/{name}.ttl", f"/id/office/{name}"):
        assert gone.get(path, Accept="text/html, text/turtle").status_code == 404, path


def test_a_name_is_that_of_its_kind_alone(gone):
    assert gone.get("/policies/b-example").status_code == 404
    assert gone.get("/offices/law").status_code == 404


def test_a_source_that_comes_back_has_its_names_again(gone):
    gone.admit(LIST, LISTED)
    assert gone.get("/offices/b-example", Accept="text/html").status_code == 200
    gone.withdraw(LIST)
    assert gone.get("/offices/b-example").status_code == 410


def test_what_a_publisher_says_of_names_leads_nowhere():
    """`dcterms:isReplacedBy` counts where the registry states it, in its own graph."""
    site = Site()
    site.admit(LIST, LISTED)
    said = f"""@prefix ospo: <https://w3id.org/ospo/ns#> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
        @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        <#o> a ospo:Office ; foaf:homepage <https://evil.example/> ; skos:prefLabel "E" ; ospo:countryCode "FR" .
        <{SETTINGS.base}/id/office/b-example> {term("dcterms:isReplacedBy")} <{SETTINGS.base}/id/office/evil-example> ;
          ospo:mintedFor "office evil.example" .
        <{SETTINGS.base}/id/office/never> ospo:mintedFor "office evil.example" ."""
    site.admit(Source("evil", "https://evil.example/o.ttl"), said.encode())
    assert site.get("/offices/evil-example", Accept="text/html").status_code == 200
    site.withdraw(LIST)
    assert site.get("/offices/b-example").status_code == 410
    assert site.get("/offices/never").status_code == 404
