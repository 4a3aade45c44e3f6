"""What a person means by a target on the command line: an address, a file of this machine, or a host."""

from __future__ import annotations

from pathlib import Path

_DOCUMENTS = (".yaml", ".yml", ".jsonld", ".json", ".ttl", ".nt", ".rdf", ".csv")


def url(target: str) -> str:
    """Return the address that a person means: as it stands, of a file of this machine, or https of a host.

    Where there is no such file it is still one when it does not begin with a host's name, or ends like a document.
    """
    if "://" in target:
        return target
    first, _, rest = target.partition("/")
    host = "." in first.strip(".") or ":" in first
    path = Path(target)
    if exists(path) or not host or (not rest and path.suffix in _DOCUMENTS):
        return path.absolute().as_uri()
    return f"https://{target}"


def exists(path: Path) -> bool:
    """Return whether there is something at this path that we may know of."""
    try:
        return path.exists()
    except OSError:  # longer than a name can be, or in a folder that is closed to us
        return False
