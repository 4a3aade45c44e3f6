"""Sources: the list, and the crawl passport of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, render_template

from registry.iri.addresses import BUNDLED
from registry.sources.schedule import grace_ends
from registry.web.caching import cached
from registry.web.data.linked import redirect_to_rdf
from registry.web.data.published import is_kept
from registry.web.request_context import catalogue, settings
from registry.web.text.language import sentence

blueprint = Blueprint("passports", __name__)


@blueprint.get("/sources")
@cached
def sources() -> Any:
    """Every source with its last outcome and its clocks."""
    return render_template("sources.html", states=catalogue().sources())


@blueprint.get("/sources/<identifier>")
@cached
def source(identifier: str) -> Any:
    """One source: its crawl passport."""
    if (data := redirect_to_rdf(f"/sources/{identifier}")) is not None:
        return data
    known = catalogue()
    state = known.source(identifier) or abort(404, sentence("there is no source of that name in this registry"))
    return render_template(
        "source.html",
        state=state,
        ends=grace_ends(state, settings()),
        teller=known.source(state.source.peer) if state.source.peer else None,
        findings=known.findings(identifier),
        events=known.events(identifier),
        sightings=known.sightings(identifier),
        has_copy=is_kept(state),
        bundled=state.source.url.startswith(BUNDLED),
        severities=_severities(),
    )


def _severities() -> Mapping[str, str]:
    return {
        "Violation": sentence("Error"),
        "Warning": sentence("Warning"),
        "Info": sentence("Advice"),
    }
