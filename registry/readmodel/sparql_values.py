"""The lines of VALUES in the text of a query: filled with terms, or left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from pyoxigraph import NamedNode

from registry.store.protocol import Term

_PLACE = re.compile(r"VALUES \?(\w+) { UNDEF }(?: # (.+))?")


def fill(text: str, terms: Mapping[str, Iterable[Term] | None]) -> str:
    """Return a query with these terms in its lines of VALUES, and without the lines whose terms are None.

    A line is known by the remark behind it, else by its variable; terms are written by the RDF library.
    """
    lines = []
    for line in text.splitlines():
        place = _PLACE.search(line)
        members = terms[place[2] or place[1]] if place else ()
        if place and members is not None:
            line = f"{line[: place.start()]}VALUES ?{place[1]} {{ {' '.join(map(str, members))} }}"
        if members is not None:
            lines.append(line)
    return "\n".join(lines)


def to_nodes(iris: Iterable[str]) -> list[Term]:
    """Return the IRIs among these texts as nodes; what can be no IRI is nothing's name."""
    found: list[Term] = []
    for iri in iris:
        try:
            found.append(NamedNode(iri))
        except ValueError:
            continue
    return found
