"""What a parser of JSON stumbles over, as the mistake of a writer: a comma, a quote, a comment, a word."""

from __future__ import annotations

import re
from json import JSONDecodeError

from registry.reading.yaml.yaml_lines import shown

Mistake = tuple[str, int, dict[str, str]]  # the name of its message, the position in the text, what fills the message

_CLOSING = {"[": "]", "{": "}"}
_QUOTES = "'“”„«»‘’`"
_KEY = re.compile(r"[^,:\[\]{}\r\n]*")
_VALUE = re.compile(r"[^,\[\]{}\r\n\"]*")
_TEXT_END = re.compile(r"\"\s*(?:[,:}\]\r\n]|$)")  # a quote after which a value may end
_REST_OF_LINE = re.compile(r"[^\r\n]*")
_WORDS = {"none": "null", "nil": "null", "undefined": "null", "nan": "null", "infinity": "null", "-infinity": "null"}
_WORDS |= {word: word for word in ("true", "false", "null")} | {"yes": "true", "no": "false"}


class Stop(Exception):
    """The parser expected something else at a position: a value, a key, a colon, a comma or the end."""

    def __init__(self, expected: str, position: int) -> None:
        super().__init__(expected)
        self.expected = expected
        self.position = position


def mistake(text: str, stop: Stop, opened: int | None) -> Mistake:
    """Return the mistake that made the parser stop; `opened` is where the innermost open bracket stands."""
    position, expected = stop.position, stop.expected
    character = text[position : position + 1]
    if text.startswith(("//", "/*", "#"), position):
        return "json-comment", position, {"typed": _line_from(text, position)}
    if not character:
        if opened is None:
            return "json-nothing", max(len(text.rstrip()) - 1, 0), {}
        facts = {"bracket": text[opened], "closing": _CLOSING[text[opened]], "typed": _line_from(text, opened)}
        return "json-bracket-open", opened, facts
    if expected == "end":
        return "json-after-end", position, {"typed": _line_from(text, position)}
    if expected == "colon":
        key = text[text.rfind('"', 0, max(text.rfind('"', 0, position), 0)) : position].rstrip()
        return "json-no-colon", position, {"typed": shown(key), "example": shown(f"{key}: …")}
    if expected == "comma":
        return _no_comma(text, position, opened)
    return _no_value(text, position, expected)


def mistake_in_text(text: str, position: int, error: JSONDecodeError) -> Mistake:
    """Return the mistake in the text whose opening quote stands at a position."""
    character = text[error.pos : error.pos + 1]
    if "ontrol" in error.msg and character not in ("\n", "\r"):
        escape = {"\t": "\\t", "\b": "\\b", "\f": "\\f"}.get(character, f"\\u{ord(character):04x}")
        return "json-control-character", error.pos, {"character": f"U+{ord(character):04X}", "example": escape}
    if "escape" in error.msg:
        begin = text.rfind("\\", position, error.pos + 1)
        typed = text[begin : begin + 2]
        return "json-escape", begin, {"typed": typed, "example": "\\" + typed}
    typed = _line_from(text, position + 1)
    return "json-text-open", position, {"typed": typed, "example": shown('"' + typed.rstrip(' ,"') + '"')}


def _no_comma(text: str, position: int, opened: int | None) -> Mistake:
    """Return the mistake of something after a value that is neither a comma nor the bracket that closes."""
    character = text[position]
    before = len(text[:position].rstrip())
    if character in "]}" and opened is not None:
        facts = {"typed": character, "bracket": text[opened], "closing": _CLOSING[text[opened]]}
        return "json-other-bracket", position, facts
    between = text[before:position]
    if text[before - 1] == '"' and character not in '"[{' and "\n" not in between and "\r" not in between:
        begin = text.rfind('"', 0, before - 1)
        end = _TEXT_END.search(text, before)
        inner = text[begin + 1 : end.start() if end else position].replace('"', '\\"')
        return "json-quote-in-text", before - 1, {"typed": _line_from(text, position), "example": shown(f'"{inner}"')}
    start = max(text.rfind("\n", 0, before), text.rfind("\r", 0, before)) + 1
    facts = {"typed": _line_from(text, position), "example": shown(text[start:before] + ",")}
    return "json-comma-missing", before, facts


def _no_value(text: str, position: int, expected: str) -> Mistake:
    """Return the mistake of something that is neither a value nor a key in quotes."""
    character = text[position]
    before = len(text[:position].rstrip())
    piece = (_VALUE if expected == "value" else _KEY).match(text, position)
    typed = (piece[0] if piece else "").rstrip()
    if character in "]}" and text[before - 1 : before] == ",":
        return "json-trailing-comma", before - 1, {"closing": character}
    if character in ",]}:":
        return "json-no-value", position, {"character": character}
    if character in _QUOTES:
        inner = typed.strip(_QUOTES).replace('"', '\\"')
        return "json-quotes", position, {"character": character, "example": shown(f'"{inner}"')}
    if expected == "value" and (word := _WORDS.get(typed.lower())):
        return "json-word", position, {"typed": typed, "example": word}
    if expected == "value" and re.match(r"[-+.]?\.?[0-9]", typed):
        return "json-number", position, {"typed": shown(typed), "example": shown(f'"{typed}"')}
    inner = typed.strip('"').replace("\\", "\\\\").replace('"', '\\"')
    return "json-no-quotes", position, {"typed": shown(typed or character), "example": shown(f'"{inner}"')}


def _line_from(text: str, position: int) -> str:
    found = _REST_OF_LINE.match(text, position)
    return shown(found[0]) if found else ""
