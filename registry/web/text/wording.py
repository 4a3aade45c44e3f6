"""The words and signs of the pages: labels of concepts and properties, glyphs of cells, foreign texts cut to length."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache, lru_cache

from babel import Locale
from babel.dates import format_date

from registry.iri.names import CONCEPT, PREFIXES, code_of, concept_iri
from registry.readmodel.comparison.filters import FILTERS, Complaint
from registry.readmodel.comparison.on_a_day import State, state
from registry.readmodel.comparison.scope import Scope, row_kind, scope
from registry.readmodel.values import Statement, Text, in_language
from registry.vocabulary import concepts as vocabulary
from registry.vocabulary import regions as places
from registry.vocabulary.lookup import lookup, primary_language
from registry.vocabulary.messages import reason_in_language
from registry.web import request_context
from registry.web.pictures.cell_looks import look
from registry.web.text.interface_words import interface_words
from registry.web.text.language import catalogue, language, sentence

# Names for properties of other vocabularies, by the fields of a description file; our own have labels in the ontology,
# but for a few whose label is a word of its makers.
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
    "ospo:force": "How binding",
    "ospo:stage": "Aspect",
    "ospo:assessmentKind": "Who says so",
}
_STATES = {
    State.HOLDS: "in force",
    State.NOT_YET: "not yet in force",
    State.ENDED: "no longer in force",
    State.PROPOSED: "planned",
    State.FAILED: "never came into force",
    State.UNKNOWN: "not known whether in force",
}
MAX_CHARACTERS = 1200  # of a foreign text on a page; the downloads have all of it


@lru_cache(256)  # of keys; forces may be foreign
def glyph(key: str) -> str:
    """Return the sign of what a cell shows."""
    return look(key).glyph


def label(scheme: str, code: str) -> str:
    """Return the word of the pages for a concept, in their language; a code that the scheme lacks as it is."""
    return _label(scheme, code, language())


@lru_cache(2048)  # of codes in six languages; they may be foreign
def _label(scheme: str, code: str, tag: str) -> str:
    word = interface_words().get(scheme, {}).get(code, "")
    return catalogue(tag).get(word) or word or vocabulary.label(concept_iri(scheme, code), tag)


def concept_name(iri: str) -> str:
    """Return the label of a concept, class or property in the language of the page; of others the end of the IRI."""
    return vocabulary.label(iri, language())


def definition(scheme: str, code: str) -> str:
    """Return the definition of a concept in the language of the page, or ""."""
    return next((item["definition"] for item in concepts(scheme) if item["code"] == code), "")


def word(key: str) -> str:
    """Return the name of what a cell shows, in the language of the page."""
    return _word(key, language())


@lru_cache(2048)  # of keys in six languages; forces may be foreign
def _word(key: str, tag: str) -> str:
    shown = look(key)
    if shown.words:
        return catalogue(tag).get(shown.words) or shown.words
    return _label(shown.scheme, key, tag)


def is_assumed(item: Statement) -> bool:
    """Return whether a statement is taken to bind the whole of its level, though it does not say whom it binds."""
    return scope(item, row_kind(item.country)) is Scope.ASSUMED


def state_on(item: Statement, day: str = "") -> str:
    """Return in words whether a statement holds on a day, "" for today."""
    found = state(item, day, request_context.catalogue().today())
    return sentence(_STATES[found])


def property_name(iri: str) -> str:
    """Return the name of a property on the pages: that of its field, or else its label in the ontology."""
    for name, words in _PROPERTIES.items():
        prefix, _, local = name.partition(":")
        if iri == PREFIXES[prefix] + local:
            return sentence(words)
    return concept_name(iri)


def other_language(tag: str) -> str:
    """Return the name of a text's language in the language of the page, "" where it is that one or not known."""
    primary = primary_language(tag)
    if not tag or primary == language():
        return ""
    return str(Locale.parse(language()).languages.get(primary, tag))


def chosen(texts: Iterable[Text]) -> tuple[Text, ...]:
    """Return those of these texts that readers in the language of the page are given."""
    return in_language(texts, language())


def concepts(scheme: str) -> tuple[dict[str, str], ...]:
    """Return code, label, term of the vocabulary and definition of each concept of a scheme, in the page's language."""
    return _concepts(scheme, language())


@cache
def _concepts(scheme: str, language_tag: str) -> tuple[dict[str, str], ...]:
    return tuple(
        {
            "code": item.code,
            "label": _label(scheme, item.code, language_tag),
            "term": vocabulary.label(item.iri, language_tag),
            "definition": lookup(item.definitions, language_tag)[1],
        }
        for item in vocabulary.concepts(scheme)
    )


def region(code: str) -> str:
    """Return the name of a region in the language of the page, with a capital letter; an unknown code as it is."""
    known = places.regions().get(code)
    name = known.label(language()) if known else code
    return name[:1].upper() + name[1:]


def regions() -> list[dict[str, str]]:
    """Return code and label of each region, in their order and in the language of the page."""
    return [{"code": code, "label": region(code)} for code in places.regions()]


def filter_name(name: str) -> str:
    """Return the name of a filter of the comparison or of the changes, in the language of the page."""
    if name in FILTERS:
        return sentence(FILTERS[name].label)
    return {"source": sentence("Source"), "kind": sentence("Kind of change")}[name]


def complain(complaint: Complaint) -> str:
    """Return a complaint about an address as a sentence in the language of the page."""
    if complaint.is_name:
        text = sentence("%(name)s is no parameter of this page: did you mean %(near)s? It knows %(known)s")
    elif not complaint.accepted:
        text = sentence("%(name)s=%(value)s is not a date: write it as 2024-01-31, 2024-01 or 2024")
    else:
        text = sentence("%(name)s=%(value)s is not known: choose one of %(known)s")
    near = complaint.nearest
    values = {"name": complaint.name, "value": complaint.value, "known": ", ".join(complaint.told), "near": near}
    return text % values


def day(moment: datetime) -> str:
    """Return a date in words, such as "November 30, 2026", in the language of the page."""
    return format_date(moment, "long", locale=language())


def shorten(text: object) -> str:
    """Return a text cut to `MAX_CHARACTERS`, with […] at the end if it was longer."""
    whole = str(text)
    return whole if len(whole) <= MAX_CHARACTERS else whole[:MAX_CHARACTERS] + " […]"


def told(reason: str) -> str:
    """Return a reason in the language of the page; what is no reason of this program as it is stored."""
    return reason_in_language(reason, language())


def told_step(step: str) -> str:
    """Return a step, as a state holds it ("404 https://a.example/ RESULT"), with its result told."""
    status_and_address, result = step.split(" ", 2)[:2], step.split(" ", 2)[2:]
    return " ".join([*status_and_address, *map(told, result)])


def as_written(value: str) -> str:
    """Return the code that a publisher writes for the IRI of a concept; any other value as it is."""
    return code_of(value) if value.startswith(CONCEPT) else value


def tail(iri: str) -> str:
    """Return the last part of an IRI: a reader of a finding knows the property by it."""
    return shorten(iri.rstrip("/").replace("#", "/").rpartition("/")[2] or iri)
