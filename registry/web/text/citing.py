"""How to cite a page: what it shows, of which revision and day, where, and under which licences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from registry.model import Layer, Source
from registry.web import request_context
from registry.web.text.language import sentence

_FIRST = 5  # names of sources of one licence that are shown


@dataclass(frozen=True, slots=True)
class Citation:
    """`text` is to be copied; `licences` are (whose data, IRI of the licence); `query` finds what the page shows."""

    text: str
    licences: tuple[tuple[str, str], ...]
    query: str = ""


def citation(title: str, query: str = "") -> Citation:
    """Return how to cite the page that is being asked for."""
    known, settings = request_context.catalogue(), request_context.settings()
    states = known.sources()
    moment = max((state.last_attempt for state in states), default=None)
    text = sentence(
        "%(site)s: %(title)s. State of %(day)s, revision %(revision)s. %(address)s",
        site=settings.title,
        title=title,
        day=moment.strftime("%Y-%m-%d") if moment else "–",
        revision=known.revision(),
        address=request_context.address(),
    )
    return Citation(text, _licences(state.source for state in states if state.accepted_at), query)


def _licences(sources: Iterable[Source]) -> tuple[tuple[str, str], ...]:
    """Return whose data stand under each licence: the first few by name, for there may be thousands of sources."""
    whose: dict[str, set[str]] = defaultdict(set)
    compiled = sentence("compiled by %(site)s", site=request_context.settings().title)
    for source in sources:
        if source.licence:
            whose[source.licence].add(compiled if source.layer is Layer.COMPILED else source.title or source.id)
    return tuple((_some(sorted(names)), licence) for licence, names in sorted(whose.items()))


def _some(names: list[str]) -> str:
    more = len(names) - _FIRST
    return ", ".join(names[:_FIRST] + ([sentence("and %(count)s more", count=more)] if more > 0 else []))
