"""A foreign CSV table as a description, by a declarative mapping (`registry/data/imports/`).

No column and no field is named here: the mapping says which column gives which field, and what its words mean.
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
from registry.reading.decoding import decode
from registry.reading.tree import Mapping, Sequence
from registry.reading.yaml import yaml_events
from registry.vocabulary import jurisdictions

MAX_BYTES = 2_097_152
MAX_ROWS = 5000
_SEPARATORS = (",", ";", "\t")  # RFC 4180; Excel where numbers have a comma; what is pasted from a spreadsheet

_ADDRESS = re.compile(r"https?://\S+")
_COLUMN = re.compile(r"\{([^{}]+)\}")


def document(body: bytes, mapping: str) -> Mapping:
    """Return a CSV table as the document that `outline` takes: a policy for each row, with the line of the row.

    `mapping` names a file of `registry/data/imports/`; comments in the file say how it is written. Raises ReadingError
    for a table that is not CSV in UTF-8 (RFC 4180, also with semicolons or tabs), lacks a column, or holds a word that
    the mapping does not have.
    """
    plan = _plan(mapping)
    text = decode(body, MAX_BYTES).lstrip("\ufeff")  # of a second mark, too: saved with one once more
    policies = [_Row(cells, line, number, mapping).policy(plan) for number, (line, cells) in _table(text, plan)]
    return _mapping({"policies": policies}, 1, count(1))


def dataset(mapping: str) -> Mapping:
    """Return the facts about the data set that a mapping reads: title, version, issued, publisher, licence, citation.

    Raises ReadingError if there is no such mapping.
    """
    facts: Mapping = _plan(mapping)["dataset"]
    return facts


@cache
def _plan(name: str) -> Mapping:
    file = files("registry").joinpath("data", "imports", f"{name}.yaml")
    if not re.fullmatch(r"[a-z0-9-]+", name) or not file.is_file():
        raise ReadingError(f"there is no mapping called {name!r}: see registry/data/imports/")
    plan: Mapping = yaml_events.load(file.read_bytes())
    return plan


def _table(text: str, plan: Mapping) -> Iterator[tuple[int, tuple[int, dict[str, str]]]]:
    """Yield the number of each row (from 1), the line where it begins, and its cells by column."""
    reader = _reader(text, _separator(text, plan))
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


def _reader(text: str, separator: str) -> Any:
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)


def _separator(text: str, plan: Mapping) -> str:
    """Return what separates cells: that under which the header has most of the columns that the mapping reads.

    Rows are not looked at: a text may hold more semicolons than there are columns.
    """
    wanted = set(plan["columns"])
    return max(_SEPARATORS, key=lambda separator: len(wanted & _names(text, separator)))


def _names(text: str, separator: str) -> set[str]:
    try:
        return set(map(_plain, next(_reader(text, separator), [])))
    except csv.Error:  # names in quotation marks, and another separator behind them
        return set()


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
        statement |= {key: self._value(rule) for key, rule in self._meaning(case["from"], case["values"]).items()}
        return _mapping(fields | {"statements": statement}, self._line, count(1))

    def _value(self, rule: Any) -> Any:
        """Return the value that a rule gives for this row; "", [] or {} where the row has none."""
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
        """Return the template with its `{column}`s filled in; "" if one of them is empty."""
        if not all(self._cells[name] for name in _COLUMN.findall(template)):
            return ""
        return _COLUMN.sub(lambda match: self._cells[match[1]], template)

    def _looked_up(self, rule: Mapping) -> Any:
        """Return what a rule with `from` gives: a word's value in the mapping, words, addresses, a country's code."""
        column, values = rule["from"], rule.get("values", {})
        if rule.get("as") == "words":
            return self._cells[column].split()
        if rule.get("as") == "addresses":
            addresses = [address for name in column for address in _ADDRESS.findall(self._cells[name])]
            return list(dict.fromkeys(addresses)) or rule["otherwise"]
        if rule.get("as") == "country":
            values = _countries() | {name.casefold(): code for name, code in values.items()}
            return self._meaning(column, values, self._cells[column].casefold())
        if "otherwise" in rule:
            return self._value(values.get(self._cells[column], rule["otherwise"]))
        return self._meaning(column, values)

    def _meaning(self, column: str, values: dict[str, Any], key: str | None = None) -> Any:
        """Return the value of a cell's word, or of `key`, in the mapping. Raises ReadingError for an unknown word."""
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
        jurisdictions.country_name(country.code, "en").casefold(): country.code
        for country in jurisdictions.jurisdictions()
    }
    return names | {country.labels["en"].casefold(): country.code for country in jurisdictions.jurisdictions()}


def _mapping(fields: dict[str, Any], line: int, numbers: Iterator[int]) -> Mapping:
    """Return the fields that are not empty as a mapping of that line; so are the mappings among its values.

    `numbers` counts the mappings of the line. Their names are those of a YAML file: L12, L12.2 for the second one.
    """
    number = next(numbers)
    mapping = Mapping(line, f"L{line}" if number == 1 else f"L{line}.{number}")
    for key, value in fields.items():
        if value:
            if isinstance(value, list):
                value = Sequence(value, [(line, None)] * len(value))
            mapping[key] = value if isinstance(value, str | Sequence | Mapping) else _mapping(value, line, numbers)
            mapping.keys_at[key] = (line, None)
    return mapping
