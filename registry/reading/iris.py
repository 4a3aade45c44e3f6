"""Addresses as people type them: what of them is an IRI, what can be mended, and what is wrong with the rest.

The judge is the RDF parser's own rule (RFC 3987), so that the parser has nothing left to drop in silence.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from pyoxigraph import NamedNode

# iunreserved and sub-delims of RFC 3987, section 2.2, without what else a part of an IRI may hold
_PLAIN = (
    r"A-Za-z0-9\-._~!$&'()*+,;=:@\xa0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef"
    + "".join(f"{chr(plane << 16)}-{chr((plane << 16) + 0xFFFD)}" for plane in range(1, 14))
    + f"{chr(0xE1000)}-{chr(0xEFFFD)}"
)
_PRIVATE = f"\ue000-\uf8ff{chr(0xF0000)}-{chr(0xFFFFD)}{chr(0x100000)}-{chr(0x10FFFD)}"
_STRAY = r"%(?![0-9A-Fa-f]{2})"
_NOT_IN_PATH = re.compile(rf"[^{_PLAIN}/%]|{_STRAY}")
_NOT_IN_QUERY = re.compile(rf"[^{_PLAIN}/?%{_PRIVATE}]|{_STRAY}")
_NOT_IN_FRAGMENT = re.compile(rf"[^{_PLAIN}/?%]|{_STRAY}")
# RFC 3986, appendix B; an address whose slashes are back slashes keeps them
_PARTS = re.compile(r"(?s)([A-Za-z][A-Za-z0-9+.\-]*:)?(//[^/?#\\]*)?([^?#]*)(\?[^#]*)?(#.*)?")

_WEB = re.compile(r"(?i)https?://")
_CAPITALS = re.compile(r"(?=[A-Za-z]*[A-Z])[Hh][Tt]{2}[Pp][Ss]?(?=:)")
_IN_BRACKETS = re.compile(r"<\s*([^<>\s]+)\s*>")
_MARKDOWN = re.compile(r"!?\[[^\]]*\]\(\s*<?([^()<>\s]+)>?[^()]*\)")
_SEVERAL = re.compile(r"(?i)[\s,;|]+(?=(?:https?|ftp)://)")
_MISSPELT = re.compile(r"(?i)(?!https?://|mailto:|s?ftps?://)h{0,3}t{1,4}p{1,3}(s?)s?[:;.]?[/\\]{1,3}(?=[^/\\])")
_HOST_NAME = re.compile(
    r"(?i)(?://)?((?:[a-z0-9\xa1-\uffff](?:[a-z0-9\xa1-\uffff-]*)\.)+[a-z\xa1-\uffff]{2,24}(?:[:/?#].*)?)"
)
_PORT = re.compile(r"//(?:[^/@]*@)?(?:\[[^\]]*\]|[^:/]*):([^/]*)")


class Address(NamedTuple):
    """An address as it is kept, "" where it cannot be; what was wrong, "" for nothing; and what to write, if known.

    `kind` is "" for an IRI as it stands, "encoded" for one that is kept with percent-encoding; the others name what
    the text is instead: in-brackets, markdown, several, scheme, no-scheme, port, host, relative, empty.
    """

    iri: str
    kind: str
    meant: str = ""


@lru_cache(4096)
def is_iri(text: str) -> bool:
    """Return whether a text is an absolute IRI for the RDF parser (RFC 3987).

    >>> is_iri("https://a.example/x"), is_iri("https://a.example/[x]"), is_iri("a.example")
    (True, False, False)
    """
    try:
        NamedNode(text)
    except (ValueError, UnicodeEncodeError):  # a lone surrogate is no character
        return False
    return True


def iri_of(text: str) -> Address:
    """Return a text as the absolute IRI that it is or can be made, else with the name of its problem.

    An IRI stays as it is, but for a scheme of the Web in capitals (RFC 3986, section 3.1).

    >>> iri_of("https://a.example/our code"), iri_of("HTTPS://a.example").iri
    (Address(iri='https://a.example/our%20code', kind='encoded', meant=''), 'https://a.example')
    >>> iri_of("<https://a.example>").meant, iri_of("https://a.example:port/").kind, iri_of("ttps://a.example").kind
    ('https://a.example', 'port', 'scheme')
    """
    plain = _CAPITALS.sub(lambda scheme: scheme[0].lower(), text.strip(), count=1) if ":" in text else text.strip()
    if odd := _odd(plain):
        return Address(plain if is_iri(plain) else "", *odd)
    if is_iri(plain):
        return Address(plain, "" if plain.lower() == text.lower() else "encoded")
    mended = encoded(plain)
    if is_iri(mended):
        return Address(mended, "encoded")
    return Address("", _fault(plain))


def _odd(text: str) -> tuple[str, str] | None:
    """Return the kind of a text that is more or less than one address, and the address that is meant."""
    if found := _IN_BRACKETS.fullmatch(text):
        return "in-brackets", iri_of(found[1]).iri
    if found := _MARKDOWN.fullmatch(text):
        return "markdown", iri_of(found[1]).iri
    if _WEB.match(text) and len(parts := _SEVERAL.split(text)) > 1:
        return "several", " ".join(parts)
    if found := _MISSPELT.match(text):
        rest = text[found.end() :].replace("\\", "/")
        return "scheme", encoded(f"http{found[1].lower() or 's'}://{rest}")
    if not is_iri(text) and (found := _HOST_NAME.fullmatch(text)):
        return "no-scheme", encoded(f"https://{found[1]}")
    return None


def _fault(text: str) -> str:
    parts = _PARTS.fullmatch(text)
    if not text or parts is None:
        return "empty"
    if parts[1] is None:
        return "relative"
    port = _PORT.fullmatch(parts[2] or "")
    return "port" if port and not port[1].isdecimal() else "host"


def encoded(text: str) -> str:
    """Return a text, absolute or relative, with what no IRI may hold percent-encoded (RFC 3987, section 3.1).

    The host is left as it is, since an escape would make another one of it.

    >>> encoded("https://a.example/[x]?q=a b#c#d"), encoded("100 %")
    ('https://a.example/%5Bx%5D?q=a%20b#c%23d', '100%20%25')
    """
    parts = _PARTS.fullmatch(text)
    if parts is None:
        return text
    scheme, authority, path, query, fragment = (part or "" for part in parts.groups())
    return (
        scheme
        + authority
        + _NOT_IN_PATH.sub(_escaped, path)
        + query[:1]
        + _NOT_IN_QUERY.sub(_escaped, query[1:])
        + fragment[:1]
        + _NOT_IN_FRAGMENT.sub(_escaped, fragment[1:])
    )


def _escaped(character: re.Match[str]) -> str:
    return quote(character[0], safe="", errors="replace")
