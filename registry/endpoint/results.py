"""The answer to a query in a standard format and of limited size, whatever store its rows or triples come from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
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

from registry.endpoint.formats import GRAPHS, JSON, RESULTS
from registry.endpoint.protocol import Answer, Dataset
from registry.errors import QueryError
from registry.store.protocol import plain
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
    variables: Sequence[str] | None = None,
) -> Answer:
    """Run a query on a pyoxigraph store and return its answer in `media_type`.

    Without a dataset, the default graph is `default_graph`, and GRAPH reaches all named graphs; for `variables` see
    `answer`. Raises QueryError for a query that the engine cannot read, for a type in which it cannot be answered, and
    for an error of the engine.
    """
    try:
        results = store.query(text, **_graphs(default_graph, dataset))
        return answer(results, media_type, max_rows, max_bytes, variables)
    except (SyntaxError, ValueError) as error:
        raise QueryError(f"the query is malformed: {error}") from error
    except RuntimeError as error:
        raise QueryError(f"the query cannot be answered: {error}") from error


def answer(
    results: QuerySolutions | QueryBoolean | Iterable[Triple],
    media_type: str,
    max_rows: int,
    max_bytes: int,
    variables: Sequence[str] | None = None,
) -> Answer:
    """Return rows, a boolean or triples in `media_type`, cut at these limits: what comes after them is never read.

    Rows have these `variables`, in this order; None stands for those that the engine gives. With `SELECT *` engines
    have orders of their own, and Virtuoso 7 a variable of its own where there is none.
    """
    if isinstance(results, QueryBoolean):
        return boolean(bool(results), media_type)
    if isinstance(results, QuerySolutions):
        return _rows(results, media_type, max_rows, max_bytes, variables)
    return _graph(results, media_type, max_rows, max_bytes)


def _graphs(default_graph: str, dataset: Dataset | None) -> dict[str, Any]:
    if dataset is None:
        return {"default_graph": NamedNode(default_graph)}
    default, named = ([NamedNode(name) for name in names] for names in dataset)
    return {"default_graph": default, "named_graphs": named}


def boolean(value: bool, media_type: str) -> Answer:
    """Return yes or no in `media_type`."""
    if media_type in ("text/csv", "text/tab-separated-values"):  # the standard has no CSV form of a boolean
        return Answer(str(value).lower().encode() + b"\n", media_type)
    return Answer(_converted(json.dumps({"head": {}, "boolean": value}).encode(), media_type), media_type)


def _rows(
    results: QuerySolutions, media_type: str, max_rows: int, max_bytes: int, variables: Sequence[str] | None
) -> Answer:
    given = [variable.value for variable in results.variables]
    names = given if variables is None else list(variables)
    known = [name for name in names if name in given]
    bindings: list[str] = []
    size, truncated = 0, ""
    for row in results:
        if len(bindings) >= max_rows:
            truncated = "rows"
            break
        bound = {name: _json(plain(row[name])) for name in known if row[name] is not None}
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
        raise QueryError("triple terms (RDF 1.2) cannot be returned: take them out")
    value = {"type": "literal", "value": term.value}
    if term.language:
        return value | {"xml:lang": term.language}
    return value if term.datatype.value in (_STRING, _LANGUAGE) else value | {"datatype": term.datatype.value}


def _graph(results: Iterable[Triple], media_type: str, max_rows: int, max_bytes: int) -> Answer:
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
