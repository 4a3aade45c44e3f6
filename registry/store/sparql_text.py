"""The one way to build SPARQL: texts that stand in files, terms bound in them, and data to insert or delete.

Each query is a file `{name}.rq`, each update a file `{name}.ru`, in the folder `queries/` of the room that asks it. In
them `?x` is asked for and `$x` is given.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    RdfFormat,
    Triple,
    serialize,
)

Term = NamedNode | Literal | BlankNode
Given = str | int | Term | Sequence[str | Term] | None

# Of one operation: Virtuoso 7 reads no more than 4,990 triples of data, or some 700 with which others are exchanged. An
# update may have any number of operations.
_MOST_LINES, _MOST_EXCHANGED = 4_000, 400

# Strings, IRIs and comments (SPARQL 1.1 Query, section 19.8), where nothing is given; braces; and what is given.
_TOKEN = re.compile(
    r'"(?:[^"\\\n]|\\.)*"'
    r"|'(?:[^'\\\n]|\\.)*'"
    r"|<[^<>\"{}|^`\\\s]*>"
    r"|\#[^\n]*"
    r"|[{}]"
    r"|\$(?P<name>\w+)"
)
_EMPTY_GROUP = re.compile(r"\{\s*\}")
_BLOCK = re.compile(r"\bVALUES\s+\?\w+\s*\{\s*\$(\w+)\s*\}", re.IGNORECASE)


@cache
def load(room: str, name: str) -> str:
    """Return the text of a query (`{name}.rq`) or update (`{name}.ru`) of a room, given as its package."""
    return (files(room) / "queries" / name).read_text(encoding="utf-8")


def bind(text: str, /, **given: Given) -> str:
    """Return a query or update with each `$name` replaced by what is given; a plain string is an IRI.

    A sequence stands in a block `VALUES ?x { $name }` alone, where an empty one matches nothing. With None, the group
    `{ … }` around such a block is left out: that condition is not asked for. An int stands after LIMIT and OFFSET.
    Terms are written by the RDF library, so nothing in them can become syntax.
    Raises ValueError for a string that is no IRI, for a name that the text or the arguments lack, and for a sequence or
    None elsewhere.
    """
    names, pieces = _split(text)
    if set(names) != given.keys():
        raise ValueError(f"the text asks for {sorted(set(names))}, but {sorted(given)} was given")
    written: dict[str, str] = {}
    several: set[str] = set()
    for name, value in given.items():
        if value is not None:
            written[name] = _written(value)
        if value is None or (isinstance(value, Sequence) and not isinstance(value, str)):
            several.add(name)
    if several and (astray := several - set(_BLOCK.findall(text))):
        raise ValueError(f"of {sorted(astray)} one term is wanted: several, or none, stand in VALUES ?x {{ $name }}")
    if len(written) < len(given):
        names, pieces = _split(_without(text, given.keys() - written.keys()))
    bound = pieces[0]
    for name, piece in zip(names, pieces[1:], strict=True):
        bound += written[name] + piece
    return bound


@lru_cache(256)  # of the texts in files, and what is left of them without some of their groups
def _split(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of what is given in a text, in their order, and the pieces of text before, between and after."""
    names, pieces, end = [], [], 0
    for token in _TOKEN.finditer(text):
        if token["name"]:
            names.append(token["name"])
            pieces.append(text[end : token.start()])
            end = token.end()
    return tuple(names), (*pieces, text[end:])


def _written(value: str | int | Term | Sequence[str | Term]) -> str:
    if isinstance(value, str):
        return str(NamedNode(value))
    if isinstance(value, int):
        return f"{value:d}"
    if isinstance(value, Sequence):
        return " ".join(map(_written, value))
    return str(value)


def _without(text: str, names: Container[str]) -> str:
    """Return the text without the groups around the blocks of these names."""
    starts: list[int] = []  # of the groups that are not closed yet
    left_out: set[int] = set()
    kept, end = "", 0
    cuts: list[tuple[int, int]] = []
    for token in _TOKEN.finditer(text):
        if token[0] == "{":
            starts.append(token.start())
        elif token[0] == "}":
            cuts.append((starts.pop(), token.end()))
        elif token["name"] in names:
            left_out.add(starts[-2])  # around the block
    for start, stop in sorted(cuts):
        if start in left_out and start >= end:  # else it is a part of one that is left out
            kept, end = kept + text[end:start], stop
    return kept + text[end:]


