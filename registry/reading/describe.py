"""From the bytes of a document to its description: text, format, N-Triples, names of nodes, lines."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import count

from pyoxigraph import NamedNode, RdfFormat, parse

from registry.errors import ReadingError
from registry.iri.names import LINE_LABEL, skolem_iri
from registry.model import NOWHERE, Description, Places, Remark, SourceKind
from registry.reading import peer_catalogue, table
from registry.reading.conservation import with_lost_values
from registry.reading.dates import day_of, with_exact_date
from registry.reading.decoding import decode, decode_any
from registry.reading.format import RDF_FORMATS, detect
from registry.reading.json import json_ld_parts, json_tree
from registry.reading.outline.outline import outline
from registry.reading.rdf import rdf, rdf_document, rdf_places, rdf_xml
from registry.reading.rdf.rdf_places import FoundLater, Leaf
from registry.reading.rdf.rdf_words import canonical_words
from registry.reading.tree import Mapping
from registry.reading.yaml import yaml_events

MAX_BYTES = 1_048_576  # of RDF; the limit of YAML is lower, since its graph can be larger than the file

_BASE = "relative:/"  # of the outline of a file, which has whole addresses only
_NAMED_AFTER_LINE = re.compile(f"_:{LINE_LABEL}".encode())


def describe(body: bytes, *, media_type: str, url: str, graph: str, mapping: str = "") -> Description:
    """Return the description in a document that was read at `url`; `graph` is the name that the registry gives it.

    `media_type` is what the server sent; the beginning of the text counts more. `mapping` is "" for a description,
    "registry" for the catalogue of another registry, else the name of the mapping that reads a foreign table.
    The same bytes always give the same description. Raises ReadingError.
    """
    if mapping == SourceKind.REGISTRY:
        text = decode(body, peer_catalogue.MAX_BYTES)
        format_ = detect(text, media_type, url)
        return peer_catalogue.description(text, RDF_FORMATS.get(format_), url, format_, graph)
    if mapping:
        return _from_outline(table.document(body, mapping), "table", graph)
    if json_ld_parts.is_sequence(body):
        together, notes = json_ld_parts.of_sequence(body, MAX_BYTES)
        return _description(together.n_triples, "json-ld", graph, {}, together.remarks, notes)
    body = rdf_xml.as_utf_8(body)
    format_ = detect(decode_any(body, MAX_BYTES), media_type, url)
    if format_ == "json":
        return _from_yaml(*json_tree.load_with_refusals(body, yaml_events.MAX_BYTES), format_, graph, url)
    is_yaml = format_ == "yaml"
    if not is_yaml or len(body) > yaml_events.MAX_BYTES:  # else only the entry that holds one is refused
        text = decode(body, MAX_BYTES)
    if is_yaml:
        return _from_yaml(*yaml_events.load_with_refusals(body), format_, graph, url)
    return _from_rdf(text, RDF_FORMATS[format_], url, format_, graph)


def _from_rdf(text: str, rdf_format: RdfFormat, url: str, format_: str, graph: str) -> Description:
    text, notes = json_ld_parts.without_foreign_items(text) if rdf_format == RdfFormat.JSON_LD else (text, ())
    document = rdf_document.read(text, rdf_format, url)
    leaves = partial(rdf_document.leaves, text, rdf_format, url) if format_ != "yaml" else None  # a text of our own
    return _description(document.n_triples, format_, graph, {}, document.remarks, notes, leaves)


def _from_yaml(document: object, refusal: ReadingError | None, format_: str, graph: str, url: str) -> Description:
    is_json_ld = isinstance(document, Mapping) and "@context" in document  # written as YAML
    if refusal is not None and is_json_ld:
        raise refusal  # there are no entries to keep
    if is_json_ld:
        return _from_rdf(json.dumps(document, ensure_ascii=False), RdfFormat.JSON_LD, url, format_, graph)
    return _from_outline(document, format_, graph)


def _from_outline(document: object, format_: str, graph: str) -> Description:
    outlined = outline(document)
    text = json.dumps(outlined.document, ensure_ascii=False)
    n_triples = rdf_document.of_outline(text, _BASE)
    return with_lost_values(_description(n_triples, format_, graph, outlined.places, outlined.remarks))


def _description(
    n_triples: bytes,
    format_: str,
    graph: str,
    places: Places,
    remarks: tuple[Remark, ...] = (),
    notes: tuple[str, ...] = (),
    leaves: Callable[[], Iterable[Leaf]] | None = None,
) -> Description:
    """Return the description of these triples: each once, sorted, with IRIs in place of blank nodes.

    `leaves` gives the values of the document's text, for a document whose places nobody noted while it was read.
    """
    statements, timed = _statements(n_triples)
    left_out = statements.count(b"")
    if left_out:
        notes = (*notes, f"{left_out} statements about the meaning of words (rdfs:, owl:, sh:) were left out")
    text = b"\n" + b"".join(statements)
    names = skolem_names(rdf.BLANK.findall(text), graph)
    if names:
        statements = rdf.BLANK.sub(lambda node: names[node[0]], text)[1:].splitlines(keepends=True)
    iris = {node.decode(): name[1:-1].decode() for node, name in names.items()}
    named_places: Places = {(iris.get(node, node), path, value): place for (node, path, value), place in places.items()}
    if leaves is not None:
        named_places = FoundLater(lambda: rdf_places.places(leaves(), _keys(statements)))
    named = tuple(
        [
            replace(remark, node=iris.get(remark.node, remark.node), below=iris.get(remark.below, remark.below))
            for remark in (*remarks, *timed)
        ]
    )
    described = Description(graph, b"".join(sorted(set(statements))), format_, named_places, notes, named)
    return replace(described, remarks=tuple(map(described.placed, named))) if named else described


def _keys(statements: list[bytes]) -> Iterator[rdf_places.Key]:
    """Yield subject, predicate and value of each line of N-Triples, in their order."""
    for quad in parse(b"".join(statements), RdfFormat.N_TRIPLES):
        subject, predicate, value = quad.triple
        yield subject.value, predicate.value, value.value


def _statements(n_triples: bytes) -> tuple[list[bytes], list[Remark]]:
    """Return the lines of N-Triples with the vocabulary's own words, and with dates in their own datatypes.

    A line that is left out is empty. The remarks are on dates that came with a time.
    """
    body = canonical_words(n_triples)
    lines, remarks = body.splitlines(keepends=True), list[Remark]()
    for number, triple in rdf.unusual_lines(body, lines):
        if rdf.defines_vocabulary(triple):
            lines[number] = b""
        elif (exact := with_exact_date(triple)) is not triple:
            subject_and_predicate, _, _ = lines[number].rpartition(b' "')
            lines[number] = b"%b %b .\n" % (subject_and_predicate, str(exact.object).encode())
            typed, path = triple.object.value, triple.predicate.value  # type: ignore[union-attr]
            if day := day_of(typed.strip()):
                node = subject_and_predicate.split(b" ")[0].decode().removeprefix("<").removesuffix(">")
                remarks.append(Remark("date-with-time", NOWHERE, node, path, typed, {"found": typed, "day": day}))
    return lines, remarks


def skolem_names(nodes: list[bytes], graph: str) -> dict[bytes, bytes]:
    """Return blank node → IRI in `graph`, both as N-Triples writes them (skolem IRIs: RDF 1.1 Concepts, section 3.5).

    A node that the YAML reader made is named after its line: `_:L12` becomes `<{graph}#L12>`. All others are numbered
    as they appear, `<{graph}#b1>` …: the labels that the parser gives are random, their order is not.
    """
    numbers = count(1)
    labels = {
        node: node[2:].decode() if _NAMED_AFTER_LINE.fullmatch(node) else f"b{next(numbers)}"
        for node in dict.fromkeys(nodes)
    }
    return {node: str(NamedNode(skolem_iri(graph, label))).encode() for node, label in labels.items()}
