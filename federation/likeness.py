"""What an answer of 200 looks like by how it begins: a description, or what servers send where there is none; pure.

Nothing is parsed here. The question is only whether the search goes on, so a wrong answer costs a request: where
nothing better is found, what was found first is read after all. Every pattern takes a time that is linear in the text.
"""

from __future__ import annotations

import re

from federation.page import mentions_us
from federation.transport import Response
from registry.reasons.reasons import reason

_LOOKED_AT = 65_536  # bytes; a licence may stand before the first key
_TYPE_OF_PAGES = re.compile(r"text/html|application/xhtml\+xml")
_RDF_NAMESPACE = b"http://www.w3.org/1999/02/22-rdf-syntax-ns#"

# What follows the subject of a triple: `a`, an address, or a name with a prefix.
_PREDICATE = rb"(?:a[ \t\r\n]|<|[\w.-]*+:)"
# An address in angle brackets that is no tag of HTML, and what may follow it: `<#o> a`, `<https://…> <`.
_BEGINS_WITH_TRIPLE = re.compile(
    rb"<(?:[#?.][^<>\s]*+|[a-z][a-z0-9+.-]*+:[^<>\s]*+|)>[ \t\r\n]+" + _PREDICATE, re.IGNORECASE
)
# A line of Turtle: a prefix or a base, or one that begins with a subject.
_TURTLE = re.compile(
    rb"^[ \t]*+(?:@?prefix[ \t]++[^\s<:]*+:[ \t]*+<|@?base[ \t]++<|\[[ \t]*+a[ \t]"
    rb"|(?:_:\S++|\[[ \t]*+\]|<[^<>\s]*+>)[ \t]++" + _PREDICATE + rb")",
    re.IGNORECASE | re.MULTILINE,
)
# A key in YAML or JSON, at the beginning of a line or after a brace or a comma: a word, or a whole address.
_BEFORE_KEY = rb"""(?:^[ \t]*+(?:-[ \t]++)?+|[{,]\s{0,40}+)["']?+"""
_KEY = re.compile(
    _BEFORE_KEY + rb"""(url|name|country|offices|policies)["']?+[ \t]*+:(?=[\s"'{\[]|\Z)""",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS_AS_KEY = re.compile(
    _BEFORE_KEY + rb"""https?://[^\s,{}"']++(?:(?<=:)(?=\s|\Z)|["'][ \t]*+:)""", re.IGNORECASE | re.MULTILINE
)
_ENOUGH = (b"offices", b"policies")
_OURS = b"w3id.org/ospo/"


def is_page(response: Response) -> bool:
    """Return whether a response is a web page. How the body begins decides too, since media types are often wrong."""
    start = _start(response)[:1024].lower()
    if not start.startswith(b"<") or _BEGINS_WITH_TRIPLE.match(start):
        return False
    if start.startswith(b"<!doctype html") or b"<html" in start:
        return True
    is_sent_as_page = bool(_TYPE_OF_PAGES.match(response.header("content-type").lower()))
    return is_sent_as_page and _RDF_NAMESPACE not in _start(response)


def what_else(response: Response) -> str:
    """Return in words what a body is, if it looks like no description; "" if it may be one."""
    start = _start(response)
    if not start:
        return reason("what-white-space" if response.body else "what-nothing")
    if is_page(response):
        return reason("what-page")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):  # UTF-16, which the reader can name
        return ""
    if b"\0" in start[:1024]:
        return reason("what-no-text")
    if _BEGINS_WITH_TRIPLE.match(start) or _TURTLE.search(start):
        return ""
    if start.startswith(b"<"):
        return "" if _RDF_NAMESPACE in start else reason("what-xml")
    if start.startswith((b"{", b"[", b'"')):
        is_ours = mentions_us(response.body.decode(errors="replace")) or _has_keys(start)
        return "" if is_ours else reason("what-json")
    return "" if _OURS in start or _has_keys(start) else reason("what-text", quoted=_quoted(start))


def _start(response: Response) -> bytes:
    return response.body[:_LOOKED_AT].removeprefix(b"\xef\xbb\xbf").lstrip()


def _has_keys(start: bytes) -> bool:
    """Return whether two keys of an office stand here, or one that holds offices or policies, or a home page as key."""
    keys = {key.lower() for key in _KEY.findall(start)}
    return len(keys) > 1 or not keys.isdisjoint(_ENOUGH) or bool(_ADDRESS_AS_KEY.search(start))


def _quoted(start: bytes) -> str:
    words = " ".join(start[:160].decode(errors="replace").split())
    shown = "".join(character if character.isprintable() else "\ufffd" for character in words)
    return f"“{shown}”" if len(shown) <= 40 else f"“{shown[:40]}…”"
