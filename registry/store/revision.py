"""The number of the revision that readers may see."""

from __future__ import annotations

from pathlib import Path


def _revision_file(location: str) -> Path:
    return Path(f"{location}.revision")


def publish_revision(location: str, revision: int) -> None:
    """Tell the readers of an embedded store that it holds a new revision; a server needs no telling."""
    if "://" in location:
        return
    file = _revision_file(location)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(file.name + ".tmp")
    draft.write_text(str(revision), encoding="ascii")
    draft.replace(file)


def read_revision(location: str) -> int:
    """Return the revision that readers of an embedded store may see; 0 before the first."""
    try:
        return int(_revision_file(location).read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return 0
