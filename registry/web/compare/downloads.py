"""The comparison as tables, JSON and Turtle, in the same state as `/compare`: its statements, or heads of its cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask import Blueprint, Response, request
from pyoxigraph import RdfFormat, serialize

from registry.iri.names import PREFIXES, policy_of, source_iri
from registry.readmodel.comparison.filters import Filters
from registry.readmodel.comparison.on_a_day import state
from registry.readmodel.comparison.roll_up import APART_NAMES, CELLS, NOT_ASSESSED
from registry.readmodel.comparison.scope import Scope, row_kind, scope
from registry.readmodel.tables.lists import BODIES
from registry.readmodel.values import Row, Statement
from registry.web import request_context
from registry.web.compare.address_state import ComparisonView, parse_comparison_address
from registry.web.data.json_document import json_document, licences
from registry.web.data.tables import SUFFIXES, table_file
from registry.web.data.text_columns import text_columns
from registry.web.made_files import made
from registry.web.parameters import refuse
from registry.web.text.language import language
from registry.web.text.wording import chosen

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
    "instrument",
    "duty",
    "condition",
    "reach",
    "in_force_from",
    "in_force_until",
    "state_on_day",
    "binds_assumed",
    "territory",
    "codebook",
    "policy_language",
    "text_language",
    "remark_language",
)
_SURE = {"secondary": "text-not-read", "partial": "text-read-in-part"}
CELL_COLUMNS = (
    *("country", "body", "office", "activity", "stage"),
    *(
        "head",
        "head_scope",
        "head_sure",
        "head_layer",
        "head_tier",
        "head_duty",
        "head_condition",
        "head_count",
        "head_of",
    ),
    *("head_statement", "head_policy", "beside_field", "beside_neighbour"),
    *("below_scope", "below_tier", "below_force"),
    *(f"apart_{name}" for name in APART_NAMES),
    "statements",
    "head_policy_language",
)

CELL_NUMBERS = ("head_count", "head_of", *(f"apart_{name}" for name in APART_NAMES), "statements")


def records(rows: Iterable[Row], filters: Filters, base: str, today: str) -> Iterator[dict[str, str]]:
    """Yield column → text, for each statement and for each cell that nobody has assessed, in the order of the rows.

    `base` is the site's address, `today` a whole date.
    """
    for row in rows:
        for activity, stage in CELLS:
            if not filters.has_cell(activity, stage):
                continue
            cell = row.cells[activity, stage]
            for statement in sorted(cell.statements, key=lambda item: item.iri):
                yield _record(statement, base, filters.on, today)
            if cell.key == NOT_ASSESSED and not cell.statements and not filters.narrows:
                office = row.head.code if row.head.href.startswith("/offices/") else ""
                body = row.head.name if row.head.country == BODIES and not office else ""
                position = {"country": row.head.country, "issuer": body, "office": office}
                yield (
                    dict.fromkeys(COLUMNS, "")
                    | position
                    | {
                        "activity": activity,
                        "stage": stage,
                        "coverage": cell.key,
                    }
                )


def cell_records(rows: Iterable[Row], filters: Filters) -> Iterator[dict[str, str]]:
    """Yield column → text, for each cell of each row: what heads it, what stands beside, and how much apart.

    A cell that nothing heads has its coverage in the column `head` where all say so, "not-assessed" where nobody says
    anything, "nothing" where nothing is known that holds for the whole, and "no-match" where no statement passes.
    """
    for row in rows:
        for activity, stage in CELLS:
            if not filters.has_cell(activity, stage):
                continue
            cell, head = row.cells[activity, stage], row.cells[activity, stage].head
            first = cell.statements[0] if head else None
            beside = {each.tier: each for each in cell.beside}
            is_office = row.head.href.startswith("/offices/")
            is_body = not is_office and row.head.code != row.head.country
            yield {
                "country": row.head.country,
                "body": row.head.name if is_body else "",
                "office": row.head.code if is_office else "",
                "activity": activity,
                "stage": stage,
                "head": cell.key,
                "head_scope": head.scope if head else "",
                "head_sure": _SURE.get(head.checked, "text-read") if head else "",
                "head_layer": head.layer if head else "",
                "head_tier": head.tier if head else "",
                "head_duty": head.duty if head else "",
                "head_condition": head.condition if head else "",
                "head_count": str(head.count) if head else "",
                "head_of": str(head.of) if head else "",
                "head_statement": first.iri if first else "",
                **text_columns("head_policy", [first.policy_title(language())] if first else []),
                "beside_field": beside["field"].force if "field" in beside else "",
                "beside_neighbour": f"{beside['neighbour'].force}: {beside['neighbour'].duty}"
                if "neighbour" in beside
                else "",
                "below_scope": cell.below.scope if cell.below else "",
                "below_tier": cell.below.tier if cell.below else "",
                "below_force": cell.below.force if cell.below else "",
                **{f"apart_{name}": str(cell.apart.get(name, 0)) for name in APART_NAMES},
                "statements": str(len(cell.statements)),
            }


def _record(item: Statement, base: str, day: str, today: str) -> dict[str, str]:
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
        **text_columns("policy", [item.policy_title(language())]),
        "policy_url": item.policy_url,
        "issued": item.issued,
        "layer": item.layer,
        "source": source_iri(base, item.source),
        "provision": item.provision,
        "binds": " ".join(item.binds),
        "audience": " ".join(item.audience),
        "checked": item.checked,
        **text_columns("remark", chosen(item.remarks)),
        **text_columns("text", chosen(item.texts)),
        "evidence": " ".join(item.evidence),
        "accessed": item.accessed,
        "statement": item.iri,
        "fetched": item.fetched.isoformat() if item.fetched else "",
        "claimed_by": source_iri(base, item.claimed_by) if item.claimed_by else "",
        "instrument": item.instrument,
        "duty": item.duty,
        "condition": item.condition,
        "reach": item.reach,
        "in_force_from": item.in_force_from,
        "in_force_until": item.in_force_until,
        "state_on_day": state(item, day, today),
        "binds_assumed": "yes" if scope(item, row_kind(item.country)) is Scope.ASSUMED else "",
        "territory": item.territory,
        "codebook": item.codebook,
    }


def _rows(view: ComparisonView) -> Iterable[Row]:
    return request_context.rows(view.filters, view.by)


def _records(view: ComparisonView) -> Iterator[dict[str, str]]:
    today = request_context.catalogue().today()
    return records(_rows(view), view.filters, request_context.settings().base, today)


def _view() -> ComparisonView:
    """Return the state of the address. Aborts with 400 (RFC 9457) where it asks for what is not known."""
    view = parse_comparison_address(request.args)
    refuse(view.complaints)
    return view


@blueprint.get(f"/compare.<any({SUFFIXES}):suffix>")
@made
def compare_table(suffix: str) -> Response:
    """Answer with the comparison as a table for spreadsheets."""
    return table_file(suffix, "ospo-atlas-comparison", COLUMNS, _records(_view()))


@blueprint.get(f"/compare-cells.<any({SUFFIXES}):suffix>")
@made
def cells_table(suffix: str) -> Response:
    """Answer with what heads each cell, as a table for spreadsheets."""
    view = _view()
    return table_file(suffix, "ospo-atlas-cells", CELL_COLUMNS, cell_records(_rows(view), view.filters), CELL_NUMBERS)


@blueprint.get("/compare.json")
@made
def compare_json() -> Response:
    """Answer with the comparison as JSON: statements and cells, with the licences of its sources."""
    view = _view()
    return json_document(
        filters={name: sorted(values) for name, values in view.filters.asked().items()},
        days=dict(view.filters.days),
        today=request_context.catalogue().today(),
        licences=licences(),
        rows=list(_records(view)),
        cells=list(cell_records(_rows(view), view.filters)),
    )


@blueprint.get("/compare.ttl")
@made
def compare_ttl() -> Response:
    """Answer with the statements that pass the filters, and their policies, as Turtle."""
    catalogue, filters = request_context.catalogue(), _view().filters
    passing = catalogue.passing(filters)
    subjects = {item.iri for item in passing} | {policy_of(item.iri) for item in passing}
    triples = [triple for triple in catalogue.comparison_graph() if triple.subject.value in subjects]  # type: ignore[union-attr]
    body = serialize(triples, format=RdfFormat.TURTLE, prefixes=PREFIXES)
    return Response(body, content_type="text/turtle; charset=utf-8")
