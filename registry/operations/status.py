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
from registry.operations.progress import counted_outcomes
from registry.operations.seen import last_record, store_fault
from registry.operations.words import outcome_in_words, words
from registry.operations.writing import archive_folder
from registry.reasons.reasons import reason
from registry.settings import Settings
from registry.sources.set_aside import SetAside, set_aside
from registry.sources.state_rdf import states
from registry.store.checkpoints import checkpoints_folder, find
from registry.store.open import open_store
from registry.vocabulary.messages import reason_in_language

_SHOWN = 10  # lines of each list
_WIDTH = 10  # characters of the names of lines, unless one is longer


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a registry at a moment; sizes are in bytes, `faults` are sentences.

    `revision` is that of the published checkpoint, made at `published`; None where nothing is published. `due` counts
    the sources that are due, of which those of the operator that were never read are `unread`; `next_due` is when the
    next one is. `left_out` are the sources that are served in part: name, outcome, how many entries are left out and
    of how many, reason; their publishers must act, and not the operator.
    """

    base: str
    now: datetime
    revision: int | None
    published: datetime | None
    sources: dict[Outcome, int]
    served: int
    due: int
    unread: int
    next_due: datetime | None
    held: list[tuple[str, str]]
    left_out: list[tuple[str, Outcome, tuple[int, int], str]]
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
            faults.append(reason("nothing-published"))
        store = open_store(settings, read_only=True)
        try:
            known, aside = states(store, settings.base), set_aside(store, settings.base)
            seen_of_archive = Seen(found.manifest.history if found else "", last_record(store))
        finally:
            store.close()
    except StoreError as error:
        faults.append(str(error))
    archive = Archive(archive_folder(settings))  # looked at last: a crawl may add files meanwhile
    empty = [reason("archive-empty", file=name) for name in archive.empty()]
    lost = store_fault(settings) if archive.last() or revision is not None else ""
    faults = archive.faults(seen_of_archive) + empty + ([lost] if lost else []) + faults
    active = [state for state in known if state.outcome is not Outcome.WITHDRAWN or state.source.id in declared]
    unread = len(declared - {state.source.id for state in known})
    if ahead := [state.source.id for state in known if state.last_attempt > now + timedelta(minutes=5)]:
        faults.append(reason("clock-set-back", sources=", ".join(ahead[:_SHOWN])))
    files = list(Path(settings.data, "archive").rglob("*.warc.gz"))
    return Status(
        base=settings.base,
        now=now,
        revision=revision,
        published=published,
        sources=dict(sorted(Counter(state.effective_outcome for state in known).items())),
        served=sum(state.accepted_at is not None and not state.archived for state in known),
        due=sum(state.next_due <= now for state in active) + unread,
        unread=unread,
        next_due=min((state.next_due for state in active if state.next_due > now), default=None),
        held=[(state.source.id, state.verdict_reason) for state in active if state.verdict is Outcome.HELD],
        left_out=[
            (state.source.id, state.effective_outcome, state.part_left_out, state.reason)
            for state in active
            if state.part_left_out[0]
        ],
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


def to_text(found: Status, language: str = "en") -> str:
    """Return the state on one screen."""

    def say(name: str, **facts: object) -> str:
        return words(name, language, **facts)

    def told(reason: str) -> str:
        return reason_in_language(reason, language)

    lists = {
        "left_out": [
            f"{name}: {outcome_in_words(outcome, language, part)}; {told(reason)}"
            for name, outcome, part, reason in found.left_out
        ],
        "held": [f"{name}: {told(reason)}" for name, reason in found.held],
        "set_aside": [
            say("set_aside", record=it.record, source=it.source, moment=_moment(it.at), reason=told(it.reason))
            for it in found.set_aside
        ],
        "fault": [told(fault) for fault in found.faults],
    }
    lines = _figures(found, language)
    for name, entries in lists.items():
        lines += [(name, entry) for entry in entries[:_SHOWN]]
        lines += [(name, say("more", count=len(entries) - _SHOWN))] if len(entries) > _SHOWN else []
    titles = {name: say(f"status_{name}") for name, _ in lines}
    width = max(_WIDTH, *map(len, titles.values()))
    return "\n".join(f"{titles[name]:<{width}} {line}" for name, line in lines)


def _figures(found: Status, language: str) -> list[tuple[str, str]]:
    """Return what is served, due and kept, in words: the name of each line, and the line."""
    facts = {"revision": found.revision, "count": found.served, "moment": _moment(found.published)}
    served = "served_nothing" if found.revision is None else "served_since" if found.published else "served"
    due = words("due_now", language, count=found.due)
    due += " " + words("never_read", language, count=found.unread) if found.unread else ""
    due += ", " + words("next_due", language, moment=_moment(found.next_due)) if found.next_due else ""
    archive = {"count": found.archive_files, "size": _megabytes(found.archive_bytes)}
    return [
        ("base", found.base),
        ("clock", _moment(found.now)),
        ("served", words(served, language, **facts)),
        ("sources", counted_outcomes(Counter(found.sources), language) or words("none_yet", language)),
        ("due", due),
        ("archive", words("archive", language, **archive)),
        ("store", words("store", language, size=_megabytes(found.store_bytes))),
    ]


def to_json(found: Status, language: str = "en") -> dict[str, object]:
    """Return the state as a JSON object, with reasons in a language; moments are in ISO 8601."""
    facts = asdict(found)
    facts["held"] = [{"source": name, "reason": reason_in_language(reason, language)} for name, reason in found.held]
    facts["left_out"] = [
        {
            "source": name,
            "outcome": outcome_in_words(outcome, "en", part),
            "reason": reason_in_language(reason, language),
        }
        for name, outcome, part, reason in found.left_out
    ]
    facts["set_aside"] = [
        asdict(note) | {"at": note.at.isoformat(), "reason": reason_in_language(note.reason, language)}
        for note in found.set_aside
    ]
    facts["faults"] = [reason_in_language(fault, language) for fault in found.faults]
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in facts.items()}


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "–"


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
