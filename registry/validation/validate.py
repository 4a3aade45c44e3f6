"""What the shapes find in a description: the worst first, with the line, and how to fix it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Container, Iterable
from typing import NamedTuple
from urllib.parse import unquote

import pyoxigraph as ox

from registry.errors import ReadingError
from registry.iri.names import FIELD, OSPO, PREFIXES, SHAPES, prefixed
from registry.model import Description, Finding, Report, Severity
from registry.validation import engines
from registry.validation.shape_index import Rule, rules
from registry.vocabulary.concepts import registry_facts
from registry.vocabulary.context import context

KEPT = 100  # findings kept in a report; `Report.total` counts them all

_TYPE = PREFIXES["rdf"] + "type"
_DESCRIBED = {OSPO + "Office", OSPO + "FlossPolicy"}
_IN_FORCE = {OSPO + "inForceFrom", OSPO + "inForceUntil"}


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
    _refuse_huge_numbers(description)
    facts = {Fact(t.subject.value, t.predicate.value, t.object.value) for t in description.triples}  # type: ignore[union-attr]
    results = {*engine(description), *_nothing_described(description.graph, facts), *_ends_before_it_begins(facts)}
    findings = _findings(results, facts, description) + _unknown_fields(facts, description)
    findings += _facts_of_the_registry(facts, description)
    faulty = frozenset(finding.focus for finding in findings if finding.severity is Severity.VIOLATION)
    return Report(tuple(sorted(findings, key=_order)[:KEPT]), len(findings), faulty)


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


def _refuse_huge_numbers(description: Description) -> None:
    """Raise ReadingError for a number whose value rdflib would fill the memory with ("1e999999999" is enough)."""
    for triple in description.triples:
        value = triple.object
        if not isinstance(value, ox.Literal) or not _NUMBERS.fullmatch(value.datatype.value):
            continue
        if len(value.value) > 64 or _EXPONENT.search(value.value):
            raise ReadingError(
                f"{value.value[:20]}… is no number that can be read: write at most 64 characters, exponent up to 999",
                _line(description, triple.subject.value, triple.predicate.value),  # type: ignore[union-attr]
            )


def _findings(results: Iterable[engines.Result], facts: Container[Fact], description: Description) -> list[Finding]:
    """Return the finding of each result, with the words of its shape and the line of the document."""
    findings = []
    for focus, shape, value in results:
        rule = rules()[shape]
        path = rule.paths[0] if rule.paths else ""
        for candidate in rule.paths:
            if (focus, candidate, value) in facts:
                path = candidate
                break
        line = _line(description, focus, path)
        findings.append(Finding(focus, path, rule.severity, shape, value, dict(rule.messages), line))
    return findings


def _line(description: Description, subject: str, predicate: str) -> int | None:
    """Return the line that says so, else the one where the subject begins."""
    return description.lines.get((subject, predicate), description.lines.get((subject, "")))


def _order(finding: Finding) -> tuple[int, float, str, str, str, str]:
    line = float("inf") if finding.line is None else finding.line
    rank = list(Severity).index(finding.severity)
    return (rank, line, finding.focus, finding.path, finding.shape, finding.value)


def _nothing_described(graph: str, facts: Iterable[Fact]) -> list[engines.Result]:
    types = {fact.value for fact in facts if fact.predicate == _TYPE}
    return [] if types & _DESCRIBED else [engines.Result(graph, SHAPES + "something-described", "")]


_DATE = re.compile(r"[12][0-9]{3}(-[0-9]{2}){0,2}")


def _ends_before_it_begins(facts: Iterable[Fact]) -> list[engines.Result]:
    """Return a result for each inForceUntil before its inForceFrom; dates are compared as far as both are known."""
    found = []
    dated = sorted([fact for fact in facts if fact.predicate in _IN_FORCE and _DATE.fullmatch(fact.value)])
    began = {fact.subject: fact.value for fact in dated if fact.predicate == OSPO + "inForceFrom"}
    for fact in dated:
        begin = began.get(fact.subject, "")
        known = min(len(begin), len(fact.value))
        if fact.predicate == OSPO + "inForceUntil" and fact.value[:known] < begin[:known]:
            found.append(engines.Result(fact.subject, SHAPES + "until-after-from", fact.value))
    return found


def _unknown_fields(facts: Iterable[Fact], description: Description) -> list[Finding]:
    """Return a finding for each field that the context does not define, with the nearest one that it does."""
    unknown, findings = rules()[SHAPES + "unknown-field"], []
    for focus, path in {(fact.subject, fact.predicate) for fact in facts if fact.predicate.startswith(FIELD)}:
        field = unquote(path.removeprefix(FIELD))
        line = _line(description, focus, path)
        findings.append(
            Finding(focus, path, unknown.severity, unknown.iri, field, _field_messages(unknown, field), line)
        )
    return findings


def _field_messages(unknown: Rule, field: str) -> dict[str, str]:
    near = difflib.get_close_matches(field, [key for key in context() if key[0].islower() and key not in PREFIXES], n=1)
    hint = rules()[SHAPES + "nearest-field"].messages
    return {
        language: words.replace("{field}", field) + (" " + hint[language].replace("{near}", near[0]) if near else "")
        for language, words in unknown.messages.items()
    }


def _facts_of_the_registry(facts: Iterable[Fact], description: Description) -> list[Finding]:
    """Return a finding for each property of a node that the registry alone states, whatever values it has."""
    rule, ours, findings = rules()[SHAPES + "registry-fact"], registry_facts(), []
    for focus, path in {(fact.subject, fact.predicate) for fact in facts if fact.predicate in ours}:
        name = prefixed(path)
        messages = {language: words.replace("{property}", name) for language, words in rule.messages.items()}
        line = _line(description, focus, path)
        findings.append(Finding(focus, path, rule.severity, rule.iri, name, messages, line))
    return findings
