"""The count of values in and out: a value that was read and stands in no triple is named by a remark."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from registry.model import Description, Remark


def with_lost_values(description: Description) -> Description:
    """Return a description with a remark for each value that has a place in the document and is in none of its triples.

    No value should be lost: what the RDF parser would drop is mended or named before. This is the count that holds it.
    """
    kept = Counter((triple.subject.value, triple.predicate.value) for triple in description.triples)  # type: ignore[union-attr]
    noted = Counter((node, path) for node, path, value in description.places if value)
    short = {place for place, count in noted.items() if kept[place] < count}
    if not short:
        return description
    found = {(t.subject.value, t.predicate.value, t.object.value) for t in description.triples}  # type: ignore[union-attr]
    lost = [
        Remark("value-lost", place, node, path, place.text or value, {"found": place.text or value})
        for (node, path, value), place in description.places.items()
        if value and (node, path) in short and (node, path, value) not in found
    ]
    return replace(description, remarks=(*description.remarks, *lost))
