"""The questions that people ask, as pages and as tables: the answer in a sentence, on a map and as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, abort, render_template, request

from registry.iri.names import source_iri
from registry.readmodel.comparison.filters import Complaint, Filters, parse_comparison_filters
from registry.readmodel.questions.questions import OFFICES, Answers, Question, questions
from registry.readmodel.tables.lists import BODIES, body_code, body_name
from registry.readmodel.values import Office, Statement
from registry.web import request_context
from registry.web.caching import cached
from registry.web.compare.address_state import ComparisonView
from registry.web.compare.layout import chips
from registry.web.data.tables import SUFFIXES, table_file
from registry.web.data.text_columns import text_columns
from registry.web.made_files import made
from registry.web.parameters import refuse, unknown_names
from registry.web.pictures import tile_map
from registry.web.pictures.cell_looks import LOOKS, NEAR, YES
from registry.web.text import wording
from registry.web.text.cell_words import why_not
from registry.web.text.citing import citation
from registry.web.text.language import language, sentence, to

blueprint = Blueprint("questions", __name__)

MOST_NEAR = 200  # near misses on a page; the file has all
_NAMES = ("country", "region", "checked", "on")
_OF_OFFICES = ("country", "region")  # of an office no day is known on which it began or ended
COLUMNS = (
    *("question", "answer", "why", "country", "body", "force", "duty", "condition", "since", "until", "act", "article"),
    *("binds", "binds_assumed", "checked", "text", "evidence", "act_url", "source", "statement"),
    *("act_language", "text_language"),
)
OFFICE_COLUMNS = (
    "question",
    "answer",
    "country",
    "office",
    "level",
    "kind",
    "homepage",
    "claimed_by",
    "iri",
    "office_language",
)


@blueprint.get("/questions")
@cached
def index() -> Any:
    """Show the questions, each with how many countries and bodies answer it with yes."""
    filters, complaints = _asked(_NAMES)
    found = [(question, len(answered_by(question, filters, yes_alone=True))) for question in questions().values()]
    return render_template("questions.html", questions=found, complaints=complaints, **_frame(filters))


@blueprint.get("/questions/<name>")
@cached
def page(name: str) -> Any:
    """Show the answer to a question."""
    question = _question(name)
    filters, complaints = _asked(_names(question))
    keys = answered_by(question, filters)
    shared = {
        "question": question,
        "complaints": complaints,
        "figure": tile_map.answered({code: key for code, key in keys.items() if "/" not in code}),
        "yes": sum(key != NEAR for key in keys.values()),
        "known": len(keys),
        "groups": _groups(keys) if question.kind != OFFICES else [],
        **_frame(filters, name),
    }
    if question.kind == OFFICES:
        return render_template("question-offices.html", offices=_offices(filters), citation=_cite(question), **shared)
    found = request_context.catalogue().answers(question, filters)
    near = list(zip(found.near[:MOST_NEAR], found.why, strict=False))
    return render_template(
        "question.html",
        answers=_by_country(found.yes, question),
        near=[(*_row_name(item), item, why_not(why)) for item, why in near],
        more=max(0, len(found.near) - MOST_NEAR),
        citation=_cite(question, request_context.question_query(question, filters)),
        **shared,
    )


@blueprint.get(f"/questions/<name>.<any({SUFFIXES}):suffix>")
@made
def file(name: str, suffix: str) -> Response:
    """Answer with the statements that answer a question, and those that nearly do, as a table."""
    question = _question(name)
    filters, complaints = _asked(_names(question))
    refuse(complaints)
    if question.kind == OFFICES:
        return table_file(suffix, f"ospo-atlas-{name}", OFFICE_COLUMNS, _office_records(question, filters))
    found = request_context.catalogue().answers(question, filters)
    return table_file(suffix, f"ospo-atlas-{name}", COLUMNS, _records(question, found))


def _question(name: str) -> Question:
    return questions().get(name) or abort(404, sentence("there is no question of that name"))


def _names(question: Question) -> tuple[str, ...]:
    return _OF_OFFICES if question.kind == OFFICES else _NAMES


def _asked(names: Sequence[str]) -> tuple[Filters, tuple[Complaint, ...]]:
    """Return the filters of the address, and a complaint about each name and value that is not known."""
    pairs = list(request.args.items(multi=True))
    filters = parse_comparison_filters([pair for pair in pairs if pair[0] in names])
    return replace(filters, complaints=()), (*filters.complaints, *unknown_names(request.args, names))


def _frame(filters: Filters, name: str = "") -> dict[str, Any]:
    """Return what every page of questions has: the filters in use, and addresses of the same state."""
    view = ComparisonView(filters)
    path = f"/questions/{name}" if name else "/questions"
    return {
        "path": path,
        "chips": [
            chip | {"href": to(path, **_without(view, *chosen))}
            for chip, chosen in zip(chips(view), filters.values(), strict=True)
        ],
        "address": lambda path, **changes: to(path, **(view.query(**changes))),
        "regions": wording.regions(),
        "countries": request_context.heads(),
        "filters_chosen": filters,
    }


def _without(view: ComparisonView, name: str, value: str) -> Mapping[str, Any]:
    return view.query(**{name: [kept for kept in view.query().get(name, []) if kept != value]})


def answered_by(question: Question, filters: Filters, *, yes_alone: bool = False) -> dict[str, str]:
    """Return code of a row → what its tile shows: the force of its strongest answer, YES, or NEAR."""
    if question.kind == OFFICES:
        return {office.country: YES for office in _offices(filters) if office.country}
    found = request_context.catalogue().answers(question, filters)
    near = {} if yes_alone else dict.fromkeys(sorted(found.known), NEAR)
    return near | dict(found.rows)


def _groups(keys: Mapping[str, str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the rows that answer with yes, by how strongly: key → name and address of each, by name."""
    names = {head.code: (head.name, head.href) for head in request_context.heads()}
    found = {key: sorted(names[code] for code, own in keys.items() if own == key and code in names) for key in LOOKS}
    return [(key, rows) for key, rows in found.items() if rows]


