"""The SPARQL query behind a state of the comparison: it finds the same statements, on this endpoint or on a copy."""

from __future__ import annotations

from pyoxigraph import Literal, NamedNode

from registry.iri.names import concept_iri
from registry.readmodel.comparison.filters import SCHEMES, Filters

_QUERY = """\
PREFIX ospo: <https://w3id.org/ospo/ns#>
PREFIX dcterms: <http://purl.org/dc/terms/>
SELECT DISTINCT ?country ?activity ?stage ?coverage ?force ?status ?policy ?issued ?source ?statement WHERE {
  ?statement a ospo:PolicyStatement ; ospo:activity ?activity ; ospo:stage ?stage ; ospo:coverage ?coverage ;
    ospo:status ?status ; ospo:assessmentKind ?layer ; dcterms:isPartOf ?policy ; dcterms:source ?source .
  OPTIONAL { ?statement ospo:countryCode ?country }
  OPTIONAL { ?statement ospo:force ?force }
  OPTIONAL { ?policy ospo:level ?level }
  OPTIONAL { ?policy ospo:office ?office }
  OPTIONAL { ?policy dcterms:issued ?issued }
  OPTIONAL { ?statement ospo:inForceFrom ?from }
"""


def query(chosen: Filters, base: str) -> str:
    """Return the query that selects the statements which pass; `base` is that of the registry's IRIs."""
    lines = [f"  FILTER(?{name} IN ({_terms(name, values, base)}))" for name, values in _ordered(chosen)]
    if chosen.on:
        day = str(Literal(chosen.on))
        lines += [
            '  BIND(STR(COALESCE(?issued, ?from, "")) AS ?began)  # dates are compared as far as both are known',
            f"  FILTER(SUBSTR(?began, 1, STRLEN({day})) <= SUBSTR({day}, 1, STRLEN(?began)))",
        ]
    return _QUERY + "".join(f"{line}\n" for line in lines) + "} ORDER BY ?country ?activity ?stage STR(?statement)"


def _ordered(chosen: Filters) -> list[tuple[str, list[str]]]:
    return [(name, sorted(values)) for name, values in sorted(chosen.chosen.items())]


def _terms(name: str, values: list[str], base: str) -> str:
    return ", ".join(str(_term(name, value, base)) for value in values)


def _term(name: str, value: str, base: str) -> NamedNode | Literal:
    if name == "country":
        return Literal(value)
    try:
        return NamedNode(concept_iri(SCHEMES[name], value) if name in SCHEMES else f"{base}/id/office/{value}")
    except ValueError:  # a value that can be no part of an IRI, and so nothing's name
        return NamedNode(f"{base}/nothing")
