"""The archive: every fetch is written to a WARC file (WARC 1.1, ISO 28500) before the store is changed by it.

The file of one fetch has a record of what was received, if anything was, and a `metadata` record with all fields of the
fetch in JSON. What was received is a `response`; a `revisit` if it was unchanged; a `resource` if it was a file of this
machine. Several fetches share a file: each that has a body has its records there, one after the other; of those without
one, what stands together has one `metadata` record, a list. The name of a file begins with a number, so that the order
of names is the order of events.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import uuid
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import groupby
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from registry.errors import ArchiveError
from registry.model import Fetch, Layer, LedgerEntries, Outcome, Source, SourceKind, Step
from registry.reasons.reasons import reason

_INDEX = "index.json"
_NO_HISTORY = "before-there-was-an-index"
_PROFILE = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"


@dataclass(frozen=True, slots=True)
class Index:
    """What an archive knows of itself, in `index.json`: so it notices when files are missing or are not its own.

    `history` tells this archive from every other. `records` counts the files ever written, `last` names the last of
    them. `missing` are the numbers of files whose loss the operator has accepted, damaged ones that are still there
    included. `ledger` tells whether the names of things were archived from the first file on.
    """

    history: str
    records: int = 0
    last: str = ""
    missing: tuple[int, ...] = ()
    ledger: bool = True
    format: int = 1


@dataclass(frozen=True, slots=True)
class Seen:
    """What a store has seen of its archive: the history of it, and the name of the last file; "" where not known."""

    history: str = ""
    last: str = ""


_NOTHING = Seen()


class Archive:
    """A folder of WARC files, to which files are added and in which none is ever changed, but for the index."""

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)
        self._names = sorted(path.relative_to(self._folder).as_posix() for path in self._folder.rglob("*.warc.gz"))
        self._index, self._index_fault = _read_index(self._folder / _INDEX)

    @property
    def index(self) -> Index:
        """What the archive knows of itself; of one that was written before there was an index, what its files tell."""
        if self._index is not None:
            return self._index
        records = max(map(_number, self._names), default=0)
        return Index(_NO_HISTORY if self._names else uuid.uuid4().hex, records, self.last(), (), not self._names)

    def faults(self, seen: Seen = _NOTHING) -> list[str]:
        """Return in a sentence each what is wrong with the archive as a whole: missing, foreign or doubled files.

        What a store has `seen` must be there too: without its index the archive alone does not know how long it was.
        """
        index, found = self.index, [self._index_fault] if self._index_fault else []
        by_number: dict[int, list[str]] = defaultdict(list)
        for name in self._names:
            by_number[_number(name)].append(name)
        doubled = (names for names in by_number.values() if len(names) > 1)
        found += [reason("archive-doubled", names=" and ".join(names)) for names in doubled]
        known = set(by_number) | set(index.missing)
        length, seen_number = max(index.records, *by_number, _number(seen.last), 0), _number(seen.last)
        for number in (number for number in range(1, length + 1) if number not in known):
            is_seen = number == seen_number
            missing = reason("archive-missing-seen", file=seen.last) if is_seen else ""
            found.append(missing or reason("archive-missing", file=f"{number:09}"))
        if seen.last != index.last and self.lacks(seen.last) and seen_number in by_number:
            found.append(reason("archive-another-seen", file=by_number[seen_number][0], seen=seen.last))
        # a store that has seen no file was made of an archive that had not begun
        if seen.history not in ("", index.history) and not self._index_fault and (self._index or seen.last):
            found.append(reason("archive-another") if self._index else reason("archive-no-index", file=_INDEX))
        if self._index is not None:
            last = by_number.get(index.records, [index.last])
            if index.last and index.records not in index.missing and index.last not in last:
                found.append(reason("archive-another-last", file=last[0], last=index.last))
            # a crash leaves one file, written before the index was, and no more
            beyond = [name for name in self._names if _number(name) > index.records + 1]
            found += [reason("archive-foreign", file=name) for name in beyond]
        return found

    def lacks(self, name: str) -> bool:
        """Return whether a file of that name is not there, nor is its loss accepted; False for the name ""."""
        return name != "" and name not in self._names and _number(name) not in self.index.missing

    def accept_faults(self, seen: Seen = _NOTHING) -> None:
        """Go on with the files as they are: what is missing stays so, and what is there counts. Raises ArchiveError."""
        numbers = set(map(_number, self._names))
        records = max(self.index.records, *numbers, _number(seen.last), 0)
        given_up = set(self.index.missing)
        missing = tuple(number for number in range(1, records + 1) if number not in numbers or number in given_up)
        self._write_index(replace(self.index, records=records, last=self.last(), missing=missing))

    def check(self, after: str, most_files: int, most_bytes: int) -> tuple[list[str], str]:
        """Compare the next files with their names; return those that are damaged, and up to which it was compared.

        Looked at are the files that follow the name `after`, until there are that many of them or that many bytes; ""
        stands for the beginning, and for having come to the end. Files without a byte are found wherever they are;
        those whose loss is accepted are left out.
        """
        given_up, damaged, size, checked = set(self.index.missing), set(self.empty()), 0, after
        for name in self._names[bisect_right(self._names, after) :][:most_files]:
            if size >= most_bytes:
                break
            try:
                content = (self._folder / name).read_bytes()
                is_sound = _digest(content) == _digest_in(name)
            except OSError:
                content, is_sound = b"", False
            if not is_sound and _number(name) not in given_up:
                damaged.add(name)
            size, checked = size + len(content), name
        return sorted(damaged), checked if checked < self.last() else ""

    def empty(self) -> list[str]:
        """Return the names of the files that have no byte, as a full disk or a careless copy leaves them."""
        given_up = set(self.index.missing)
        return [name for name in self._names if _size(self._folder / name) == 0 and _number(name) not in given_up]

    def give_up(self, names: Sequence[str]) -> None:
        """Note that the loss of these damaged files is accepted; they stay where they are. Raises ArchiveError."""
        missing = {*self.index.missing, *map(_number, names)}
        self._write_index(replace(self.index, missing=tuple(sorted(missing))))

    def append(self, *fetches: Fetch) -> str:
        """Write one fetch or several, in this order, to a new file and return its name.

        When this returns, the file is on the disk. Raises ArchiveError when it cannot be written, and ValueError for no
        fetch.
        """
        if not fetches:
            raise ValueError("there is no fetch to write")
        return self._append(_file(fetches), fetches[0].at)

    def append_ledger(self, entries: LedgerEntries, at: datetime) -> str:
        """Write what a merge adds to the ledger and return the name of the file. Raises ArchiveError."""
        facts = {"ledger": {"names": entries.names, "claims": entries.claims}}
        buffer = io.BytesIO()
        _add_facts(_warc(buffer), None, {"WARC-Date": _date(at)}, facts)
        return self._append(buffer.getvalue(), at)

    def _append(self, content: bytes, at: datetime) -> str:
        if self._index is not None and self._names and self._index.records < _number(self._names[-1]):
            # a crash left the last file beyond the index: it counts before another one is written, so no two ever are
            self._write_index(replace(self._index, records=_number(self._names[-1]), last=self._names[-1]))
        number = max(self.index.records, _number(self._names[-1]) if self._names else 0) + 1
        name = f"{at:%Y/%m}/{number:09d}-{_digest(content)}.warc.gz"
        # The number leads within a month, and months follow one another; a clock set back must not break the order.
        if self._names and name < self._names[-1]:
            name = f"{self._names[-1].rpartition('/')[0]}/{name.rpartition('/')[2]}"
        try:
            _store(self._folder / name, content)
        except OSError as error:
            raise ArchiveError(f"the archive {self._folder} cannot be written: {error}") from error
        index = self.index
        self._names.append(name)
        self._write_index(replace(index, records=number, last=name))
        return name

    def _write_index(self, index: Index) -> None:
        try:
            _store(self._folder / _INDEX, json.dumps(asdict(index), indent=1).encode("ascii"))
        except OSError as error:
            raise ArchiveError(f"the archive {self._folder} cannot be written: {error}") from error
        self._index, self._index_fault = index, ""

    def last(self) -> str:
        """Return the name of the last file, or "" for an empty archive."""
        return self._names[-1] if self._names else ""

    def names(self) -> list[str]:
        """Return the names of all files, in order."""
        return list(self._names)

    def read(self, name: str) -> list[Fetch]:
        """Return the fetches of a file, equal in every field to those written, none for one of the ledger.

        Raises ArchiveError if it is damaged.
        """
        found = self.record(name)
        return found if isinstance(found, list) else []

    def record(self, name: str) -> list[Fetch] | LedgerEntries:
        """Return the fetches of a file, or the entries of the ledger in it.

        Of one that is damaged there are none where that loss is accepted; else it raises ArchiveError.
        """
        try:
            return _record(self._folder / name)
        except ArchiveError:
            if _number(name) in self.index.missing:
                return []
            raise

    def records(self) -> Iterator[tuple[str, Fetch]]:
        """Yield each fetch with the name of its file, in the order in which they were written. Raises ArchiveError."""
        for name in self._names:
            for fetch in self.read(name):
                yield name, fetch


def read(path: Path) -> list[Fetch]:
    """Return the fetches of one file of an archive, none for one of the ledger.

    Raises ArchiveError for one that is damaged or not there.
    """
    found = _record(path)
    return found if isinstance(found, list) else []


def _number(name: str) -> int:
    """Return the number with which the name of a file begins; 0 for a name that no archive gives."""
    start = name.rpartition("/")[2].partition("-")[0]
    return int(start) if start.isascii() and start.isdigit() else 0


def _digest(content: bytes) -> str:
    """Return what the name of a file tells of its content: the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(content).hexdigest()[:16]


