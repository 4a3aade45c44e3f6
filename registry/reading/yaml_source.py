"""A document as the YAML parser sees it.

The parser is that of YAML 1.1. Where YAML 1.2 reads a character otherwise, the parser sees a character that the text
does not hold instead, which is changed back in every value: U+0085, U+2028 and U+2029, which break no line; a question
mark before a word, which is a part of it; and the byte order mark, which is never skipped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

from registry.errors import ReadingError
from registry.reading import decoding
from registry.reading.tree import At

_OTHERWISE = re.compile(r"[\x85\u2028\u2029\ufeff]|(?:(?<=[\s\[{,])|^)\?(?=[^\s,\[\]{}])")
_STAND_INS = range(0xF0000, 0xFFFFE)  # private use: more characters than a document has bytes for


@dataclass(frozen=True, slots=True)
class Source:
    """A document for the parser: its lines as typed and as the parser sees them, which are as long.

    `back` has what a stand-in stands for; `faults` are the place and error of each character that is not allowed.
    """

    typed: list[str]
    lines: list[str]
    back: dict[int, str]
    faults: list[tuple[At, ReadingError]]


def source(text: str) -> Source:
    """Return a text for the parser. Raises ReadingError for too many characters that are not allowed."""
    seen, faults = decoding.replaced(text)
    found = {match[0] for match in _OTHERWISE.finditer(seen)}
    present = set(seen) if found else set()
    free = islice((chr(code) for code in _STAND_INS if chr(code) not in present), len(found))
    stand_ins = dict(zip(sorted(found), free, strict=True))
    seen = _OTHERWISE.sub(lambda match: stand_ins[match[0]], seen) if found else seen
    back = {ord(stand_in): character for character, stand_in in stand_ins.items()}
    return Source(decoding.lines_of(text), decoding.lines_of(seen), back, faults)
