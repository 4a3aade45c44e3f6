"""The sources of this registry and its verdicts on them as a DCAT catalogue, for other registries: addresses to read.

Left out is what is not this registry's to say (what it knows from another registry alone) and what nobody else could
read. The registries that the operator declared are there by their addresses alone: their catalogues change with ours,
and a ring of registries that told each other of that would never come to rest.
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

PAGE = 100  # records
_HYDRA = "http://www.w3.org/ns/hydra/core#"


@dataclass(frozen=True, slots=True)
class _Asked:
    suffix: str
    named: bool  # by a suffix in the address
    page: int
    since: str
    states: Sequence[SourceState]

    @property
    def pages(self) -> int:
        """How many pages there are: one at least."""
        return max(1, -(-len(self.states) // PAGE))

    def path(self, page: int) -> str:
        """Return the address of a page in the same form, on this site."""
        query = {"since": self.since} if self.since else {}
        query |= {"page": str(page)} if page > 1 else {}
        return "/catalogue" + (f".{self.suffix}" if self.named else "") + (f"?{urlencode(query)}" if query else "")


@blueprint.get("/catalogue")
@blueprint.get("/catalogue.<any(ttl, jsonld, rdf, nt, json):suffix>")
def catalogue(suffix: str = "") -> Response:
    """Return a page of the catalogue.

    Its tag is weak (RFC 9110, section 8.8.1) and stands for the whole list: it stays while sources are merely found
    unchanged, although `ospo:lastVerified` moves on, and changes on the first page for whatever changes on any.
    """
    response = _page(suffix=suffix)
    if response.status_code in (200, 304):
        response.status_code = 200
        response.headers.pop("ETag", None)
        response.set_etag(_tag(_asked(suffix)), weak=True)
        response.make_conditional(request)
    return response


@cached
def _page(suffix: str) -> Response:
    asked = _asked(suffix)
    response = as_rdf(_triples(asked), asked.suffix)
    number = asked.page
    links = {"first": 1, "prev": number - 1, "next": number + 1, "last": asked.pages}
    response.headers["Link"] = ", ".join(
        f'<{asked.path(at)}>; rel="{name}"' for name, at in links.items() if 1 <= at <= asked.pages
    )
    return response


def _asked(suffix: str) -> _Asked:
    since, page = request.args.get("since", ""), request.args.get("page", "1")
    states = [
        state for state in request_context.catalogue().sources() if is_published(state) and _is_later(state, since)
    ]
    kind = suffix or RDF_TYPES[wanted(list(RDF_TYPES))]
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 0
    asked = _Asked(kind, bool(suffix), number, since, states)
    if not 1 <= number <= asked.pages:
        abort(404, f"there is no page {page[:20]!r} of the catalogue: it has {asked.pages}")
    return asked


def _is_later(state: SourceState, since: str) -> bool:
    """Return whether a source has changed after a revision or a moment. Aborts with 400 for anything else."""
    if not since or state.source.kind is SourceKind.REGISTRY:  # whose changes are not told
        return True
    if since.isascii() and since.isdigit() and len(since) < 20:
        return state.revision > int(since)
    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        abort(400, f"since={since[:40]!r} is neither a revision nor a moment: write since=120 or since=2026-11-01")
    return _changed(state) > (moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _changed(state: SourceState) -> datetime:
    if state.source.kind is SourceKind.REGISTRY:
        return state.added
    moments = (state.added, state.last_change, state.failing_since)
    return max(moment for moment in moments if moment)


def _tag(asked: _Asked) -> str:
    said = [(state.source, _said(state)) for state in asked.states]
    return hashlib.sha256(repr((said, asked.suffix, asked.page, asked.since)).encode()).hexdigest()[:32]


def _said(state: SourceState) -> tuple[object, ...]:
    """Return what is told of a source and changes, but for the day on which it was verified; of registries nothing."""
    if state.source.kind is SourceKind.REGISTRY:
        return ()
    return state.effective_outcome, state.verdict, state.digest, state.revision


def _triples(asked: _Asked) -> list[Triple]:
    base = request_context.settings().base
    whole, view = NamedNode(f"{base}/catalogue"), NamedNode(base + asked.path(asked.page))
    triples = [
        Triple(whole, RDF_TYPE, term("dcat:Catalog")),
        Triple(whole, term("dcterms:title"), Literal(request_context.settings().title)),
        Triple(whole, term("foaf:homepage"), NamedNode(f"{base}/")),
        Triple(whole, NamedNode(_HYDRA + "totalItems"), integer(len(asked.states))),
        Triple(whole, NamedNode(_HYDRA + "view"), view),
        Triple(view, RDF_TYPE, NamedNode(_HYDRA + "PartialCollectionView")),
    ]
    if asked.states:
        triples.append(Triple(whole, term("dcterms:modified"), date_time(max(map(_changed, asked.states)))))
        revisions = (state.revision for state in asked.states if state.source.kind is not SourceKind.REGISTRY)
        triples.append(Triple(whole, term("ospo:revision"), integer(max(revisions, default=0))))
    links = {"first": 1, "previous": asked.page - 1, "next": asked.page + 1, "last": asked.pages}
    for name, at in links.items():
        if 1 <= at <= asked.pages:
            triples.append(Triple(view, NamedNode(_HYDRA + name), NamedNode(base + asked.path(at))))
    for state in asked.states[(asked.page - 1) * PAGE : asked.page * PAGE]:
        triples += [Triple(whole, term("dcat:record"), NamedNode(source_iri(base, state.source.id))), *_record(state)]
    return triples


def _record(state: SourceState) -> list[Triple]:
    source = state.source
    record, address = NamedNode(source_iri(request_context.settings().base, source.id)), NamedNode(source.url)
    said: list[tuple[str, NamedNode | Literal | None]] = [
        ("rdf:type", term("dcat:CatalogRecord")),
        ("foaf:primaryTopic", address),
        ("dcterms:source", address),
        ("dcterms:identifier", Literal(source.id)),
        ("dcterms:title", Literal(source.title) if source.title else None),
        ("dcterms:license", _licence(source.licence)),
        ("dcterms:issued", date_time(state.added)),
        ("ospo:sourceKind", NamedNode(concept_iri("source-kind", source.kind))),
    ]
    said += [] if source.kind is SourceKind.REGISTRY else _verdict(state)
    return [Triple(record, term(name), value) for name, value in said if value is not None]


def _licence(licence: str) -> NamedNode | None:
    try:
        return NamedNode(licence) if licence else None
    except ValueError:  # the operator wrote words
        return None


def _verdict(state: SourceState) -> list[tuple[str, NamedNode | Literal | None]]:
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
