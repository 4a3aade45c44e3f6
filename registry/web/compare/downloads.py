"""The comparison as CSV, JSON and Turtle, in the same state as `/compare`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask import Blueprint, Response, request
from pyoxigraph import RdfFormat, serialize

from registry.iri.names import PREFIXES, policy_of, source_iri
from registry.readmodel.comparison.filters import Filters
from registry.readmodel.comparison.matrix import CELLS, NOT_ASSESSED
from registry.readmodel.values import Row, Statement
from registry.web import request_context
from registry.web.compare.address_state import ComparisonView, parse_comparison_address
from registry.web.data.csv_table import csv_file
from registry.web.data.json_document import json_document, licences
from registry.web.made_files import made

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
    "claimed_by",
)


def records(rows: Iterable[Row], filters: Filters, base: str) -> Iterator[dict[str, str]]:
    """Yield column → text, for each statement and for each cell that nobody has assessed, in the order of the rows.

    `base` is the site's address.
    """
    for row in rows:
        for activity, stage in CELLS:
            if not filters.has_cell(activity, stage):
                continue
            cell = row.cells[activity, stage]
            for statement in sorted(cell.statements, key=lambda item: item.iri):
                yield _record(statement, base)
            if cell.key == NOT_ASSESSED and not cell.statements and not filters.narrows:
                office = row.head.code if row.head.href.startswith("/offices/") else ""
                position = {"country": row.head.country, "office": office, "activity": activity, "stage": stage}
                yield dict.fromkeys(COLUMNS, "") | position | {"coverage": cell.key}


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
        "source": source_iri(base, item.source),
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
        "claimed_by": source_iri(base, item.claimed_by) if item.claimed_by else "",
    }


def _records(view: ComparisonView) -> Iterator[dict[str, str]]:
    return records(request_context.rows(view.filters, view.by), view.filters, request_context.settings().base)


@blueprint.get("/compare.csv")
@made
def compare_csv() -> Response:
    """Answer with the comparison as CSV for spreadsheets."""
    return csv_file("ospo-atlas-comparison", COLUMNS, _records(parse_comparison_address(request.args)))


@blueprint.get("/compare.json")
@made
def compare_json() -> Response:
    """Answer with the comparison as JSON, with the licences of its sources."""
    view = parse_comparison_address(request.args)
    return json_document(
        filters={name: sorted(values) for name, values in view.filters.asked().items()},
        complaints=list(map(str, view.complaints)),
        licences=licences(),
        rows=list(_records(view)),
    )


@blueprint.get("/compare.ttl")
@made
def compare_ttl() -> Response:
    """Answer with the statements that pass the filters, and their policies, as Turtle."""
    catalogue, filters = request_context.catalogue(), parse_comparison_address(request.args).filters
    passing = catalogue.passing(filters)
    subjects = {item.iri for item in passing} | {policy_of(item.iri) for item in passing}
    triples = [triple for triple in catalogue.comparison_graph() if triple.subject.value in subjects]  # type: ignore[union-attr]
    body = serialize(triples, format=RdfFormat.TURTLE, prefixes=PREFIXES)
    return Response(body, content_type="text/turtle; charset=utf-8")
