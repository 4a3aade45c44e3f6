"""The comparison to take away: CSV, JSON and Turtle of the same state that `/compare` shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask import Blueprint, Response, request
from pyoxigraph import RdfFormat, serialize

from registry.iri.names import PREFIXES
from registry.readmodel.comparison.filters import Filters
from registry.readmodel.comparison.matrix import CELLS, NOT_ASSESSED
from registry.readmodel.values import Row, Statement
from registry.web import request_context
from registry.web.caching import cached
from registry.web.compare.address_state import View, read
from registry.web.data.csv_table import csv_file
from registry.web.data.json_document import json_document, licences

blueprint = Blueprint("compare", __name__)

COLUMNS = (
    "country",
    "level",
    "issuer",
    "office",
    "activity",
    "stage",
    "coverage",
    "force",
    "status",
    "policy",
    "policy_url",
    "issued",
    "layer",
    "source",
    "provision",
    "binds",
    "audience",
    "checked",
    "remark",
    "text",
    "evidence",
    "accessed",
    "statement",
    "fetched",
)


def records(rows: Iterable[Row], chosen: Filters, base: str) -> Iterator[dict[str, str]]:
    """Yield one record a statement, and one a cell that nobody assessed with its coverage, in the order of the rows."""
    for row in rows:
        for activity, stage in CELLS:
            if not chosen.has_cell(activity, stage):
                continue
            cell = row.cells[activity, stage]
            for statement in sorted(cell.statements, key=lambda item: item.iri):
                yield _record(statement, base)
            if cell.key == NOT_ASSESSED and not cell.statements and not chosen.narrows:
                office = row.head.code if row.head.href.startswith("/offices/") else ""
                place = {"country": row.head.country, "office": office, "activity": activity, "stage": stage}
                yield dict.fromkeys(COLUMNS, "") | place | {"coverage": cell.key}


def _record(item: Statement, base: str) -> dict[str, str]:
    return {
        "country": item.country,
        "level": item.level,
        "issuer": item.issuer,
        "office": item.office,
        "activity": item.activity,
        "stage": item.stage,
        "coverage": item.coverage,
        "force": item.force,
        "status": item.status,
        "policy": item.policy_title.value,
        "policy_url": item.policy_url,
        "issued": item.issued,
        "layer": item.layer,
        "source": f"{base}/sources/{item.source}",
        "provision": item.provision,
        "binds": " ".join(item.binds),
        "audience": " ".join(item.audience),
        "checked": item.checked,
        "remark": " ".join(text.value for text in item.remarks),
        "text": " ".join(text.value for text in item.texts),
        "evidence": " ".join(item.evidence),
        "accessed": item.accessed,
        "statement": item.iri,
        "fetched": item.fetched.isoformat() if item.fetched else "",
    }


def _records(asked: View) -> Iterator[dict[str, str]]:
    return records(request_context.rows(asked.filters, asked.by), asked.filters, request_context.settings().base)


@blueprint.get("/compare.csv")
@cached
def compare_csv() -> Response:
    """Return the comparison as a table for spreadsheets."""
    return csv_file("ospo-atlas-comparison", COLUMNS, _records(read(request.args)))


@blueprint.get("/compare.json")
@cached
def compare_json() -> Response:
    """Return the comparison with what is needed to cite it."""
    asked = read(request.args)
    return json_document(
        filters={name: sorted(values) for name, values in asked.filters.chosen.items()},
        complaints=list(map(str, asked.complaints)),
        licences=licences(),
        rows=list(_records(asked)),
    )


@blueprint.get("/compare.ttl")
@cached
def compare_ttl() -> Response:
    """Return the statements that pass the filters, with their policies, as Turtle."""
    catalogue, chosen = request_context.catalogue(), read(request.args).filters
    kept = [item for item in catalogue.statements() if chosen.passes(item)]
    subjects = {item.iri for item in kept} | {item.iri.partition("#")[0] for item in kept}
    triples = [triple for triple in catalogue.comparison_graph() if triple.subject.value in subjects]  # type: ignore[union-attr]
    body = serialize(triples, format=RdfFormat.TURTLE, prefixes=PREFIXES)
    return Response(body, content_type="text/turtle; charset=utf-8")
