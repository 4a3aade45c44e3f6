"""From the bytes of a document to its text, whatever its format: encoding, byte order mark, characters not allowed."""

from __future__ import annotations

import re
from itertools import islice

from registry.errors import ReadingError
from registry.reading.tree import At
from registry.vocabulary.messages import unreadable

# Not allowed: C0 controls but tab and line ends; C1 controls; lone surrogates; non-characters; and the bidirectional
# overrides and isolates, which can make a text look like another (Unicode UTR 36, section 2.5). The marks U+200E and
# U+200F are allowed: Arabic and Hebrew need them. A match of what is allowed is twice as fast as a search for the rest.
_ALLOWED = re.compile("[\t\n\r -~\x85\xa0-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
_REFUSED = re.compile(f"[^{_ALLOWED.pattern[1:-2]}]")
_MAX_REFUSED = 100  # characters of a document that are not allowed: of more, it is refused as a whole
_LINE_END = re.compile("\r\n?|\n")
_BYTE_ORDER_MARK = "\ufeff"


def decode(body: bytes, max_bytes: int) -> str:
    """Return the text of a document in UTF-8, without a byte order mark.

    Raises ReadingError for more than `max_bytes`, for another encoding, and for a character that is not allowed.
    """
    text = decode_any(body, max_bytes)
    if forbidden(text):
        raise replaced(text)[1][0][1]
    return text


def decode_any(body: bytes, max_bytes: int) -> str:
    """Return the same as `decode`, but with all characters that are not allowed."""
    if len(body) > max_bytes:
        raise unreadable("file-too-long", bytes=str(len(body)), limit=str(max_bytes))
    if body.startswith((b"\xff\xfe", b"\xfe\xff")) or 0 in body[:2]:
        raise unreadable("file-in-wide-characters", 1)
    try:
        return body.decode("utf-8").lstrip(_BYTE_ORDER_MARK)
    except UnicodeDecodeError as error:
        before = body[: error.start].decode("utf-8").lstrip(_BYTE_ORDER_MARK)
        raise unreadable("file-encoding", *place(before, len(before)), byte=f"{body[error.start]:02X}") from error


def place(text: str, position: int) -> tuple[int, int]:
    r"""Return line and column of a position, from 1; a line ends with LF, CR LF or CR.

    >>> place("a\r\nbc", 4), place("a\rb", 2)
    ((2, 2), (2, 1))
    """
    line, begin = 1, 0
    for end in _LINE_END.finditer(text, 0, position):
        line, begin = line + 1, end.end()
    return line, position - begin + 1


def lines_of(text: str) -> list[str]:
    """Return the lines of a text without their ends: LF, CR LF or CR, as YAML 1.2 and JSON have them."""
    return _LINE_END.split(text)


def forbidden(text: str) -> str:
    """Return the first character that is not allowed, or ""."""
    allowed = _ALLOWED.match(text)
    return text[allowed.end() :][:1] if allowed else ""


def replaced(text: str) -> tuple[str, list[tuple[At, ReadingError]]]:
    """Return a text with U+FFFD for each character that is not allowed, and the place and error of each.

    A parser would not go on after some of them. Raises ReadingError for more than 100.
    """
    if not forbidden(text):
        return text, []
    positions = [match.start() for match in islice(_REFUSED.finditer(text), _MAX_REFUSED + 1)]
    faults: list[tuple[At, ReadingError]] = []
    for position in positions[:_MAX_REFUSED]:
        line, column = place(text, position)
        faults.append(((line, column), unseen(text[position], line, column)))
    if len(positions) > _MAX_REFUSED:
        raise faults[0][1]
    return _REFUSED.sub("\ufffd", text), faults


def unseen(character: str, line: int | None, column: int | None) -> ReadingError:
    """Return the error of a character that is not allowed, in this place."""
    return unreadable("character-not-allowed", line, column, character=f"U+{ord(character):04X}")
