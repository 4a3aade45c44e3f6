"""A document as the YAML parser sees it.

The parser is that of YAML 1.1. Where YAML 1.2 reads a character otherwise, the parser sees a character that the text
does not hold instead, which is changed back in every value: U+0085, U+2028 and U+2029, which break no line; a question
mark or a colon before a word within brackets, which is a part of it; the byte order mark, which is never skipped; and
the backslash of two escapes that are one character in JSON, which YAML 1.2 includes.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from registry.errors import ReadingError
from registry.reading import decoding
from registry.reading.tree import At

_OTHERWISE = "\x85\u2028\u2029\ufeff"
_OF_A_WORD = re.compile(r"([\[{,:][ \t\r\n]*)([?:])(?=[^\s,\[\]{}])")
_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\(u[dD][89abAB][0-9a-fA-F]{2})\\(u[dD][c-fC-F][0-9a-fA-F]{2})")
_STAND_INS = range(0xF0000, 0xFFFFE)  # private use: more characters than a document has bytes for


@dataclass(frozen=True, slots=True)
class Source:
    """A document for the parser: its lines as typed and as the parser sees them, which are as long.

    Both are one list where there is no difference. `back` has what a stand-in stands for, and `pairs` finds those for a
    backslash. `faults` are the place and error of each character that is not allowed.
    """

    typed: list[str]
    lines: list[str]
    back: dict[int, str]
    pairs: re.Pattern[str]
    faults: list[tuple[At, ReadingError]]

    def restored(self, value: str, style: str | None) -> str:
        """Return a value that the parser read, in quotes of that style, as it stands in the text."""
        if self.typed is self.lines:  # nothing stands in for anything
            return value
        if style == '"':
            value = self.pairs.sub(lambda pair: json.loads(f'"\\{pair[1]}\\{pair[2]}"'), value)
        return value.translate(self.back)


def source(text: str) -> Source:
    """Return a text for the parser. Raises ReadingError for too many characters that are not allowed."""
    if text.endswith(" ") and not re.split("[\r\n]", text)[-1].strip(" "):
        text += "\n"  # libyaml overlooks a line of spaces at the end of a text in a block
    seen, faults = decoding.replaced(text)
    present = set(seen)
    free = (chr(code) for code in _STAND_INS if chr(code) not in present)
    stand_ins = dict(zip(_OTHERWISE + "?:\\", free, strict=False))
    seen = _OF_A_WORD.sub(lambda match: match[1] + stand_ins[match[2]], seen)
    seen = seen.translate({ord(character): stand_ins[character] for character in _OTHERWISE})
    backslash = stand_ins["\\"]
    seen = _PAIR.sub(lambda match: f"{match[1]}{backslash}{match[2]}{backslash}{match[3]}", seen)
    pairs = re.compile(f"{backslash}(u.{{4}}){backslash}(u.{{4}})")
    back = {ord(stand_in): character for character, stand_in in stand_ins.items()}
    typed = decoding.lines_of(text)
    return Source(typed, typed if seen == text else decoding.lines_of(seen), back, pairs, faults)
