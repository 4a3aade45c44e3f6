"""The process that makes downloads: the same application, asked for one file after the other."""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask

from registry.front.bridge import environment, run
from registry.readmodel.catalogue import Catalogue
from registry.settings import Settings
from registry.web.app import create_app
from registry.web.at_once import STATE
from registry.web.made_files import keep, kept, trim

_LOOK_SECONDS = 0.02
Request = dict[str, Any]


def make_files() -> Callable[[Request, bytes], tuple[Request, bytes]]:
    """Return the function that answers the requests of `MadeFiles` in a worker. That one raises StoreError."""
    applications: dict[str, Flask] = {}

    def answer(request: Request, _: bytes) -> tuple[Request, bytes]:
        known_by = json.dumps(request["settings"], sort_keys=True)
        if known_by not in applications:
            applications[known_by] = create_app(Settings(**request["settings"]), cache_bytes=0)
        return _file(applications[known_by], request)

    return answer


def _read_latest(catalogue: Catalogue) -> None:
    """See to it that the state that is published now is shown: nobody else waits here while it is read."""
    catalogue.version()
    while catalogue.is_renewing():
        time.sleep(_LOOK_SECONDS)
    catalogue.version()


def _file(application: Flask, request: Request) -> tuple[Request, bytes]:
    """Make a file unless it is there, and say in the folder of which state; or return another answer than 200."""
    folder, key = Path(request["folder"]), request["key"]
    catalogue = application.config["CATALOGUE"]
    with (folder / f".{key}.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another web process may ask for the same
        _read_latest(catalogue)
        if kept(folder / catalogue.state(), key):
            return {"state": catalogue.state()}, b""
        headers = [("Accept", request["accept"]), ("Accept-Language", request["language"])]
        environ = environment("GET", request["target"], headers, b"", "", ("localhost", 0))
        answer = run(application, environ)
        body = answer.body if isinstance(answer.body, bytes) else b""
        if answer.status != 200:
            return {"status": answer.status, "headers": answer.headers}, body
        state = environ[STATE]
        keep(folder / state, key, answer)
    (folder / f".{key}.lock").unlink(missing_ok=True)
    trim(folder, request["most"], key)
    return {"state": state}, b""
