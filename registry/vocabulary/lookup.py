"""In which language a text is given to a reader, where it is there in several (RFC 4647, section 3.4, Lookup); pure.

Lookup takes subtags off the end of what the reader asks for until something is found: fr-CA finds fr. Since no reader
names all countries of a language, what was written for one of them is found too: fr finds fr-FR. Where there is
nothing in the reader's language, English is taken, then a text without a language, then what comes first by its tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import takewhile

from babel.core import get_global

FALLBACK = "en"


def choose(tags: Iterable[str], language: str) -> str | None:
    """Return the one of these language tags, as it is written, that a reader of a language is given; None for none.

    The tag "" stands for a text without a language. The order of the tags does not matter, nor does their case.

    >>> choose(["de-AT", "en-GB", "fr-FR"], "fr"), choose(["de-AT", "en-GB"], "fr"), choose(["de", ""], "fr")
    ('fr-FR', 'en-GB', '')
    """
    given = tuple(tags)
    if len(given) < 2:
        return given[0] if given else None
    return min(given, key=lambda tag: _rank(tag, language))


def lookup(texts: Mapping[str, str], language: str) -> tuple[str, str]:
    """Return the language tag and the text that a reader of a language is given of these texts by tag; both "" of none.

    >>> lookup({"en-GB": "Licence", "de": "Lizenz"}, "en")
    ('en-GB', 'Licence')
    """
    tag = choose(texts, language)
    return ("", "") if tag is None else (tag, texts[tag])


@lru_cache(16384)  # bounded: publishers may write any number of tags
def _rank(tag: str, language: str) -> tuple[object, ...]:
    """Return the sort key of a tag for a reader: which language, how far from it, and the spelling that comes first."""
    folded, given = tag.lower(), _subtags(tag)
    for group, wanted in enumerate((_subtags(language), _subtags(FALLBACK))):
        if given[:1] == wanted[:1] and given:
            return group, _distance(given, wanted), folded != language.lower(), folded, tag
    return (3 if tag else 2), (), False, folded, tag


def _distance(given: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[bool, int, int]:
    """Return how far a tag is from what is wanted in the same language: what Lookup itself finds comes first.

    Then the less is to be taken off what is wanted the better, and the less the tag says besides.
    """
    pairs = zip(given, wanted, strict=False)
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    besides = len(given) - common
    return besides > 0, len(wanted) - common, besides


def _subtags(tag: str) -> tuple[str, ...]:
    primary, _, rest = tag.lower().partition("-")
    return tuple(filter(None, (primary_language(primary) or primary, *rest.split("-"))))


@lru_cache(4096)
def primary_language(tag: str) -> str:
    """Return the primary subtag of a language tag in its BCP 47 form (fr for fr-CA, FRA and fra); "" for no tag."""
    primary = tag.lower().partition("-")[0]
    alias = str(get_global("language_aliases").get(primary, primary))
    language = primary if "_" in alias else alias  # the alias of cnr is sr_ME: another language
    return language if re.fullmatch(r"[a-z]{2,3}", language) else ""
