"""Mistakes with the signs that have a meaning in YAML: quotes, brackets, and those with which no text begins."""

from __future__ import annotations

import re

from registry.errors import ReadingError
from registry.reading.yaml.yaml_case import Case, at, line_before
from registry.reading.yaml.yaml_lines import line_of, quoted, shown

_LINK = re.compile(r"\[[^\]]*\]\(\s*(\S+?)\s*\)")
_PART = re.compile(r"[\[{,]|:\s")  # before a text within brackets
_CLOSING = {"[": "]", "{": "}"}


def escape(case: Case) -> ReadingError | None:
    """Return the mistake if a backslash stands in double quotes, as in a path of Windows."""
    if "escape" not in case.problem and "hex" not in case.problem:
        return None
    start = case.line.text.rfind("\\", 0, case.column + 1)
    begin = case.since[1] if case.since[0] == case.row else 0
    typed = case.line.text[start : start + 2]
    text = case.line.text[begin:].strip().strip('"')
    example = f'"{text.replace(typed, typed[1:])}"' if typed == "\\'" else "'" + text.replace("'", "''") + "'"
    return at("yaml-escape", case.row, max(start, 0), typed=typed, example=shown(example))


def open_quote(case: Case) -> ReadingError | None:
    """Return the mistake if a quote is never closed."""
    if "quoted scalar" not in case.within:
        return None
    row, column = case.since
    text = case.lines[row][column:].rstrip()
    before = case.lines[row][:column].lstrip()
    example = shown(before + quoted(text[1:]))
    return at("yaml-quote-open", row, column, typed=shown(text[1:]), quote=text[:1], example=example)


def begins(case: Case) -> ReadingError | None:
    """Return the mistake if a character stands here with which no text may begin."""
    special = any(word in case.within for word in ("alias", "anchor", "tag", "block scalar", "directive"))
    special = special or "tag handle" in case.problem or "YAML directive" in case.problem or "incompat" in case.problem
    if special:
        row, column = case.since
    elif case.character == "\t":
        return at("yaml-tab", case.row, case.column, typed=shown(case.line.text[case.column :]))
    elif "cannot start" in case.problem or ("node content" in case.problem and case.character in tuple("]},")):
        row, column = case.row, case.column
    else:
        return None
    if case.open_at and case.lines[row][column : column + 1] in ("]", "}", ",", ""):
        return None
    line = line_of(case.lines[row])
    if line.text.startswith("%"):
        return at("yaml-directive", row, 0, typed=shown(line.text))
    text = line.text[column:].rstrip()
    before = line_before(case.lines, row)
    if text.startswith("* ") and column <= line.indent and before is not None:
        facts = {"typed": shown(text), "other": str(before[0] + 1), "example": shown("- " + text[2:])}
        return at("yaml-no-dash", row, column, **facts)
    if line.colon > column:  # a key
        text, after = line.text[column : line.colon].rstrip(), line.text[line.colon :]
    elif case.open_at:
        end = re.search(r"[,\]}]", text)
        text, after = (text[: end.start()].rstrip(), text[end.start() :]) if end else (text, "")
    else:
        after = ""
    code = "yaml-block-header" if text[:1] in ("|", ">") else "yaml-text-begins"
    example = shown(line.text[line.indent : column] + quoted(text) + after)
    return at(code, row, column, typed=shown(text), character=text[:1], example=example)


def after_closed(case: Case) -> ReadingError | None:
    """Return the mistake if something stands after the closing quote or bracket of a value."""
    line = case.line
    if case.is_first or case.within.endswith(("flow sequence", "flow mapping", "simple key")) or case.open_at:
        return None
    value = line.value
    if "did not find expected" not in case.problem or value[:1] not in tuple("\"'[{") or case.column <= line.value_at:
        return None
    if link := _LINK.match(value):
        return at("yaml-link", case.row, line.value_at, typed=shown(value), example=line.with_value(link[1]))
    facts = {"typed": shown(value), "after": shown(line.text[case.column :]), "character": value[0]}
    if value[0] in "[{":
        return at("yaml-after-bracket", case.row, case.column, **facts, example=line.with_value(quoted(value)))
    inner = value[1:-1] if value.endswith(value[0]) else value
    return at("yaml-after-quote", case.row, case.column, **facts, example=line.with_value(quoted(inner)))


def in_brackets(case: Case) -> ReadingError | None:
    """Return the mistake if a bracket is never closed, closed by another, or holds a text which needs quotes."""
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
    is_alone = column == len(opener.text.rstrip()) - 1  # its values may stand anywhere below
    beside = [line for line in later if not line.is_blank and line.begins_entry and line.indent <= opener.indent]
    if at_end or (beside and not is_alone):
        facts = {"typed": shown(opener.text[column:]), "bracket": bracket, "closing": closing}
        example = shown(opener.text[opener.indent :].rstrip().rstrip(",") + closing)
        return at("yaml-bracket-open", row, column, **facts, example=example)
    text = case.line.text
    if case.character in ("]", "}"):
        facts = {"typed": case.character, "bracket": bracket, "closing": closing, "other": str(row + 1)}
        example = shown(text[: case.column] + closing + text[case.column + 1 :])
        return at("yaml-other-bracket", case.row, case.column, **facts, example=example)
    if case.character == ",":
        example = shown(text[: case.column].rstrip() + text[case.column + 1 :])
        return at("yaml-comma-twice", case.row, case.column, example=example)
    return _in_flow_text(case)


def _in_flow_text(case: Case) -> ReadingError:
    """Return the mistake of a colon or a quote in a text within brackets, or of a comma that is missing before it."""
    text = case.line.text
    start = max((part.end() for part in _PART.finditer(text, 0, case.column)), default=0)
    start += len(text[start:]) - len(text[start:].lstrip())
    is_first = start <= case.line.indent < case.column or case.is_first
    before = line_before(case.lines, case.row)
    if is_first and before is not None and before[1].text.rstrip()[-1:] not in ("{", "[", ",", ":"):
        row, line = before
        facts = {"typed": shown(text), "example": shown(line.text + ",")}
        return at("yaml-comma-missing", row, len(line.text.rstrip()), **facts)
    if case.character == ":":
        end = re.search(r"[,\]}]", text[case.column :])
        stop = case.column + end.start() if end else len(text)
        inner = text[start:stop]
        key = re.search(r"[;,]?\s+(?=\S+$)", text[start : case.column])
        parted = inner[: key.start()] + ", " + inner[key.end() :] if key else inner
        facts = {"typed": shown(inner), "parted": shown(text[:start] + parted + text[stop:])}
        example = shown(text[:start] + quoted(inner) + text[stop:])
        code = "yaml-colon-in-brackets" if key else "yaml-colon-in-text"
        return at(code, case.row, case.column, **facts, example=example)
    end = re.search(r"['\"]\s*[,\]}]", text[case.column :])
    if end and text[start : start + 1] == text[case.column - 1] == text[case.column + end.start()]:
        stop = case.column + end.start()
        example = shown(text[:start] + quoted(text[start + 1 : stop]) + text[stop + 1 :])
        facts = {"after": shown(text[case.column : stop + 1]), "typed": shown(text[start : stop + 1])}
        return at("yaml-after-quote", case.row, case.column, **facts, example=example)
    example = shown(text[: case.column].rstrip() + ", " + text[case.column :])
    return at("yaml-comma-missing", case.row, case.column, typed=shown(text[case.column :]), example=example)
