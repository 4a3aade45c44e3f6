"""A line of YAML as its writer sees it: how far it is indented, whether it is an item, its key and its value."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DASHES = re.compile(r"(?:-[ \t]+)*(?:-$)?")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\']|\'\')*\'')
_COLON = re.compile(r":(?=[ \t]|$)")
_SHOWN = 80  # characters of a line in a message


@dataclass(frozen=True, slots=True)
class Line:
    """The parts of a line; columns count from 0.

    `indent` is where its content begins, `key_at` where it goes on after the dashes of items. `colon` is where the
    colon of its key stands, -1 without a key; `value` is what follows, without spaces around, from `value_at` on.
    """

    text: str
    indent: int
    key_at: int
    colon: int
    value_at: int

    @property
    def is_item(self) -> bool:
        """Whether the line begins an item of a list."""
        return self.key_at > self.indent

    @property
    def is_blank(self) -> bool:
        """Whether the line is empty or a comment."""
        return self.indent >= len(self.text) or self.text[self.indent] == "#"

    @property
    def key(self) -> str:
        """The key as typed, "" if there is none."""
        return self.text[self.key_at : self.colon].rstrip() if self.colon >= 0 else ""

    @property
    def value(self) -> str:
        """What follows the colon, or the dashes, without a comment alone."""
        found = self.text[self.value_at :].rstrip()
        return "" if found.startswith("#") else found

    @property
    def begins_entry(self) -> bool:
        """Whether the line has a key or begins an item."""
        return self.is_item or self.colon >= 0

    def with_value(self, value: str) -> str:
        """Return the line, without its indentation, with another value."""
        return shown(self.text[self.indent : self.value_at].rstrip() + (" " if self.value_at else "") + value)


def line_of(text: str) -> Line:
    """Return the parts of a line.

    >>> line = line_of("  - title: A b  ")
    >>> line.indent, line.key_at, line.key, line.value
    (2, 4, 'title', 'A b')
    """
    indent = len(text) - len(text.lstrip(" "))
    dashes = _DASHES.match(text, indent)
    key_at = dashes.end() if dashes else indent
    colon = _colon(text, key_at)
    value_at = key_at if colon < 0 else colon + 1
    return Line(text, indent, key_at, colon, value_at + len(text[value_at:]) - len(text[value_at:].lstrip(" \t")))


def _colon(text: str, start: int) -> int:
    """Return where the colon of a key that begins there stands, or -1."""
    if text[start : start + 1] in ("#", "[", "{", ""):
        return -1
    quoted = _QUOTED.match(text, start)
    found = _COLON.search(text, quoted.end() if quoted else start)
    if found is None or (quoted and text[quoted.end() : found.start()].strip()):
        return -1
    comment = text.find(" #", start)
    return -1 if 0 <= comment < found.start() else found.start()


def shown(text: str) -> str:
    """Return a text for a message: without spaces around, and not too long."""
    text = text.strip(" \t")
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def quoted(text: str) -> str:
    r"""Return a text in quotes, as YAML takes it; quotes of a word processor around it are replaced.

    >>> print(quoted("a: b"), quoted('5" disk'), quoted("“a: b”"))
    "a: b" '5" disk' "a: b"
    """
    text = text.strip()
    if len(text) > 1 and text[0] in "“„«”" and text[-1] in "”“»":
        text = text[1:-1].strip()
    return "'" + text.replace("'", "''") + "'" if '"' in text or "\\" in text else f'"{text}"'
