"""What a parser of YAML stumbles over, as the mistake of a writer: what is typed, why it cannot be, what to write.

The parser tells where it could not go on. The mistake is often before: an opening quote, a bracket, a key without its
colon, a line that is indented otherwise than the one beside which it belongs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import yaml

from registry.errors import ReadingError
from registry.reading.yaml import yaml_layout, yaml_signs
from registry.reading.yaml.yaml_case import Case, at
from registry.reading.yaml.yaml_lines import shown

_RULES: tuple[Callable[[Case], ReadingError | None], ...] = (
    yaml_signs.escape,
    yaml_signs.open_quote,
    yaml_layout.spaces,
    yaml_signs.begins,
    yaml_signs.after_closed,
    yaml_signs.in_brackets,
    yaml_layout.item_on_key_line,
    yaml_layout.simple_key,
    yaml_layout.colon,
    yaml_layout.indented,
)


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
    case = Case(lines, row, column, error.context or "", since, error.problem or "", open_at)
    for rule in _RULES:
        if (found := rule(case)) is not None:
            return found
    return at("yaml-syntax", row, column, typed=shown(case.line.text))
