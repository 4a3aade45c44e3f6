"""The form in which texts are compared; pure."""

from __future__ import annotations

import unicodedata

# Letters that Unicode does not decompose, and how people write them on other keyboards.
_LETTERS = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}


class _Folding(dict[int, str]):
    """Code point → its replacement, filled in as code points occur: "" for accents and marks, " " for punctuation."""

    def __missing__(self, code: int) -> str:
        category = unicodedata.category(chr(code))
        dropped = category in ("Mn", "Me", "Cf")  # accents; invisible hyphens and joiners
        self[code] = "" if dropped else " " if category[0] in "PZC" else chr(code)
        return self[code]


_FOLDING = _Folding(str.maketrans(_LETTERS))


def fold(text: str) -> str:
    """Return a text in the form in which texts are compared: no case, accents or punctuation, one space between words.

    >>> fold("Straße, Łódź & L’État"), fold("ΝΌΜΟΣ"), fold("Ёлка"), fold("開放原始碼")
    ('strasse lodz l etat', 'νομοσ', 'елка', '開放原始碼')
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return " ".join(plain.translate(_FOLDING).split())


def words(query: str) -> tuple[str, ...]:
    """Return the folded words of a search text, each once."""
    return tuple(dict.fromkeys(fold(query).split()))