def _digest_in(name: str) -> str:
    return name.rpartition("/")[2].partition("-")[2].partition(".")[0]


def _size(path: Path) -> int:
    """Return the bytes of a file; -1 for one that is gone by now, which is told as missing."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return -1


def _read_index(path: Path) -> tuple[Index | None, str]:
    """Return the index, None where there is none, and what is wrong with it."""
    try:
        facts = json.loads(path.read_bytes())
        return Index(**facts | {"missing": tuple(facts["missing"])}), ""
    except FileNotFoundError:
        return None, ""
    except (OSError, ValueError, TypeError, KeyError) as error:
        return None, f"{path} is damaged ({error}): put back a copy of it"


def _record(path: Path) -> list[Fetch] | LedgerEntries:
    try:
        content = path.read_bytes()
        if _digest(content) != _digest_in(path.name):
            raise ValueError("its bytes are not those that its name tells")
        return _read(content)
    except (OSError, ArchiveLoadFailed, ValueError, KeyError, TypeError, EOFError) as error:
        raise ArchiveError(
            f"{path} is damaged or missing ({error}): put back a copy of it, or go on without it by "
            "`ospo rebuild --accept-loss`"
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


def _warc(buffer: io.BytesIO) -> WARCWriter:
    return WARCWriter(buffer, gzip=True, warc_version="WARC/1.1")


def _file(fetches: Sequence[Fetch]) -> bytes:
    buffer = io.BytesIO()
    writer = _warc(buffer)
    for is_whole, group in groupby(fetches, key=lambda fetch: fetch.body != b"" or len(fetches) == 1):
        together = list(group)
        if is_whole:
            for fetch in together:
                _add_fetch(writer, fetch)
        else:
            _add_facts(writer, None, {"WARC-Date": _date(together[-1].at)}, [_facts(fetch) for fetch in together])
    return buffer.getvalue()


def _add_fetch(writer: WARCWriter, fetch: Fetch) -> None:
    headers = {"WARC-Date": _date(fetch.at)}
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


def _add_facts(writer: WARCWriter, target: str | None, headers: dict[str, str], facts: object) -> None:
    payload = io.BytesIO(json.dumps(facts, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    writer.write_record(
        writer.create_warc_record(
            target, "metadata", payload=payload, warc_content_type="application/json", warc_headers_dict=headers
        )
    )


def _date(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


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


def _read(content: bytes) -> list[Fetch] | LedgerEntries:
    body = b""
    found: list[Fetch] = []
    for record in ArchiveIterator(io.BytesIO(content)):
        payload = record.raw_stream.read()
        if record.rec_type != "metadata":
            body = payload
            continue
        facts = json.loads(payload)
        if "ledger" in facts:
            names, claims = facts["ledger"]["names"], facts["ledger"]["claims"]
            return LedgerEntries(tuple((name, tuple(keys)) for name, keys in names), tuple(map(tuple, claims)))
        found += [_fetch(item, b"") for item in facts] if isinstance(facts, list) else [_fetch(facts, body)]
        body = b""
    if not found:
        raise ValueError("it has no metadata record")
    return found


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
