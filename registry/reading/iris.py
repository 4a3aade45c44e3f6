"""STUB replaced by the other module."""

import re

_ILLEGAL = re.compile(r"[\x00-\x20<>\"{}|\\^`]")
_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def iri_of(text: str) -> tuple[str, str]:
    iri = _PERCENT.sub("%25", _ILLEGAL.sub(lambda match: f"%{ord(match[0]):02X}", text.strip()))
    if ":" not in iri:
        return "", "address-incomplete"
    return iri, "encoded" if iri != text.strip() else ""
