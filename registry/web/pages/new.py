"""What is new by the dates of laws and policies themselves: a page, CSV, and an Atom feed, with the same filters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from flask import Blueprint, Response, render_template, request

from registry.iri.names import source_iri
from registry.readmodel.comparison.by_date import DatedStatement, What
from registry.readmodel.comparison.on_a_day import span, state
from registry.readmodel.lists.search import paginate
from registry.readmodel.tables.lists import BODIES
from registry.web import request_context
from registry.web.caching import cached
from registry.web.changes.sentences import moment
from registry.web.data.atom import NEVER, AtomEntry, atom_feed
from registry.web.data.tables import SUFFIXES, table_file
from registry.web.data.text_columns import text_columns
from registry.web.lists.narrowing import Narrowing, parse_narrowing
from registry.web.parameters import refuse
from registry.web.text import wording
from registry.web.text.citing import citation
from registry.web.text.language import language, sentence, to

blueprint = Blueprint("new", __name__)

PATH = "/new"
PAGE_ROWS = 100
FEED_ENTRIES = 100
COLUMNS = (
    *(
        "day",
        "what",
        "country",
        "body",
        "act",
        "activity",
        "stage",
        "force",
        "duty",
        "article",
        "binds",
        "binds_assumed",
    ),
    *("status", "state_on_day", "act_url", "page", "statement", "source"),
    "act_language",
)
# What a date tells → in words.
WHATS = {
    What.PLANNED: "planned, draft of this day",
    What.BEGINS: "begins",
    What.ENDS: "ends",
    What.BEGAN: "began",
    What.CHANGED: "changed",
    What.ISSUED: "issued; since when in force is not known",
    What.ENDED: "ended",
}


@blueprint.get(PATH)
@cached
def page() -> Any:
    """Show a page of what is new, the latest day first."""
    view = _view()
    found = _found(view)
    shown = paginate(found, view.page, PAGE_ROWS)
    return render_template(
        "new.html",
        view=view,
        count=len(found),
        page=shown,
        place=place,
        whats=[{"code": code.value, "label": sentence(words)} for code, words in WHATS.items()],
        words=WHATS,
        citation=citation(_title()),
    )


@blueprint.get(f"{PATH}.<any({SUFFIXES}):suffix>")
@cached
def file(suffix: str) -> Response:
    """Answer with all that is new as a table for spreadsheets."""
    return table_file(suffix, "ospo-atlas-new", COLUMNS, _records(_found(_asked())))


@blueprint.get(f"{PATH}.atom")
@cached
def feed() -> Response:
    """Answer with what is new as an Atom feed."""
    view, base = _asked(), request_context.settings().base
    title = [request_context.settings().title, _title(), *(chip["value"] for chip in view.chips())]
    entries = map(_entry, _found(view)[:FEED_ENTRIES])
    return atom_feed(" – ".join(title), base + view.address(".atom"), base + view.address(), entries)


def _title() -> str:
    return sentence("What is new in laws and policies")


def _view() -> Narrowing:
    return parse_narrowing(PATH, request.args, {"what": tuple(What)})


def _asked() -> Narrowing:
    """Return the state of the address. Aborts with 400 (RFC 9457) where it asks for what is not known."""
    view = _view()
    refuse(view.complaints)
    return view


def _found(view: Narrowing) -> Sequence[DatedStatement]:
    return request_context.catalogue().by_date(view.filters, view.own.get("what", ""))


def place(item: DatedStatement) -> str:
    """Return the path of a statement on the page of its policy."""
    return "#".join((f"/policies/{item.statement.policy}", item.statement.iri.partition("#")[2]))


def _entry(item: DatedStatement) -> AtomEntry:
    statement, base = item.statement, request_context.settings().base
    title = wording.shorten(statement.policy_title(language()).value)
    title += f" ({request_context.country_name(statement.country)})"
    cell = f"{wording.label('activity', statement.activity)} – {wording.label('stage', statement.stage)}"
    head = f"{item.day or '–'}: {sentence(WHATS[item.what])}: {title}"
    force = wording.label("force", statement.force) if statement.force else ""
    said = [text.value for text in (*statement.quotes, *wording.chosen(statement.texts))]
    return AtomEntry(
        iri=f"{statement.iri}-{item.what}",
        title=head,
        updated=_updated(item),
        author=wording.shorten(statement.source_title),
        author_page=source_iri(base, statement.source),
        href=base + to(place(item)),
        content="\n".join(filter(None, (head, f"{cell}: {force}", statement.provision, *map(wording.shorten, said)))),
    )


def _updated(item: DatedStatement) -> str:
    """Return the day of an entry as a moment; of a day to come, or of none, when the statement was read."""
    day = span(item.day)
    if day and day.first <= request_context.catalogue().today():
        return f"{day.first}T00:00:00Z"
    return moment(item.statement.fetched) if item.statement.fetched else NEVER


def _records(found: Iterable[DatedStatement]) -> Iterator[dict[str, str]]:
    base, today = request_context.settings().base, request_context.catalogue().today()
    for item in found:
        statement = item.statement
        yield {
            "day": item.day,
            "what": item.what,
            "country": statement.country,
            "body": statement.issuer if statement.country == BODIES else "",
            **text_columns("act", [statement.policy_title(language())]),
            "activity": statement.activity,
            "stage": statement.stage,
            "force": statement.force,
            "duty": statement.duty,
            "article": statement.provision,
            "binds": " ".join(statement.binds),
            "binds_assumed": "yes" if wording.is_assumed(statement) else "",
            "status": statement.status,
            "state_on_day": state(statement, "", today),
            "act_url": statement.policy_url,
            "page": f"{base}{place(item)}",
            "statement": statement.iri,
            "source": source_iri(base, statement.source),
        }
