"""What `ospo check` says of one document: the same verdict as words, JSON, Turtle or SARIF."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass

from pyoxigraph import RdfFormat, serialize

from registry import vocabulary
from registry.model import Finding, Report, Severity
from registry.reports import report_triples

_SARIF_LEVELS = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


@dataclass(frozen=True, slots=True)
class Checked:
    """The result for one target: a report, or `error` when it could not be read (with its line, where known)."""

    target: str
    report: Report | None = None
    error: str = ""
    line: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 accepted, 1 has a Violation, 2 could not be read."""
        return 2 if self.report is None else 0 if self.report.accepted else 1


def text(checked: Checked, language: str) -> str:
    """Return the result for a person: a line a finding, the worst first, then the verdict."""
    if checked.report is None:
        return f"{checked.target}: cannot be read: {checked.error}"
    lines = [f"{checked.target}:{_where(finding)} {_words(finding, language)}" for finding in checked.report.findings]
    hidden = checked.report.total - len(checked.report.findings)
    lines += [f"{checked.target}: and {hidden} more"] if hidden > 0 else []
    lines += [f"{checked.target}: note: {note}" for note in checked.notes]
    verdict = "accepted" if checked.report.accepted else "rejected"
    return "\n".join([*lines, f"{checked.target}: {verdict} ({checked.report.total} findings)"])


def _where(finding: Finding) -> str:
    return f"{finding.line}:" if finding.line else ""


def _words(finding: Finding, language: str) -> str:
    found = f" (found: {finding.value})" if finding.value else ""
    field = f" {vocabulary.code(finding.path)}:" if finding.path else ""
    return f"{finding.severity.lower()}:{field} {finding.message(language)}{found}"


def as_json(checked: Checked, language: str) -> str:
    """Return the result as one JSON object with every finding and all languages."""
    findings = [asdict(finding) for finding in checked.report.findings] if checked.report else []
    verdict = "unreadable" if checked.report is None else "accepted" if checked.report.accepted else "rejected"
    return json.dumps(
        {
            "target": checked.target,
            "verdict": verdict,
            "language": language,
            "error": checked.error,
            "line": checked.line,
            "total": checked.report.total if checked.report else 0,
            "findings": findings,
            "notes": list(checked.notes),
        },
        ensure_ascii=False,
        indent=2,
    )


def turtle(checked: Checked, language: str) -> str:
    """Return the SHACL report; an unreadable document has none, and gives a comment."""
    if checked.report is None:
        return "# " + " ".join(text(checked, language).split())
    triples = report_triples(checked.report, f"urn:ospo:report:{vocabulary.code(checked.target)}".replace(" ", "%20"))
    prefixes = {name: vocabulary.PREFIXES[name] for name in ("sh", "ospo", "xsd")}
    return (serialize(triples, format=RdfFormat.TURTLE, prefixes=prefixes) or b"").decode()


def sarif(checked: Checked, language: str) -> str:
    """Return the result as a SARIF 2.1.0 log, for code hosting and editors."""
    findings = checked.report.findings if checked.report else ()
    results = [
        _sarif_result(
            checked.target, finding.shape, _SARIF_LEVELS[finding.severity], finding.message(language), finding.line
        )
        for finding in findings
    ]
    if checked.report is None:
        results = [_sarif_result(checked.target, "unreadable", "error", checked.error, checked.line)]
    driver = {"name": "ospo check", "informationUri": vocabulary.OSPO}
    log = {"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}
    return json.dumps(log, ensure_ascii=False, indent=2)


def _sarif_result(target: str, rule: str, level: str, message: str, line: int | None) -> dict[str, object]:
    place: dict[str, object] = {"artifactLocation": {"uri": target}}
    if line:
        place["region"] = {"startLine": line}
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": message},
        "locations": [{"physicalLocation": place}],
    }


FORMATS: dict[str, Callable[[Checked, str], str]] = {"text": text, "json": as_json, "turtle": turtle, "sarif": sarif}
