"""The citation of a page: title, day, revision, address, and the licences of the sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from registry.model import Layer, Source
from registry.web import request_context
from registry.web.text.language import sentence

_SOURCES_SHOWN = 5  # by name, of each licence


@dataclass(frozen=True, slots=True)
class Citation:
    """`text` is the citation; `licences` are the pairs (names of sources, licence); `query` is the page as SPARQL."""

    text: str
    licences: tuple[tuple[str, str], ...]
    query: str = ""


def citation(title: str, query: str = "") -> Citation:
    """Return the citation of the page of this request; without a query that is longer than one may be."""
    catalogue, settings = request_context.catalogue(), request_context.settings()
    fits = len(query.encode()) <= settings.max_query_bytes
    moment = catalogue.read_at()
    text = sentence(
        "%(site)s: %(title)s. State of %(day)s, revision %(revision)s. %(address)s",
        site=settings.title,
        title=title,
        day=moment.strftime("%Y-%m-%d") if moment else "–",
        revision=catalogue.revision(),
        address=request_context.address(),
    )
    return Citation(
        text, _licences(state.source for state in catalogue.licensed() if state.accepted_at), query if fits else ""
    )


def _licences(sources: Iterable[Source]) -> tuple[tuple[str, str], ...]:
    """Return (names of sources, licence), by licence; only the first few names, since there may be thousands."""
    whose: dict[str, set[str]] = defaultdict(set)
    compiled = sentence("compiled by %(site)s", site=request_context.settings().title)
    for source in sources:
        whose[source.licence].add(compiled if source.layer is Layer.COMPILED else source.title or source.id)
    return tuple((_some(sorted(names)), licence) for licence, names in sorted(whose.items()))


def _some(names: list[str]) -> str:
    more = len(names) - _SOURCES_SHOWN
    return ", ".join(names[:_SOURCES_SHOWN] + ([sentence("and %(count)s more", count=more)] if more > 0 else []))
