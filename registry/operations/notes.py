"""Notes that a pass leaves in the data folder so that the next one has less to find out: caches, never the truth.

Each is one JSON file that can be lost, broken or removed at any time. It counts only for the program that wrote it.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from registry.settings import Settings

_log = logging.getLogger(__name__)

_PACKAGES = ("registry", "federation", "ontology", "shapes")


def read(settings: Settings, name: str) -> Any:
    """Return the note of that name; None where there is none that counts."""
    try:
        note = json.loads(_path(settings, name).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return note.get("note") if isinstance(note, dict) and note.get("program") == _program() else None


def write(settings: Settings, name: str, note: Any) -> None:
    """Keep a note; with None, forget it. One that cannot be written is missing, and the log says so."""
    path = _path(settings, name)
    draft = path.with_suffix(".tmp")
    try:
        if note is None:
            path.unlink(missing_ok=True)
            return
        draft.write_text(json.dumps({"program": _program(), "note": note}), encoding="ascii")
        draft.replace(path)  # not synced: a note that is lost or broken is made again
    except OSError as error:
        _log.warning("the note %s was not written (%s): the next pass takes longer; free the disk", path, error)


def _path(settings: Settings, name: str) -> Path:
    return Path(settings.data) / f"{name}.json"


@cache
def _program() -> str:
    """Return a digest of the program: another version of it may find out something else."""
    digest = hashlib.sha256()
    for package in _PACKAGES:
        for content in _contents(files(package)):
            digest.update(content)
    return digest.hexdigest()


def _contents(folder: Traversable) -> Iterable[bytes]:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir() and item.name != "__pycache__":
            yield from _contents(item)
        elif item.is_file():
            yield item.name.encode() + b"\0" + item.read_bytes()
