"""Mistakes in the lines of YAML: indentation, colons after keys, dashes of items, spaces that are none."""

from __future__ import annotations

import re
from collections.abc import Sequence

from registry.errors import ReadingError
from registry.reading.yaml.yaml_case import Case, at, line_before
from registry.reading.yaml.yaml_lines import Line, line_of, quoted, shown

_SPACES = "\u00a0\u1680\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff"
_ODD_SPACE = re.compile(f"^ *(?:- +)*([{_SPACES}])|(?:^|[^:]):([{_SPACES}])")
_MARKS = re.compile(r"```|~~~|<{7}|={7}|>{7}")  # of Markdown, and of git
_JOINED = re.compile(r"^([^\s:\"'\[\]{}#]+):([^\s/:].*)$")  # key:value; not an address


def spaces(case: Case) -> ReadingError | None:
    """Return the mistake if a tab indents, or a space that is none: pasted from a web page or a word processor."""
    rows = {case.row, case.since[0]} if "key" in case.within else {case.row}
    for row in sorted(rows):
        text = case.lines[row]
        indentation = text[: len(text) - len(text.lstrip(" \t"))]
        if "\t" in indentation:
            example = shown(text)
            return at("yaml-tab", row, indentation.index("\t"), typed=example)
        if (found := _odd_space(row, text)) is not None:
            return found
    return None


def _odd_space(row: int, text: str) -> ReadingError | None:
    odd = _ODD_SPACE.search(text)
    if odd is None:
        return None
    column = odd.start(1) if odd[1] else odd.start(2)
    example = shown(re.sub(f"[{_SPACES}]+", " ", text))
    return at("yaml-odd-space", row, column, character=f"U+{ord(text[column]):04X}", example=example)


def no_colon(lines: Sequence[str], row: int) -> ReadingError:
    """Return the mistake of a line that should have a key, and has no colon that ends one."""
    line = line_of(lines[row])
    text = line.text[line.key_at :].rstrip()
    item = line.text[line.indent : line.key_at]
    if (found := _odd_space(row, line.text)) is not None:
        return found
    if line.text.startswith("%"):
        return at("yaml-directive", row, 0, typed=shown(text))
    if re.match(r"-\w", text):
        return at("yaml-dash", row, line.key_at, typed=shown(text), example=shown(f"- {text[1:]}"))
    if joined := _JOINED.match(text):
        example = shown(f"{item}{joined[1]}: {joined[2]}")
        return at("yaml-no-space-after-colon", row, line.key_at + joined.end(1), typed=shown(text), example=example)
    if _MARKS.match(line.text):
        return at("yaml-marks", row, 0, typed=shown(text))
    before = line_before(lines, row)
    if before is not None and not line.is_item and (found := _loose(row, line, *before)) is not None:
        return found
    word, _, rest = text.partition(" ")
    example = shown(f"{item}{word.rstrip('=:')}: {rest.lstrip('=: ')}".rstrip())
    return at("yaml-no-colon", row, line.key_at, typed=shown(text), example=example)


def _loose(row: int, line: Line, other: int, before: Line) -> ReadingError | None:
    """Return the mistake of a line that is an item without a dash, or goes on with a text, and looks like no field."""
    typed = line.text[line.indent :].rstrip()
    facts = {"typed": shown(typed), "other": str(other + 1)}
    if before.is_item and before.indent == line.indent:
        return at("yaml-no-dash", row, line.indent, **facts, example=shown("- " + typed.lstrip("*•– ")))
    if before.value and len(typed.split()) > 2 and "=" not in typed:
        return at(
            "yaml-loose-line", row, line.indent, **facts, expected=str(before.key_at + (3 if before.colon >= 0 else 1))
        )
    return None


def item_on_key_line(case: Case) -> ReadingError | None:
    """Return the mistake if a list begins in the line of its key."""
    if "sequence entries are not allowed" not in case.problem:
        return None
    line = case.line
    if not line.key:
        return indented(case)
    facts = {"key": line.key, "typed": shown(line.text), "item": shown(line.value)}
    return at("yaml-item-on-key-line", case.row, case.column, **facts)


_OTHER_DASH = re.compile(r"-(?=\w)|[\u2010-\u2015\u2022\u00b7\u25cf*]\s*")  # in place of a dash and a space


def simple_key(case: Case) -> ReadingError | None:
    """Return the mistake if a line that should have a key has none."""
    if "expected ':'" not in case.problem and "could not find" not in case.problem:
        return None
    return no_colon(case.lines, case.since[0])


def colon(case: Case) -> ReadingError | None:
    """Return the mistake if a colon stands where no key can be: in a text, or in a line deeper than the text before."""
    if "mapping values are not allowed" not in case.problem:
        return None
    line = case.line
    if case.column > line.colon >= 0:
        facts = {"typed": shown(line.value), "example": line.with_value(quoted(line.value))}
        return at("yaml-colon-in-text", case.row, case.column, **facts)
    before = line_before(case.lines, case.row)
    if before is None:
        return None
    row, previous = before
    is_beside = previous.key_at == line.indent if previous.is_item else previous.indent <= line.indent
    if previous.colon < 0 and is_beside:
        return no_colon(case.lines, row)
    if dash := _other_dash(case):
        return dash
    if previous.colon >= 0 or previous.is_item:
        facts = {"other": str(row + 1), "typed": shown(line.text), "before": shown(previous.text)}
        facts |= {"found": str(line.indent + 1), "expected": str(previous.key_at + 1)}
        return at("yaml-deeper-than-text", case.row, line.indent, **facts)
    return indented(case)


def indented(case: Case) -> ReadingError | None:
    """Return the mistake if a line stands beside no other, or an item among keys, or a key among items."""
    line = case.line
    before = line_before(case.lines, case.row)
    if line.text.startswith("...") or (before is not None and before[1].text.startswith("...")):
        return at("yaml-documents", case.row, case.column)
    if not case.is_first or line.is_blank:
        return None
    if re.match(r"-\w", line.text[line.indent :]) or (not line.begins_entry and case.character not in tuple("]},:")):
        return no_colon(case.lines, case.row)
    if case.character in ("]", "}"):
        return at("yaml-bracket-closed", case.row, line.indent, typed=case.character)
    if line.indent == case.since[1] and case.since[0] < case.row:
        if line.is_item and "mapping" in case.within:
            return at("yaml-item-among-keys", case.row, line.indent, typed=shown(line.text))
        if not line.is_item and "collection" in case.within:
            facts = {"typed": shown(line.text), "other": str(case.since[0] + 1), "expected": str(line.indent + 3)}
            return at("yaml-key-among-items", case.row, line.indent, **facts)
    if dash := _other_dash(case):
        return dash
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
    return at("yaml-indentation", case.row, line.indent, **facts, before=shown(case.lines[row]))


def _other_dash(case: Case) -> ReadingError | None:
    """Return the mistake if the line to which this one belongs begins with a sign that should be a dash and a space."""
    for row in range(case.row - 1, max(case.row - 1_000, -1), -1):
        line = line_of(case.lines[row])
        if line.is_blank or line.indent >= case.line.indent:
            continue
        content = line.text[line.indent :]
        if dash := _OTHER_DASH.match(content):
            facts = {"typed": shown(content), "example": shown(f"- {content[dash.end() :]}")}
            return at("yaml-dash", row, line.indent, **facts)
        return None
    return None


def _beside(case: Case) -> tuple[int, int] | None:
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
