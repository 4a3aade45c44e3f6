"""The word that somebody meant by what was typed: a key of a file, a code, a country, a language."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages

from registry.iri.names import OSPO, PREFIXES, concept_iri
from registry.vocabulary import fields
from registry.vocabulary.concepts import concepts, texts
from registry.vocabulary.context import context, key_definition
from registry.vocabulary.jurisdictions import jurisdictions, own_names

LANGUAGES = ("en", "fr", "de", "es", "it", "nl")  # of the site and its messages
_MAX_CHARACTERS = 80  # of a word that is compared with others
_CLOSE = 0.78  # of 1, the share of letters that two words have in common in order (difflib)
_CLOSE_SHORT = 0.66  # of words of up to four letters, in which one mistake is much
_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")


def plain(word: str) -> str:
    """Return a word in small letters without accents, blanks, hyphens and underscores, to be compared with others.

    >>> plain("In-Force_from"), plain(" Présent ")
    ('inforcefrom', 'present')
    """
    letters = unicodedata.normalize("NFKD", word).casefold()
    return "".join(letter for letter in letters if letter.isalnum())


def nearest(word: str, candidates: Mapping[str, str]) -> str:
    """Return the value of the most similar of the candidates, which are written as by `plain`, or "" if none is.

    >>> nearest("requird", {"required": "required"}), nearest("blue", {"required": "required"})
    ('required', '')
    """
    typed = plain(word[:_MAX_CHARACTERS])
    if typed in candidates:
        return candidates[typed]
    close = _CLOSE_SHORT if len(typed) <= 4 else _CLOSE
    found = difflib.get_close_matches(typed, candidates, n=1, cutoff=close) if len(typed) > 2 else []
    return candidates[found[0]] if found else ""


def key(typed: str, node_type: str) -> str:
    """Return the key of a thing of that class that was meant, or ""; the class is "" for a node below a thing.

    >>> key("contry", "Office"), key("Titre", "FlossPolicy"), key("colour", "Office")
    ('country', 'title', '')
    """
    return nearest(typed, _keys(node_type))


@cache
def _keys(node_type: str) -> Mapping[str, str]:
    own = fields.keys(node_type) or tuple(name for name in context() if name[0].islower() and name not in PREFIXES)
    found: dict[str, str] = {}
    for name in own:
        found.setdefault(plain(name), name)
    for name in own:
        for word in (*fields.words(name), *_labels(name, node_type)):
            found.setdefault(plain(word), name)
    return found


def _labels(name: str, node_type: str) -> Iterable[str]:
    definition = key_definition(name, node_type)
    return texts(definition.iri, "rdfs:label").values() if definition and definition.iri.startswith(OSPO) else ()


def code(typed: str, scheme: str) -> str:
    """Return the code of a concept scheme that was meant, or "": by code or label, in any language.

    >>> code("Required", "force"), code("obligatoire", "force"), code("blue", "force")
    ('required', 'required', '')
    """
    return nearest(typed, _codes(scheme))


@cache
def _codes(scheme: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for concept in concepts(scheme):
        found.setdefault(plain(concept.code), concept.code)
    for word, meant in fields.codes(scheme).items():
        found.setdefault(plain(word), meant)
    for concept in concepts(scheme):
        for label in (*concept.labels.values(), *texts(concept_iri(scheme, concept.code), "skos:altLabel").values()):
            found.setdefault(plain(label), concept.code)
    return found


def country(typed: str) -> str:
    """Return the code of the country that was meant: by a name in a language of the site or its own, or by alpha-3.

    >>> country("Frankreich"), country("NOR"), country("Atlantis")
    ('FR', 'NO', '')
    """
    word = typed.rstrip("/").rpartition("/")[2]
    return nearest(word, _countries()) if len(plain(word)) > 4 else _countries().get(plain(word), "")


@cache
def _countries() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for item in jurisdictions():
        names = [name for tag in LANGUAGES if (name := Locale.parse(tag).territories.get(item.code))]
        names += [name.value for name in (*own_names(item.code), *item.other_names)]
        for name in (item.code, item.alpha3, *item.accepted, *item.hidden, *item.labels.values(), *names):
            if plain(name):
                found.setdefault(plain(name), item.code)
    return found


def language(typed: str) -> str:
    """Return the language tag that was meant: `en` for `english`, `en-GB` for `en_GB`; "" where nothing is near.

    >>> language("english"), language("français"), language("en_GB"), language("choose")
    ('en', 'fr', 'en-GB', '')
    """
    if _TAG.fullmatch(typed) and "_" in typed:
        return typed.replace("_", "-")
    return nearest(typed, _languages()) if len(typed) > 3 else ""


def is_language(tag: str) -> bool:
    """Return whether the first part of a language tag is a language that CLDR knows; one of three letters may be any.

    >>> is_language("fr-CA"), is_language("gr"), is_language("tlh")
    (True, False, True)
    """
    first = tag.partition("-")[0].lower()
    return len(first) != 2 or first in Locale.parse("en").languages


def language_of_country(code: str) -> str:
    """Return the language of a country whose code stands in place of a language tag, or "".

    >>> language_of_country("gr"), language_of_country("cz"), language_of_country("zz")
    ('el', 'cs', '')
    """
    return next(iter(get_official_languages(code.upper())), "").replace("_", "-")


@cache
def _languages() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for tag in ("en", "fr", "de", "es", "it", "nl", *sorted(Locale.parse("en").languages)):
        if len(tag) > 2:
            continue
        for reader in (*LANGUAGES, tag):
            name = _language_name(tag, reader)
            if name:
                found.setdefault(plain(name), tag)
    return found


def _language_name(tag: str, reader: str) -> str:
    try:
        return Locale.parse(reader).languages.get(tag) or ""
    except UnknownLocaleError:
        return ""


def month(typed: str) -> int:
    """Return the number of the month that is meant by a name in a language of the site, in full or short; 0 for none.

    >>> month("novembre"), month("Okt."), month("Brumaire")
    (11, 10, 0)
    """
    return int(_months().get(plain(typed), "0"))


@cache
def _months() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for tag in LANGUAGES:
        for kind in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in Locale.parse(tag).months[kind][width].items():
                    found.setdefault(plain(name), str(number))
    return found
