"""How a source is verified: a fact for each method that holds, with its date and its end, never one badge for all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import urlsplit

from pyoxigraph import Literal, NamedNode, Triple

from registry import vocabulary
from registry.identity import WELL_KNOWN, home, host
from registry.model import SourceKind
from registry.records import HOME, Record, records
from registry.state import RDF_TYPE, SourceState, date_time, integer, registry_graph, source_iri, term
from registry.store import bind

METHODS = ("listed", "self-published", "same-host", "back-link")  # concept scheme verification-method
_FORGET = "DELETE WHERE { GRAPH $graph { $subject ?property ?value } }"
_RENEW = """DELETE { GRAPH $graph { ?fact $time ?at ; $expires ?end } }
INSERT { GRAPH $graph { ?fact $time $now ; $expires $until } }
WHERE { GRAPH $graph { ?fact $source_of $source ; $method ?method ; $time ?at ; $expires ?end } }"""


def facts(state: SourceState, description: Iterable[Triple], base: str, days: float) -> list[Triple]:
    """Return a node `{source}/verification/{method}` for each method that holds of what is served.

    `days` is how long a fact holds after the source was last verified.
    """
    if state.last_verified is None:
        return []
    source, triples = source_iri(base, state.source.id), []
    for method, count in _counts(state, records(state, description).offices).items():
        subject = NamedNode(f"{source}/verification/{method}")
        triples += [
            Triple(subject, RDF_TYPE, term("ospo:Verification")),
            Triple(subject, term("dcterms:source"), NamedNode(source)),
            Triple(subject, term("ospo:method"), NamedNode(vocabulary.concept_iri("verification-method", method))),
            Triple(subject, term("ospo:offices"), integer(count)),
            Triple(subject, term("prov:atTime"), date_time(state.last_verified)),
            Triple(subject, term("ospo:expires"), date_time(state.last_verified + timedelta(days=days))),
        ]
    return triples


def renewing(state: SourceState, base: str, days: float) -> list[str]:
    """Return the update that moves the dates of such facts on, for a source that says what it said."""
    if state.last_verified is None:
        return []
    names: dict[str, str | NamedNode | Literal] = {
        "graph": registry_graph(base),
        "source": source_iri(base, state.source.id),
        "source_of": term("dcterms:source"),
        "method": term("ospo:method"),
        "time": term("prov:atTime"),
        "expires": term("ospo:expires"),
        "now": date_time(state.last_verified),
        "until": date_time(state.last_verified + timedelta(days=days)),
    }
    return [bind(_RENEW, **names)]


def dropping(state: SourceState, base: str) -> list[str]:
    """Return the updates that drop all such facts of a source."""
    source, graph = source_iri(base, state.source.id), registry_graph(base)
    return [bind(_FORGET, graph=graph, subject=f"{source}/verification/{method}") for method in METHODS]


def _counts(state: SourceState, offices: tuple[Record, ...]) -> dict[str, int]:
    """Return how many offices each method speaks of, without those that speak of none."""
    own = [office for office in offices if office.authority]
    counts = {
        "listed": len(offices) if state.source.kind is SourceKind.LIST else 0,
        "self-published": len(own),
        "same-host": sum(_at_its_host(office, state.accepted_address) for office in own),
        "back-link": sum(office.home == home(state.named_by) for office in own) if state.named_by else 0,
    }
    return {method: count for method, count in counts.items() if count}


def _at_its_host(office: Record, address: str) -> bool:
    """Return whether the address is the well-known one of the host of the office's home page, over https."""
    parts = urlsplit(address)
    at_well_known = parts.path == WELL_KNOWN or parts.path.startswith(WELL_KNOWN + ".")
    return parts.scheme == "https" and at_well_known and host(address) == host(office.first(HOME))
