"""How tests visit pages in the browser: they wait for what they see, however long it takes."""

from contextlib import contextmanager

from tests.support.waiting import LONG


@contextmanager
def new_page(browser, **options):
    """Yield a new page in a context of its own, which has these options and waits for as long as it takes."""
    context = browser.new_context(**options)
    context.set_default_timeout(1000 * LONG)
    try:
        yield context.new_page()
    finally:
        context.close()


def follow(link):
    """Click what leads to another page or place, and wait until that has been loaded."""
    with link.page.expect_navigation():
        link.click()
