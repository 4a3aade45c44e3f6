"""Dates as publishers type them: with the datatype that fits, whatever datatype they were given."""

from __future__ import annotations

import re

from pyoxigraph import Literal, NamedNode, Triple

from registry.iri.names import PREFIXES, XSD
from registry.vocabulary.context import date_properties

_DATATYPES = frozenset(
    {XSD + name for name in ("date", "dateTime", "dateTimeStamp", "string", "gYear", "gYearMonth")}
    | {PREFIXES["schema"] + name for name in ("Date", "DateTime")}
    | {"https://schema.org/Date", "https://schema.org/DateTime"}
)
_FORMS = {
    re.compile(r"-?[0-9]{4,}"): "gYear",
    re.compile(r"-?[0-9]{4,}-[0-9]{2}"): "gYearMonth",
    re.compile(r"-?[0-9]{4,}-[0-9]{2}-[0-9]{2}"): "date",
}
_ZONE = r"(?:Z|[+-][0-9]{2}:?[0-9]{2})"
_WITH_TIME = re.compile(
    rf"(-?[0-9]{{4,}}-[0-9]{{2}}-[0-9]{{2}})(?:[Tt ][0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:\.[0-9]+)?)?{_ZONE}?|{_ZONE})"
)


def day_of(text: str) -> str:
    """Return the day of a day with a time or a time zone, "" for any other text.

    >>> day_of("2021-11-08T00:00:00Z"), day_of("2021-11-08+01:00"), day_of("2021-11-08")
    ('2021-11-08', '2021-11-08', '')
    """
    found = _WITH_TIME.fullmatch(text)
    return found[1] if found else ""


def with_exact_date(triple: Triple) -> Triple:
    """Return the triple with the date that it states, in the datatype that fits it: xsd:gYear for 2018.

    The context gives xsd:date to all dates; in RDF they come as texts and with a time too. A triple whose property has
    no dates, or whose value is none, is returned as it is; days that do not exist are left to the shapes.
    """
    literal = triple.object
    if not isinstance(literal, Literal) or literal.language or literal.datatype.value not in _DATATYPES:
        return triple
    if literal.datatype.value != XSD + "date" and triple.predicate.value not in date_properties():
        return triple
    text = literal.value.strip()
    text = day_of(text) or text
    form = next((name for pattern, name in _FORMS.items() if pattern.fullmatch(text)), "")
    exact = Literal(text, datatype=NamedNode(XSD + form)) if form else literal
    return triple if exact == literal else Triple(triple.subject, triple.predicate, exact)
