"""Language tags as people type them: what of them is a tag, what can be mended.

The judge is the RDF parser's own rule (BCP 47), so that the parser has nothing left to drop in silence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from babel import Locale
from pyoxigraph import Literal

_CODE = re.compile(r"[A-Za-z]{2,3}(-|$)")  # of a language in use, not of one to come
_SPEAKERS = ("en", "fr", "de", "es", "it", "nl")  # in whose languages a language is called by its name
_OWN_NAMES = (
    "ar bg br ca cs cy da el et eu fi ga gl hr hu is ja ko lb lt lv mk mt nb nn no "
    "oc pl pt ro ru sk sl sq sr sv tr uk zh"
)


class Tag(NamedTuple):
    """A language tag as it is kept, "" where it is none; and what was wrong: "" or one of mended, unknown."""

    tag: str
    kind: str


@lru_cache(1024)
def is_tag(text: str) -> bool:
    """Return whether a text is a language tag for the RDF parser.

    >>> is_tag("en-GB"), is_tag("en_GB"), is_tag("")
    (True, False, False)
    """
    try:
        Literal("", language=text)
    except (ValueError, UnicodeEncodeError):  # a lone surrogate is no character
        return False
    return True


def tag_of(text: str) -> Tag:
    """Return a text as the language tag that it is, or that is meant by it.

    The name of a language is mended even where BCP 47 would allow it for a tag to come (five to eight letters).

    >>> tag_of("en-GB"), tag_of("en_GB"), tag_of("français").tag, tag_of("English").tag, tag_of("mother tongue")
    (Tag(tag='en-GB', kind=''), Tag(tag='en-GB', kind='mended'), 'fr', 'en', Tag(tag='', kind='unknown'))
    """
    plain = text.strip()
    if len(plain) > 3 and (code := _names().get(_folded(plain))):
        return Tag(code, "mended")
    if is_tag(text):
        return Tag(text, "")
    hyphened = re.sub(r"[_\s]+", "-", plain)
    return Tag(hyphened, "mended") if _CODE.match(hyphened) and is_tag(hyphened) else Tag("", "unknown")


@cache
def _names() -> Mapping[str, str]:
    """Return name of a language → its code, for names in several languages and in its own (CLDR)."""
    own = {code: Locale(code).languages[code] for code in _OWN_NAMES.split()}
    names = {_folded(name): code for code, name in own.items()}
    for speaker in _SPEAKERS:
        for code, name in Locale(speaker).languages.items():
            if len(code) == 2:  # others are seldom meant, and their names are common words
                names.setdefault(_folded(name), code)
    return names


def _folded(name: str) -> str:
    """Return a name without case and accents: `Francais` is `français`."""
    return "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
