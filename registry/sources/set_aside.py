"""The records of the archive that could not be admitted, as the store tells them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from registry.iri.names import registry_graph, source_iri
from registry.store.protocol import Store, select
from registry.store.sparql_text import bind, load


@dataclass(frozen=True, slots=True)
class SetAside:
    """A record that was set aside: its name in the archive, the id of its source, the reason, and when it was read."""

    record: str
    source: str
    reason: str
    at: datetime


def set_aside(store: Store, base: str) -> list[SetAside]:
    """Return the records that were set aside, by name. Raises StoreError."""
    rows = select(store, bind(load("registry.sources", "set_aside.rq"), registry=registry_graph(base)))
    return [
        SetAside(
            row["record"].value,
            row["source"].value.removeprefix(source_iri(base, "")),
            row["reason"].value,
            datetime.fromisoformat(row["at"].value),
        )
        for row in rows
    ]
