"""What an operator wants to know at a glance: what is served, what is due, what waits, what is damaged."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from registry.archive import Archive, Seen
from registry.errors import SettingsError, StoreError
from registry.model import Outcome, SourceState
from registry.operations import source_list
from registry.operations.seen import last_record, store_fault
from registry.operations.writing import archive_folder
from registry.settings import Settings
from registry.sources.set_aside import SetAside, set_aside
from registry.sources.state_rdf import states
from registry.store.checkpoints import checkpoints_folder, find
from registry.store.open import open_store

_SHOWN = 10  # lines of each list


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a registry at a moment; sizes are in bytes, `faults` are sentences.

    `revision` is that of the published checkpoint, made at `published`; None where nothing is published. `due` counts
    the sources that are due, of which those of the operator that were never read are `unread`; `next_due` is when the
    next one is. `left_out` are the sources that are served in part: name, outcome in words, reason; their publishers
    must act, and not the operator.
    """

    base: str
    now: datetime
    revision: int | None
    published: datetime | None
    sources: dict[str, int]
    served: int
    due: int
    unread: int
    next_due: datetime | None
    held: list[tuple[str, str]]
    left_out: list[tuple[str, str, str]]
    set_aside: list[SetAside]
    archive_files: int
    archive_bytes: int
    store_bytes: int
    faults: list[str]

    @property
    def exit_code(self) -> int:
        """0 where nothing waits for the operator, else 1."""
        return 1 if self.held or self.set_aside or self.faults else 0


def status(settings: Settings, now: datetime) -> Status:
    """Return the state of the registry of these settings. What cannot be read is told as a fault."""
    faults: list[str] = []
    declared: set[str] = set()
    try:
        declared = {source.id for source in (*settings.sources, *source_list.added(settings))}
    except SettingsError as error:
        faults.append(str(error))
    seen_of_archive = Seen()
    known: list[SourceState] = []
    aside: list[SetAside] = []
    revision = published = None
    try:
        found = None if "://" in settings.store_location else find(settings.store_location)
        if found:
            revision = found.manifest.revision
            published = datetime.fromtimestamp(found.folder.stat().st_mtime, UTC)
        elif "://" not in settings.store_location:
            faults.append("nothing is published: run `ospo crawl`")
        store = open_store(settings, read_only=True)
        try:
            known, aside = states(store, settings.base), set_aside(store, settings.base)
            seen_of_archive = Seen(found.manifest.history if found else "", last_record(store))
        finally:
            store.close()
    except StoreError as error:
        faults.append(str(error))
    archive = Archive(archive_folder(settings))  # looked at last: a crawl may add files meanwhile
    empty = [f"{name} of the archive is empty: put back a copy of it" for name in archive.empty()]
    lost = store_fault(settings) if archive.last() or revision is not None else ""
    faults = archive.faults(seen_of_archive) + empty + ([lost] if lost else []) + faults
    active = [state for state in known if state.outcome is not Outcome.WITHDRAWN or state.source.id in declared]
    unread = len(declared - {state.source.id for state in known})
    if ahead := [state.source.id for state in known if state.last_attempt > now + timedelta(minutes=5)]:
        faults.append(f"the clock was set back: {', '.join(ahead[:_SHOWN])} were read at a later time than now")
    files = list(Path(settings.data, "archive").rglob("*.warc.gz"))
    return Status(
        base=settings.base,
        now=now,
        revision=revision,
        published=published,
        sources=dict(sorted(Counter(str(state.effective_outcome) for state in known).items())),
        served=sum(state.accepted_at is not None and not state.archived for state in known),
        due=sum(state.next_due <= now for state in active) + unread,
        unread=unread,
        next_due=min((state.next_due for state in active if state.next_due > now), default=None),
        held=[(state.source.id, state.verdict_reason) for state in active if state.verdict is Outcome.HELD],
        left_out=[(state.source.id, state.told_outcome, state.reason) for state in active if state.part_left_out[0]],
        set_aside=aside,
        archive_files=len(files),
        archive_bytes=sum(path.stat().st_size for path in files),
        store_bytes=_size(settings.store_location),
        faults=faults,
    )


def _size(location: str) -> int:
    """Return what an embedded store and its checkpoints take on the disk, a file that is linked twice counted once."""
    if "://" in location:
        return 0
    seen: dict[int, int] = {}
    for folder in (Path(location), checkpoints_folder(location)):
        for path in folder.rglob("*") if folder.exists() else ():
            try:
                facts = path.lstat()
            except FileNotFoundError:  # the writer removes old files meanwhile
                continue
            seen[facts.st_ino] = facts.st_size
    return sum(seen.values())


def to_text(found: Status) -> str:
    """Return the state on one screen."""
    sources = ", ".join(f"{count} {outcome}" for outcome, count in found.sources.items()) or "none was read yet"
    served = "nothing" if found.revision is None else f"revision {found.revision}, {found.served} sources"
    since = f", published {_moment(found.published)}" if found.published else ""
    never = f" ({found.unread} never read)" if found.unread else ""
    due = f"{found.due} now{never}" + (f", the next at {_moment(found.next_due)}" if found.next_due else "")
    lines = [
        f"base       {found.base}",
        f"clock      {_moment(found.now)}",
        f"served     {served}{since}",
        f"sources    {sources}",
        f"due        {due}",
        f"archive    {found.archive_files} files, {_megabytes(found.archive_bytes)}",
        f"store      {_megabytes(found.store_bytes)}, checkpoints included",
    ]
    held = [f"{name}: {reason}" for name, reason in found.held]
    aside = [f"{note.record} of {note.source}, {_moment(note.at)}: {note.reason}" for note in found.set_aside]
    left_out = [f"{name}: {outcome}; {reason}" for name, outcome, reason in found.left_out]
    for title, entries in (("left out", left_out), ("held", held), ("set aside", aside), ("fault", found.faults)):
        lines += [f"{title:<10} {entry}" for entry in entries[:_SHOWN]]
        lines += [f"{title:<10} and {len(entries) - _SHOWN} more"] if len(entries) > _SHOWN else []
    return "\n".join(lines)


def to_json(found: Status) -> dict[str, object]:
    """Return the state as a JSON object; moments are in ISO 8601."""
    facts = asdict(found)
    facts["held"] = [{"source": name, "reason": reason} for name, reason in found.held]
    facts["left_out"] = [
        {"source": name, "outcome": outcome, "reason": reason} for name, outcome, reason in found.left_out
    ]
    facts["set_aside"] = [asdict(note) | {"at": note.at.isoformat()} for note in found.set_aside]
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in facts.items()}


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "–"


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
