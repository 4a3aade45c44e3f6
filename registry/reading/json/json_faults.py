"""Why a text is not JSON, in words that lead to the repair."""

from __future__ import annotations

import json
import re

from registry.errors import ReadingError
from registry.vocabulary.messages import unreadable

_COMMENT = re.compile(r"//|/\*|#")
_OTHER_QUOTES = re.compile("['\u2018-\u201f\u00ab\u00bb]")


def not_json(error: json.JSONDecodeError) -> ReadingError:
    """Return the error for a text that ceases to be JSON (RFC 8259): by what was expected, and what stands there."""
    before, after = error.doc[: error.pos].rstrip(), error.doc[error.pos :]
    found = after.split("\n")[0].strip()[:20]
    return unreadable(_code(error.msg, before, after), error.lineno, error.colno, found=found, brace="}")


def _code(expected: str, before: str, after: str) -> str:
    if expected.startswith("Invalid control character"):
        return "json-line-break"
    if expected.startswith("Unterminated string"):
        return "json-text-open"
    if expected.startswith("Invalid \\"):
        return "json-escape"
    if expected.startswith("Extra data"):
        return "json-more"
    if not after.strip():
        return "json-end"
    if _COMMENT.match(after):
        return "json-comment"
    if _OTHER_QUOTES.match(after):
        return "json-quotes"
    if before.endswith(",") and after[0] in "]}":
        return "json-comma-at-end"
    if "delimiter" in expected:
        return _between(expected, before, after)
    return "json-key-without-quotes" if "property name" in expected else "json-value-unread"


def _between(expected: str, before: str, after: str) -> str:
    """Return the code of what stands between two values, or between a key and its value."""
    if "':'" in expected:
        return "json-colon-missing"
    if before.endswith('"') and re.match(r"\w", after):
        return "json-quote-in-text"
    return "json-comma-missing" if re.match(r'["{\[]', after) else "json-value-unread"
