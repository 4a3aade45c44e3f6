"""A page as tests read it: its elements, and the paths of one page of each kind."""

from html.parser import HTMLParser
from urllib.parse import parse_qs

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
    "/publish",
    "/?world=1",
    "/new",
    "/new?what=began&activity=use&country=FR",
    "/corrections",
    "/corrections?country=FR&stage=present&page=2",
)
VOID = {"meta", "link", "br", "input", "img", "hr", "col"}


class Cells(HTMLParser):
    """The cells of the tables of a page, (row, activity, stage) → (classes, name); a dot has the class f-not-assessed.

    A row is called by the code of its country, or by its name if it is that of an international body.
    """

    def __init__(self, html):
        super().__init__()
        self.cells, self.names, self.columns, self.open, self.link, self.text = {}, {}, [], 0, None, ""
        self.row, self.column = "", 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.open += tag == "table"
        given = dict(attrs)
        if not self.open:
            return
        if tag == "tr":
            self.column = -1
        if tag == "td":
            self.column += 1
            if "none" in given.get("class", ""):
                self._add((self.row, *self.columns[self.column]), "f-not-assessed", "Not assessed")
        if tag != "a":
            return
        href, _, fragment = given["href"].partition("#")
        path, _, query = href.partition("?")
        if path.startswith("/countries/"):
            code = path.removeprefix("/countries/")
            if fragment:
                self._add((self.names[code], *fragment.split("-")), given.get("class", ""), given.get("aria-label", ""))
            else:
                self.link, self.text = code, ""
        elif path == "/compare" and "layout=statements" in query:
            asked = parse_qs(query)
            self.columns.append((asked["activity"][-1], asked["stage"][-1]))

    def _add(self, place, classes, name):
        if "tile" in classes or name == "Not assessed":
            assert place not in self.cells
            self.cells[place] = classes, name

    def handle_data(self, data):
        self.text += data

    def handle_endtag(self, tag):
        self.open -= tag == "table"
        if tag == "a" and self.link:
            self.row = self.names[self.link] = self.text if "/" in self.link else self.link
            self.link = None


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
