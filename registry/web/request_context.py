"""What all views use: the catalogue, the settings, the endpoint, and rows and names in the language of the page."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, current_app, g, request

from registry.endpoint.protocol import Endpoint
from registry.readmodel.catalogue import Catalogue
from registry.readmodel.comparison import equivalent_sparql
from registry.readmodel.comparison.filters import Filters
from registry.readmodel.comparison.rows import Asked
from registry.readmodel.lists.country_names import codes_called
from registry.readmodel.lists.entries import UNKNOWN
from registry.readmodel.lists.folding import fold
from registry.readmodel.questions import questions
from registry.readmodel.questions.questions import Question
from registry.readmodel.tables.lists import BODIES
from registry.readmodel.values import Head, Row
from registry.settings import Settings
from registry.vocabulary import jurisdictions
from registry.vocabulary.jurisdictions import Jurisdiction
from registry.web.text.language import LANGUAGES, language, sentence


def catalogue() -> Catalogue:
    """Return the catalogue of the application, with lists of one revision for the whole of this request."""
    if "catalogue" not in g:
        g.catalogue = current_app.config["CATALOGUE"].at_one_revision()
    pinned: Catalogue = g.catalogue
    return pinned


def settings() -> Settings:
    """Return the settings of the application."""
    value: Settings = current_app.config["SETTINGS"]
    return value


def endpoint() -> Endpoint:
    """Return the endpoint of the application, for visitors' queries."""
    value: Endpoint = current_app.config["ENDPOINT"]
    return value


def address() -> str:
    """Return the address of this request, with the public address of the site."""
    return settings().base + request.full_path.rstrip("?")


def jurisdiction_or_404(code: str) -> Jurisdiction:
    """Return the jurisdiction of a code in any spelling, or of a name that no other has. Aborts with 404 for none."""
    if known := jurisdictions.jurisdiction(code):
        return known
    called = list(codes_called(code, LANGUAGES))
    named = jurisdictions.jurisdiction(called[0]) if len(called) == 1 else None
    return named or abort(404, sentence("there is no country or body of that code"))


def country_name(code: str) -> str:
    """Return the name of a country in the language of the page; an unknown code as it is."""
    return jurisdictions.country_name(code, language()) if code else ""


def head(code: str) -> Head:
    """Return the head of the row of a country."""
    return Head(code, country_name(code), f"/countries/{code}", code)


def heads(*, reported: bool = True) -> list[Head]:
    """Return the heads of the rows of all countries and international bodies, by name.

    Without `reported`, countries of which others have reported something and nothing else is known are left out.
    """
    countries = catalogue().countries()
    codes = [item.code for item in countries if item.code != BODIES and (reported or not item.is_only_reported)]
    return sorted([*map(head, codes), *bodies()], key=lambda head: head.name.casefold())


def bodies() -> list[Head]:
    """Return the heads of the rows of the international bodies."""
    return [Head(code, name, f"/countries/{code}", BODIES) for code, name in catalogue().bodies().items()]


def rows(filters: Filters, by: str = "country", *, stated: bool = False) -> Sequence[Row]:
    """Return the rows of the comparison that the filters leave; `by` is "country" or "office".

    Countries come by name, offices by country and name; the row of an office is made when it is asked for. With
    `stated`, offices of which no statement passes are left out. A country that is only reported has a row of nothing,
    which is left out unless it is asked for.
    """
    if by == "office":
        return catalogue().compared_offices(filters, country_order, language(), stated=stated)
    countries = filters.chosen.get("country")
    shown = heads(reported=False) if countries is None else [item for item in heads() if item.country in countries]
    return list(catalogue().compared(shown, filters))


def today() -> str:
    """Return the day of today, as the catalogue of this request has it; nothing is read for it."""
    known: Catalogue = g.catalogue if "catalogue" in g else current_app.config["CATALOGUE"]
    return known.today()


def heads_query(filters: Filters) -> str:
    """Return the SPARQL query for what heads each cell of the comparison with these filters."""
    return equivalent_sparql.heads_query(Asked(filters, today()), settings().base)


def statements_query(filters: Filters) -> str:
    """Return the SPARQL query for the statements that pass these filters."""
    return equivalent_sparql.statements_query(Asked(filters, today()), settings().base)


def question_query(question: Question, filters: Filters) -> str:
    """Return the SPARQL query for the statements that answer a question, with these filters."""
    return questions.question_query(question, Asked(filters, today()), settings().base)


def country_order(code: str) -> tuple[bool, str]:
    """Return the sort key of a country by its name in the language of the page; UNKNOWN comes last."""
    return code == UNKNOWN, fold(country_name(code))
