"""Who is heard on what, as triples of the graph `{base}/authority`: a node for each voice, and replaced names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Triple

from registry.authority.resolve import Resolved, Voice
from registry.iri.names import RDF_TYPE, concept_iri, source_iri, term, thing_iri, voice_iri

_VOICE, _SUBJECT, _SOURCE, _RECORD, _LAYER, _STANDING, _BECAUSE, _HEARD, _REPLACED = (
    term(name)
    for name in (
        "ospo:Voice",
        "dcterms:subject",
        "dcterms:source",
        "ospo:record",
        "ospo:assessmentKind",
        "ospo:standing",
        "ospo:because",
        "ospo:heard",
        "dcterms:isReplacedBy",
    )
)


def pieces(resolved: Resolved, base: str) -> Iterator[set[Triple]]:
    """Yield that graph thing by thing.

    What others claim of a thing stands here and not in the merged graph, whose triples of a thing are those of the
    sources that are heard on it.
    """
    for thing in (*resolved.offices, *resolved.policies):
        iri = NamedNode(thing_iri(base, thing.name))
        voices = [(voice, True) for voice in thing.heard] + [(voice, False) for voice in thing.claims]
        yield {triple for voice, heard in voices for triple in _voice(iri, voice, base, heard=heard)}
    for old, new in resolved.replaced.items():
        yield {Triple(NamedNode(thing_iri(base, old)), _REPLACED, NamedNode(thing_iri(base, new)))}


def _voice(thing: NamedNode, voice: Voice, base: str, *, heard: bool) -> Iterator[Triple]:
    record = voice.record
    mark = hashlib.sha256(f"{thing.value} {record.iri}".encode()).hexdigest()[:16]
    source = record.state.source.id
    node = NamedNode(voice_iri(base, source, mark))
    yield Triple(node, RDF_TYPE, _VOICE)
    yield Triple(node, _SUBJECT, thing)
    yield Triple(node, _SOURCE, NamedNode(source_iri(base, source)))
    yield Triple(node, _RECORD, NamedNode(record.iri))
    yield Triple(node, _LAYER, NamedNode(concept_iri("assessment-kind", voice.layer)))
    yield Triple(node, _STANDING, NamedNode(concept_iri("standing", voice.standing.name.lower())))
    yield Triple(node, _BECAUSE, NamedNode(concept_iri("authority", voice.because)))
    yield Triple(node, _HEARD, Literal(heard))
