"""The corrections as a page, and as CSV, JSON and a feed, all with the filters of the address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, render_template, request

from registry.readmodel.corrections import Correction, corrections
from registry.readmodel.lists.search import paginate
from registry.vocabulary import codebook
from registry.web import request_context
from registry.web.caching import cached
from registry.web.corrections.words import (
    CONFIDENCE,
    PATH,
    READ_WITH,
    cell_name,
    changed_fields,
    headline,
    policy_of,
    summary,
    title_of,
)
from registry.web.data.atom import AtomEntry, atom_feed
from registry.web.data.json_document import json_document
from registry.web.data.tables import SUFFIXES, table_file
from registry.web.lists.narrowing import Narrowing, parse_narrowing
from registry.web.parameters import refuse
from registry.web.text.citing import citation
from registry.web.text.language import sentence, to

blueprint = Blueprint("corrections", __name__)

PAGE_ENTRIES = 50
FEED_ENTRIES = 100
COLUMNS = (
    *(
        "id",
        "date",
        "country",
        "policy",
        "policy_page",
        "activity",
        "stage",
        "statement",
        "kind",
        "field",
        "old",
        "new",
    ),
    *("why", "source", "confidence", "read_with", "missing", "codebook", "page"),
)


@blueprint.get(PATH)
@cached
def page() -> Any:
    """Show a page of corrections, each at its anchor."""
    view = _view()
    found = _found(view)
    return render_template(
        "corrections.html",
        view=view,
        page=paginate(found, view.page, PAGE_ENTRIES),
        count=len(found),
        cell_name=cell_name,
        changed_fields=changed_fields,
        policy_of=policy_of,
        title_of=title_of,
        confidence=CONFIDENCE,
        read_with=READ_WITH,
        codebook=codebook.version(),
        citation=citation(sentence("Corrections")),
    )


@blueprint.get(f"{PATH}.<any({SUFFIXES}):suffix>")
@cached
def corrections_table(suffix: str) -> Response:
    """Answer with all corrections as a table for spreadsheets, a row a field."""
    return table_file(suffix, "ospo-atlas-corrections", COLUMNS, _rows(_found(_asked())))


@blueprint.get(f"{PATH}.json")
@cached
def corrections_json() -> Response:
    """Answer with all corrections as JSON, with a citation."""
    view, title = _asked(), sentence("Corrections")
    found = _found(view)
    return json_document(
        title,
        citation=citation(title).text,
        filters={name: sorted(values) for name, values in view.filters.asked().items()},
        count=len(found),
        rows=[
            _facts(item)
            | {
                "source": list(item.sources),
                "changes": [
                    {
                        "field": change.field,
                        "old": [value._asdict() for value in change.old],
                        "new": [value._asdict() for value in change.new],
                    }
                    for change in item.fields
                ],
            }
            for item in found
        ],
    )


@blueprint.get(f"{PATH}.atom")
@cached
def feed() -> Response:
    """Answer with the latest corrections as an Atom feed."""
    view, base = _asked(), request_context.settings().base
    title = [request_context.settings().title, sentence("Corrections"), *(chip["value"] for chip in view.chips())]
    shown = map(_entry, _found(view)[:FEED_ENTRIES])
    return atom_feed(" – ".join(title), base + view.address(".atom"), base + view.address(), shown)


def _entry(item: Correction) -> AtomEntry:
    base, site = request_context.settings().base, request_context.settings().title
    reason = "\n".join(filter(None, (headline(item), summary(item), item.why, *item.sources)))
    return AtomEntry(
        iri=_iri(item),
        title=headline(item),
        updated=f"{item.date}T00:00:00Z",
        author=site,
        author_page=base + to("/method"),
        href=base + to(_place(item)),
        content=reason,
    )


def _view() -> Narrowing:
    return parse_narrowing(PATH, request.args, {"policy": ()})


def _asked() -> Narrowing:
    """Return the state of the address. Aborts with 400 (RFC 9457) where it asks for what is not known."""
    view = _view()
    refuse(view.complaints)
    return view


def _found(view: Narrowing) -> list[Correction]:
    return corrections(view.filters, view.own.get("policy", ""))


def _rows(found: list[Correction]) -> Iterator[dict[str, str]]:
    for item in found:
        facts = _facts(item) | {"source": " ".join(item.sources)}
        for change in item.fields:
            old, new = ("; ".join(value.value for value in values) for values in (change.old, change.new))
            yield facts | {"field": change.field, "old": old, "new": new}


def _facts(item: Correction) -> dict[str, str]:
    base, policy = request_context.settings().base, policy_of(item)
    return {
        "id": item.id,
        "date": item.date,
        "country": item.country,
        "policy": item.policy,
        "policy_page": f"{base}/policies/{policy.slug}" if policy else "",
        "activity": item.activity,
        "stage": item.stage,
        "statement": item.statement,
        "kind": item.kind,
        "why": item.why,
        "confidence": item.confidence,
        "read_with": item.read_with,
        "missing": item.missing,
        "codebook": item.codebook,
        "page": _iri(item),
    }


def _iri(item: Correction) -> str:
    return request_context.settings().base + _place(item)


def _place(item: Correction) -> str:
    """Return the path at which an entry is found on the first page, whatever is added to the log."""
    return "#".join((f"{PATH}?policy={item.policy}", item.id))
