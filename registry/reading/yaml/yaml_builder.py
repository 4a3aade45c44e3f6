"""Builds documents from the events of a YAML parser, and checks every limit as it goes.

Every scalar is a text: `NO` is Norway, `1.10` stays `1.10`, and `2021-11-08` is checked by a shape, not by the parser.
Every key and value has its line and column. Anchors, aliases, merge keys and tags are refused: a description needs none
of them, and attacks on YAML readers are built from them. A value that is refused is replaced by its ReadingError.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence as Several
from typing import Any

import yaml

from registry.errors import ReadingError
from registry.reading import decoding
from registry.reading.tree import At, Mapping, Sequence
from registry.reading.yaml.yaml_lines import line_of, quoted, shown
from registry.reading.yaml.yaml_mistakes import mistake
from registry.reading.yaml.yaml_source import Source
from registry.vocabulary.messages import unreadable

MAX_DEPTH = 16  # lists and mappings within each other
MAX_NODES = 20_000  # scalars, lists and mappings
MAX_CHARACTERS = 20_000  # of one scalar
OF_THE_WHOLE = ("yaml-too-many-values", "yaml-too-deep")  # raised for them, a document is not read any further

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where it was built in; ten times faster
_NULLS = ("", "~", "null", "Null", "NULL")  # YAML 1.2.2, section 10.2.1.1
# no letter, and not seen: beside a key they make another key
_UNSEEN = "\u00a0\u00ad\u200b\u200c\u200d\u2060\ufeff"


def documents(of: Source, lines: Several[str], start: int) -> Sequence:
    """Return the documents in a part of a source: `lines`, of which the first is number `start`, from 0.

    Raises ReadingError for what is not YAML, and for what is refused in no single place.
    """
    end = start + len(lines)
    builder = _Builder(of, [fault for fault in of.faults if start < (fault[0][0] or 0) <= end])
    try:
        for event in yaml.parse("\n" * start + "\n".join(lines), _LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise mistake(error, of.typed, builder.open_at) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise unreadable("yaml-syntax", start + 1, 1, typed=shown(of.typed[start])) from error
    builder.finish()
    return builder.documents


class _Builder:
    """Takes parser events, and builds the documents that they describe."""

    def __init__(self, of: Source, faults: list[tuple[At, ReadingError]]) -> None:
        self.documents = Sequence()
        self._of = of
        self._parents: list[Mapping | Sequence] = [self.documents]
        self._keys: list[str | None] = [None]  # of each parent that is a mapping, the key that waits for its value
        self._columns = [-1]  # of the blocks and, as that of the block around, flow collections
        self._flows: list[tuple[int, int]] = []  # where each flow collection that is open begins
        self._nodes = 0
        self._left_out = 0  # lists and mappings within each other that have begun in a refused value
        self._mappings_in: Counter[int] = Counter()  # line → mappings that begin there
        self._faults = faults[::-1]  # of characters that are not allowed, the next one last

    @property
    def open_at(self) -> tuple[int, int] | None:
        """Line and column, from 0, of the innermost bracket that is still open."""
        return self._flows[-1] if self._flows else None

    def take(self, event: Any) -> None:
        """Build what an event describes. Raises ReadingError for what refuses the whole."""
        if isinstance(event, yaml.CollectionEndEvent):
            self._end(event)
        elif isinstance(event, yaml.DocumentStartEvent) and event.tags:
            raise _refusal(event, "yaml-tag-directive")
        elif isinstance(event, yaml.NodeEvent):
            self._nodes += 1
            if self._nodes > MAX_NODES:
                raise _refusal(event, "yaml-too-many-values", limit=str(MAX_NODES))
            self._take_node(event)
            if isinstance(event, yaml.CollectionStartEvent):
                self._open(event)

    def finish(self) -> None:
        """Raise the error of a character that is not allowed and stands after the last value."""
        if self._faults:
            raise self._faults[-1][1]

    def _open(self, event: Any) -> None:
        self._columns.append(self._columns[-1] if event.flow_style else event.start_mark.column)
        if event.flow_style:
            self._flows.append((event.start_mark.line, event.start_mark.column))

    def _end(self, event: Any) -> None:
        self._columns.pop()
        if self._flows and event.start_mark.index < event.end_mark.index:  # a bracket, of a flow collection
            self._flows.pop()
        if self._left_out:
            self._left_out -= 1
        else:
            self._parents.pop()
            self._keys.pop()

    def _take_node(self, event: Any) -> None:
        is_collection = isinstance(event, yaml.CollectionStartEvent)
        refusal = self._fault(event)
        if self._left_out:
            self._left_out += is_collection
            if self._left_out > MAX_DEPTH:  # an attack, and the parser takes the square of the depth
                raise refusal or _refusal(event, "yaml-too-deep", limit=str(MAX_DEPTH))
            return
        parent, key = self._parents[-1], self._keys[-1]
        if isinstance(parent, Mapping) and key is None:
            if is_collection:
                raise refusal or _refusal(event, "yaml-key-not-text")
            self._keys[-1], refusal = self._add_key(parent, event, refusal)
        elif isinstance(parent, Mapping) and isinstance(parent.get(str(key)), ReadingError):
            self._left_out, self._keys[-1] = int(is_collection), None  # the value of a refused key
        else:
            self._add_value(parent, key, event, refusal)
        if refusal is not None:
            for outer in self._parents:
                outer.refusal = outer.refusal or refusal

    def _add_value(self, parent: Mapping | Sequence, key: str | None, event: Any, refusal: ReadingError | None) -> None:
        """Add a value to the list, or to the mapping under its key; a list or a mapping is still empty."""
        value: Any = refusal or self._value(event)
        at = (event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(parent, Mapping):
            parent[str(key)], self._keys[-1] = value, None
            parent.values_at[str(key)] = at
            if comment := self._comment_after(event):
                parent.comments[str(key)] = comment
        else:
            parent.append(value)
            parent.items_at.append(at)
        if isinstance(event, yaml.CollectionStartEvent):
            if refusal is not None:
                self._left_out = 1
            else:
                self._parents.append(value)
                self._keys.append(None)

    def _comment_after(self, event: Any) -> str:
        """Return the comment that ends a plain text in its line, if no space follows its sign: `Our #1 goal`."""
        if not isinstance(event, yaml.ScalarEvent) or event.style or not event.value or self._flows:
            return ""
        mark: Any = event.start_mark
        line = self._of.typed[mark.line]
        found = re.match(r"\s+(#[^\s#].*)", line[mark.column + len(event.value) :]) if "#" in line else None
        return found[1].rstrip() if found else ""

    def _value(self, event: Any) -> Any:
        """Return the value that begins with this event."""
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if isinstance(event, yaml.ScalarEvent):
            is_plain = not event.style  # None from one parser, "" from the other
            return None if is_plain and event.value in _NULLS else self._of.restored(event.value, event.style)
        if not isinstance(event, yaml.MappingStartEvent):
            return Sequence()
        self._mappings_in[line] += 1
        nth = self._mappings_in[line]
        return Mapping(line, f"L{line}" + (f".{nth}" if nth > 1 else ""), column)

    def _fault(self, event: Any) -> ReadingError | None:
        """Return why a value is not accepted, if so.

        Raises ReadingError for a character that is not allowed before the value, in a comment or between values; and
        for a quote that is never closed.
        """
        found = None
        while self._faults and self._faults[-1][0] < (event.end_mark.line + 1, event.end_mark.column + 1):
            at, error = self._faults.pop()
            if at < (event.start_mark.line + 1, event.start_mark.column + 1):
                raise error
            found = found or error
        if found is not None:
            return found
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            code = "yaml-alias" if isinstance(event, yaml.AliasEvent) else "yaml-anchor"
            return _refusal(event, code, **self._written(event))
        if event.tag:
            return _refusal(event, "yaml-tag", **self._written(event))
        if not isinstance(event, yaml.ScalarEvent):
            too_deep = len(self._parents) > MAX_DEPTH
            return _refusal(event, "yaml-too-deep", limit=str(MAX_DEPTH)) if too_deep else None
        return self._fault_of_text(event)

    def _fault_of_text(self, event: Any) -> ReadingError | None:
        """Return why a text is not accepted, if so. Raises ReadingError for a quote that is never closed."""
        first, last = event.start_mark.line, event.end_mark.line
        if event.style in ('"', "'") and last > first:
            for number in range(first + 1, last + 1):
                line = line_of(self._of.typed[number])
                if line.indent <= self._columns[-1] and line.begins_entry:
                    raise _refusal(event, "yaml-quote-open", **self._written(event, 1), quote=event.style)
        if len(event.value) > MAX_CHARACTERS:
            return _refusal(event, "yaml-text-too-long", characters=str(len(event.value)), limit=str(MAX_CHARACTERS))
        if event.style == '"' and (character := decoding.forbidden(event.value)):  # an escape: see `Source.faults`
            return decoding.unseen(character, first + 1, event.start_mark.column + 1)
        if not event.style and last > first and self._are_items(first, last, event.start_mark.column):
            line = line_of(self._of.typed[first])
            return _refusal(event, "yaml-dash", typed=shown(line.value), example="- " + shown(line.value[1:]))
        return None

    def _are_items(self, first: int, last: int, column: int) -> bool:
        """Return whether each line of a plain text begins with a dash: items of a list without a space after it."""
        starts = [self._of.typed[first][column:], *(self._of.typed[n].lstrip() for n in range(first + 1, last + 1))]
        return all(re.match(r"-\w", start) for start in starts if start)

    def _written(self, event: Any, skipped: int = 0) -> dict[str, str]:
        """Return what stands in its line from a value on, after `skipped` characters, and the line with quotes."""
        line = line_of(self._of.typed[event.start_mark.line])
        typed = line.text[event.start_mark.column + skipped :]
        text = re.split(r"[,\]}]", typed)[0] if self._flows else typed
        before, after = line.text[line.indent : event.start_mark.column], typed[len(text) :]
        value = text.partition(" ")[2] if text.startswith("!!") else text
        return {"typed": shown(text), "example": shown(before + quoted(value) + after)}

    def _add_key(self, mapping: Mapping, event: Any, refusal: ReadingError | None) -> tuple[str, ReadingError | None]:
        """Note a key with its place, and return it with why it is refused, if so; then this is its value, too.

        A key that is itself unfit is called after its place.
        """
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        key = f"{line}:{column}"
        if refusal is None:
            typed = self._of.restored(event.value, event.style)
            refusal = _fault_of_key(mapping, typed, event)
            key = typed
        if refusal is not None:
            mapping[key] = refusal
        mapping.keys_at.setdefault(key, (line, column))
        return key, refusal


def _fault_of_key(mapping: Mapping, key: str, event: Any) -> ReadingError | None:
    """Return why a text is not accepted as a key of a mapping, if so."""
    if key in mapping:
        return repeated_key(mapping, key, event.start_mark.line + 1, event.start_mark.column + 1)
    if key == "<<" or not key:
        return _refusal(event, "yaml-merge-key" if key else "yaml-empty-key")
    for beside in (key[0], key[-1]):
        if beside in _UNSEEN:
            return _refusal(event, "yaml-unseen-in-key", character=f"U+{ord(beside):04X}", key=key.strip(_UNSEEN))
    if not event.style and re.match(r"-\w", key):
        return _refusal(event, "yaml-dash", typed=shown(f"{key}:"), example=shown(f"- {key[1:]}: …"))
    return None


def repeated_key(mapping: Mapping, key: str, line: int, column: int) -> ReadingError:
    """Return the error of a key that stands in a mapping already, and here again."""
    return unreadable("yaml-key-repeated", line, column, key=key, other=str(mapping.key_at(key)[0]))


def _refusal(event: Any, code: str, **facts: str) -> ReadingError:
    return unreadable(code, event.start_mark.line + 1, event.start_mark.column + 1, **facts)
