"""Countries × nine cells, with filters: pure functions of the statements. Nothing here scores or ranks.

Only the ordered forces of statements in force colour a cell; what stands beside the order is shown where nothing
ordered does (domain rules: compare along the ordered part only, hide nothing expired, not-assessed is not silence).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from registry import vocabulary
from registry.catalogue.values import Cell, Row, Statement

ACTIVITIES = tuple(concept.code for concept in vocabulary.concepts("activity"))
STAGES = tuple(concept.code for concept in vocabulary.concepts("stage"))
CELLS = tuple((activity, stage) for activity in ACTIVITIES for stage in STAGES)

# The collection of CSIS stands after what it may be at most and before what it is at least.
SHOWN = (
    "required",
    "comply-or-explain",
    "required-to-preferred",
    "preferred",
    "considered",
    "permitted",
    "encouraged",
    "neutral",
    "informational",
)
IN_FORCE = {"in-force", "partly-in-force", "adopted", "unknown"}
_ENDED = {"expired", "replaced", "repealed"}
_COVERAGE = ("excluded", "silent", "not-assessed")

# Filter → the concept scheme of its values; the others are names of things.
SCHEMES = {
    "activity": "activity",
    "stage": "stage",
    "force": "force",
    "status": "status",
    "level": "level",
    "layer": "assessment-kind",
}
NAMES = ("country", "office", *SCHEMES)


@dataclass(frozen=True, slots=True)
class Filters:
    """The chosen values by filter; an absent filter lets everything pass. `complaints` name what was not understood."""

    chosen: Mapping[str, frozenset[str]]
    complaints: tuple[str, ...] = ()

    def passes(self, statement: Statement) -> bool:
        """Return whether a statement meets all filters."""
        return all(getattr(statement, name) in values for name, values in self.chosen.items())

    def has_cell(self, activity: str, stage: str) -> bool:
        """Return whether the filters leave this cell."""
        return activity in self.chosen.get("activity", {activity}) and stage in self.chosen.get("stage", {stage})

    @property
    def narrows_statements(self) -> bool:
        """Whether cells may be empty because of the filters, and not for lack of statements."""
        return bool(set(self.chosen) - {"country", "activity", "stage"})


def filters(query: Iterable[tuple[str, str]]) -> Filters:
    """Return the filters of a query string; a repeated name means any of its values."""
    chosen: dict[str, set[str]] = defaultdict(set)
    complaints: list[str] = []
    for name, value in query:
        if name not in NAMES or not value:
            continue
        if name == "country":
            place = vocabulary.jurisdiction(value)
            value = place.code if place else value
        known = {concept.code for concept in vocabulary.concepts(SCHEMES[name])} if name in SCHEMES else {value}
        if value not in known:
            complaints.append(f"{name}={value} is not known: choose one of {', '.join(sorted(known))}")
        chosen[name].add(value)
    return Filters({name: frozenset(values) for name, values in chosen.items()}, tuple(complaints))


def cell(statements: Sequence[Statement]) -> Cell:
    """Return the cell that these statements make."""
    return Cell(_key(statements), tuple(sorted(statements, key=_weight)))


def _weight(statement: Statement) -> tuple[bool, int, str]:
    force = SHOWN.index(statement.force) if statement.force in SHOWN else len(SHOWN)
    return statement.status not in IN_FORCE, force, statement.iri


def _key(statements: Sequence[Statement]) -> str:
    stated = [item for item in statements if item.coverage == "stated"]
    forces = {item.force for item in stated if item.status in IN_FORCE}
    statuses = {item.status for item in stated}
    if forces:
        return next((force for force in SHOWN if force in forces), "not-assessed")
    if "proposed" in statuses:
        return "pending"
    if statuses & _ENDED:
        return "expired"
    if "failed" in statuses:
        return "failed"
    found = {item.coverage for item in statements}
    return next((coverage for coverage in _COVERAGE if coverage in found), "not-assessed")


def rows(statements: Iterable[Statement], countries: Iterable[str], chosen: Filters, language: str = "en") -> list[Row]:
    """Return a row for each of these countries that the filters leave, by name, with the statements that pass.

    With filters that narrow statements, a country without any statement left is left out.
    """
    cells: dict[tuple[str, str, str], list[Statement]] = defaultdict(list)
    for item in statements:
        if chosen.passes(item):
            cells[item.country, item.activity, item.stage].append(item)
    present = {country for country, _, _ in cells}
    wanted = [code for code in countries if code in chosen.chosen.get("country", {code})]
    if chosen.narrows_statements:
        wanted = [code for code in wanted if code in present]
    made = [_row(code, cells, language) for code in wanted]
    return sorted(made, key=lambda row: row.name.casefold())


def _row(code: str, cells: Mapping[tuple[str, str, str], list[Statement]], language: str) -> Row:
    found = {(activity, stage): cell(cells.get((code, activity, stage), [])) for activity, stage in CELLS}
    return Row(code, vocabulary.country_name(code, language), f"/countries/{code}", found)
