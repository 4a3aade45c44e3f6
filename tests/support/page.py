"""A page as tests read it: its elements, and the paths of one page of each kind."""

from html.parser import HTMLParser

PATHS = (
    "/",
    "/compare",
    "/map",
    "/map?stage=promote&layer=compiled&force=strong",
    "/countries",
    "/countries/FR",
    "/countries/KE",
    "/countries?q=britain&region=europe",
    "/compare?region=eu&on=2019",
    "/offices",
    "/policies",
    "/policies?q=loi&status=in-force",
    "/policies?q=zebra&status=bogus",
    "/search?q=loi",
    "/offices?country=FR",
    "/sources",
    "/sources/bundled-fr",
    "/sources/broken",
    "/sources/gone",
    "/changes",
    "/method",
    "/new",
    "/new?what=began&activity=use&country=FR",
    "/corrections",
    "/corrections?country=FR&stage=present&page=2",
)
VOID = {"meta", "link", "br", "input", "img", "hr", "col"}


class Page(HTMLParser):
    """The elements of a page as (tag, attributes, text), whether its tags match, and its identifiers."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.open, self.wrong = [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        element = [tag, dict(attrs), ""]
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        if not self.open or self.open[-1][0] != tag:
            self.wrong.append(tag)
        else:
            self.open.pop()

    def handle_data(self, data):
        for element in self.open:
            element[2] += data

    def all(self, tag, **attributes):
        return [e for e in self.elements if e[0] == tag and all(e[1].get(k) == v for k, v in attributes.items())]

    @property
    def text(self):
        return " ".join(self.elements[0][2].split())
