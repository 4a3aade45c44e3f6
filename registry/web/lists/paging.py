"""The number of the page in an address."""

from __future__ import annotations

from collections.abc import Mapping


def page_number(query: Mapping[str, str]) -> int:
    """Return the page that a query string asks for, from 1; 1 for anything that is not a positive number."""
    page = query.get("page", "1")
    return max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 7 else 1
