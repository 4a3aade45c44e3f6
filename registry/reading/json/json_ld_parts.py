"""JSON-LD in several parts, of which one may be another's: the blocks of a web page, the items of an array.

Systems that make pages put JSON-LD of their own beside ours, with contexts that are not read. All parts are one data
set (JSON-LD 1.1, section 14): one name of a blank node means one thing in all of them. A part that cannot be read is
left out with a note that names it, as long as another can be read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pyoxigraph import RdfFormat

from registry.errors import ReadingError
from registry.iri.names import CONTEXT_IRIS
from registry.model import NOWHERE
from registry.reading.decoding import decode, decode_any
from registry.reading.json import json_ld
from registry.reading.rdf import rdf, rdf_document
from registry.reading.rdf.rdf_document import Document

_BEGIN = "\x1e"  # of a text in a sequence of JSON texts (RFC 7464); no other document holds this character


def is_sequence(body: bytes) -> bool:
    """Return whether a body is a sequence of JSON texts, which the crawler makes of the blocks of a page."""
    return body.startswith(_BEGIN.encode())


def of_sequence(body: bytes, max_bytes: int) -> tuple[Document, tuple[str, ...]]:
    """Return the triples and the notes of a sequence: `{"@base": …}`, then the blocks of a page.

    Raises the ReadingError of the first block where none can be read, and one for what is no such sequence.
    """
    head, *blocks = decode_any(body, max_bytes)[1:].split(_BEGIN)
    match json_ld.load_json(head, []):
        case {"@base": str(base)} if blocks:
            pass
        case _:
            raise ReadingError("begins with the control character U+001E: delete it")
    return _together([(f"block {number} of the page", block.strip(), base) for number, block in enumerate(blocks, 1)])


def without_foreign_items(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a JSON-LD document and notes: an array is without the items that name foreign contexts alone.

    A document in which that leaves nothing is returned as it is, for its own message. Raises ReadingError for no JSON.
    """
    if not text.lstrip().startswith("[") or not ("@context" in text or "\\u" in text):
        return text, ()
    items = json_ld.load_json(text, [])
    foreign = {number: context for number, item in enumerate(items, 1) if (context := _foreign_context(item))}
    if not foreign or len(foreign) == len(items):
        return text, ()
    ours = [item for number, item in enumerate(items, 1) if number not in foreign]
    notes = [f"item {number} was left out: its context {context} is not read" for number, context in foreign.items()]
    return json.dumps(ours, ensure_ascii=False), tuple(notes)


def _foreign_context(item: Any) -> str:
    """Return the first address of a context of an item that names such addresses, and ours is not among them, or ""."""
    contexts = item.get("@context") if isinstance(item, dict) else None
    named = [
        context for context in (contexts if isinstance(contexts, list) else [contexts]) if isinstance(context, str)
    ]
    return "" if not named or CONTEXT_IRIS & set(named) else named[0]


def _together(parts: Sequence[tuple[str, str, str]]) -> tuple[Document, tuple[str, ...]]:
    """Return the triples of all parts (name, text, base) that can be read, and a note on each that cannot."""
    read, notes, errors = list[Document](), list[str](), list[ReadingError]()
    for name, text, base in parts:
        try:
            ours, left_out = without_foreign_items(decode(text.encode(), len(text.encode())))
            read.append(rdf_document.read(ours, RdfFormat.JSON_LD, base))
            notes += [f"{name}: {note}" for note in left_out]
        except ReadingError as error:
            errors.append(error)
            notes.append(f"{name} was left out: {error}")
    if errors and not any(document.n_triples for document in read):
        raise errors[0]
    body = b"".join([document.n_triples for document in read])
    rdf.check_size(body)
    # their places are those in a block, of which nobody knows where it stands in the page
    remarks = [replace(remark, place=NOWHERE) for document in read for remark in document.remarks]
    return Document(body, tuple(remarks)), tuple(notes)
