"""A visitor's query on a pyoxigraph store, as an answer of bounded size in one of the standard formats."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Store,
    Triple,
    parse_query_results,
    serialize,
)

from registry.endpoint.query_check import Dataset, names_dataset
from registry.errors import QueryError

_STRING = "http://www.w3.org/2001/XMLSchema#string"
_LANGUAGE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
RESULTS = {
    "application/sparql-results+json": QueryResultsFormat.JSON,
    "application/sparql-results+xml": QueryResultsFormat.XML,
    "text/csv": QueryResultsFormat.CSV,
    "text/tab-separated-values": QueryResultsFormat.TSV,
}
GRAPHS = {
    "text/turtle": RdfFormat.TURTLE,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/rdf+xml": RdfFormat.RDF_XML,
    "application/ld+json": RdfFormat.JSON_LD,
}

# What XML 1.0 cannot hold, escaped or not (section 2.2), though a query can make it.
_NOT_IN_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_NO_PROPERTY = {
    _RDF + name
    for name in (
        "Description RDF ID about aboutEach aboutEachPrefix bagID datatype li nodeID parseType resource".split()
    )
}
_XMLNS = "http://www.w3.org/2000/xmlns/"
_FIRST = (
    "A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME = re.compile(f"[{_FIRST}][{_FIRST}.0-9\xb7\u0300-\u036f\u203f\u2040-]*$")


@dataclass(frozen=True, slots=True)
class Answer:
    """The results of a query; `truncated` names the limit that cut them: "rows" or "bytes", or "" for none."""

    body: bytes
    media_type: str
    truncated: str = ""


def run(
    store: Store,
    text: str,
    media_type: str,
    default_graph: str,
    max_rows: int,
    max_bytes: int,
    dataset: Dataset | None = None,
) -> Answer:
    """Run a query; without a FROM of its own it sees `default_graph`, and all named graphs through GRAPH.

    `dataset` is that of the request, where it names one. `media_type` "" means the usual one of its kind.
    Raises QueryError for a malformed query and an unsuitable type.
    """
    try:
        results = store.query(text, **_graphs(text, default_graph, dataset))
        if isinstance(results, QuerySolutions | QueryBoolean):
            type_ = media_type or "application/sparql-results+json"
            if type_ not in RESULTS:
                raise QueryError(f"rows cannot be written as {type_}: ask for one of {', '.join(RESULTS)}")
            if isinstance(results, QueryBoolean):
                return _boolean(bool(results), type_)
            return _rows(results, type_, max_rows, max_bytes)
        return _graph(results, media_type or "text/turtle", max_rows, max_bytes)
    except (SyntaxError, ValueError) as error:
        raise QueryError(f"the query is malformed: {error}") from error
    except RuntimeError as error:
        raise QueryError(f"the query cannot be answered: {error}") from error


def _graphs(text: str, default_graph: str, dataset: Dataset | None) -> dict[str, Any]:
    if dataset is not None:
        default, named = ([NamedNode(name) for name in names] for names in dataset)
        return {"default_graph": default, "named_graphs": named}
    return {} if names_dataset(text) else {"default_graph": NamedNode(default_graph)}


def _boolean(value: bool, media_type: str) -> Answer:
    if media_type in ("text/csv", "text/tab-separated-values"):  # not in the standard, but what people expect
        return Answer(str(value).lower().encode() + b"\n", media_type)
    return Answer(_converted(json.dumps({"head": {}, "boolean": value}).encode(), media_type), media_type)


def _rows(results: QuerySolutions, media_type: str, max_rows: int, max_bytes: int) -> Answer:
    names = [variable.value for variable in results.variables]
    bindings: list[str] = []
    size, truncated = 0, ""
    for row in results:
        if len(bindings) >= max_rows:
            truncated = "rows"
            break
        bound = {name: _json(row[name]) for name in names if row[name] is not None}
        written = json.dumps(bound, ensure_ascii=False)
        size += len(written.encode("utf-8", "replace"))
        if size > max_bytes:
            truncated = "bytes"
            break
        bindings.append(written)
    head = {"vars": names} | ({"link": [f"about:truncated-{truncated}"]} if truncated else {})
    body = f'{{"head":{json.dumps(head)},"results":{{"bindings":[{",".join(bindings)}]}}}}'.encode()
    return Answer(_converted(body, media_type), media_type, truncated)


def _converted(body: bytes, media_type: str) -> bytes:
    """Return results that are written as JSON in another format."""
    if media_type == "application/sparql-results+json":
        return body
    written = parse_query_results(body, QueryResultsFormat.JSON).serialize(format=RESULTS[media_type]) or b""
    return _xml(written) if media_type.endswith("xml") else written


def _xml(body: bytes) -> bytes:
    """Return XML without what XML cannot hold; a carriage return is escaped, else it would be read as a line feed."""
    return _NOT_IN_XML.sub("\ufffd".encode(), body).replace(b"\r", b"&#xD;")


def write(triples: Iterable[Triple], format_: RdfFormat, prefixes: dict[str, str] | None = None) -> tuple[bytes, int]:
    """Return triples in a format, and how many of them RDF/XML had to leave out: not every property has a name in XML.

    Without this, pyoxigraph would write such a property as XML that nobody can parse.
    """
    if format_ != RdfFormat.RDF_XML:
        return serialize(triples, format=format_, prefixes=prefixes) or b"", 0
    found = list(triples)
    kept = [triple for triple in found if _is_named(triple.predicate.value)]
    return _xml(serialize(kept, format=format_) or b""), len(found) - len(kept)


def _is_named(property_: str) -> bool:
    reserved = property_ in _NO_PROPERTY or property_.startswith(_XMLNS)
    return not reserved and _NAME.search(property_) is not None


def _json(term: object) -> dict[str, str]:
    """Return a term as SPARQL 1.1 Query Results JSON writes it (section 3.2.2)."""
    if isinstance(term, NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, BlankNode):
        return {"type": "bnode", "value": term.value}
    if not isinstance(term, Literal):
        raise QueryError("triple terms (RDF 1.2) cannot be returned: take them out of the SELECT clause")
    value = {"type": "literal", "value": term.value}
    if term.language:
        return value | {"xml:lang": term.language}
    return value if term.datatype.value in (_STRING, _LANGUAGE) else value | {"datatype": term.datatype.value}


def _graph(results: Iterable[Triple], media_type: str, max_rows: int, max_bytes: int) -> Answer:
    if media_type not in GRAPHS:
        raise QueryError(f"a graph cannot be written as {media_type}: ask for one of {', '.join(GRAPHS)}")
    kept: list[Triple] = []
    size, truncated = 0, ""
    for triple in results:
        if isinstance(triple.object, Triple):
            raise QueryError("triple terms (RDF 1.2) cannot be returned: take them out of the CONSTRUCT clause")
        size += len(str(triple).encode())
        if len(kept) >= max_rows or size > max_bytes:
            truncated = "rows" if len(kept) >= max_rows else "bytes"
            break
        kept.append(triple)
    body, left_out = write(kept, GRAPHS[media_type])
    if left_out:
        raise QueryError("RDF/XML has no way to write some of these properties: ask for text/turtle")
    return Answer(body, media_type, truncated)
