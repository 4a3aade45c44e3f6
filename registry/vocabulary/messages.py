"""The messages of `shapes/` by their names, with what fills their gaps: findings of readers and reasons of refusals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache, lru_cache

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from registry.errors import ReadingError
from registry.iri.names import PREFIXES, SHAPES
from registry.reasons.reasons import in_language
from registry.reasons.sentences import Sentences, filled
from registry.vocabulary.concepts import data, shape_files

_MESSAGE = PREFIXES["sh"] + "message"
_LAST = ("nearest-value",)  # messages that `joined` adds to others


@cache
def shape_triples() -> tuple[Triple, ...]:
    """Return the triples of all files of shapes; the blank nodes of two files are never the same."""
    triples: list[Triple] = []
    for name in shape_files():
        quads = parse(data(name), RdfFormat.TURTLE, rename_blank_nodes=True)
        triples += (quad.triple for quad in quads)
    return tuple(triples)


@cache
def _templates() -> Mapping[str, Mapping[str, str]]:
    """Return the name of each message, such as `country-known`, with its texts by language."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for triple in shape_triples():
        subject, text = triple.subject, triple.object
        if triple.predicate.value == _MESSAGE and isinstance(subject, NamedNode) and isinstance(text, Literal):
            found[subject.value.removeprefix(SHAPES)][text.language or "en"] = text.value
    return found


def messages(code: str, **facts: str) -> dict[str, str]:
    """Return the message of that name in each language, with `{name}` replaced by the fact of that name.

    A fact may hold braces: nothing is looked for in what was filled in. Raises KeyError for an unknown name.

    >>> messages("nearest-field", near="url")["en"]
    "Did you mean 'url'?"
    """
    return {language: filled(text, facts) for language, text in _templates()[code].items()}


@cache
def _sentences() -> Sentences:
    """Return all messages, to be known again; two that say the same are one."""
    by_text = {texts["en"]: code for code, texts in _templates().items()}
    return Sentences({code: _templates()[code] for code in by_text.values()})


@lru_cache(512)  # a reason may hold several addresses of two kilobytes
def reason_in_language(text: str, language: str) -> str:
    """Return a reason, which is stored in English, in another language, with the message that it may hold.

    What is not known stays as it is; so does a message in a language that the shapes do not speak.
    """
    return in_language(text, language, _message_in_language)


def _message_in_language(text: str, language: str) -> str | None:
    """Return a message in a language; None for what is none. It may end with another one: `Did you mean …`."""
    if found := _sentences().translated(text, language, _as_it_is):
        return found
    for code in _LAST:
        head, space, rest = text.rpartition(" " + _templates()[code]["en"].partition("{")[0])
        first = _sentences().translated(head, language, _as_it_is) if head else None
        last = _sentences().translated((space + rest).removeprefix(" "), language, _as_it_is) if first else None
        if first and last:
            return f"{first} {last}"
    return None


def _as_it_is(text: str) -> str:
    return text


def in_english_alone(code: str, texts: Mapping[str, str]) -> Mapping[str, str]:
    """Return the texts of a message as they are stored: where no gap was filled, in English, which tells the others."""
    return {"en": texts["en"]} if texts == _templates().get(code) else texts


def in_all_languages(code: str, texts: Mapping[str, str]) -> Mapping[str, str]:
    """Return the texts of a message that was stored by `in_english_alone`; those of an older version as they are."""
    whole = _templates().get(code, {})
    return whole if set(texts) == {"en"} and whole.get("en") == texts["en"] else texts


def joined(*parts: Mapping[str, str]) -> dict[str, str]:
    """Return messages one after the other, in each language that the first one has."""
    first, *others = parts
    return {language: " ".join([text, *(part[language] for part in others)]) for language, text in first.items()}


def unreadable(code: str, line: int | None = None, column: int | None = None, **facts: str) -> ReadingError:
    """Return the error with the message of that name; line and column count from 1, None where they are not known."""
    return ReadingError(messages(code, **facts), line, column, code, facts)
