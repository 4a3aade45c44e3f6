"""The comparison to take away: CSV, JSON and Turtle of the same state that `/compare` shows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from flask import Blueprint, Response, current_app, request
from pyoxigraph import RdfFormat, serialize

from registry import vocabulary
from registry.catalogue.comparison import CELLS, Filters, filters, rows
from registry.catalogue.questions import Catalogue
from registry.catalogue.values import Statement
from registry.web.caching import cached

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
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # OWASP, CSV injection


def records(catalogue: Catalogue, chosen: Filters) -> Iterator[dict[str, str]]:
    """Yield one record a statement, and one a cell without statements with its coverage, in the order of the rows."""
    countries = [country.code for country in catalogue.countries()]
    for row in rows(catalogue.statements(), countries, chosen):
        for activity, stage in CELLS:
            if not chosen.has_cell(activity, stage):
                continue
            cell = row.cells[activity, stage]
            for statement in sorted(cell.statements, key=lambda item: item.iri):
                yield _record(statement, catalogue.base)
            if not cell.statements and not chosen.narrows_statements:
                empty = {"country": row.code, "activity": activity, "stage": stage, "coverage": cell.key}
                yield dict.fromkeys(COLUMNS, "") | empty


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


def as_csv(found: Iterable[dict[str, str]]) -> str:
    """Return the records as CSV (RFC 4180); what a spreadsheet would take for a formula gets an apostrophe in front."""
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, COLUMNS)
    writer.writeheader()
    for record in found:
        writer.writerow({name: f"'{value}" if value.startswith(_FORMULA) else value for name, value in record.items()})
    return buffer.getvalue()


def _asked() -> tuple[Catalogue, Filters]:
    return current_app.config["CATALOGUE"], filters(request.args.items(multi=True))


@blueprint.get("/compare.csv")
def compare_csv() -> Response:
    """Return the comparison as a table for spreadsheets."""
    response = _table()
    response.headers["Content-Disposition"] = 'attachment; filename="ospo-atlas-comparison.csv"'
    return response


@cached
def _table() -> Response:
    return Response(as_csv(records(*_asked())), content_type="text/csv; charset=utf-8; header=present")


@blueprint.get("/compare.json")
@cached
def compare_json() -> Response:
    """Return the comparison with what is needed to cite it."""
    catalogue, chosen = _asked()
    licences = {state.source.id: state.source.licence for state in catalogue.sources() if state.source.licence}
    document: dict[str, Any] = {
        "title": current_app.config["SETTINGS"].title,
        "address": f"{catalogue.base}{request.full_path.rstrip('?')}",
        "revision": catalogue.revision(),
        "filters": {name: sorted(values) for name, values in chosen.chosen.items()},
        "complaints": list(chosen.complaints),
        "licences": licences,
        "rows": list(records(catalogue, chosen)),
    }
    return Response(json.dumps(document, ensure_ascii=False, indent=1), content_type="application/json")


@blueprint.get("/compare.ttl")
@cached
def compare_ttl() -> Response:
    """Return the statements that pass the filters, with their policies, as Turtle."""
    catalogue, chosen = _asked()
    kept = [item for item in catalogue.statements() if chosen.passes(item)]
    subjects = {item.iri for item in kept} | {item.iri.partition("#")[0] for item in kept}
    triples = [triple for triple in catalogue.comparison_graph() if triple.subject.value in subjects]  # type: ignore[union-attr]
    body = serialize(triples, format=RdfFormat.TURTLE, prefixes=vocabulary.PREFIXES)
    return Response(body, content_type="text/turtle; charset=utf-8")
