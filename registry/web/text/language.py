"""The language of a page: named in its address (`lang=fr`), else negotiated; and every sentence and link in it.

The sentences in code and templates are English; `languages/{tag}.po` holds the others as gettext catalogues.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from urllib.parse import urlencode

from babel import Locale
from babel.messages.pofile import read_po
from flask import g, request

LANGUAGES = ("de", "en", "es", "fr", "it", "nl")
DEFAULT = "en"


@dataclass(frozen=True, slots=True)
class Alternate:
    """The same page in another language, with that language's own name."""

    tag: str
    name: str
    href: str


def choose() -> None:
    """Choose the language of this request: that of its address, else the best accepted one.

    A regional tag stands for its language (RFC 4647, section 3.4, Lookup): who asks for fr-CA first, reads French.
    """
    asked = request.args.get("lang", "")
    g.named = asked if asked in LANGUAGES else ""
    tags = (tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality > 0)
    g.language = g.named or next((tag for tag in tags if tag in LANGUAGES), DEFAULT)


def language() -> str:
    """Return the language of the page, as a BCP 47 tag."""
    return str(g.get("language", DEFAULT))


def named() -> str:
    """Return the language that the visitor's address names, or ""."""
    return str(g.get("named", ""))


def sentence(text: str, **values: object) -> str:
    """Return an interface sentence in the language of the page, with its `%(name)s` filled in.

    The one way by which a sentence reaches a page; what a catalogue lacks stays English.
    """
    found = catalogue(language()).get(text) or text
    return found % values if values else found


@cache
def catalogue(tag: str) -> Mapping[str, str]:
    """Return English sentence → sentence in that language; nothing for English."""
    if tag == DEFAULT:
        return {}
    with (files("registry") / "web" / "languages" / f"{tag}.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file, locale=tag) if message.id}


def to(path: str, **query: object) -> str:
    """Return the address of a page of ours, in the language that the visitor's address names, if it names one.

    `query` values may be lists, for repeated names; empty ones are left out.
    """
    every = {**query, "lang": named()}
    pairs = [(name, value) for name, values in every.items() for value in _several(values) if value != ""]
    place, hash_, fragment = path.partition("#")
    mark = "&" if "?" in place else "?"
    return place + (mark + urlencode(pairs) if pairs else "") + hash_ + fragment


def _several(values: object) -> list[object]:
    return list(values) if isinstance(values, list | tuple | frozenset) else [values]


def alternates() -> list[Alternate]:
    """Return this page in every language, each under its own name."""
    pairs = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return [Alternate(tag, endonym(tag), f"{request.path}?{urlencode([*pairs, ('lang', tag)])}") for tag in LANGUAGES]


@cache
def endonym(tag: str) -> str:
    """Return what a language calls itself, as a heading."""
    name = Locale.parse(tag).get_display_name(tag) or tag
    return name[:1].upper() + name[1:]
