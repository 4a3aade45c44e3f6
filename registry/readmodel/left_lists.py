"""The lists that the writer leaves in the folder of each checkpoint, so that readers need not ask its store."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Sequence
from pathlib import Path

from registry.model import SourceState
from registry.readmodel.read import read_changes, read_lists
from registry.readmodel.tables.file import ListsFile, UnusableFileError, open_lists
from registry.readmodel.tables.lists import Lists
from registry.store.checkpoints import Found
from registry.store.protocol import Store

_log = logging.getLogger(__name__)
_FILE = "lists"


def left_lists(folder: Path) -> Lists | None:
    """Return the lists in the folder of a checkpoint; None, with a word in the log, where none there can be used."""
    try:
        return open_lists(folder / _FILE)
    except FileNotFoundError:
        _log.warning("%s has no lists: they are read from its store, until a crawl publishes the next ones", folder)
    except (UnusableFileError, OSError) as error:
        _log.warning("%s: the lists are read from the store, until a crawl publishes the next ones", error)
    return None


def leave_lists(
    folder: Path,
    store: Store,
    base: str,
    revision: int,
    sources: Sequence[SourceState],
    before: Found | None = None,
    changed: Collection[str] = (),
) -> None:
    """Leave the lists of the store as it is in the folder of a checkpoint.

    They are made of those of the checkpoint `before`, where there is one that the store differs from in nothing but
    `changed` (see `read_changes`). Where they cannot be made, a fault of ours, none are left: readers make them then.
    """
    began = time.monotonic()
    try:
        lists = left_lists(before.folder) if before else None
        with ListsFile(folder / _FILE) as file:
            if lists is None:
                made = read_lists(store, base, revision, sources, file.keep)
            else:
                made = read_changes(lists, store, base, revision, sources, changed, file.keep)
            file.finish(made)
    except Exception:  # whatever is wrong with the lists must not keep the checkpoint from its readers
        _log.exception("the lists of revision %d cannot be left for readers, who read them from the store", revision)
        (folder / _FILE).unlink(missing_ok=True)
        return
    _log.info("the lists of revision %d took %.1f seconds", revision, time.monotonic() - began)