def nodes(iris: Iterable[str]) -> list[Term]:
    """Return the IRIs among these texts as terms to bind; what can be no IRI is nothing's name."""
    found: list[Term] = []
    for iri in iris:
        try:
            found.append(NamedNode(iri))
        except ValueError:
            continue
    return found


def filled(text: str, parts: Iterable[str]) -> str:
    """Return a query with these patterns in its empty group; each may name what those before it bind.

    Raises ValueError for a text that has none, or several.
    """
    pieces = _EMPTY_GROUP.split(text)
    if len(pieces) != 2:
        raise ValueError(
            f"a query to fill has one empty group, not {len(pieces) - 1}: write {{ }} where its parts stand"
        )
    return "\n".join((f"{pieces[0]}{{", *parts, f"}}{pieces[1]}"))


def together(updates: Iterable[str]) -> str:
    """Return one update that carries out these, in their order.

    None of them has a prologue: pyoxigraph 0.5 reads PREFIX at the beginning alone, not after `;` (SPARQL 1.1 Update,
    section 3.1: each operation may have one). So updates in files write their IRIs in full.
    """
    return "\n;\n".join(filter(None, updates))


def insert_data(graph: str, triples: Iterable[Triple]) -> str:
    """Return the update that adds these triples to a graph."""
    return insert_lines(graph, [lines(triples)])


def delete_data(graph: str, triples: Iterable[Triple]) -> str:
    """Return the update that takes these triples, none of them with a blank node, out of a graph."""
    return delete_lines(graph, [lines(triples)])


def insert_lines(graph: str, data: Iterable[str]) -> str:
    """Return the update that adds what these lines of N-Triples say to a graph."""
    return together(_data_operations("INSERT", graph, data))


def insert_new(new: Mapping[str, str]) -> str:
    """Return the update that adds to each graph, given by its name, what its lines of N-Triples say."""
    return together(insert_lines(graph, [data]) for graph, data in new.items())


def trig(new: Mapping[str, str]) -> str:
    """Return in TriG (RDF 1.1 TriG) what the same adds."""
    return "".join(f"{NamedNode(graph)} {{\n{data}}}\n" for graph, data in new.items())


def delete_lines(graph: str, data: Iterable[str]) -> str:
    """Return the update that takes what these lines of N-Triples say, without blank nodes, out of a graph."""
    return together(_data_operations("DELETE", graph, data))


def exchange_lines(graph: str, old: Iterable[str], new: Iterable[str]) -> list[str]:
    """Return updates that put lines of N-Triples, of subjects without blank nodes, in the place of others.

    What takes the place of something is in one operation with it, as long as a server can read it.
    """
    before, after = set(_each(old)), set(_each(new))
    subjects = {line.partition(" ")[0] for line in before}
    gone = sorted(before - after)
    put = sorted(line for line in after - before if line.partition(" ")[0] in subjects)
    updates = [insert_lines(graph, sorted(after - before - set(put)))]
    if gone and put and len(gone) + len(put) <= _MOST_EXCHANGED:
        taken, given = (f"GRAPH {NamedNode(graph)} {{\n{''.join(data)}}}" for data in (gone, put))
        return [*updates, f"DELETE {{ {taken} }} INSERT {{ {given} }} WHERE {{}}"]
    updates += [delete_lines(graph, gone)] if gone else []
    return updates + ([insert_lines(graph, put)] if put else [])


def _each(texts: Iterable[str]) -> Iterator[str]:
    """Yield the lines in these texts."""
    for text in texts:
        yield from (f"{line}\n" for line in text.split("\n") if line)


def _data_operations(what: str, graph: str, data: Iterable[str]) -> Iterator[str]:
    """Yield operations that each have no more lines than a server can read, and none that has none."""
    said = list(_each(data))
    for start in range(0, len(said), _MOST_LINES):
        yield f"{what} DATA {{ GRAPH {NamedNode(graph)} {{\n{''.join(said[start : start + _MOST_LINES])}}} }}"


def lines(triples: Iterable[Triple]) -> str:
    """Return triples as N-Triples."""
    return (serialize(triples, format=RdfFormat.N_TRIPLES) or b"").decode()


def drop(graph: str) -> str:
    """Return the update that empties a graph, whether or not it is there."""
    return f"DROP SILENT GRAPH {NamedNode(graph)}"
