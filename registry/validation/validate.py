"""The validation of a description: results of an engine, and of a few checks in Python, as findings with lines."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from urllib.parse import unquote

import pyoxigraph as ox

from registry.iri.addresses import host
from registry.iri.names import FIELD, OSPO, PREFIXES, RDF_TYPE, SHAPES, code_of, prefixed
from registry.model import Description, Finding, Report, Severity
from registry.reading.rdf.rdf import is_huge_number
from registry.validation import engines
from registry.validation.contradictions import Fact, contradictions
from registry.validation.meant import as_written, meant
from registry.validation.shape_index import Rule, rules
from registry.validation.understood import understood
from registry.vocabulary import nearest
from registry.vocabulary.concepts import cells_of, registry_facts
from registry.vocabulary.messages import joined, messages, unreadable

MAX_FINDINGS = 100  # in a report; `Report.total` counts them all

_DESCRIBED = {OSPO + "Office", OSPO + "FlossPolicy"}
_HOME = PREFIXES["foaf"] + "homepage"
_COUNTRY, _POLICY = OSPO + "countryCode", OSPO + "flossPolicy"
_MAX_GUESSES = 300  # what was meant is looked for in so many findings, since it takes time
_MARKUP = re.compile(r"</?[A-Za-z][A-Za-z0-9]{0,15}(\s[^<>]{0,200})?/?>|&(#\d{1,6}|#x[0-9a-fA-F]{1,6}|[a-z]{2,8});")
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
    results |= {*_without_host(facts), *_with_markup(facts)}
    findings = _findings(results, facts, description) + _unknown_fields(facts, description)
    findings += _facts_of_the_registry(facts, description)
    findings = _remarks(findings, facts, description)
    faulty = frozenset(finding.focus for finding in findings if finding.severity is Severity.VIOLATION)
    kept = tuple(sorted(findings, key=_order)[:MAX_FINDINGS])
    return Report(kept, len(findings), faulty, understood(description.triples))


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
            place = description.place(triple.subject.value, triple.predicate.value)  # type: ignore[union-attr]
            raise unreadable("number-long", place.line, place.column, found=value.value[:20] + "…")


def _findings(results: Iterable[engines.Result], facts: Container[Fact], description: Description) -> list[Finding]:
    """Return a finding for each result, with the messages of its shape and the line in the document."""
    findings: list[Finding] = []
    for focus, shape, value in sorted(results):
        rule = rules()[shape]
        path = rule.paths[0] if rule.paths else ""
        for candidate in rule.paths:
            if (focus, candidate, value) in facts:
                path = candidate
                break
        place = description.place(focus, path, value)
        words = _duty_messages(rule, value) if shape == SHAPES + "duty-in-cell" else rule.messages
        typed = (place.text if (focus, path, value) in description.places else "") or as_written(value)
        typed = "" if typed.startswith(f"{description.graph}#") else typed  # a node that has no name of its own
        if near := meant(path, shape, typed) if len(findings) < _MAX_GUESSES else "":
            words = joined(words, messages("nearest-value", near=near))
        findings.append(Finding(focus, path, rule.severity, shape, typed, words, place))
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


def _with_markup(facts: Iterable[Fact]) -> list[engines.Result]:
    """Return a result for each text that holds tags or character references of HTML."""
    shape = SHAPES + "text-markup"
    texts = set(rules()[shape].paths)
    return [
        engines.Result(fact.subject, shape, fact.value)
        for fact in facts
        if fact.predicate in texts and _MARKUP.search(fact.value)
    ]


def _unknown_fields(facts: Iterable[Fact], description: Description) -> list[Finding]:
    """Return a finding for each field that the context does not define, with the most similar one that it does."""
    unknown, findings = rules()[SHAPES + "unknown-field"], list[Finding]()
    kept = [fact for fact in facts if fact.predicate.startswith(FIELD)]
    below = {fact.value for fact in kept}  # nodes of an unknown field, whose own fields are part of it
    for focus, path in sorted({(fact.subject, fact.predicate) for fact in kept if fact.subject not in below}):
        field = unquote(path.removeprefix(FIELD))
        place = description.place(focus, path)
        words = _field_messages(field, guess=len(findings) < _MAX_GUESSES)
        findings.append(Finding(focus, path, unknown.severity, unknown.iri, field, words, place))
    return findings


def _field_messages(field: str, *, guess: bool) -> dict[str, str]:
    words = messages("unknown-field", field=field)
    near = nearest.key(field, "") if guess else ""
    return joined(words, messages("nearest-field", near=near)) if near else words


def _remarks(findings: list[Finding], facts: Iterable[Fact], description: Description) -> list[Finding]:
    """Return the findings with those of the reader, in place of the consequences of what these name."""
    covered = {(remark.below or remark.node, path) for remark in description.remarks for path in remark.covers}
    # a policy without a country has that of its office
    covered |= {(value, _COUNTRY) for node, path, value in facts if path == _POLICY and (node, _COUNTRY) in covered}
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
