"""The list of sources, and a page for each: what was fetched, what was found wrong, and what is served."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, abort, render_template, request

from registry.admission.entries import kept_until, left_out_of
from registry.iri.addresses import BUNDLED
from registry.model import Layer
from registry.readmodel.lists.search import paginate
from registry.sources.schedule import grace_ends, hold_ends
from registry.web.caching import cached
from registry.web.data.linked import redirect_to_rdf
from registry.web.data.published import is_kept
from registry.web.lists.paging import page_number
from registry.web.request_context import catalogue, settings
from registry.web.text.language import sentence, to

blueprint = Blueprint("source", __name__)
PAGE_SOURCES = 200  # of the list of sources
_MOST_LEFT_OUT = 50  # entries named; the reports name them all


@blueprint.get("/sources")
@cached
def sources() -> Any:
    """Show every source with its last outcome, and when it was and will be read."""
    page = paginate(catalogue().sources(), page_number(request.args), PAGE_SOURCES)
    return render_template("sources.html", page=page, view=SimpleNamespace(address=_address))


def _address(page: int | None) -> str:
    """Return the address of a page of the list of sources, None for the first."""
    return to("/sources", page=page or "")


@blueprint.get("/sources/<identifier>")
@cached
def source(identifier: str) -> Any:
    """Show one source: its clocks, its last outcome, its findings and its events."""
    if (data := redirect_to_rdf(f"/sources/{identifier}")) is not None:
        return data
    state = catalogue().source(identifier) or abort(404, sentence("there is no source of that name in this registry"))
    return render_template(
        "source.html",
        state=state,
        ends=grace_ends(state, settings()),
        held_until=hold_ends(state, settings()),
        learned_from=catalogue().source(state.source.peer) if state.source.peer else None,
        findings=catalogue().findings(identifier),
        events=catalogue().events(identifier),
        left_out=[(entry, kept_until(entry, settings())) for entry in left_out_of(state.left_out)],
        most_left_out=_MOST_LEFT_OUT,
        listed_by=catalogue().listed_by(identifier),
        has_copy=is_kept(state),
        bundled=state.source.url.startswith(BUNDLED) and state.source.layer is Layer.COMPILED,
        severities=_severities(),
    )


def _severities() -> Mapping[str, str]:
    return {
        "Violation": sentence("Error"),
        "Warning": sentence("Warning"),
        "Info": sentence("Advice"),
    }
