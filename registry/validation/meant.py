"""What was meant by a value that breaks a shape: the nearest code, country or date, as the message suggests it."""

from __future__ import annotations

import re
from datetime import date

from registry.iri.names import CONCEPT, SHAPES, code_of
from registry.validation.scheme_index import date_shapes, scheme_of_shape
from registry.vocabulary import nearest

_DAY_FIRST = re.compile(r"(\d{1,2})\s*[./-]\s*(\d{1,2})\s*[./-]\s*(\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})\s*[./-]\s*(\d{1,2})(?:\s*[./-]\s*(\d{1,2}))?")
_IN_WORDS = re.compile(
    r"(?:(\d{1,2})(?:er|st|nd|rd|th|º|\.)?\s+(?:de\s+)?)?([^\W\d]{3,12})\.?,?\s+(?:de\s+|del\s+)?(\d{4})"
)


def as_written(value: str) -> str:
    """Return the code that a publisher writes for the IRI of a concept; any other value as it is."""
    return code_of(value) if value.startswith(CONCEPT) else value


def meant(path: str, shape: str, typed: str) -> str:
    """Return what was meant by a value that breaks that shape, or ""."""
    if not typed:
        return ""
    if shape == SHAPES + "country-known":
        return nearest.country(typed)
    if scheme := scheme_of_shape(shape):
        return nearest.code(typed, scheme)
    return date_meant(typed) if shape in date_shapes() else ""


def date_meant(typed: str) -> str:
    """Return a date in the form of ISO 8601 that was written in another one, or "".

    The day is taken to come before the month, as in Europe, unless no such day exists.

    >>> date_meant("8/11/2021"), date_meant("2021-11-8"), date_meant("8 novembre 2021"), date_meant("31.2.2021")
    ('2021-11-08', '2021-11-08', '2021-11-08', '')
    """
    text = typed.strip()
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = map(int, found.groups())
        return _iso(year, month, day) or _iso(year, day, month)
    if found := _YEAR_FIRST.fullmatch(text):
        year, month = int(found[1]), int(found[2])
        if found[3] is None:
            return f"{year}-{month:02}" if 1 <= month <= 12 else ""
        if int(found[3]) == 0:
            return f"{year}-{month:02}" if 1 <= month <= 12 else f"{year}" if month == 0 else ""
        return _iso(year, month, int(found[3]))
    if (found := _IN_WORDS.fullmatch(text)) and (month := nearest.month(found[2])):
        return _iso(int(found[3]), month, int(found[1])) if found[1] else f"{found[3]}-{month:02}"
    return ""


def _iso(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""
