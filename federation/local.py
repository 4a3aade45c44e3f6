"""Reading a source that the operator declared as a file of this machine."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from registry.model import Fetch, Outcome, Source, Step
from registry.reasons.reasons import reason


async def read_file(source: Source, max_bytes: int, at: datetime) -> Fetch:
    """Return the file at the `file:` address of a source, or why it cannot be read; no state of the file raises."""
    outcome, why, body = await asyncio.to_thread(_read, source.url, max_bytes)
    steps = (Step(source.url, why or reason("step-body", bytes=len(body))),)
    return Fetch(source, at, source.url, body=body, outcome=outcome, reason=why, steps=steps)


def _read(url: str, max_bytes: int) -> tuple[Outcome | None, str, bytes]:
    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost"):
        return Outcome.REFUSED, reason("file-elsewhere", url=url, host=parts.netloc), b""
    path = Path(url2pathname(parts.path))
    try:
        if not path.exists():
            return Outcome.GONE, reason("file-missing", path=path), b""
        if not path.is_file():  # a pipe or a device might never end
            return Outcome.REFUSED, reason("file-no-file", path=path), b""
        with path.open("rb") as file:
            body = file.read(max_bytes + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        return Outcome.UNREACHABLE, reason("file-closed", path=path, error=error), b""
    if len(body) > max_bytes:
        return Outcome.REFUSED, reason("file-large", path=path, limit=max_bytes), b""
    return None, "", body
