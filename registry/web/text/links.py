"""Links to addresses in foreign data: only those that are safe to click."""

from __future__ import annotations

from urllib.parse import urlsplit

_SCHEMES = ("http", "https", "mailto", "tel")


def href(address: object) -> str:
    """Return the address if it is safe as a link, else "".

    Escaping alone would not help: `javascript:…` is a well-formed IRI.

    >>> href("https://a.example/"), href("javascript:alert(1)"), href("//evil.example")
    ('https://a.example/', '', '')
    """
    text = str(address)
    try:
        scheme = urlsplit(text).scheme
    except ValueError:
        return ""
    printable = not any(character <= " " or character == "\x7f" for character in text)
    return text if scheme in _SCHEMES and printable else ""
