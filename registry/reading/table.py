"""A foreign table as a document in our own words, by a declarative mapping (`registry/data/imports/`).

Nothing here knows a column or a field: which column becomes what, and what its words mean, stands in the mapping.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import count
from typing import Any

from registry.errors import ReadingError
from registry.reading import yaml_events
from registry.reading.yaml_events import Mapping
from registry.vocabulary import jurisdictions

MAX_BYTES = 2_097_152
MAX_ROWS = 5000

_ADDRESS = re.compile(r"https?://\S+")
_COLUMN = re.compile(r"\{([^{}]+)\}")


def rows(body: bytes, mapping: str) -> Mapping:
    """Return the policies in a CSV table as a document that `outline` takes, each with the line of its row.

    `mapping` names a file of `registry/data/imports/`, whose first lines say how it is written. Raises ReadingError
    for a table that is no CSV in UTF-8, lacks a column, or holds a word that the mapping does not know.
    """
    plan = _plan(mapping)
    text = yaml_events.decode(body, MAX_BYTES)
    policies = [_Row(cells, line, number, mapping).policy(plan) for number, (line, cells) in _table(text, plan)]
    return _mapping({"policies": policies}, 1, count(1))


def dataset(mapping: str) -> Mapping:
    """Return what a mapping says of the data set that it reads: title, version, issued, publisher, licence."""
    found: Mapping = _plan(mapping)["dataset"]
    return found


@cache
def _plan(name: str) -> Mapping:
    file = files("registry").joinpath("data", "imports", f"{name}.yaml")
    if not re.fullmatch(r"[a-z0-9-]+", name) or not file.is_file():
        raise ReadingError(f"there is no mapping called {name!r}: see registry/data/imports/")
    plan: Mapping = yaml_events.load(file.read_bytes())
    return plan


def _table(text: str, plan: Mapping) -> Iterator[tuple[int, tuple[int, dict[str, str]]]]:
    """Yield the number of each row (from 1), the line where it begins, and its cells by column."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [_plain(name) for name in next(reader, [])]
        _check_header(header, plan)
        line = reader.line_num + 1
        number = 0
        for cells in reader:
            if any(map(str.strip, cells)):
                number += 1
                yield number, (line, _cells(header, cells, line, number))
            line = reader.line_num + 1
    except csv.Error as error:
        raise ReadingError(f"not CSV: {error}", reader.line_num) from error


def _check_header(header: list[str], plan: Mapping) -> None:
    missing = [name for name in plan["columns"] if name not in header]
    if missing:
        raise ReadingError(f"the table has no column called {missing[0]!r}; this mapping reads it", 1)


def _cells(header: list[str], cells: list[str], line: int, number: int) -> dict[str, str]:
    if number > MAX_ROWS:
        raise ReadingError(f"more than {MAX_ROWS} rows: split the table", line)
    if len(cells) != len(header):
        raise ReadingError(f"the row has {len(cells)} cells, the header {len(header)}", line)
    return dict(zip(header, map(_plain, cells), strict=True))


def _plain(cell: str) -> str:
    """Return a cell without the tabs, line ends and stray (also narrow and no-break) spaces of spreadsheets."""
    return " ".join(cell.split())


class _Row:
    """One row of the table, and the rules of a mapping applied to it."""

    def __init__(self, cells: dict[str, str], line: int, number: int, mapping: str) -> None:
        self._cells = cells | {"row": f"{number:04}"}
        self._line = line
        self._file = f"registry/data/imports/{mapping}.yaml"

    def policy(self, plan: Mapping) -> Mapping:
        """Return the policy of the row with its one statement."""
        fields = {key: self._value(rule) for key, rule in plan["policy"].items()}
        statement = {key: self._value(rule) for key, rule in plan["statement"].items()}
        case = plan["case"]
        statement |= {key: self._value(rule) for key, rule in self._known(case["from"], case["values"]).items()}
        return _mapping(fields | {"statements": statement}, self._line, count(1))

    def _value(self, rule: Any) -> Any:
        """Return what a rule makes of this row; nothing ("", [] or {}) where the row does not say."""
        if isinstance(rule, str):
            return self._text(rule)
        if isinstance(rule, list):
            return [value for item in rule if (value := self._value(item))]
        if "from" in rule:
            return self._looked_up(rule)
        if "marked" in rule:
            return [code for name, code in rule["columns"].items() if self._cells[name] == rule["marked"]]
        return {key: value for key, inner in rule.items() if (value := self._value(inner))}

    def _text(self, template: str) -> str:
        """Return the template with its columns filled in; nothing if one of them is empty."""
        if not all(self._cells[name] for name in _COLUMN.findall(template)):
            return ""
        return _COLUMN.sub(lambda match: self._cells[match[1]], template)

    def _looked_up(self, rule: Mapping) -> Any:
        column, values = rule["from"], rule.get("values", {})
        if rule.get("as") == "addresses":
            found = [address for name in column for address in _ADDRESS.findall(self._cells[name])]
            return list(dict.fromkeys(found)) or rule["otherwise"]
        if rule.get("as") == "country":
            values = _countries() | {name.casefold(): code for name, code in values.items()}
            return self._known(column, values, self._cells[column].casefold())
        if "otherwise" in rule:
            return values.get(self._cells[column], rule["otherwise"])
        return self._known(column, values)

    def _known(self, column: str, values: dict[str, Any], key: str | None = None) -> Any:
        word = self._cells[column] if key is None else key
        if word not in values:
            raise ReadingError(
                f"{column} says {self._cells[column]!r}, which {self._file} does not know: add it there", self._line
            )
        return values[word]


@cache
def _countries() -> dict[str, str]:
    """Return the codes of all jurisdictions by their English names (CLDR's and our own), case folded."""
    names = {
        jurisdictions.country_name(place.code, "en").casefold(): place.code for place in jurisdictions.jurisdictions()
    }
    return names | {place.labels["en"].casefold(): place.code for place in jurisdictions.jurisdictions()}


def _mapping(fields: dict[str, Any], line: int, numbers: Iterator[int]) -> Mapping:
    """Return fields as a mapping that begins in that line, and all mappings in it likewise; empty fields are left out.

    The names are those that a YAML file would give: L12, then L12.2 for the second mapping of line 12.
    """
    number = next(numbers)
    made = Mapping(line, f"L{line}" if number == 1 else f"L{line}.{number}")
    for key, value in fields.items():
        if value:
            made[key] = value if isinstance(value, str | list | Mapping) else _mapping(value, line, numbers)
            made.lines[key] = line
    return made
