"""Linked data: each office, policy, country and source as RDF, by Accept or suffix; the vocabulary and the shapes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, current_app, redirect, request
from pyoxigraph import RdfFormat, Triple, serialize

from registry import vocabulary
from registry.catalogue.questions import Catalogue
from registry.state import source_iri
from registry.web.caching import cached
from registry.web.negotiation import wanted

blueprint = Blueprint("linked", __name__)

FORMATS = {
    "ttl": ("text/turtle", RdfFormat.TURTLE),
    "jsonld": ("application/ld+json", RdfFormat.JSON_LD),
    "rdf": ("application/rdf+xml", RdfFormat.RDF_XML),
    "nt": ("application/n-triples", RdfFormat.N_TRIPLES),
    "json": ("application/json", RdfFormat.JSON_LD),
}
RDF_TYPES = {media_type: suffix for suffix, (media_type, _) in FORMATS.items()}


def as_rdf(triples: list[Triple], suffix: str) -> Response:
    """Return triples as the representation with that suffix."""
    media_type, format_ = FORMATS[suffix]
    prefixes = vocabulary.PREFIXES if format_ == RdfFormat.TURTLE else None
    body = serialize(triples, format=format_, prefixes=prefixes) or b""
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    return Response(body, content_type=media_type + charset)


def thing_triples(kind: str, name: str) -> list[Triple]:
    """Return what the merged graph, or for a source its own description, says of one thing. Aborts with 404."""
    catalogue: Catalogue = current_app.config["CATALOGUE"]
    found: Any = {"offices": catalogue.office, "policies": catalogue.policy, "sources": catalogue.source}[kind](name)
    if found is None:
        abort(404, f"there is no {kind[:-1]} called {name} in this registry")
    if kind == "sources":
        return catalogue.graph(f"{source_iri(catalogue.base, name)}/description")
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
def country(code: str, suffix: str) -> Response:
    """Return the statements and policies of a country as RDF."""
    catalogue: Catalogue = current_app.config["CATALOGUE"]
    subjects = {item.iri for item in catalogue.statements() if item.country == code}
    subjects |= {policy.iri for policy in catalogue.policies() if policy.country == code}
    triples = [triple for triple in catalogue.comparison_graph() if triple.subject.value in subjects]  # type: ignore[union-attr]
    if not triples:
        abort(404, f"nothing is known of a country {code}")
    return as_rdf(triples, suffix)


@blueprint.get("/id/<any(office, policy):kind>/<name>")
def identified(kind: str, name: str) -> Any:
    """Lead from a thing to the page about it (W3C, Cool URIs: 303), in the representation that is accepted."""
    plural = {"office": "offices", "policy": "policies"}[kind]
    best = wanted(["text/html", *RDF_TYPES])
    suffix = f".{RDF_TYPES[best]}" if best in RDF_TYPES else ""
    return redirect(f"/{plural}/{name}{suffix}", 303)


@blueprint.get("/ns/context.jsonld", defaults={"version": ""})
@blueprint.get("/ns/<any('1.0'):version>/context.jsonld")
def context(version: str) -> Response:
    """Return the JSON-LD context; a published version never changes."""
    response = Response(vocabulary.data("ontology/context.jsonld"), content_type="application/ld+json")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@blueprint.get("/ns")
@blueprint.get("/ns.<any(ttl, jsonld, rdf, nt):suffix>")
@cached
def ontology(suffix: str = "") -> Response:
    """Return the vocabulary as RDF."""
    best = suffix or RDF_TYPES[wanted(["text/turtle", *RDF_TYPES])]
    return as_rdf(list(vocabulary.vocabulary_triples()), best)


@blueprint.get("/shapes")
@cached
def shapes() -> Response:
    """Return the shapes as Turtle."""
    body = b"\n".join(vocabulary.data(name) for name in vocabulary.shape_files())
    return Response(body, content_type="text/turtle; charset=utf-8")


def redirect_to_rdf(path: str) -> Any:
    """Return a redirect to the RDF that the request prefers over a page, or None."""
    if not request.accept_mimetypes:
        return None
    best = request.accept_mimetypes.best_match(["text/html", *RDF_TYPES])
    return redirect(f"{path}.{RDF_TYPES[best]}", 303) if best in RDF_TYPES else None
