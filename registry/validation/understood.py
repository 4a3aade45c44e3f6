"""What was understood of a description: its offices, policies and statements, as a publisher would count them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from pyoxigraph import Literal, NamedNode, Triple

from registry.iri.names import OSPO, PREFIXES, RDF_TYPE, code_of
from registry.model import Stated, Understood
from registry.vocabulary.concepts import label
from registry.vocabulary.lookup import lookup

MAX_NAMED = 5  # of each kind; the rest are counted

_NAME, _TITLE = PREFIXES["skos"] + "prefLabel", PREFIXES["dcterms"] + "title"
_COUNTRY = OSPO + "countryCode"


def understood(triples: Iterable[Triple]) -> Understood:
    """Return what was understood of these triples, in their order."""
    nodes: dict[str, dict[str, list[NamedNode | Literal]]] = defaultdict(lambda: defaultdict(list))
    for triple in triples:
        if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode | Literal):
            nodes[triple.subject.value][triple.predicate.value].append(triple.object)
    kinds: dict[str, list[Mapping[str, list[NamedNode | Literal]]]] = defaultdict(list)
    for properties in nodes.values():
        for kind in properties.get(RDF_TYPE.value, ()):
            kinds[kind.value].append(properties)
    offices, policies, statements = (kinds[OSPO + name] for name in ("Office", "FlossPolicy", "PolicyStatement"))
    return Understood(
        tuple((_texts(office, _NAME), _first(office, _COUNTRY)) for office in offices[:MAX_NAMED]),
        tuple(_texts(policy, _TITLE) for policy in policies[:MAX_NAMED]),
        tuple(_stated(statement) for statement in statements[: 2 * MAX_NAMED]),
        (len(offices), len(policies), len(statements)),
    )


def _texts(properties: Mapping[str, list[NamedNode | Literal]], name: str) -> dict[str, str]:
    values = [value for value in properties.get(name, ()) if isinstance(value, Literal)]
    return {value.language or "": value.value for value in values}


def _first(properties: Mapping[str, list[NamedNode | Literal]], name: str) -> str:
    return next((value.value for value in properties.get(name, ())), "")


def _stated(properties: Mapping[str, list[NamedNode | Literal]]) -> Stated:
    activity, stage, force, coverage = (
        _first(properties, OSPO + name) for name in ("activity", "stage", "force", "coverage")
    )
    return Stated(activity, stage, force or coverage)


def in_words(statement: Stated, language: str) -> str:
    """Return a statement by its codes, with the words of the site: `use/present required (Use, Present: Required)`."""
    codes = [code_of(iri) or "?" for iri in (statement.activity, statement.stage, statement.word)]
    labels = [label(iri, language) if iri else "?" for iri in (statement.activity, statement.stage, statement.word)]
    return f"{codes[0]}/{codes[1]} {codes[2]} ({labels[0]}, {labels[1]}: {labels[2]})"


def name_in(texts: Mapping[str, str], language: str) -> str:
    """Return a name in a language, else in another one, cut to 60 characters; "" where there is none."""
    return short(lookup(texts, language)[1])


def short(text: str) -> str:
    """Return a text on one line, cut to 60 characters."""
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"
