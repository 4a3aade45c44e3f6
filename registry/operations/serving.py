"""Serving the site: the processes of the web server, with our site in them."""

from __future__ import annotations

import logging
from functools import partial

from registry.front.processes import listen, run
from registry.settings import Settings
from registry.web.made_files import folder_for_files
from registry.web.site import WebSite


def serve(settings: Settings) -> None:
    """Serve at the settings' host and port until interrupted. Raises SettingsError where nothing can listen there."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    listener = listen(settings.host, settings.port)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host  # RFC 3986, section 3.2.2
    print(f"{settings.title}: http://{host}:{settings.port}/ (Ctrl-C ends it)", flush=True)
    with folder_for_files(settings) as folder:
        run(settings, listener, partial(WebSite, settings, folder))
