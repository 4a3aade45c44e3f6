"""Which page of many an address asks for."""

from __future__ import annotations

from collections.abc import Mapping


def asked_page(query: Mapping[str, str]) -> int:
    """Return the page that a query string asks for, from 1 on; what is no number asks for the first."""
    page = query.get("page", "1")
    return max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 7 else 1
