"""The language of a page: the one in its address (`lang=fr`), else the negotiated one; its sentences and links.

The sentences in code and templates are English; `languages/{tag}.po` are gettext catalogues with the translations.
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
    """The address of the same page in another language, and the name of the language in that language."""

    tag: str
    name: str
    href: str


def choose() -> None:
    """Choose the language of this request: the one in its address, else the first accepted one that there is.

    A regional tag is matched by its language (RFC 4647, section 3.4, Lookup): fr-CA gives French.
    """
    in_address = request.args.get("lang", "")
    g.named = in_address if in_address in LANGUAGES else ""
    tags = (tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality > 0)
    g.language = g.named or next((tag for tag in tags if tag in LANGUAGES), DEFAULT)


def language() -> str:
    """Return the language of the page, as a BCP 47 tag."""
    return str(g.get("language", DEFAULT))


def named() -> str:
    """Return the language in the address of this request, or ""."""
    return str(g.get("named", ""))


def sentence(text: str, **values: object) -> str:
    """Return a sentence of the pages, given in English, in the language of the page, with its `%(name)s` filled in.

    All sentences of the pages go through this function, which templates call `_`. Without a translation it is English.
    """
    translated = catalogue(language()).get(text) or text
    return translated % values if values else translated


@cache
def catalogue(tag: str) -> Mapping[str, str]:
    """Return English sentence → its translation; no entries for English."""
    if tag == DEFAULT:
        return {}
    with (files("registry") / "web" / "languages" / f"{tag}.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file, locale=tag) if message.id}


def to(path: str, **query: object) -> str:
    """Return the address of a page of this site, with the `lang` of this request if its address has one.

    `query` are parameters; a list gives a parameter several values, and an empty value leaves it out. `path` may have a
    query string and a fragment already.
    """
    pairs: list[tuple[str, object]] = []
    for name, given in (*query.items(), ("lang", named())):
        for value in given if isinstance(given, list | tuple | frozenset) else (given,):
            if value != "":
                pairs.append((name, value))
    before, hash_, fragment = path.partition("#")
    mark = "&" if "?" in before else "?"
    return before + (mark + urlencode(pairs) if pairs else "") + hash_ + fragment


def alternates() -> list[Alternate]:
    """Return the page of this request in every language."""
    pairs = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return [Alternate(tag, endonym(tag), f"{request.path}?{urlencode([*pairs, ('lang', tag)])}") for tag in LANGUAGES]


@cache
def endonym(tag: str) -> str:
    """Return the name of a language in that language, with a capital letter."""
    name = Locale.parse(tag).get_display_name(tag) or tag
    return name[:1].upper() + name[1:]
