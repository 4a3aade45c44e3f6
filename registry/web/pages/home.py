"""The home page: the question, who answers it how, Europe or the world at a glance, and what is new; and two others.

The page on how to read the site, and the one on how an office publishes its description, are texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any

from flask import Blueprint, render_template, request

from registry.readmodel.comparison.by_date import DatedStatement, What
from registry.readmodel.comparison.filters import NO_FILTERS, Filters, parse_comparison_filters
from registry.readmodel.comparison.roll_up import NOT_ASSESSED
from registry.readmodel.questions.questions import Question, questions
from registry.vocabulary import codebook, examples
from registry.web import request_context
from registry.web.caching import cached
from registry.web.compare.address_state import ComparisonView
from registry.web.compare.layout import columns, legend
from registry.web.pages import new
from registry.web.pages.questions import answered_by
from registry.web.pictures.cell_looks import LOOKS, NEAR
from registry.web.text import in_templates, wording

blueprint = Blueprint("pages", __name__)
in_templates.install(blueprint)

FIRST = ("publish-code", "prefer-open-source", "contribute")  # the questions with a card of their own
LATEST = 6
_PAST = {What.BEGAN, What.CHANGED, What.ISSUED, What.ENDED}
_ORDER = {key: place for place, key in enumerate((*LOOKS, NEAR, NOT_ASSESSED))}


@dataclass(frozen=True, slots=True)
class Card:
    """A question with what the countries of a region answer: a key for each, the strongest first; `yes` of `known`."""

    question: Question
    strip: tuple[str, ...]
    yes: int
    known: int


@blueprint.get("/")
@cached
def home() -> Any:
    """Show the questions with their answers in Europe, the matrix of Europe or the world, and what is new."""
    is_world = bool(request.args.get("world"))
    europe = parse_comparison_filters([("region", "europe")])
    filters = NO_FILTERS if is_world else europe
    rows = [row for row in request_context.rows(filters) if any(cell.statements for cell in row.cells.values())]
    view = ComparisonView(filters)
    catalogue = request_context.catalogue()
    return render_template(
        "home.html",
        is_world=is_world,
        cards=[_card(questions()[name], europe) for name in FIRST],
        rows=rows,
        view=view,
        columns=columns(NO_FILTERS),
        legend=legend(rows, view),
        counts={
            "countries": len(request_context.heads(reported=False)),
            "policies": len(catalogue.policies()) - sum(item.reported for item in catalogue.countries()),
            "offices": len(catalogue.offices()),
        },
        news=_news(),
        place=new.place,
        words=new.WHATS,
    )


def _card(question: Question, filters: Filters) -> Card:
    """Return the card of a question: of those countries that a region has, whatever is known of them."""
    keys = answered_by(question, filters)
    codes = sorted(filters.chosen["country"] & {head.code for head in request_context.heads()})
    strip = sorted((keys.get(code, NOT_ASSESSED) for code in codes), key=lambda key: _ORDER.get(key, len(_ORDER)))
    return Card(question, tuple(strip), sum(key != NEAR for key in keys.values()), len(keys))


def _news() -> list[DatedStatement]:
    """Return what began, changed or ended last, one of each act and day."""
    found = {
        (item.statement.policy, item.day, item.what): item
        for item in reversed(request_context.catalogue().by_date(NO_FILTERS, ""))
        if item.what in _PAST
    }
    return list(islice(reversed(found.values()), LATEST))


@blueprint.get("/publish")
@cached
def publish() -> Any:
    """Show in short steps how an office publishes its description."""
    return render_template("publish.html", example=examples.office())


@blueprint.get("/method")
@cached
def method() -> Any:
    """Show how to read the site."""
    forces = [item for item in wording.concepts("force") if item["code"] in LOOKS]
    coverages = [item for item in wording.concepts("coverage") if item["code"] in LOOKS]
    return render_template(
        "method.html",
        forces=forces,
        coverages=coverages,
        duties=wording.concepts("duty"),
        checked=wording.concepts("checked"),
        layers=wording.concepts("assessment-kind"),
        codebook=codebook.version(),
    )
