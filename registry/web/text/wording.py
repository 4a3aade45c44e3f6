"""The words and signs of the pages: sentences, labels of concepts, glyphs of the cells, and cut-off foreign text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from babel.dates import format_date
from flask import Blueprint

from registry.authority.rules import layer_of_office
from registry.iri.names import CONCEPT, PREFIXES, code_of, concept_iri
from registry.readmodel.comparison.filters import FILTERS, Complaint
from registry.vocabulary import concepts as vocabulary
from registry.vocabulary import jurisdictions
from registry.web import request_context
from registry.web.pictures.cell_looks import LOOKS, look
from registry.web.text.language import alternates, language, named, sentence, to
from registry.web.text.links import href

# Properties of other vocabularies, in the words of our description file; our own have labels in the ontology.
_PROPERTIES = {
    "skos:prefLabel": "Name",
    "skos:altLabel": "Other name",
    "dcterms:title": "Title",
    "dcterms:description": "Description",
    "dcterms:identifier": "Identifier",
    "dcterms:issued": "Issued",
    "dcterms:language": "Language",
    "foaf:homepage": "Home page",
    "foaf:page": "Page",
    "schema:email": "E-mail",
    "schema:foundingDate": "Created",
    "schema:dissolutionDate": "Ended",
    "org:unitOf": "Part of",
    "org:memberOf": "Member of",
    "adms:identifier": "Official identifier",
}
# Foreign text is shown up to here; the rest stands in the data.
MAX_CHARACTERS = 1200


def glyph(key: str) -> str:
    """Return the sign of a force, of a coverage, or of what is no longer or not yet in force."""
    return look(key).glyph


def label(scheme: str, code: str) -> str:
    """Return what a concept is called; a code that the scheme lacks is returned as it is."""
    return vocabulary.label(concept_iri(scheme, code), language())


def concept_name(iri: str) -> str:
    """Return what the concept or term of that IRI is called; the end of the IRI of one that is not ours."""
    return vocabulary.label(iri, language())


def definition(scheme: str, code: str) -> str:
    """Return the sentence that defines a concept, or nothing."""
    return next((item["definition"] for item in concepts(scheme) if item["code"] == code), "")


def word(key: str) -> str:
    """Return the word that a cell shows beside its glyph."""
    found = look(key)
    return sentence(found.words) if found.words else label(found.scheme, key)


def property_name(iri: str) -> str:
    """Return what a property is called: in the words of the description file, or as the ontology labels it."""
    for name, words in _PROPERTIES.items():
        prefix, _, local = name.partition(":")
        if iri == PREFIXES[prefix] + local:
            return sentence(words)
    return concept_name(iri)


def concepts(scheme: str) -> tuple[dict[str, str], ...]:
    """Return code, label and definition of each concept of a scheme, in its order."""
    return _concepts(scheme, language())


@cache
def _concepts(scheme: str, tongue: str) -> tuple[dict[str, str], ...]:
    return tuple(
        {
            "code": item.code,
            "label": vocabulary.label(item.iri, tongue),
            "definition": item.definitions.get(tongue) or item.definitions.get("en", ""),
        }
        for item in vocabulary.concepts(scheme)
    )


def filter_name(name: str) -> str:
    """Return what a filter of the comparison, or of the changes, is called."""
    if name in FILTERS:
        return sentence(FILTERS[name].label)
    return {"source": sentence("Source"), "kind": sentence("Kind of change")}[name]


def complain(complaint: Complaint) -> str:
    """Return a complaint about an address as a sentence in the language of the page."""
    if not complaint.accepted:
        text = sentence("%(name)s=%(value)s is not a date: write it as 2024-01-31, 2024-01 or 2024")
    else:
        text = sentence("%(name)s=%(value)s is not known: choose one of %(known)s")
    values = {"name": complaint.name, "value": complaint.value, "known": ", ".join(complaint.accepted)}
    return text % values


def day(moment: datetime) -> str:
    """Return a day in words of the page's language."""
    return format_date(moment, "long", locale=language())


def shorten(text: object) -> str:
    """Return text that a page can bear: a longer one is cut, and says so."""
    whole = str(text)
    return whole if len(whole) <= MAX_CHARACTERS else whole[:MAX_CHARACTERS] + " […]"


def spoken(value: str) -> str:
    """Return the word that a publisher wrote for a concept; anything else as it is."""
    return code_of(value) if value.startswith(CONCEPT) else value


def tail(iri: str) -> str:
    """Return the last part of an IRI: what a reader needs of the path of a finding."""
    return shorten(iri.rstrip("/").replace("#", "/").rpartition("/")[2] or iri)


def _globals() -> dict[str, Any]:
    return {
        "_": sentence,
        "to": to,
        "lang": language(),
        "named": named(),
        "alternates": alternates,
        "site_title": request_context.settings().title,
        "contact": request_context.settings().contact,
        "activities": concepts("activity"),
        "stages": concepts("stage"),
        "legend_keys": tuple(LOOKS),
        "glyph": glyph,
        "complain": complain,
        "day": day,
        "word": word,
        "label": label,
        "definition": definition,
        "property_name": property_name,
        "concept_name": concept_name,
        "layer_of_office": layer_of_office,
        "question": lambda activity, stage: vocabulary.question(activity, stage, language()),
        "country_name": lambda code: jurisdictions.country_name(code, language()),
    }


def install(blueprint: Blueprint) -> None:
    """Give every template of the application these words and filters."""
    blueprint.app_context_processor(_globals)
    filters: dict[str, Callable[..., Any]] = {"href": href, "shorten": shorten, "spoken": spoken, "tail": tail}
    for name, function in filters.items():
        blueprint.add_app_template_filter(function, name)
