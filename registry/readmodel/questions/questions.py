"""What answers a question, and what nearly does; read from the columns of all statements."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from registry.iri.names import concept_iri
from registry.readmodel.comparison import equivalent_sparql
from registry.readmodel.comparison.roll_up import FIRST_APART, SLOTS
from registry.readmodel.comparison.rows import Asked, judged
from registry.readmodel.tables.lists import reduced
from registry.readmodel.tables.table import Table
from registry.readmodel.values import Statement
from registry.store.sparql_text import nodes

_ROOM = "registry.readmodel.questions"
# Why a statement that holds for the whole is a near miss.
WEAKER, OTHER_DUTY, FIELD = "weaker", "other-duty", "field"
OFFICES = "offices"
Numbers = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Question:
    """A line of `questions.toml`, which explains its fields; `name` is that in its address."""

    name: str
    ask: str
    means: str
    kind: str = "statements"
    cells: tuple[str, ...] = ()
    duties: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    forces: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    applies_to: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    by_day: bool = False

    def is_about(self, item: Statement) -> bool:
        """Return whether a statement says something on the question, as far as it is about its case."""
        if f"{item.activity}/{item.stage}" not in self.cells or item.duty not in (*self.duties, *self.near):
            return False
        if item.duty in self.always or not (self.conditions or self.applies_to):
            return True
        return item.condition in self.conditions or not set(self.applies_to).isdisjoint(item.applies_to)


@cache
def questions() -> Mapping[str, Question]:
    """Return the questions by name, in their order."""
    table = tomllib.loads((files(_ROOM) / "questions.toml").read_text(encoding="utf-8"))
    return {name: _question(name, line) for name, line in table.items()}


def _question(name: str, line: Mapping[str, Any]) -> Question:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in line.items()}
    return Question(name, **fields)


@dataclass(frozen=True, slots=True)
class Answers:
    """The statements that answer with yes, and those that nearly do with why not, in the order of the list.

    `why` are names of `roll_up.SLOTS`, WEAKER or OTHER_DUTY, one for each near miss. `rows` are the codes of the rows
    that have an answer, each with the force of its strongest; `known` those of which something is said on the question.
    """

    yes: Sequence[Statement] = ()
    near: Sequence[Statement] = ()
    why: Sequence[str] = ()
    rows: Mapping[str, str] = field(default_factory=dict)
    known: frozenset[str] = frozenset()


def answers(statements: Table[Statement], question: Question, asked: Asked) -> Answers:
    """Return what answers a question about statements, with these filters and on their day."""
    found = judged(statements, asked, "row")
    facts = statements.columns["facts"]
    kinds = list(map(reduced, facts.values))
    about = np.array([question.is_about(item) for item in kinds], np.bool_)[facts.codes] & found.passing
    is_duty = np.array([item.duty in question.duties for item in kinds], np.bool_)[facts.codes]
    strong = [slot.force in question.forces and not slot.wide and not slot.name for slot in SLOTS]
    is_general = np.array([item.reach != "field" for item in kinds], np.bool_)[facts.codes]
    is_strong = np.array(strong, np.bool_)[found.place] & is_general
    is_named = np.array([bool(slot.force or slot.name) for slot in SLOTS], np.bool_)[found.place]
    yes = _ordered(statements, np.flatnonzero(about & is_duty & is_strong), question)
    near = _ordered(statements, np.flatnonzero(about & is_named & ~(is_duty & is_strong)), question)
    why = [_why(int(found.place[row]), bool(is_duty[row]), bool(is_general[row])) for row in near.tolist()]
    rows: dict[str, int] = {}
    column = statements.columns["row"]
    for row in yes.tolist():
        for code in column.of_row(row):
            place = int(found.place[row])
            rows[code] = min(rows.get(code, place), place)
    known = {code for row in (*yes.tolist(), *near.tolist()) for code in column.of_row(row)}
    return Answers(
        statements.things(yes),
        statements.things(near),
        why,
        {code: SLOTS[place].force for code, place in rows.items()},
        frozenset(known),
    )


def _ordered(statements: Table[Statement], rows: Numbers, question: Question) -> Numbers:
    """Return rows in the order of the list, or by the day on which they began."""
    if not question.by_day:
        return rows
    dates = statements.columns["dates"]
    starts = [reduced(dates.values[dates.codes[row]]) for row in rows.tolist()]
    days = [(item.in_force_from or item.issued or "9999") for item in starts]
    return rows[sorted(range(len(days)), key=days.__getitem__)]


def _why(place: int, is_duty: bool, is_general: bool) -> str:
    """Return why a statement of that slot is a near miss."""
    if place >= FIRST_APART:
        return SLOTS[place].name
    if not is_duty:
        return OTHER_DUTY
    return WEAKER if is_general else FIELD


def question_query(question: Question, asked: Asked, base: str) -> str:
    """Return the SPARQL query for the statements that answer a question with yes."""
    return equivalent_sparql.answers_query(
        asked,
        base,
        cells=nodes(concept_iri("cell", cell.replace("/", "-")) for cell in question.cells),
        duties=nodes(concept_iri("duty", code) for code in question.duties),
        forces=nodes(concept_iri("force", code) for code in question.forces),
        case=nodes(
            [
                *(concept_iri("condition", code) for code in question.conditions),
                *(concept_iri("applies-to", code) for code in question.applies_to),
                *(concept_iri("duty", code) for code in question.always),
            ]
        ),
    )
