"""A validator of Atom feeds: a table of the elements and attributes that RFC 4287 allows, and its other rules."""

import re
from urllib.parse import urlsplit
from xml.etree import ElementTree

ATOM = "{http://www.w3.org/2005/Atom}"
XML = "{http://www.w3.org/XML/1998/namespace}"
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")  # section 3.3, RFC 3339
ONE, OPTIONAL, ANY = (1, 1), (0, 1), (0, 10**9)
PERSON = {"name": ONE, "uri": OPTIONAL, "email": OPTIONAL}  # section 3.2
META = {"id": ONE, "title": ONE, "updated": ONE, "author": ANY, "category": ANY, "contributor": ANY, "link": ANY}
# Element → its children, and how often each stands there: sections 4.1.1, 4.1.2, 3.2.
CHILDREN = {
    "feed": META | {"generator": OPTIONAL, "icon": OPTIONAL, "logo": OPTIONAL, "subtitle": OPTIONAL, "entry": ANY},
    "entry": META | {"content": OPTIONAL, "published": OPTIONAL, "source": OPTIONAL, "summary": OPTIONAL},
    "author": PERSON,
    "contributor": PERSON,
}
# Element → its attributes beside xml:lang and xml:base: sections 3.1.1, 4.1.3, 4.2.
ATTRIBUTES = {
    "link": {"href", "rel", "type", "hreflang", "title", "length"},
    "category": {"term", "scheme", "label"},
    "generator": {"uri", "version"},
    "content": {"type", "src"},
    **{name: {"type"} for name in ("title", "subtitle", "summary", "rights")},
}
DATES, IRIS, TEXTS = {"updated", "published"}, {"id", "uri", "icon", "logo"}, {"title", "name"}
MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")


def problems(body):
    """Return what breaks RFC 4287 in a feed document, in words; nothing for a valid one."""
    root = ElementTree.fromstring(body)
    found = [] if root.tag == f"{ATOM}feed" else [f"the root is {root.tag}"]
    for element in root.iter():
        found += _of_element(element)
    for holder in (root, *root.iter(f"{ATOM}entry")):
        found += _of_links(holder)
    entries = root.findall(f"{ATOM}entry")
    if any(entry.find(f"{ATOM}author") is None for entry in entries) and root.find(f"{ATOM}author") is None:
        found.append("an entry has no author, nor has the feed")  # section 4.1.1
    for entry in entries:
        alternate = [link for link in entry.findall(f"{ATOM}link") if link.get("rel", "alternate") == "alternate"]
        if entry.find(f"{ATOM}content") is None and not alternate:
            found.append("an entry has neither content nor an alternate")  # section 4.1.2
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    return found + [f"two entries are called {iri}" for iri in set(ids) if ids.count(iri) > 1]


def _of_element(element):
    name = element.tag.removeprefix(ATOM)
    tags = [child.tag.removeprefix(ATOM) for child in element]
    children = CHILDREN.get(name, {})
    for child in {*tags, *children}:
        least, most = children.get(child, (0, 0))
        if not least <= tags.count(child) <= most:
            yield f"{name} has {tags.count(child)} {child}"
    yield from (
        f"{name} has the attribute {attribute}"
        for attribute in element.attrib
        if attribute not in {f"{XML}lang", f"{XML}base", *ATTRIBUTES.get(name, ())}
    )
    text = element.text or ""
    if name in DATES and not DATE.fullmatch(text):
        yield f"{name} is no date: {text}"
    if name in IRIS and not (urlsplit(text).scheme and text == "".join(text.split())):
        yield f"{name} is no absolute IRI: {text}"
    if name in TEXTS and not text.strip():
        yield f"{name} is empty"
    if name in ("title", "content", "summary") and element.get("type", "text") not in ("text", "html", "xhtml"):
        yield f"{name} has the type {element.get('type')}"


def _of_links(holder):
    links = holder.findall(f"{ATOM}link")
    for link in links:
        if not urlsplit(link.get("href", "")).scheme:
            yield "a link has no absolute href"
        if not MEDIA_TYPE.fullmatch(link.get("type", "a/a")):
            yield f"a link has the type {link.get('type')}"
    kinds = [(link.get("type"), link.get("hreflang")) for link in links if link.get("rel", "alternate") == "alternate"]
    if len(kinds) != len(set(kinds)):
        yield "two alternates have one type and language"  # section 4.1.1
    if holder.tag == f"{ATOM}feed" and [link.get("rel") for link in links].count("self") != 1:
        yield "the feed does not name itself once"
