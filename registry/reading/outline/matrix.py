"""The statements of a policy: its matrix of activities and stages, or a plain list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from registry.errors import ReadingError
from registry.iri.names import concept_iri
from registry.reading.outline.noted import Noted, Spot, several
from registry.reading.outline.values import property_of, texts_of
from registry.reading.tree import At, Mapping, Sequence
from registry.vocabulary import concepts, fields, nearest

MakeNode = Callable[[Spot, Mapping, str, At], dict[str, Any]]


class Matrix:
    """Makes the statements of policies; `node` makes the node of a mapping of fields."""

    def __init__(self, noted: Noted, node: MakeNode) -> None:
        self._noted = noted
        self._node = node

    def of_list(self, policy: Spot, entry: Mapping) -> Iterator[dict[str, Any]]:
        """Yield the statements under `statements`, each of which names its activity and its stage."""
        value, at, spot = entry.get("statements"), entry.value_at("statements"), policy.below("statements")
        for place, item, item_at in several(spot, value, at):
            yield from self._statement(place, item, item_at)

    def of_matrix(self, policy: Spot, entry: Mapping) -> Iterator[dict[str, Any]]:
        """Yield the statements of the matrix: activity → stage → one, several, or a word of coverage."""
        matrix, spot = entry.get("matrix"), policy.below("matrix")
        if matrix is None:
            return
        if isinstance(matrix, ReadingError):
            self._noted.refuse(matrix, spot)
        elif not isinstance(matrix, Mapping):
            self._wrong("matrix-form", spot, entry.value_at("matrix"), matrix)
        elif _is_turned(matrix):
            self._wrong("matrix-turned", spot, entry.key_at("matrix"), ", ".join(matrix))
        else:
            for typed, row in matrix.items():
                below = spot.below(typed)
                activity = self._code("activity", typed, below, matrix.key_at(typed))
                if activity and isinstance(row, Mapping):
                    yield from self._row(below, entry.name, activity, row)
                elif isinstance(row, ReadingError):
                    self._noted.refuse(row, below)
                elif activity and row is not None:
                    self._wrong("matrix-row", below, matrix.value_at(typed), row, activity=activity)

    def _row(self, spot: Spot, name: str, activity: str, row: Mapping) -> Iterator[dict[str, Any]]:
        if row and set(row) <= set(fields.keys("PolicyStatement")):  # the stage was left out
            self._wrong("matrix-row", spot, row.key_at(next(iter(row))), ", ".join(row), activity=activity)
            return
        for typed, cell in row.items():
            below = spot.below(typed)
            stage = self._code("stage", typed, below, row.key_at(typed))
            if not stage:
                continue
            for there, item, at in several(below, cell, row.value_at(typed)) or [(below, None, row.key_at(typed))]:
                for made in self._statement(there, item, at, f"_:{name}-{activity}-{stage}"):
                    for key, code in (("activity", activity), ("stage", stage)):
                        # one that the statement has as well stays: its shape tells where they differ
                        made[key] = [*several_of(made.get(key)), concept_iri(key, code)]
                    yield made

    def _statement(self, spot: Spot, item: Any, at: At, word: str = "") -> Iterator[dict[str, Any]]:
        """Yield the node of a statement: a mapping with fields, or one word of coverage, whose node is `word`."""
        if isinstance(item, ReadingError):
            self._noted.refuse(item, spot)
        elif isinstance(item, Mapping):
            node = self._node(spot, item, "PolicyStatement", (item.line, item.column))
            stated = {"coverage": concept_iri("coverage", "stated")} if word and "coverage" not in node else {}
            yield stated | node
        elif item is None or isinstance(item, Sequence) or not word:
            if item is not None or word:
                self._wrong("cell-empty" if item is None else "cell-form", spot, at, item)
        elif coverage := concepts.code_in(item.strip(), "coverage"):
            iri = concept_iri("coverage", coverage)
            here = Spot(word, "PolicyStatement", spot.field)
            self._noted.place(here, "", "", at)
            self._noted.place(here, property_of("coverage", ""), iri, at, item)
            yield {"@id": word, "type": "PolicyStatement", "coverage": iri}
        else:
            force = self._near(item, "force")
            near = self._near(item, "coverage")
            code = "cell-force" if force else "cell-word" if near else "cell-text"
            self._wrong(code, spot, at, item, near=force or near)

    def _code(self, scheme: str, typed: str, spot: Spot, at: At) -> str:
        """Return the code of an activity or a stage, whatever its case; "" for an unknown one, which is noted."""
        if not (code := concepts.code_in(typed.strip(), scheme)):
            joined = re.fullmatch(r"(\w+)[-/_. ]+(\w+)", typed.strip().casefold())
            if joined and joined[1] in _codes("activity") and joined[2] in _codes("stage"):
                self._wrong("matrix-joined", spot, at, typed, near=joined[2], activity=joined[1])
            else:
                self._wrong(f"matrix-{scheme}", spot, at, typed, near=self._near(typed, scheme) or "—")
        return code

    def _near(self, typed: str, scheme: str) -> str:
        return nearest.code(typed, scheme) if self._noted.may_guess() else ""

    def _wrong(self, code: str, spot: Spot, at: At, value: Any, *, near: str = "", activity: str = "") -> None:
        self._noted.remark(code, spot, at, ", ".join(texts_of(value)), near=near, activity=activity)


@cache
def _codes(scheme: str) -> frozenset[str]:
    return frozenset(concept.code for concept in concepts.concepts(scheme))


def several_of(value: Any) -> list[Any]:
    """Return a value of JSON-LD as a list."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _is_turned(matrix: Mapping) -> bool:
    """Return whether stages stand where activities belong, and activities within."""
    stages = [row for typed, row in matrix.items() if concepts.code_in(typed, "stage")]
    inner = {key for row in stages if isinstance(row, Mapping) for key in row}
    return len(stages) == len(matrix) > 0 and bool(inner & _codes("activity"))
