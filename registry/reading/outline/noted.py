"""What a reader notes on its way through a document: where each value stands, and what it has to say."""

from __future__ import annotations

from typing import Any, NamedTuple

from registry.errors import ReadingError
from registry.model import Place, Remark, Severity
from registry.reading.tree import At, Sequence

MAX_GUESSES = 300  # unknown words of a document
MAX_QUOTED = 300  # characters of what a message quotes


class Spot(NamedTuple):
    """Where the reader is: the node that it makes, the class of that node, and the way there in the author's words.

    `owner` is the thing of the registry to which a node below it belongs, "" for a thing itself.
    """

    node: str
    type: str
    field: str = ""
    owner: str = ""

    def below(self, key: str) -> Spot:
        """Return the spot of a field of this one: `policies[0].title`."""
        name = f"[{key}]" if "." in key or ":" in key else key
        dot = "." if self.field and not name.startswith("[") else ""
        return Spot(self.node, self.type, f"{self.field}{dot}{name}", self.owner)

    def item(self, index: int) -> Spot:
        """Return the spot of an item of the list in this one: `policies[0]`."""
        return Spot(self.node, self.type, f"{self.field}[{index}]", self.owner)


class Noted:
    """The places and remarks of a document, in the order of its values.

    `refused` are the nodes of which a value cannot be read at all, with the first reason.
    """

    def __init__(self) -> None:
        self.places: dict[tuple[str, str, str], Place] = {}
        self.remarks: list[Remark] = []
        self.refused: dict[str, ReadingError] = {}
        self._guesses = 0

    def may_guess(self) -> bool:
        """Return whether what was meant by one more unknown word may be looked for, which takes time."""
        self._guesses += 1
        return self._guesses <= MAX_GUESSES

    def place(self, spot: Spot, path: str, value: str, at: At, text: str = "") -> None:
        """Note where a value of a property stands: the value "" is for its key, the property "" for the node."""
        self.places.setdefault((spot.node, path, value), Place(*at, spot.field, text))

    def remark(
        self,
        code: str,
        spot: Spot,
        at: At,
        found: str = "",
        *,
        path: str = "",
        covers: tuple[str, ...] | None = None,
        severity: Severity | None = None,
        **facts: str,
    ) -> None:
        """Note a remark on what was found there; by default, its property needs no other finding."""
        covered = ((path,) if path else ()) if covers is None else covers
        told = {name: short(fact) for name, fact in {"found": found, **facts}.items()}
        place = Place(*at, spot.field)
        about, below = spot.owner or spot.node, spot.node if spot.owner else ""
        self.remarks.append(Remark(code, place, about, path, short(found), told, covered, severity, below))

    def refuse(self, error: ReadingError, spot: Spot, path: str = "", covers: tuple[str, ...] | None = None) -> None:
        """Note a value that cannot be read."""
        at = (error.line, error.column)
        self.remark(error.code, spot, at, path=path, covers=covers, severity=Severity.VIOLATION, **error.facts)
        self.refused.setdefault(spot.owner or spot.node, error)


def short(text: str) -> str:
    """Return a text that a message quotes, cut in the middle."""
    return text if len(text) <= MAX_QUOTED else f"{text[: MAX_QUOTED // 2]}…{text[-MAX_QUOTED // 2 :]}"


def several(spot: Spot, value: Any, at: At) -> list[tuple[Spot, Any, At]]:
    """Return the items of a list with their spots and places; a single value is the one item, None is no item."""
    if isinstance(value, Sequence):
        return [(spot.item(index), item, value.item_at(index)) for index, item in enumerate(value)]
    return [] if value is None else [(spot, value, at)]
