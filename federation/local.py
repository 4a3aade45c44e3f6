"""Reading a source that the operator declared as a file of this machine."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from registry.model import Fetch, Outcome, Source, Step


async def read_file(source: Source, max_bytes: int, at: datetime) -> Fetch:
    """Return the file at the `file:` address of a source, or why it cannot be read; no state of the file raises."""
    outcome, reason, body = await asyncio.to_thread(_read, source.url, max_bytes)
    steps = (Step(source.url, reason or f"{len(body)} bytes"),)
    return Fetch(source, at, source.url, body=body, outcome=outcome, reason=reason, steps=steps)


def _read(url: str, max_bytes: int) -> tuple[Outcome | None, str, bytes]:
    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost"):
        return Outcome.REFUSED, f"{url} names the machine {parts.netloc}: give the path alone, as file:///path", b""
    path = Path(url2pathname(parts.path))
    try:
        if not path.exists():
            return Outcome.GONE, f"there is no file {path}: put it there, or correct the address", b""
        if not path.is_file():  # a pipe or a device might never end
            return Outcome.REFUSED, f"{path} is not a file: correct the address", b""
        with path.open("rb") as file:
            body = file.read(max_bytes + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        return Outcome.UNREACHABLE, f"{path} cannot be read ({error}): correct its permissions", b""
    if len(body) > max_bytes:
        return Outcome.REFUSED, f"{path} is larger than {max_bytes} bytes: split it, or raise max_bytes", b""
    return None, "", body
