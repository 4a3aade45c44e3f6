"""Linked data: offices, policies, countries and sources as RDF, by Accept or suffix; vocabulary, shapes, context."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, abort, redirect, request
from pyoxigraph import NamedNode, RdfFormat, Triple
from werkzeug.urls import iri_to_uri

from registry.iri.names import PREFIXES, description_graph
from registry.model import Source
from registry.readmodel.values import Office, Policy
from registry.store import rdf_document
from registry.vocabulary import codebook, concepts
from registry.web import request_context
from registry.web.caching import cached
from registry.web.former_names import named
from registry.web.made_files import made
from registry.web.negotiation import HTML, wanted
from registry.web.text.language import sentence
from registry.web.text.links import href

blueprint = Blueprint("linked", __name__)

FORMATS = {
    "ttl": ("text/turtle", RdfFormat.TURTLE),
    "jsonld": ("application/ld+json", RdfFormat.JSON_LD),
    "rdf": ("application/rdf+xml", RdfFormat.RDF_XML),
    "nt": ("application/n-triples", RdfFormat.N_TRIPLES),
    "json": ("application/json", RdfFormat.JSON_LD),
}
RDF_TYPES = {media_type: suffix for suffix, (media_type, _) in FORMATS.items()}
_KINDS = {"offices": "office", "policies": "policy"}


def as_rdf(triples: list[Triple], suffix: str) -> Response:
    """Answer with triples in the format of a suffix, a key of `FORMATS`."""
    media_type, format_ = FORMATS[suffix]
    prefixes = PREFIXES if format_ == RdfFormat.TURTLE else None
    body, left_out = rdf_document.write(triples, format_, prefixes)
    if left_out:
        body += (
            f"\n<!-- {left_out} triples are left out, whose properties XML cannot name: see the Turtle. -->".encode()
        )
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    return Response(body, content_type=media_type + charset)


def thing_triples(kind: str, name: str, suffix: str) -> list[Triple]:
    """Return the merged triples about an office or a policy with who speaks of it, or the description of a source.

    `kind` is "sources" or a key of `_KINDS`. Aborts as `named` does, or with 404.
    """
    catalogue = request_context.catalogue()
    if kind != "sources":
        thing = named(_KINDS[kind], name, f"/{kind}/{{}}.{suffix}")
        return [*catalogue.description(thing.iri), *catalogue.voices_graph(thing.iri)]
    if catalogue.source(name) is None:
        abort(404, sentence("there is no source of that name in this registry"))
    return catalogue.graph(description_graph(catalogue.base, name))


def with_licence(response: Response, source: Source) -> Response:
    """Return an answer that holds what one source says, with a link to its licence (RFC 8288; `license`: RFC 4946)."""
    if href(source.licence):
        response.headers["Link"] = f'<{iri_to_uri(source.licence)}>; rel="license"'
    return response


@blueprint.get("/offices/<name>.<any(ttl, jsonld, rdf, nt, json):suffix>", defaults={"kind": "offices"})
@blueprint.get("/policies/<name>.<any(ttl, jsonld, rdf, nt, json):suffix>", defaults={"kind": "policies"})
@cached
def thing(kind: str, name: str, suffix: str) -> Response:
    """Answer with an office or a policy as RDF."""
    return as_rdf(thing_triples(kind, name, suffix), suffix)


@blueprint.get("/sources/<name>.<any(ttl, jsonld, rdf, nt, json):suffix>")
@made
def source(name: str, suffix: str) -> Response:
    """Answer with all that a source says as RDF; that of a list is large."""
    response = as_rdf(thing_triples("sources", name, suffix), suffix)
    state = request_context.catalogue().source(name)
    return with_licence(response, state.source) if state else response


@blueprint.get("/countries/<code>.<any(ttl, jsonld, rdf, nt, json):suffix>")
@made
def country(code: str, suffix: str) -> Any:
    """Answer with a country, its offices, its policies and their statements as RDF.

    Policies that are only reported stand in the RDF of their source, under its licence.
    """
    jurisdiction = request_context.jurisdiction_or_404(code)
    if jurisdiction.code != code:
        return redirect(f"/countries/{jurisdiction.code}.{suffix}", 301)
    catalogue = request_context.catalogue()
    reported = {item.policy for item in catalogue.reported(country=code)}
    offices_and_policies: tuple[Office | Policy, ...] = (
        *catalogue.offices(country=code),
        *(policy for policy in catalogue.policies(country=code) if policy.slug not in reported),
    )
    triples = [triple for triple in concepts.vocabulary_triples() if triple.subject == NamedNode(jurisdiction.iri)]
    for thing in offices_and_policies:
        triples += catalogue.description(thing.iri)
    return as_rdf(list(dict.fromkeys(triples)), suffix)


@blueprint.get("/id/<any(office, policy):kind>/<name>")
def identified(kind: str, name: str) -> Any:
    """Redirect from the IRI of an office or policy to its page, or its RDF (303: W3C, Cool URIs).

    Aborts as `named` does.
    """
    named(kind, name, f"/id/{kind}/{{}}")
    plural = {"office": "offices", "policy": "policies"}[kind]
    best = wanted([HTML, *RDF_TYPES])
    suffix = f".{RDF_TYPES[best]}" if best in RDF_TYPES else ""
    return redirect(f"/{plural}/{quote(name)}{suffix}", 303)


@blueprint.get("/ns/context.jsonld", defaults={"version": ""})
@blueprint.get("/ns/<any('1.0'):version>/context.jsonld")
def context(version: str) -> Response:
    """Answer with the JSON-LD context; a published version never changes."""
    response = Response(concepts.data("ontology/context.jsonld"), content_type="application/ld+json")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.add_etag()
    response.make_conditional(request)
    return response


@blueprint.get("/ns")
@blueprint.get("/ns.<any(ttl, jsonld, rdf, nt):suffix>")
@cached
def ontology(suffix: str = "") -> Response:
    """Answer with the vocabulary as RDF."""
    best = suffix or RDF_TYPES[wanted(["text/turtle", *RDF_TYPES])]
    return as_rdf(list(concepts.vocabulary_triples()), best)


@blueprint.get("/codebook")
@cached
def book() -> Response:
    """Answer with the codebook. It is Markdown, as text that every browser shows; its version stands in it."""
    response = Response(codebook.text(), content_type="text/plain; charset=utf-8")
    response.content_language.add("en")
    return response


@blueprint.get("/shapes")
@cached
def shapes() -> Response:
    """Answer with the shapes as Turtle."""
    body = b"\n".join(concepts.data(name) for name in concepts.shape_files())
    return Response(body, content_type="text/turtle; charset=utf-8")


def redirect_to_rdf(path: str) -> Any:
    """Return a redirect to RDF if the request prefers that to the page at `path`, else None. Aborts with 406."""
    best = wanted([HTML, *RDF_TYPES])
    return redirect(f"{quote(path)}.{RDF_TYPES[best]}", 303) if best in RDF_TYPES else None
