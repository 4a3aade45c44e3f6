"""The site as the web server sees it: which room a path is worked on in, what is answered at once, and the rest."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from registry.errors import StoreError, WorkerError
from registry.front.bridge import Answer, Environ, run
from registry.front.tally import Tally
from registry.settings import Settings
from registry.store.checkpoints import current
from registry.web.app import create_app
from registry.web.at_once import AtOnce, fitted, json_answer
from registry.web.health import health
from registry.web.made_files import MadeFiles
from registry.web.text.language import DEFAULT

_WATCH_SECONDS = 1.0  # between two looks at what is published
_KEPT_BYTES = 64 * 1024 * 1024
_OPERATOR = "/-/metrics"
PREPARED = (
    *(f"/compare.{suffix}" for suffix in ("csv", "json", "ttl")),
    "/compare-cells.csv",
    *(f"/{kind}.{suffix}" for kind in ("countries", "offices", "policies") for suffix in ("csv", "json")),
)
_SUFFIXES = (".csv", ".xlsx", ".json", ".ttl", ".jsonld", ".rdf", ".nt", "/copy")  # of what may be large

_log = logging.getLogger(__name__)


class WebSite:
    """The pages, the downloads and the endpoint of one process; see `registry.front.bridge.Site`."""

    def __init__(self, settings: Settings, folder: Path, tally: Tally) -> None:
        self._files = MadeFiles(settings, folder)
        self._app = create_app(settings, tally=tally, files=self._files)
        self._catalogue, self._endpoint = self._app.config["CATALOGUE"], self._app.config["ENDPOINT"]
        is_server = "://" in settings.store_location
        published: Callable[[], str] = str if is_server else partial(current, settings.store_location)
        self._kept = AtOnce(self._catalogue, published, self._app.config["REQUESTS"].count, _KEPT_BYTES)

    def room(self, path: str) -> str:
        """Return the name of the room for a path."""
        if path == "/sparql":
            return "sparql"
        if path == _OPERATOR:
            return "operator"
        return "downloads" if path.endswith(_SUFFIXES) else "pages"

    def at_once(self, environ: Environ) -> Answer | None:
        """Return what can be answered without waiting: the state of this process, and what is kept."""
        path = environ["PATH_INFO"]
        if path in ("/-/health", "/-/ready") and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            said = health(self._catalogue)
            is_late = path == "/-/ready" and not said["loaded"]
            return json_answer(503 if is_late else 200, said, "5" if is_late else "")
        return self._kept.get(environ)

    def answer(self, environ: Environ) -> Answer:
        """Return the answer of the application, and keep it where that is possible."""
        made = run(self._app, environ)
        self._kept.keep(environ, made)
        return fitted(made, environ)

    def start(self) -> None:
        """Read the lists now, and again whenever something is published; and make the downloads that all ask for."""
        threading.Thread(target=self._watch, name="watch", daemon=True).start()

    def stop(self) -> None:
        """End the query workers and the maker of downloads."""
        self._endpoint.close()
        self._files.close()

    def _watch(self) -> None:
        prepared = ""
        while True:
            try:
                self._catalogue.watch()
                if (state := self._catalogue.state()) != prepared:
                    prepared = state
                    self._prepare(state)
                self._files.rest()
            except (StoreError, WorkerError, OSError) as error:
                _log.warning("what is published cannot be read or made yet: %s", error)
            except Exception:  # a fault of ours: whoever watches must not end
                _log.exception("what is published cannot be looked at")
            time.sleep(_WATCH_SECONDS)

    def _prepare(self, state: str) -> None:
        """Make the whole downloads of a new state, in the language that most programs ask in: none."""
        for target in PREPARED:
            if self._catalogue.state() == state:
                self._files.answer(target, DEFAULT, state)
