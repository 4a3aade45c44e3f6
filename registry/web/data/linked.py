"""Linked data: each office, policy, country and source as RDF, by Accept or suffix; the vocabulary and the shapes."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, abort, redirect, request
from pyoxigraph import NamedNode, RdfFormat, Triple

from registry.iri.names import PREFIXES, description_graph
from registry.readmodel.values import Office, Policy
from registry.store import rdf_document
from registry.vocabulary import concepts, jurisdictions
from registry.web import request_context
from registry.web.caching import cached
from registry.web.negotiation import HTML, wanted

blueprint = Blueprint("linked", __name__)

FORMATS = {
    "ttl": ("text/turtle", RdfFormat.TURTLE),
    "jsonld": ("application/ld+json", RdfFormat.JSON_LD),
    "rdf": ("application/rdf+xml", RdfFormat.RDF_XML),
    "nt": ("application/n-triples", RdfFormat.N_TRIPLES),
    "json": ("application/json", RdfFormat.JSON_LD),
}
RDF_TYPES = {media_type: suffix for suffix, (media_type, _) in FORMATS.items()}
_KINDS = {"offices": "office", "policies": "policy", "sources": "source"}


def as_rdf(triples: list[Triple], suffix: str) -> Response:
    """Return triples as the representation with that suffix."""
    media_type, format_ = FORMATS[suffix]
    prefixes = PREFIXES if format_ == RdfFormat.TURTLE else None
    body, left_out = rdf_document.write(triples, format_, prefixes)
    if left_out:
        body += (
            f"\n<!-- {left_out} triples are left out, whose properties XML cannot name: see the Turtle. -->".encode()
        )
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    return Response(body, content_type=media_type + charset)


def thing_triples(kind: str, name: str) -> list[Triple]:
    """Return what the merged graph, or for a source its own description, says of one thing. Aborts with 404."""
    catalogue = request_context.catalogue()
    found: Any = {"offices": catalogue.office, "policies": catalogue.policy, "sources": catalogue.source}[kind](name)
    if found is None:
        abort(404, f"there is no {_KINDS[kind]} called {name} in this registry")
    if kind == "sources":
        return catalogue.graph(description_graph(catalogue.base, name))
    return catalogue.description(found.iri)


@blueprint.get("/offices/<name>.<any(ttl, jsonld, rdf, nt, json):suffix>", defaults={"kind": "offices"})
@blueprint.get("/policies/<name>.<any(ttl, jsonld, rdf, nt, json):suffix>", defaults={"kind": "policies"})
@blueprint.get("/sources/<name>.<any(ttl, jsonld, rdf, nt, json):suffix>", defaults={"kind": "sources"})
@cached
def thing(kind: str, name: str, suffix: str) -> Response:
    """Return one thing as RDF."""
    return as_rdf(thing_triples(kind, name), suffix)


@blueprint.get("/countries/<code>.<any(ttl, jsonld, rdf, nt, json):suffix>")
@cached
def country(code: str, suffix: str) -> Any:
    """Return a country with its offices, its policies and their statements as RDF."""
    place = jurisdictions.jurisdiction(code) or abort(404, f"there is no country or body of the code {code}")
    if place.code != code:
        return redirect(f"/countries/{place.code}.{suffix}", 301)
    catalogue = request_context.catalogue()
    things: tuple[Office | Policy, ...] = (*catalogue.offices(), *catalogue.policies())
    triples = [triple for triple in concepts.vocabulary_triples() if triple.subject == NamedNode(place.iri)]
    for found in things:
        triples += catalogue.description(found.iri) if found.country == code else ()
    return as_rdf(list(dict.fromkeys(triples)), suffix)


@blueprint.get("/id/<any(office, policy):kind>/<name>")
def identified(kind: str, name: str) -> Any:
    """Lead from a thing to the page about it (W3C, Cool URIs: 303), in the representation that is accepted."""
    plural = {"office": "offices", "policy": "policies"}[kind]
    best = wanted([HTML, *RDF_TYPES])
    suffix = f".{RDF_TYPES[best]}" if best in RDF_TYPES else ""
    return redirect(f"/{plural}/{quote(name)}{suffix}", 303)


@blueprint.get("/ns/context.jsonld", defaults={"version": ""})
@blueprint.get("/ns/<any('1.0'):version>/context.jsonld")
def context(version: str) -> Response:
    """Return the JSON-LD context; a published version never changes."""
    response = Response(concepts.data("ontology/context.jsonld"), content_type="application/ld+json")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.add_etag()
    response.make_conditional(request)
    return response


@blueprint.get("/ns")
@blueprint.get("/ns.<any(ttl, jsonld, rdf, nt):suffix>")
@cached
def ontology(suffix: str = "") -> Response:
    """Return the vocabulary as RDF."""
    best = suffix or RDF_TYPES[wanted(["text/turtle", *RDF_TYPES])]
    return as_rdf(list(concepts.vocabulary_triples()), best)


@blueprint.get("/shapes")
@cached
def shapes() -> Response:
    """Return the shapes as Turtle."""
    body = b"\n".join(concepts.data(name) for name in concepts.shape_files())
    return Response(body, content_type="text/turtle; charset=utf-8")


def redirect_to_rdf(path: str) -> Any:
    """Return a redirect to the RDF that the request prefers over a page, or None. Aborts with 406."""
    best = wanted([HTML, *RDF_TYPES])
    return redirect(f"{quote(path)}.{RDF_TYPES[best]}", 303) if best in RDF_TYPES else None
