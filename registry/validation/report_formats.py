"""The output of `ospo check`: findings and verdict as text, JSON, Turtle or SARIF."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from urllib.parse import quote

from pyoxigraph import RdfFormat, serialize

from registry.iri.names import OSPO, PREFIXES
from registry.model import Finding, Report, Severity
from registry.validation.report_rdf import report_triples
from registry.vocabulary import context

_MAX_VALUE = 120  # characters of a value in text output
_SARIF_LEVELS = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
# In English in every language: editors find problems by `file:line: error:`, the form of the GNU Coding Standards.
_SEVERITY_WORDS = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "advice"}


@dataclass(frozen=True, slots=True)
class Checked:
    """The result for one target: a report, or `error`, with its `line` if known, for a target that cannot be read.

    `left_out` of so many `entries`, offices and policies, would not be served: all of them where it is rejected.
    """

    target: str
    report: Report | None = None
    error: str = ""
    line: int | None = None
    notes: tuple[str, ...] = ()
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


def text(checked: Checked, language: str) -> str:
    """Return the result as text: one line for each finding, the worst first, then the verdict."""
    if checked.report is None:
        return f"{checked.target}: cannot be read: {checked.error}"
    lines = [f"{checked.target}:{_where(finding)} {_words(finding, language)}" for finding in checked.report.findings]
    hidden = checked.report.total - len(checked.report.findings)
    lines += [f"{checked.target}: and {hidden} more"] if hidden > 0 else []
    lines += [f"{checked.target}: note: {note}" for note in checked.notes]
    is_in_part = checked.verdict == "accepted" and checked.left_out
    part = f", {checked.left_out} of {checked.entries} entries left out" if is_in_part else ""
    return "\n".join([*lines, f"{checked.target}: {checked.verdict}{part} ({checked.report.total} findings)"])


def _where(finding: Finding) -> str:
    return f"{finding.line}:" if finding.line else ""


def _words(finding: Finding, language: str) -> str:
    value = " ".join(finding.value.split())  # on one line, whatever the publisher wrote
    quoted = f" (found: {value if len(value) <= _MAX_VALUE else value[:_MAX_VALUE] + '…'})" if value else ""
    return f"{_SEVERITY_WORDS[finding.severity]}:{_field(finding)} {finding.message(language)}{quoted}"


def _field(finding: Finding) -> str:
    """Return the field of a finding whose message begins with several fields ("url, name: …"), else ""."""
    fields = finding.message("en").partition(":")[0].split(", ")
    definitions = {key: context.key_definition(key) for key in fields} if len(fields) > 1 else {}
    return next(
        (f" {key}:" for key, definition in definitions.items() if definition and definition.iri == finding.path), ""
    )


def as_json(checked: Checked, language: str) -> str:
    """Return the result as one line of JSON, with the messages of all findings in all languages."""
    findings = [asdict(finding) for finding in checked.report.findings] if checked.report else []
    return json.dumps(
        {
            "target": checked.target,
            "verdict": checked.verdict,
            "entries": checked.entries,
            "left_out": checked.left_out,
            "language": language,
            "error": checked.error,
            "line": checked.line,
            "total": checked.report.total if checked.report else 0,
            "findings": findings,
            "notes": list(checked.notes),
        },
        ensure_ascii=False,
    )


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
        return [_sarif_result(checked.target, "unreadable", "error", checked.error, checked.line)]
    return [
        _sarif_result(
            checked.target, finding.shape, _SARIF_LEVELS[finding.severity], finding.message(language), finding.line
        )
        for finding in checked.report.findings
    ]


def _sarif_result(target: str, rule: str, level: str, message: str, line: int | None) -> dict[str, object]:
    uri = target if "://" in target else quote(target)
    location: dict[str, object] = {"artifactLocation": {"uri": uri}}
    if line:
        location["region"] = {"startLine": line}
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": message},
        "locations": [{"physicalLocation": location}],
    }


def _each(write: Callable[[Checked, str], str]) -> Callable[[Sequence[Checked], str], str]:
    return lambda results, language: "\n".join(write(checked, language) for checked in results)


FORMATS: dict[str, Callable[[Sequence[Checked], str], str]] = {
    "text": _each(text),
    "json": _each(as_json),
    "turtle": _each(turtle),
    "sarif": sarif,
}
