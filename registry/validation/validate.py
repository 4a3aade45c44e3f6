"""The validation of a description: results of an engine, and of a few checks in Python, as findings with lines."""

from __future__ import annotations

import difflib
import re
from collections.abc import Container, Iterable
from urllib.parse import unquote

import pyoxigraph as ox

from registry.errors import ReadingError
from registry.iri.addresses import host
from registry.iri.names import FIELD, OSPO, PREFIXES, RDF_TYPE, SHAPES, code_of, prefixed
from registry.model import Description, Finding, Report, Severity
from registry.reading.rdf import is_huge_number
from registry.validation import engines
from registry.validation.contradictions import Fact, contradictions
from registry.validation.shape_index import Rule, rules
from registry.vocabulary.concepts import cells_of, registry_facts
from registry.vocabulary.context import context
from registry.vocabulary.messages import messages

MAX_FINDINGS = 100  # in a report; `Report.total` counts them all

_DESCRIBED = {OSPO + "Office", OSPO + "FlossPolicy"}
_HOME = PREFIXES["foaf"] + "homepage"
_HAS_HOST = re.compile("https?://[^/?# ]")  # as the shape office-home-page-address wants it


def validate(description: Description) -> Report:
    """Return the report on a description, made with the fastest engine; see `validate_with`."""
    return validate_with(engines.engine(), description)


def validate_with(engine: engines.Engine, description: Description) -> Report:
    """Return the report on a description, made with that engine; all engines give the same report.

    The findings are the worst first, then by line. Several constraints of one shape that the same value violates give
    one finding. A description without an office or a policy has a Violation, even if no shape finds anything in it.
    Raises ReadingError for a huge number (`is_huge_number`), whose value rdflib would compute and fill the memory with.
    """
    _refuse_huge_numbers(description)
    facts = {Fact(t.subject.value, t.predicate.value, t.object.value) for t in description.triples}  # type: ignore[union-attr]
    results = {*engine(description), *_nothing_described(description.graph, facts), *contradictions(facts)}
    results |= {*_without_host(facts)}
    findings = _findings(results, facts, description) + _unknown_fields(facts, description)
    findings += _facts_of_the_registry(facts, description)
    findings = _remarks(findings, description)
    faulty = frozenset(finding.focus for finding in findings if finding.severity is Severity.VIOLATION)
    return Report(tuple(sorted(findings, key=_order)[:MAX_FINDINGS]), len(findings), faulty)


_NUMBERS = re.compile(
    r"http://www\.w3\.org/2001/XMLSchema#"
    r"(decimal|double|float|integer|(non)?(positive|negative)Integer|long|int|short|byte"
    r"|unsigned(Long|Int|Short|Byte)|gYear|gYearMonth|date|dateTime)"
)


def _refuse_huge_numbers(description: Description) -> None:
    """Raise ReadingError for a literal such as "1e999999999"^^xsd:decimal, or such as a date of many digits."""
    for triple in description.triples:
        value = triple.object
        if not isinstance(value, ox.Literal) or not _NUMBERS.fullmatch(value.datatype.value):
            continue
        if is_huge_number(value.value):
            raise ReadingError(
                f"the value {value.value[:20]}… is too long: write at most 64 characters, and an exponent up to 999",
                description.place(triple.subject.value, triple.predicate.value).line,  # type: ignore[union-attr]
            )


def _findings(results: Iterable[engines.Result], facts: Container[Fact], description: Description) -> list[Finding]:
    """Return a finding for each result, with the messages of its shape and the line in the document."""
    findings = []
    for focus, shape, value in results:
        rule = rules()[shape]
        path = rule.paths[0] if rule.paths else ""
        for candidate in rule.paths:
            if (focus, candidate, value) in facts:
                path = candidate
                break
        place = description.place(focus, path, value)
        words = _duty_messages(rule, value) if shape == SHAPES + "duty-in-cell" else dict(rule.messages)
        findings.append(Finding(focus, path, rule.severity, shape, value, words, place))
    return findings


def _duty_messages(rule: Rule, duty: str) -> dict[str, str]:
    """Return the messages of `duty-in-cell`, with the cells to which the duty belongs."""
    code, cells = code_of(duty), ", ".join(cell.replace("-", "/", 1) for cell in cells_of(code_of(duty)))
    return {
        language: words.replace("{duty}", code).replace("{cells}", cells) for language, words in rule.messages.items()
    }


def _order(finding: Finding) -> tuple[int, float, str, str, str, str]:
    line = float("inf") if finding.line is None else finding.line
    rank = list(Severity).index(finding.severity)
    return (rank, line, finding.focus, finding.path, finding.shape, finding.value)


def _nothing_described(graph: str, facts: Iterable[Fact]) -> list[engines.Result]:
    """Return a result if the description has no office and no policy."""
    types = {fact.value for fact in facts if fact.predicate == RDF_TYPE.value}
    return [] if types & _DESCRIBED else [engines.Result(graph, SHAPES + "something-described", "")]


def _without_host(facts: Iterable[Fact]) -> list[engines.Result]:
    """Return a result for each home page on the Web whose host can be none."""
    return [
        engines.Result(fact.subject, SHAPES + "office-home-page-host", fact.value)
        for fact in facts
        if fact.predicate == _HOME and _HAS_HOST.match(fact.value) and not host(fact.value)
    ]


def _unknown_fields(facts: Iterable[Fact], description: Description) -> list[Finding]:
    """Return a finding for each field that the context does not define, with the most similar one that it does."""
    unknown, findings = rules()[SHAPES + "unknown-field"], []
    for focus, path in {(fact.subject, fact.predicate) for fact in facts if fact.predicate.startswith(FIELD)}:
        field = unquote(path.removeprefix(FIELD))
        place = description.place(focus, path)
        findings.append(
            Finding(focus, path, unknown.severity, unknown.iri, field, _field_messages(unknown, field), place)
        )
    return findings


def _field_messages(unknown: Rule, field: str) -> dict[str, str]:
    near = difflib.get_close_matches(field, [key for key in context() if key[0].islower() and key not in PREFIXES], n=1)
    hint = rules()[SHAPES + "nearest-field"].messages
    return {
        language: words.replace("{field}", field) + (" " + hint[language].replace("{near}", near[0]) if near else "")
        for language, words in unknown.messages.items()
    }


def _remarks(findings: list[Finding], description: Description) -> list[Finding]:
    """Return the findings with those of the reader, in place of the consequences of what these name."""
    covered = {(remark.node, path) for remark in description.remarks for path in remark.covers}
    found = [
        finding
        for finding in findings
        if (finding.focus, "*") not in covered and (finding.focus, finding.path) not in covered
    ]
    for remark in description.remarks:
        rule, words = rules()[SHAPES + remark.code], messages(remark.code, **remark.facts)
        focus = remark.node or description.graph
        severity = remark.severity or rule.severity
        found.append(Finding(focus, remark.path, severity, rule.iri, remark.value, words, remark.place))
    return found


def _facts_of_the_registry(facts: Iterable[Fact], description: Description) -> list[Finding]:
    """Return a finding for each property of a node that the registry alone states, whatever values it has."""
    rule, ours, findings = rules()[SHAPES + "registry-fact"], registry_facts(), []
    for focus, path in {(fact.subject, fact.predicate) for fact in facts if fact.predicate in ours}:
        name = prefixed(path)
        messages = {language: words.replace("{property}", name) for language, words in rule.messages.items()}
        place = description.place(focus, path)
        findings.append(Finding(focus, path, rule.severity, rule.iri, name, messages, place))
    return findings
