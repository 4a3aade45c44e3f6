"""A registry that visits a small Web day by day: crawler, writer and merged graph, in this process and by its clock."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from federation.crawl import crawl
from federation.transport import Transport
from registry.archive import Archive
from registry.model import Source
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import digest, select
from registry.web.app import create_app
from registry.writer import Writer
from tests.support import merged

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
PREFIXES = """PREFIX dcterms: <http://purl.org/dc/terms/> PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX ospo: <https://w3id.org/ospo/ns#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> """


def day(number):
    return START + timedelta(days=number)


class Visits:
    """`sources` are `Source`, or the address of a description; its id is then "own"."""

    def __init__(self, site, folder, *sources, **settings):
        self.site, self.folder = site, folder
        self.sources = [Source("own", source) if isinstance(source, str) else source for source in sources]
        self.settings = site.settings(*(settings.pop("hosts", ("a.example", "b.example"))), **settings)
        self.store = EmbeddedStore()
        self.writer = self._writer(self.store)

    def _writer(self, store):
        return Writer(store, Archive(self.folder), merged.read, self.settings)

    def configure(self, **settings):
        """Go on with other settings, by another process that knows only the store and the archive."""
        self.settings = replace(self.settings, **settings)
        self.writer = self._writer(self.store)

    def __call__(self, number, *, everything=True):
        """Crawl on that day; return the state of the first source, and leave in `asked` what was requested."""
        at, before = day(number), len(self.site.requests)
        due = self.writer.due(self.sources, at, everything=everything)
        asyncio.run(self._crawl(due, at))
        self.writer.merge()
        requests = self.site.requests[before:]
        self.asked = [request.path for request in requests if request.path != "/robots.txt"]
        return self.state()

    async def _crawl(self, due, at):
        def admit(fetches):
            return [(state.outcome, state.reason) for state in self.writer.admit_together(fetches)]

        async with Transport(self.settings) as transport:
            await crawl(due, settings=self.settings, transport=transport, now=lambda: at, admit=admit)

    def state(self, identifier=None):
        """Return the state of a source, or of the first."""
        wanted = identifier or self.sources[0].id
        return next(state for state in self.writer.states() if state.source.id == wanted)

    def offices(self):
        """Return home page → description (or "") of each office of the merged graph."""
        query = """SELECT ?home ?said WHERE { GRAPH $merged { ?office a ospo:Office ; foaf:homepage ?home
            OPTIONAL { ?office dcterms:description ?said } } }""".replace("$merged", f"<{self.settings.base}/merged>")
        rows = select(self.store, PREFIXES + query)
        return {row["home"].value: row["said"].value if "said" in row else "" for row in rows}

    def events(self, identifier=None):
        """Return the outcomes of a source's events, in order."""
        source = f"{self.settings.base}/sources/{identifier or self.sources[0].id}"
        query = f"""SELECT ?event ?outcome WHERE {{ GRAPH <{self.settings.base}/registry> {{
            ?event <http://www.w3.org/ns/prov#used> <{source}> ; ospo:outcome ?outcome }} }}"""
        found = {
            int(row["event"].value.rpartition("/")[2]): row["outcome"].value
            for row in select(self.store, PREFIXES + query)
        }
        return [found[number].rpartition("/")[2] for number in sorted(found)]

    def page(self, language="en"):
        """Return the page of the first source."""
        visitor = create_app(self.settings, self.store).test_client()
        return visitor.get(f"/sources/{self.sources[0].id}", headers={"Accept-Language": language}).text

    def is_what_the_archive_makes(self):
        """Return whether a store made from the archive alone is the same."""
        again = EmbeddedStore()
        writer = self._writer(again)
        writer.replay()
        writer.merge()
        return digest(again) == digest(self.store)


def office(home, words="One.", name="Office"):
    """Return the description of an office, as YAML."""
    return f"url: {home}\nname: {name}\ncountry: FR\ndescription: {{en: {words}}}\nemail: office@office.example\n"
