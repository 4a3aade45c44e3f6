"""Links to addresses in foreign data: only those that are safe to click."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from registry.iri.addresses import host

_WEB = ("http", "https")
_SCHEMES = (*_WEB, "mailto", "tel")
_NOT_IN_ADDRESSES = re.compile("[\x00- \x7f]")  # control characters and blanks


def href(address: object) -> str:
    """Return the address if it is safe as a link, else "".

    Escaping alone would not help: `javascript:…` is a well-formed IRI. Of a Web address the host must be one, lest a
    browser read it as another host than we do.

    >>> href("https://a.example/"), href("javascript:alert(1)"), href("//evil.example")
    ('https://a.example/', '', '')
    """
    text = str(address)
    try:
        scheme = urlsplit(text).scheme
    except ValueError:
        return ""
    if scheme not in _SCHEMES or _NOT_IN_ADDRESSES.search(text) or (scheme in _WEB and not host(text)):
        return ""
    return text
