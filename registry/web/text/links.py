"""Links to addresses in foreign data: only those that are safe to click."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_SCHEMES = ("http", "https", "mailto", "tel")
_NOT_IN_ADDRESSES = re.compile("[\x00- \x7f]")  # control characters and blanks


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
    return text if scheme in _SCHEMES and not _NOT_IN_ADDRESSES.search(text) else ""
