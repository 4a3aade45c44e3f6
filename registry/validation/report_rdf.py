"""A report in RDF, as a SHACL validation report (SHACL 1.0, section 3.6) with `ospo:line` for the line in the file."""

from __future__ import annotations

from pyoxigraph import Literal, NamedNode, Triple

from registry.iri.names import RDF_TYPE, SHAPES, XSD, integer, result_iri, term
from registry.model import Finding, Report
from registry.vocabulary.messages import in_english_alone


def report_triples(report: Report, graph: str, *, stored: bool = False) -> list[Triple]:
    """Return the triples of a report, whose IRI is the name of its graph; there are no blank nodes.

    `stored`: a message that its shape alone tells is written in English only (`messages.in_all_languages`).
    """
    subject = NamedNode(graph)
    conforms = Literal(str(report.total == 0).lower(), datatype=NamedNode(XSD + "boolean"))
    triples = [Triple(subject, RDF_TYPE, term("sh:ValidationReport")), Triple(subject, term("sh:conforms"), conforms)]
    for number, finding in enumerate(report.findings, 1):
        result = NamedNode(result_iri(graph, number))
        triples.append(Triple(subject, term("sh:result"), result))
        triples += _result(finding, result, stored=stored)
    return triples


def _result(finding: Finding, result: NamedNode, *, stored: bool) -> list[Triple]:
    pairs: list[tuple[str, NamedNode | Literal]] = [
        ("rdf:type", term("sh:ValidationResult")),
        ("sh:focusNode", NamedNode(finding.focus)),
        ("sh:resultSeverity", term(f"sh:{finding.severity}")),
        ("sh:sourceShape", NamedNode(finding.shape)),
    ]
    if finding.path:
        pairs.append(("sh:resultPath", NamedNode(finding.path)))
    if finding.value:
        pairs.append(("sh:value", Literal(finding.value)))
    for name, number in (("ospo:line", finding.place.line), ("ospo:column", finding.place.column)):
        if number is not None:
            pairs.append((name, integer(number)))
    if finding.place.field:
        pairs.append(("ospo:fieldPath", Literal(finding.place.field)))
    texts = in_english_alone(finding.shape.removeprefix(SHAPES), finding.messages) if stored else finding.messages
    pairs += [("sh:resultMessage", Literal(text, language=language)) for language, text in texts.items()]
    return [Triple(result, term(name), value) for name, value in pairs]
