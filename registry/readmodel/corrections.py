"""The coding log: what was corrected in the facts that come with the program, why, and what stood there before.

It is data of the program (`registry/data/coding-log.yaml`), not of the store, and tells of the bundled sources alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from registry.reading.yaml import own_yaml
from registry.readmodel.comparison.filters import Filters
from registry.readmodel.values import Text

_NULL = "null"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of a description file, and the values that it had and has, () for none."""

    field: str
    old: tuple[Text, ...]
    new: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Correction:
    """An entry of the log; texts are as they were written, "" for what it does not tell.

    `kind` is a code of the scheme `change-kind`. `policy` is the identifier of the act in its file, `activity` and
    `stage` are "" where the entry is about the act itself. `statement` tells several of one cell apart. `missing` is
    what would be needed to settle it, `read_with` what was read for it.
    """

    id: str
    date: str
    country: str
    policy: str
    activity: str
    stage: str
    kind: str
    fields: tuple[FieldChange, ...]
    why: str
    sources: tuple[str, ...] = ()
    confidence: str = ""
    read_with: str = ""
    missing: str = ""
    statement: str = ""
    codebook: str = ""


@cache
def coding_log() -> tuple[Correction, ...]:
    """Return the entries of the log, the newest first; those of a day as they stand.

    It is read once, when somebody asks: 0.2 s for 670 entries, which no start of a process should wait for.
    """
    body = (files("registry") / "data" / "coding-log.yaml").read_bytes()
    entries = map(_correction, own_yaml.load(body)["entries"])
    return tuple(sorted(entries, key=lambda entry: entry.date, reverse=True))


def corrections(filters: Filters, policy: str = "") -> list[Correction]:
    """Return the entries about these countries and cells, and about that act, "" for any."""
    return [
        item
        for item in coding_log()
        if policy in ("", item.policy)
        and filters.has_country(item.country)
        and filters.has_cell(item.activity, item.stage)
    ]


def _correction(entry: Mapping[str, Any]) -> Correction:
    old, new = (_fields(entry[name]) for name in ("old", "new"))
    activity, _, stage = entry["cell"].partition("/")
    return Correction(
        id=entry["id"],
        date=entry["date"],
        country=entry["country"],
        policy=entry["policy"],
        activity=activity if stage else "",
        stage=stage,
        kind="added" if old is None else "removed" if new is None else "changed",
        fields=tuple(
            FieldChange(name, _texts((old or {}).get(name, _NULL)), _texts((new or {}).get(name, _NULL)))
            for name in dict.fromkeys((*(old or ()), *(new or ())))
        ),
        why=entry["why"],
        sources=tuple(entry.get("source", ())),
        **{name: entry.get(name, "") for name in ("confidence", "read_with", "missing", "statement", "codebook")},
    )


def _fields(value: Any) -> Mapping[str, Any] | None:
    return None if value == _NULL else value


def _texts(value: Any) -> tuple[Text, ...]:
    """Return a value, the values of a list, or the texts of a language map."""
    if isinstance(value, Mapping):
        return tuple(Text(text, tag) for tag, text in value.items())
    return tuple(Text(text) for text in ([value] if isinstance(value, str) else value) if text != _NULL)
