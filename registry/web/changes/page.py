"""The changes as a page by day, and as CSV and JSON, all with the filters of the address."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, render_template, request

from registry.diff.change_rdf import MAX_WRITTEN
from registry.iri.names import source_iri
from registry.readmodel.changes.changes import ChangeEntry
from registry.web import request_context
from registry.web.caching import cached
from registry.web.changes.filters import PAGE_ENTRIES, boxes, chips, complaints, parse_changes_address
from registry.web.changes.sentences import difference, headline, moment
from registry.web.data.json_document import json_document
from registry.web.data.tables import SUFFIXES, table_file
from registry.web.data.text_columns import text_columns
from registry.web.parameters import refuse
from registry.web.text import wording
from registry.web.text.citing import citation
from registry.web.text.language import language, sentence

blueprint = Blueprint("changes", __name__)

DOWNLOAD_ROWS = 2_000
COLUMNS = (
    *("when", "summary", "kind", "thing", "title", "title_language", "country", "activity", "stage", "before", "after"),
    *("properties", "page", "policy_url", "outcome", "reason", "source", "change"),
)


@blueprint.get("/changes")
@cached
def page() -> Any:
    """Show a page of changes, by day and by source."""
    view = parse_changes_address(request.args)
    entries, more = view.entries(PAGE_ENTRIES)
    return render_template(
        "changes.html",
        view=view,
        more=more,
        complaints=complaints(view),
        days=[(day, _by_event(group)) for day, group in groupby(entries, key=lambda entry: entry.when.date())],
        chips=chips(view),
        boxes=boxes(view),
        countries=request_context.heads(),
        headline=headline,
        difference=difference,
        written=MAX_WRITTEN,
        citation=citation(sentence("What changed")),
    )


def _by_event(entries: Iterable[ChangeEntry]) -> list[list[ChangeEntry]]:
    return [list(group) for _, group in groupby(entries, key=lambda entry: entry.event)]


@blueprint.get(f"/changes.<any({SUFFIXES}):suffix>")
@cached
def changes_table(suffix: str) -> Response:
    """Answer with the latest entries as a table for spreadsheets."""
    view = parse_changes_address(request.args)
    refuse(view.refused)
    return table_file(suffix, "ospo-atlas-changes", COLUMNS, map(_record, view.entries(DOWNLOAD_ROWS)[0]))


@blueprint.get("/changes.json")
@cached
def changes_json() -> Response:
    """Answer with the latest entries as JSON, with a citation and the address of the entries before them."""
    view, title = parse_changes_address(request.args), sentence("What changed")
    refuse(view.refused)
    entries, more = view.entries(DOWNLOAD_ROWS)
    return json_document(
        title,
        citation=citation(title).text,
        filters={name: list(values) for name, values in view.filters.chosen.items()},
        complaints=complaints(view),
        next=request_context.settings().base + view.address("/changes.json", page=view.page + 1) if more else "",
        rows=[_record(entry) for entry in entries],
    )


def _record(entry: ChangeEntry) -> dict[str, str]:
    base = request_context.settings().base
    return {
        "when": moment(entry.when),
        "summary": headline(entry),
        "kind": entry.kind,
        "thing": entry.thing,
        **text_columns("title", [entry.title(language())]),
        "country": entry.country,
        "activity": entry.activity,
        "stage": entry.stage,
        "before": entry.before,
        "after": entry.after,
        "properties": " ".join(entry.properties),
        "page": f"{base}{entry.href}" if entry.href else "",
        "policy_url": entry.page,
        "outcome": entry.outcome,
        "reason": wording.told(entry.reason),
        "source": source_iri(base, entry.source),
        "change": entry.iri,
    }
