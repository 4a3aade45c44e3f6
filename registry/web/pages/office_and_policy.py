"""The page of an office, and the page of a policy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import Blueprint, render_template
from markupsafe import escape
from pyoxigraph import Literal, Triple

from registry.authority.claims import by_subject
from registry.iri.names import RDF_TYPE, is_readers_node, term
from registry.model import SourceState
from registry.readmodel.comparison.roll_up import CELLS
from registry.readmodel.values import Claim, Office, Policy, Said, Statement, Text, Voice
from registry.vocabulary.lookup import choose
from registry.web.caching import cached
from registry.web.corrections.words import count_of_policy
from registry.web.data.linked import redirect_to_rdf
from registry.web.former_names import named
from registry.web.request_context import catalogue, settings
from registry.web.text.citing import citation
from registry.web.text.language import language

blueprint = Blueprint("office_and_policy", __name__)

# The properties that the head of a page shows, in its order.
_OFFICE_HEADER = (
    "skos:prefLabel ospo:countryCode ospo:level foaf:homepage schema:email ospo:contactPage dcterms:description"
)
_POLICY_HEADER = (
    "dcterms:title ospo:countryCode ospo:instrument ospo:status dcterms:issued ospo:issuer ospo:office foaf:page"
)


@dataclass(frozen=True, slots=True)
class Header:
    """Whose word the head of a page is: layer → the properties that it shows by a source of that layer.

    `anchors` is property → identifier of the row that says who states it, and when; properties are IRIs.
    """

    layers: Mapping[str, list[str]]
    anchors: Mapping[str, str]


def _header(said: Said, names: str) -> Header:
    """Return whose word the head of a page is that shows these properties, as far as they are stated."""
    stated = {property_.iri: property_.claims[0] for property_ in said.heard if property_.claims[0].holds}
    iris = {term(name).value: f"said-{name.replace(':', '-')}" for name in names.split()}
    layers: dict[str, list[str]] = defaultdict(list)
    for iri in iris:
        if iri in stated:
            layers[stated[iri].voice.layer].append(iri)
    return Header(layers, {iri: anchor for iri, anchor in iris.items() if iri in stated})


def _described(said: Said) -> Claim | None:
    """Return the description that takes precedence, for readers of the language of the page, None for none."""
    claims = [
        claim
        for property_ in said.heard
        if property_.iri == term("dcterms:description").value
        for claim in property_.claims
        if claim.holds
    ]
    tag = choose({claim.language for claim in claims}, language())
    return next((claim for claim in claims if claim.language == tag), None)


def _freshness(thing: Office | Policy) -> list[tuple[SourceState, Voice]]:
    """Return the state of each source that is heard on a thing, with its voice on it that weighs most."""
    known = catalogue()
    voices = {voice.source: voice for voice in reversed(known.voices(thing.iri)) if voice.heard}
    states = map(known.source, sorted(voices))
    return [(state, voices[state.source.id]) for state in states if state]


@blueprint.get("/offices/<slug>")
@cached
def office_page(slug: str) -> Any:
    """Show an office: the values that sources give, its policies and their statements, and how to correct it."""
    if (data := redirect_to_rdf(f"/offices/{slug}")) is not None:
        return data
    office = named("office", slug, "/offices/{}")
    said = catalogue().said_of(office)
    return render_template(
        "office.html",
        office=office,
        policies=catalogue().policies_of(office),
        cells=_cells(catalogue().statements(office=slug)),
        said=said,
        described=_described(said),
        header=_header(said, _OFFICE_HEADER),
        freshness=_freshness(office),
        nodes=_unnamed_nodes(catalogue().description(office.iri)),
        badge=_badge(slug),
        citation=citation(office.name(language()).value),
    )


def _issuer(policy: Policy) -> Text:
    """Return the name of who issued a policy: for readers of the page, where that is an office and one of its names."""
    office = catalogue().office(policy.office)
    is_its_own = office is not None and policy.issuer in {name.value for name in office.names}
    return office.name(language()) if office and is_its_own else Text(policy.issuer)


def _badge(slug: str) -> str:
    """Return the HTML with which an office shows its badge on its own site."""
    page, title = f"{settings().base}/offices/{slug}", escape(settings().title)
    return f'<a href="{page}"><img src="{page}/badge.svg" alt="{title}" height="20"></a>'


def _cells(statements: Iterable[Statement]) -> list[tuple[tuple[str, str], list[Statement]]]:
    """Return the cells that have statements, in the order of the comparison, each with its statements."""
    ordered = sorted(statements, key=lambda item: CELLS.index((item.activity, item.stage)))
    return [(cell, list(group)) for cell, group in groupby(ordered, key=lambda item: (item.activity, item.stage))]


def _unnamed_nodes(triples: Iterable[Triple]) -> dict[str, list[str]]:
    """Return IRI → texts and then addresses, of each node that the reader named, such as a parent body."""
    base = settings().base
    texts: dict[str, list[str]] = defaultdict(list)
    addresses: dict[str, list[str]] = defaultdict(list)
    for iri, properties in by_subject(triples).items():
        if not is_readers_node(base, iri):
            continue
        for name in sorted(properties.keys() - {RDF_TYPE.value}):
            for value in properties[name]:
                (texts if isinstance(value, Literal) else addresses)[iri].append(value.value)
    return {iri: texts[iri] + addresses[iri] for iri in texts.keys() | addresses.keys()}


@blueprint.get("/policies/<slug>")
@cached
def policy_page(slug: str) -> Any:
    """Show a policy: its statements, and the values that sources give."""
    if (data := redirect_to_rdf(f"/policies/{slug}")) is not None:
        return data
    policy = named("policy", slug, "/policies/{}")
    said = catalogue().said_of(policy)
    return render_template(
        "policy.html",
        policy=policy,
        issuer=_issuer(policy),
        cells=_cells([*catalogue().statements(policy=slug), *catalogue().reported(policy=slug)]),
        said=said,
        header=_header(said, _POLICY_HEADER),
        freshness=_freshness(policy),
        nodes=_unnamed_nodes(catalogue().description(policy.iri)),
        corrections=count_of_policy(policy),
        citation=citation(policy.title(language()).value),
    )
