"""What a web page says of its description: links in its head, its base, and JSON-LD of ours; pure.

The tags are found as section 13.2.5 of the HTML standard has it, as far as that matters here. The whole page is read,
in a time that is linear in its length: no pattern has two ways to match a text, and where one finds no end, there is
none and the page ends. (The HTML parser of Python 3.11 is quadratic on hostile input.)
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

JSON_LD = "application/ld+json"

_MARK = re.compile(
    r"<(?:(?P<comment>!--)|(?P<other>[!?]|/(?![a-z]))|(?P<end>/?)(?P<name>[a-z][^\s/>]*+))", re.IGNORECASE
)
_END_OF_COMMENT = re.compile(r"--!?>")
_ATTRIBUTE = r"""[\s/]*+([^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>"'][^\s>]*+)|))?+"""
_REST_OF_TAG = re.compile(rf"(?:{_ATTRIBUTE})*+[\s/]*+>")
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_RAW_TEXT = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes")
}
# Whatever else begins, ends the head of a page without `<body>` (HTML, section 13.2.6.4.4).
_OF_THE_HEAD = frozenset(
    "html head base basefont bgsound link meta noframes noscript script style template title".split()
)
_READABLE_MEDIA_TYPES = re.compile(r"(application|text)/(x-)?(yaml|ld\+json|turtle|rdf\+xml|n-triples)\b|^$")
# A JSON string that begins with the address of our context or of one of our terms; a slash may be escaped.
_OUR_ADDRESS = re.compile(r'(?<!\\)"https?:(?:\\?/){2}w3id\.org\\?/ospo\\?/')
# Marks that hide a script from very old browsers (`<!--`) or from XML parsers (`<![CDATA[`), perhaps in a comment.
_HIDING = re.compile(r"(?://[ \t]*|/\*\s*)?(?:<!--|<!\[CDATA\[)(?:[ \t]*\*/)?")
_END_OF_HIDING = re.compile(r"(?://[ \t]*|/\*\s*)?(?:-->|\]\]>)(?:[ \t]*\*/)?\Z")
_LONGEST_END = 40  # characters


class Tag(NamedTuple):
    """A start tag or, where `is_end`, an end tag; `text` is what stands in an element that holds no other: a script."""

    name: str
    is_end: bool
    attributes: dict[str, str]
    text: str


class Page(NamedTuple):
    """`links` are the targets with the relation `describedby`, as written; `blocks` the JSON-LD that uses our terms."""

    base: str
    links: tuple[str, ...]
    blocks: tuple[str, ...]


def mentions_us(text: str) -> bool:
    """Return whether JSON has a string that begins with the address of our context or of one of our terms."""
    return bool(_OUR_ADDRESS.search(text))


def describes(relations: Collection[str], media_type: str) -> bool:
    """Return whether a link with these relations leads to a description in a format that is read."""
    return "describedby" in relations and bool(_READABLE_MEDIA_TYPES.search(media_type.strip().lower()))


def read_page(text: str) -> Page:
    """Return what a page says of its description.

    Links and the base count in the head alone: those in the body may be of its visitors. The head ends at `<body>`, or,
    in a page that has none, where something begins that stands in no head. A block counts anywhere: whoever can add a
    script to a page controls the page.
    """
    bases, links, blocks = list[str](), list[str](), list[str]()
    over, in_noscript, before_content = False, False, None
    for tag in _tags(text):
        if tag.name == "noscript":
            in_noscript = not tag.is_end
        if tag.is_end:
            continue
        if tag.name == "body" and not over:
            over, before_content = True, None
        elif tag.name not in _OF_THE_HEAD and not in_noscript and before_content is None and not over:
            before_content = len(bases), len(links)
        if tag.name == "script":
            if tag.attributes.get("type", "").lower().partition(";")[0].strip() == JSON_LD and mentions_us(tag.text):
                blocks.append(_bare(tag.text))
        elif over or not (href := tag.attributes.get("href", "")):
            continue
        elif tag.name == "base":
            bases.append(href)
        elif describes(tag.attributes.get("rel", "").lower().split(), tag.attributes.get("type", "")):
            links.append(href)
    if before_content is not None:
        bases, links = bases[: before_content[0]], links[: before_content[1]]
    return Page(bases[0] if bases else "", tuple(links), tuple(blocks))


def _tags(text: str) -> Iterator[Tag]:
    """Yield the tags of a page; attributes only of those that are looked at."""
    position = 0
    while mark := _MARK.search(text, position):
        if mark["comment"] or mark["other"]:
            end = _END_OF_COMMENT.search(text, mark.end() - 2) if mark["comment"] else None
            position = end.end() if end else 0 if mark["comment"] else text.find(">", mark.end()) + 1
            if not position:
                return
            continue
        if not (rest := _REST_OF_TAG.match(text, mark.end())):
            return
        name, is_end, position, content = mark["name"].lower(), bool(mark["end"]), rest.end(), ""
        if name in _RAW_TEXT and not is_end:
            if not (end := _RAW_TEXT[name].search(text, position)):
                return
            content, position = text[position : end.start()], end.start()
        is_looked_at = name in ("link", "base", "script")
        yield Tag(name, is_end, _attributes(text, mark.end(), rest.end() - 1) if is_looked_at else {}, content)


def _attributes(text: str, start: int, end: int) -> dict[str, str]:
    """Return the attributes of a tag, of each name the first."""
    found: dict[str, str] = {}
    for name, *values in _ATTRIBUTES.findall(text[start:end]):
        found.setdefault(name.lower(), html.unescape("".join(values)).strip())
    return found


def _bare(block: str) -> str:
    """Return the text of a script without white space around it, and without marks that hide it."""
    block = block.strip()
    if not (opening := _HIDING.match(block)):
        return block
    rest = block[opening.end() :].strip()
    tail = rest[-_LONGEST_END:]
    return (rest[: -len(tail)] + _END_OF_HIDING.sub("", tail)).strip() if tail else ""
