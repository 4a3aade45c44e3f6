"""Every page as a visitor sees it in Chromium: light, dark, on a narrow screen and without scripts."""

import re

import pytest

from registry.model import Source
from registry.store.embedded import EmbeddedStore
from registry.web.app import create_app
from registry.web.pictures.cell_looks import COLOURS, LOOKS
from tests.conftest import served
from tests.support.disputed import CLAIM, EVIL, OWN, VICTIM
from tests.support.merged import AT, SETTINGS, received, store, writer_on
from tests.support.visiting import follow, new_page

pytest_plugins = ["tests.support.browser"]
pytestmark = pytest.mark.browser

PAGES = (
    "/",
    "/compare",
    "/compare?activity=use&layer=compiled",
    "/compare?force=required",
    "/compare?force=strong",
    "/compare?rows=offices&on=2020-01-01",
    "/compare?country=FR&country=DE&layout=side&differences=1",
    "/compare?activity=produce&stage=present&layout=statements",
    "/compare?lang=de",
    "/countries/FR?lang=fr",
    "/map",
    "/map?stage=present&force=required",
    "/countries",
    "/countries?page=3&lang=de",
    "/countries/FR",
    "/countries/BE",
    "/offices",
    "/offices/code-gouv-fr",
    "/policies",
    "/policies/fr-lrn",
    "/policies?q=loi&status=in-force",
    "/search?q=loi",
    "/offices?country=FR",
    "/sources",
    "/sources/bundled-fr",
    "/sources/broken",
    "/sources/gone",
    "/sparql",
    "/changes",
    "/method",
    "/publish",
    "/?world=1",
    "/nothing-here",
)
ELSEWHERE = CLAIM.replace(b"victim.example", b"claimed.example")
LOST = OWN.replace(b"victim.example", b"lost.example")
LEFT = "/offices/lost-example?lang=de"
DISPUTED = (
    "/offices/victim-example",
    "/offices/claimed-example?lang=fr",
    "/policies/own-policy",
    "/offices",
    "/policies",
    "/countries/DE",
    LEFT,
)
FOCUS = """() => {
  const style = getComputedStyle(document.activeElement), box = document.activeElement.getBoundingClientRect();
  return parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== "none" && box.left >= 0 && box.top >= 0;
}"""
STYLE = """node => Object.fromEntries(["color", "backgroundColor", "backgroundImage", "borderStyle", "borderColor"]
  .map(name => [name, getComputedStyle(node)[name]]))"""
CLEAR = "rgba(0, 0, 0, 0)"
WIDER = "() => [document.documentElement.scrollWidth, innerWidth]"


def rgb(name, theme):
    """Return a colour of the table as Chromium computes it; what is none as it is."""
    if name not in COLOURS:
        return name
    digits = getattr(COLOURS[name], theme)[1:]
    red, green, blue = re.findall("..", digits if len(digits) == 6 else "".join(2 * digit for digit in digits))
    return f"rgb({int(red, 16)}, {int(green, 16)}, {int(blue, 16)})"


@pytest.fixture(scope="module")
def origin():
    """The site on a small real store."""
    with served(create_app(SETTINGS, store())) as address:
        yield address


@pytest.fixture
def page(browser, origin):
    """A page that keeps the messages on its console and the addresses of its requests."""
    with new_page(browser, viewport={"width": 1280, "height": 900}) as page:
        page.console_lines, page.addresses = [], []
        page.on("console", lambda message: page.console_lines.append(message.text))
        page.on("request", lambda request: page.addresses.append(request.url))
        yield page


@pytest.fixture(scope="module")
def disputed():
    """The site on a store where one office is disputed, one is only claimed, and one is gone."""
    store = EmbeddedStore()
    lost = Source("lost", "https://lost.example/.well-known/ospo-meta")
    writer = writer_on(store)
    for source, body in ((VICTIM, OWN), (EVIL, CLAIM), (Source("other", f"{EVIL.url}2"), ELSEWHERE), (lost, LOST)):
        writer.admit(received(source, body))
    writer.merge()
    writer.withdraw(lost.id, AT)
    writer.merge()
    with served(create_app(SETTINGS, store)) as address:
        yield address


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_quiet_and_fits_in_every_guise(page, origin, violations, path):
    look_at(page, origin, violations, path)


@pytest.mark.parametrize("path", DISPUTED)
def test_a_page_of_claims_is_so_too(page, disputed, violations, path):
    look_at(page, disputed, violations, path)


