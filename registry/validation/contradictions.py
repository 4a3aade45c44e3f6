"""What a description says against itself or the vocabulary, and no shape can see.

SHACL compares no dates of several precisions: a day and a year have no order in XML Schema, and pySHACL 0.40 stops with
an error when it compares a malformed date. And which cells an object of duty belongs to stands in the vocabulary, once.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from registry.iri.names import CONCEPT, SHAPES, code_of, term
from registry.validation.engines import Result
from registry.vocabulary.concepts import cells_of, concepts

_PART_OF, _ISSUED = (term(f"dcterms:{name}").value for name in ("isPartOf", "issued"))
_BEGIN, _END = (term(f"ospo:{name}").value for name in ("inForceFrom", "inForceUntil"))
_DUTY, *_CELL = (term(f"ospo:{name}").value for name in ("duty", "coverage", "activity", "stage"))
_READ = {_PART_OF, _ISSUED, _BEGIN, _END, _DUTY, *_CELL}

_DUTIES = CONCEPT + "duty/"
_DATE = re.compile(r"[12][0-9]{3}(-[0-9]{2}){0,2}")


class Fact(NamedTuple):
    """A triple of texts."""

    subject: str
    predicate: str
    value: str


Stated = Mapping[str, Mapping[str, list[str]]]  # property → node → values


def contradictions(facts: Iterable[Fact]) -> Iterator[Result]:
    """Yield a result for each node whose dates contradict each other, and for each duty in a cell not its own."""
    stated: dict[str, dict[str, list[str]]] = {name: defaultdict(list) for name in _READ}
    for subject, predicate, value in facts:
        if predicate in _READ:
            stated[predicate][subject].append(value)
    for name in (_ISSUED, _BEGIN, _END):
        stated[name] = {node: _outermost(values) for node, values in stated[name].items()}
    yield from _of_dates(stated)
    yield from _of_duties(stated)


def _of_dates(stated: Stated) -> Iterator[Result]:
    """Yield what is certainly wrong in the dates of a node, read with those of its policy where it has none itself."""
    for node in sorted({*stated[_ISSUED], *stated[_BEGIN], *stated[_END]}):
        own = {name for name in (_ISSUED, _BEGIN, _END) if node in stated[name]}
        issued, begin, end = (_dates(stated, name, node) for name in (_ISSUED, _BEGIN, _END))
        for value in _before(end, begin) if own & {_BEGIN, _END} else ():
            yield Result(node, SHAPES + ("" if {_BEGIN, _END} <= own else "statement-") + "until-after-from", value)
        early = _before(begin, issued) if own & {_BEGIN, _ISSUED} else ()
        for value in early or (_before(end, issued) if own & {_END, _ISSUED} else ()):
            yield Result(node, SHAPES + "in-force-before-issued", value)


def _dates(stated: Stated, name: str, node: str) -> list[str]:
    """Return the outermost dates of a node, or else of its policy."""
    if node in stated[name]:
        return stated[name][node]
    return _outermost(value for policy in stated[_PART_OF].get(node, ()) for value in stated[name].get(policy, ()))


def _outermost(values: Iterable[str]) -> list[str]:
    """Return the first and the last date of each precision: of a thousand dates, six to compare.

    What is no date has a finding of its own, and so have several dates.
    """
    dates: dict[int, set[str]] = defaultdict(set)
    for value in values:
        if _DATE.fullmatch(value):
            kept = dates[len(value)] | {value}
            dates[len(value)] = {min(kept), max(kept)}
    return sorted(value for kept in dates.values() for value in kept)


def _before(dates: Iterable[str], others: Iterable[str]) -> list[str]:
    """Return the dates that lie before one of the others, whichever days are meant.

    What both tell is compared: 2019-05-01 lies before 2020, and neither before nor after 2019.
    """
    return [date for date in dates if any(date[: len(other)] < other[: len(date)] for other in others)]


def _of_duties(stated: Stated) -> Iterator[Result]:
    """Yield each object of duty that stands in a cell to which the vocabulary does not give it."""
    cells = {concept.code for concept in concepts("cell")}
    for node, duties in stated[_DUTY].items():
        coverage, *place = ([code_of(value) for value in stated[name].get(node, ())] for name in _CELL)
        cell = "-".join(codes[0] for codes in place if len(codes) == 1)
        if coverage != ["stated"] or cell not in cells:
            continue  # nothing is stated, or what is wrong with the cell has a finding of its own
        for duty in duties:
            own = cells_of(code_of(duty)) if duty.startswith(_DUTIES) else ()
            if own and cell not in own:
                yield Result(node, SHAPES + "duty-in-cell", duty)
