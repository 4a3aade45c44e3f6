"""What a visitor came for, on the bundled sources, in a real browser: found within three clicks of the first page."""

import csv
import io
from dataclasses import dataclass, field

import pytest

from registry.store.embedded import EmbeddedStore
from registry.web.app import create_app
from registry.web.text.language import LANGUAGES
from tests.conftest import served
from tests.support.merged import SETTINGS, bundled, fill
from tests.support.visiting import follow, new_page

pytest_plugins = ["tests.support.browser"]
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site():
    """The site on all bundled sources."""
    application = create_app(SETTINGS, fill(EmbeddedStore(), bundled()))
    with served(application) as address:
        yield address
    application.config["ENDPOINT"].close()


@dataclass
class Visit:
    """A page in the browser, and how often the visitor clicked."""

    page: object
    clicks: int = 0
    asked: list = field(default_factory=list)

    def click(self, name, within="body"):
        self.follow(self.page.locator(within).get_by_role("link", name=name, exact=True).first)

    def follow(self, link):
        self.clicks += 1
        follow(link)


@pytest.fixture
def visit(browser, site):
    with new_page(browser, java_script_enabled=False, accept_downloads=True) as page:
        page.goto(site + "/")
        yield Visit(page)


def test_what_obliges_swiss_federal_bodies_to_publish_and_its_article(visit):
    visit.click("Countries", "header")
    visit.click("Switzerland", "main")
    visit.follow(visit.page.locator(".nine a.f-required[href='#produce-present']"))
    text = visit.page.locator(":target").inner_text()
    assert "Federal bodies disclose the source code of software they develop" in text
    assert "Art. 9" in text
    assert "Status: In force (from 2024-01-01)" in text
    assert visit.clicks <= 3


def test_france_germany_and_the_netherlands_on_use_and_prioritize(visit):
    visit.click("Priority (Use): all statements", "main")
    for country in ("France", "Germany", "Netherlands"):
        assert visit.page.locator("tbody th", has_text=country).count() > 0
    assert visit.clicks <= 3


def test_every_expired_policy(visit):
    visit.click("Policies", "footer")
    visit.follow(visit.page.locator("main").get_by_role("link", name="Expired").first)
    assert "/policies?status=expired" in visit.page.url
    assert set(visit.page.locator("tbody tr td:nth-child(4)").all_inner_texts()) == {"Expired"}
    assert visit.clicks <= 3


def test_the_table_of_produce_for_a_spreadsheet(visit):
    visit.click("Publish", ".matrix")
    visit.clicks += 1
    visit.page.locator("summary", has_text="Download").click()
    with visit.page.expect_download() as download:
        visit.clicks += 1
        visit.page.locator("main").get_by_role("link", name="CSV", exact=True).first.click()
    body = download.value.path().read_bytes()
    assert body.startswith(b"\xef\xbb\xbf")  # so that Excel on Windows reads its accents
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    assert {row["activity"] for row in rows} == {"produce"}
    assert len(rows) > 150
    assert visit.clicks <= 3


def test_whom_to_write_to_in_munich(visit):
    visit.page.locator("header input[name=q]").fill("Munich")
    visit.follow(visit.page.locator("header button"))
    visit.follow(visit.page.locator("main").get_by_role("link", name="Munich").first)
    assert visit.page.locator("a[href='mailto:opensource@muenchen.de']").count() > 0
    assert visit.clicks <= 3


CUT = """() => [...document.querySelectorAll(".matrix td .tile b")]
  .filter(word => word.offsetParent && word.scrollWidth > word.clientWidth + 1).map(word => word.textContent)"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_seventeen_rows_are_seen_at_once_and_no_word_of_a_cell_is_cut(browser, site, language):
    with new_page(browser, viewport={"width": 1280, "height": 900}) as page:
        page.goto(f"{site}/compare?lang={language}")
        boxes = [row.bounding_box() for row in page.locator(".matrix tbody tr").all()[:30]]
        assert boxes[0]["y"] <= 360
        assert sum(box["y"] + box["height"] <= 900 for box in boxes) >= 17
        assert page.evaluate(CUT) == []
