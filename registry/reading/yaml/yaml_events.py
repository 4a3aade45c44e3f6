"""YAML, from its bytes to a tree: the limits and the one document that is read."""

from __future__ import annotations

from typing import Any

from registry.errors import ReadingError
from registry.reading.decoding import decode_any
from registry.reading.tree import Mapping, Sequence, refusal_of
from registry.reading.yaml.yaml_builder import OF_THE_WHOLE, documents
from registry.reading.yaml.yaml_recovery import recovered
from registry.reading.yaml.yaml_source import source
from registry.vocabulary.messages import unreadable

MAX_BYTES = 262_144


def load(body: bytes, max_bytes: int = MAX_BYTES) -> Any:
    """Return a YAML document as `Mapping`, `Sequence`, str and None.

    Raises ReadingError with line and column for what is not YAML or not accepted here, and no other exception.
    """
    document, refusal = load_with_refusals(body, max_bytes)
    if refusal is not None:
        raise refusal
    return document


def load_with_refusals(body: bytes, max_bytes: int = MAX_BYTES) -> tuple[Any, ReadingError | None]:
    """Return the same as `load`, but with a ReadingError in place of each value that is refused, and the first of them.

    Several documents, each an office with its `url`, are one list. Raises ReadingError where nothing can be read with
    certainty, and for what is refused in no single place.
    """
    of = source(decode_any(body, max_bytes))
    try:
        found = documents(of, of.lines, 0)
    except ReadingError as error:
        if error.code in OF_THE_WHOLE:
            raise
        found = recovered(of, error)
    return _one(found), found.refusal


def _one(found: Sequence) -> Any:
    """Return the document that is not empty, or the list of several. Raises ReadingError if they cannot be a list."""
    full = [(value, at) for value, at in zip(found, found.items_at, strict=True) if value is not None]
    if len(full) < 2:
        return full[0][0] if full else None
    offices = Sequence()
    for value, at in full:
        if not isinstance(value, ReadingError) and not (isinstance(value, Mapping) and "url" in value):
            raise unreadable("yaml-documents", *max(at, full[1][1]))
        offices.append(value)
        offices.items_at.append(at)
        offices.refusal = offices.refusal or refusal_of(value)
    return offices
