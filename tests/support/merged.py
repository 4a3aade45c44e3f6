"""A small registry made by the real path, from description to merged graph, for tests of what is served."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from tempfile import mkdtemp

from registry.archive import Archive
from registry.model import Fetch, Layer, Outcome, Source, SourceKind
from registry.reading.describe import describe
from registry.settings import Settings
from registry.sources.bundled import origin
from registry.store.embedded import EmbeddedStore
from registry.validation.validate import validate
from registry.writer import Writer

AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
SETTINGS = Settings(base="https://atlas.example", data="nowhere")

COMPILED = b"""
offices:
  - url: https://code.gouv.fr
    name: {fr: "P\xc3\xb4le Open Source et Communs Num\xc3\xa9riques", en: Open Source and Digital Commons}
    country: FR
    level: central
    description: {en: The open source office of the French State.}
    email: floss@numerique.gouv.fr
    floss_policy: https://numerique.gouv.fr/publications/politique-logiciel-libre/
policies:
  - id: fr-lrn
    title: {fr: "Loi pour une R\xc3\xa9publique num\xc3\xa9rique"}
    url: https://www.legifrance.gouv.fr/lrn
    issuer: "R\xc3\xa9publique fran\xc3\xa7aise"
    country: FR
    level: central
    instrument: primary-law
    status: in-force
    issued: 2016-10-07
    in_force_from: 2016-10-08
    evidence: [https://www.april.org/lrn]
    accessed: 2026-11-22
    checked: secondary
    remark: {en: "=Read through a third party."}
    matrix:
      use:
        prioritize:
          force: encouraged
          duty: prefer-open-source
          text: {en: Asks administrations to encourage free software.}
        promote: silent
      produce:
        present:
          force: required
          duty: publish-code
          provision: art. 2
          binds: [central]
          audience: [public]
          text: {en: Source code is to be opened.}
      contribute: {present: excluded, promote: not-assessed}
  - id: fr-old
    title: An old plan
    country: FR
    level: central
    instrument: strategy
    status: expired
    issued: 2012
    in_force_until: 2020
    binds: [central]
    evidence: [https://www.april.org/old]
    matrix:
      use: {present: {force: required, duty: plan-adoption, text: {en: Once required.}}}
  - id: de-soll
    title: {de: E-Government-Gesetz}
    country: DE
    level: central
    instrument: primary-law
    status: in-force
    issued: 2024-07
    evidence: [https://www.cio.bund.de]
    matrix:
      use:
        prioritize:
          - {force: comply-or-explain, duty: prefer-open-source, reach: field, text: {de: "Soll bevorzugt werden."}}
          - {force: preferred, duty: prefer-open-source, text: {de: Vorrang.}}
  - id: cl-bill
    title: A bill
    country: CL
    instrument: primary-law
    status: failed
    evidence: [https://www.example.cl]
    matrix:
      use: {prioritize: {force: preferred, duty: prefer-open-source}}
"""
LISTED = b"""
https://www.code.gouv.fr/:
  name: Mission logiciels libres
  country: FR
  email: contact@code.gouv.fr
https://opentech.auth.gr/:
  name: Open Technologies Centre
  country: EL
"""
SOURCES = {
    "bundled-fr": (
        Source("bundled-fr", "http://bundled.ospo-atlas.example/fr.yaml", layer=Layer.COMPILED, rank=1000),
        COMPILED,
    ),
    "list": (Source("list", "https://list.example/all.yaml", SourceKind.LIST, rank=10, title="A list"), LISTED),
}


def read(body, **asked):
    """Read and validate in this process: what the tests feed in is ours."""
    description = describe(body, **asked)
    return description, validate(description)


def writer_on(store, settings=SETTINGS):
    """Return a writer on the store, with an archive of its own."""
    return Writer(store, Archive(mkdtemp()), read, settings)


def received(source, body, at=AT):
    """Return the fetch of a body from where the source is declared: Turtle where its address says so, else YAML."""
    kind = "text/turtle" if source.url.endswith(".ttl") else "text/yaml"
    return Fetch(source, at, source.url, 200, (("content-type", kind),), body)


def fill(store, sources=None, settings=SETTINGS):
    """Admit these sources into the store, and one that fails; return the store."""
    writer = writer_on(store, settings)
    for source, body in (sources or SOURCES).values():
        writer.admit(received(source, body))
    broken = Source("broken", "https://broken.example/ospo.yaml", title="Broken")
    writer.admit(Fetch(broken, AT, broken.url, 200, (), b"url: broken.example\nname: Broken\ncountry: XX\n"))
    gone = replace(broken, id="gone", title="Gone", url="https://gone.example/")
    writer.admit(Fetch(gone, AT, gone.url, 404, outcome=Outcome.GONE, reason="https://gone.example/ answers 404."))
    writer.merge()
    return store


def store():
    """Return a store in memory with the small registry in it."""
    return fill(EmbeddedStore())


def reported():
    """Return the table of CSIS that comes with the registry with its bytes, by identifier, for `fill`."""
    with origin() as here:
        (source,) = [source for source in here.sources if source.kind is SourceKind.TABLE]
    return {source.id: (source, (files("registry") / "data" / source.id / "policies.csv").read_bytes())}


def bundled():
    """Return the bundled sources that are compiled here, with their bodies, by identifier, for `fill`."""
    with origin() as here:
        folder = files("registry") / "data" / "sources"
        return {
            source.id: (source, (folder / source.url.rpartition("/")[2]).read_bytes())
            for source in here.sources
            if source.layer is Layer.COMPILED
        }
