"""A document as a tree of mappings, sequences and texts that know where they stand in the file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from registry.errors import ReadingError

At = tuple[int | None, int | None]  # line and column, from 1


class Mapping(dict[str, Any]):
    """A mapping and where it begins; `keys_at` has the place of each key, `values_at` that of each value.

    `name` is unique in its document: L12, or L12.2 for the second mapping that begins in line 12. A value that is
    refused is its ReadingError; `refusal` is the first one within, at any depth. `comments` has, by key, what stands
    after a value in its line and may be a part of it: `#1 goal`.
    """

    def __init__(self, line: int, name: str = "", column: int | None = None) -> None:
        super().__init__()
        self.line = line
        self.column = column
        self.name = name or f"L{line}"
        self.keys_at: dict[str, At] = {}
        self.values_at: dict[str, At] = {}
        self.refusal: ReadingError | None = None
        self.comments: dict[str, str] = {}

    def key_at(self, key: str) -> At:
        """Return the place of a key, else that of the mapping."""
        return self.keys_at.get(key, (self.line, self.column))

    def value_at(self, key: str) -> At:
        """Return the place of the value of a key, else that of the key."""
        return self.values_at.get(key) or self.key_at(key)


class Sequence(list[Any]):
    """A list, and the place of each item; `refusal` is the first refused value within, at any depth."""

    def __init__(self, items: Iterable[Any] = (), items_at: Iterable[At] = ()) -> None:
        super().__init__(items)
        self.items_at: list[At] = list(items_at)
        self.refusal: ReadingError | None = None

    def item_at(self, index: int) -> At:
        """Return the place of an item; (None, None) where it is not known."""
        return self.items_at[index] if index < len(self.items_at) else (None, None)


def refusal_of(value: Any) -> ReadingError | None:
    """Return the ReadingError that a value is, or the first one that it holds, if any."""
    return value if isinstance(value, ReadingError) else getattr(value, "refusal", None)
