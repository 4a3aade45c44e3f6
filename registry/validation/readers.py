"""Reading and validating documents in worker processes, where a hostile document can do no harm.

`Readers` runs in the parent process and `read_and_validate` in the worker. Only this module knows the messages between
them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, astuple
from typing import Any

from pyoxigraph import Literal, NamedNode

from registry.errors import NoWorkerError, ReadingError, WorkerError
from registry.model import Description, Finding, Place, Report, Severity, SourceKind, Stated, Understood
from registry.reasons.reasons import reason
from registry.sandbox.pools import Limits, Pool
from registry.settings import Settings

_FINDING = ("focus", "path", "severity", "shape", "value", "messages")


class Readers(Pool):
    """A pool of workers that read and validate documents."""

    def __init__(self, settings: Settings) -> None:
        limits = Limits(settings.reader_memory_mb, settings.reader_seconds)
        super().__init__("registry.validation.readers:read_and_validate", settings.reader_workers, limits)

    def read(
        self, body: bytes, *, media_type: str, url: str, graph: str, mapping: str = ""
    ) -> tuple[Description, Report]:
        """Return the description in a document, and the report on it; see `describe` for the parameters.

        Raises ReadingError for a document that cannot be read. Raises WorkerError if two workers died or took too long:
        the first one may have been short of memory because of earlier documents.
        """
        request = {"media_type": media_type, "url": url, "graph": graph, "mapping": mapping}
        try:
            answer, n_triples = self.ask(request, body)
        except NoWorkerError:
            raise  # it is not the document's fault
        except WorkerError:
            try:
                answer, n_triples = self.ask(request, body)
            except WorkerError as error:
                raise WorkerError(reason("worker-refused", reason=error)) from error
        if answer.get("error"):
            raise ReadingError(answer["messages"], answer["line"], answer["column"], answer["code"])
        findings = tuple(_finding(values, place) for values, place in answer["findings"])
        description = Description(graph, n_triples, answer["format"], notes=tuple(answer["notes"]))
        _check(description)
        return description, Report(
            findings, answer["total"], frozenset(answer["faulty"]), _understood(**answer["understood"])
        )


def _check(description: Description) -> None:
    """Parse the triples, which the description keeps. Raises WorkerError for triples that no description can have.

    A hostile document may have taken over its worker, so the answer is not trusted.
    """
    try:
        triples = description.triples
    except SyntaxError as error:
        raise WorkerError(reason("worker-no-triples", error=error)) from error
    for subject, _, value in triples:
        if not isinstance(subject, NamedNode) or not isinstance(value, NamedNode | Literal):
            raise WorkerError(reason("worker-other-triples"))


def _finding(values: list[Any], place: list[Any]) -> Finding:
    facts = dict(zip(_FINDING, values, strict=True))
    return Finding(**facts | {"severity": Severity(facts["severity"]), "place": Place(*place)})


def _understood(offices: list[Any], policies: list[Any], statements: list[Any], counts: list[int]) -> Understood:
    stated = tuple(Stated(**statement) for statement in statements)
    return Understood(tuple((texts, code) for texts, code in offices), tuple(policies), stated, tuple(counts))  # type: ignore[arg-type]


def read_and_validate() -> Callable[[dict[str, Any], bytes], tuple[dict[str, Any], bytes]]:
    """Return the function that answers `Readers.read` in a worker. That one raises ReadingError."""
    # imported here: only the worker needs parsers and engines
    from registry.reading.describe import describe
    from registry.validation.validate import validate

    def answer(request: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        description = describe(body, **request)
        # a catalogue has only addresses, and the shapes are about offices and policies
        report = Report() if request["mapping"] == SourceKind.REGISTRY else validate(description)
        facts = {
            "format": description.format,
            "notes": description.notes,
            "findings": [
                [[getattr(finding, name) for name in _FINDING], astuple(finding.place)] for finding in report.findings
            ],
            "total": report.total,
            "faulty": sorted(report.faulty),
            "understood": asdict(report.understood),
        }
        return facts, description.n_triples

    return answer