def look_at(page, origin, violations, path):
    page.goto(origin + path)
    found = {"light": violations(page)}
    page.emulate_media(color_scheme="dark")
    found["dark"] = violations(page)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 320, "height": 640})
    found["narrow"] = violations(page)
    width, screen = page.evaluate(WIDER)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(media="print")
    found["print"] = violations(page)
    assert found == {"light": [], "dark": [], "narrow": [], "print": []}
    assert width <= screen
    expected = {"/nothing-here": "404", LEFT: "410"}.get(path)
    assert [text for text in page.console_lines if expected is None or expected not in text] == []
    assert [url for url in page.addresses if not url.startswith(origin)] == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_says_the_same_without_scripts(browser, origin, path):
    with new_page(browser, java_script_enabled=False) as page:
        page.goto(origin + path)
        assert page.locator("main h1").is_visible()
        assert page.locator("script").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_style_sheet_paints_every_cell_as_the_table_says(page, origin, theme):
    page.emulate_media(color_scheme=theme)
    page.goto(origin + "/method")  # its legend has all keys
    for key, look in LOOKS.items():
        fill, ink, edge = (rgb(name, theme) for name in (look.fill, look.ink, look.edge))
        style = page.locator(f".legend .f-{key}").evaluate(STYLE)
        assert style["color"] == ink, key
        assert style["backgroundColor"] == (fill or CLEAR), key
        assert (style["borderStyle"], style["borderColor"]) == ("solid", edge or CLEAR), key
    hollow = page.locator("#marks .near.f-preferred").evaluate(STYLE)
    assert hollow["color"] == rgb("mute", theme)
    assert rgb("preferred", theme) in hollow["backgroundImage"]
    assert rgb("paper", theme) in hollow["backgroundImage"]


def test_rows_have_one_height_and_the_first_is_seen_at_once(page, origin):
    for width, height, highest in ((1280, 900, 360), (390, 844, 440)):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(origin + "/compare")
        boxes = [row.bounding_box() for row in page.locator(".matrix tbody tr").all()]
        assert boxes[0]["y"] <= highest
        assert {round(box["height"]) for box in boxes} == {30}
        assert page.evaluate(WIDER)[0] <= width


def test_heads_and_toolbar_stay_in_sight(page, origin):
    page.set_viewport_size({"width": 1280, "height": 300})
    page.goto(origin + "/compare?empty=1")
    page.evaluate("() => scrollBy(0, document.querySelector('.matrix').getBoundingClientRect().top)")
    page.wait_for_function("() => scrollY > 100")
    toolbar, head = (page.locator(it).bounding_box() for it in (".toolbar", ".matrix thead"))
    assert round(toolbar["y"]) == 0
    assert abs(head["y"] - toolbar["height"]) <= 2


def test_whoever_uses_the_keyboard_sees_where_they_are(page, origin):
    page.goto(origin + "/compare")
    for _ in range(60):  # into the table, past its boxes and cells
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUS)


def test_a_wide_table_scrolls_by_keyboard_in_a_region_of_its_own(page, origin):
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(origin + "/compare?layout=statements")
    region = page.locator(".scroll").first
    region.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.scroll').scrollLeft > 0")
    assert page.evaluate("() => scrollX") == 0


def test_a_cell_opens_to_its_statements(page, origin):
    page.goto(origin + "/compare")
    follow(page.locator("td a.f-required").first)
    assert "#" in page.url
    target = page.locator(":target")
    assert target.is_visible()
    assert target.locator(".statement").count() > 0


def test_print_and_forced_colours_lose_no_words(page, origin):
    page.goto(origin + "/compare")
    cell = page.locator("td .f-required b").first
    for media in ({"media": "print"}, {"media": "screen", "forced_colors": "active"}):
        page.emulate_media(**media)
        assert cell.is_visible()


@pytest.mark.parametrize("path", ["/countries/FR", "/countries/DE?lang=de"])
def test_a_country_prints_on_one_page(page, origin, path):
    page.goto(origin + path)
    sheet = page.pdf(format="A4", margin=dict.fromkeys(("top", "bottom", "left", "right"), "10mm"))
    assert len(re.findall(rb"/Type\s*/Page[^s]", sheet)) == 1


def test_ticked_rows_come_side_by_side(page, origin):
    page.goto(origin + "/compare?force=required&force=encouraged&force=comply-or-explain")
    for country in ("FR", "DE"):
        page.locator(f"input[name=country][value={country}]").check()
    page.get_by_role("button", name="Side by side").click()
    page.wait_for_url("**layout=side**")
    assert page.locator("thead th").all_inner_texts()[1:] == ["France ", "Germany "]
    assert page.locator(".chips li", has_text="How binding").count() == 3
