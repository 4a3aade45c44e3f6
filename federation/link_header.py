"""The one parser of `Link` header fields (RFC 8288, appendix B.2 and B.3); pure, and linear in the length of a field.

It follows the algorithm of the appendix: what it cannot read ends the field, and the links before it count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

# Each pattern is matched at one position only and has no two ways to match a text, so that none is tried again.
_TARGET = re.compile(r"[ \t,]*<([^>]*)>")
_PARAMETER = re.compile(
    r'[ \t]*;[ \t]*([^ \t=;,]*)[ \t]*(?:=[ \t]*(?:"((?:[^"\\]|\\.)*)\\?(?:"|\Z)|([^;,]*)))?', re.DOTALL
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Link(NamedTuple):
    """A link of a field: the target as it was written, its relation types in lower case, its other parameters.

    `parameters` has names in lower case, and of each name the first value alone (RFC 8288, sections 3.3 and 3.4).
    """

    target: str
    relations: tuple[str, ...]
    parameters: Mapping[str, str]


def links(headers: Iterable[tuple[str, str]]) -> Iterator[Link]:
    """Yield the links of all `link` fields of a response (names in lower case), in their order.

    A link with an `anchor` is about another document than the one received, and is left out (section 3.2).
    """
    for name, value in headers:
        if name == "link":
            yield from (link for link in _links(value) if "anchor" not in link.parameters)


def _links(value: str) -> Iterator[Link]:
    position = 0
    while target := _TARGET.match(value, position):
        position = target.end()
        parameters: dict[str, str] = {}
        while parameter := _PARAMETER.match(value, position):
            position = parameter.end()
            name, quoted, plain = parameter.groups()
            text = _ESCAPED.sub(r"\1", quoted) if quoted is not None else (plain or "").rstrip(" \t")
            parameters.setdefault(name.lower(), text)
        relations = parameters.pop("rel", "")
        yield Link(target[1].strip(), tuple(relations.lower().split()), parameters)
