"""The address of a target on the command line, which may be an address, a path or the name of a host."""

from __future__ import annotations

from pathlib import Path

_DOCUMENTS = (".yaml", ".yml", ".jsonld", ".json", ".ttl", ".nt", ".rdf", ".csv")


def url(target: str) -> str:
    """Return a target that has a scheme as it is, a path as a `file:` address, and a host's name as an https address.

    A target is a path when there is such a file, when it does not begin like the name of a host, or when it has no
    slash and ends like a document: `a.example/x.yaml` is on a host, `x.yaml` is a file.
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
    """Return whether there is something at a path; False where that cannot be found out."""
    try:
        return path.exists()
    except OSError:  # longer than a name can be, or in a folder that is closed to us
        return False