def _offices(filters: Filters) -> list[Office]:
    """Return the offices that the filters leave, by the names of their countries; none that is only claimed."""
    offices = [item for item in request_context.catalogue().offices() if not item.claimed_by]
    left = [item for item in offices if filters.has_country(item.country)]
    return sorted(left, key=lambda item: request_context.country_order(item.country))


def _by_country(found: Sequence[Statement], question: Question) -> list[tuple[str, str, Statement]]:
    """Return name and address of its row with each statement, by that name or by the day on which it began."""
    rows = [(*_row_name(item), item) for item in found]
    return rows if question.by_day else sorted(rows, key=lambda row: row[0].casefold())


def _row_name(item: Statement) -> tuple[str, str]:
    """Return the name of the country or body of a statement, and the address of its page."""
    if item.country == BODIES:
        return body_name(item.issuer), f"/countries/{body_code(item.issuer)}"
    return request_context.country_name(item.country), f"/countries/{item.country}"


def _cite(question: Question, query: str = "") -> Any:
    return citation(sentence(question.ask), query)


def _records(question: Question, found: Answers) -> Iterator[dict[str, str]]:
    base = request_context.settings().base
    for item in found.yes:
        yield _record(question, item, "yes", "", base)
    for item, why in zip(found.near, found.why, strict=True):
        yield _record(question, item, "near", why, base)


def _record(question: Question, item: Statement, answer: str, why: str, base: str) -> dict[str, str]:
    return {
        "question": question.name,
        "answer": answer,
        "why": why,
        "country": item.country,
        "body": body_name(item.issuer) if item.country == BODIES else "",
        "force": item.force,
        "duty": item.duty,
        "condition": item.condition,
        "since": item.in_force_from or item.issued,
        "until": item.in_force_until,
        **text_columns("act", [item.policy_title(language())]),
        "article": item.provision,
        "binds": " ".join(item.binds),
        "binds_assumed": "yes" if wording.is_assumed(item) else "",
        "checked": item.checked,
        **text_columns("text", wording.chosen(item.texts)),
        "evidence": " ".join(item.evidence),
        "act_url": item.policy_url,
        "source": source_iri(base, item.source),
        "statement": item.iri,
    }


def _office_records(question: Question, filters: Filters) -> Iterator[dict[str, str]]:
    for item in _offices(filters):
        yield {
            "question": question.name,
            "answer": "yes",
            "country": item.country,
            **text_columns("office", [item.name(language())]),
            "level": item.level,
            "kind": item.kind,
            "homepage": item.homepage,
            "claimed_by": item.claimed_by,
            "iri": item.iri,
        }
