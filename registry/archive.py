"""The archive: every fetch is written to a WARC file (WARC 1.1, ISO 28500) before the store is changed by it.

The file of one fetch has a record of what was received, if anything was, and a `metadata` record with all fields of the
fetch in JSON. What was received is a `response`; a `revisit` if it was unchanged; a `resource` if it was a file of this
machine. Several fetches without a body share a file with one `metadata` record, a list. The name of a file begins
with a number, so that the order of names is the order of events.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import fields
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
    """A folder of WARC files, to which files are added and in which none is ever changed."""

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)
        self._names = sorted(path.relative_to(self._folder).as_posix() for path in self._folder.rglob("*.warc.gz"))

    def append(self, *fetches: Fetch) -> str:
        """Write one fetch, or several without a body, to a new file and return its name.

        When this returns, the file is on the disk. Raises ArchiveError when it cannot be written, and ValueError for no
        fetch and for several of which one has a body.
        """
        if not fetches or (len(fetches) > 1 and any(fetch.body for fetch in fetches)):
            raise ValueError("one fetch, or several without a body")
        content = _file_of_one(fetches[0]) if len(fetches) == 1 else _file_of_several(fetches)
        number = int(Path(self._names[-1]).name.partition("-")[0]) + 1 if self._names else 1
        name = f"{fetches[0].at:%Y/%m}/{number:09d}-{hashlib.sha256(content).hexdigest()[:16]}.warc.gz"
        # Names sort by month, then by number. A clock that was set back must not begin an earlier month.
        if self._names and name < self._names[-1]:
            name = f"{self._names[-1].rpartition('/')[0]}/{name.rpartition('/')[2]}"
        try:
            _store(self._folder / name, content)
        except OSError as error:
            raise ArchiveError(f"the archive {self._folder} cannot be written: {error}") from error
        self._names.append(name)
        return name

    def last(self) -> str:
        """Return the name of the last file, or "" for an empty archive."""
        return self._names[-1] if self._names else ""

    def names(self) -> list[str]:
        """Return the names of all files, in order."""
        return list(self._names)

    def read(self, name: str) -> list[Fetch]:
        """Return the fetches of a file, equal in every field to those written. Raises ArchiveError if it is damaged."""
        return read(self._folder / name)

    def records(self) -> Iterator[tuple[str, Fetch]]:
        """Yield each fetch with the name of its file, in the order in which they were written. Raises ArchiveError."""
        for name in self._names:
            for fetch in self.read(name):
                yield name, fetch


def read(path: Path) -> list[Fetch]:
    """Return the fetches of one file of an archive. Raises ArchiveError when it is damaged or missing."""
    try:
        return _read(path.read_bytes())
    except (OSError, ArchiveLoadFailed, ValueError, KeyError, TypeError, EOFError) as error:
        raise ArchiveError(
            f"{path} is damaged ({error}): restore it from a copy, or remove it and run `ospo rebuild`"
        ) from error


def _store(path: Path, content: bytes) -> None:
    """Write a file as a whole, or not at all: the draft and then the folder are synced to the disk."""
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


def _file_of_one(fetch: Fetch) -> bytes:
    buffer = io.BytesIO()
    writer = WARCWriter(buffer, gzip=True, warc_version="WARC/1.1")
    headers = {"WARC-Date": _date(fetch)}
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
    # A file of this machine has no response.
    if fetch.status is None and fetch.body:
        record = writer.create_warc_record(
            fetch.final_url, "resource", io.BytesIO(fetch.body), warc_headers_dict=headers
        )
        writer.write_record(record)
    _add_facts(writer, fetch.final_url, headers, _facts(fetch))
    return buffer.getvalue()


def _file_of_several(fetches: Sequence[Fetch]) -> bytes:
    buffer = io.BytesIO()
    writer = WARCWriter(buffer, gzip=True, warc_version="WARC/1.1")
    _add_facts(writer, None, {"WARC-Date": _date(fetches[-1])}, [_facts(fetch) for fetch in fetches])
    return buffer.getvalue()


def _add_facts(writer: WARCWriter, target: str | None, headers: dict[str, str], facts: object) -> None:
    payload = io.BytesIO(json.dumps(facts, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    writer.write_record(
        writer.create_warc_record(
            target, "metadata", payload=payload, warc_content_type="application/json", warc_headers_dict=headers
        )
    )


def _date(fetch: Fetch) -> str:
    return fetch.at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _safe(headers: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """Return the header fields that HTTP allows, each on one line; the metadata record has all of them unchanged."""
    return [
        (name, " ".join(value.encode("ascii", "replace").decode().split())) for name, value in headers if name.isascii()
    ]


def _facts(fetch: Fetch) -> dict[str, Any]:
    """Return all fields of a fetch but the body, for JSON. `asdict`, which copies deeply, takes ten times as long."""
    facts = {name: getattr(fetch, name) for name in _FIELDS}
    facts["source"] = {name: getattr(fetch.source, name) for name in _SOURCE_FIELDS}
    facts["steps"] = [{"url": step.url, "result": step.result, "status": step.status} for step in fetch.steps]
    return facts | {"at": fetch.at.isoformat()}


_FIELDS = [item.name for item in fields(Fetch) if item.name != "body"]
_SOURCE_FIELDS = [item.name for item in fields(Source)]


def _read(content: bytes) -> list[Fetch]:
    body, facts = b"", None
    for record in ArchiveIterator(io.BytesIO(content)):
        payload = record.raw_stream.read()
        if record.rec_type == "metadata":
            facts = json.loads(payload)
        else:
            body = payload
    if facts is None:
        raise ValueError("it has no metadata record")
    return [_fetch(item, b"") for item in facts] if isinstance(facts, list) else [_fetch(facts, body)]


def _fetch(facts: dict[str, Any], body: bytes) -> Fetch:
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
            "also": tuple(facts.get("also", ())),
        },
    )
