"""The DCAT catalogue for other registries: the addresses that this registry reads, and its verdicts on them.

Sources that are known only from another registry are left out, and so are addresses that others cannot read. Of a
registry that the operator declared, only the address is listed: its catalogue changes when ours does, and two
registries that reported each other's changes would never stop.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, request
from pyoxigraph import Literal, NamedNode, Triple

from registry.iri.names import RDF_TYPE, concept_iri, copy_iri, date_time, integer, source_iri, term
from registry.model import SourceKind, SourceState
from registry.web import request_context
from registry.web.caching import cached
from registry.web.data.linked import RDF_TYPES, as_rdf
from registry.web.data.published import is_kept, is_published
from registry.web.negotiation import wanted

blueprint = Blueprint("catalogue", __name__)

PAGE_RECORDS = 100
_HYDRA = "http://www.w3.org/ns/hydra/core#"


@dataclass(frozen=True, slots=True)
class _CatalogueView:
    """The page of the catalogue that a request asks for; `in_address`: its address has the suffix."""

    suffix: str
    in_address: bool
    page: int
    since: str
    states: Sequence[SourceState]

    @property
    def pages(self) -> int:
        """The number of pages, at least 1."""
        return max(1, -(-len(self.states) // PAGE_RECORDS))

    def path(self, page: int) -> str:
        """Return the path of another page in the same format."""
        query = {"since": self.since} if self.since else {}
        query |= {"page": str(page)} if page > 1 else {}
        return "/catalogue" + (f".{self.suffix}" if self.in_address else "") + (f"?{urlencode(query)}" if query else "")


@blueprint.get("/catalogue")
@blueprint.get("/catalogue.<any(ttl, jsonld, rdf, nt, json):suffix>")
def catalogue(suffix: str = "") -> Response:
    """Answer with a page of the catalogue.

    The ETag is weak (RFC 9110, section 8.8.1) and is that of the whole list, the same on all pages: it changes if a
    source changes, but not if sources are only found unchanged, although `ospo:lastVerified` is then later.
    """
    response = _page(suffix=suffix)
    if response.status_code in (200, 304):
        response.status_code = 200
        response.headers.pop("ETag", None)
        response.set_etag(_tag(_view(suffix)), weak=True)
        response.make_conditional(request)
    return response


@cached
def _page(suffix: str) -> Response:
    view = _view(suffix)
    response = as_rdf(_triples(view), view.suffix)
    number = view.page
    links = {"first": 1, "prev": number - 1, "next": number + 1, "last": view.pages}
    response.headers["Link"] = ", ".join(
        f'<{view.path(page)}>; rel="{name}"' for name, page in links.items() if 1 <= page <= view.pages
    )
    return response


def _view(suffix: str) -> _CatalogueView:
    """Return the page that the request asks for. Aborts with 404 if there is no such page."""
    since, page = request.args.get("since", ""), request.args.get("page", "1")
    states = [
        state for state in request_context.catalogue().sources() if is_published(state) and _is_later(state, since)
    ]
    kind = suffix or RDF_TYPES[wanted(list(RDF_TYPES))]
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 0
    view = _CatalogueView(kind, bool(suffix), number, since, states)
    if not 1 <= number <= view.pages:
        abort(404, f"there is no page {page[:20]!r} of the catalogue: it has {view.pages}")
    return view


def _is_later(state: SourceState, since: str) -> bool:
    """Return whether a source has changed after `since`, a revision or a moment. Aborts with 400 for anything else."""
    if not since or state.source.kind is SourceKind.REGISTRY:  # its changes are not reported
        return True
    if since.isascii() and since.isdigit() and len(since) < 20:
        return state.revision > int(since)
    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        abort(400, f"since={since[:40]!r} is neither a revision nor a moment: write since=120 or since=2026-11-01")
    return _changed(state) > (moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _changed(state: SourceState) -> datetime:
    """Return when a source last changed; for a registry, when it was added."""
    if state.source.kind is SourceKind.REGISTRY:
        return state.added
    moments = (state.added, state.last_change, state.failing_since)
    return max(moment for moment in moments if moment)


def _tag(view: _CatalogueView) -> str:
    contents = [(state.source, _reported(state)) for state in view.states]
    return hashlib.sha256(repr((contents, view.suffix, view.since)).encode()).hexdigest()[:32]


def _reported(state: SourceState) -> tuple[object, ...]:
    """Return the reported facts of a source that can change, except when it was verified; none for a registry."""
    if state.source.kind is SourceKind.REGISTRY:
        return ()
    return state.effective_outcome, state.verdict, state.digest, state.revision


def _triples(view: _CatalogueView) -> list[Triple]:
    base = request_context.settings().base
    whole, page = NamedNode(f"{base}/catalogue"), NamedNode(base + view.path(view.page))
    triples = [
        Triple(whole, RDF_TYPE, term("dcat:Catalog")),
        Triple(whole, term("dcterms:title"), Literal(request_context.settings().title)),
        Triple(whole, term("foaf:homepage"), NamedNode(f"{base}/")),
        Triple(whole, NamedNode(_HYDRA + "totalItems"), integer(len(view.states))),
        Triple(whole, NamedNode(_HYDRA + "view"), page),
        Triple(page, RDF_TYPE, NamedNode(_HYDRA + "PartialCollectionView")),
    ]
    if view.states:
        triples.append(Triple(whole, term("dcterms:modified"), date_time(max(map(_changed, view.states)))))
        revisions = (state.revision for state in view.states if state.source.kind is not SourceKind.REGISTRY)
        triples.append(Triple(whole, term("ospo:revision"), integer(max(revisions, default=0))))
    links = {"first": 1, "previous": view.page - 1, "next": view.page + 1, "last": view.pages}
    for name, number in links.items():
        if 1 <= number <= view.pages:
            triples.append(Triple(page, NamedNode(_HYDRA + name), NamedNode(base + view.path(number))))
    for state in view.states[(view.page - 1) * PAGE_RECORDS : view.page * PAGE_RECORDS]:
        triples += [Triple(whole, term("dcat:record"), NamedNode(source_iri(base, state.source.id))), *_record(state)]
    return triples


def _record(state: SourceState) -> list[Triple]:
    """Return the dcat:CatalogRecord of a source."""
    source = state.source
    record, address = NamedNode(source_iri(request_context.settings().base, source.id)), NamedNode(source.url)
    facts: list[tuple[str, NamedNode | Literal | None]] = [
        ("rdf:type", term("dcat:CatalogRecord")),
        ("foaf:primaryTopic", address),
        ("dcterms:source", address),
        ("dcterms:identifier", Literal(source.id)),
        ("dcterms:title", Literal(source.title) if source.title else None),
        ("dcterms:license", _licence(source.licence)),
        ("dcterms:issued", date_time(state.added)),
        ("ospo:sourceKind", NamedNode(concept_iri("source-kind", source.kind))),
    ]
    facts += [] if source.kind is SourceKind.REGISTRY else _verdict(state)
    return [Triple(record, term(name), value) for name, value in facts if value is not None]


def _licence(licence: str) -> NamedNode | None:
    try:
        return NamedNode(licence) if licence else None
    except ValueError:  # the operator wrote something else than an IRI
        return None


def _verdict(state: SourceState) -> list[tuple[str, NamedNode | Literal | None]]:
    """Return the properties of the last readings of a source; None is no value."""
    base, outcome = request_context.settings().base, NamedNode(concept_iri("outcome", state.effective_outcome))
    return [
        ("dcterms:modified", date_time(_changed(state))),
        ("adms:status", outcome),
        ("ospo:outcome", outcome),
        ("ospo:verdict", NamedNode(concept_iri("outcome", state.verdict)) if state.verdict else None),
        ("ospo:lastVerified", date_time(state.last_verified) if state.last_verified else None),
        ("ospo:bodyDigest", Literal(state.digest) if state.digest else None),
        ("ospo:archivedCopy", NamedNode(copy_iri(base, state.source.id)) if is_kept(state) else None),
        ("ospo:revision", integer(state.revision)),
    ]
