"""The archive: every fetch as a WARC file of its own, written before the store hears of it.

A file holds the response as it was received (`response`), or a `revisit` for an unchanged one, and a `metadata` record
with what else there is to say of the fetch; both refer to each other (WARC 1.1, ISO 28500). Its name begins with a
number, so that the order of names is the order of events.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from registry.errors import ArchiveError
from registry.model import Fetch, Layer, Outcome, Source, SourceKind, Step

_PROFILE = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"


class Archive:
    """A folder of fetches; nothing in it is ever changed."""

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)
        self._names = sorted(path.relative_to(self._folder).as_posix() for path in self._folder.rglob("*.warc.gz"))

    def append(self, fetch: Fetch) -> str:
        """Write the fetch and return its name; it is on the disk when this returns. Raises ArchiveError."""
        content = _written(fetch)
        number = int(Path(self._names[-1]).name.partition("-")[0]) + 1 if self._names else 1
        name = f"{fetch.at:%Y/%m}/{number:09d}-{hashlib.sha256(content).hexdigest()[:16]}.warc.gz"
        # The number leads within a month, and months follow one another; a clock set back must not break the order.
        if self._names and name < self._names[-1]:
            name = f"{self._names[-1].rpartition('/')[0]}/{name.rpartition('/')[2]}"
        try:
            _store(self._folder / name, content)
        except OSError as error:
            raise ArchiveError(f"the archive {self._folder} cannot be written: {error}") from error
        self._names.append(name)
        return name

    def last(self) -> str:
        """Return the name of the last fetch, or "" for an empty archive."""
        return self._names[-1] if self._names else ""

    def names(self) -> list[str]:
        """Return the names of all fetches, in order."""
        return list(self._names)

    def read(self, name: str) -> Fetch:
        """Return a fetch, equal in every field to what was appended. Raises ArchiveError for a damaged file."""
        path = self._folder / name
        try:
            return _read(path.read_bytes())
        except (OSError, ArchiveLoadFailed, ValueError, KeyError, TypeError, EOFError) as error:
            raise ArchiveError(
                f"{path} is damaged ({error}): put back a copy of it, or take it away and rebuild"
            ) from error

    def records(self) -> Iterator[tuple[str, Fetch]]:
        """Yield name and fetch in the order in which they were appended. Raises ArchiveError."""
        for name in self._names:
            yield name, self.read(name)


def _store(path: Path, content: bytes) -> None:
    """Make the file appear at once and for good: a draft is synced, renamed, and its folder synced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _written(fetch: Fetch) -> bytes:
    buffer = io.BytesIO()
    writer = WARCWriter(buffer, gzip=True, warc_version="WARC/1.1")
    date = fetch.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    headers = {"WARC-Date": date}
    if fetch.status is not None:
        kind = "revisit" if fetch.outcome is Outcome.UNCHANGED else "response"
        extra = headers | ({"WARC-Profile": _PROFILE} if kind == "revisit" else {})
        phrase = HTTPStatus(fetch.status).phrase if fetch.status in set(HTTPStatus) else "Unknown"
        http = StatusAndHeaders(f"{fetch.status} {phrase}", _safe(fetch.headers), protocol="HTTP/1.1")
        writer.write_record(
            writer.create_warc_record(
                fetch.final_url, kind, payload=io.BytesIO(fetch.body), http_headers=http, warc_headers_dict=extra
            )
        )
    facts = json.dumps(_facts(fetch), ensure_ascii=False).encode("utf-8", "surrogatepass")
    # A file: source has no response, so its body stands in a resource record.
    if fetch.status is None and fetch.body:
        record = writer.create_warc_record(
            fetch.final_url, "resource", io.BytesIO(fetch.body), warc_headers_dict=headers
        )
        writer.write_record(record)
    record = writer.create_warc_record(
        fetch.final_url,
        "metadata",
        payload=io.BytesIO(facts),
        warc_content_type="application/json",
        warc_headers_dict=headers,
    )
    writer.write_record(record)
    return buffer.getvalue()


def _safe(headers: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """Return the headers that HTTP allows, on one line each; the metadata record has them all as they came."""
    return [
        (name, " ".join(value.encode("ascii", "replace").decode().split())) for name, value in headers if name.isascii()
    ]


def _facts(fetch: Fetch) -> dict[str, Any]:
    facts = {name: value for name, value in asdict(fetch).items() if name != "body"}
    return facts | {"at": fetch.at.isoformat()}


def _read(content: bytes) -> Fetch:
    body, facts = b"", None
    for record in ArchiveIterator(io.BytesIO(content)):
        payload = record.raw_stream.read()
        if record.rec_type == "metadata":
            facts = json.loads(payload)
        else:
            body = payload
    if facts is None:
        raise ValueError("it has no metadata record")
    source = facts.pop("source")
    source |= {"kind": SourceKind(source["kind"]), "layer": Layer(source["layer"])}
    return Fetch(
        Source(**source),
        datetime.fromisoformat(facts.pop("at")),
        **facts
        | {
            "body": body,
            "headers": tuple((name, value) for name, value in facts["headers"]),
            "outcome": Outcome(facts["outcome"]) if facts["outcome"] else None,
            "steps": tuple(Step(**step) for step in facts["steps"]),
        },
    )
