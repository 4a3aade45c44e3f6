"""The published revision of an embedded store: readers open the store again when its number changes."""

from __future__ import annotations

from pathlib import Path


def _revision_file(location: str) -> Path:
    return Path(f"{location}.revision")


def publish_revision(location: str, revision: int) -> None:
    """Publish a revision to the readers of an embedded store; readers of a server see each update at once."""
    if "://" in location:
        return
    file = _revision_file(location)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(file.name + ".tmp")
    draft.write_text(str(revision), encoding="ascii")
    draft.replace(file)


def read_revision(location: str) -> int:
    """Return the published revision of an embedded store; 0 before the first."""
    try:
        return int(_revision_file(location).read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return 0
