"""Running a query on a pyoxigraph store, and its answer in a standard format and of limited size."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    Store,
    Triple,
    parse_query_results,
)

from registry.endpoint.formats import GRAPHS, JSON, RESULTS, TURTLE
from registry.endpoint.protocol import Answer, Dataset
from registry.endpoint.query_check import names_dataset
from registry.errors import QueryError
from registry.store.rdf_document import write, xml_safe

_STRING = "http://www.w3.org/2001/XMLSchema#string"
_LANGUAGE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"


def run(
    store: Store,
    text: str,
    media_type: str,
    default_graph: str,
    max_rows: int,
    max_bytes: int,
    dataset: Dataset | None = None,
) -> Answer:
    """Run a query and return its answer in `media_type`, "" for the default one; see `formats.suitable`.

    `dataset` is that of the request, None if it names none. Without it and without FROM in the query, the default graph
    is `default_graph`, and GRAPH reaches all named graphs. Raises QueryError for a malformed query, for a type in which
    it cannot be answered, and for an error of the engine.
    """
    try:
        results = store.query(text, **_graphs(text, default_graph, dataset))
        if isinstance(results, QuerySolutions | QueryBoolean):
            type_ = media_type or JSON
            if type_ not in RESULTS:
                raise QueryError(f"rows cannot be written as {type_}: ask for one of {', '.join(RESULTS)}")
            if isinstance(results, QueryBoolean):
                return _boolean(bool(results), type_)
            return _rows(results, type_, max_rows, max_bytes)
        return _graph(results, media_type or TURTLE, max_rows, max_bytes)
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
    if media_type in ("text/csv", "text/tab-separated-values"):  # the standard has no CSV form of a boolean
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
    """Return results in SPARQL JSON as `media_type`."""
    if media_type == JSON:
        return body
    written = parse_query_results(body, QueryResultsFormat.JSON).serialize(format=RESULTS[media_type]) or b""
    return xml_safe(written) if media_type.endswith("xml") else written


def _json(term: object) -> dict[str, str]:
    """Return a term in the form of SPARQL 1.1 Query Results JSON (section 3.2.2)."""
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
