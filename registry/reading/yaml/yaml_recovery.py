"""The parts of a YAML document that can be read with certainty although another part cannot be.

Indentation tells where each entry of a block ends, whatever stands in it: the next entry begins in a line that is
indented as the first one. An entry in which the parser stumbles is read part by part in the same way, and what cannot
be taken apart any more is left out, with the reason in its place. No line is parsed more than twice, but where one of
at most `MAX_REPAIRS` repairs begins again.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from registry.errors import ReadingError
from registry.reading.tree import Mapping, Sequence, refusal_of
from registry.reading.yaml.yaml_builder import MAX_DEPTH, OF_THE_WHOLE, documents, repeated_key
from registry.reading.yaml.yaml_layout import no_colon
from registry.reading.yaml.yaml_lines import line_of
from registry.reading.yaml.yaml_source import Source

MAX_REPAIRS = 50  # mistakes of a document, beyond which it is refused with the first
_MAX_PARSED = 1_500_000  # characters that all repairs may parse: a long document is repaired less often

# mistakes that are none once each document is read for itself
_BETWEEN_DOCUMENTS = ("yaml-directive", "yaml-tag-directive", "yaml-documents")
_NO_ENTRY = "]}[{,?:\t\u00a0"  # with which no entry begins: such a line belongs to the one before
_MARKER = re.compile(r"(---|\.\.\.)(?=\s|$)")


@dataclass(frozen=True, slots=True)
class _Part:
    """Lines of a document, of which the first is number `start`, from 0; `indent` is that of its entries."""

    lines: list[str]
    start: int
    indent: int = 0

    def between(self, begin: int, end: int) -> _Part:
        """Return the lines from one number to another, from 0, in the document."""
        return replace(self, lines=self.lines[begin - self.start : end - self.start], start=begin)

    @property
    def end(self) -> int:
        return self.start + len(self.lines)


def recovered(of: Source, first: ReadingError) -> Sequence:
    """Return the documents of a source, in which `first` is a mistake, with a ReadingError for each part left out.

    Raises `first` if nothing is certain.
    """
    recovery = _Recovery(of, first)
    whole = _Part(of.lines, 0)
    marks = [0, *(number for number, line in enumerate(of.lines) if _MARKER.match(line)), whole.end]
    if len(marks) > recovery.allowed:
        raise first
    found = Sequence()
    for begin, end in pairwise(marks):
        before_document = end < whole.end and of.lines[end].startswith("---")
        value = recovery.document(whole.between(begin, end), before_document)
        if value is not None:
            found.append(value)
            found.items_at.append((begin + 1, 1))
            found.refusal = found.refusal or refusal_of(value)
    is_forgotten = found.refusal is None and first.code not in _BETWEEN_DOCUMENTS
    if is_forgotten or (found and all(isinstance(value, ReadingError) for value in found)):
        raise first
    return found


class _Recovery:
    """Reads parts of a document; `first` is the mistake that is known at the beginning."""

    def __init__(self, of: Source, first: ReadingError) -> None:
        self._of = of
        self._first = first
        self._repairs = 0
        size = 1 + sum(map(len, of.lines))
        self.allowed = max(3, min(MAX_REPAIRS, _MAX_PARSED // size))

    def document(self, part: _Part, before_document: bool) -> Any:
        """Return the value of one document, None for an empty one, or the ReadingError for what cannot be read.

        Directives alone are no document if one follows.
        """
        lines = part.lines
        if lines and (marker := _MARKER.match(lines[0])):
            if lines[0][marker.end() :].partition("#")[0].strip():
                return self._whole(part)
            part = replace(part, lines=["", *lines[1:]])
        elif before_document and all(line_of(line).is_blank or line.startswith("%") for line in lines):
            return None
        return self._value(part, None, MAX_DEPTH)

    def _whole(self, part: _Part) -> Any:
        """Return what a part says, or the ReadingError for what cannot be read."""
        try:
            found = documents(self._of, part.lines, part.start)
        except ReadingError as error:
            if error.code in OF_THE_WHOLE:
                raise
            self._repairs += 1
            if self._repairs > self.allowed:
                raise self._first from error
            return error
        return found[0] if found else None

    def _value(self, part: _Part, known: ReadingError | None, depth: int) -> Any:
        """Return the value of a part; its entries one by one, if it has a mistake. `known` is one that it has."""
        value: Any = known or self._whole(part)
        if not isinstance(value, ReadingError):
            return value
        block = _as_block(part)
        if block is None or depth == 0:
            return value
        starts, is_list = _starts(block)
        entries = self._entries(block, starts, value)
        found = self._list(entries, block, depth) if is_list else self._mapping(entries, block, depth)
        return found if found.refusal is not None else value  # the mistake is never forgotten

    def _mapping(self, entries: Iterator[tuple[_Part, Any]], block: _Part, depth: int) -> Mapping:
        """Return the mapping of these entries of a block."""
        mapping: Mapping | None = None
        for part, value in entries:
            mapping = mapping or Mapping(part.start + 1, column=block.indent + 1)
            if isinstance(value, ReadingError):
                self._add_broken(mapping, part, value, depth)
            elif isinstance(value, Mapping):
                _merge(mapping, value)
            elif value is not None:
                _merge(mapping, no_colon(self._of.typed, part.start))
        return mapping or Mapping(block.start + 1)

    def _list(self, entries: Iterator[tuple[_Part, Any]], block: _Part, depth: int) -> Sequence:
        """Return the list of these items of a block."""
        found = Sequence()
        for part, value in entries:
            if isinstance(value, Sequence):
                found.extend(value)
                found.items_at.extend(value.items_at)
            elif isinstance(value, ReadingError):
                line = part.lines[0]
                inner = line[: block.indent] + " " + line[block.indent + 1 :]
                value = self._value(replace(part, lines=[inner, *part.lines[1:]]), value, depth - 1)
                found.append(value)
                found.items_at.append((part.start + 1, line_of(line).key_at + 1))
            found.refusal = found.refusal or refusal_of(value)
        return found

    def _entries(self, block: _Part, starts: list[int], error: ReadingError) -> Iterator[tuple[_Part, Any]]:
        """Yield the entries of a block, which begin at `starts`: those that can be read together, with their value.

        Between them is each entry that cannot be read, with its mistake; `error` is one that is known.
        """
        ends = [*starts[1:], block.end]
        mistake: ReadingError | None = error
        after = 0
        while after < len(starts):
            if mistake is None:
                rest = block.between(starts[after], block.end)
                value = self._whole(rest)
                if not isinstance(value, ReadingError):
                    yield rest, value
                    return
                mistake = value
            nth = max(bisect_left(starts, mistake.line or 1) - 1, after)
            if nth > after:
                run = block.between(starts[after], starts[nth])
                value = self._whole(run)
                if isinstance(value, ReadingError):  # it was before
                    mistake, nth = value, after
                else:
                    yield run, value
            yield block.between(starts[nth], ends[nth]), mistake
            after, mistake = nth + 1, None

    def _add_broken(self, mapping: Mapping, entry: _Part, mistake: ReadingError, depth: int) -> None:
        """Add an entry that cannot be read as a whole to a mapping: its key, and what can be read of its value."""
        header = line_of(entry.lines[0])
        if header.colon < 0:
            _merge(mapping, no_colon(self._of.typed, entry.start))
            return
        key = self._whole(replace(entry, lines=[entry.lines[0][: header.colon + 1]]))
        if not isinstance(key, Mapping) or key.refusal is not None:
            _merge(mapping, mistake)
            return
        name = next(iter(key))
        value: Any = mistake
        if not header.value:
            value = self._value(entry.between(entry.start + 1, entry.end), mistake, depth - 1)
        key[name], key.refusal = value, refusal_of(value)
        key.values_at[name] = key.key_at(name)
        _merge(mapping, key)


def _merge(mapping: Mapping, run: Mapping | ReadingError) -> None:
    """Add the fields of a mapping to another, or a mistake under its place."""
    mapping.refusal = mapping.refusal or refusal_of(run)
    if isinstance(run, ReadingError):
        key = f"{run.line}:{run.column}"
        mapping[key] = run
        mapping.keys_at[key] = (run.line, run.column)
        return
    for key, value in run.items():
        if key in mapping:
            line, column = run.key_at(key)
            mapping[key] = repeated_key(mapping, key, line or 1, column or 1)
            mapping.refusal = mapping.refusal or mapping[key]
        else:
            mapping[key], mapping.keys_at[key] = value, run.key_at(key)
            mapping.values_at[key] = run.value_at(key)


def _as_block(part: _Part) -> _Part | None:
    """Return a part with the indentation of its entries, or None if it is no block of entries."""
    first, indent = "", 0
    has_entry = False
    for line in part.lines:
        content = line.lstrip(" ")
        if not content or content[0] == "#":
            continue
        if not first:
            first, indent = content[0], len(line) - len(content)
        elif len(line) - len(content) < indent:
            return None
        if not has_entry and len(line) - len(content) == indent and content[0] not in _NO_ENTRY:
            has_entry = line_of(line).begins_entry
    return replace(part, indent=indent) if has_entry and first not in _NO_ENTRY else None


def _starts(block: _Part) -> tuple[list[int], bool]:
    """Return the numbers of the lines, from 0, in which the entries of a block begin, and whether it is a list.

    Items that are indented as the keys are those of the key before; a line without a colon is an entry, too.
    """
    indent = block.indent
    beside = [
        (number, line_of(line))
        for number, line in enumerate(block.lines, block.start)
        if line[indent : indent + 1] not in ("", " ", "#", *_NO_ENTRY) and not line[:indent].strip(" ")
    ]
    is_list = next(line for _, line in beside if line.begins_entry).is_item
    return [number for number, line in beside if line.is_item == is_list], is_list
