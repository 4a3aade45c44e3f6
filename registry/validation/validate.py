"""What the shapes say of a description: findings, the worst first, with the line and how to mend it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import unquote

import pyoxigraph as ox

from registry.errors import ReadingError
from registry.iri.names import FIELD, OSPO, PREFIXES, SHAPES
from registry.model import Description, Finding, Report, Severity
from registry.validation import engines
from registry.validation.engines import text
from registry.validation.shape_index import Rule, rules
from registry.vocabulary.context import context

KEPT = 100  # findings kept in a report; `Report.total` counts them all

_TYPE = PREFIXES["rdf"] + "type"
_DESCRIBED = {OSPO + "Office", OSPO + "FlossPolicy"}


def validate(description: Description) -> Report:
    """Return the report on a description. Pure; takes time in proportion to its size.

    Raises ReadingError for a number that no engine may be shown, see `validate_with`.
    """
    return validate_with(engines.engine(), description)


def validate_with(engine: engines.Engine, description: Description) -> Report:
    """Return the report as made with that engine; every engine gives the same one.

    A description without an office or a policy is never accepted, however little the shapes find in it. One fault gives
    one finding: several constraints of one shape that break on the same value count once.
    Raises ReadingError for a number of more than 64 characters or an exponent of more than 3 digits: reading its value
    can take all memory.
    """
    facts = frozenset(Fact(text(t.subject), t.predicate.value, text(t.object)) for t in description.triples)
    for triple in description.triples:
        _refuse_monstrous(triple, description)
    results = {*engine(description), *_nothing_described(description.graph, facts), *_ends_before_it_begins(facts)}
    findings = [_finding(result, rules()[result.shape], facts, description) for result in results]
    findings += _unknown_fields(facts, description)
    return Report(tuple(sorted(findings, key=_order)[:KEPT]), len(findings))


class Fact(NamedTuple):
    """A triple as plain text."""

    subject: str
    predicate: str
    value: str


_NUMBERS = re.compile(
    r"http://www\.w3\.org/2001/XMLSchema#"
    r"(decimal|double|float|integer|(non)?(positive|negative)Integer|long|int|short|byte"
    r"|unsigned(Long|Int|Short|Byte)|gYear|gYearMonth|date|dateTime)"
)
_EXPONENT = re.compile(r"[eE][+-]?[0-9]{4}")


def _refuse_monstrous(triple: ox.Triple, description: Description) -> None:
    """Raise ReadingError for a number whose value rdflib would fill the memory with ("1e999999999" is enough)."""
    value = triple.object
    if not isinstance(value, ox.Literal) or not _NUMBERS.fullmatch(value.datatype.value):
        return
    if len(value.value) > 64 or _EXPONENT.search(value.value):
        raise ReadingError(
            f"{value.value[:20]}… is no number that can be read: write at most 64 characters, exponent up to 999",
            _line(description, text(triple.subject), triple.predicate.value),
        )


def _finding(result: engines.Result, rule: Rule, facts: frozenset[Fact], description: Description) -> Finding:
    holding = (path for path in rule.paths if Fact(result.focus, path, result.value) in facts)
    path = next(holding, next(iter(rule.paths), ""))
    line = _line(description, result.focus, path)
    return Finding(result.focus, path, rule.severity, rule.iri, result.value, dict(rule.messages), line)


def _line(description: Description, subject: str, predicate: str) -> int | None:
    return description.lines.get((subject, predicate), description.lines.get((subject, "")))


def _order(finding: Finding) -> tuple[int, float, str, str, str, str]:
    line = float("inf") if finding.line is None else finding.line
    rank = list(Severity).index(finding.severity)
    return (rank, line, finding.focus, finding.path, finding.shape, finding.value)


def _nothing_described(graph: str, facts: Iterable[Fact]) -> Iterator[engines.Result]:
    types = {fact.value for fact in facts if fact.predicate == _TYPE}
    if not types & _DESCRIBED:
        yield engines.Result(graph, SHAPES + "something-described", "")


_DATE = re.compile(r"[12][0-9]{3}(-[0-9]{2}){0,2}")


def _ends_before_it_begins(facts: Iterable[Fact]) -> Iterator[engines.Result]:
    dated = sorted(fact for fact in facts if _DATE.fullmatch(fact.value))
    began = {fact.subject: fact.value for fact in dated if fact.predicate == OSPO + "inForceFrom"}
    for fact in dated:
        begin = began.get(fact.subject, "")
        known = min(len(begin), len(fact.value))
        if fact.predicate == OSPO + "inForceUntil" and fact.value[:known] < begin[:known]:
            yield engines.Result(fact.subject, SHAPES + "until-after-from", fact.value)


def _unknown_fields(facts: Iterable[Fact], description: Description) -> Iterator[Finding]:
    unknown = rules()[SHAPES + "unknown-field"]
    for focus, path in {(fact.subject, fact.predicate) for fact in facts if fact.predicate.startswith(FIELD)}:
        field = unquote(path.removeprefix(FIELD))
        messages = _field_messages(unknown, field)
        yield Finding(focus, path, unknown.severity, unknown.iri, field, messages, _line(description, focus, path))


def _field_messages(unknown: Rule, field: str) -> dict[str, str]:
    near = difflib.get_close_matches(field, [key for key in context() if key[0].islower() and key not in PREFIXES], n=1)
    hint = rules()[SHAPES + "nearest-field"].messages
    return {
        language: words.replace("{field}", field) + (" " + hint[language].replace("{near}", near[0]) if near else "")
        for language, words in unknown.messages.items()
    }
