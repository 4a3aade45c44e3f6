"""The output of `ospo check`: findings and verdict as text, JSON, Turtle or SARIF."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from pyoxigraph import RdfFormat, serialize

from registry.iri.names import OSPO, PREFIXES
from registry.model import NOWHERE, Finding, Place, Report, Severity, Understood
from registry.validation.report_rdf import report_triples
from registry.validation.report_words import counted, severity, words
from registry.validation.understood import in_words, name_in, short
from registry.vocabulary import context

_MAX_VALUE = 120  # characters of a value in text output
_SARIF_LEVELS = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_KEYS = re.compile(r"([a-z_]+(?:, [a-z_]+)*)\s?: ")  # with which a message of a shape begins
# Controls, line ends of other kinds, and the bidirectional overrides and isolates (Unicode UTR 36, section 2.5).
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u2028-\u202e\u2066-\u2069\ufeff]")
_QUOTES = (("'", "'"), ("« ", " »"), ("„", "“"), ("«", "»"), ("‘", "’"))


@dataclass(frozen=True, slots=True)
class Checked:
    """The result for one target: a report, or `error` for a target that cannot be read.

    `error` and each of the `notes` are by language, of which English is always one; `place` is where in the document
    the error is. `left_out` of so many `entries`, offices and policies, would not be served: all of them where it is
    rejected.
    """

    target: str
    report: Report | None = None
    error: Mapping[str, str] = field(default_factory=dict)
    place: Place = NOWHERE
    notes: tuple[Mapping[str, str], ...] = ()
    entries: int = 0
    left_out: int = 0

    @property
    def verdict(self) -> str:
        """`accepted`, also where a part of the entries is left out; `rejected`, or `unreadable`."""
        if self.report is None:
            return "unreadable"
        return "accepted" if self.report.accepted or self.left_out < self.entries else "rejected"

    @property
    def exit_code(self) -> int:
        """0 if it is accepted, 1 if it has a Violation, 2 if it cannot be read."""
        return 2 if self.report is None else 0 if self.report.accepted else 1

    def told_notes(self, language: str) -> list[str]:
        """Return the notes in that language, or else in English."""
        return [note.get(language) or note["en"] for note in self.notes]

    def reason(self, language: str) -> str:
        """Return why it cannot be read, in that language or else in English, with the place."""
        text = self.error.get(language) or self.error.get("en", "")
        if self.place.line is None:
            return text
        name = "place" if self.place.column is None else "place_and_column"
        return f"{words(name, language, line=self.place.line, column=self.place.column)}: {text}"


def text(checked: Checked, language: str) -> str:
    """Return the result as text: one line for each finding, the worst first, what was understood, and the verdict."""
    target = checked.target
    notes = [f"{target}: {words('note', language)}: {note}" for note in checked.told_notes(language)]
    if checked.report is None:
        lines = [*notes, f"{target}: {words('unreadable', language)}: {checked.reason(language)}"]
        return "\n".join(map(on_one_line, lines))
    lines = [f"{target}:{_where(finding.place)} {_words(finding, language)}" for finding in checked.report.findings]
    hidden = checked.report.total - len(checked.report.findings)
    lines += [f"{target}: {words('more', language, count=hidden)}"] if hidden > 0 else []
    lines += notes
    lines.append(f"{target}: {words('understood', language)}: {_understood(checked.report.understood, language)}")
    verdict = words(checked.verdict, language)
    if checked.verdict == "accepted" and checked.left_out:
        verdict += ", " + words("left_out", language, count=checked.left_out, total=checked.entries)
    lines.append(f"{target}: {verdict} ({counted('findings', checked.report.total, language)})")
    return "\n".join(map(on_one_line, lines))


def on_one_line(text: str) -> str:
    r"""Return a text as one line of a terminal: what would break it, steer it or turn it around becomes an escape.

    >>> on_one_line("a\nb\x1b[2J") == r"a b\u001b[2J"
    True
    """
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", " ".join(text.split("\n")))


def _where(place: Place) -> str:
    """Return line and column as editors read them (GNU Coding Standards, section 4.4)."""
    column = f"{place.column}:" if place.line and place.column else ""
    return f"{place.line}:{column}" if place.line else ""


def _words(finding: Finding, language: str) -> str:
    """Return severity, field, message and value of a finding on one line, whatever the publisher wrote."""
    message, found = finding.message(language), _found(finding, language)
    where = finding.place.field
    head = f" {where}:" if where else _field(finding)
    keys = _KEYS.match(message)
    is_twice = where and keys and where.rpartition(".")[2].partition("[")[0] in keys[1].split(", ")
    told = message[keys.end() :] if keys and is_twice else message
    return f"{severity(finding.severity, language)}:{head} {' '.join(told.split())}{found}"


def _found(finding: Finding, language: str) -> str:
    """Return what was found, if the message does not quote it."""
    message, value = finding.message(language), " ".join(finding.value.split())
    if not value or any(f"{start}{finding.value}{end}" in message for start, end in _QUOTES):
        return ""
    shown = value if len(value) <= _MAX_VALUE else value[:_MAX_VALUE] + "…"
    return " " + words("found", language, value=shown)


def _field(finding: Finding) -> str:
    """Return the field of a finding whose message begins with several fields ("url, name: …"), else ""."""
    fields = finding.message("en").partition(":")[0].split(", ")
    definitions = {key: context.key_definition(key) for key in fields} if len(fields) > 1 else {}
    return next(
        (f" {key}:" for key, definition in definitions.items() if definition and definition.iri == finding.path), ""
    )


def _understood(found: Understood, language: str) -> str:
    """Return what was understood: `1 office (Ville de X, FR), 1 policy (Charte), 2 statements (use/present …)`."""
    offices, policies, statements = found.counts
    if not offices and not policies:
        return words("nothing", language)
    unnamed = words("unnamed", language)
    named = [
        f"{name_in(texts, language) or unnamed}{', ' + short(code) if code else ''}" for texts, code in found.offices
    ]
    titled = [name_in(texts, language) or unnamed for texts in found.policies]
    stated = [in_words(statement, language) for statement in found.statements]
    parts = (("offices", offices, named), ("policies", policies, titled), ("statements", statements, stated))
    return ", ".join(
        counted(name, count, language) + f" ({'; '.join(items)}{'; …' if count > len(items) else ''})" * bool(items)
        for name, count, items in parts
    )


def as_json(checked: Checked, language: str) -> str:
    """Return the result as one line of JSON, with the messages of all findings in all languages."""
    report = checked.report
    findings = [_finding(finding) for finding in report.findings] if report else []
    return json.dumps(
        {
            "target": checked.target,
            "verdict": checked.verdict,
            "entries": checked.entries,
            "left_out": checked.left_out,
            "language": language,
            "error": checked.reason(language) if report is None else "",
            "line": checked.place.line,
            "column": checked.place.column,
            "total": report.total if report else 0,
            "understood": _understood(report.understood, language) if report else "",
            "findings": findings,
            "notes": checked.told_notes(language),
        },
        ensure_ascii=False,
    )


def _finding(finding: Finding) -> dict[str, object]:
    told = {name: getattr(finding, name) for name in ("focus", "path", "severity", "shape", "value", "messages")}
    place = finding.place
    return told | {"line": place.line, "column": place.column, "field": place.field}


def turtle(checked: Checked, language: str) -> str:
    """Return the SHACL report in Turtle; a comment for a document that cannot be read."""
    if checked.report is None:
        return "# " + " ".join(text(checked, language).split())
    triples = report_triples(checked.report, f"urn:ospo:report:{quote(checked.target, safe='')}")
    prefixes = {name: PREFIXES[name] for name in ("sh", "ospo", "xsd")}
    return (serialize(triples, format=RdfFormat.TURTLE, prefixes=prefixes) or b"").decode()


def sarif(results: Sequence[Checked], language: str) -> str:
    """Return all results as one SARIF 2.1.0 log, which code hosting sites and editors read."""
    driver = {"name": "ospo check", "informationUri": OSPO}
    entries = [entry for checked in results for entry in _sarif_results(checked, language)]
    log = {"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": entries}]}
    return json.dumps(log, ensure_ascii=False, indent=2)


def _sarif_results(checked: Checked, language: str) -> list[dict[str, object]]:
    if checked.report is None:
        return [_sarif_result(checked.target, "unreadable", "error", checked.reason(language), checked.place)]
    return [
        _sarif_result(
            checked.target,
            finding.shape,
            _SARIF_LEVELS[finding.severity],
            finding.message(language) + _found(finding, language),
            finding.place,
        )
        for finding in checked.report.findings
    ]


def _sarif_result(target: str, rule: str, level: str, message: str, place: Place) -> dict[str, object]:
    uri = target if "://" in target else quote(target)
    location: dict[str, object] = {"artifactLocation": {"uri": uri}}
    if place.line:
        column = {"startColumn": place.column} if place.column else {}
        location["region"] = {"startLine": place.line} | column
    where: dict[str, object] = {"physicalLocation": location}
    if place.field:
        where["logicalLocations"] = [{"fullyQualifiedName": place.field}]
    return {"ruleId": rule, "level": level, "message": {"text": message}, "locations": [where]}


def _each(write: Callable[[Checked, str], str]) -> Callable[[Sequence[Checked], str], str]:
    return lambda results, language: "\n".join(write(checked, language) for checked in results)


FORMATS: dict[str, Callable[[Sequence[Checked], str], str]] = {
    "text": _each(text),
    "json": _each(as_json),
    "turtle": _each(turtle),
    "sarif": sarif,
}
