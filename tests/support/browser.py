"""Fixtures that show pages in a real Chromium, and what axe says of them."""

import os
from importlib.resources import files
from pathlib import Path

import pytest

from tests.support.waiting import LONG

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
HINT = "browser tests want Chromium: apt-get install --no-install-recommends chromium, and pip install playwright"
# No sandbox because tests often run as root in a container, where Chromium cannot make one.
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def missing():
    """Skip the test in one line, or fail where the tests are meant to be whole."""
    if os.environ.get("CI") == "true":
        pytest.fail(HINT, pytrace=False)
    pytest.skip(HINT)


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium, one for the whole module."""
    try:
        # Imported here, since these tests alone want Playwright and may go without it.
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing()
    if not CHROMIUM.exists():
        missing()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS, timeout=1000 * LONG)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def violations():
    """A function that returns what axe finds on a page as it is shown now, one line each."""
    # evaluated in the page, which a strict Content-Security-Policy does not stop as it would a script element
    axe = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8") + ";0"

    def found(page):
        page.evaluate(axe)
        results = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        return [f"{item['id']}: {item['nodes'][0]['html'][:200]}" for item in results["violations"]]

    return found
