"""What a parser of YAML stumbles over, as the mistake of a writer: what is typed, why it cannot be, what to write.

The parser tells where it could not go on. The mistake is often before: an opening quote, a bracket, a key without its
colon, a line that is indented otherwise than the one beside which it belongs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import yaml

from registry.errors import ReadingError
from registry.reading.yaml_lines import Line, line_of, quoted, shown
from registry.vocabulary.messages import unreadable

_SPACES = "\u00a0\u1680\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff"
_ODD_SPACE = re.compile(f"^ *(?:- +)*([{_SPACES}])|(?:^|[^:]):([{_SPACES}])")
_LINK = re.compile(r"\[[^\]]*\]\(\s*(\S+?)\s*\)")
_JOINED = re.compile(r"^([^\s:\"'\[\]{}#]+):([^\s/:].*)$")  # key:value; not an address
_PART = re.compile(r"[\[{,]|:\s")  # before a text within brackets
_CLOSING = {"[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class _Case:
    """Where the parser could not go on (`row`, `column`, from 0), what it was at since when, and in its own words why.

    `open_at` is where the innermost bracket that is open begins.
    """

    lines: Sequence[str]
    row: int
    column: int
    within: str
    since: tuple[int, int]
    problem: str
    open_at: tuple[int, int] | None

    @property
    def line(self) -> Line:
        return line_of(self.lines[self.row])

    @property
    def character(self) -> str:
        return self.line.text[self.column : self.column + 1]

    @property
    def is_first(self) -> bool:
        """Whether nothing but spaces stands before the place, in its line."""
        return self.column <= self.line.indent

    def before(self, row: int) -> tuple[int, Line] | None:
        """Return the last line before a row that is not blank, with its row."""
        for number in range(row - 1, -1, -1):
            line = line_of(self.lines[number])
            if not line.is_blank:
                return number, line
        return None


def mistake(error: yaml.MarkedYAMLError, lines: Sequence[str], open_at: tuple[int, int] | None) -> ReadingError:
    """Return the mistake that made the parser stop; `lines` are those of the whole text, as typed.

    `open_at` is the place, from 0, of the innermost bracket that is open there.
    """
    mark = error.problem_mark or error.context_mark
    row, column = (mark.line, mark.column) if mark else (0, 0)
    while row >= len(lines) or (row > 0 and not lines[row].strip()):  # the end of the text
        row, column = row - 1, len(lines[row - 1])
    begin = error.context_mark
    since = (min(begin.line, row), begin.column) if begin else (row, column)
    case = _Case(lines, row, column, error.context or "", since, error.problem or "", open_at)
    for rule in _RULES:
        if (found := rule(case)) is not None:
            return found
    return _at("yaml-syntax", row, column, typed=shown(case.line.text))


def no_colon(row: int, line: Line) -> ReadingError:
    """Return the mistake of a line that should have a key, and has no colon that ends one."""
    if (found := _odd_space(row, line.text)) is not None:
        return found
    text = line.text[line.key_at :].rstrip()
    item = line.text[line.indent : line.key_at]
    if line.text.startswith("%"):
        return _at("yaml-directive", row, 0, typed=shown(text))
    if re.match(r"-\w", text):
        return _at("yaml-dash", row, line.key_at, typed=shown(text), example=shown(f"- {text[1:]}"))
    if joined := _JOINED.match(text):
        example = shown(f"{item}{joined[1]}: {joined[2]}")
        return _at("yaml-no-space-after-colon", row, line.key_at + joined.end(1), typed=shown(text), example=example)
    word, _, rest = text.partition(" ")
    example = shown(f"{item}{word.rstrip('=:')}: {rest.lstrip('=: ')}".rstrip())
    return _at("yaml-no-colon", row, line.key_at, typed=shown(text), example=example)


def _at(code: str, row: int, column: int, **facts: str) -> ReadingError:
    return unreadable(code, row + 1, column + 1, **facts)


def _spaces(case: _Case) -> ReadingError | None:
    """Return whether a tab indents, or a space that is none: pasted from a web page or a word processor."""
    rows = {case.row, case.since[0]} if "key" in case.within else {case.row}
    for row in sorted(rows):
        text = case.lines[row]
        indentation = text[: len(text) - len(text.lstrip(" \t"))]
        if "\t" in indentation:
            example = shown(text)
            return _at("yaml-tab", row, indentation.index("\t"), typed=example)
        if (found := _odd_space(row, text)) is not None:
            return found
    return None


def _odd_space(row: int, text: str) -> ReadingError | None:
    odd = _ODD_SPACE.search(text)
    if odd is None:
        return None
    column = odd.start(1) if odd[1] else odd.start(2)
    example = shown(re.sub(f"[{_SPACES}]+", " ", text))
    return _at("yaml-odd-space", row, column, character=f"U+{ord(text[column]):04X}", example=example)


def _escape(case: _Case) -> ReadingError | None:
    """Return whether a backslash stands in double quotes, as in a path of Windows."""
    if "escape" not in case.problem and "hex" not in case.problem:
        return None
    start = case.line.text.rfind("\\", 0, case.column + 1)
    begin = case.since[1] if case.since[0] == case.row else 0
    text = case.line.text[begin:].strip().strip('"')
    example = shown("'" + text.replace("'", "''") + "'")
    return _at("yaml-escape", case.row, max(start, 0), typed=case.line.text[start : start + 2], example=example)


def _open_quote(case: _Case) -> ReadingError | None:
    if "quoted scalar" not in case.within:
        return None
    row, column = case.since
    text = case.lines[row][column:].rstrip()
    before = case.lines[row][:column].lstrip()
    example = shown(before + quoted(text[1:]))
    return _at("yaml-quote-open", row, column, typed=shown(text[1:]), quote=text[:1], example=example)


def _begins(case: _Case) -> ReadingError | None:
    """Return whether a character stands here with which no text may begin."""
    special = any(word in case.within for word in ("alias", "anchor", "tag", "block scalar", "directive"))
    special = special or "tag handle" in case.problem or "YAML directive" in case.problem or "incompat" in case.problem
    if special:
        row, column = case.since
    elif case.character == "\t":
        return _at("yaml-tab", case.row, case.column, typed=shown(case.line.text[case.column :]))
    elif "cannot start" in case.problem or ("node content" in case.problem and case.character in tuple("]},")):
        row, column = case.row, case.column
    else:
        return None
    if case.open_at and case.lines[row][column : column + 1] in ("]", "}", ",", ""):
        return None
    line = line_of(case.lines[row])
    if line.text.startswith("%"):
        return _at("yaml-directive", row, 0, typed=shown(line.text))
    text = line.text[column:].rstrip()
    if line.colon > column:  # a key
        text, after = line.text[column : line.colon].rstrip(), line.text[line.colon :]
    elif case.open_at:
        end = re.search(r"[,\]}]", text)
        text, after = (text[: end.start()].rstrip(), text[end.start() :]) if end else (text, "")
    else:
        after = ""
    code = "yaml-block-header" if text[:1] in ("|", ">") else "yaml-text-begins"
    example = shown(line.text[line.indent : column] + quoted(text) + after)
    return _at(code, row, column, typed=shown(text), character=text[:1], example=example)


def _after_closed(case: _Case) -> ReadingError | None:
    """Return whether something stands after the closing quote or bracket of a value."""
    line = case.line
    if case.is_first or case.within.endswith(("flow sequence", "flow mapping", "simple key")) or case.open_at:
        return None
    value = line.value
    if "did not find expected" not in case.problem or value[:1] not in tuple("\"'[{") or case.column <= line.value_at:
        return None
    if link := _LINK.match(value):
        return _at("yaml-link", case.row, line.value_at, typed=shown(value), example=line.with_value(link[1]))
    facts = {"typed": shown(value), "after": shown(line.text[case.column :]), "character": value[0]}
    if value[0] in "[{":
        return _at("yaml-after-bracket", case.row, case.column, **facts, example=line.with_value(quoted(value)))
    inner = value[1:-1] if value.endswith(value[0]) else value
    return _at("yaml-after-quote", case.row, case.column, **facts, example=line.with_value(quoted(inner)))


def _in_brackets(case: _Case) -> ReadingError | None:
    """Return whether a bracket is never closed, closed by another, or holds a text which needs quotes."""
    if case.within.endswith(("flow sequence", "flow mapping")) and case.since[0] <= case.row:
        row, column = case.since
    elif case.open_at:
        row, column = case.open_at
    else:
        return None
    bracket = case.lines[row][column : column + 1]
    closing = _CLOSING.get(bracket, "]")
    opener = line_of(case.lines[row])
    later = [line_of(case.lines[number]) for number in range(row + 1, case.row + 1)]
    at_end = case.column >= len(case.line.text.rstrip())
    if at_end or any(line.begins_entry and line.indent <= opener.indent for line in later if not line.is_blank):
        facts = {"typed": shown(opener.text[column:]), "bracket": bracket, "closing": closing}
        example = shown(opener.text[opener.indent :].rstrip().rstrip(",") + closing)
        return _at("yaml-bracket-open", row, column, **facts, example=example)
    text = case.line.text
    if case.character in ("]", "}"):
        facts = {"typed": case.character, "bracket": bracket, "closing": closing, "other": str(row + 1)}
        example = shown(text[: case.column] + closing + text[case.column + 1 :])
        return _at("yaml-other-bracket", case.row, case.column, **facts, example=example)
    if case.character == ",":
        example = shown(text[: case.column].rstrip() + text[case.column + 1 :])
        return _at("yaml-comma-twice", case.row, case.column, example=example)
    return _in_flow_text(case)


def _in_flow_text(case: _Case) -> ReadingError:
    """Return the mistake of a colon in a text within brackets, or of a comma that is missing before this place."""
    text = case.line.text
    if case.character == ":":
        start = max((part.end() for part in _PART.finditer(text, 0, case.column)), default=0)
        start += len(text[start:]) - len(text[start:].lstrip())
        end = re.search(r"[,\]}]", text[case.column :])
        stop = case.column + end.start() if end else len(text)
        example = shown(text[:start] + quoted(text[start:stop]) + text[stop:])
        return _at("yaml-colon-in-text", case.row, case.column, typed=shown(text[start:stop]), example=example)
    example = shown(text[: case.column].rstrip() + ", " + text[case.column :])
    return _at("yaml-comma-missing", case.row, case.column, typed=shown(text[case.column :]), example=example)


def _item_on_key_line(case: _Case) -> ReadingError | None:
    if "sequence entries are not allowed" not in case.problem:
        return None
    line = case.line
    if not line.key:
        return _indented(case)
    facts = {"key": line.key, "typed": shown(line.text), "item": shown(line.value)}
    return _at("yaml-item-on-key-line", case.row, case.column, **facts)


def _simple_key(case: _Case) -> ReadingError | None:
    if "expected ':'" not in case.problem and "could not find" not in case.problem:
        return None
    return no_colon(case.since[0], line_of(case.lines[case.since[0]]))


def _colon(case: _Case) -> ReadingError | None:
    """Return whether a colon stands where no key can be: in a text, or in a line deeper than the text before."""
    if "mapping values are not allowed" not in case.problem:
        return None
    line = case.line
    if case.column > line.colon >= 0:
        facts = {"typed": shown(line.value), "example": line.with_value(quoted(line.value))}
        return _at("yaml-colon-in-text", case.row, case.column, **facts)
    before = case.before(case.row)
    if before is None:
        return None
    row, previous = before
    if previous.colon < 0 and previous.indent <= line.indent and not previous.is_item:
        return no_colon(row, previous)
    if previous.colon >= 0 or previous.is_item:
        facts = {"other": str(row + 1), "typed": shown(line.text), "before": shown(previous.text)}
        facts |= {"found": str(line.indent + 1), "expected": str(previous.key_at + 1)}
        return _at("yaml-deeper-than-text", case.row, line.indent, **facts)
    return _indented(case)


def _indented(case: _Case) -> ReadingError | None:
    """Return whether a line stands beside no other, or an item among keys, or a key among items."""
    line = case.line
    before = case.before(case.row)
    if line.text.startswith("...") or (before is not None and before[1].text.startswith("...")):
        return _at("yaml-documents", case.row, case.column)
    if not case.is_first or line.is_blank:
        return None
    if re.match(r"-\w", line.text[line.indent :]) or (not line.begins_entry and case.character not in tuple("]},:")):
        return no_colon(case.row, line)
    if case.character in ("]", "}"):
        return _at("yaml-bracket-closed", case.row, line.indent, typed=case.character)
    if line.indent == case.since[1] and case.since[0] < case.row:
        if line.is_item and "mapping" in case.within:
            return _at("yaml-item-among-keys", case.row, line.indent, typed=shown(line.text))
        if not line.is_item and "collection" in case.within:
            facts = {"typed": shown(line.text), "other": str(case.since[0] + 1), "expected": str(line.indent + 3)}
            return _at("yaml-key-among-items", case.row, line.indent, **facts)
    beside = _beside(case)
    if beside is None or beside[1] == line.indent:
        return None
    row, column = beside
    facts = {
        "typed": shown(line.text),
        "found": str(line.indent + 1),
        "expected": str(column + 1),
        "other": str(row + 1),
    }
    return _at("yaml-indentation", case.row, line.indent, **facts, before=shown(case.lines[row]))


def _beside(case: _Case) -> tuple[int, int] | None:
    """Return the row and column of the entry before, beside which a line most likely belongs: items beside items."""
    found: list[tuple[int, int]] = []
    least = len(case.line.text) + 1
    for row in range(case.row - 1, max(case.row - 1_000, -1), -1):
        line = line_of(case.lines[row])
        if line.is_blank or not line.begins_entry or line.indent >= least:
            continue
        least = line.indent
        if line.is_item == case.line.is_item:
            found.append((row, line.indent))
        if line.is_item and not case.line.is_item and line.colon >= 0:
            found.append((row, line.key_at))
    return min(found, key=lambda place: abs(place[1] - case.line.indent), default=None)


_RULES: tuple[Callable[[_Case], ReadingError | None], ...] = (
    _escape,
    _open_quote,
    _spaces,
    _begins,
    _after_closed,
    _in_brackets,
    _item_on_key_line,
    _simple_key,
    _colon,
    _indented,
)
